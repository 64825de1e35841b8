//! `kubectl explain`
//!
//! upstream: kubectl/pkg/cmd/explain/explain.go, kubectl/pkg/explain/v2/templates/plaintext.tmpl

use crate::api::error::go_quote;
use crate::api::schema::{Field, Kind, Type};
use crate::api::{Resource, schema};
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::resource_for;

/// Says what a kind or one of its fields is.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let word = match cx.s.flags.args.as_slice() {
        [] => {
            return Err(Failure::new(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
            ));
        }
        [word] => word.clone(),
        _ => return Err(Failure::new("We accept only this format: explain RESOURCE")),
    };
    let (resource, path) = find(&word)
        .ok_or_else(|| Failure::Raw(format!("the server doesn't have a resource type {}", go_quote(first(&word)))))?;
    let version = cx.s.flags.text("api-version").to_string();
    if !version.is_empty() && version != resource.api_version() {
        let what = go_quote(&format!("{version}, Resource={}", resource.plural));
        return Err(Failure::new(format!("couldn't find resource for {what}")));
    }
    let format = cx.s.flags.value("output").unwrap_or("plaintext").to_string();
    if !matches!(format.as_str(), "plaintext" | "plaintext-openapiv2") {
        return Err(Failure::new(format!("unrecognized format: {format}")));
    }
    let mut text = String::new();
    if !resource.group.is_empty() {
        text.push_str(&format!("GROUP:      {}\n", resource.group));
    }
    text.push_str(&format!("KIND:       {}\nVERSION:    {}\n\n", resource.kind, resource.version));
    let mut failure = None;
    match described(resource, &path, cx.s.flags.on("recursive")) {
        Some(body) => text.push_str(&(body + "\n")),
        None => {
            let last = path.last().map_or("", String::as_str);
            failure = Some(Failure::new(format!("error: field {} does not exist", go_quote(last))));
        }
    }
    cx.io.out.out(&text);
    failure.map_or(Ok(Flow::Done), Err)
}

fn first(word: &str) -> &str {
    word.split('.').next().unwrap_or("")
}

/// The resource and the fields behind it: `svc.spec.ports`, `deployments.apps.spec`.
///
/// upstream: kubectl/pkg/explain/explain.go SplitAndParseResourceRequestWithMatchingPrefix
fn find(word: &str) -> Option<(&'static Resource, Vec<String>)> {
    let parts: Vec<&str> = word.split('.').filter(|p| !p.is_empty()).collect();
    let resource = resource_for(first(word))?;
    let group: Vec<&str> = resource.group.split('.').filter(|g| !g.is_empty()).collect();
    let rest = parts.get(1..).unwrap_or(&[]);
    let rest =
        if !group.is_empty() && rest.starts_with(&group) { rest.get(group.len()..).unwrap_or(&[]) } else { rest };
    Some((resource, rest.iter().map(|p| p.to_string()).collect()))
}

/// The text below the head; `None` where there is no such field.
fn described(resource: &'static Resource, path: &[String], recursive: bool) -> Option<String> {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let mut text = String::new();
    let (object, prose) = if names.is_empty() {
        let kind = Type::of(&resource.api_version(), resource.kind)?;
        (Some(kind), prose_of(kind))
    } else {
        let field = schema::field_at(&resource.api_version(), resource.kind, &names)?;
        text.push_str(&format!("FIELD: {} <{}>\n", field.name(), shown(field.of())));
        let values = field.enumeration();
        if !values.is_empty() {
            text.push_str("ENUM:");
            values.iter().for_each(|v| text.push_str(&format!("\n    {}", or_quotes(v))));
        }
        text.push_str("\n\n");
        let object = field.of().object();
        let mut prose = prose(field);
        if let Some(object) = object {
            prose.push_str(&prose_of(object));
        }
        (object, prose)
    };
    text.push_str("DESCRIPTION:\n");
    text.push_str(&indented(if prose.is_empty() { "<empty>" } else { &prose }, 76, 4));
    text.push('\n');
    if let Some(object) = object.filter(|o| o.fields().next().is_some()) {
        text.push_str("FIELDS:\n");
        fields(object, 1, recursive, &mut Vec::new(), &mut text);
    }
    Some(text)
}

fn or_quotes(value: &str) -> &str {
    if value.is_empty() { "\"\"" } else { value }
}

/// A type as it is shown: times are strings.
fn shown(of: Type) -> String {
    match of.kind() {
        Kind::Time | Kind::MicroTime | Kind::Duration => "string".into(),
        _ => of.explained(),
    }
}

/// The fields of an object, sorted by name.
fn fields(object: Type, level: usize, recursive: bool, above: &mut Vec<Type>, text: &mut String) {
    if above.contains(&object) {
        return;
    }
    above.push(object);
    let mut all: Vec<Field> = object.fields().collect();
    all.sort_by_key(|f| f.name());
    let indent = " ".repeat(level * 2);
    for field in all {
        let required = if field.required() { " -required-" } else { "" };
        text.push_str(&format!("{indent}{}\t<{}>{required}", field.name(), shown(field.of())));
        let values = field.enumeration();
        if !values.is_empty() {
            let some: Vec<&str> = values.iter().take(4).map(|v| or_quotes(v)).collect();
            let more = if values.len() > 4 { ", ...." } else { "" };
            text.push_str(&format!("\n{indent}enum: {}{more}", some.join(", ")));
        }
        text.push('\n');
        if !recursive {
            let prose = prose(field);
            let prose = if prose.is_empty() { "<no description>" } else { &prose };
            text.push_str(&indented(prose, 78 - level * 2, level * 2 + 2));
            text.push('\n');
        }
        if let Some(inner) = field.of().object().filter(|_| recursive) {
            fields(inner, level + 1, true, above, text);
        }
    }
    above.pop();
}

/// What a field's own words are, a line break at the end.
fn prose(_field: Field) -> String {
    String::new()
}

/// What a type's own words are, a line break at the end.
fn prose_of(_of: Type) -> String {
    String::new()
}

/// Wraps each line at `width` and indents it.
///
/// upstream: kubectl/pkg/explain/v2/funcs.go wrap, indent
fn indented(text: &str, width: usize, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut out = String::new();
    for line in text.split('\n') {
        for piece in wrapped(line, width) {
            out.push_str(&format!("{pad}{piece}\n"));
        }
    }
    out
}

/// Breaks a line at spaces, which vanish there.
///
/// upstream: github.com/mitchellh/go-wordwrap wordwrap.go WrapString
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let mut done = Vec::new();
    let mut here = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let blank = rest.len() - rest.trim_start_matches(' ').len();
        let (spaces, tail) = rest.split_at(blank);
        let (word, tail) = tail.split_at(tail.find(' ').unwrap_or(tail.len()));
        let used = here.chars().count() + blank;
        if !word.is_empty() && used + word.chars().count().min(width - 1) > width {
            done.push(std::mem::replace(&mut here, word.to_string()));
        } else if !word.is_empty() || used <= width {
            here.push_str(spaces);
            here.push_str(word);
        }
        rest = tail;
    }
    done.push(here);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_as_kubectl_does() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("  - a longerword", 6), ["  - a", "longerword"]);
    }
}
