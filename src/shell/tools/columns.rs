//! `cut`, `tr`, `column`, `paste`

use super::{Call, Outcome, lines};

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
