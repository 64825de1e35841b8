//! How directives (`%YAML 1.1`) and tags (`!!str`) are read.

// upstream: go.yaml.in/yaml/v2 scannerc.go yaml_parser_scan_{directive,tag}

use super::scanner::Scanner;
use super::token::{Fault, Kind, Token};

impl Scanner<'_> {
    /// A whole `%YAML` or `%TAG` line.
    pub(super) fn scan_directive(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.skip();
        let mut name = String::new();
        while self.is_word() {
            self.read(&mut name);
        }
        if name.is_empty() {
            return self.fault("could not find expected directive name");
        }
        if !self.is_blank_or_end(0) {
            return self.fault("found unexpected non-alphabetical character");
        }
        let (kind, value, suffix) = match name.as_str() {
            "YAML" => {
                self.skip_blanks();
                let major = self.scan_version_number()?;
                if self.byte(0) != b'.' {
                    return self.fault("did not find expected digit or '.' character");
                }
                self.skip();
                (Kind::VersionDirective, format!("{major}.{}", self.scan_version_number()?), String::new())
            }
            "TAG" => {
                self.skip_blanks();
                let handle = self.scan_tag_handle(true)?;
                if !self.is_blank(0) {
                    return self.fault("did not find expected whitespace");
                }
                self.skip_blanks();
                let prefix = self.scan_tag_uri("")?;
                if !self.is_blank_or_end(0) {
                    return self.fault("did not find expected whitespace or line break");
                }
                (Kind::TagDirective, handle, prefix)
            }
            _ => return self.fault("found unknown directive name"),
        };
        let end = self.at;
        self.skip_blanks();
        self.skip_comment();
        if !self.is_break_or_end(0) {
            return self.fault("did not find expected comment or line break");
        }
        self.take_break();
        self.push_token(Token { kind, start, end, value, suffix });
        Ok(())
    }
    fn scan_version_number(&mut self) -> Result<u32, Fault> {
        let (mut value, mut length) = (0, 0);
        while self.byte(0).is_ascii_digit() {
            length += 1;
            if length > 2 {
                return self.fault("found extremely long version number");
            }
            value = value * 10 + u32::from(self.byte(0) - b'0');
            self.skip();
        }
        if length == 0 { self.fault("did not find expected version number") } else { Ok(value) }
    }
    /// A tag's handle and suffix.
    pub(super) fn scan_tag(&mut self) -> Result<(String, String), Fault> {
        let (mut handle, suffix);
        if self.byte(1) == b'<' {
            self.skip();
            self.skip();
            handle = String::new();
            suffix = self.scan_tag_uri("")?;
            if self.byte(0) != b'>' {
                return self.fault("did not find the expected '>'");
            }
            self.skip();
        } else {
            handle = self.scan_tag_handle(false)?;
            if handle.len() > 1 && handle.ends_with('!') {
                suffix = self.scan_tag_uri("")?;
            } else {
                let rest = self.scan_tag_uri(&handle)?;
                // `!` alone is a tag of its own.
                (handle, suffix) = if rest.is_empty() { (rest, "!".into()) } else { ("!".into(), rest) };
            }
        }
        if !self.is_blank_or_end(0) {
            return self.fault("did not find expected whitespace or line break");
        }
        Ok((handle, suffix))
    }
    fn scan_tag_handle(&mut self, directive: bool) -> Result<String, Fault> {
        if self.byte(0) != b'!' {
            return self.fault("did not find expected '!'");
        }
        let mut handle = String::new();
        self.read(&mut handle);
        while self.is_word() {
            self.read(&mut handle);
        }
        if self.byte(0) == b'!' {
            self.read(&mut handle);
        } else if directive && handle != "!" {
            return self.fault("did not find expected '!'");
        }
        Ok(handle)
    }
    fn scan_tag_uri(&mut self, head: &str) -> Result<String, Fault> {
        let mut bytes: Vec<u8> = head.bytes().skip(1).collect();
        let mut found = !head.is_empty();
        while self.is_word() || b";/?:@&=+$,.!~*'()[]%".contains(&self.byte(0)) {
            if self.byte(0) == b'%' {
                let hex = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
                let (Some(high), Some(low)) = (hex(self.byte(1)), hex(self.byte(2))) else {
                    return self.fault("did not find URI escaped octet");
                };
                bytes.push(high << 4 | low);
                (0..3).for_each(|_| self.skip());
            } else {
                bytes.push(self.byte(0));
                self.skip();
            }
            found = true;
        }
        if !found {
            return self.fault("did not find expected tag URI");
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
