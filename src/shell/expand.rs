//! Expansion of words: parameters, substitutions, splitting, patterns.

use super::arith;
use super::ast::{Command, List, Parameter, Part, Redirection, Word};
use super::glob;
use super::state::State;
use crate::cluster::files::Tree;

/// What expansion needs: the shell's memory, the outputs of the substitutions in order, the files, and `$!`/`$RANDOM`.
pub struct Expander<'a> {
    /// Variables.
    pub state: &'a mut State,
    /// Outputs of the words' `$(…)`, in the order [`substitutions`] lists them.
    pub outputs: std::vec::IntoIter<String>,
    /// Files for patterns.
    pub files: &'a Tree,
    /// A random number for `$RANDOM`.
    pub random: u64,
}

/// The scripts of all `$(…)` in these words, in order of evaluation.
pub fn substitutions<'a>(words: impl IntoIterator<Item = &'a Word>) -> Vec<List> {
    let mut found = Vec::new();
    words.into_iter().for_each(|w| collect(w, &mut found));
    found
}

/// The same of a command's own words.
pub fn of_command(command: &Command) -> Vec<List> {
    match command {
        Command::Simple(s) => {
            let words = s.words.iter().chain(s.assignments.iter().map(|(_, w)| w));
            substitutions(words.chain(s.redirections.iter().map(|r| &r.target)))
        }
        Command::For(_, Some(words), _) | Command::Test(words) => substitutions(words.iter()),
        Command::Case(word, arms) => {
            substitutions(std::iter::once(word).chain(arms.iter().flat_map(|(patterns, _)| patterns.iter())))
        }
        Command::Arithmetic(word) => substitutions([word]),
        Command::Redirected(_, redirections) => of_redirections(redirections),
        _ => Vec::new(),
    }
}

fn of_redirections(redirections: &[Redirection]) -> Vec<List> {
    substitutions(redirections.iter().map(|r| &r.target))
}

fn collect(word: &[Part], found: &mut Vec<List>) {
    for part in word {
        match part {
            Part::Command(list, _) => found.push(list.clone()),
            Part::Arithmetic(inner, _) => collect(inner, found),
            Part::Parameter(p) => {
                collect(&p.word, found);
                collect(&p.second, found);
            }
            _ => {}
        }
    }
}

/// A field in the making: its text, the same as a pattern, and whether it must be kept though empty.
#[derive(Clone, Default)]
struct Field {
    text: String,
    pattern: String,
    active: bool,
    keep: bool,
}

impl Field {
    fn quoted(&mut self, text: &str) {
        self.keep = true;
        for c in text.chars() {
            if "*?[]\\".contains(c) {
                self.pattern.push('\\');
            }
            self.pattern.push(c);
        }
        self.text.push_str(text);
    }
    fn plain(&mut self, text: &str) {
        self.active |= text.contains(['*', '?', '[']);
        self.keep |= !text.is_empty();
        self.pattern.push_str(text);
        self.text.push_str(text);
    }
}

impl Expander<'_> {
    /// All fields of words, with splitting and file names.
    pub fn fields(&mut self, words: &[Word]) -> Result<Vec<String>, String> {
        let mut out = Vec::new();
        for word in words {
            for field in self.split(word, true)? {
                let names =
                    if field.active { glob::paths(self.files, &self.state.cwd, &field.pattern) } else { Vec::new() };
                if names.is_empty() { out.push(field.text) } else { out.extend(names) }
            }
        }
        Ok(out)
    }

    /// One word as one text, without splitting.
    pub fn text(&mut self, word: &[Part]) -> Result<String, String> {
        Ok(self.split(word, false)?.into_iter().map(|f| f.text).collect::<Vec<_>>().join(" "))
    }

    /// One word as a pattern, quoted characters escaped.
    pub fn pattern(&mut self, word: &[Part]) -> Result<String, String> {
        Ok(self.split(word, false)?.into_iter().map(|f| f.pattern).collect::<Vec<_>>().join(" "))
    }

    fn split(&mut self, word: &[Part], splitting: bool) -> Result<Vec<Field>, String> {
        let mut done: Vec<Field> = Vec::new();
        let mut field = Field::default();
        for (n, part) in word.iter().enumerate() {
            match part {
                Part::Plain(text) if n == 0 && text.starts_with('~') => {
                    let (head, tail) = text.split_at(text.find('/').unwrap_or(text.len()));
                    match self.state.get("HOME").filter(|_| head == "~") {
                        Some(home) => field.quoted(home),
                        None => field.plain(head),
                    }
                    field.plain(tail);
                }
                Part::Plain(text) => field.plain(text),
                Part::Quoted(text) => field.quoted(text),
                Part::Command(_, quoted) => {
                    let output = self.outputs.next().unwrap_or_default();
                    self.put(output.trim_end_matches('\n'), *quoted || !splitting, &mut field, &mut done);
                }
                Part::Arithmetic(inner, quoted) => {
                    let text = self.text(inner)?;
                    let value = arith::evaluate(&text, self.state)?.to_string();
                    self.put(&value, *quoted || !splitting, &mut field, &mut done);
                }
                Part::Parameter(p) if &*p.name == "@" && p.op.is_empty() && (p.quoted || splitting) => {
                    for (i, value) in self.state.positional.clone().iter().enumerate() {
                        if i > 0 {
                            done.push(std::mem::take(&mut field));
                        }
                        self.put(value, p.quoted, &mut field, &mut done);
                    }
                }
                Part::Parameter(p) => {
                    if let Some(value) = self.parameter(p)? {
                        self.put(&value, p.quoted || !splitting, &mut field, &mut done);
                    }
                }
            }
        }
        if field.keep || !splitting {
            done.push(field);
        }
        Ok(done)
    }

    /// Adds a value: as it is if quoted, else split at blanks.
    fn put(&self, value: &str, whole: bool, field: &mut Field, done: &mut Vec<Field>) {
        if whole {
            return field.quoted(value);
        }
        let separators = self.state.get("IFS").unwrap_or(" \t\n").to_owned();
        let is_separator = |c: char| separators.contains(c);
        let mut rest = value;
        while let Some(at) = rest.find(is_separator) {
            field.plain(&rest[..at]);
            let c = rest[at..].chars().next().unwrap_or(' ');
            if field.keep || !c.is_whitespace() {
                done.push(std::mem::take(field));
            }
            rest = &rest[at + c.len_utf8()..];
        }
        field.plain(rest);
    }

    fn lookup(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.state.status.to_string()),
            "#" => Some(self.state.positional.len().to_string()),
            "@" | "*" => Some(self.state.positional.join(" ")),
            "$" => Some("4242".into()),
            "0" => Some(self.state.name.clone()),
            "-" => Some("hBc".into()),
            "!" => self.state.get("!").map(str::to_owned),
            "RANDOM" => Some((self.random % 32_768).to_string()),
            "PWD" => Some(self.state.cwd.clone()),
            _ => match name.parse::<usize>() {
                Ok(n) => self.state.positional.get(n.wrapping_sub(1)).cloned(),
                Err(_) => self.state.get(name).map(str::to_owned),
            },
        }
    }

    /// The value of `${…}`; `None`: unset.
    fn parameter(&mut self, p: &Parameter) -> Result<Option<String>, String> {
        let value = self.lookup(&p.name);
        let filled = value.as_deref().is_some_and(|v| !v.is_empty());
        let set = if p.op.starts_with(':') { filled } else { value.is_some() };
        Ok(match p.op {
            "" => {
                if value.is_none() && self.state.nounset && !matches!(&*p.name, "@" | "*" | "!") {
                    return Err(format!("{}: unbound variable", p.name));
                }
                value
            }
            "-" | ":-" => {
                if set {
                    value
                } else {
                    Some(self.text(&p.word)?)
                }
            }
            "+" | ":+" => {
                if set {
                    Some(self.text(&p.word)?)
                } else {
                    None
                }
            }
            "=" | ":=" if set => value,
            "=" | ":=" => {
                let text = self.text(&p.word)?;
                self.state.set(&p.name, text.clone());
                Some(text)
            }
            "?" | ":?" if set => value,
            "?" | ":?" => {
                let text = self.text(&p.word)?;
                let text = if text.is_empty() { "parameter null or not set".to_owned() } else { text };
                return Err(format!("{}: {text}", p.name));
            }
            "length" if matches!(&*p.name, "@" | "*") => self.lookup("#"),
            "length" => Some(value.unwrap_or_default().chars().count().to_string()),
            op => {
                let value = value.unwrap_or_default();
                let pattern = self.pattern(&p.word)?;
                Some(match op {
                    "#" | "##" | "%" | "%%" => trimmed(&value, &pattern, op),
                    "/" | "//" => replaced(&value, &pattern, &self.text(&p.second)?, op == "//"),
                    ":" => {
                        let from = arith::evaluate(&pattern, self.state)?;
                        let length = self.text(&p.second)?;
                        let length = if length.is_empty() { None } else { Some(arith::evaluate(&length, self.state)?) };
                        slice(&value, from, length)
                    }
                    "^^" => value.to_uppercase(),
                    ",," => value.to_lowercase(),
                    _ => {
                        let mut chars = value.chars();
                        let first = chars
                            .next()
                            .map(|c| if op == "^" { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
                        first.into_iter().chain(chars).collect()
                    }
                })
            }
        })
    }
}

fn boundaries(text: &str) -> Vec<usize> {
    text.char_indices().map(|(i, _)| i).chain([text.len()]).collect()
}

fn trimmed(value: &str, pattern: &str, op: &str) -> String {
    let mut cuts = boundaries(value);
    let front = op.starts_with('#');
    // Shortest first for `#` and `%`, longest first for `##` and `%%`.
    if front == (op.len() == 2) {
        cuts.reverse();
    }
    for cut in cuts {
        let (head, tail) = value.split_at(cut);
        if front && glob::matches(pattern, head) {
            return tail.into();
        }
        if !front && glob::matches(pattern, tail) {
            return head.into();
        }
    }
    value.into()
}

fn replaced(value: &str, pattern: &str, with: &str, all: bool) -> String {
    let cuts = boundaries(value);
    let (mut out, mut at, mut done) = (String::new(), 0, pattern.is_empty());
    while at < cuts.len() - 1 {
        let hit = (at + 1..cuts.len()).rev().find(|end| !done && glob::matches(pattern, &value[cuts[at]..cuts[*end]]));
        match hit {
            Some(end) => {
                out.push_str(with);
                at = end;
                done = !all;
            }
            None => {
                out.push_str(&value[cuts[at]..cuts[at + 1]]);
                at += 1;
            }
        }
    }
    out
}

fn slice(value: &str, from: i64, length: Option<i64>) -> String {
    let count = value.chars().count() as i64;
    let from = if from < 0 { (count + from).max(0) } else { from.min(count) };
    let end = match length {
        None => count,
        Some(n) if n < 0 => (count + n).max(from),
        Some(n) => from.saturating_add(n).min(count),
    };
    value.chars().skip(from as usize).take((end - from) as usize).collect()
}
