//! Tree of nodes → JSON value and the places of its fields, as go-yaml v2 and `sigs.k8s.io/yaml` convert it.

// upstream: go.yaml.in/yaml/v2 decode.go; sigs.k8s.io/yaml yaml.go YAMLToJSON

use super::resolve::{Scalar, resolve};
use super::span::{Field, Places, Spans};
use super::token::{Fault, Mark};
use super::tree::{Content, Tree};
use crate::collections::sort;
use serde_json::{Map, Number, Value};

/// What a document's nodes say.
pub(super) struct Decoded {
    pub value: Value,
    pub spans: Spans,
    /// Why the conversion fails, beyond what the parser found.
    pub fault: Option<Fault>,
    /// Whether `fault` comes from the step after YAML (no `yaml: ` before the text).
    pub after_yaml: bool,
    /// Keys that a strict decoder refuses: the text and where.
    pub duplicates: Vec<(String, Mark)>,
}

/// Converts one document.
pub(super) fn decode(tree: &Tree, places: &Places) -> Decoded {
    let mut decoder = Decoder {
        tree,
        places,
        out: Decoded {
            value: Value::Null,
            spans: Spans::default(),
            fault: None,
            after_yaml: false,
            duplicates: Vec::new(),
        },
        path: String::new(),
        key: None,
        aliases: Vec::new(),
        decoded: 0,
        from_aliases: 0,
        after: None,
    };
    if let Some(root) = tree.root {
        decoder.out.value = decoder.value(root);
    }
    decoder.out.after_yaml = decoder.out.fault.is_none();
    decoder.out.fault = decoder.out.fault.or(decoder.after);
    decoder.out
}

struct Decoder<'a> {
    tree: &'a Tree,
    places: &'a Places,
    out: Decoded,
    /// The field being read.
    path: String,
    /// Where its key is.
    key: Option<(Mark, Mark)>,
    /// Alias nodes being followed.
    aliases: Vec<usize>,
    decoded: usize,
    from_aliases: usize,
    /// What the step after YAML would refuse.
    after: Option<Fault>,
}

impl Decoder<'_> {
    fn fail(&mut self, message: String, mark: Mark) {
        if self.out.fault.is_none() {
            self.out.fault = Some(Fault::lineless(message, mark));
        }
    }
    fn fail_after_yaml(&mut self, message: String, mark: Mark) {
        if self.after.is_none() {
            self.after = Some(Fault::lineless(message, mark));
        }
    }

    /// Counts a node; too many out of aliases are refused.
    fn count(&mut self, mark: Mark) -> bool {
        self.decoded += 1;
        self.from_aliases += usize::from(!self.aliases.is_empty());
        let allowed = match self.decoded {
            ..=400_000 => 0.99,
            4_000_000.. => 0.10,
            n => 0.99 - 0.89 * ((n - 400_000) as f64 / 3_600_000.0),
        };
        let share = self.from_aliases as f64 / self.decoded as f64;
        if self.from_aliases > 100 && self.decoded > 1000 && share > allowed {
            self.fail("document contains excessive aliasing".into(), mark);
            return false;
        }
        true
    }

    fn value(&mut self, id: usize) -> Value {
        let node = &self.tree.nodes[id];
        let key = self.key.take();
        if !self.count(node.start) {
            return Value::Null;
        }
        if self.aliases.is_empty() {
            let field = Field {
                key: key.map(|(start, end)| self.places.span(start, end)),
                value: self.places.span(node.start, node.end),
            };
            self.out.spans.insert(self.path.clone(), field);
        }
        match &node.content {
            Content::Scalar(text, plain) => self.scalar(text, *plain, &node.tag, node.start),
            Content::Alias(target) => {
                if self.aliases.contains(&id) {
                    self.fail(format!("anchor '{}' value contains itself", node.tag), node.start);
                    return Value::Null;
                }
                self.aliases.push(id);
                let value = self.value(*target);
                self.aliases.pop();
                value
            }
            Content::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let length = self.path.len();
                    self.path.push_str(&format!("[{index}]"));
                    list.push(self.value(*item));
                    self.path.truncate(length);
                }
                Value::Array(list)
            }
            Content::Map(entries) => {
                let mut map = Map::new();
                self.map(entries, &mut map, &mut Vec::new());
                Value::Object(map)
            }
        }
    }

    /// Adds a mapping's entries to `map`; `seen` are the keys set so far.
    fn map(&mut self, entries: &[(usize, usize)], map: &mut Map<String, Value>, seen: &mut Vec<String>) {
        for (key, value) in entries {
            let node = &self.tree.nodes[*key];
            let is_merge = matches!(&node.content, Content::Scalar(text, plain)
                if text == "<<" && (*plain || node.tag == "tag:yaml.org,2002:merge"));
            if is_merge {
                self.merge(*value, map, seen);
                continue;
            }
            let length = self.path.len();
            let name = self.key_name(*key, *value);
            super::span::push_key(&mut self.path, name.as_deref().unwrap_or("?"));
            self.key = Some((node.start, node.end));
            let read = self.value(*value);
            self.path.truncate(length);
            if let Some(name) = name {
                if seen.contains(&name) {
                    let at = self.tree.nodes[*value].start;
                    let text = format!("line {}: key {} already set in map", at.line + 1, go_quote(&name));
                    self.out.duplicates.push((text, node.start));
                } else {
                    seen.push(name.clone());
                }
                map.insert(name, read);
            }
        }
    }

    /// `<<: VALUE`: the entries of a map or of a list of maps.
    fn merge(&mut self, id: usize, map: &mut Map<String, Value>, seen: &mut Vec<String>) {
        let tree = self.tree;
        let target = |id: usize| match &tree.nodes[id].content {
            Content::Alias(target) => *target,
            _ => id,
        };
        let sources = match &tree.nodes[id].content {
            // Earlier ones take precedence, so they come last.
            Content::List(items) => items.iter().rev().copied().collect(),
            _ => vec![id],
        };
        for source in sources {
            let alias = target(source) != source;
            let Content::Map(entries) = &tree.nodes[target(source)].content else {
                let at = tree.nodes[source].start;
                return self.fail("map merge requires map or sequence of maps as the value".into(), at);
            };
            if alias && self.aliases.contains(&source) {
                let at = tree.nodes[source].start;
                return self.fail(format!("anchor '{}' value contains itself", tree.nodes[source].tag), at);
            }
            if !self.count(tree.nodes[source].start) {
                return;
            }
            if alias {
                self.aliases.push(source);
            }
            self.map(entries, map, seen);
            if alias {
                self.aliases.pop();
            }
        }
    }

    /// A key as JSON needs it: a string. None, and a fault, if it can't be one.
    fn key_name(&mut self, id: usize, value: usize) -> Option<String> {
        let mut node = &self.tree.nodes[id];
        if let Content::Alias(target) = node.content {
            node = &self.tree.nodes[target];
        }
        let start = node.start;
        let Content::Scalar(text, plain) = &node.content else {
            // What is in it is decoded first, and may be refused itself.
            self.aliases.push(id);
            self.value(id);
            self.aliases.pop();
            let shown = self.go_syntax(id, 0);
            self.fail(format!("invalid map key: {shown}"), start);
            return None;
        };
        if !self.count(start) {
            return None;
        }
        match self.meaning(text, *plain, &node.tag, start)? {
            (Scalar::Null, _) => {
                let shown = self.go_syntax(value, 0);
                let shown = if shown == "interface {}(nil)" { "<nil>".into() } else { shown };
                let message = format!("unsupported map key of type: %!s(<nil>), key: <nil>, value: {shown}");
                self.fail_after_yaml(message, start);
                None
            }
            (Scalar::Bool(b), _) => Some(b.to_string()),
            (Scalar::Int(i), _) => Some(i.to_string()),
            (Scalar::Uint(u), _) => {
                let shown = self.go_syntax(value, 0);
                let message = format!("unsupported map key of type: uint64, key: {u:#x}, value: {shown}");
                self.fail_after_yaml(message, start);
                None
            }
            (Scalar::Float(f), _) if f.is_nan() => Some(".nan".into()),
            (Scalar::Float(f), _) if f.is_infinite() => Some(if f > 0.0 { ".inf" } else { "-.inf" }.into()),
            (Scalar::Float(f), _) => Some(super::order::go_float(f, true)),
            (_, text) => Some(text),
        }
    }

    /// What a scalar means, its tag considered.
    fn meaning(&mut self, text: &str, plain: bool, tag: &str, at: Mark) -> Option<(Scalar, String)> {
        let text_of = |s: &str| Some((Scalar::Text, s.to_string()));
        let short = match tag.strip_prefix("tag:yaml.org,2002:") {
            None if tag.is_empty() && plain => return Some((resolve(text, true), text.into())),
            None => return text_of(text),
            Some(short) => short,
        };
        let found = match short {
            "binary" => {
                return match data_encoding::BASE64.decode(text.replace(['\n', '\r'], "").as_bytes()) {
                    Ok(bytes) => text_of(&String::from_utf8_lossy(&bytes)),
                    Err(_) => {
                        self.fail("!!binary value contains invalid base64 data".into(), at);
                        None
                    }
                };
            }
            "bool" | "int" | "float" | "null" => resolve(text, false),
            "timestamp" => resolve(text, true),
            _ => return text_of(text),
        };
        match (short, &found) {
            ("float", Scalar::Int(i)) => Some((Scalar::Float(*i as f64), text.into())),
            _ if found.tag()[2..] == *short => Some((found, text.into())),
            _ => {
                self.fail(format!("cannot decode {} `{text}` as a !!{short}", found.tag()), at);
                None
            }
        }
    }

    fn scalar(&mut self, text: &str, plain: bool, tag: &str, at: Mark) -> Value {
        match self.meaning(text, plain, tag, at) {
            None | Some((Scalar::Null, _)) => Value::Null,
            Some((Scalar::Bool(b), _)) => Value::Bool(b),
            Some((Scalar::Int(i), _)) => Value::from(i),
            Some((Scalar::Uint(u), _)) => Value::from(u as f64),
            Some((Scalar::Float(f), _)) if !f.is_finite() => {
                let shown = if f.is_nan() {
                    "NaN"
                } else if f > 0.0 {
                    "+Inf"
                } else {
                    "-Inf"
                };
                self.fail_after_yaml(format!("json: unsupported value: {shown}"), at);
                Value::Null
            }
            Some((Scalar::Float(f), _)) => json_float(f),
            Some((_, text)) => Value::String(text),
        }
    }

    /// Go's `%#v` of a node's value, for the rare faults that print it.
    fn go_syntax(&mut self, id: usize, depth: usize) -> String {
        let node = &self.tree.nodes[id];
        match &node.content {
            _ if depth > 20 => "...".into(),
            Content::Alias(target) => self.go_syntax(*target, depth + 1),
            Content::List(items) => {
                let items: Vec<String> = items.iter().map(|i| self.go_syntax(*i, depth + 1)).collect();
                format!("[]interface {{}}{{{}}}", items.join(", "))
            }
            Content::Map(entries) => {
                let mut shown: Vec<String> = entries
                    .iter()
                    .map(|(k, v)| format!("{}:{}", self.go_syntax(*k, depth + 1), self.go_syntax(*v, depth + 1)))
                    .collect();
                sort(&mut shown);
                format!("map[interface {{}}]interface {{}}{{{}}}", shown.join(", "))
            }
            Content::Scalar(text, plain) => match self.meaning(text, *plain, &node.tag, node.start) {
                None | Some((Scalar::Null, _)) => "interface {}(nil)".into(),
                Some((Scalar::Bool(b), _)) => b.to_string(),
                Some((Scalar::Int(i), _)) => i.to_string(),
                Some((Scalar::Uint(u), _)) => format!("{u:#x}"),
                Some((Scalar::Float(f), _)) => super::order::go_float(f, false),
                Some((_, text)) => go_quote(&text),
            },
        }
    }
}

/// A float after a way through JSON, where whole numbers lose their point.
fn json_float(float: f64) -> Value {
    if float.fract() == 0.0 && float.abs() < 9.2e18 {
        return Value::from(float as i64);
    }
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}

/// Go's `%q`, for the printable rest of what a key can be.
fn go_quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
