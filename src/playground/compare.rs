//! Whether a replayed transcript says the same as a recorded one.
//!
//! What a real cluster draws at random is replaced on both sides first; a command in whose output nothing was replaced
//! must agree to the byte. In the others runs of blanks count as one gap, since columns move with the length of a random
//! name; there each table must be laid out as kubectl lays one out.

use crate::collections::sort;
use crate::shell::diff;
use fancy_regex::{Captures, Regex};
use std::sync::LazyLock;

/// Kubernetes' alphabet for generated names.
const SUFFIX: &str = "[bcdfghjklmnpqrstvwxz2456789]";

/// What is drawn at random, and what stands for it.
const RULES: [(&str, &str); 21] = [
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uid>"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<time>"),
    (r"(sha256:|containerd://)[0-9a-f]{64}", "${1}<hash>"),
    (r"(?<=[a-z0-9])-SUFFIX{8,10}(?=-SUFFIX{5}\b)", "-<template>"),
    (r"(?<=[a-z0-9])-(?=[a-z]*\d)SUFFIX{8,10}\b", "-<template>"),
    (r"(pod-template-hash=)SUFFIX{8,10}\b", "${1}<template>"),
    (r#"(pod-template-hash"?: "?)SUFFIX{8,10}\b"#, "${1}<template>"),
    (r"(?<=[a-z0-9>])-SUFFIX{5}\b(?!\.yaml|[.-][a-z])", "-<suffix>"),
    (r"\b10\.244\.[012]\.1\b", "<gateway>"),
    (r"\b10\.244\.\d+\.\d+\b", "<pod-ip>"),
    (r"\b10\.(9[6-9]|10\d|11[01])\.\d+\.\d+\b", "<cluster-ip>"),
    (r"\bworker-[12]\b", "<worker>"),
    (r"\b3[0-2]\d{3}\b", "<node-port>"),
    (r#"(resourceVersion"?: "?)\d+"#, "${1}<version>"),
    (r"(?m)(?<![\w.=-])(\d+d)?(\d+h)?(\d+m)?(\d+s|\d+m|\d+h|\d+d)(?= |$|\)|\t)(?! grace)", "<age>"),
    (r"(?<= timed out after )\d+(?= milliseconds)", "<ms>"),
    (r"(?<= after )\d+(?= ms)", "<ms>"),
    (r"/tmp/(LIVE|MERGED)-\d+", "/tmp/${1}-<random>"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}", "<time>"),
    (r"(?<= in )[\d.]+m?s \([\d.]+m?s including waiting\)\. Image size: \d+ bytes", "<pull>"),
];

/// kube-proxy writes the rules that dispatch to Services in no particular order.
const DISPATCH: &str = r"(?m)(?:^-A KUBE-(?:SERVICES|NODEPORTS|EXTERNAL-SERVICES|PROXY-FIREWALL) .*--dport .*\n?)+";
const HEADER: &str =
    r"^[A-Z][A-Z0-9()/-]*(?: [A-Z]+)*(?: {3}[A-Z][A-Z0-9()/-]*(?: [A-Z]+)*| {4,}[A-Z][A-Z0-9()/-]*(?: [A-Z]+)*)+ *$";

struct Patterns {
    rules: Vec<(Regex, &'static str)>,
    blanks: Regex,
    dashes: Regex,
    dispatch: Regex,
    header: Regex,
    column: Regex,
    gap: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    // The patterns are constants: a mistake in one shows in the first test.
    #[allow(clippy::unwrap_used)]
    let regex = |text: &str| Regex::new(text).unwrap();
    Patterns {
        rules: RULES.iter().map(|(pattern, with)| (regex(&pattern.replace("SUFFIX", SUFFIX)), *with)).collect(),
        blanks: regex(r" {2,}|\t+ *"),
        dashes: regex("-{3,}"),
        dispatch: regex(DISPATCH),
        header: regex(HEADER),
        column: regex(r"(?:^|(?<= {3}))\S"),
        gap: regex(r"\n{2,}"),
    }
});

/// The lower band of the Service range, from which nothing is drawn at random.
fn is_static(ip: &str) -> bool {
    let parts: Vec<u32> = ip.split('.').filter_map(|p| p.parse().ok()).collect();
    matches!(parts.as_slice(), [_, b, c, d] if (*b, *c, *d) <= (96, 1, 0))
}

/// The text with what is random replaced.
fn normalise(block: &str) -> String {
    let p = &*PATTERNS;
    let mut out = block.to_owned();
    for (regex, with) in &p.rules {
        out = match *with {
            "<cluster-ip>" => regex
                .replace_all(&out, |c: &Captures| if is_static(&c[0]) { c[0].to_owned() } else { (*with).to_owned() })
                .into(),
            "<node-port>" => regex
                .replace_all(&out, |c: &Captures| {
                    let drawn = c[0].parse().is_ok_and(|n: u32| (30_086..=32_767).contains(&n));
                    if drawn { (*with).to_owned() } else { c[0].to_owned() }
                })
                .into(),
            _ => regex.replace_all(&out, *with).into(),
        };
    }
    if out != block {
        let lines: Vec<String> = out.split('\n').map(|l| p.blanks.replace_all(l, "  ").trim_end().to_owned()).collect();
        out = p.dashes.replace_all(&lines.join("\n"), "---").into();
    }
    let sorted = p.dispatch.replace_all(&out, |c: &Captures| {
        let mut run: Vec<&str> = c[0].trim_end_matches('\n').split('\n').collect();
        sort(&mut run);
        run.join("\n") + if c[0].ends_with('\n') { "\n" } else { "" }
    });
    sorted.into()
}

/// Tables in a text, and those of them that are set as kubectl sets one.
fn laid_out(block: &str) -> (usize, usize) {
    let p = &*PATTERNS;
    let (mut found, mut good) = (0, 0);
    let tables: Vec<&str> = p.gap.split(block).filter_map(Result::ok).collect();
    for table in tables {
        let lines: Vec<Vec<char>> = table
            .split('\n')
            .filter(|l| !l.starts_with("Warning: ") && !l.starts_with("[exit "))
            .map(|l| l.chars().collect())
            .collect();
        if lines.len() < 2 {
            continue;
        }
        let head: String = lines[0].iter().collect();
        if !p.header.is_match(&head).unwrap_or(false) {
            continue;
        }
        found += 1;
        let starts: Vec<usize> = p.column.find_iter(&head).filter_map(Result::ok).map(|m| m.start()).collect();
        let slice = |line: &[char], from: usize, to: usize| -> String {
            line.get(from.min(line.len())..to.min(line.len())).unwrap_or(&[]).iter().collect()
        };
        let column = |left: usize, right: usize| {
            let clear = lines.iter().all(|l| slice(l, right.saturating_sub(3), right).trim().is_empty());
            let widest = lines.iter().map(|l| slice(l, left, right).trim_end().chars().count()).max().unwrap_or(0);
            clear && widest + 3 + left == right
        };
        good += usize::from(starts.windows(2).all(|w| column(w[0], w[1])));
    }
    (found, good)
}

fn same(recorded: &str, replayed: &str) -> bool {
    let tables = laid_out(recorded);
    normalise(recorded) == normalise(replayed) && (tables.0 != tables.1 || laid_out(replayed) == tables)
}

/// Commands and outputs of all console blocks, in order.
pub fn steps(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.split('\n');
    while lines.by_ref().any(|l| l == "```console") {
        let mut current: Option<(String, Vec<&str>)> = None;
        let close = |c: Option<(String, Vec<&str>)>, found: &mut Vec<(String, String)>| {
            found.extend(c.map(|(command, output)| (command, output.join("\n").trim_end_matches('\n').to_owned())));
        };
        for line in lines.by_ref().take_while(|l| *l != "```") {
            match (line.strip_prefix("$ "), line.strip_prefix("> "), &mut current) {
                (Some(command), _, _) => {
                    close(current.take(), &mut found);
                    current = Some((command.to_owned(), Vec::new()));
                }
                (_, Some(more), Some((command, output))) if output.is_empty() => {
                    command.push('\n');
                    command.push_str(more);
                }
                (_, _, Some((_, output))) => output.push(line),
                _ => {}
            }
        }
        close(current, &mut found);
    }
    found
}

/// The differences, one text a command; empty where both say the same.
pub fn compare(recorded: &str, replayed: &str) -> Vec<String> {
    let plain = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    let (want, got) = (steps(&plain(recorded)), steps(&plain(replayed)));
    let mut problems = Vec::new();
    if want.iter().map(|(c, _)| c).ne(got.iter().map(|(c, _)| c)) {
        problems.push("the commands differ".to_owned());
    }
    for ((command, a), (_, b)) in want.iter().zip(&got) {
        if same(a, b) {
            continue;
        }
        let (a, b) = (normalise(a), normalise(b));
        if a == b {
            problems.push(format!("$ {command}\na column is not as wide as its widest cell and three blanks"));
            continue;
        }
        let (old, new): (Vec<&str>, Vec<&str>) = (a.split('\n').collect(), b.split('\n').collect());
        let body = diff::unified(&old, &new, &diff::changes(&old, &new), 1);
        problems.push(format!("$ {command}\n--- recorded\n+++ replayed\n{}", body.trim_end_matches('\n')));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_is_random() {
        assert_eq!(normalise("web-w5dfd  10.244.1.7   worker-1"), "web-<suffix>  <pod-ip>  <worker>");
        assert_eq!(normalise("10.96.0.40 10.100.25.120"), "10.96.0.40 <cluster-ip>");
        assert_eq!(normalise("80:30001/TCP  80:31234/TCP"), "80:30001/TCP  80:<node-port>/TCP");
        assert_eq!(normalise("nothing  random"), "nothing  random");
    }

    #[test]
    fn looks_at_tables() {
        assert_eq!(laid_out("NAME   AGE\nweb    3s"), (1, 1));
        assert_eq!(laid_out("NAME    AGE\nweb     3s"), (1, 0));
    }

    #[test]
    fn finds_differences() {
        let recorded = "```console\n$ a\n1\n$ b\n2\n```\n";
        assert_eq!(compare(recorded, recorded), Vec::<String>::new());
        let replayed = "```console\n$ a\n1\n$ b\n3\n```\n";
        assert_eq!(compare(recorded, replayed), ["$ b\n--- recorded\n+++ replayed\n@@ -1 +1 @@\n-2\n+3"]);
    }
}
