//! Kinds without a description of their own: every field by its name.

use super::writer::{Description, line};
use crate::api::Value;
use crate::kubectl::print::go;

const SKIPPED: [&str; 5] =
    [".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"];

// upstream: kubectl/pkg/describe/describe.go genericDescriber
pub fn object(d: &mut Description, o: &Value) {
    d.name(o);
    d.metadata(o);
    content(d, 0, o, "");
}

// upstream: kubectl/pkg/describe/describe.go printUnstructuredContent
fn content(d: &mut Description, level: usize, value: &Value, path: &str) {
    let Value::Object(map) = value else { return };
    for (field, value) in map {
        let here = format!("{path}.{field}");
        if SKIPPED.contains(&here.as_str()) {
            continue;
        }
        let label = label(field);
        match value {
            Value::Object(_) => {
                line!(d, level, "{label}:");
                content(d, level + 1, value, &here);
            }
            Value::Array(list) => {
                line!(d, level, "{label}:");
                for item in list {
                    match item {
                        Value::Object(_) => content(d, level + 1, item, &here),
                        other => line!(d, level + 1, "{}", go::sprint(other)),
                    }
                }
            }
            scalar => d.field(level, &label, go::sprint(scalar)),
        }
    }
}

/// A field's name in words: `creationTimestamp` → `Creation Timestamp`, `apiVersion` → `API Version`.
// upstream: kubectl/pkg/describe/describe.go smartLabelFor
fn label(field: &str) -> String {
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.into();
    }
    let mut parts: Vec<String> = Vec::new();
    for part in split_camel_case(field) {
        // `IPs`, `CIDRs`: capitals and what follows them are one word.
        if let Some(last) = parts.last_mut() {
            let capitals = last.chars().count() >= 2 && last.chars().all(|c| !c.is_alphabetic() || c.is_uppercase());
            if capitals && part.starts_with(char::is_uppercase) {
                last.push_str(&part);
                continue;
            }
        }
        parts.push(part);
    }
    let word = |part: String| {
        let upper = part.to_uppercase();
        if ["API", "URL", "UID", "GUID"].contains(&upper.as_str()) {
            return upper;
        }
        if part.to_lowercase() != part {
            return part;
        }
        let mut chars = part.chars();
        chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
    };
    parts.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

/// `podIPs` → `pod`, `I`, `Ps`: a capital before a small letter begins a word.
// upstream: github.com/fatih/camelcase Split
fn split_camel_case(text: &str) -> Vec<String> {
    let class = |c: char| match c {
        c if c.is_lowercase() => 1,
        c if c.is_uppercase() => 2,
        _ => 4,
    };
    let mut runs: Vec<String> = Vec::new();
    let mut last = 0;
    for c in text.chars() {
        match runs.last_mut() {
            Some(run) if class(c) == last => run.push(c),
            _ => runs.push(c.into()),
        }
        last = class(c);
    }
    for i in 0..runs.len().saturating_sub(1) {
        let upper = runs[i].starts_with(char::is_uppercase);
        if upper && runs[i + 1].starts_with(char::is_lowercase) {
            let capital = runs[i].pop();
            runs[i + 1].insert_str(0, &String::from_iter(capital));
        }
    }
    runs.into_iter().filter(|r| !r.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn fields_in_words() {
        for (field, words) in [
            ("apiVersion", "API Version"),
            ("kind", "Kind"),
            ("creationTimestamp", "Creation Timestamp"),
            ("uid", "UID"),
            ("resourceVersion", "Resource Version"),
            ("a.b", "a.b"),
        ] {
            assert_eq!(label(field), words);
        }
    }
}
