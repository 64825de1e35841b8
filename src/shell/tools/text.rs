//! Tools that work on lines of text.

use super::getopt::Options;
use super::{Call, Outcome, lines};
use std::cmp::Ordering;

/// `head`
pub fn head(call: &mut Call) -> Outcome {
    first_or_last(call, true)
}

/// `tail`
pub fn tail(call: &mut Call) -> Outcome {
    first_or_last(call, false)
}

fn first_or_last(call: &mut Call, first: bool) -> Outcome {
    // `-5` is `-n 5`.
    let mut args = call.args().to_vec();
    let old = args
        .first()
        .and_then(|a| a.strip_prefix('-'))
        .filter(|n| n.bytes().all(|b| b.is_ascii_digit()))
        .map(str::to_owned);
    if let Some(n) = old.filter(|n| !n.is_empty()) {
        if !first && args.len() > 2 {
            return call.fail(&format!("option used in invalid context -- {n}"), 1);
        }
        args[0] = format!("-n{n}");
    }
    let long = [("lines", 'n'), ("bytes", 'c'), ("quiet", 'q'), ("silent", 'q'), ("verbose", 'v'), ("follow", 'f')];
    let name = call.name();
    let options = match super::getopt::parse(&args, "n:c:qvfF", &long) {
        Ok(options) => options,
        Err(message) => return call.fail(&format!("{message}\nTry '{name} --help' for more information."), 1),
    };
    let bytes = options.has('c');
    let wanted = options.value('c').or(options.value('n')).unwrap_or("10").to_owned();
    let Ok(count) = wanted.trim_start_matches(['-', '+']).parse::<usize>() else {
        let what = if bytes { "bytes" } else { "lines" };
        let shown = call.quote(&wanted);
        return call.fail(&format!("invalid number of {what}: {shown}"), 1);
    };
    let sign = wanted.chars().next().filter(|c| matches!(c, '-' | '+')).unwrap_or(' ');
    let files = if options.rest.is_empty() { vec!["-".to_owned()] } else { options.rest.clone() };
    let mut status = 0;
    for (n, path) in files.iter().enumerate() {
        let text = if path == "-" && first && sign != '-' {
            let (lines, size) = if bytes { (usize::MAX, count) } else { (count, usize::MAX) };
            call.sys.read_head(lines, size).ok_or(super::Blocked)?
        } else {
            match call.input(path)? {
                Ok(text) => text,
                Err(trouble) => {
                    let message = format!("{name}: cannot open '{path}' for reading: {}\n", trouble.text());
                    call.err(&message);
                    status = 1;
                    continue;
                }
            }
        };
        if (files.len() > 1 || options.has('v')) && !options.has('q') {
            let gap = if n > 0 { "\n" } else { "" };
            let shown = if path == "-" { "standard input" } else { path };
            call.out(&format!("{gap}==> {shown} <==\n"));
        }
        let pieces: Vec<&str> =
            if bytes { text.split_inclusive(|_: char| true).collect() } else { text.split_inclusive('\n').collect() };
        let range = match (first, sign) {
            (true, '-') => 0..pieces.len().saturating_sub(count),
            (true, _) => 0..count.min(pieces.len()),
            (false, '+') => count.saturating_sub(1).min(pieces.len())..pieces.len(),
            (false, _) => pieces.len().saturating_sub(count)..pieces.len(),
        };
        call.out(&pieces[range].concat());
    }
    Ok(status)
}

/// `wc`
pub fn wc(call: &mut Call) -> Outcome {
    let long = [("lines", 'l'), ("words", 'w'), ("bytes", 'c'), ("chars", 'm'), ("max-line-length", 'L')];
    let options = match call.options("lwcmL", &long) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let chosen: Vec<char> = if options.flags.is_empty() {
        vec!['l', 'w', 'c']
    } else {
        ['l', 'w', 'm', 'c', 'L'].into_iter().filter(|f| options.has(*f)).collect()
    };
    let from_stdin = options.rest.is_empty();
    let files = if from_stdin { vec!["-".to_owned()] } else { options.rest.clone() };
    let (mut rows, mut total, mut status, mut bytes) = (Vec::new(), vec![0usize; chosen.len()], 0, 0);
    for path in &files {
        let text = match call.input(path)? {
            Ok(text) => text,
            Err(trouble) => {
                call.trouble(path, trouble);
                status = 1;
                continue;
            }
        };
        let counts: Vec<usize> = chosen
            .iter()
            .map(|f| match f {
                'l' => text.bytes().filter(|b| *b == b'\n').count(),
                'w' => text.split_whitespace().count(),
                'm' => text.chars().count(),
                'L' => lines(&text).map(|l| l.chars().count()).max().unwrap_or(0),
                _ => text.len(),
            })
            .collect();
        bytes += text.len();
        total.iter_mut().zip(&counts).for_each(|(t, c)| *t += c);
        rows.push((counts, if from_stdin { "" } else { path }));
    }
    if files.len() > 1 {
        rows.push((total, "total"));
    }
    // upstream: coreutils' wc.c compute_number_width: seven columns where the input is no regular file.
    let width = if from_stdin {
        if chosen.len() > 1 { 7 } else { 1 }
    } else if rows.len() == 1 && chosen.len() == 1 {
        1
    } else {
        bytes.to_string().len()
    };
    for (counts, name) in rows {
        let numbers: Vec<String> = counts.iter().map(|n| format!("{n:>width$}")).collect();
        let tail = if name.is_empty() { String::new() } else { format!(" {name}") };
        call.line(&format!("{}{tail}", numbers.join(" ")));
    }
    Ok(status)
}

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
    rows.sort_by(|a, b| {
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

/// A list such as `1,3-5,7-`; `None`: not one.
fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    text.split([',', ' '])
        .map(|piece| match piece.split_once('-') {
            Some(("", "")) => None,
            Some(("", to)) => Some((1, to.parse().ok()?)),
            Some((from, "")) => Some((from.parse().ok()?, usize::MAX)),
            Some((from, to)) => Some((from.parse().ok()?, to.parse().ok()?)),
            None => piece.parse().ok().map(|n| (n, n)),
        })
        .collect()
}

/// `cut`
pub fn cut(call: &mut Call) -> Outcome {
    let long = [
        ("delimiter", 'd'),
        ("fields", 'f'),
        ("characters", 'c'),
        ("bytes", 'b'),
        ("only-delimited", 's'),
        ("output-delimiter", 'O'),
        ("complement", 'C'),
    ];
    let options = match call.options("d:f:c:b:sO:C", &long) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let by_field = options.has('f');
    let Some(list) = options.value('f').or(options.value('c')).or(options.value('b')) else {
        return call.fail(
            "you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.",
            1,
        );
    };
    let Some(wanted) = ranges(list) else {
        let what = if by_field { "field" } else { "byte/character position" };
        let shown = call.quote(list);
        return call.fail(&format!("invalid {what} value {shown}\nTry 'cut --help' for more information."), 1);
    };
    if wanted.iter().any(|(a, _)| *a == 0) {
        let what = if by_field { "fields are numbered from 1" } else { "byte/character positions are numbered from 1" };
        return call.fail(&format!("{what}\nTry 'cut --help' for more information."), 1);
    }
    let delimiter = options.value('d').unwrap_or("\t");
    if delimiter.chars().count() > 1 {
        return call.fail("the delimiter must be a single character\nTry 'cut --help' for more information.", 1);
    }
    let output = options.value('O').unwrap_or(if by_field { delimiter } else { "" }).to_owned();
    let keep = |n: usize| wanted.iter().any(|(a, b)| (*a..=*b).contains(&n)) != options.has('C');
    let (text, status) = call.inputs(&options.rest)?;
    for line in lines(&text) {
        if !by_field {
            let kept: String = line.chars().enumerate().filter(|(n, _)| keep(n + 1)).map(|(_, c)| c).collect();
            call.line(&kept);
        } else if !line.contains(delimiter) {
            if !options.has('s') {
                call.line(line);
            }
        } else {
            let kept: Vec<&str> =
                line.split(delimiter).enumerate().filter(|(n, _)| keep(n + 1)).map(|(_, f)| f).collect();
            call.line(&kept.join(&output));
        }
    }
    Ok(status)
}

/// The characters of a `tr` set.
fn tr_set(text: &str) -> Vec<char> {
    let chars: Vec<char> = super::unescape(text).chars().collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let rest: String = chars[at..].iter().collect();
        let class = [("[:lower:]", 'a'..='z'), ("[:upper:]", 'A'..='Z'), ("[:digit:]", '0'..='9')]
            .into_iter()
            .find(|(name, _)| rest.starts_with(name));
        if let Some((name, range)) = class {
            out.extend(range);
            at += name.len();
        } else if rest.starts_with("[:space:]") {
            out.extend(" \t\n\r\u{b}\u{c}".chars());
            at += 9;
        } else if rest.starts_with("[:alnum:]") || rest.starts_with("[:alpha:]") {
            out.extend(('a'..='z').chain('A'..='Z'));
            if rest.starts_with("[:alnum:]") {
                out.extend('0'..='9');
            }
            at += 9;
        } else if rest.starts_with("[:blank:]") {
            out.extend([' ', '\t']);
            at += 9;
        } else if rest.starts_with("[:punct:]") {
            out.extend((0u8..128).map(char::from).filter(char::is_ascii_punctuation));
            at += 9;
        } else if chars.get(at + 1) == Some(&'-') && chars.get(at + 2).is_some_and(|c| *c >= chars[at]) {
            out.extend(chars[at]..=chars[at + 2]);
            at += 3;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// `tr`
pub fn tr(call: &mut Call) -> Outcome {
    let long = [("delete", 'd'), ("squeeze-repeats", 's'), ("complement", 'c')];
    let options = match call.options("dscCt", &long) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let (delete, squeeze, not) = (options.has('d'), options.has('s'), options.has('c') || options.has('C'));
    let Some(first) = options.rest.first() else {
        return call.fail("missing operand\nTry 'tr --help' for more information.", 1);
    };
    if options.rest.len() == 1 && !delete && !squeeze {
        let shown = call.quote(first);
        let text = format!(
            "missing operand after {shown}\nTwo strings must be given when translating.\nTry 'tr --help' for more information."
        );
        return call.fail(&text, 1);
    }
    let from = tr_set(first);
    let to = options.rest.get(1).map(|t| tr_set(t));
    let text = call.stdin()?;
    let within = |set: &[char], c: char| set.contains(&c) != not;
    let mut out = String::with_capacity(text.len());
    let mut last = None;
    for c in text.chars() {
        let hit = within(&from, c);
        if delete && hit {
            continue;
        }
        let mapped = match (&to, hit) {
            (Some(to), true) if !delete => {
                let n = if not { usize::MAX } else { from.iter().position(|x| *x == c).unwrap_or(0) };
                to.get(n).or(to.last()).copied().unwrap_or(c)
            }
            _ => c,
        };
        let squeezed = match &to {
            Some(to) => to.contains(&mapped),
            None => within(&from, mapped),
        };
        if squeeze && squeezed && last == Some(mapped) {
            continue;
        }
        last = Some(mapped);
        out.push(mapped);
    }
    call.out(&out);
    Ok(0)
}

/// `nl`
pub fn nl(call: &mut Call) -> Outcome {
    let options = match call.options("b:w:s:n:v:", &[("body-numbering", 'b')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let (text, status) = call.inputs(&options.rest)?;
    let all = options.value('b') == Some("a");
    let width: usize = options.value('w').and_then(|w| w.parse().ok()).filter(|w| *w < 100).unwrap_or(6);
    let separator = options.value('s').unwrap_or("\t").to_owned();
    let mut n: i64 = options.value('v').and_then(|v| v.parse().ok()).unwrap_or(1);
    for line in lines(&text) {
        if line.is_empty() && !all {
            call.line(&" ".repeat(width + separator.len()));
        } else {
            call.line(&format!("{n:>width$}{separator}{line}"));
            n += 1;
        }
    }
    Ok(status)
}

/// `tac`
pub fn tac(call: &mut Call) -> Outcome {
    let (text, status) = call.inputs(call.args())?;
    for line in lines(&text).rev() {
        call.line(line);
    }
    Ok(status)
}

/// `rev`
pub fn rev(call: &mut Call) -> Outcome {
    let (text, status) = call.inputs(call.args())?;
    for line in lines(&text) {
        call.line(&line.chars().rev().collect::<String>());
    }
    Ok(status)
}

/// `fold -w`
pub fn fold(call: &mut Call) -> Outcome {
    let options = match call.options("w:sb", &[("width", 'w')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let width = options.value('w').and_then(|w| w.parse().ok()).filter(|w| *w > 0usize).unwrap_or(80);
    let (text, status) = call.inputs(&options.rest)?;
    for line in lines(&text) {
        let chars: Vec<char> = line.chars().collect();
        if chars.is_empty() {
            call.line("");
        }
        for piece in chars.chunks(width) {
            call.line(&piece.iter().collect::<String>());
        }
    }
    Ok(status)
}

/// `paste`
pub fn paste(call: &mut Call) -> Outcome {
    let options = match call.options("sd:", &[("serial", 's'), ("delimiters", 'd')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let delimiter = super::unescape(options.value('d').unwrap_or("\t"));
    let mut columns = Vec::new();
    let files = if options.rest.is_empty() { vec!["-".to_owned()] } else { options.rest.clone() };
    for path in &files {
        match call.input(path)? {
            Ok(text) => columns.push(lines(&text).map(str::to_owned).collect::<Vec<_>>()),
            Err(trouble) => {
                call.trouble(path, trouble);
                return Ok(1);
            }
        }
    }
    if options.has('s') {
        columns.iter().for_each(|c| call.line(&c.join(&delimiter)));
        return Ok(0);
    }
    // Several `-` take turns on the same input.
    if files.len() > 1 && files.iter().all(|f| f == "-") {
        let all = columns.first().cloned().unwrap_or_default();
        for row in all.chunks(files.len()) {
            call.line(&row.join(&delimiter));
        }
        return Ok(0);
    }
    for n in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
        let row: Vec<&str> = columns.iter().map(|c| c.get(n).map_or("", String::as_str)).collect();
        call.line(&row.join(&delimiter));
    }
    Ok(0)
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

/// `column -t`
pub fn column(call: &mut Call) -> Outcome {
    let options = match call.options("ts:o:", &[("table", 't')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let (text, status) = call.inputs(&options.rest)?;
    let rows: Vec<Vec<&str>> = lines(&text)
        .filter(|l| !l.is_empty())
        .map(|l| match options.value('s') {
            Some(s) => l.split(|c| s.contains(c)).collect(),
            None => l.split_whitespace().collect(),
        })
        .collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|n| rows.iter().filter_map(|r| r.get(n)).map(|c| c.chars().count()).max().unwrap_or(0))
        .collect();
    for row in &rows {
        let last = row.len().saturating_sub(1);
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(n, c)| if n == last { (*c).to_owned() } else { format!("{c:<0$}", widths[n]) })
            .collect();
        call.line(&cells.join(options.value('o').unwrap_or("  ")));
    }
    Ok(status)
}

/// `base64`
pub fn base64(call: &mut Call) -> Outcome {
    let options = match call.options("dw:i", &[("decode", 'd'), ("wrap", 'w')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let (text, status) = call.inputs(&options.rest)?;
    if options.has('d') {
        let packed: String = text.split_whitespace().collect();
        return match data_encoding::BASE64.decode(packed.as_bytes()) {
            Ok(bytes) => {
                call.out(&String::from_utf8_lossy(&bytes));
                Ok(status)
            }
            Err(_) => call.fail("invalid input", 1),
        };
    }
    let packed = data_encoding::BASE64.encode(text.as_bytes());
    let width = options.value('w').and_then(|w| w.parse().ok()).unwrap_or(76usize);
    if width == 0 {
        call.out(&packed);
        return Ok(status);
    }
    let mut rest = packed.as_str();
    while !rest.is_empty() {
        let (head, tail) = rest.split_at(width.min(rest.len()));
        call.line(head);
        rest = tail;
    }
    Ok(status)
}

/// `sha256sum`
pub fn sum(call: &mut Call) -> Outcome {
    use sha2::Digest;
    if call.name() != "sha256sum" {
        return call.fail("not simulated here: use sha256sum", 1);
    }
    let files = if call.args().is_empty() { vec!["-".to_owned()] } else { call.args().to_vec() };
    let mut status = 0;
    for path in &files {
        match call.input(path)? {
            Ok(text) => {
                let hash = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(text.as_bytes()));
                call.line(&format!("{hash}  {path}"));
            }
            Err(trouble) => {
                call.trouble(path, trouble);
                status = 1;
            }
        }
    }
    Ok(status)
}

/// `diff A B`: the normal and the unified form.
pub fn diff(call: &mut Call) -> Outcome {
    let options = match call.options("uNqwbr", &[("unified", 'u'), ("brief", 'q'), ("new-file", 'N')]) {
        Ok(options) => options,
        Err(_) => return Ok(2),
    };
    let [a, b] = options.rest.as_slice() else {
        return call.fail("missing operand after 'diff'\ndiff: Try 'diff --help' for more information.", 2);
    };
    let mut texts = Vec::new();
    for path in [a, b] {
        match call.input(path)? {
            Ok(text) => texts.push(text),
            Err(trouble) => {
                call.trouble(path, trouble);
                return Ok(2);
            }
        }
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(&texts[0]).collect(), lines(&texts[1]).collect());
    if old == new {
        return Ok(0);
    }
    if options.has('q') {
        call.line(&format!("Files {a} and {b} differ"));
        return Ok(1);
    }
    let hunks = crate::shell::diff::changes(&old, &new);
    if options.has('u') {
        let stamp = call.sys.now().rfc3339().replace('T', " ").replace('Z', ".000000000 +0000");
        call.out(&format!("--- {a}\t{stamp}\n+++ {b}\t{stamp}\n"));
        call.out(&crate::shell::diff::unified(&old, &new, &hunks, 3));
        return Ok(1);
    }
    for (from, to) in hunks {
        let span = |r: &std::ops::Range<usize>| match r.len() {
            0 => r.start.to_string(),
            1 => (r.start + 1).to_string(),
            _ => format!("{},{}", r.start + 1, r.end),
        };
        let kind = if from.is_empty() {
            'a'
        } else if to.is_empty() {
            'd'
        } else {
            'c'
        };
        call.line(&format!("{}{kind}{}", span(&from), span(&to)));
        old[from].iter().for_each(|l| call.line(&format!("< {l}")));
        if kind == 'c' {
            call.line("---");
        }
        new[to].iter().for_each(|l| call.line(&format!("> {l}")));
    }
    Ok(1)
}
