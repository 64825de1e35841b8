//! Runs the cases of `tests/yaml/*.md`: what a real kubectl read and printed.

use super::{parse, to_string};
use serde_json::Value;

/// Title and two blocks of each case.
fn cases(markdown: &str) -> Vec<(&str, String, String)> {
    let block = |case: &str, n: usize| {
        let fenced = case.split("````").nth(2 * n + 1).expect("a block");
        fenced.split_once('\n').expect("a fence").1.to_string()
    };
    let sections = markdown.split("\n## ").skip(1);
    sections.map(|case| (case.lines().next().unwrap_or(""), block(case, 0), block(case, 1))).collect()
}

#[test]
fn reads_as_kubectl_does() {
    let cases = cases(include_str!("../../tests/yaml/reading.md"));
    assert!(cases.len() > 70);
    for (title, text, expected) in cases {
        let text = text.replace('→', "\t").replace('␍', "\r").replace('␁', "\u{1}");
        let mut got = String::new();
        for document in parse(&text) {
            if let Some(problem) = document.error {
                got += &format!("error: {}\n", problem.text);
                break;
            }
            if !document.value.is_null() {
                got += &format!("{}\n", document.value);
            }
        }
        assert_eq!(numbers(&got), numbers(&expected), "{title}");
    }
}

/// The lines, JSON read again: `1e21` and `1e+21` are the same number, and big integers are floats.
fn numbers(lines: &str) -> Vec<Result<Value, &str>> {
    let read = |line| {
        let mut value = serde_json::from_str(line).map_err(|_| line)?;
        super::json::narrow(&mut value);
        Ok(value)
    };
    lines.lines().map(read).collect()
}

#[test]
fn prints_as_kubectl_does() {
    for (title, json, expected) in cases(include_str!("../../tests/yaml/printing.md")) {
        let value: Value = serde_json::from_str(&json).expect(title);
        assert_eq!(to_string(&value), expected, "{title}");
    }
}
