//! kubectl's JSONPath dialect: text with `{actions}` that pick from a tree.

mod eval;
mod parse;

pub(super) use parse::unquote;

use super::go;
use crate::api::Value;
use std::borrow::Cow;

/// One piece of a template.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// Text outside actions, or a quoted string.
    Text(String),
    /// An action: steps one after the other.
    List(Vec<Node>),
    /// `.name`
    Field(String),
    /// `[start:end:step]`
    Array([Param; 3]),
    /// `[?(left operator right)]`, `[?(left)]` with the operator `exists`.
    Filter { left: Vec<Node>, operator: String, right: Vec<Node> },
    /// A number or boolean.
    Constant(Value),
    /// `*`
    Wildcard,
    /// `..`
    Recursive,
    /// `[a,b]`
    Union(Vec<Vec<Node>>),
    /// `range`, `end`; others are an error once they are reached.
    Identifier(String),
}

/// One number of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Param {
    value: i64,
    known: bool,
    /// Not written: the end of an index `[n]`.
    derived: bool,
}

/// A parsed template.
// upstream: client-go/util/jsonpath/jsonpath.go JSONPath
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    nodes: Vec<Node>,
    /// Whether a missing field gives nothing instead of an error.
    pub allow_missing_keys: bool,
}

impl JsonPath {
    /// Reads a template. The error is the parser's own text: `unclosed action`.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { nodes: parse::parse(text)?, allow_missing_keys: true })
    }

    /// A path with or without braces and leading dot, as flags take it: `metadata.name`, `.metadata.name`,
    /// `{.metadata.name}`.
    // upstream: kubectl/pkg/cmd/get/customcolumn.go RelaxedJSONPathExpression
    pub fn relaxed(path: &str) -> Result<String, String> {
        if path.is_empty() {
            return Ok(String::new());
        }
        let inner = path.strip_prefix('{').and_then(|p| p.strip_suffix('}')).unwrap_or(path);
        let spec = inner.strip_prefix('.').filter(|s| !s.is_empty()).unwrap_or(inner);
        if spec.is_empty() || spec.contains(['{', '}']) {
            return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                        '{.name1.name2}'"
                .into());
        }
        Ok(format!("{{.{spec}}}"))
    }

    /// What each piece of the template picks, in order.
    // upstream: client-go/util/jsonpath/jsonpath.go FindResults
    pub fn find<'a>(&'a self, object: &'a Value) -> Result<Vec<Vec<Cow<'a, Value>>>, String> {
        eval::Evaluation::new(&self.nodes, self.allow_missing_keys).find(0, Cow::Borrowed(object))
    }

    /// What the template prints of `object`; `as_json`: each piece's results as a JSON list. On an error, what was
    /// printed before it comes along.
    // upstream: client-go/util/jsonpath/jsonpath.go Execute, PrintResults
    pub fn print(&self, object: &Value, as_json: bool) -> Result<String, String> {
        let mut out = String::new();
        for results in self.find(object)? {
            if as_json {
                let list = Value::Array(results.into_iter().map(Cow::into_owned).collect());
                out.push_str(&go::json_indent(&list, "    "));
                out.push('\n');
                continue;
            }
            for (i, result) in results.iter().enumerate() {
                out.push_str(if i > 0 { " " } else { "" });
                match &**result {
                    Value::Null => out.push_str("null"),
                    tree @ (Value::Array(_) | Value::Object(_)) => out.push_str(&go::json(tree)),
                    scalar => out.push_str(&go::sprint(scalar)),
                }
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(template: &str, want: Result<&str, &str>) {
        let object = json!({"kind": "List", "items": [
            {"name": "a", "n": 1, "labels": {"app.kubernetes.io/name": "x"}},
            {"name": "b", "n": 2, "list": [1, 2, 3], "ready": true}]});
        let got = JsonPath::parse(template).and_then(|p| p.print(&object, false));
        assert_eq!(got, want.map(String::from).map_err(String::from), "{template}");
    }

    #[test]
    fn picks() {
        check("{.items[*].name}", Ok("a b"));
        check("{.items[0].name}{\"\\t\"}{.items[-1].n}", Ok("a\t2"));
        check("{range .items[*]}{.name}={.n}{\"\\n\"}{end}done", Ok("a=1\nb=2\ndone"));
        check("{.items[?(@.name==\"b\")].n}", Ok("2"));
        check("{.items[?(@.n>1)].name}", Ok("b"));
        check("{.items[?(@.ready)].name}", Ok("b"));
        check("{.items[0].labels.app\\.kubernetes\\.io/name}", Ok("x"));
        check("{.items[0].labels['app\\.kubernetes\\.io/name']}", Ok("x"));
        check("{.items[1].list[0:2]}", Ok("1 2"));
        check("{.items[1].list}", Ok("[1,2,3]"));
        check("{.items[1].list[::2]}", Ok("1 3"));
        check("{..name}", Ok("a b"));
        check("{.items[0]['name','n']}", Ok("a 1"));
        check("{$.kind} {@.kind}", Ok("List List"));
        check("{.nope}", Ok(""));
        check("plain", Ok("plain"));
        check("{range .items[*]}{range .list[*]}{@},{end}{.name};{end}", Ok("a;1,2,3,b;"));
    }

    #[test]
    fn errors() {
        check("{.items[0", Err("unterminated array"));
        check("{.items", Err("unclosed action"));
        check("{.items[x]}", Err("invalid array index x"));
        check("{.items[5].name}", Err("array index out of bounds: index 5, length 2"));
        check("{nope}", Err("unrecognized identifier nope"));
        check("{end}", Err("not in range, nothing to end"));
        check("{.kind[0]}", Err("string is not array or slice"));
        check("{(}", Err("unrecognized character in action: U+0028 '('"));
        check("{\"x}", Err("unterminated quoted string"));
        check("{.items[?(@.name==\"b\"]}", Err("unterminated filter"));
    }

    #[test]
    fn relaxed_paths() {
        for path in ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"] {
            assert_eq!(JsonPath::relaxed(path).as_deref(), Ok("{.metadata.name}"));
        }
        assert!(JsonPath::relaxed("{a}{b}").is_err());
    }
}
