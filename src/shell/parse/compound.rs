//! Compound commands: loops, conditions, groups, functions.

use super::{Parser, SyntaxError, Token};
use crate::shell::ast::{Command, List, Part, Word};
use crate::shell::word;
use std::rc::Rc;

impl Parser {
    pub(super) fn command(&mut self) -> Result<Command, SyntaxError> {
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
}
