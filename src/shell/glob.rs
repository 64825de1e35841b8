//! File-name patterns: `*`, `?`, `[…]`; a backslash makes the next character plain.

use crate::cluster::files::{Node, Tree};

/// Whether `pattern` matches all of `text`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut pi, mut ti, mut star) = (0, 0, None);
    while ti < t.len() {
        match one(&p, pi, t[ti]) {
            Some(next) => {
                pi = next;
                ti += 1;
            }
            None if p.get(pi) == Some(&'*') => {
                star = Some((pi, ti));
                pi += 1;
            }
            None => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    pi = at + 1;
                    ti = from + 1;
                }
                None => return false,
            },
        }
    }
    p[pi.min(p.len())..].iter().all(|c| *c == '*')
}

/// Where the pattern goes on if its item at `at` matches `c`.
fn one(p: &[char], at: usize, c: char) -> Option<usize> {
    match p.get(at)? {
        '*' => None,
        '?' => Some(at + 1),
        '\\' => (p.get(at + 1) == Some(&c)).then_some(at + 2),
        '[' => match set(p, at, c) {
            Some((end, hit)) => hit.then_some(end),
            None => (c == '[').then_some(at + 1),
        },
        x => (*x == c).then_some(at + 1),
    }
}

/// Where the bracket expression at `at` ends and whether it holds `c`; `None` if it is not one.
pub fn set(p: &[char], at: usize, c: char) -> Option<(usize, bool)> {
    let mut i = at + 1;
    let not = matches!(p.get(i), Some('!' | '^'));
    i += usize::from(not);
    let (start, mut hit) = (i, false);
    loop {
        match *p.get(i)? {
            ']' if i > start => return Some((i + 1, hit != not)),
            '[' if p.get(i + 1) == Some(&':') => {
                let close = (i + 2..p.len().saturating_sub(1)).find(|n| p[*n] == ':' && p[n + 1] == ']')?;
                hit |= class(&p[i + 2..close].iter().collect::<String>(), c);
                i = close + 2;
            }
            low => {
                if p.get(i + 1) == Some(&'-') && p.get(i + 2).is_some_and(|n| *n != ']') {
                    hit |= (low..=p[i + 2]).contains(&c);
                    i += 3;
                } else {
                    hit |= low == c;
                    i += 1;
                }
            }
        }
    }
}

fn class(name: &str, c: char) -> bool {
    match name {
        "digit" => c.is_ascii_digit(),
        "alpha" => c.is_alphabetic(),
        "alnum" => c.is_alphanumeric(),
        "space" => c.is_whitespace(),
        "blank" => c == ' ' || c == '\t',
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && c != ' ',
        "cntrl" => c.is_control(),
        _ => false,
    }
}

/// The paths that match, as they were asked for (relative or absolute), sorted.
pub fn paths(tree: &Tree, cwd: &str, pattern: &str) -> Vec<String> {
    let (mut found, rest): (Vec<String>, &str) = match pattern.strip_prefix('/') {
        Some(rest) => (vec!["/".into()], rest),
        None => (vec![String::new()], pattern),
    };
    let parts: Vec<&str> = rest.split('/').filter(|p| !p.is_empty()).collect();
    for (n, part) in parts.iter().enumerate() {
        let last = n + 1 == parts.len();
        let mut next = Vec::new();
        for base in &found {
            let folder = crate::cluster::files::resolve(cwd, base);
            for (name, node) in tree.list(&folder) {
                let hidden = name.starts_with('.') && !part.starts_with('.');
                if !hidden && (last || *node == Node::Folder) && matches(part, name) {
                    next.push(if last { format!("{base}{name}") } else { format!("{base}{name}/") });
                }
            }
        }
        found = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_fnmatch_does() {
        for (pattern, text, expected) in [
            ("*.yaml", "a.yaml", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("[a-c]?[!x]", "bzy", true),
            ("[a-c]?[!x]", "bzx", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("[", "[", true),
            ("[[:digit:]]*", "7up", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
