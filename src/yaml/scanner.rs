//! Text → tokens, by YAML 1.1's rules as go-yaml v2 applies them: the same faults, noticed at the same place.

// upstream: go.yaml.in/yaml/v2 scannerc.go, readerc.go

use super::token::{Fault, Kind, Mark, Token};
use crate::collections::BTreeMap;
use std::collections::VecDeque;

/// How deep collections may be nested.
pub(super) const MAX_DEPTH: usize = 10_000;

/// A place where a `key:` may have begun.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token: usize,
    mark: Mark,
}

/// The scanner: look at the front token with [`Scanner::peek`], take it with [`Scanner::next`].
pub(super) struct Scanner<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: Mark,
    tokens: VecDeque<Token>,
    taken: usize,
    available: bool,
    started: bool,
    pub(super) flow_level: usize,
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) key_allowed: bool,
    /// The last place at each flow level.
    keys: Vec<SimpleKey>,
    /// Which of `keys` a token may turn out to be. Upstream forgets the key that `[]` or `{}` may be, and so does this.
    keys_by_token: BTreeMap<usize, usize>,
}

type Scan<T = ()> = Result<T, Fault>;

impl<'a> Scanner<'a> {
    /// A scanner of one document's text.
    pub fn new(text: &'a str) -> Self {
        let mut scanner = Self {
            text: text.as_bytes(),
            at: Mark::default(),
            tokens: VecDeque::new(),
            taken: 0,
            available: false,
            started: false,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            key_allowed: true,
            keys: vec![SimpleKey::default()],
            keys_by_token: BTreeMap::new(),
        };
        if text.starts_with('\u{feff}') {
            scanner.at.index = 3;
        }
        scanner
    }

    /// The front token.
    pub fn peek(&mut self) -> Scan<&Token> {
        if !self.available {
            self.fetch_more()?;
            self.available = true;
        }
        // A token is always there: `fetch_more` ends with one or with a fault.
        self.tokens.front().ok_or_else(|| Fault::scanner("no token", self.at))
    }

    /// Takes the front token.
    pub fn next(&mut self) -> Option<Token> {
        self.available = false;
        self.taken += 1;
        self.tokens.pop_front()
    }

    // --- tokens ---

    fn push(&mut self, kind: Kind, start: Mark, value: String, suffix: String) {
        self.tokens.push_back(Token { kind, start, end: self.at, value, suffix });
    }
    pub(super) fn push_token(&mut self, token: Token) {
        self.tokens.push_back(token);
    }
    /// Puts a token at a place in the queue; at its end for a place that is gone.
    fn insert(&mut self, position: Option<usize>, kind: Kind, mark: Mark) {
        let token = Token { kind, start: mark, end: mark, value: String::new(), suffix: String::new() };
        let position = position.unwrap_or(self.tokens.len()).min(self.tokens.len());
        self.tokens.insert(position, token);
    }
    /// Passes `bytes` characters of an indicator as one token.
    fn indicator(&mut self, kind: Kind, bytes: usize) {
        let start = self.at;
        (0..bytes).for_each(|_| self.skip());
        self.push(kind, start, String::new(), String::new());
    }

    /// Scans until the front token can't turn out to be a key any more.
    fn fetch_more(&mut self) -> Scan {
        loop {
            if !self.tokens.is_empty() {
                match self.keys_by_token.get(&self.taken).copied() {
                    Some(key) if self.key_is_valid(key)? => {}
                    _ => return Ok(()),
                }
            }
            self.fetch_next()?;
        }
    }

    fn fetch_next(&mut self) -> Scan {
        if !self.started {
            self.started = true;
            self.push(Kind::StreamStart, self.at, String::new(), String::new());
            return Ok(());
        }
        self.scan_to_next_token();
        self.unroll_indent(self.at.column as isize);
        if self.is_end(0) {
            return self.fetch_stream_end();
        }
        if self.at.column == 0 && self.byte(0) == b'%' {
            self.reset_line()?;
            return self.scan_directive();
        }
        for (what, kind) in [(b'-', Kind::DocumentStart), (b'.', Kind::DocumentEnd)] {
            if self.at_indicator(what) {
                self.reset_line()?;
                self.indicator(kind, 3);
                return Ok(());
            }
        }
        let (b, flow, spaced) = (self.byte(0), self.flow_level > 0, self.is_blank_or_end(1));
        match b {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => {
                self.remove_key()?;
                self.key_allowed = true;
                self.indicator(Kind::FlowEntry, 1);
                Ok(())
            }
            b'-' if spaced => self.fetch_block_entry(),
            b'?' if flow || spaced => self.fetch_key(),
            b':' if flow || spaced => self.fetch_value(),
            b'*' => self.fetch_anchor(Kind::Alias),
            b'&' => self.fetch_anchor(Kind::Anchor),
            b'!' => {
                self.save_key()?;
                self.key_allowed = false;
                let start = self.at;
                let (handle, suffix) = self.scan_tag()?;
                self.push(Kind::Tag, start, handle, suffix);
                Ok(())
            }
            b'|' | b'>' if !flow => {
                self.remove_key()?;
                self.key_allowed = true;
                let start = self.at;
                let (value, end) = self.scan_block_scalar(b == b'|')?;
                self.push(Kind::Quoted, start, value, String::new());
                if let Some(token) = self.tokens.back_mut() {
                    token.end = end;
                }
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_key()?;
                self.key_allowed = false;
                let start = self.at;
                let value = self.scan_quoted(b == b'\'')?;
                self.push(Kind::Quoted, start, value, String::new());
                Ok(())
            }
            _ if self.starts_plain() => {
                self.save_key()?;
                self.key_allowed = false;
                let start = self.at;
                let (value, end) = self.scan_plain()?;
                self.push(Kind::Plain, start, value, String::new());
                if let Some(token) = self.tokens.back_mut() {
                    token.end = end;
                }
                Ok(())
            }
            _ => self.fault("found character that cannot start any token"),
        }
    }

    fn starts_plain(&self) -> bool {
        match self.byte(0) {
            b'-' => !self.is_blank(1),
            b'?' | b':' => self.flow_level == 0 && !self.is_blank_or_end(1),
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@'
            | b'`' => false,
            _ => !self.is_blank_or_end(0),
        }
    }

    /// Passes white space, comments and line breaks. A tab is no indentation.
    fn scan_to_next_token(&mut self) {
        loop {
            if self.at.column == 0 && self.text[self.at.index.min(self.text.len())..].starts_with("\u{feff}".as_bytes())
            {
                self.skip();
            }
            while self.byte(0) == b' ' || ((self.flow_level > 0 || !self.key_allowed) && self.byte(0) == b'\t') {
                self.skip();
            }
            self.skip_comment();
            if !self.is_break(0) {
                return;
            }
            self.take_break();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    // --- keys and indentation ---

    /// A key ends on its line and within 1024 characters.
    fn key_is_valid(&mut self, index: usize) -> Scan<bool> {
        let Some(key) = self.keys.get_mut(index) else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line < self.at.line || key.mark.chars + 1024 < self.at.chars {
            if key.required {
                return self.fault("could not find expected ':'");
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }
    fn save_key(&mut self) -> Scan {
        if self.key_allowed {
            let required = self.flow_level == 0 && self.indent == self.at.column as isize;
            self.remove_key()?;
            let key = SimpleKey { possible: true, required, token: self.taken + self.tokens.len(), mark: self.at };
            if let Some(last) = self.keys.last_mut() {
                *last = key;
                self.keys_by_token.insert(key.token, self.keys.len() - 1);
            }
        }
        Ok(())
    }
    fn remove_key(&mut self) -> Scan {
        let Some(key) = self.keys.last_mut() else { return Ok(()) };
        if key.possible && key.required {
            return self.fault("could not find expected ':'");
        }
        if key.possible {
            key.possible = false;
            self.keys_by_token.remove(&key.token);
        }
        Ok(())
    }
    fn roll_indent(&mut self, column: usize, position: Option<usize>, kind: Kind, mark: Mark) -> Scan {
        if self.flow_level > 0 || self.indent >= column as isize {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        if self.indents.len() > MAX_DEPTH {
            return self.fault("exceeded max depth of 10000");
        }
        self.insert(position, kind, mark);
        Ok(())
    }
    fn unroll_indent(&mut self, column: isize) {
        while self.flow_level == 0 && self.indent > column {
            self.insert(None, Kind::BlockEnd, self.at);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
    /// What a directive or a document indicator does first.
    fn reset_line(&mut self) -> Scan {
        self.unroll_indent(-1);
        self.remove_key()?;
        self.key_allowed = false;
        Ok(())
    }

    // --- one token each ---

    fn fetch_stream_end(&mut self) -> Scan {
        if self.at.column != 0 {
            self.at.column = 0;
            self.at.line += 1;
        }
        self.reset_line()?;
        self.push(Kind::StreamEnd, self.at, String::new(), String::new());
        Ok(())
    }
    fn fetch_flow_start(&mut self, kind: Kind) -> Scan {
        self.save_key()?;
        let token = self.taken + self.tokens.len();
        self.keys.push(SimpleKey { token, ..SimpleKey::default() });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return self.fault("exceeded max depth of 10000");
        }
        self.key_allowed = true;
        self.indicator(kind, 1);
        Ok(())
    }
    fn fetch_flow_end(&mut self, kind: Kind) -> Scan {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            if let Some(key) = self.keys.pop() {
                self.keys_by_token.remove(&key.token);
            }
        }
        self.key_allowed = false;
        self.indicator(kind, 1);
        Ok(())
    }
    fn fetch_block_entry(&mut self) -> Scan {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return self.fault("block sequence entries are not allowed in this context");
            }
            self.roll_indent(self.at.column, None, Kind::BlockSequenceStart, self.at)?;
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.indicator(Kind::BlockEntry, 1);
        Ok(())
    }
    fn fetch_key(&mut self) -> Scan {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return self.fault("mapping keys are not allowed in this context");
            }
            self.roll_indent(self.at.column, None, Kind::BlockMappingStart, self.at)?;
        }
        self.remove_key()?;
        self.key_allowed = self.flow_level == 0;
        self.indicator(Kind::Key, 1);
        Ok(())
    }
    fn fetch_value(&mut self) -> Scan {
        let last = self.keys.len().saturating_sub(1);
        if self.key_is_valid(last)? {
            let key = self.keys[last];
            let position = key.token.checked_sub(self.taken);
            self.insert(position, Kind::Key, key.mark);
            self.roll_indent(key.mark.column, position, Kind::BlockMappingStart, key.mark)?;
            self.keys[last].possible = false;
            self.keys_by_token.remove(&key.token);
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.key_allowed {
                    return self.fault("mapping values are not allowed in this context");
                }
                self.roll_indent(self.at.column, None, Kind::BlockMappingStart, self.at)?;
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.indicator(Kind::Value, 1);
        Ok(())
    }
    fn fetch_anchor(&mut self, kind: Kind) -> Scan {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.at;
        self.skip();
        let mut name = String::new();
        while self.is_word() {
            self.read(&mut name);
        }
        let ends = self.is_blank_or_end(0) || b"?:,]}%@`".contains(&self.byte(0));
        if name.is_empty() || !ends {
            return self.fault("did not find expected alphabetic or numeric character");
        }
        self.push(kind, start, name, String::new());
        Ok(())
    }
}
