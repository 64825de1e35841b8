//! What a plain scalar means: YAML 1.1 as go-yaml v2 reads it (`yes` is true, `0777` is octal).

// upstream: go.yaml.in/yaml/v2 resolve.go

/// A scalar's meaning.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer above `i64`'s.
    Uint(u64),
    Float(f64),
    /// A date or time: it stays a string, but is printed in quotes.
    Timestamp,
    Text,
}

impl Scalar {
    /// The short tag: `!!int`
    pub fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::Text => "!!str",
        }
    }
}

/// Resolves a plain scalar. `dates`: whether it may be a timestamp.
pub(super) fn resolve(text: &str, dates: bool) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' => float(text).map_or(Scalar::Text, Scalar::Float),
        b'0'..=b'9' | b'+' | b'-' => number(text, dates),
        _ => Scalar::Text,
    }
}

fn number(text: &str, dates: bool) -> Scalar {
    if dates && is_timestamp(text) {
        return Scalar::Timestamp;
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    if let Some(number) = integer(&plain) {
        return number;
    }
    float(&plain).map_or(Scalar::Text, Scalar::Float)
}

/// Go's `ParseInt(s, 0, 64)`, then `ParseUint`.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    match (negative, i64::try_from(value)) {
        (false, Ok(value)) => Some(Scalar::Int(value)),
        (true, _) if value <= 1 << 63 => Some(Scalar::Int((value as i64).wrapping_neg())),
        (false, Err(_)) if !signed => Some(Scalar::Uint(value)),
        _ => None,
    }
}

/// A decimal number: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, not too big.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    let exponent_ok = exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)));
    if !mantissa_ok || !exponent_ok {
        return None;
    }
    text.parse::<f64>().ok().filter(|f| f.is_finite())
}

/// Takes one or two digits (`exact`: two) off the front.
fn two_digits(text: &mut &str, exact: bool) -> Option<u32> {
    let count = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    if count == 0 || exact && count < 2 {
        return None;
    }
    let (number, rest) = text.split_at(count);
    *text = rest;
    number.parse().ok()
}

/// Whether go-yaml takes it for a date or a time.
pub(super) fn is_timestamp(text: &str) -> bool {
    timestamp(text).is_some()
}

fn timestamp(text: &str) -> Option<()> {
    let year = text.get(..4).filter(|y| y.bytes().all(|b| b.is_ascii_digit()))?;
    let year: u32 = year.parse().ok()?;
    let mut rest = text[4..].strip_prefix('-')?;
    let month = two_digits(&mut rest, false)?;
    rest = rest.strip_prefix('-')?;
    let day = two_digits(&mut rest, false)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > days {
        return None;
    }
    if rest.is_empty() {
        return Some(());
    }
    let zoned = rest.starts_with(['T', 't']);
    rest = rest.strip_prefix(['T', 't', ' '])?;
    let hour = two_digits(&mut rest, false)?;
    rest = rest.strip_prefix(':')?;
    let minute = two_digits(&mut rest, false)?;
    rest = rest.strip_prefix(':')?;
    let second = two_digits(&mut rest, false)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let [b'.' | b',', b'0'..=b'9', ..] = rest.as_bytes() {
        rest = rest[1..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    if !zoned || rest == "Z" {
        return (rest.is_empty() || zoned).then_some(());
    }
    rest = rest.strip_prefix(['+', '-'])?;
    let hours = two_digits(&mut rest, true)?;
    rest = rest.strip_prefix(':')?;
    let minutes = two_digits(&mut rest, true)?;
    (rest.is_empty() && hours <= 24 && minutes <= 60).then_some(())
}
