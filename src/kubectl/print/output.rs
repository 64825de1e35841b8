//! `-o`: which forms of output there are, and objects in each of them.

use super::columns::Columns;
use super::jsonpath::JsonPath;
use super::template::Template;
use super::{go, text};
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use serde_json::json;

/// A parsed `-o` with what it needs.
#[derive(Clone, Debug)]
pub enum Output {
    /// No `-o` (or an empty one): a table, or a message such as `created`.
    Plain,
    /// `-o wide`
    Wide,
    /// `-o yaml`
    Yaml,
    /// `-o json`
    Json,
    /// `-o kyaml`
    Kyaml,
    /// `-o name`
    Name,
    /// `-o jsonpath=`, `jsonpath-file=`, `jsonpath-as-json=`: the template, its text, whether to print JSON.
    JsonPath(JsonPath, String, bool),
    /// `-o custom-columns=`, `custom-columns-file=`
    Columns(Columns),
    /// `-o go-template=` and its other names: the template and its text.
    Template(Template, String),
}

/// Which commands' formats are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `get`: all of them.
    Get,
    /// `create`, `apply` and the other commands that say what they did.
    Object,
}

/// The flags beside `-o` that its meaning depends on.
#[derive(Clone, Copy)]
pub struct Flags<'a> {
    /// What is allowed.
    pub format: Format,
    /// `--template`
    pub template: &'a str,
    /// `--allow-missing-template-keys`, true unless given.
    pub allow_missing_keys: bool,
    /// `--no-headers`, for custom columns.
    pub no_headers: bool,
    /// Reads a file that the format names.
    pub read: &'a dyn Fn(&str) -> Option<String>,
}

const OBJECT_FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,\
                              template,templatefile,yaml";
const GET_FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,\
                           jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

impl Output {
    /// What `-o FORMAT` asks for; the error is kubectl's, without `error: `.
    // upstream: kubectl/pkg/cmd/get/get_flags.go PrintFlags.ToPrinter
    pub fn parse(format: &str, flags: &Flags) -> Result<Self, String> {
        let format = if format.is_empty() && !flags.template.is_empty() { "go-template" } else { format };
        let (name, inline) = match format.split_once('=') {
            Some((name, value)) if flags.template.is_empty() => (name, value),
            _ => (format, flags.template),
        };
        let known = matches!(
            name,
            "jsonpath"
                | "jsonpath-file"
                | "jsonpath-as-json"
                | "template"
                | "go-template"
                | "go-template-file"
                | "templatefile"
        );
        let get = flags.format == Format::Get;
        if known {
            return Self::template(name, inline, flags);
        }
        match format.to_lowercase().as_str() {
            "json" => return Ok(Self::Json),
            "yaml" => return Ok(Self::Yaml),
            "kyaml" => return Ok(Self::Kyaml),
            "name" => return Ok(Self::Name),
            "" => return Ok(Self::Plain),
            _ => {}
        }
        match name {
            "wide" if get && format == "wide" => Ok(Self::Wide),
            "custom-columns" | "custom-columns-file" if get && inline.is_empty() => {
                Err("custom-columns format specified but no custom columns given".into())
            }
            "custom-columns" if get => Ok(Self::Columns(Columns::parse(inline, flags.no_headers)?)),
            "custom-columns-file" if get => match (flags.read)(inline) {
                Some(text) => Ok(Self::Columns(Columns::parse_file(&text)?)),
                None => Err(format!("error reading template {inline}, open {inline}: no such file or directory\n")),
            },
            _ => Err(format!(
                "unable to match a printer suitable for the output format {}, allowed formats are: {}",
                go_quote(format),
                if get { GET_FORMATS } else { OBJECT_FORMATS }
            )),
        }
    }

    fn template(name: &str, inline: &str, flags: &Flags) -> Result<Self, String> {
        if inline.is_empty() {
            return Err("template format specified but no template given".into());
        }
        let source = match name {
            "jsonpath-file" | "go-template-file" | "templatefile" => match (flags.read)(inline) {
                Some(text) => text,
                None => {
                    return Err(format!("error reading --template {inline}, open {inline}: no such file or directory"));
                }
            },
            _ => inline.to_string(),
        };
        if name.starts_with("jsonpath") {
            let mut path = JsonPath::parse(&source).map_err(|e| format!("error parsing jsonpath {source}, {e}"))?;
            path.allow_missing_keys = flags.allow_missing_keys;
            return Ok(Self::JsonPath(path, source, name == "jsonpath-as-json"));
        }
        let mut template = Template::parse(&source).map_err(|e| format!("error parsing template {source}, {e}"))?;
        template.allow_missing_keys = flags.allow_missing_keys;
        Ok(Self::Template(template, source))
    }

    /// Whether `get` prints a table.
    pub fn is_table(&self) -> bool {
        matches!(self, Self::Plain | Self::Wide)
    }
}

/// What came out: on an error, standard output has what was printed before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Printed {
    /// For standard output.
    pub out: String,
    /// kubectl's error, without `error: `.
    pub error: Option<String>,
}

/// Prints objects one after the other, as one command does.
#[derive(Clone, Debug)]
pub struct Printer {
    /// The form.
    pub output: Output,
    /// `--show-managed-fields`
    pub show_managed_fields: bool,
    printed: usize,
}

impl Printer {
    /// A printer that has printed nothing yet.
    pub fn new(output: Output, show_managed_fields: bool) -> Self {
        Self { output, show_managed_fields, printed: 0 }
    }

    /// One object or a list. Tables and plain messages are not printed here.
    // upstream: cli-runtime/pkg/printers/
    pub fn print(&mut self, object: &Value) -> Printed {
        let mut object = object.clone();
        if !self.show_managed_fields && matches!(self.output, Output::Yaml | Output::Json | Output::Kyaml) {
            without_managed_fields(&mut object);
        }
        let first = self.printed == 0;
        self.printed += 1;
        let out = match &self.output {
            Output::Plain | Output::Wide => String::new(),
            Output::Yaml if first => crate::yaml::to_string(&object),
            Output::Yaml => format!("---\n{}", crate::yaml::to_string(&object)),
            Output::Json => format!("{}\n", go::json_indent(&object, "    ")),
            Output::Kyaml => format!("---\n{}\n", super::kyaml::to_string(&object)),
            Output::Name => names(&object),
            Output::JsonPath(path, source, as_json) => match path.print(&object, *as_json) {
                Ok(out) => out,
                Err(e) => return Printed { out: String::new(), error: Some(jsonpath_error(&e, source, &object)) },
            },
            Output::Columns(columns) => match columns.print(&object, first) {
                Ok(out) => out,
                Err(e) => return Printed { out: String::new(), error: Some(e) },
            },
            Output::Template(template, source) => return template_printed(template, source, &object),
        };
        Printed { out, error: None }
    }
}

fn jsonpath_error(error: &str, source: &str, object: &Value) -> String {
    format!(
        "error executing jsonpath {}: Error executing template: {error}. Printing more information for debugging the \
         template:\n\ttemplate was:\n\t\t{source}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
        go_quote(source),
        go::sharp(object)
    )
}

fn template_printed(template: &Template, source: &str, object: &Value) -> Printed {
    let (mut out, error) = template.print(object);
    let Some(error) = error else { return Printed { out, error: None } };
    out.push_str(&format!(
        "Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate \
         was:\n\t\t{source}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
        go::json(object),
        go::sprint(object)
    ));
    Printed { out, error: Some(format!("error executing template {}: {error}", go_quote(source))) }
}

/// `kind.group/name` of an object or of each of a list's items, a line each.
fn names(object: &Value) -> String {
    let mut out = String::new();
    for item in items(object) {
        out.push_str(&text::kind_of(item));
        out.push('/');
        out.push_str(text::or(item.name(), "<unknown>"));
        out.push('\n');
    }
    out
}

/// A list's items, or the object itself.
pub fn items(object: &Value) -> Vec<&Value> {
    match object.at("items") {
        Value::Array(list) if object.str_at("kind").ends_with("List") => list.iter().collect(),
        _ => vec![object],
    }
}

/// Several objects as `get` prints them in one: a `List`.
// upstream: kubectl/pkg/cmd/get/get.go printGeneric
pub fn list(objects: Vec<Value>) -> Value {
    json!({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {"resourceVersion": ""}})
}

fn without_managed_fields(object: &mut Value) {
    object.unset("metadata.managedFields");
    if let Some(Value::Array(list)) = object.get_mut("items") {
        list.iter_mut().for_each(|item| drop(item.unset("metadata.managedFields")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flags(format: Format) -> Flags<'static> {
        Flags { format, template: "", allow_missing_keys: true, no_headers: false, read: &|_| None }
    }

    #[test]
    fn unknown_formats_name_the_known_ones() {
        let error = Output::parse("foo", &flags(Format::Object)).unwrap_err();
        let want = "unable to match a printer suitable for the output format \"foo\", allowed formats are: \
                    go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,\
                    templatefile,yaml";
        assert_eq!(error, want);
        let error = Output::parse("jsonpath={.a", &flags(Format::Get)).unwrap_err();
        assert_eq!(error, "error parsing jsonpath {.a, unclosed action");
        let error = Output::parse("custom-columns=NAME", &flags(Format::Get)).unwrap_err();
        assert_eq!(error, "unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>");
        let error = Output::parse("jsonpath", &flags(Format::Get)).unwrap_err();
        assert_eq!(error, "template format specified but no template given");
    }

    #[test]
    fn a_failed_jsonpath_shows_what_it_was_given() {
        let object = json!({"kind": "Pod", "n": [1]});
        let output = Output::parse("jsonpath={.n[3]}", &flags(Format::Get)).unwrap();
        let printed = Printer::new(output, false).print(&object);
        let want = "error executing jsonpath \"{.n[3]}\": Error executing template: array index out of bounds: index 3, \
                    length 1. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{.n[3]}\n\
                    \tobject given to jsonpath engine was:\n\t\tmap[string]interface {}{\"kind\":\"Pod\", \
                    \"n\":[]interface {}{1}}\n\n\n";
        assert_eq!(printed, Printed { out: String::new(), error: Some(want.into()) });
    }

    #[test]
    fn lists_and_names() {
        let items = vec![
            json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}),
            json!({"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": {"name": "b", "managedFields": []}}),
        ];
        let all = list(items);
        assert_eq!(Printer::new(Output::Name, false).print(&all).out, "pod/a\nreplicaset.apps/b\n");
        let mut yaml = Printer::new(Output::Yaml, false);
        assert!(!yaml.print(&all).out.contains("managedFields"));
        assert!(yaml.print(&all).out.starts_with("---\n"));
    }

    /// Pieces that templates are made of, in any order.
    fn scraps() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "{", "}", "{{", "}}", "[", "]", "[?(", ")]", "..", ".a", ".items", "[*]", "[0]", "[-1:]", "@", "$",
            "range", "end", "if", "else", "with", "break", "\"", "'", "`", "x", "é", " ", "-", "=", "==", ":=", "|",
            "(", ")", ",", "\\", "\n", "%s", "printf", "index", "len", "$x", "1", "1.5", "/*", "*/",
        ]);
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_template_panics(text in scraps(), kind in prop::sample::select(vec!["jsonpath=", "go-template=", "custom-columns="])) {
            let object = json!({"kind": "List", "items": [{"a": [1, "x", null, {"a": true}]}, {"a": "y"}], "a": {"a": 1.5}});
            if let Ok(output) = Output::parse(&format!("{kind}{text}"), &flags(Format::Get)) {
                let _ = Printer::new(output, false).print(&object);
            }
        }

        #[test]
        fn deep_templates_end(depth in 0usize..3000, open in prop::sample::select(vec!["{{(", "{{if .a}}", "[?(@.a", "{range .items[*]}", "("])) {
            for kind in ["jsonpath={.items", "go-template={{"] {
                if let Ok(output) = Output::parse(&format!("{kind}{}", open.repeat(depth)), &flags(Format::Get)) {
                    let _ = Printer::new(output, false).print(&json!({"items": [{"a": 1}]}));
                }
            }
        }
    }
}
