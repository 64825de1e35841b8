//! awk's grammar.

use super::value::shown;
use super::{Expr, Pattern, Rule, Statement, Token};
use crate::shell::tools::unescape;

/// Longest first.
const OPS: [&str; 41] = [
    "&&", "||", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "++", "--", "!~", ">>", "**", "{", "}", "(", ")",
    "[", "]", ";", ",", "$", "+", "-", "*", "/", "%", "^", "!", "<", ">", "=", "?", ":", "~", "|", "in", "\u{0}",
];

/// What stands between the delimiter at `at` and the next one, behind which `at` is then. `escaped` is what an escaped
/// delimiter becomes; other escapes stay as they are.
fn until(chars: &[char], at: &mut usize, end: char, escaped: &str) -> Option<String> {
    let mut raw = String::new();
    *at += 1;
    loop {
        let c = *chars.get(*at)?;
        *at += 1;
        if c == end {
            return Some(raw);
        }
        if c != '\\' {
            raw.push(c);
            continue;
        }
        match chars.get(*at) {
            Some(next) if *next == end => raw.push_str(escaped),
            next => {
                raw.push(c);
                raw.extend(next);
            }
        }
        *at += 1;
    }
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut found, mut at): (Vec<Token>, usize) = (Vec::new(), 0);
    while let Some(&c) = chars.get(at) {
        match c {
            '\n' => {
                found.push(Token::Newline);
                at += 1;
            }
            '\\' if chars.get(at + 1) == Some(&'\n') => at += 2,
            c if c.is_whitespace() => at += 1,
            '#' => {
                while chars.get(at).is_some_and(|c| *c != '\n') {
                    at += 1;
                }
            }
            '"' => {
                let raw = until(&chars, &mut at, '"', "\\\"").ok_or("unterminated string")?;
                found.push(Token::Text(unescape(&raw)));
            }
            '/' if !matches!(
                found.last(),
                Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Op(")" | "]" | "$"))
            ) =>
            {
                let raw = until(&chars, &mut at, '/', "/").ok_or("unterminated regexp")?;
                found.push(Token::Pattern(raw));
            }
            c if c.is_ascii_digit() || (c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit)) => {
                let from = at;
                while chars.get(at).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
                    at += 1;
                }
                found.push(Token::Number(chars[from..at].iter().collect::<String>().parse().unwrap_or(0.0)));
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let from = at;
                while chars.get(at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    at += 1;
                }
                let name: String = chars[from..at].iter().collect();
                found.push(match name.as_str() {
                    "in" => Token::Op("in"),
                    "if" | "while" | "for" | "print" | "printf" => Token::Name(name),
                    _ if chars.get(at) == Some(&'(') => Token::Function(name),
                    _ => Token::Name(name),
                });
            }
            _ => {
                let fits = |op: &&&str| op.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
                let Some(op) = OPS.iter().find(fits) else { return Err(format!("unexpected character '{c}'")) };
                found.push(Token::Op(op));
                at += op.len();
            }
        }
    }
    Ok(found)
}

pub(super) struct Parser {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) depth: usize,
    /// `>` is a redirection in `print`, `in` ends the head of a `for`.
    pub(super) no_greater: bool,
}

impl Parser {
    fn is(&self, op: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Op(o)) if *o == op)
    }
    fn eat(&mut self, op: &str) -> bool {
        let is = self.is(op);
        self.at += usize::from(is);
        is
    }
    fn word(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Name(n)) if n == word);
        self.at += usize::from(is);
        is
    }
    fn expect(&mut self, op: &str) -> Result<(), String> {
        if self.eat(op) { Ok(()) } else { Err(self.unexpected()) }
    }
    fn unexpected(&self) -> String {
        let shown = match self.tokens.get(self.at) {
            None => "end of file".into(),
            Some(Token::Newline) => "newline".into(),
            Some(Token::Number(n)) => shown(*n),
            Some(Token::Text(t) | Token::Pattern(t) | Token::Name(t) | Token::Function(t)) => t.clone(),
            Some(Token::Op(op)) => (*op).into(),
        };
        format!("line 1: syntax error at or near {shown}")
    }
    fn separators(&mut self) {
        while matches!(self.tokens.get(self.at), Some(Token::Newline | Token::Op(";"))) {
            self.at += 1;
        }
    }
    fn newlines(&mut self) {
        while self.tokens.get(self.at) == Some(&Token::Newline) {
            self.at += 1;
        }
    }

    pub(super) fn program(&mut self) -> Result<Vec<Rule>, String> {
        let mut rules = Vec::new();
        self.separators();
        while self.at < self.tokens.len() {
            let pattern = if self.word("BEGIN") {
                Pattern::Begin
            } else if self.word("END") {
                Pattern::End
            } else if self.is("{") {
                Pattern::Always
            } else {
                let first = self.expr()?;
                if self.eat(",") { Pattern::Range(first, self.expr()?) } else { Pattern::When(first) }
            };
            let action = if self.is("{") { Some(self.statement()?) } else { None };
            rules.push((pattern, action));
            self.separators();
        }
        Ok(rules)
    }

    fn statement(&mut self) -> Result<Statement, String> {
        self.depth += 1;
        if self.depth > 60 {
            return Err("program too deep".into());
        }
        let statement = self.statement_inner();
        self.depth -= 1;
        statement
    }

    fn statement_inner(&mut self) -> Result<Statement, String> {
        self.newlines();
        if self.eat("{") {
            let mut list = Vec::new();
            self.separators();
            while !self.eat("}") {
                list.push(self.statement()?);
                self.separators();
                if self.at >= self.tokens.len() {
                    return Err(self.unexpected());
                }
            }
            return Ok(Statement::Block(list));
        }
        if self.eat(";") {
            return Ok(Statement::Block(Vec::new()));
        }
        if self.word("if") {
            self.expect("(")?;
            let condition = self.expr()?;
            self.expect(")")?;
            let then = self.statement()?;
            let before = self.at;
            self.separators();
            let otherwise = if self.word("else") {
                Some(Box::new(self.statement()?))
            } else {
                self.at = before;
                None
            };
            return Ok(Statement::If(condition, Box::new(then), otherwise));
        }
        if self.word("while") {
            self.expect("(")?;
            let condition = self.expr()?;
            self.expect(")")?;
            return Ok(Statement::While(condition, Box::new(self.statement()?)));
        }
        if self.word("for") {
            return self.for_statement();
        }
        for (word, formatted) in [("print", false), ("printf", true)] {
            if self.word(word) {
                return self.print(formatted);
            }
        }
        if self.word("next") {
            return Ok(Statement::Next);
        }
        if self.word("break") {
            return Ok(Statement::Break);
        }
        if self.word("continue") {
            return Ok(Statement::Continue);
        }
        if self.word("exit") {
            let ends = matches!(self.tokens.get(self.at), None | Some(Token::Newline | Token::Op(";" | "}")));
            return Ok(Statement::Exit(if ends { None } else { Some(self.expr()?) }));
        }
        if self.word("delete") {
            let Some(Token::Name(name)) = self.tokens.get(self.at).cloned() else { return Err(self.unexpected()) };
            self.at += 1;
            let mut keys = Vec::new();
            if self.eat("[") {
                keys = self.list()?;
                self.expect("]")?;
            }
            return Ok(Statement::Delete(name, keys));
        }
        Ok(Statement::Expr(self.expr()?))
    }

    fn print(&mut self, formatted: bool) -> Result<Statement, String> {
        let old = std::mem::replace(&mut self.no_greater, true);
        let ends = matches!(self.tokens.get(self.at), None | Some(Token::Newline | Token::Op(";" | "}" | "|" | ">")));
        let mut list = if ends { Vec::new() } else { self.list()? };
        self.no_greater = old;
        // `print (a, b)` holds its list in brackets.
        if let [Expr::Call(name, inner)] = list.as_slice()
            && name.is_empty()
        {
            list = inner.clone();
        }
        if self.is(">") || self.is(">>") || self.is("|") {
            return Err("output redirection is not simulated".into());
        }
        Ok(Statement::Print(list, formatted))
    }

    fn for_statement(&mut self) -> Result<Statement, String> {
        self.expect("(")?;
        if let (Some(Token::Name(key)), Some(Token::Op("in")), Some(Token::Name(array)), Some(Token::Op(")"))) = (
            self.tokens.get(self.at),
            self.tokens.get(self.at + 1),
            self.tokens.get(self.at + 2),
            self.tokens.get(self.at + 3),
        ) {
            let (key, array) = (key.clone(), array.clone());
            self.at += 4;
            return Ok(Statement::Each(key, array, Box::new(self.statement()?)));
        }
        let part = |p: &mut Self, end: &str| -> Result<Option<Expr>, String> {
            let found = if p.is(end) { None } else { Some(p.expr()?) };
            p.expect(end)?;
            Ok(found)
        };
        let (first, condition, step) = (part(self, ";")?, part(self, ";")?, part(self, ")")?);
        Ok(Statement::For(first, condition, step, Box::new(self.statement()?)))
    }

    fn list(&mut self) -> Result<Vec<Expr>, String> {
        let mut list = vec![self.expr()?];
        while self.eat(",") {
            self.newlines();
            list.push(self.expr()?);
        }
        Ok(list)
    }

    fn expr(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > 60 {
            return Err("program too deep".into());
        }
        let left = self.ternary()?;
        let assign = ["=", "+=", "-=", "*=", "/=", "%="].into_iter().find(|op| self.is(op));
        let result = match assign {
            Some(op) if matches!(left, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) => {
                self.at += 1;
                Ok(Expr::Assign(op, Box::new(left), Box::new(self.expr()?)))
            }
            _ => Ok(left),
        };
        self.depth -= 1;
        result
    }

    fn ternary(&mut self) -> Result<Expr, String> {
        let condition = self.binary(0)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.ternary()?;
        self.expect(":")?;
        Ok(Expr::Choice(Box::new(condition), Box::new(yes), Box::new(self.ternary()?)))
    }

    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        const LEVELS: [&[&str]; 8] = [
            &["||"],
            &["&&"],
            &["in"],
            &["~", "!~"],
            &["<", "<=", "==", "!=", ">", ">="],
            &[" "],
            &["+", "-"],
            &["*", "/", "%"],
        ];
        let Some(ops) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            if *ops == [" "] {
                // Two expressions side by side are joined.
                let starts = match self.tokens.get(self.at) {
                    Some(Token::Number(_) | Token::Text(_) | Token::Function(_)) => true,
                    Some(Token::Name(n)) => !matches!(n.as_str(), "else" | "if" | "while" | "for"),
                    Some(Token::Op(op)) => matches!(*op, "$" | "(" | "!" | "++" | "--"),
                    _ => false,
                };
                if !starts {
                    return Ok(left);
                }
                left = Expr::Binary(" ", Box::new(left), Box::new(self.binary(level + 1)?));
                continue;
            }
            let Some(op) = ops.iter().find(|op| self.is(op) && !(**op == ">" && self.no_greater)) else {
                return Ok(left);
            };
            self.at += 1;
            if *op == "in" {
                let Some(Token::Name(array)) = self.tokens.get(self.at).cloned() else { return Err(self.unexpected()) };
                self.at += 1;
                left = Expr::In(Box::new(left), array);
            } else {
                left = Expr::Binary(op, Box::new(left), Box::new(self.binary(level + 1)?));
            }
        }
    }

    fn unary(&mut self) -> Result<Expr, String> {
        for op in ["!", "-", "+"] {
            if self.eat(op) {
                return Ok(Expr::Unary(op, Box::new(self.unary()?)));
            }
        }
        for (op, by) in [("++", 1.0), ("--", -1.0)] {
            if self.eat(op) {
                return Ok(Expr::Step(Box::new(self.primary()?), by, false));
            }
        }
        let base = self.primary()?;
        if self.eat("^") || self.eat("**") {
            return Ok(Expr::Binary("^", Box::new(base), Box::new(self.unary()?)));
        }
        for (op, by) in [("++", 1.0), ("--", -1.0)] {
            if matches!(base, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) && self.eat(op) {
                return Ok(Expr::Step(Box::new(base), by, true));
            }
        }
        Ok(base)
    }

    fn primary(&mut self) -> Result<Expr, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Number(n)) => Ok(Expr::Number(n)),
            Some(Token::Text(t)) => Ok(Expr::Text(t)),
            Some(Token::Pattern(p)) => Ok(Expr::Pattern(p)),
            Some(Token::Op("$")) => {
                if self.eat("++") {
                    return Ok(Expr::Field(Box::new(Expr::Step(Box::new(self.primary()?), 1.0, false))));
                }
                Ok(Expr::Field(Box::new(self.primary()?)))
            }
            Some(Token::Op("(")) => {
                let old = std::mem::replace(&mut self.no_greater, false);
                let mut list = self.list()?;
                self.no_greater = old;
                self.expect(")")?;
                if list.len() == 1 { Ok(list.remove(0)) } else { Ok(Expr::Call(String::new(), list)) }
            }
            Some(Token::Op("-")) => Ok(Expr::Unary("-", Box::new(self.primary()?))),
            Some(Token::Function(name)) => {
                self.expect("(")?;
                let args = if self.is(")") { Vec::new() } else { self.list()? };
                self.expect(")")?;
                Ok(Expr::Call(name, args))
            }
            Some(Token::Name(name)) => {
                if self.eat("[") {
                    let keys = self.list()?;
                    self.expect("]")?;
                    return Ok(Expr::Index(name, keys));
                }
                Ok(if name == "length" { Expr::Call(name, Vec::new()) } else { Expr::Var(name) })
            }
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }
}
