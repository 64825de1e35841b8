//! Values as Go's `fmt` prints them: what templates and columns show of a tree.

use crate::api::Value;
use crate::api::error::go_quote;

/// `%v`: `map[app:web]`, `[a b]`, strings bare, nothing as `<nil>`.
pub fn sprint(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(s) => s.clone(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => i.to_string(),
            (None, Some(f)) => float(f),
            _ => n.to_string(),
        },
        Value::Array(list) => format!("[{}]", list.iter().map(sprint).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let pairs: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", sprint(v))).collect();
            format!("map[{}]", pairs.join(" "))
        }
    }
}

/// `%#v`: Go's syntax for the tree.
pub fn sharp(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::String(s) => go_quote(s),
        Value::Array(list) => format!("[]interface {{}}{{{}}}", list.iter().map(sharp).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs: Vec<String> = map.iter().map(|(k, v)| format!("{}:{}", go_quote(k), sharp(v))).collect();
            format!("map[string]interface {{}}{{{}}}", pairs.join(", "))
        }
        scalar => sprint(scalar),
    }
}

/// The Go type of a decoded value.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A float in its shortest form, with an exponent from 1e+06 on and below 1e-4.
// upstream: strconv/ftoa.go formatDigits 'g', shortest
pub fn float(f: f64) -> String {
    let scientific = format!("{f:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if f != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{f}")
}

/// JSON as Go writes it on one line: `<`, `>` and `&` escaped.
pub fn json(value: &Value) -> String {
    escape_html(&value.to_string())
}

/// JSON as Go writes it over several lines, `indent` a level.
// upstream: encoding/json MarshalIndent
pub fn json_indent(value: &Value, indent: &str) -> String {
    let mut out = String::new();
    write_indented(&mut out, value, indent, 0);
    out
}

fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

fn write_indented(out: &mut String, value: &Value, indent: &str, level: usize) {
    let line = |out: &mut String, level: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(indent, level));
    };
    match value {
        Value::Array(list) if !list.is_empty() => {
            out.push('[');
            for (i, item) in list.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(out, level + 1);
                write_indented(out, item, indent, level + 1);
            }
            line(out, level);
            out.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(out, level + 1);
                out.push_str(&escape_html(&Value::from(key.as_str()).to_string()));
                out.push_str(": ");
                write_indented(out, item, indent, level + 1);
            }
            line(out, level);
            out.push('}');
        }
        other => out.push_str(&json(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prints_as_go_does() {
        let tree = json!({"b": [1, "x"], "a": {"t": true, "n": null}});
        assert_eq!(sprint(&tree), "map[a:map[n:<nil> t:true] b:[1 x]]");
        assert_eq!(
            sharp(&tree),
            r#"map[string]interface {}{"a":map[string]interface {}{"n":interface {}(nil), "t":true}, "b":[]interface {}{1, "x"}}"#
        );
        assert_eq!(
            json_indent(&json!({"a": [], "b": ["<"]}), "  "),
            "{\n  \"a\": [],\n  \"b\": [\n    \"\\u003c\"\n  ]\n}"
        );
        assert_eq!(float(1e6), "1e+06");
        assert_eq!(float(20_971_520.0), "2.097152e+07");
        assert_eq!(float(10_800.0), "10800");
        assert_eq!(float(0.5), "0.5");
    }
}
