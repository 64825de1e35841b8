//! Finds where a JSON value ends, or why it doesn't, in the words of Go's `encoding/json`.

// upstream: encoding/json scanner.go

use super::span::Span;
use super::stream::Problem;
use serde_json::{Number, Value};

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 120;

/// The end of the JSON value that starts at `from`.
pub(super) fn scan(text: &str, from: usize) -> Result<usize, Problem> {
    let mut scanner = Scanner { text: text.as_bytes(), at: from };
    match scanner.value(0) {
        Ok(()) => Ok(scanner.at),
        Err(Fault::End) => Err(problem(text, text.len(), "unexpected EOF".into(), "unexpected EOF".into())),
        Err(Fault::Bad(at, context)) => {
            let shown = match text[at..].chars().next() {
                Some('\'') => r"'\''".to_string(),
                Some('"') => "'\"'".to_string(),
                Some('\n') => r"'\n'".to_string(),
                Some('\r') => r"'\r'".to_string(),
                Some('\t') => r"'\t'".to_string(),
                Some('\\') => r"'\\'".to_string(),
                Some(c) if (c as u32) < 0x20 || c as u32 == 0x7f => format!("'\\x{:02x}'", c as u32),
                // Go looks at bytes, so a letter beyond ASCII shows up as its first byte.
                Some(_) => {
                    let byte = text.as_bytes()[at];
                    format!("'{}'", byte as char)
                }
                None => String::new(),
            };
            let message = format!("invalid character {shown} {context}");
            Err(problem(text, at, format!("json: offset {}: {message}", at + 1), message))
        }
    }
}

fn problem(text: &str, at: usize, told: String, message: String) -> Problem {
    let before = text.get(..at).unwrap_or(text);
    let column = before.rsplit('\n').next().unwrap_or("").chars().count();
    let span = Span { start: at, end: at, line: before.matches('\n').count(), column };
    Problem { text: told, message, span }
}

/// Integers above `i64`'s become floats, as in an unstructured object.
pub(super) fn narrow(value: &mut Value) {
    match value {
        Value::Number(n) if n.is_u64() && !n.is_i64() => {
            if let Some(float) = n.as_f64().and_then(Number::from_f64) {
                *n = float;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(narrow),
        Value::Object(map) => map.values_mut().for_each(narrow),
        _ => {}
    }
}

enum Fault {
    End,
    /// At this byte; what was being read.
    Bad(usize, String),
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn byte(&self) -> Result<u8, Fault> {
        self.text.get(self.at).copied().ok_or(Fault::End)
    }
    fn bad<T>(&self, context: &str) -> Result<T, Fault> {
        Err(Fault::Bad(self.at, context.into()))
    }
    /// The next byte that is no white space.
    fn next(&mut self) -> Result<u8, Fault> {
        while matches!(self.byte()?, b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
        self.byte()
    }

    fn value(&mut self, depth: usize) -> Result<(), Fault> {
        if depth > MAX_DEPTH {
            return self.bad("exceeded max depth");
        }
        match self.next()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => self.bad("looking for beginning of value"),
        }
    }
    fn object(&mut self, depth: usize) -> Result<(), Fault> {
        self.at += 1;
        if self.next()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.next()? != b'"' {
                return self.bad("looking for beginning of object key string");
            }
            self.string()?;
            if self.next()? != b':' {
                return self.bad("after object key");
            }
            self.at += 1;
            self.value(depth + 1)?;
            match self.next()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return self.bad("after object key:value pair"),
            }
        }
        self.at += 1;
        Ok(())
    }
    fn array(&mut self, depth: usize) -> Result<(), Fault> {
        self.at += 1;
        if self.next()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            match self.next()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return self.bad("after array element"),
            }
        }
        self.at += 1;
        Ok(())
    }
    fn string(&mut self) -> Result<(), Fault> {
        self.at += 1;
        loop {
            match self.byte()? {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    match self.byte()? {
                        b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                        b'u' => {
                            for _ in 0..4 {
                                self.at += 1;
                                if !self.byte()?.is_ascii_hexdigit() {
                                    return self.bad("in \\u hexadecimal character escape");
                                }
                            }
                        }
                        _ => return self.bad("in string escape code"),
                    }
                }
                0..0x20 => return self.bad("in string literal"),
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        Ok(())
    }
    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at > start
    }
    fn number(&mut self) -> Result<(), Fault> {
        if self.byte()? == b'-' {
            self.at += 1;
        }
        match self.byte()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => {
                self.digits();
            }
            _ => return self.bad("in numeric literal"),
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            if !self.digits() {
                self.byte()?;
                return self.bad("after decimal point in numeric literal");
            }
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.text.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                self.byte()?;
                return self.bad("in exponent of numeric literal");
            }
        }
        Ok(())
    }
    fn literal(&mut self, word: &str) -> Result<(), Fault> {
        for expected in word.bytes() {
            if self.byte()? != expected {
                return self.bad(&format!("in literal {word} (expecting '{}')", expected as char));
            }
            self.at += 1;
        }
        Ok(())
    }
}
