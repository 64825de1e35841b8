//! Values → text, as `sigs.k8s.io/yaml` prints them for `kubectl -o yaml`.

// upstream: go.yaml.in/yaml/v2 encode.go, emitterc.go

use super::order::{compare_keys, number};
use super::resolve::{Scalar, resolve};
use super::style::{Allowed, Style, is_base60, is_break, is_printable};
use crate::collections::sort_by;
use serde_json::Value;

/// Columns after which a space becomes a line break.
const BEST_WIDTH: usize = 80;

/// Prints a value as one YAML document, a line break at its end.
pub fn to_string(value: &Value) -> String {
    indented(value, 2)
}

/// The same with another indentation of maps below a key.
pub(super) fn indented(value: &Value, step: usize) -> String {
    let mut emitter = Emitter::new(step);
    emitter.node(value, false, false);
    emitter.write_indent();
    emitter.out
}

/// A scalar on one line, as it would be printed as a key.
pub(super) fn inline(value: &Value) -> String {
    let mut emitter = Emitter::new(2);
    emitter.node(value, false, true);
    emitter.out
}

struct Emitter {
    out: String,
    /// Characters since the last line break.
    column: usize,
    /// Columns that a new line starts with; -1 before the first collection.
    indent: isize,
    /// Whether the last character was white space, or needs none after it.
    whitespace: bool,
    /// Whether the line holds nothing but indentation and `-`, `?`, `:` so far.
    indention: bool,
    /// Columns by which a map below a key is indented.
    step: isize,
}

impl Emitter {
    fn new(step: usize) -> Self {
        Self { out: String::new(), column: 0, indent: -1, whitespace: true, indention: true, step: step as isize }
    }
    fn put(&mut self, c: char) {
        self.out.push(c);
        if c == '\n' {
            self.column = 0;
        } else {
            self.column += 1;
        }
    }
    fn indicator(&mut self, text: &str, spaced: bool, is_indention: bool) {
        if spaced && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.whitespace = false;
        self.indention = self.indention && is_indention;
    }
    fn write_indent(&mut self) {
        let indent = self.indent.max(0) as usize;
        if !self.indention || self.column > indent || self.column == indent && !self.whitespace {
            self.put('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// `in_map`: whether it is a mapping's key or value; `key`: whether it is a key on one line.
    fn node(&mut self, value: &Value, in_map: bool, key: bool) {
        let outer = self.indent;
        match value {
            Value::Null => self.scalar("null", Style::Plain, key),
            Value::Bool(b) => self.scalar(if *b { "true" } else { "false" }, Style::Plain, key),
            Value::Number(n) => self.scalar(&number(n), Style::Plain, key),
            Value::String(s) => self.string(s, key),
            Value::Array(list) if list.is_empty() => {
                self.indicator("[", true, false);
                self.indicator("]", false, false);
            }
            Value::Object(map) if map.is_empty() => {
                self.indicator("{", true, false);
                self.indicator("}", false, false);
            }
            Value::Array(list) => {
                let indentless = in_map && !self.indention;
                self.indent = if outer < 0 { 0 } else { outer + if indentless { 0 } else { 2 } };
                for item in list {
                    self.write_indent();
                    self.indicator("-", true, true);
                    self.node(item, false, false);
                }
            }
            Value::Object(map) => {
                self.indent = if outer < 0 { 0 } else { outer + if in_map { self.step } else { 2 } };
                let mut entries: Vec<(&String, &Value)> = map.iter().collect();
                sort_by(&mut entries, |a, b| compare_keys(a.0, b.0));
                for (name, value) in entries {
                    self.write_indent();
                    if name.len() <= 128 && !name.chars().any(is_break) {
                        self.string(name, true);
                        self.indicator(":", false, false);
                    } else {
                        self.indicator("?", true, true);
                        self.string(name, false);
                        self.write_indent();
                        self.indicator(":", true, true);
                    }
                    self.node(value, true, false);
                }
            }
        }
        self.indent = outer;
    }

    fn string(&mut self, text: &str, key: bool) {
        let style = if text.contains('\n') {
            Style::Literal
        } else if resolve(text, true) == Scalar::Text && !is_base60(text) {
            Style::Plain
        } else {
            Style::Double
        };
        self.scalar(text, style, key);
    }

    fn scalar(&mut self, text: &str, style: Style, key: bool) {
        let style = Allowed::of(text).choose(style, key);
        let outer = self.indent;
        self.indent = if outer < 0 { 2 } else { outer + 2 };
        match style {
            Style::Plain => {
                if !self.whitespace {
                    self.put(' ');
                }
                self.flow(text, !key, '\0');
                self.whitespace = false;
                self.indention = false;
            }
            Style::Single => {
                self.indicator("'", true, false);
                self.flow(text, !key, '\'');
                self.indicator("'", false, false);
            }
            Style::Double => {
                self.indicator("\"", true, false);
                self.escaped(text, !key);
                self.indicator("\"", false, false);
            }
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    /// A plain or single-quoted scalar's characters, long lines broken at single spaces.
    fn flow(&mut self, text: &str, may_break: bool, quote: char) {
        let (mut spaces, mut breaks) = (false, false);
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if c == ' ' {
                let inside = quote == '\0' || at > 0 && next.is_some();
                if may_break && !spaces && self.column > BEST_WIDTH && inside && next != Some(' ') {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.put('\n');
                }
                self.put_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if c == '\'' && quote == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
    }

    fn escaped(&mut self, text: &str, may_break: bool) {
        let mut spaces = false;
        // After a byte order mark go-yaml escapes everything.
        let all = text.starts_with('\u{feff}');
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if all || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                self.put('\\');
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                if may_break && !spaces && self.column > BEST_WIDTH && at > 0 && next.is_some() {
                    self.write_indent();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
    }

    fn escape(&mut self, c: char) {
        let letter = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = c as u32;
                let text = match code {
                    0..=0xff => format!("x{code:02X}"),
                    0x100..=0xffff => format!("u{code:04X}"),
                    _ => format!("U{code:08X}"),
                };
                text.chars().for_each(|c| self.put(c));
                return;
            }
        };
        self.put(letter);
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator("2", false, false);
        }
        let mut ends = text.chars().rev();
        match (ends.next(), ends.next()) {
            (Some(last), _) if !is_break(last) => self.indicator("-", false, false),
            (_, None) => self.indicator("+", false, false),
            (_, Some(before)) if is_break(before) => self.indicator("+", false, false),
            _ => {}
        }
        self.put('\n');
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        for c in text.chars() {
            if is_break(c) {
                self.put_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
    }

    fn put_break(&mut self, c: char) {
        self.put(c);
        self.column = 0;
    }
}
