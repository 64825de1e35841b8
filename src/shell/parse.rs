//! Text → tree: the shell's grammar, as `bash` and `dash` read it.

use super::ast::{Command, Kind, List, Part, Redirection, Simple, Word};
use super::word;
use std::rc::Rc;

/// Why a line cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// A token where none of its kind may stand: line, token.
    Unexpected(usize, String),
    /// The text ended within a construct: line, and what was missing (`done`, `fi`, …; empty if unknown).
    End(usize, &'static str),
    /// A quote without its partner: line, the quote.
    Quote(usize, char),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Op(&'static str),
    Number(u32),
    Newline,
    End,
}

/// Longest first.
const OPERATORS: [&str; 25] = [
    "&>>", "<<<", "<<-", ";;&", "&&", "||", ";;", "&>", ">>", "<<", ">&", "<&", ">|", "<>", "((", "|&", ";&", "&", "|",
    ";", "<", ">", "(", ")", "\n",
];

/// Reads a whole text.
pub fn parse(text: &str) -> Result<List, SyntaxError> {
    if nesting(text) > DEPTH_MAX {
        return Err(SyntaxError::Unexpected(1, "(".into()));
    }
    let mut parser =
        Parser { text: text.chars().collect(), at: 0, line: 1, heredocs: Vec::new(), texts: Vec::new(), depth: 0 };
    let list = parser.list(&[])?;
    match parser.next()? {
        Token::End => Ok(parser.fill(list)),
        token => Err(parser.unexpected(&token)),
    }
}

/// Nesting deeper than this is refused, so that hostile text cannot exhaust the stack.
const DEPTH_MAX: usize = 60;

/// How deep brackets and substitutions nest at most (an upper bound).
fn nesting(text: &str) -> usize {
    let (mut depth, mut most) = (0usize, 0);
    for c in text.chars() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

struct Parser {
    text: Vec<char>,
    at: usize,
    line: usize,
    /// Heredocs whose text follows the next newline: end word, quoted, `-`, number.
    heredocs: Vec<(String, bool, bool, usize)>,
    /// Heredocs' texts by number.
    texts: Vec<Word>,
    depth: usize,
}

impl Parser {
    fn peek_char(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn unexpected(&self, token: &Token) -> SyntaxError {
        match token {
            Token::End => SyntaxError::End(self.line + 1, ""),
            Token::Newline => SyntaxError::Unexpected(self.line, "newline".into()),
            Token::Word(w) => SyntaxError::Unexpected(self.line, w.clone()),
            Token::Number(n) => SyntaxError::Unexpected(self.line, n.to_string()),
            Token::Op(op) => SyntaxError::Unexpected(self.line, (*op).into()),
        }
    }

    fn blanks(&mut self) {
        loop {
            match self.peek_char(0) {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.peek_char(1) == Some('\n') => {
                    self.at += 2;
                    self.line += 1;
                }
                Some('#') => {
                    while self.peek_char(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn operator(&self) -> Option<&'static str> {
        OPERATORS.iter().find(|op| op.chars().enumerate().all(|(i, c)| self.peek_char(i) == Some(c))).copied()
    }

    fn peek(&mut self) -> Result<Token, SyntaxError> {
        let (at, line, heredocs, texts) = (self.at, self.line, self.heredocs.len(), self.texts.len());
        let token = if matches!(self.after_blanks(), Some('\n')) { Ok(Token::Newline) } else { self.next() };
        (self.at, self.line) = (at, line);
        self.heredocs.truncate(heredocs);
        self.texts.truncate(texts);
        token
    }

    fn after_blanks(&mut self) -> Option<char> {
        self.blanks();
        self.peek_char(0)
    }

    fn next(&mut self) -> Result<Token, SyntaxError> {
        self.blanks();
        let Some(c) = self.peek_char(0) else { return Ok(Token::End) };
        if c == '\n' {
            self.at += 1;
            self.line += 1;
            self.read_heredocs();
            return Ok(Token::Newline);
        }
        if let Some(op) = self.operator() {
            let op = if op == "((" { "(" } else { op };
            self.at += op.len();
            return Ok(Token::Op(op));
        }
        let from = self.at;
        let end = word::end(&self.text, from).map_err(|quote| SyntaxError::Quote(self.line, quote))?;
        self.line += self.text[from..end].iter().filter(|c| **c == '\n').count();
        self.at = end;
        let raw: String = self.text[from..end].iter().collect();
        match (raw.parse::<u32>(), self.peek_char(0)) {
            (Ok(n), Some('<' | '>')) if raw.len() < 3 && raw.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Token::Number(n))
            }
            _ => Ok(Token::Word(raw)),
        }
    }

    /// Reads the texts of the heredocs announced on the line that just ended.
    fn read_heredocs(&mut self) {
        for (end, quoted, strip, number) in std::mem::take(&mut self.heredocs) {
            let mut body = String::new();
            while self.at < self.text.len() {
                let stop =
                    self.text[self.at..].iter().position(|c| *c == '\n').map_or(self.text.len(), |n| self.at + n);
                let mut line: String = self.text[self.at..stop].iter().collect();
                self.at = (stop + 1).min(self.text.len());
                self.line += 1;
                if strip {
                    line = line.trim_start_matches('\t').to_owned();
                }
                if line == end {
                    break;
                }
                body.push_str(&line);
                body.push('\n');
            }
            self.texts[number] = if quoted {
                [Part::Quoted(body)].into()
            } else {
                word::heredoc(&body).unwrap_or_else(|_| Rc::from([]))
            };
        }
    }

    fn is_word(&mut self, text: &str) -> Result<bool, SyntaxError> {
        Ok(matches!(self.peek()?, Token::Word(w) if w == text))
    }

    fn expect(&mut self, text: &'static str) -> Result<(), SyntaxError> {
        match self.next()? {
            Token::Word(w) if w == text => Ok(()),
            Token::Op(op) if op == text => Ok(()),
            Token::End => Err(SyntaxError::End(self.line + 1, text)),
            token => Err(self.unexpected(&token)),
        }
    }

    fn newlines(&mut self) -> Result<(), SyntaxError> {
        while self.peek()? == Token::Newline {
            self.next()?;
        }
        Ok(())
    }

    /// Commands up to one of the words `until`, `)`, `;;` or the end.
    fn list(&mut self, until: &[&str]) -> Result<List, SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SyntaxError::Unexpected(self.line, "(".into()));
        }
        let mut commands = Vec::new();
        loop {
            self.newlines()?;
            match self.peek()? {
                Token::End | Token::Op(")" | ";;" | ";;&" | ";&") => break,
                Token::Word(w) if until.contains(&w.as_str()) => break,
                _ => {}
            }
            let command = Rc::new(self.and_or()?);
            match self.peek()? {
                Token::Op("&") => {
                    self.next()?;
                    commands.push(Rc::new(Command::Background(command)));
                }
                Token::Op(";") => {
                    self.next()?;
                    commands.push(command);
                }
                Token::Newline => commands.push(command),
                _ => {
                    commands.push(command);
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(commands.into())
    }

    fn body(&mut self, until: &[&str]) -> Result<List, SyntaxError> {
        let list = self.list(until)?;
        if list.is_empty() {
            return match self.peek()? {
                Token::End => Err(SyntaxError::End(self.line + 1, if until == ["done"] { "done" } else { "" })),
                token => Err(self.unexpected(&token)),
            };
        }
        Ok(list)
    }

    fn and_or(&mut self) -> Result<Command, SyntaxError> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        while let Token::Op(op @ ("&&" | "||")) = self.peek()? {
            self.next()?;
            self.newlines()?;
            rest.push((op == "&&", Rc::new(self.pipeline()?)));
        }
        Ok(if rest.is_empty() { first } else { Command::AndOr(Rc::new(first), rest.into()) })
    }

    fn pipeline(&mut self) -> Result<Command, SyntaxError> {
        let (mut not, mut timed) = (false, false);
        loop {
            if self.is_word("!")? {
                not = !not;
            } else if self.is_word("time")? {
                timed = true;
            } else {
                break;
            }
            self.next()?;
        }
        let mut parts = vec![self.command()?];
        while let Token::Op(op @ ("|" | "|&")) = self.peek()? {
            self.next()?;
            self.newlines()?;
            if op == "|&" {
                if let Some(last) = parts.pop() {
                    let both = Redirection { fd: 2, kind: Kind::Duplicate, target: [Part::Plain("1".into())].into() };
                    parts.push(Command::Redirected(Rc::new(last), [both].into()));
                }
            }
            parts.push(self.command()?);
        }
        if parts.len() == 1 && !not && !timed {
            return Ok(parts.remove(0));
        }
        Ok(Command::Pipeline { not, timed, parts: parts.into_iter().map(Rc::new).collect() })
    }

    fn command(&mut self) -> Result<Command, SyntaxError> {
        let compound = match self.peek()? {
            Token::Op("(") => {
                self.next()?;
                if self.peek_char(0) == Some('(') { Some(self.arithmetic()?) } else { Some(self.subshell()?) }
            }
            Token::Word(w) => match w.as_str() {
                "{" => {
                    self.next()?;
                    let list = self.body(&["}"])?;
                    self.expect("}")?;
                    Some(Command::Group(list))
                }
                "for" | "select" => Some(self.for_loop()?),
                "while" | "until" => {
                    self.next()?;
                    let condition = self.body(&["do"])?;
                    Some(Command::While(w == "until", condition, self.do_group()?))
                }
                "if" => Some(self.if_clause()?),
                "case" => Some(self.case_clause()?),
                "function" => {
                    self.next()?;
                    Some(self.named_function()?)
                }
                "[[" => Some(self.double_bracket()?),
                "then" | "do" | "done" | "fi" | "else" | "elif" | "esac" | "}" => {
                    return Err(SyntaxError::Unexpected(self.line, w));
                }
                _ => None,
            },
            _ => None,
        };
        let Some(command) = compound else { return self.simple() };
        let mut redirections = Vec::new();
        while let Some(r) = self.redirection()? {
            redirections.extend(r);
        }
        Ok(if redirections.is_empty() { command } else { Command::Redirected(Rc::new(command), redirections.into()) })
    }

    fn subshell(&mut self) -> Result<Command, SyntaxError> {
        let list = self.body(&[])?;
        self.expect(")")?;
        Ok(Command::Subshell(list))
    }

    /// Text up to the `))` that ends it; `at` is behind the first of `((`.
    fn arithmetic_text(&mut self) -> Result<String, SyntaxError> {
        self.at += 1;
        let (mut depth, mut text) = (0usize, String::new());
        while let Some(c) = self.peek_char(0) {
            match c {
                '(' => depth += 1,
                ')' if depth == 0 && self.peek_char(1) == Some(')') => {
                    self.at += 2;
                    return Ok(text);
                }
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            text.push(c);
            self.at += 1;
        }
        Err(SyntaxError::End(self.line, "))"))
    }

    fn arithmetic(&mut self) -> Result<Command, SyntaxError> {
        let text = self.arithmetic_text()?;
        Ok(Command::Arithmetic(self.quoted_word(&text)?))
    }

    fn quoted_word(&self, text: &str) -> Result<Word, SyntaxError> {
        word::heredoc(text).map_err(|q| SyntaxError::Quote(self.line, q))
    }

    fn do_group(&mut self) -> Result<List, SyntaxError> {
        self.newlines()?;
        self.expect("do")?;
        let list = self.body(&["done"])?;
        self.expect("done")?;
        Ok(list)
    }

    fn for_loop(&mut self) -> Result<Command, SyntaxError> {
        self.next()?;
        self.blanks();
        if self.peek_char(0) == Some('(') && self.peek_char(1) == Some('(') {
            self.at += 1;
            let text = self.arithmetic_text()?;
            let mut parts = text.splitn(3, ';').map(|t| self.quoted_word(t));
            let mut part = || parts.next().unwrap_or_else(|| Ok(Rc::from([])));
            let three = [part()?, part()?, part()?];
            if self.peek()? == Token::Op(";") {
                self.next()?;
            }
            return Ok(Command::Count(Rc::new(three), self.do_group()?));
        }
        let name = match self.next()? {
            Token::Word(w) if word::is_name(&w) => w,
            token => return Err(self.unexpected(&token)),
        };
        self.newlines()?;
        let mut words = None;
        if self.is_word("in")? {
            self.next()?;
            let mut list = Vec::new();
            loop {
                match self.next()? {
                    Token::Word(raw) => list.extend(self.words(&raw)?),
                    Token::Number(n) => list.push([Part::Plain(n.to_string())].into()),
                    Token::Newline | Token::Op(";") => break,
                    token => return Err(self.unexpected(&token)),
                }
            }
            words = Some(list.into());
        } else if self.peek()? == Token::Op(";") {
            self.next()?;
        }
        Ok(Command::For(name.into(), words, self.do_group()?))
    }

    fn if_clause(&mut self) -> Result<Command, SyntaxError> {
        self.next()?;
        let mut clauses = Vec::new();
        loop {
            let condition = self.body(&["then"])?;
            self.expect("then")?;
            let then = self.body(&["elif", "else", "fi"])?;
            clauses.push((condition, then));
            match self.next()? {
                Token::Word(w) if w == "elif" => {}
                Token::Word(w) if w == "else" => {
                    let otherwise = self.body(&["fi"])?;
                    self.expect("fi")?;
                    return Ok(Command::If(clauses.into(), otherwise));
                }
                Token::Word(w) if w == "fi" => return Ok(Command::If(clauses.into(), Rc::from([]))),
                Token::End => return Err(SyntaxError::End(self.line + 1, "fi")),
                token => return Err(self.unexpected(&token)),
            }
        }
    }

    fn case_clause(&mut self) -> Result<Command, SyntaxError> {
        self.next()?;
        let subject = match self.next()? {
            Token::Word(raw) => self.word(&raw)?,
            token => return Err(self.unexpected(&token)),
        };
        self.newlines()?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines()?;
            if self.is_word("esac")? {
                self.next()?;
                return Ok(Command::Case(subject, arms.into()));
            }
            if self.peek()? == Token::Op("(") {
                self.next()?;
            }
            let mut patterns = Vec::new();
            loop {
                match self.next()? {
                    Token::Word(raw) => patterns.push(self.word(&raw)?),
                    Token::End => return Err(SyntaxError::End(self.line + 1, "esac")),
                    token => return Err(self.unexpected(&token)),
                }
                match self.next()? {
                    Token::Op("|") => {}
                    Token::Op(")") => break,
                    token => return Err(self.unexpected(&token)),
                }
            }
            let body = self.list(&["esac"])?;
            arms.push((patterns, body));
            match self.peek()? {
                Token::Op(";;" | ";&" | ";;&") => {
                    self.next()?;
                }
                Token::Word(w) if w == "esac" => {}
                Token::End => return Err(SyntaxError::End(self.line + 1, "esac")),
                token => return Err(self.unexpected(&token)),
            }
        }
    }

    fn named_function(&mut self) -> Result<Command, SyntaxError> {
        let name = match self.next()? {
            Token::Word(w) => w,
            token => return Err(self.unexpected(&token)),
        };
        if self.peek()? == Token::Op("(") {
            self.next()?;
            self.expect(")")?;
        }
        self.newlines()?;
        Ok(Command::Function(name.into(), Rc::new(self.command()?)))
    }

    fn double_bracket(&mut self) -> Result<Command, SyntaxError> {
        self.next()?;
        let mut words: Vec<Word> = Vec::new();
        let mut regex = false;
        loop {
            self.blanks();
            if regex {
                regex = false;
                let from = self.at;
                let end = word::end_of_pattern(&self.text, from);
                self.at = end;
                words.push(self.word(&self.text[from..end].iter().collect::<String>())?);
                continue;
            }
            match self.next()? {
                Token::Word(raw) if raw == "]]" => return Ok(Command::Test(words.into())),
                Token::Word(raw) => {
                    regex = raw == "=~";
                    words.push(self.word(&raw)?);
                }
                Token::Op(op @ ("&&" | "||" | "(" | ")" | "<" | ">")) => words.push([Part::Plain(op.into())].into()),
                Token::Newline => {}
                Token::Number(n) => words.push([Part::Plain(n.to_string())].into()),
                token => return Err(self.unexpected(&token)),
            }
        }
    }

    fn word(&self, raw: &str) -> Result<Word, SyntaxError> {
        word::parse(raw).map_err(|q| SyntaxError::Quote(self.line, q))
    }

    fn words(&self, raw: &str) -> Result<Vec<Word>, SyntaxError> {
        word::braces(raw).iter().map(|w| self.word(w)).collect()
    }

    fn simple(&mut self) -> Result<Command, SyntaxError> {
        let mut simple = Simple { line: self.line, ..Simple::default() };
        loop {
            if let Some(r) = self.redirection()? {
                simple.redirections.extend(r);
                continue;
            }
            match self.peek()? {
                Token::Word(raw) => {
                    self.next()?;
                    match word::assignment(&raw) {
                        Some((name, value)) if simple.words.is_empty() => {
                            simple.assignments.push((name.into(), self.word(value)?));
                        }
                        _ => simple.words.extend(self.words(&raw)?),
                    }
                }
                Token::Op("(") if simple.words.len() == 1 && simple.assignments.is_empty() => {
                    if let [Part::Plain(name)] = &*simple.words[0].clone() {
                        self.next()?;
                        self.expect(")")?;
                        self.newlines()?;
                        return Ok(Command::Function(name.as_str().into(), Rc::new(self.command()?)));
                    }
                    return Err(SyntaxError::Unexpected(self.line, "(".into()));
                }
                token => {
                    let empty =
                        simple.words.is_empty() && simple.assignments.is_empty() && simple.redirections.is_empty();
                    if empty || matches!(token, Token::Op("(")) {
                        return Err(self.unexpected(&token));
                    }
                    return Ok(Command::Simple(simple));
                }
            }
        }
    }

    /// One redirection, if the next tokens are one.
    fn redirection(&mut self) -> Result<Option<Vec<Redirection>>, SyntaxError> {
        let fd = match self.peek()? {
            Token::Number(n) => {
                self.next()?;
                Some(n)
            }
            _ => None,
        };
        let op = match self.peek()? {
            Token::Op(op @ ("<" | ">" | ">>" | "<<" | "<<-" | "<<<" | ">&" | "<&" | "&>" | "&>>" | ">|" | "<>")) => op,
            token if fd.is_some() => return Err(self.unexpected(&token)),
            _ => return Ok(None),
        };
        self.next()?;
        let raw = match self.next()? {
            Token::Word(raw) => raw,
            Token::Number(n) => n.to_string(),
            token => return Err(self.unexpected(&token)),
        };
        let (kind, default) = match op {
            "<" | "<>" => (Kind::Read, 0),
            ">" | ">|" => (Kind::Write, 1),
            ">>" => (Kind::Append, 1),
            "<&" => (Kind::Duplicate, 0),
            ">&" if raw.parse::<u32>().is_ok() || raw == "-" || fd.is_some() => (Kind::Duplicate, 1),
            "&>" | ">&" => (Kind::WriteBoth, 1),
            "&>>" => (Kind::AppendBoth, 1),
            _ => (Kind::Text, 0),
        };
        let target = match op {
            "<<" | "<<-" => {
                let quoted = raw.contains(['\'', '"', '\\']);
                let end: String = raw.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
                let number = self.texts.len();
                self.texts.push(Rc::from([]));
                self.heredocs.push((end, quoted, op == "<<-", number));
                // Filled in once the whole text is read.
                [Part::Quoted(format!("{HEREDOC}{number}"))].into()
            }
            "<<<" => {
                let mut parts = self.word(&raw)?.to_vec();
                parts.push(Part::Quoted("\n".into()));
                parts.into()
            }
            _ => self.word(&raw)?,
        };
        Ok(Some(vec![Redirection { fd: fd.unwrap_or(default), kind, target }]))
    }

    /// Puts the heredocs' texts where they belong.
    fn fill(&self, list: List) -> List {
        if self.texts.is_empty() { list } else { list.iter().map(|c| Rc::new(self.fill_command(c))).collect() }
    }

    fn fill_redirections(&self, redirections: &[Redirection]) -> Vec<Redirection> {
        let filled = |r: &Redirection| {
            let number = match &*r.target {
                [Part::Quoted(text)] if r.kind == Kind::Text => {
                    text.strip_prefix(HEREDOC).and_then(|n| n.parse::<usize>().ok())
                }
                _ => None,
            };
            let target = number.and_then(|n| self.texts.get(n)).unwrap_or(&r.target).clone();
            Redirection { target, ..r.clone() }
        };
        redirections.iter().map(filled).collect()
    }

    fn fill_command(&self, command: &Command) -> Command {
        let one = |c: &Rc<Command>| Rc::new(self.fill_command(c));
        let all = |l: &List| self.fill(l.clone());
        match command {
            Command::Simple(s) => {
                Command::Simple(Simple { redirections: self.fill_redirections(&s.redirections), ..s.clone() })
            }
            Command::Pipeline { not, timed, parts } => {
                Command::Pipeline { not: *not, timed: *timed, parts: all(parts) }
            }
            Command::AndOr(first, rest) => {
                Command::AndOr(one(first), rest.iter().map(|(and, c)| (*and, one(c))).collect())
            }
            Command::Background(c) => Command::Background(one(c)),
            Command::Subshell(l) => Command::Subshell(all(l)),
            Command::Group(l) => Command::Group(all(l)),
            Command::For(name, words, l) => Command::For(name.clone(), words.clone(), all(l)),
            Command::Count(three, l) => Command::Count(three.clone(), all(l)),
            Command::While(until, a, b) => Command::While(*until, all(a), all(b)),
            Command::If(clauses, l) => Command::If(clauses.iter().map(|(a, b)| (all(a), all(b))).collect(), all(l)),
            Command::Case(w, arms) => Command::Case(w.clone(), arms.iter().map(|(p, l)| (p.clone(), all(l))).collect()),
            Command::Function(name, c) => Command::Function(name.clone(), one(c)),
            Command::Redirected(c, r) => Command::Redirected(one(c), self.fill_redirections(r).into()),
            Command::Arithmetic(_) | Command::Test(_) => command.clone(),
        }
    }
}

/// Marks a heredoc's place until its text is known.
const HEREDOC: &str = "\u{0}heredoc ";
