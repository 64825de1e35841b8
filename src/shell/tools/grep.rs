//! `grep`

use super::super::regex::Regex;
use super::{Call, Outcome, lines};

struct Wanted {
    patterns: Vec<Regex>,
    invert: bool,
    word: bool,
    whole: bool,
}

impl Wanted {
    /// The first match at or after `from` that counts.
    fn find(&self, line: &str, from: usize) -> Option<(usize, usize)> {
        let word = |at: Option<char>| at.is_some_and(|c| c.is_alphanumeric() || c == '_');
        self.patterns
            .iter()
            .filter_map(|p| {
                let mut start = from;
                loop {
                    let (a, b) = p.find(line, start)?.first().copied().flatten()?;
                    let edges = !word(line[..a].chars().next_back()) && !word(line[b..].chars().next());
                    if (!self.word || edges) && (!self.whole || (a == 0 && b == line.len())) {
                        return Some((a, b));
                    }
                    start = a + line[a..].chars().next().map_or(1, char::len_utf8);
                    if start > line.len() {
                        return None;
                    }
                }
            })
            .min_by_key(|(a, b)| (*a, usize::MAX - *b))
    }
    fn hit(&self, line: &str) -> bool {
        self.find(line, 0).is_some() != self.invert
    }
}

/// `grep`, `egrep`, `fgrep`
pub fn grep(call: &mut Call) -> Outcome {
    let long = [
        ("count", 'c'),
        ("invert-match", 'v'),
        ("extended-regexp", 'E'),
        ("ignore-case", 'i'),
        ("only-matching", 'o'),
        ("after-context", 'A'),
        ("before-context", 'B'),
        ("context", 'C'),
        ("line-number", 'n'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("word-regexp", 'w'),
        ("fixed-strings", 'F'),
        ("regexp", 'e'),
        ("max-count", 'm'),
        ("no-messages", 's'),
        ("files-with-matches", 'l'),
        ("files-without-match", 'L'),
        ("no-filename", 'h'),
        ("with-filename", 'H'),
        ("line-regexp", 'x'),
        ("color", 'K'),
        ("perl-regexp", 'P'),
        ("line-buffered", 'U'),
        ("text", 'a'),
        ("recursive", 'r'),
    ];
    let options = match call.options("cvEioA:B:C:nqwFe:m:slLhHxPGarRUK", &long) {
        Ok(options) => options,
        Err(status) => {
            return Ok(status);
        }
    };
    let mut files = options.rest.clone();
    let mut texts: Vec<String> = options.flags.iter().filter(|(f, _)| *f == 'e').map(|(_, v)| v.clone()).collect();
    if texts.is_empty() {
        if files.is_empty() {
            call.err("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
            return Ok(2);
        }
        texts.push(files.remove(0));
    }
    let texts: Vec<&str> = texts.iter().flat_map(|t| t.split('\n')).collect();
    let extended = options.has('E') || options.has('P') || call.name() == "egrep";
    let fixed = options.has('F') || call.name() == "fgrep";
    let fold = options.has('i');
    let mut patterns = Vec::new();
    for text in texts {
        match if fixed { Ok(Regex::literal(text, fold)) } else { Regex::new(text, extended, fold) } {
            Ok(regex) => patterns.push(regex),
            Err(message) => return call.fail(message, 2),
        }
    }
    let wanted = Wanted { patterns, invert: options.has('v'), word: options.has('w'), whole: options.has('x') };
    let number = |flag: char| options.value(flag).and_then(|n| n.parse::<usize>().ok());
    let around = number('C').unwrap_or(0);
    let context = (number('B').unwrap_or(around), number('A').unwrap_or(around));
    let most = number('m').unwrap_or(usize::MAX);
    if files.is_empty() {
        files.push("-".into());
    }
    let named = (files.len() > 1 || options.has('H')) && !options.has('h');
    let (mut any, mut trouble) = (false, false);
    for path in &files {
        let text = match call.input(path)? {
            Ok(text) => text,
            Err(t) => {
                trouble = true;
                if !options.has('s') {
                    let message = format!("grep: {path}: {}\n", t.text());
                    call.err(&message);
                }
                continue;
            }
        };
        let shown = if path == "-" { "(standard input)" } else { path };
        let prefix = if named { shown } else { "" };
        let all: Vec<&str> = lines(&text).collect();
        let hits: Vec<usize> = (0..all.len()).filter(|n| wanted.hit(all[*n])).take(most).collect();
        any |= !hits.is_empty();
        if options.has('q') {
            continue;
        }
        if options.has('l') || options.has('L') {
            if hits.is_empty() == options.has('L') {
                call.line(shown);
            }
        } else if options.has('c') {
            let head = if named { format!("{prefix}:") } else { String::new() };
            call.line(&format!("{head}{}", hits.len()));
        } else if options.has('o') {
            only_matches(call, &wanted, &all, &hits, prefix, options.has('n'));
        } else {
            print(call, &all, &hits, context, prefix, options.has('n'));
        }
    }
    Ok(if trouble && !(any && options.has('q')) { 2 } else { i32::from(!any) })
}

fn only_matches(call: &mut Call, wanted: &Wanted, all: &[&str], hits: &[usize], prefix: &str, numbered: bool) {
    if wanted.invert {
        return;
    }
    for n in hits {
        let mut from = 0;
        while let Some((a, b)) = wanted.find(all[*n], from) {
            if b > a {
                let head = head(prefix, numbered.then_some(n + 1), ':');
                call.line(&format!("{head}{}", &all[*n][a..b]));
            }
            from = if b > a { b } else { b + all[*n][b..].chars().next().map_or(1, char::len_utf8) };
            if from > all[*n].len() {
                break;
            }
        }
    }
}

fn head(prefix: &str, number: Option<usize>, mark: char) -> String {
    let mut out = String::new();
    if !prefix.is_empty() {
        out = format!("{prefix}{mark}");
    }
    if let Some(n) = number {
        out.push_str(&format!("{n}{mark}"));
    }
    out
}

fn print(call: &mut Call, all: &[&str], hits: &[usize], (before, after): (usize, usize), prefix: &str, numbered: bool) {
    let mut next = 0;
    for (i, hit) in hits.iter().enumerate() {
        let from = hit.saturating_sub(before).max(next);
        if (before > 0 || after > 0) && next > 0 && from > next {
            call.line("--");
        }
        let until = hits
            .get(i + 1)
            .copied()
            .unwrap_or(all.len())
            .min(hit.saturating_add(after).saturating_add(1))
            .min(all.len());
        for (n, text) in all.iter().enumerate().take(until.max(hit + 1)).skip(from) {
            let mark = if n == *hit { ':' } else { '-' };
            let head = head(prefix, numbered.then_some(n + 1), mark);
            call.line(&format!("{head}{text}"));
        }
        next = until.max(hit + 1);
    }
}
