//! `kubectl explain`: what a kind or one of its fields is.

use crate::api::Resource;
use crate::api::schema::{Field, Kind, Type};
use crate::collections::sort_by_key;

/// Columns of text within a description.
const WIDTH: usize = 76;

/// The documentation of a kind or of the field at `path`, and what went wrong after it began. `recursive`: the names of
/// all fields below, without their descriptions.
// upstream: kubectl/pkg/explain/v2/templates/plaintext.tmpl
pub fn explain(resource: &Resource, path: &[&str], recursive: bool) -> (String, Option<String>) {
    let mut out = String::new();
    if !resource.group.is_empty() {
        out.push_str(&format!("GROUP:      {}\n", resource.group));
    }
    out.push_str(&format!("KIND:       {}\nVERSION:    {}\n\n", resource.kind, resource.version));
    let Some(kind) = Type::of(&resource.api_version(), resource.kind) else {
        return (out, Some(format!("error: GVK {} not found in OpenAPI schema", resource.kind)));
    };
    let mut fields: Vec<Field> = Vec::new();
    for name in path {
        let within = fields.last().map_or(kind, |f| f.of());
        match within.object().and_then(|object| object.field(name)) {
            Some(field) => fields.push(field),
            None => {
                let last = path.last().unwrap_or(name);
                return (out, Some(format!("field \"{last}\" does not exist")));
            }
        }
    }
    let here = fields.last().map_or(kind, |f| f.of());
    if let Some(field) = fields.last() {
        out.push_str(&format!("FIELD: {} <{}>\n", field.name(), here.explained()));
        let values = enumeration(*field);
        if !values.is_empty() {
            out.push_str(&format!("ENUM:\n    {}", values.join("\n    ")));
        }
        out.push_str("\n\n");
    }
    out.push_str("DESCRIPTION:\n");
    let text = description(fields.last().copied(), here);
    let text = if text.is_empty() { "<empty>".into() } else { text };
    out.push_str(&indent(&wrap(&text, WIDTH), 4));
    out.push('\n');
    let mut list = String::new();
    field_list(&mut list, here, recursive, 1, &mut Vec::new());
    if !list.is_empty() {
        out.push_str("FIELDS:\n");
        out.push_str(&list);
    }
    out.push('\n');
    (out, None)
}

/// A field's own description and those of the types that it holds.
fn description(field: Option<Field>, of: Type) -> String {
    let mut texts = vec![field.map_or("", Field::prose)];
    let mut of = of;
    while let Some(element) = of.element() {
        of = element;
    }
    texts.push(of.prose());
    texts.into_iter().filter(|t| !t.is_empty()).map(|t| format!("{t}\n")).collect()
}

/// The fields of the object within `of`, by name; `around`: the types in which it stands, which aren't shown again.
fn field_list(out: &mut String, of: Type, recursive: bool, level: usize, around: &mut Vec<Type>) {
    let Some(object) = of.object().filter(|object| !around.contains(object)) else { return };
    let mut fields: Vec<Field> = object.fields().collect();
    sort_by_key(&mut fields, |f| f.name());
    around.push(object);
    for field in fields {
        let blanks = level * 2;
        let required = if field.required() { " -required-" } else { "" };
        out.push_str(&indent(&format!("{}\t<{}>{required}", field.name(), field.of().explained()), blanks));
        let values = enumeration(field);
        if !values.is_empty() {
            let shown = values.get(..4).unwrap_or(&values).join(", ");
            let more = if values.len() > 4 { ", ...." } else { "" };
            out.push_str(&format!("\n{}enum: {shown}{more}", " ".repeat(blanks)));
        }
        out.push('\n');
        if recursive {
            field_list(out, field.of(), recursive, level + 1, around);
        } else {
            let text = if field.prose().is_empty() { "<no description>" } else { field.prose() };
            out.push_str(&indent(&wrap(text, 78 - blanks), blanks + 2));
            out.push_str("\n\n");
        }
    }
    around.pop();
}

/// The values that a field takes; a list's items' are not shown.
fn enumeration(field: Field) -> Vec<&'static str> {
    match field.of().kind() {
        Kind::List | Kind::Map => Vec::new(),
        _ => field.enumeration().into_iter().map(|v| if v.is_empty() { "\"\"" } else { v }).collect(),
    }
}

fn indent(text: &str, amount: usize) -> String {
    let blanks = " ".repeat(amount);
    format!("{blanks}{}", text.replace('\n', &format!("\n{blanks}")))
}

/// Text in lines of at most `limit` characters, broken at blanks; longer words stay whole.
// upstream: github.com/mitchellh/go-wordwrap WrapString
fn wrap(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    let (mut word, mut space) = (String::new(), String::new());
    let (mut column, mut word_length, mut space_length) = (0, 0, 0);
    for c in text.chars() {
        let blank = c.is_whitespace() && c != '\u{a0}';
        if !blank {
            word.push(c);
            word_length += 1;
            if column + space_length + word_length > limit && word_length < limit {
                out.push('\n');
                column = 0;
                space.clear();
                space_length = 0;
            }
            continue;
        }
        if c == '\n' && word.is_empty() && column + space_length > limit {
            space.clear();
        }
        if c == '\n' || space.is_empty() || !word.is_empty() {
            column += space_length + word_length;
            out.push_str(&std::mem::take(&mut space));
            out.push_str(&std::mem::take(&mut word));
            (space_length, word_length) = (0, 0);
        }
        if c == '\n' {
            out.push(c);
            column = 0;
        } else {
            space.push(c);
            space_length += 1;
        }
    }
    if !word.is_empty() || column + space_length <= limit {
        out.push_str(&space);
    }
    out.push_str(&word);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::resource::{PODS, REPLICA_SETS, SERVICES};

    #[test]
    fn lays_out_fields() {
        let (out, error) = explain(&SERVICES, &["spec", "ports"], true);
        assert_eq!(error, None);
        assert!(
            out.starts_with("KIND:       Service\nVERSION:    v1\n\nFIELD: ports <[]ServicePort>\n\n\nDESCRIPTION:\n"),
            "{out}"
        );
        let list = "FIELDS:\n  appProtocol\t<string>\n  name\t<string>\n  nodePort\t<integer>\n  port\t<integer> -required-\n  \
                    protocol\t<string>\n  enum: SCTP, TCP, UDP\n  targetPort\t<IntOrString>\n\n";
        assert!(out.ends_with(list), "{out}");
        let (out, _) = explain(&REPLICA_SETS, &["spec", "replicas"], false);
        assert!(out.starts_with(
            "GROUP:      apps\nKIND:       ReplicaSet\nVERSION:    v1\n\nFIELD: replicas <integer>\n\n\n"
        ));
    }

    #[test]
    fn a_missing_field_is_said_after_the_heading() {
        let want =
            ("KIND:       Pod\nVERSION:    v1\n\n".to_string(), Some("field \"nope\" does not exist".to_string()));
        assert_eq!(explain(&PODS, &["spec", "nope"], false), want);
    }

    #[test]
    fn wraps_words() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(wrap("a\n\nb", 7), "a\n\nb");
        assert_eq!(wrap("see https://example.com/long for x", 8), "see\nhttps://example.com/long\nfor x");
    }
}
