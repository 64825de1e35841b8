//! Inside a word: quotes, `$…`, braces.

use super::ast::{List, Parameter, Part, Word};
use super::parse;
use std::rc::Rc;

/// A quote or bracket that is never closed.
type Unclosed = char;

/// Whether it may name a variable.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `NAME=value` → name and value (`NAME+=value` keeps the `+` in the name).
pub fn assignment(raw: &str) -> Option<(&str, &str)> {
    let (name, value) = raw.split_once('=')?;
    is_name(name.strip_suffix('+').unwrap_or(name)).then_some((name, value))
}

/// Where the word that starts at `from` ends.
pub fn end(text: &[char], from: usize) -> Result<usize, Unclosed> {
    let mut at = from;
    while let Some(&c) = text.get(at) {
        match c {
            ' ' | '\t' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')' | '\r' => break,
            '\\' => at += 2,
            '\'' => at = single(text, at)?,
            '"' => at = double(text, at)?,
            '`' => at = backtick(text, at)?,
            '$' => at = dollar(text, at)?,
            _ => at += 1,
        }
    }
    Ok(at.min(text.len()))
}

/// Where the pattern right of `=~` ends: at a blank outside quotes and brackets.
pub fn end_of_pattern(text: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0usize);
    while let Some(&c) = text.get(at) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ' ' | '\t' | '\n' if depth == 0 => break,
            '\\' => at += 1,
            _ => {}
        }
        at += 1;
    }
    at.min(text.len())
}

fn single(text: &[char], from: usize) -> Result<usize, Unclosed> {
    text.iter().skip(from + 1).position(|c| *c == '\'').map(|n| from + n + 2).ok_or('\'')
}

fn double(text: &[char], from: usize) -> Result<usize, Unclosed> {
    let mut at = from + 1;
    while let Some(&c) = text.get(at) {
        match c {
            '"' => return Ok(at + 1),
            '\\' => at += 2,
            '$' => at = dollar(text, at)?,
            '`' => at = backtick(text, at)?,
            _ => at += 1,
        }
    }
    Err('"')
}

fn backtick(text: &[char], from: usize) -> Result<usize, Unclosed> {
    let mut at = from + 1;
    while let Some(&c) = text.get(at) {
        match c {
            '`' => return Ok(at + 1),
            '\\' => at += 2,
            _ => at += 1,
        }
    }
    Err('`')
}

/// Where what starts with `$` at `from` ends; at least one further.
fn dollar(text: &[char], from: usize) -> Result<usize, Unclosed> {
    match text.get(from + 1) {
        Some('(') => balanced(text, from + 1, '(', ')'),
        Some('{') => balanced(text, from + 1, '{', '}'),
        Some('\'') => {
            let mut at = from + 2;
            while let Some(&c) = text.get(at) {
                match c {
                    '\'' => return Ok(at + 1),
                    '\\' => at += 2,
                    _ => at += 1,
                }
            }
            Err('\'')
        }
        _ => Ok(from + 1),
    }
}

fn balanced(text: &[char], from: usize, open: char, close: char) -> Result<usize, Unclosed> {
    let (mut at, mut depth) = (from, 0usize);
    while let Some(&c) = text.get(at) {
        match c {
            '\\' => at += 1,
            '\'' => at = single(text, at)? - 1,
            '"' => at = double(text, at)? - 1,
            _ if c == open => depth += 1,
            _ if c == close => {
                depth -= 1;
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    Err(close)
}

/// A word's pieces.
pub fn parse(raw: &str) -> Result<Word, Unclosed> {
    pieces(&raw.chars().collect::<Vec<_>>(), false).map(Into::into)
}

/// A text in which only `$`, backquote and backslash are active: a heredoc, an arithmetic expression.
pub fn heredoc(text: &str) -> Result<Word, Unclosed> {
    pieces(&text.chars().collect::<Vec<_>>(), true).map(Into::into)
}

fn push(parts: &mut Vec<Part>, c: char, quoted: bool) {
    match (parts.last_mut(), quoted) {
        (Some(Part::Plain(t)), false) | (Some(Part::Quoted(t)), true) => t.push(c),
        (_, true) => parts.push(Part::Quoted(c.into())),
        (_, false) => parts.push(Part::Plain(c.into())),
    }
}

fn pieces(text: &[char], inside: bool) -> Result<Vec<Part>, Unclosed> {
    let (mut parts, mut at) = (Vec::new(), 0);
    while let Some(&c) = text.get(at) {
        match c {
            '\\' if inside => match text.get(at + 1) {
                Some('\n') => at += 2,
                Some(&n @ ('$' | '`' | '\\')) => {
                    push(&mut parts, n, true);
                    at += 2;
                }
                _ => {
                    push(&mut parts, c, true);
                    at += 1;
                }
            },
            '\\' => {
                if let Some(&n) = text.get(at + 1).filter(|n| **n != '\n') {
                    push(&mut parts, n, true);
                }
                at += 2;
            }
            '\'' if !inside => {
                let stop = single(text, at)?;
                parts.push(Part::Quoted(text[at + 1..stop - 1].iter().collect()));
                at = stop;
            }
            '"' if !inside => {
                let stop = double(text, at)?;
                parts.push(Part::Quoted(String::new()));
                parts.extend(in_double_quotes(&text[at + 1..stop - 1])?);
                at = stop;
            }
            '`' => {
                let stop = backtick(text, at)?;
                let script: String =
                    text[at + 1..stop - 1].iter().collect::<String>().replace("\\`", "`").replace("\\$", "$");
                parts.push(Part::Command(script_of(&script), inside));
                at = stop;
            }
            '$' => at = parameter(text, at, inside, &mut parts)?,
            _ => {
                push(&mut parts, c, inside);
                at += 1;
            }
        }
    }
    Ok(parts)
}

/// Within double quotes `\"` is a quote too.
fn in_double_quotes(text: &[char]) -> Result<Vec<Part>, Unclosed> {
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        match text[at] {
            '\\' if text.get(at + 1) == Some(&'"') => {
                parts.extend(pieces(&text[from..at], true)?);
                push(&mut parts, '"', true);
                at += 2;
                from = at;
            }
            '\\' => at += 2,
            '$' => at = dollar(text, at)?,
            '`' => at = backtick(text, at)?,
            _ => at += 1,
        }
    }
    parts.extend(pieces(&text[from.min(text.len())..], true)?);
    Ok(parts)
}

/// A script that cannot be read fails when it is run: it becomes a command that says so.
fn script_of(text: &str) -> List {
    parse::parse(text).unwrap_or_else(|_| Rc::from([]))
}

fn parameter(text: &[char], at: usize, quoted: bool, parts: &mut Vec<Part>) -> Result<usize, Unclosed> {
    let plain = |name: String| {
        Part::Parameter(Parameter { name: name.into(), op: "", word: Rc::from([]), second: Rc::from([]), quoted })
    };
    match text.get(at + 1) {
        Some('(') if text.get(at + 2) == Some(&'(') => {
            let stop = balanced(text, at + 1, '(', ')')?;
            if text.get(stop - 2) == Some(&')') && stop >= at + 5 {
                let inner: String = text[at + 3..stop - 2].iter().collect();
                parts.push(Part::Arithmetic(heredoc(&inner)?, quoted));
            } else {
                parts.push(Part::Command(script_of(&text[at + 2..stop - 1].iter().collect::<String>()), quoted));
            }
            Ok(stop)
        }
        Some('(') => {
            let stop = balanced(text, at + 1, '(', ')')?;
            parts.push(Part::Command(script_of(&text[at + 2..stop - 1].iter().collect::<String>()), quoted));
            Ok(stop)
        }
        Some('{') => {
            let stop = balanced(text, at + 1, '{', '}')?;
            parts.push(Part::Parameter(braced(&text[at + 2..stop - 1], quoted)?));
            Ok(stop)
        }
        Some('\'') if !quoted => {
            let stop = dollar(text, at)?;
            parts.push(Part::Quoted(super::tools::unescape(&text[at + 2..stop - 1].iter().collect::<String>())));
            Ok(stop)
        }
        Some(c) if c.is_ascii_alphabetic() || *c == '_' => {
            let name: String = text[at + 1..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
            let stop = at + 1 + name.len();
            parts.push(plain(name));
            Ok(stop)
        }
        Some(c) if c.is_ascii_digit() || "?#@*$!-".contains(*c) => {
            parts.push(plain(c.to_string()));
            Ok(at + 2)
        }
        _ => {
            push(parts, '$', quoted);
            Ok(at + 1)
        }
    }
}

/// Longest first.
const OPS: [&str; 19] =
    [":-", ":=", ":+", ":?", "##", "%%", "//", "^^", ",,", "-", "=", "+", "?", "#", "%", "/", ":", "^", ","];

/// What stands between `${` and `}`.
fn braced(text: &[char], quoted: bool) -> Result<Parameter, Unclosed> {
    let inner = |t: &[char]| -> Result<Word, Unclosed> {
        if quoted { in_double_quotes(t).map(Into::into) } else { pieces(t, false).map(Into::into) }
    };
    let empty: Word = Rc::from([]);
    if text.first() == Some(&'#') && text.len() > 1 {
        let name: String = text[1..].iter().collect();
        return Ok(Parameter { name: name.into(), op: "length", word: empty.clone(), second: empty, quoted });
    }
    let name: String = match text.first() {
        Some(c) if c.is_ascii_alphabetic() || *c == '_' => {
            text.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect()
        }
        Some(c) if c.is_ascii_digit() => text.iter().take_while(|c| c.is_ascii_digit()).collect(),
        Some(c) => c.to_string(),
        None => String::new(),
    };
    let rest = &text[name.chars().count().min(text.len())..];
    let op = OPS.into_iter().find(|op| op.chars().enumerate().all(|(i, c)| rest.get(i) == Some(&c))).unwrap_or("");
    let rest = &rest[op.len()..];
    let cut = match op {
        "/" | "//" => rest.iter().position(|c| *c == '/'),
        ":" => rest.iter().position(|c| *c == ':'),
        _ => None,
    };
    let (word, second) = match cut {
        Some(n) => (inner(&rest[..n])?, inner(&rest[n + 1..])?),
        None => (inner(rest)?, empty),
    };
    Ok(Parameter { name: name.into(), op, word, second, quoted })
}

/// More words than this one brace expansion does not make.
const WORDS_MAX: usize = 100_000;

/// Brace expansion of a raw word: `a{b,c}d` and `{1..3}`.
pub fn braces(raw: &str) -> Vec<String> {
    let text: Vec<char> = raw.chars().collect();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            '\'' => at = single(&text, at).unwrap_or(text.len()),
            '"' => at = double(&text, at).unwrap_or(text.len()),
            '$' if matches!(text.get(at + 1), Some('{' | '(')) => at = dollar(&text, at).unwrap_or(text.len()),
            '{' => {
                if let Some((stop, choices)) = choices(&text, at) {
                    let head: String = text[..at].iter().collect();
                    let tails = braces(&text[stop..].iter().collect::<String>());
                    let mut words = Vec::new();
                    for choice in choices.iter().flat_map(|c| braces(c)) {
                        if words.len() > WORDS_MAX {
                            break;
                        }
                        words.extend(tails.iter().map(|tail| format!("{head}{choice}{tail}")));
                    }
                    return words;
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    vec![raw.to_owned()]
}

/// The choices of the brace at `from`, and where it ends; `None` if it is an ordinary character.
fn choices(text: &[char], from: usize) -> Option<(usize, Vec<String>)> {
    let (mut depth, mut at, mut start, mut found) = (0usize, from, from + 1, Vec::new());
    let stop = loop {
        match text.get(at)? {
            '\\' => at += 1,
            '\'' => at = single(text, at).ok()? - 1,
            '"' => at = double(text, at).ok()? - 1,
            '$' if text.get(at + 1) == Some(&'{') => at = dollar(text, at).ok()? - 1,
            '{' => depth += 1,
            '}' if depth == 1 => break at,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                found.push(text[start..at].iter().collect());
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    };
    let last: String = text[start..stop].iter().collect();
    if found.is_empty() {
        return range(&last).map(|list| (stop + 1, list));
    }
    found.push(last);
    Some((stop + 1, found))
}

fn range(text: &str) -> Option<Vec<String>> {
    let parts: Vec<&str> = text.split("..").collect();
    let step = match parts.len() {
        2 => 1,
        3 => parts[2].parse::<i64>().ok()?.unsigned_abs().max(1),
        _ => return None,
    };
    let count = |from: i64, to: i64| -> Option<Vec<i64>> {
        let n = from.abs_diff(to) / step;
        let sign = if to < from { -1 } else { 1 };
        (n < 100_000).then(|| (0..=n).map(|i| from + sign * (i * step) as i64).collect())
    };
    if let (Ok(from), Ok(to)) = (parts[0].parse::<i64>(), parts[1].parse::<i64>()) {
        let padded = |t: &str| t.trim_start_matches('-').len() > 1 && t.trim_start_matches('-').starts_with('0');
        let width = if padded(parts[0]) || padded(parts[1]) { parts[0].len().max(parts[1].len()) } else { 0 };
        return Some(count(from, to)?.iter().map(|n| format!("{n:0width$}")).collect());
    }
    let letter = |t: &str| t.chars().next().filter(|c| t.len() == 1 && c.is_ascii_alphabetic()).map(|c| c as i64);
    let letters = count(letter(parts[0])?, letter(parts[1])?)?;
    Some(letters.iter().map(|n| (*n as u8 as char).to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_braces() {
        assert_eq!(braces("a{b,c{1..2}}d"), ["abd", "ac1d", "ac2d"]);
        assert_eq!(braces("{01..3}"), ["01", "02", "03"]);
        assert_eq!(braces("'{a,b}'{x}"), ["'{a,b}'{x}"]);
        assert_eq!(braces("${x}{a,b}"), ["${x}a", "${x}b"]);
    }

    #[test]
    fn ends_words_outside_quotes() {
        let end_of = |t: &str| end(&t.chars().collect::<Vec<_>>(), 0);
        assert_eq!(end_of("'a b'\"c $(d \")\") e\" f"), Ok(19));
        assert_eq!(end_of("$(a $(b) c)x;"), Ok(12));
        assert_eq!(end_of("'a"), Err('\''));
    }
}
