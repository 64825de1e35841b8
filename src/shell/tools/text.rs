//! Tools that work on lines of text.

use super::{Call, Outcome, lines};

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
    if call.name() != "sha256sum" {
        return call.fail("not simulated here: use sha256sum", 1);
    }
    let files = if call.args().is_empty() { vec!["-".to_owned()] } else { call.args().to_vec() };
    let mut status = 0;
    for path in &files {
        match call.input(path)? {
            Ok(text) => {
                let hash = data_encoding::HEXLOWER.encode(&crate::network::sha256(text.as_bytes()));
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
