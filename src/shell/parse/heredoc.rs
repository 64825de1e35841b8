//! Heredocs: their texts are read after the line that announces them, and put in their places in the end.

use super::{HEREDOC, Parser};
use crate::shell::ast::{Command, Kind, List, Part, Redirection, Simple};
use crate::shell::word;
use std::rc::Rc;

impl Parser {
    /// Reads the texts of the heredocs announced on the line that just ended.
    pub(super) fn read_heredocs(&mut self) {
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

    /// Puts the heredocs' texts where they belong.
    pub(super) fn fill(&self, list: List) -> List {
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
            Command::Background(c, text) => Command::Background(one(c), text.clone()),
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
