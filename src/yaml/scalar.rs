//! How plain, quoted and block scalars are read: where they end, how their lines are folded.

// upstream: go.yaml.in/yaml/v2 scannerc.go yaml_parser_scan_{block,flow,plain}_scalar

use super::scanner::Scanner;
use super::token::{Fault, Mark};

/// White space between two words of a scalar, to be folded once the next word comes.
#[derive(Default)]
struct Gap {
    /// Blanks on the same line.
    blanks: String,
    /// The first line break.
    first: &'static str,
    /// The line breaks after the first.
    more: String,
    /// Whether a line ended here.
    broken: bool,
}

impl Gap {
    /// Reads blanks and breaks.
    fn read(&mut self, scanner: &mut Scanner) {
        if scanner.is_blank(0) {
            if self.broken { scanner.skip() } else { scanner.read(&mut self.blanks) }
        } else if self.broken {
            self.more.push_str(scanner.take_break());
        } else {
            self.blanks.clear();
            self.first = scanner.take_break();
            self.broken = true;
        }
    }
    /// Appends what it stands for: one break is a space, more are one break less.
    fn fold(&mut self, into: &mut String) {
        if !self.broken {
            into.push_str(&self.blanks);
        } else if self.first == "\n" {
            into.push_str(if self.more.is_empty() { " " } else { &self.more });
        } else {
            into.push_str(self.first);
            into.push_str(&self.more);
        }
        *self = Self::default();
    }
}

impl Scanner<'_> {
    fn at_document_indicator(&self) -> bool {
        self.at_indicator(b'-') || self.at_indicator(b'.')
    }

    /// A plain scalar and where it ends.
    pub(super) fn scan_plain(&mut self) -> Result<(String, Mark), Fault> {
        let (mut value, mut gap, mut end) = (String::new(), Gap::default(), self.at);
        let indent = self.indent + 1;
        loop {
            if self.at_document_indicator() || self.byte(0) == b'#' {
                break;
            }
            while !self.is_blank_or_end(0) {
                let flow_end = self.flow_level > 0 && matches!(self.byte(0), b',' | b'?' | b'[' | b']' | b'{' | b'}');
                if flow_end || self.byte(0) == b':' && self.is_blank_or_end(1) {
                    break;
                }
                gap.fold(&mut value);
                self.read(&mut value);
                end = self.at;
            }
            if !(self.is_blank(0) || self.is_break(0)) {
                break;
            }
            while self.is_blank(0) || self.is_break(0) {
                if gap.broken && (self.at.column as isize) < indent && self.byte(0) == b'\t' {
                    return self.fault("found a tab character that violates indentation");
                }
                gap.read(self);
            }
            if self.flow_level == 0 && (self.at.column as isize) < indent {
                break;
            }
        }
        if gap.broken {
            self.key_allowed = true;
        }
        Ok((value, end))
    }

    /// A scalar in single or double quotes.
    pub(super) fn scan_quoted(&mut self, single: bool) -> Result<String, Fault> {
        let quote = if single { b'\'' } else { b'"' };
        let mut value = String::new();
        self.skip();
        loop {
            if self.at_document_indicator() {
                return self.fault("found unexpected document indicator");
            }
            if self.is_end(0) {
                return self.fault("found unexpected end of stream");
            }
            let mut gap = Gap::default();
            while !self.is_blank_or_end(0) {
                let b = self.byte(0);
                if single && b == quote && self.byte(1) == quote {
                    value.push('\'');
                    self.skip();
                    self.skip();
                } else if b == quote {
                    break;
                } else if !single && b == b'\\' && self.is_break(1) {
                    self.skip();
                    self.take_break();
                    gap.broken = true;
                    break;
                } else if !single && b == b'\\' {
                    self.scan_escape(&mut value)?;
                } else {
                    self.read(&mut value);
                }
            }
            if self.byte(0) == quote {
                self.skip();
                return Ok(value);
            }
            while self.is_blank(0) || self.is_break(0) {
                gap.read(self);
            }
            gap.fold(&mut value);
        }
    }

    fn scan_escape(&mut self, value: &mut String) -> Result<(), Fault> {
        let mut digits = 0;
        match self.byte(1) {
            b'0' => value.push('\0'),
            b'a' => value.push('\u{7}'),
            b'b' => value.push('\u{8}'),
            b't' | b'\t' => value.push('\t'),
            b'n' => value.push('\n'),
            b'v' => value.push('\u{b}'),
            b'f' => value.push('\u{c}'),
            b'r' => value.push('\r'),
            b'e' => value.push('\u{1b}'),
            b @ (b' ' | b'"' | b'\'' | b'\\') => value.push(b as char),
            b'N' => value.push('\u{85}'),
            b'_' => value.push('\u{a0}'),
            b'L' => value.push('\u{2028}'),
            b'P' => value.push('\u{2029}'),
            b'x' => digits = 2,
            b'u' => digits = 4,
            b'U' => digits = 8,
            _ => return self.fault("found unknown escape character"),
        }
        self.skip();
        self.skip();
        if digits > 0 {
            let mut code = 0u32;
            for i in 0..digits {
                match (self.byte(i) as char).to_digit(16) {
                    Some(digit) => code = code << 4 | digit,
                    None => return self.fault("did not find expected hexdecimal number"),
                }
            }
            match char::from_u32(code) {
                Some(c) => value.push(c),
                None => return self.fault("found invalid Unicode character escape code"),
            }
            (0..digits).for_each(|_| self.skip());
        }
        Ok(())
    }

    /// A `|` (literal) or `>` scalar and where it ends.
    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<(String, Mark), Fault> {
        self.skip();
        let (mut keep, mut strip, mut increment) = (false, false, 0);
        for _ in 0..2 {
            match self.byte(0) {
                b'+' if !keep && !strip => keep = true,
                b'-' if !keep && !strip => strip = true,
                b'0' if increment == 0 => return self.fault("found an indentation indicator equal to 0"),
                b @ b'1'..=b'9' if increment == 0 => increment = isize::from(b - b'0'),
                _ => break,
            }
            self.skip();
        }
        self.skip_blanks();
        self.skip_comment();
        if !self.is_break_or_end(0) {
            return self.fault("did not find expected comment or line break");
        }
        self.take_break();
        let mut end = self.at;
        let mut indent = if increment > 0 { self.indent.max(0) + increment } else { 0 };
        let (mut value, mut leading, mut trailing) = (String::new(), "", String::new());
        self.scan_block_breaks(&mut indent, &mut trailing, &mut end)?;
        let mut leading_blank = false;
        while self.at.column as isize == indent && !self.is_end(0) {
            let trailing_blank = self.is_blank(0);
            if !literal && !leading_blank && !trailing_blank && leading == "\n" {
                if trailing.is_empty() {
                    value.push(' ');
                }
            } else {
                value.push_str(leading);
            }
            value.push_str(&trailing);
            trailing.clear();
            leading_blank = self.is_blank(0);
            while !self.is_break_or_end(0) {
                self.read(&mut value);
            }
            end = self.at;
            leading = self.take_break();
            self.scan_block_breaks(&mut indent, &mut trailing, &mut end)?;
        }
        if !strip {
            value.push_str(leading);
        }
        if keep {
            value.push_str(&trailing);
        }
        Ok((value, end))
    }

    /// Passes indentation and empty lines; finds out the indentation where it isn't known yet.
    fn scan_block_breaks(&mut self, indent: &mut isize, breaks: &mut String, end: &mut Mark) -> Result<(), Fault> {
        let mut widest = 0;
        *end = self.at;
        loop {
            while (*indent == 0 || (self.at.column as isize) < *indent) && self.byte(0) == b' ' {
                self.skip();
            }
            widest = widest.max(self.at.column as isize);
            if (*indent == 0 || (self.at.column as isize) < *indent) && self.byte(0) == b'\t' {
                return self.fault("found a tab character where an indentation space is expected");
            }
            if !self.is_break(0) {
                break;
            }
            breaks.push_str(self.take_break());
            *end = self.at;
        }
        if *indent == 0 {
            *indent = widest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
