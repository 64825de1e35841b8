//! sed's grammar.

use super::{Action, Address, Command};
use crate::shell::regex::Regex;

pub(super) struct Parser {
    pub(super) text: Vec<char>,
    pub(super) at: usize,
    pub(super) extended: bool,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, what: &str) {
        while self.peek().is_some_and(|c| what.contains(c)) {
            self.at += 1;
        }
    }

    pub(super) fn commands(&mut self, inside: bool) -> Result<Vec<Command>, String> {
        let mut found = Vec::new();
        loop {
            self.skip(" \t\n;");
            match self.peek() {
                None if inside => return Err("unmatched `{'".into()),
                None => return Ok(found),
                Some('}') if inside => {
                    self.at += 1;
                    return Ok(found);
                }
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                Some(_) => found.push(self.command()?),
            }
        }
    }

    fn number(&mut self) -> Option<usize> {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.text[from..self.at].iter().collect::<String>().parse().ok()
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        Ok(match self.peek() {
            Some('$') => {
                self.at += 1;
                Some(Address::Last)
            }
            Some(c) if c.is_ascii_digit() => {
                let n = self.number().unwrap_or(0);
                if self.peek() == Some('~') {
                    self.at += 1;
                    Some(Address::Step(n, self.number().unwrap_or(0)))
                } else {
                    Some(Address::Line(n))
                }
            }
            Some(c @ ('/' | '\\')) => {
                self.at += 1;
                let mark = if c == '\\' {
                    self.at += 1;
                    self.text.get(self.at - 1).copied().unwrap_or('/')
                } else {
                    '/'
                };
                let text = self.until(mark, "unterminated address regex")?;
                let fold = self.peek() == Some('I');
                self.at += usize::from(fold);
                Some(Address::Match(Regex::new(&text, self.extended, fold).map_err(str::to_owned)?))
            }
            _ => None,
        })
    }

    /// Text up to `mark`; an escaped mark is plain.
    fn until(&mut self, mark: char, missing: &str) -> Result<String, String> {
        let (mut text, mut bracket) = (String::new(), false);
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '\\' => match self.peek() {
                    Some(next) if next == mark && !bracket => {
                        text.push(next);
                        self.at += 1;
                    }
                    Some(next) => {
                        text.push('\\');
                        text.push(next);
                        self.at += 1;
                    }
                    None => {}
                },
                c if c == mark && !bracket => return Ok(text),
                c => {
                    bracket = match c {
                        '[' => true,
                        ']' if !text.ends_with('[') && !text.ends_with("[^") => false,
                        _ => bracket,
                    };
                    text.push(c);
                }
            }
        }
        Err(missing.into())
    }

    /// The replacement: brackets mean nothing there.
    fn until_plain(&mut self, mark: char, missing: &str) -> Result<String, String> {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '\\' => {
                    if let Some(next) = self.peek() {
                        if next != mark {
                            text.push('\\');
                        }
                        text.push(next);
                        self.at += 1;
                    }
                }
                c if c == mark => return Ok(text),
                c => text.push(c),
            }
        }
        Err(missing.into())
    }

    fn command(&mut self) -> Result<Command, String> {
        let from = self.address()?;
        self.skip(" \t");
        let (mut to, mut more) = (None, 0);
        if from.is_some() && self.peek() == Some(',') {
            self.at += 1;
            self.skip(" \t");
            if self.peek() == Some('+') {
                self.at += 1;
                more = self.number().unwrap_or(0);
            } else {
                to = Some(self.address()?.ok_or("unexpected `,'")?);
            }
        }
        self.skip(" \t");
        let not = self.peek() == Some('!');
        if not {
            self.at += 1;
            self.skip(" \t");
        }
        let Some(name) = self.peek() else { return Err("missing command".into()) };
        self.at += 1;
        let action = match name {
            's' => self.substitution()?,
            'y' => {
                let mark = self.peek().ok_or("unterminated `y' command")?;
                self.at += 1;
                let from: Vec<char> = self.until_plain(mark, "unterminated `y' command")?.chars().collect();
                let to: Vec<char> = self.until_plain(mark, "unterminated `y' command")?.chars().collect();
                if from.len() != to.len() {
                    return Err("strings for `y' command are different lengths".into());
                }
                Action::Translate(from, to)
            }
            'a' | 'i' | 'c' => {
                self.skip(" \t");
                if self.peek() == Some('\\') {
                    self.at += 1;
                    // `a\` and the text on the next line; on the same line its blanks are kept.
                    let before = self.at;
                    self.skip(" \t");
                    if self.peek() == Some('\n') {
                        self.at += 1;
                    } else {
                        self.at = before;
                    }
                }
                let end = self.text[self.at..].iter().position(|c| *c == '\n').map_or(self.text.len(), |n| self.at + n);
                let text: String = self.text[self.at..end].iter().collect();
                self.at = end;
                if text.is_empty() {
                    return Err("expected \\ after `a', `c' or `i'".into());
                }
                Action::Text(name, text)
            }
            '{' => Action::Block(self.commands(true)?),
            'q' => {
                self.skip(" \t");
                Action::Quit(self.number().unwrap_or(0) as i32)
            }
            'd' | 'p' | '=' | 'h' | 'H' | 'g' | 'G' | 'x' | 'n' | 'N' | 'Q' => Action::Plain(name),
            other => return Err(format!("unknown command: `{other}'")),
        };
        self.skip(" \t");
        match self.peek() {
            None | Some(';' | '\n' | '}' | '#') => {}
            Some(_) => {
                self.at += 1;
                return Err("extra characters after command".into());
            }
        }
        Ok(Command { from, to, more, not, action })
    }

    fn substitution(&mut self) -> Result<Action, String> {
        const OPEN: &str = "unterminated `s' command";
        let mark = self.peek().ok_or(OPEN)?;
        self.at += 1;
        let pattern = self.until(mark, OPEN)?;
        let with = self.until_plain(mark, OPEN)?;
        let (mut global, mut print, mut fold, mut nth) = (false, false, false, 1);
        loop {
            match self.peek() {
                Some('g') => global = true,
                Some('p') => print = true,
                Some('i' | 'I') => fold = true,
                Some(c) if c.is_ascii_digit() => {
                    nth = self.number().unwrap_or(1).max(1);
                    continue;
                }
                Some(' ' | ';' | '\n' | '}' | '\t') | None => break,
                Some(_) => {
                    self.at += 1;
                    return Err("unknown option to `s'".into());
                }
            }
            self.at += 1;
        }
        let regex = if pattern.is_empty() {
            None
        } else {
            Some(Regex::new(&pattern, self.extended, fold).map_err(str::to_owned)?)
        };
        Ok(Action::Substitute { regex, with, global, print, nth })
    }
}
