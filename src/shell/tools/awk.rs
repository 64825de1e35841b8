//! `awk`: patterns and actions with fields, variables, arrays, `print`, `printf`, `if`, `for`, `while` and the usual
//! functions.

use super::super::regex::Regex;
use super::{Call, Outcome, lines, unescape};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Pattern(String),
    Name(String),
    /// A name right before `(`.
    Function(String),
    Op(&'static str),
    Newline,
}

/// Longest first.
const OPS: [&str; 41] = [
    "&&", "||", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "++", "--", "!~", ">>", "**", "{", "}", "(", ")",
    "[", "]", ";", ",", "$", "+", "-", "*", "/", "%", "^", "!", "<", ">", "=", "?", ":", "~", "|", "in", "\u{0}",
];

#[derive(Clone, Debug)]
enum Expr {
    Number(f64),
    Text(String),
    Pattern(String),
    Field(Box<Expr>),
    Var(String),
    Index(String, Vec<Expr>),
    Unary(&'static str, Box<Expr>),
    /// `++x` and `x++`: by how much, and whether the old value counts.
    Step(Box<Expr>, f64, bool),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Assign(&'static str, Box<Expr>, Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    In(Box<Expr>, String),
    Call(String, Vec<Expr>),
}

#[derive(Clone, Debug)]
enum Statement {
    Expr(Expr),
    Print(Vec<Expr>, bool),
    If(Expr, Box<Statement>, Option<Box<Statement>>),
    While(Expr, Box<Statement>),
    For(Option<Expr>, Option<Expr>, Option<Expr>, Box<Statement>),
    Each(String, String, Box<Statement>),
    Block(Vec<Statement>),
    Delete(String, Vec<Expr>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
}

#[derive(Clone, Debug)]
enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    /// The flag is kept by the program's run, by the rule's number.
    Range(Expr, Expr),
}

type Rule = (Pattern, Option<Statement>);

fn tokens(text: &str) -> Result<Vec<Token>, String> {
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
                let mut raw = String::new();
                at += 1;
                loop {
                    match chars.get(at) {
                        None => return Err("unterminated string".into()),
                        Some('"') => break,
                        Some('\\') => {
                            raw.push('\\');
                            raw.extend(chars.get(at + 1));
                            at += 2;
                        }
                        Some(c) => {
                            raw.push(*c);
                            at += 1;
                        }
                    }
                }
                at += 1;
                found.push(Token::Text(unescape(&raw)));
            }
            '/' if !matches!(
                found.last(),
                Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Op(")" | "]" | "$"))
            ) =>
            {
                let mut raw = String::new();
                at += 1;
                loop {
                    match chars.get(at) {
                        None => return Err("unterminated regexp".into()),
                        Some('/') => break,
                        Some('\\') if chars.get(at + 1) == Some(&'/') => {
                            raw.push('/');
                            at += 2;
                        }
                        Some('\\') => {
                            raw.push('\\');
                            raw.extend(chars.get(at + 1));
                            at += 2;
                        }
                        Some(c) => {
                            raw.push(*c);
                            at += 1;
                        }
                    }
                }
                at += 1;
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

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// `>` is a redirection in `print`, `in` ends the head of a `for`.
    no_greater: bool,
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

    fn program(&mut self) -> Result<Vec<Rule>, String> {
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
        if let [Expr::Call(name, inner)] = list.as_slice() {
            if name.is_empty() {
                list = inner.clone();
            }
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
        let mut part = |p: &mut Self, end: &str| -> Result<Option<Expr>, String> {
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

/// A value: a text, a number, or input that may be read as either.
#[derive(Clone, Debug)]
enum Val {
    Num(f64),
    Str(String),
    /// From input: compares as a number if it looks like one.
    Input(String),
}

fn shown(n: f64) -> String {
    if n == n.trunc() && n.abs() < 1e16 { format!("{}", n as i64) } else { general(n) }
}

/// `%.6g`
fn general(n: f64) -> String {
    if n == 0.0 || !n.is_finite() {
        return format!("{n}");
    }
    let digits = (5 - n.abs().log10().floor() as i64).clamp(0, 20) as usize;
    let text = format!("{n:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

fn to_number(text: &str) -> f64 {
    let text = text.trim_start();
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let exponent = matches!(c, 'e' | 'E')
            && text[..at].ends_with(|c: char| c.is_ascii_digit())
            && text[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        if c.is_ascii_digit() || c == '.' || (at == 0 && matches!(c, '-' | '+')) || exponent {
            end = at + 1;
        } else {
            break;
        }
    }
    text[..end].parse().unwrap_or(0.0)
}

impl Val {
    fn text(&self) -> String {
        match self {
            Val::Num(n) => shown(*n),
            Val::Str(t) | Val::Input(t) => t.clone(),
        }
    }
    fn number(&self) -> f64 {
        match self {
            Val::Num(n) => *n,
            Val::Str(t) | Val::Input(t) => to_number(t),
        }
    }
    fn numeric(&self) -> bool {
        match self {
            Val::Num(_) => true,
            Val::Str(_) => false,
            Val::Input(t) => !t.trim().is_empty() && t.trim().parse::<f64>().is_ok(),
        }
    }
    fn truth(&self) -> bool {
        match self {
            Val::Num(n) => *n != 0.0,
            Val::Str(t) => !t.is_empty(),
            Val::Input(t) => {
                if self.numeric() {
                    to_number(t) != 0.0
                } else {
                    !t.is_empty()
                }
            }
        }
    }
}

enum Flow {
    Go,
    Next,
    Exit,
    Break,
    Continue,
}

struct Run {
    vars: BTreeMap<String, Val>,
    arrays: BTreeMap<String, BTreeMap<String, Val>>,
    record: String,
    fields: Vec<String>,
    out: String,
    status: i32,
    steps: usize,
    regexes: BTreeMap<String, Option<Regex>>,
}

/// A program that runs longer than this is stopped.
const STEPS_MAX: usize = 5_000_000;

impl Run {
    fn var(&self, name: &str) -> Val {
        if name == "NF" {
            return Val::Num(self.fields.len() as f64);
        }
        self.vars.get(name).cloned().unwrap_or(Val::Input(String::new()))
    }

    fn set_record(&mut self, text: &str) {
        self.record = text.to_owned();
        self.fields = self.split(text, &self.var("FS").text());
    }

    fn split(&mut self, text: &str, separator: &str) -> Vec<String> {
        if separator == " " {
            return text.split_whitespace().map(str::to_owned).collect();
        }
        if text.is_empty() {
            return Vec::new();
        }
        if separator.chars().count() == 1 && separator != "\\" {
            return text.split(separator).map(str::to_owned).collect();
        }
        let Some(regex) = self.regex(separator) else { return vec![text.to_owned()] };
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some((a, b)) = regex.find(text, from).and_then(|c| c[0]) {
            if b == a {
                break;
            }
            found.push(text[from..a].to_owned());
            from = b;
        }
        found.push(text[from..].to_owned());
        found
    }

    fn regex(&mut self, pattern: &str) -> Option<Regex> {
        self.regexes.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern, true, false).ok()).clone()
    }

    fn matches(&mut self, text: &str, pattern: &Expr) -> bool {
        let pattern = match pattern {
            Expr::Pattern(p) => p.clone(),
            other => self.eval(other).text(),
        };
        self.regex(&pattern).is_some_and(|r| r.is_match(text))
    }

    fn key(&mut self, keys: &[Expr]) -> String {
        keys.iter().map(|k| self.eval(k).text()).collect::<Vec<_>>().join("\u{1c}")
    }

    fn assign(&mut self, target: &Expr, value: Val) {
        match target {
            Expr::Var(name) if name == "NF" => {
                self.fields.resize(value.number().clamp(0.0, 10_000.0) as usize, String::new());
                self.join();
            }
            Expr::Var(name) => {
                self.vars.insert(name.clone(), value);
            }
            Expr::Index(name, keys) => {
                let key = self.key(keys);
                self.arrays.entry(name.clone()).or_default().insert(key, value);
            }
            Expr::Field(inner) => {
                let n = self.eval(inner).number().clamp(0.0, 10_000.0) as usize;
                if n == 0 {
                    self.set_record(&value.text());
                } else {
                    if self.fields.len() < n {
                        self.fields.resize(n, String::new());
                    }
                    self.fields[n - 1] = value.text();
                    self.join();
                }
            }
            _ => {}
        }
    }

    fn join(&mut self) {
        let separator = self.var("OFS").text();
        self.record = self.fields.join(&separator);
    }

    fn eval(&mut self, expr: &Expr) -> Val {
        self.steps += 1;
        let flag = |b: bool| Val::Num(f64::from(u8::from(b)));
        match expr {
            Expr::Number(n) => Val::Num(*n),
            Expr::Text(t) => Val::Str(t.clone()),
            Expr::Pattern(_) => {
                let record = self.record.clone();
                flag(self.matches(&record, expr))
            }
            Expr::Field(inner) => {
                let n = self.eval(inner).number();
                Val::Input(if n == 0.0 {
                    self.record.clone()
                } else {
                    self.fields.get(n as usize - 1).cloned().unwrap_or_default()
                })
            }
            Expr::Var(name) => self.var(name),
            Expr::Index(name, keys) => {
                let key = self.key(keys);
                self.arrays.entry(name.clone()).or_default().entry(key).or_insert(Val::Input(String::new())).clone()
            }
            Expr::Unary(op, inner) => {
                let value = self.eval(inner);
                match *op {
                    "!" => flag(!value.truth()),
                    "-" => Val::Num(-value.number()),
                    _ => Val::Num(value.number()),
                }
            }
            Expr::Step(target, by, old) => {
                let before = self.eval(target).number();
                self.assign(target, Val::Num(before + by));
                Val::Num(if *old { before } else { before + by })
            }
            Expr::Binary(op, a, b) => self.binary(op, a, b),
            Expr::Assign(op, target, value) => {
                let value = self.eval(value);
                let value = if *op == "=" {
                    value
                } else {
                    let old = self.eval(target).number();
                    Val::Num(arithmetic(op.trim_end_matches('='), old, value.number()))
                };
                self.assign(target, value.clone());
                value
            }
            Expr::Choice(condition, yes, no) => {
                if self.eval(condition).truth() {
                    self.eval(yes)
                } else {
                    self.eval(no)
                }
            }
            Expr::In(key, array) => {
                let key = self.eval(key).text();
                flag(self.arrays.get(array).is_some_and(|a| a.contains_key(&key)))
            }
            Expr::Call(name, args) => self.call(name, args),
        }
    }

    fn binary(&mut self, op: &str, a: &Expr, b: &Expr) -> Val {
        let flag = |b: bool| Val::Num(f64::from(u8::from(b)));
        match op {
            "&&" => return flag(self.eval(a).truth() && self.eval(b).truth()),
            "||" => return flag(self.eval(a).truth() || self.eval(b).truth()),
            "~" | "!~" => {
                let text = self.eval(a).text();
                return flag(self.matches(&text, b) == (op == "~"));
            }
            _ => {}
        }
        let (a, b) = (self.eval(a), self.eval(b));
        let order = || {
            if a.numeric() && b.numeric() {
                a.number().partial_cmp(&b.number()).unwrap_or(std::cmp::Ordering::Equal)
            } else {
                a.text().cmp(&b.text())
            }
        };
        match op {
            " " => Val::Str(a.text() + &b.text()),
            "==" => flag(order().is_eq()),
            "!=" => flag(order().is_ne()),
            "<" => flag(order().is_lt()),
            "<=" => flag(order().is_le()),
            ">" => flag(order().is_gt()),
            ">=" => flag(order().is_ge()),
            _ => Val::Num(arithmetic(op, a.number(), b.number())),
        }
    }

    fn call(&mut self, name: &str, args: &[Expr]) -> Val {
        if let ("length", [Expr::Var(array)]) = (name, args) {
            if let Some(array) = self.arrays.get(array) {
                return Val::Num(array.len() as f64);
            }
        }
        if let ("split", [text, Expr::Var(array), rest @ ..]) = (name, args) {
            let text = self.eval(text).text();
            let separator = match rest.first() {
                Some(Expr::Pattern(p)) => p.clone(),
                Some(other) => self.eval(other).text(),
                None => self.var("FS").text(),
            };
            let parts = self.split(&text, &separator);
            let count = parts.len();
            let pairs = parts.into_iter().enumerate().map(|(n, p)| ((n + 1).to_string(), Val::Input(p))).collect();
            self.arrays.insert(array.clone(), pairs);
            return Val::Num(count as f64);
        }
        if let ("sub" | "gsub", [pattern, with, rest @ ..]) = (name, args) {
            return self.substitute(name == "gsub", pattern, with, rest.first());
        }
        if let ("match", [text, pattern]) = (name, args) {
            let text = self.eval(text).text();
            let pattern = if let Expr::Pattern(p) = pattern { p.clone() } else { self.eval(pattern).text() };
            let hit = self.regex(&pattern).and_then(|r| r.find(&text, 0)).and_then(|c| c[0]);
            let (start, length) =
                hit.map_or((0, -1), |(a, b)| (text[..a].chars().count() as i64 + 1, text[a..b].chars().count() as i64));
            self.vars.insert("RSTART".into(), Val::Num(start as f64));
            self.vars.insert("RLENGTH".into(), Val::Num(length as f64));
            return Val::Num(start as f64);
        }
        let values: Vec<Val> = args.iter().map(|a| self.eval(a)).collect();
        let text = |n: usize| values.get(n).map(Val::text).unwrap_or_default();
        let number = |n: usize| values.get(n).map(Val::number).unwrap_or(0.0);
        match name {
            "length" if values.is_empty() => Val::Num(self.record.chars().count() as f64),
            "length" => Val::Num(text(0).chars().count() as f64),
            "substr" => {
                let (from, length) =
                    (number(1).round(), if values.len() > 2 { number(2).round() } else { f64::INFINITY });
                let whole = text(0);
                let kept = whole.chars().enumerate().filter(|(i, _)| {
                    let at = *i as f64 + 1.0;
                    at >= from && at < from + length
                });
                Val::Str(kept.map(|(_, c)| c).collect())
            }
            "index" => {
                let (a, b) = (text(0), text(1));
                Val::Num(a.find(&b).map_or(0.0, |at| a[..at].chars().count() as f64 + 1.0))
            }
            "toupper" => Val::Str(text(0).to_uppercase()),
            "tolower" => Val::Str(text(0).to_lowercase()),
            "int" => Val::Num(number(0).trunc()),
            "sqrt" => Val::Num(number(0).sqrt()),
            "sprintf" => Val::Str(format(&values)),
            _ => Val::Str(String::new()),
        }
    }

    fn substitute(&mut self, all: bool, pattern: &Expr, with: &Expr, target: Option<&Expr>) -> Val {
        let pattern = if let Expr::Pattern(p) = pattern { p.clone() } else { self.eval(pattern).text() };
        let with = self.eval(with).text();
        let record = Expr::Field(Box::new(Expr::Number(0.0)));
        let target = target.unwrap_or(&record);
        let text = self.eval(target).text();
        let Some(regex) = self.regex(&pattern) else { return Val::Num(0.0) };
        let (mut out, mut from, mut count) = (String::new(), 0, 0);
        while let Some((a, b)) = regex.find(&text, from).and_then(|c| c[0]) {
            count += 1;
            out.push_str(&text[from..a]);
            out.push_str(&with.replace("\\&", "\u{0}").replace('&', &text[a..b]).replace('\u{0}', "&"));
            from = b;
            if a == b {
                let next = text[b..].chars().next();
                out.extend(next);
                from += next.map_or(1, char::len_utf8);
            }
            if !all || from > text.len() {
                break;
            }
        }
        out.push_str(text.get(from..).unwrap_or(""));
        if count > 0 {
            self.assign(target, Val::Input(out));
        }
        Val::Num(f64::from(count))
    }

    fn run(&mut self, statement: &Statement) -> Flow {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Flow::Exit;
        }
        match statement {
            Statement::Expr(e) => {
                self.eval(e);
            }
            Statement::Print(list, true) => {
                let values: Vec<Val> = list.iter().map(|e| self.eval(e)).collect();
                self.out.push_str(&format(&values));
            }
            Statement::Print(list, false) => {
                let text = if list.is_empty() {
                    self.record.clone()
                } else {
                    let separator = self.var("OFS").text();
                    list.iter().map(|e| self.eval(e).text()).collect::<Vec<_>>().join(&separator)
                };
                let end = self.var("ORS").text();
                self.out.push_str(&text);
                self.out.push_str(&end);
            }
            Statement::If(condition, then, otherwise) => {
                if self.eval(condition).truth() {
                    return self.run(then);
                }
                if let Some(otherwise) = otherwise {
                    return self.run(otherwise);
                }
            }
            Statement::While(condition, body) => {
                while self.steps < STEPS_MAX && self.eval(condition).truth() {
                    match self.run(body) {
                        Flow::Break => break,
                        Flow::Go | Flow::Continue => {}
                        other => return other,
                    }
                }
            }
            Statement::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.eval(first);
                }
                while self.steps < STEPS_MAX && condition.as_ref().is_none_or(|c| self.eval(c).truth()) {
                    match self.run(body) {
                        Flow::Break => break,
                        Flow::Go | Flow::Continue => {}
                        other => return other,
                    }
                    if let Some(step) = step {
                        self.eval(step);
                    }
                }
            }
            Statement::Each(key, array, body) => {
                let keys: Vec<String> = self.arrays.get(array).map(|a| a.keys().cloned().collect()).unwrap_or_default();
                for k in keys {
                    self.vars.insert(key.clone(), Val::Input(k));
                    match self.run(body) {
                        Flow::Break => break,
                        Flow::Go | Flow::Continue => {}
                        other => return other,
                    }
                }
            }
            Statement::Block(list) => {
                for inner in list {
                    match self.run(inner) {
                        Flow::Go => {}
                        other => return other,
                    }
                }
            }
            Statement::Delete(name, keys) => {
                if keys.is_empty() {
                    self.arrays.remove(name);
                } else {
                    let key = self.key(keys);
                    self.arrays.entry(name.clone()).or_default().remove(&key);
                }
            }
            Statement::Next => return Flow::Next,
            Statement::Break => return Flow::Break,
            Statement::Continue => return Flow::Continue,
            Statement::Exit(code) => {
                if let Some(code) = code {
                    self.status = self.eval(code).number() as i32 & 255;
                }
                return Flow::Exit;
            }
        }
        Flow::Go
    }
}

fn arithmetic(op: &str, a: f64, b: f64) -> f64 {
    match op {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "%" => a % b,
        _ => a.powf(b),
    }
}

fn format(values: &[Val]) -> String {
    let Some((first, rest)) = values.split_first() else { return String::new() };
    let (text, mut rest, mut out) = (first.text(), rest.iter(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = String::new();
        while chars.peek().is_some_and(|c| "-+ #0123456789.".contains(*c)) {
            spec.extend(chars.next());
        }
        let kind = chars.next().unwrap_or('%');
        let (width, precision) =
            spec.split_once('.').map_or((spec.as_str(), None), |(w, p)| (w, p.parse::<usize>().ok()));
        let (left, zero) = (width.starts_with('-'), width.starts_with('0'));
        let width = width.trim_start_matches(['-', '+', ' ', '#']).parse::<usize>().unwrap_or(0).min(10_000);
        let body = match kind {
            '%' => "%".to_owned(),
            'd' | 'i' => format!("{}", rest.next().map_or(0.0, Val::number).trunc() as i64),
            'f' => format!("{:.*}", precision.unwrap_or(6), rest.next().map_or(0.0, Val::number)),
            'g' => general(rest.next().map_or(0.0, Val::number)),
            'c' => rest.next().map(Val::text).unwrap_or_default().chars().take(1).collect(),
            _ => {
                let text = rest.next().map(Val::text).unwrap_or_default();
                precision.map_or(text.clone(), |p| text.chars().take(p).collect())
            }
        };
        let fill = width.saturating_sub(body.chars().count());
        match (left, zero) {
            (true, _) => out.push_str(&(body + &" ".repeat(fill))),
            (false, true) => out.push_str(&("0".repeat(fill) + &body)),
            (false, false) => out.push_str(&(" ".repeat(fill) + &body)),
        }
    }
    out
}

/// `awk`
pub fn awk(call: &mut Call) -> Outcome {
    let mut vars: Vec<(String, Val)> = vec![
        ("FS".into(), Val::Str(" ".into())),
        ("OFS".into(), Val::Str(" ".into())),
        ("ORS".into(), Val::Str("\n".into())),
    ];
    let options = match call.options("F:v:f:", &[]) {
        Ok(options) => options,
        Err(_) => return Ok(2),
    };
    for (flag, value) in &options.flags {
        match (flag, value.split_once('=')) {
            ('F', _) => vars.push(("FS".into(), Val::Str(if value == "t" { "\t".into() } else { unescape(value) }))),
            ('v', Some((name, value))) => vars.push((name.into(), Val::Input(unescape(value)))),
            _ => {}
        }
    }
    let mut rest = options.rest.iter();
    let Some(text) = rest.next() else {
        call.err("usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n");
        return Ok(2);
    };
    let files: Vec<String> = rest.cloned().collect();
    let rules = tokens(text).and_then(|tokens| Parser { tokens, at: 0, depth: 0, no_greater: false }.program());
    let rules = match rules {
        Ok(rules) => rules,
        Err(message) => {
            call.err(&format!("awk: {message}\n"));
            return Ok(2);
        }
    };
    let needs_input = rules.iter().any(|(p, _)| !matches!(p, Pattern::Begin));
    let (input, status) = if needs_input { call.inputs(&files)? } else { (String::new(), 0) };
    let mut run = Run {
        vars: vars.into_iter().collect(),
        arrays: BTreeMap::new(),
        record: String::new(),
        fields: Vec::new(),
        out: String::new(),
        status: if status == 0 { 0 } else { 2 },
        steps: 0,
        regexes: BTreeMap::new(),
    };
    execute(&rules, &input, &mut run);
    call.out(&run.out);
    Ok(run.status)
}

fn execute(rules: &[Rule], input: &str, run: &mut Run) {
    let mut ended = false;
    for (_, action) in rules.iter().filter(|(p, _)| matches!(p, Pattern::Begin)) {
        ended |= action.as_ref().is_some_and(|a| matches!(run.run(a), Flow::Exit));
    }
    let mut open = vec![false; rules.len()];
    for (n, line) in lines(input).enumerate() {
        if ended {
            break;
        }
        run.set_record(line);
        run.vars.insert("NR".into(), Val::Num(n as f64 + 1.0));
        run.vars.insert("FNR".into(), Val::Num(n as f64 + 1.0));
        for (i, (pattern, action)) in rules.iter().enumerate() {
            let hit = match pattern {
                Pattern::Begin | Pattern::End => false,
                Pattern::Always => true,
                Pattern::When(e) => run.eval(e).truth(),
                Pattern::Range(from, to) => {
                    let hit = open[i] || run.eval(from).truth();
                    open[i] = hit && !run.eval(to).truth();
                    hit
                }
            };
            if !hit {
                continue;
            }
            match action {
                None => {
                    let record = format!("{}\n", run.record);
                    run.out.push_str(&record);
                }
                Some(action) => match run.run(action) {
                    Flow::Next => break,
                    Flow::Exit => {
                        ended = true;
                        break;
                    }
                    _ => {}
                },
            }
        }
    }
    for (_, action) in rules.iter().filter(|(p, _)| matches!(p, Pattern::End)) {
        if action.as_ref().is_some_and(|a| matches!(run.run(a), Flow::Exit)) {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(program: &str, input: &str, expected: &str) {
        let tokens = tokens(program).unwrap();
        let rules = Parser { tokens, at: 0, depth: 0, no_greater: false }.program().unwrap();
        let base = [("FS", " "), ("OFS", " "), ("ORS", "\n")];
        let mut run = Run {
            vars: base.iter().map(|(k, v)| ((*k).to_owned(), Val::Str((*v).to_owned()))).collect(),
            arrays: BTreeMap::new(),
            record: String::new(),
            fields: Vec::new(),
            out: String::new(),
            status: 0,
            steps: 0,
            regexes: BTreeMap::new(),
        };
        execute(&rules, input, &mut run);
        assert_eq!(run.out, expected, "{program}");
    }

    #[test]
    fn runs_programs() {
        check("{print $2}", "a b\nc d\n", "b\nd\n");
        check("NR>1 {print $1, $NF}", "h x\na b c\n", "a c\n");
        check("/b/", "abc\nxyz\n", "abc\n");
        check("$2 == \"Running\" {n++} END {print n+0}", "a Running\nb Pending\n", "1\n");
        check("{c[$1]++} END {for (k in c) print k, c[k]}", "a\nb\na\n", "a 2\nb 1\n");
        check("{printf \"%-5s|%3d|%.1f\\n\", $1, $2, $2/4}", "x 5\n", "x    |  5|1.2\n");
        check("{gsub(/o/, \"0\"); print length($0), toupper($1)}", "foo boo\n", "7 F00\n");
        check("BEGIN {x = 3; while (x-- > 0) s = s x; print s; exit}", "", "210\n");
        check(
            "{split($1, a, \".\"); print a[1] \"-\" a[2]; if ($1 ~ /^1/) print \"yes\"; else print \"no\"}",
            "1.2\n",
            "1-2\nyes\n",
        );
        check("{print substr($1, 2, 2) index($1, \"c\")}", "abcd\n", "bc3\n");
    }
}
