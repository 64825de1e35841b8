//! `-o go-template`: Go's text templates, without nested templates.
// upstream: text/template

mod exec;
mod functions;
mod parse;

use crate::api::Value;

/// What a template is made of.
#[derive(Clone, Debug)]
enum Node {
    /// Text outside actions.
    Text(String),
    /// `{{pipeline}}`
    Action(Pipe),
    /// `{{if}}`, `{{with}}` and `{{range}}` with their `{{else}}`.
    Branch(Branch, Pipe, Vec<Node>, Vec<Node>),
    /// `{{break}}`, `{{continue}}`
    Leave(Flow),
}

/// Which control action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Branch {
    If,
    With,
    Range,
}

/// Where execution goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// Commands, each getting the result of the one before it, and the variables that the last result goes to.
#[derive(Clone, Debug, Default)]
struct Pipe {
    variables: Vec<String>,
    /// `=` rather than `:=`
    assigns: bool,
    commands: Vec<Vec<Operand>>,
}

/// One word of a command.
#[derive(Clone, Debug)]
struct Operand {
    kind: Kind,
    /// As written, for errors.
    text: String,
    /// Byte offset in the template, for errors.
    at: usize,
}

#[derive(Clone, Debug)]
enum Kind {
    Dot,
    Nil,
    Constant(Value),
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a`
    Variable(String, Vec<String>),
    /// A function's name.
    Function(String),
    /// `(pipeline).a`
    Paren(Pipe, Vec<String>),
}

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template {
    nodes: Vec<Node>,
    source: String,
    /// `--allow-missing-template-keys`
    pub allow_missing_keys: bool,
}

impl Template {
    /// Reads a template. The error is the parser's own: `template: output:1: unclosed action`.
    pub fn parse(source: &str) -> Result<Self, String> {
        Ok(Self { nodes: parse::parse(source)?, source: source.into(), allow_missing_keys: true })
    }

    /// What it prints of `object`, and what went wrong after that.
    pub fn print(&self, object: &Value) -> (String, Option<String>) {
        exec::run(self, object)
    }

    /// An error while executing, with its place.
    fn error(&self, at: usize, text: &str, message: &str) -> String {
        let before = self.source.get(..at).unwrap_or(&self.source);
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
        format!("template: output:{line}:{column}: executing \"output\" at <{text}>: {message}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(template: &str, want: &str) {
        let object = json!({"kind": "Service", "spec": {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}], "type": "NodePort"},
            "metadata": {"labels": {"x": "1", "y": "2"}, "name": "web"}});
        let got = match Template::parse(template) {
            Ok(parsed) => match parsed.print(&object) {
                (out, None) => out,
                (out, Some(error)) => format!("{out}|{error}"),
            },
            Err(error) => error,
        };
        assert_eq!(got, want, "{template}");
    }

    #[test]
    fn values() {
        check("{{.kind}} {{.nope}} {{.nope.deeper}}", "Service <no value> <no value>");
        check("{{.spec.ports}}", "[map[name:a port:80] map[name:b port:81]]");
        check("{{range .spec.ports}}{{.port}} {{end}}", "80 81 ");
        check("{{range $i, $p := .spec.ports}}{{$i}}={{$p.name}};{{end}}", "0=a;1=b;");
        check("{{range $k, $v := .metadata.labels}}{{$k}}:{{$v}},{{end}}", "x:1,y:2,");
        check("{{range .nope}}x{{else}}none{{end}}", "none");
        check("{{if eq .spec.type \"ClusterIP\"}}c{{else if eq .spec.type \"NodePort\"}}n{{else}}?{{end}}", "n");
        check("{{with .spec.nope}}a{{else}}b{{end}}", "b");
        check("{{(index .spec.ports 0).port}} {{index .spec.ports 1 \"name\"}}", "80 b");
        check(
            "{{printf \"%s:%v %03d %q %5.1f|\" .kind (len .spec.ports) 7 .metadata.name 1.25}}",
            "Service:2 007 \"web\"   1.2|",
        );
        check("{{.spec.ports | len | printf \"%d\"}}{{- \" x\" -}}  y", "2 xy");
        check("{{/* nothing */}}{{\"a\\tb\"}}{{`raw`}}{{true}}", "a\tbrawtrue");
        check(
            "{{and .kind .nope}} {{or .nope \"d\"}} {{not .nope}} {{exists . \"spec\" \"ports\"}}",
            "<no value> d true true",
        );
        check(
            "{{println \"a\" 1 2.5}}{{print \"a\" 1 2 \"b\"}}{{slice .kind 0 3}}{{html \"<a>\"}}",
            "a 1 2.5\na1 2bSer&lt;a&gt;",
        );
        check("{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2");
        check("{{range $i, $p := .spec.ports}}{{if $i}}{{break}}{{end}}{{$p.port}}{{end}}", "80");
        check("{{range 3}}{{.}}{{end}}", "012");
        check("{{\"YQ==\" | base64decode}}", "a");
    }

    #[test]
    fn errors() {
        for (template, error) in [
            ("{{.spec", "unclosed action"),
            ("{{foo}}", "function \"foo\" not defined"),
            ("{{range .spec.ports}}", "unexpected EOF"),
            ("{{end}}", "unexpected {{end}}"),
            ("{{$y}}", "undefined variable \"$y\""),
            ("{{if}}x{{end}}", "missing value for if"),
            ("{{break}}", "{{break}} outside {{range}}"),
        ] {
            check(template, &format!("template: output:1: {error}"));
        }
        let at = "template: output:1:";
        check(
            "{{index .spec.ports 5}}",
            &format!(
                "|{at}2: executing \"output\" at <index .spec.ports 5>: error calling index: index out of range: 5"
            ),
        );
        check(
            "{{.spec.ports.x}}",
            &format!("|{at}7: executing \"output\" at <.spec.ports.x>: can't evaluate field x in type interface {{}}"),
        );
        check("{{nil}}", &format!("|{at}2: executing \"output\" at <nil>: nil is not a command"));
    }
}
