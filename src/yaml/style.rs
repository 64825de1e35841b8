//! In which style a string can be printed so that it reads back as the same string.

// upstream: go.yaml.in/yaml/v2 emitterc.go yaml_emitter_analyze_scalar, yaml_emitter_select_scalar_style; encode.go

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// Which styles a string can be written in.
pub(super) struct Allowed {
    plain: bool,
    single: bool,
    block: bool,
    empty: bool,
    multiline: bool,
}

impl Allowed {
    pub(super) fn of(text: &str) -> Self {
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

    pub(super) fn choose(&self, wanted: Style, key: bool) -> Style {
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

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether it is printed unescaped; beyond the Basic Multilingual Plane go-yaml escapes everything.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// Whether YAML 1.1 knows it as a base 60 float, like `12:30:00`.
pub(super) fn is_base60(text: &str) -> bool {
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
