//! Text → tree: the shell's grammar, as `bash` and `dash` read it.

mod compound;
mod heredoc;

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
            self.blanks();
            let from = self.at;
            let command = Rc::new(self.and_or()?);
            match self.peek()? {
                Token::Op("&") => {
                    let text: String = self.text.get(from..self.at).unwrap_or_default().iter().collect();
                    self.next()?;
                    commands.push(Rc::new(Command::Background(command, text.trim_end().into())));
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
            if op == "|&"
                && let Some(last) = parts.pop()
            {
                let both = Redirection { fd: 2, kind: Kind::Duplicate, target: [Part::Plain("1".into())].into() };
                parts.push(Command::Redirected(Rc::new(last), [both].into()));
            }
            parts.push(self.command()?);
        }
        if parts.len() == 1 && !not && !timed {
            return Ok(parts.remove(0));
        }
        Ok(Command::Pipeline { not, timed, parts: parts.into_iter().map(Rc::new).collect() })
    }

    fn quoted_word(&self, text: &str) -> Result<Word, SyntaxError> {
        word::heredoc(text).map_err(|q| SyntaxError::Quote(self.line, q))
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
}

/// Marks a heredoc's place until its text is known.
const HEREDOC: &str = "\u{0}heredoc ";
