//! Values → text, as `sigs.k8s.io/yaml` prints them for `kubectl -o yaml`.

// upstream: go.yaml.in/yaml/v2 encode.go, emitterc.go, sorter.go

use super::resolve::{Scalar, resolve};
use serde_json::{Number, Value};
use std::cmp::Ordering;

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

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
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
                entries.sort_by(|a, b| compare_keys(a.0, b.0));
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
                    ..=0xff => format!("x{code:02X}"),
                    ..=0xffff => format!("u{code:04X}"),
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

/// Which styles a string can be written in.
struct Allowed {
    plain: bool,
    single: bool,
    block: bool,
    empty: bool,
    multiline: bool,
}

impl Allowed {
    fn of(text: &str) -> Self {
        let mut allowed = Self { plain: true, single: true, block: true, empty: text.is_empty(), multiline: false };
        if text.starts_with("---") || text.starts_with("...") {
            allowed.plain = false;
        }
        let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let last = chars.peek().is_none();
            let blank_follows = chars.peek().is_none_or(|(_, c)| matches!(c, ' ' | '\t'));
            let indicator = match c {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => at == 0,
                '#' => after_blank,
                '?' | '-' => at == 0 && blank_follows,
                ':' => blank_follows,
                _ => false,
            };
            if indicator {
                allowed.plain = false;
            }
            if !is_printable(c) {
                (allowed.plain, allowed.single, allowed.block) = (false, false, false);
            }
            if c == ' ' {
                if at == 0 || last {
                    allowed.plain = false;
                }
                if last {
                    allowed.block = false;
                }
                if after_break {
                    (allowed.plain, allowed.single) = (false, false);
                }
            } else if is_break(c) {
                allowed.multiline = true;
                allowed.plain = false;
                if after_space {
                    (allowed.single, allowed.block) = (false, false);
                }
            }
            after_space = c == ' ';
            after_break = is_break(c);
            after_blank = matches!(c, ' ' | '\t') || is_break(c);
        }
        allowed
    }

    fn choose(&self, wanted: Style, key: bool) -> Style {
        let mut style = if key && self.multiline { Style::Double } else { wanted };
        if style == Style::Plain && (!self.plain || self.empty && key) {
            style = Style::Single;
        }
        if style == Style::Single && !self.single {
            style = Style::Double;
        }
        if style == Style::Literal && (!self.block || key) {
            style = Style::Double;
        }
        style
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether it is printed unescaped; beyond the Basic Multilingual Plane go-yaml escapes everything.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// Whether YAML 1.1 knows it as a base 60 float, like `12:30:00`.
fn is_base60(text: &str) -> bool {
    let mut parts = text.strip_prefix(['-', '+']).unwrap_or(text).split(':');
    let first = parts.next().unwrap_or("");
    if !first.starts_with(|c: char| c.is_ascii_digit()) || !first.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return false;
    }
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return false;
    }
    while let Some(part) = parts.next() {
        let whole = match part.split_once('.') {
            Some((whole, fraction))
                if parts.peek().is_none() && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_') =>
            {
                whole
            }
            Some(_) => return false,
            None => part,
        };
        let sixty = match whole.as_bytes() {
            [b] => b.is_ascii_digit(),
            [tens, b] => matches!(tens, b'0'..=b'5') && b.is_ascii_digit(),
            _ => false,
        };
        if !sixty {
            return false;
        }
    }
    true
}

/// Keys in go-yaml's order: numbers within them by value, letters after everything else.
pub(super) fn compare_keys(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(i) = (0..a.len().min(b.len())).find(|i| a[*i] != b[*i]) else { return a.len().cmp(&b.len()) };
    match (a[i].is_alphabetic(), b[i].is_alphabetic()) {
        (true, true) => return a[i].cmp(&b[i]),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        _ => {}
    }
    // After a zero, or before one, a digit counts for its place.
    let mut start = 0i64;
    if a[i] == '0' || b[i] == '0' {
        let before = a[..i].iter().rev().take_while(|c| c.is_ascii_digit());
        start = i64::from(before.clone().any(|c| *c != '0'));
    }
    let run = |chars: &[char]| {
        let digits: Vec<i64> = chars[i..].iter().map_while(|c| c.to_digit(10)).map(i64::from).collect();
        (digits.iter().fold(start, |n, d| n.wrapping_mul(10).wrapping_add(*d)), digits.len())
    };
    run(&a).cmp(&run(&b)).then(a[i].cmp(&b[i]))
}

/// A number as it comes out after its way through JSON.
fn number(n: &Number) -> String {
    match n.as_f64() {
        Some(float) if n.is_f64() => {
            if float.fract() == 0.0 && float > -9.2e18 && float < 1.844e19 {
                // Whole numbers lose their point in JSON and are integers then.
                return format!("{float:.0}");
            }
            go_float(float, false)
        }
        _ => n.to_string(),
    }
}

/// Go's `strconv.FormatFloat(f, 'g', -1, 64)`, or of a `float32`'s shortest form (`narrow`).
pub fn go_float(float: f64, narrow: bool) -> String {
    let shown = if narrow { format!("{:e}", float as f32) } else { format!("{float:e}") };
    let Some((mantissa, exponent)) = shown.split_once('e') else { return shown };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return if narrow { (float as f32).to_string() } else { float.to_string() };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
