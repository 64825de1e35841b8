//! `sort`, `uniq`, `comm`

use super::getopt::Options;
use super::{Call, Outcome, lines};
use crate::collections::sort_by;
use std::cmp::Ordering;

/// `sort`
pub fn sort(call: &mut Call) -> Outcome {
    let long = [
        ("unique", 'u'),
        ("reverse", 'r'),
        ("numeric-sort", 'n'),
        ("key", 'k'),
        ("field-separator", 't'),
        ("version-sort", 'V'),
        ("ignore-case", 'f'),
        ("human-numeric-sort", 'h'),
        ("stable", 's'),
        ("check", 'c'),
        ("general-numeric-sort", 'g'),
    ];
    let options = match call.options("urnk:t:Vfhscbdgo:", &long) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let mut text = String::new();
    let files = if options.rest.is_empty() { vec!["-".to_owned()] } else { options.rest.clone() };
    for path in &files {
        match call.input(path)? {
            Ok(more) => {
                text.push_str(&more);
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
            }
            Err(trouble) => {
                let message = format!("sort: cannot read: {path}: {}\n", trouble.text());
                call.err(&message);
                return Ok(2);
            }
        }
    }
    let mut rows: Vec<&str> = lines(&text).collect();
    let compare = |a: &&str, b: &&str| by_keys(a, b, &options);
    if options.has('c') {
        return match rows.windows(2).position(|w| compare(&w[0], &w[1]) == Ordering::Greater) {
            Some(n) => call.fail(&format!("-:{}: disorder: {}", n + 2, rows[n + 1]), 1),
            None => Ok(0),
        };
    }
    sort_by(&mut rows, |a, b| {
        let order = compare(a, b);
        let last =
            if options.has('s') || options.has('u') || order != Ordering::Equal { Ordering::Equal } else { a.cmp(b) };
        order.then(if options.has('r') { last.reverse() } else { last })
    });
    if options.has('u') {
        rows.dedup_by(|a, b| compare(a, b) == Ordering::Equal);
    }
    let out: String = rows.iter().flat_map(|r| [*r, "\n"]).collect();
    match options.value('o') {
        Some(path) => {
            // A folder that is missing leaves things as they are.
            let _ = call.sys.write_file(path, &out);
        }
        None => call.out(&out),
    }
    Ok(0)
}

fn by_keys(a: &str, b: &str, options: &Options) -> Ordering {
    let global: String = options.flags.iter().map(|(f, _)| *f).filter(|f| "rnVfhgb".contains(*f)).collect();
    let keys: Vec<&str> = options.flags.iter().filter(|(f, _)| *f == 'k').map(|(_, v)| v.as_str()).collect();
    if keys.is_empty() {
        return by_flags(a, b, &global);
    }
    for key in keys {
        let (range, letters) = match key.find(|c: char| c.is_ascii_alphabetic()) {
            Some(_) => (key, key.chars().filter(char::is_ascii_alphabetic).collect::<String>()),
            None => (key, String::new()),
        };
        let flags = if letters.is_empty() { &global } else { &letters };
        let order = by_flags(part(a, range, options.value('t')), part(b, range, options.value('t')), flags);
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// The part of a line that a key `F[.C][,F]` names.
fn part<'a>(line: &'a str, key: &str, separator: Option<&str>) -> &'a str {
    let number = |t: &str| t.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>().ok();
    let (from, to) = key.split_once(',').map_or((key, None), |(f, t)| (f, number(t)));
    let (field, character) = from.split_once('.').map_or((number(from), None), |(f, c)| (number(f), number(c)));
    let ends = fields(line, separator);
    let first = field.unwrap_or(1).max(1) - 1;
    let Some((start, _)) = ends.get(first).copied() else { return "" };
    let end = to.and_then(|t| ends.get(t.max(1) - 1)).map_or(line.len(), |(_, e)| *e);
    let text = line.get(start..end.max(start)).unwrap_or("");
    match character {
        Some(c) => text.char_indices().nth(c.max(1) - 1).map_or("", |(at, _)| &text[at..]),
        None => text,
    }
}

/// Where each field lies; blanks before a field belong to it unless a separator is given.
fn fields(line: &str, separator: Option<&str>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if let Some(separator) = separator.and_then(|s| super::unescape(s).chars().next()) {
        let mut at = 0;
        for piece in line.split(separator) {
            found.push((at, at + piece.len()));
            at += piece.len() + separator.len_utf8();
        }
        return found;
    }
    let (mut start, mut inside) = (0, false);
    for (at, c) in line.char_indices() {
        if c == ' ' || c == '\t' {
            if std::mem::take(&mut inside) {
                found.push((start, at));
                start = at;
            }
        } else {
            inside = true;
        }
    }
    found.push((start, line.len()));
    found
}

fn by_flags(a: &str, b: &str, flags: &str) -> Ordering {
    let (a, b) = if flags.contains('b') { (a.trim_start(), b.trim_start()) } else { (a, b) };
    let order = if flags.contains('n') || flags.contains('g') || flags.contains('h') {
        let human = flags.contains('h');
        number(a, human).partial_cmp(&number(b, human)).unwrap_or(Ordering::Equal)
    } else if flags.contains('V') {
        by_version(a, b)
    } else if flags.contains('f') {
        a.to_uppercase().cmp(&b.to_uppercase())
    } else {
        a.cmp(b)
    };
    if flags.contains('r') { order.reverse() } else { order }
}

fn number(text: &str, human: bool) -> f64 {
    let text = text.trim_start();
    let sign = usize::from(text.starts_with('-'));
    let end = text[sign..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(text.len(), |n| n + sign);
    let value = text[..end].parse().unwrap_or(0.0);
    let unit = text[end..].chars().next().and_then(|c| "KMGT".find(c.to_ascii_uppercase())).filter(|_| human);
    unit.map_or(value, |n| value * 1024f64.powi(n as i32 + 1))
}

/// Numbers within the text compare as numbers.
fn by_version(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let digits = |t: &str| t.find(|c: char| !c.is_ascii_digit()).unwrap_or(t.len());
        let letters = |t: &str| t.find(|c: char| c.is_ascii_digit()).unwrap_or(t.len());
        let (la, lb) = (letters(a), letters(b));
        let order = a[..la].cmp(&b[..lb]);
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (&a[la..], &b[lb..]);
        let (da, db) = (digits(a), digits(b));
        let (x, y) = (a[..da].trim_start_matches('0'), b[..db].trim_start_matches('0'));
        let order = x.len().cmp(&y.len()).then(x.cmp(y));
        if order != Ordering::Equal || (a.is_empty() && b.is_empty()) {
            return order;
        }
        (a, b) = (&a[da..], &b[db..]);
    }
}

/// `uniq`
pub fn uniq(call: &mut Call) -> Outcome {
    let long = [("count", 'c'), ("repeated", 'd'), ("unique", 'u'), ("ignore-case", 'i'), ("skip-fields", 'f')];
    let options = match call.options("cduif:", &long) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let (text, status) = call.inputs(&options.rest[..options.rest.len().min(1)])?;
    let skip: usize = options.value('f').and_then(|n| n.parse().ok()).unwrap_or(0);
    let key = |line: &str| {
        let start = fields(line, None).get(skip).map_or(if skip > 0 { line.len() } else { 0 }, |(s, _)| *s);
        let text = &line[start..];
        if options.has('i') { text.to_lowercase() } else { text.to_owned() }
    };
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for line in lines(&text) {
        match groups.last_mut() {
            Some((last, n)) if key(last) == key(line) => *n += 1,
            _ => groups.push((line, 1)),
        }
    }
    for (line, n) in groups {
        if (options.has('d') && n < 2) || (options.has('u') && n > 1) {
            continue;
        }
        call.line(&if options.has('c') { format!("{n:>7} {line}") } else { line.to_owned() });
    }
    Ok(status)
}

/// `comm`
pub fn comm(call: &mut Call) -> Outcome {
    let options = match call.options("123", &[]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let [a, b] = options.rest.as_slice() else {
        return call.fail("missing operand\nTry 'comm --help' for more information.", 1);
    };
    let (Ok(a), Ok(b)) = (call.input(a)?, call.input(b)?) else { return call.fail("No such file or directory", 1) };
    let (a, b): (Vec<&str>, Vec<&str>) = (lines(&a).collect(), lines(&b).collect());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let order = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => x.cmp(y),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        let (flag, column, text) = match order {
            Ordering::Less => ('1', 0, a[i]),
            Ordering::Greater => ('2', usize::from(!options.has('1')), b[j]),
            Ordering::Equal => ('3', usize::from(!options.has('1')) + usize::from(!options.has('2')), a[i]),
        };
        if !options.has(flag) {
            call.line(&format!("{}{text}", "\t".repeat(column)));
        }
        i += usize::from(order != Ordering::Greater);
        j += usize::from(order != Ordering::Less);
    }
    Ok(0)
}
