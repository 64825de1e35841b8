//! `-o kyaml`: the strict form of YAML with braces, quoted strings and trailing commas.

use crate::api::Value;

/// The value without header and final newline.
// upstream: sigs.k8s.io/yaml/kyaml/kyaml.go Encoder
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

fn write(out: &mut String, value: &Value, level: usize) {
    match value {
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            out.push('{');
            for (key, item) in map {
                line(out, level + 1);
                if needs_quotes(key) {
                    quoted(out, key, level + 1);
                } else {
                    out.push_str(key);
                }
                out.push_str(": ");
                write(out, item, level + 1);
                out.push(',');
            }
            line(out, level);
            out.push('}');
        }
        Value::Array(list) if list.iter().all(|i| i.is_object() || i.is_array()) => {
            out.push('[');
            for (i, item) in list.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write(out, item, level);
            }
            out.push(']');
        }
        Value::Array(list) => {
            out.push('[');
            for item in list {
                line(out, level + 1);
                write(out, item, level + 1);
                out.push(',');
            }
            line(out, level);
            out.push(']');
        }
        Value::String(text) => quoted(out, text, level + 1),
        other => out.push_str(&other.to_string()),
    }
}

fn line(out: &mut String, level: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", level));
}

/// A string in double quotes; one of several lines is folded, a source line a line.
fn quoted(out: &mut String, text: &str, level: usize) {
    let folded = text.contains('\n');
    out.push('"');
    if folded {
        out.push_str("\\\n");
    }
    for c in text.chars() {
        if folded && out.ends_with('\n') {
            out.extend(std::iter::repeat_n("  ", level));
            out.push(if c.is_whitespace() && c != '\n' { '\\' } else { ' ' });
        }
        match c {
            '\n' => out.push_str("\\n\\\n"),
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push(c),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    if folded {
        if !out.ends_with('\n') {
            out.push_str("\\\n");
        }
        out.extend(std::iter::repeat_n("  ", level));
    }
    out.push('"');
}

/// Whether a key could be read as something other than a string.
fn needs_quotes(key: &str) -> bool {
    let plain = |(i, c): (usize, char)| {
        c.is_alphanumeric() || c == '_' || (matches!(c, '-' | '.' | '/') && i > 0 && i + c.len_utf8() < key.len())
    };
    let lower = key.to_lowercase();
    key.is_empty()
        || !key.char_indices().all(plain)
        || matches!(
            &*lower,
            "null" | "true" | "false" | "t" | "f" | "y" | "n" | "yes" | "no" | "on" | "off" | "inf" | "nan"
        )
        || key.replace('_', "").parse::<f64>().is_ok()
        || lower.starts_with("0x")
        || is_date(key)
}

fn is_date(key: &str) -> bool {
    let mut parts = key.split('-');
    parts.next().is_some_and(|year| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit())) && parts.count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn braces_quotes_and_commas() {
        let value = json!({"a": [{"x": 1}, {"y": []}], "ips": ["10.0.0.1"], "no": {}, "text": "one\n two\n"});
        let want = "{\n  a: [{\n    x: 1,\n  }, {\n    \"y\": [],\n  }],\n  ips: [\n    \"10.0.0.1\",\n  ],\n  \"no\": {},\n  text: \"\\\n     one\\n\\\n    \\ two\\n\\\n    \",\n}";
        assert_eq!(to_string(&value), want);
    }
}
