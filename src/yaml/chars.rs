//! Looking at a text's characters and passing over them.

// upstream: go.yaml.in/yaml/v2 yamlprivateh.go, scannerc.go skip, read, read_line

use super::scanner::Scanner;
use super::token::Fault;

impl Scanner<'_> {
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.text.get(self.at.index + ahead).copied().unwrap_or(0)
    }
    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }
    pub(super) fn is_break(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\r' | b'\n' => true,
            0xc2 => self.byte(ahead + 1) == 0x85,
            0xe2 => self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xa8 | 0xa9),
            _ => false,
        }
    }
    pub(super) fn is_end(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0
    }
    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.is_end(ahead) || self.is_break(ahead)
    }
    pub(super) fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }
    pub(super) fn is_word(&self) -> bool {
        let b = self.byte(0);
        b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
    }
    /// Bytes of the character at the position.
    fn width(&self) -> usize {
        match self.byte(0) {
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            _ => 1,
        }
    }
    /// Passes one character.
    pub(super) fn skip(&mut self) {
        self.at.index += self.width();
        self.at.chars += 1;
        self.at.column += 1;
    }
    /// Passes one character and keeps it.
    pub(super) fn read(&mut self, into: &mut String) {
        let end = (self.at.index + self.width()).min(self.text.len());
        into.push_str(std::str::from_utf8(&self.text[self.at.index.min(end)..end]).unwrap_or(""));
        self.skip();
    }
    /// Passes a line break; gives what it stands for.
    pub(super) fn take_break(&mut self) -> &'static str {
        let (bytes, stands) = match self.byte(0) {
            b'\r' if self.byte(1) == b'\n' => (2, "\n"),
            b'\r' | b'\n' => (1, "\n"),
            0xc2 => (2, "\n"),
            0xe2 if self.byte(2) == 0xa8 => (3, "\u{2028}"),
            0xe2 => (3, "\u{2029}"),
            _ => return "",
        };
        self.at.index += bytes;
        self.at.chars +=
            if bytes == 2 && stands == "\n" && self.text.get(self.at.index - 2) == Some(&b'\r') { 2 } else { 1 };
        self.at.column = 0;
        self.at.line += 1;
        stands
    }
    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }
    pub(super) fn skip_comment(&mut self) {
        if self.byte(0) == b'#' {
            while !self.is_break_or_end(0) {
                self.skip();
            }
        }
    }
    /// Whether `---` or `...` stands alone at the line's start.
    pub(super) fn at_indicator(&self, what: u8) -> bool {
        self.at.column == 0 && (0..3).all(|i| self.byte(i) == what) && self.is_blank_or_end(3)
    }

    /// A fault at the position.
    pub(super) fn fault<T>(&self, message: &str) -> Result<T, Fault> {
        Err(Fault::scanner(message, self.at))
    }
}
