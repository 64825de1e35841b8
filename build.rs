//! Turns the API server's schema (`src/api/openapi-fields.json`: fields, merge keys, enumerations) and what Go's types
//! add to it (`src/api/schema/go-fields.tsv`: pointers, named types) into the compact table of `api::schema`.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "build/prose.rs"]
mod prose;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Kinds that are no resource of their own, but are sent or answered.
const MORE_KINDS: [&str; 5] = [
    "autoscaling/v1/Scale",
    "v1/DeleteOptions",
    "policy/v1/Eviction",
    "v1/Status",
    "authentication.k8s.io/v1/TokenRequest",
];

/// Types that decode themselves, and plain ones: the order of `schema::Kind`, to which these indices belong.
const PLAIN: [&str; 13] = [
    "string",
    "bool",
    "int32",
    "int64",
    "float64",
    "[]uint8",
    "resource.Quantity",
    "intstr.IntOrString",
    "v1.Time",
    "v1.MicroTime",
    "v1.Duration",
    "runtime.RawExtension",
    "v1.FieldsV1",
];

fn main() {
    for path in [
        "src/api/openapi-fields.json",
        "src/api/schema/go-fields.tsv",
        "src/api/resource.rs",
        "build.rs",
        "build/prose.rs",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    let openapi = std::fs::read_to_string("src/api/openapi-fields.json").expect("openapi-fields.json");
    let openapi: Value = serde_json::from_str(&openapi).expect("openapi-fields.json");
    let go = std::fs::read_to_string("src/api/schema/go-fields.tsv").expect("go-fields.tsv");
    let wanted = wanted_kinds(&openapi["kinds"]);
    let mut table = Table::new(&go, &openapi["schemas"]);
    table.top = wanted.iter().map(|(_, schema)| schema.clone()).collect();
    let mut kinds = String::new();
    for (kind, schema) in wanted {
        let index = table.object(&schema);
        let name = table.names.add(&kind);
        writeln!(kinds, "({name}, {index}),").expect("a string");
    }
    let out = std::env::var("OUT_DIR").expect("OUT_DIR");
    std::fs::write(format!("{out}/schema.rs"), table.print(&kinds)).expect("schema.rs");
    // `static/post-build.mjs` puts it beside the editor.
    std::fs::write(format!("{out}/editor-schema.json"), prose::editor(&table.field_places))
        .expect("editor-schema.json");
    std::fs::write(format!("{out}/prose.rs"), prose::print(&table.type_places, &table.field_places)).expect("prose.rs");
}

/// `apps/v1/ReplicaSet` → its schema's name, for every served resource and [`MORE_KINDS`].
fn wanted_kinds(known: &Value) -> Vec<(String, String)> {
    let resources = std::fs::read_to_string("src/api/resource.rs").expect("resource.rs");
    let mut kinds: Vec<String> = MORE_KINDS.map(String::from).to_vec();
    // A resource's line: `SERVICES: "" "v1" "Service" …;`
    for line in resources.lines().filter(|l| l.trim_end().ends_with(';') && l.contains(": \"")) {
        let words: Vec<&str> = line.split('"').collect();
        if let [_, group, _, version, _, kind, ..] = words[..] {
            let slash = if group.is_empty() { "" } else { "/" };
            kinds.push(format!("{group}{slash}{version}/{kind}"));
        }
    }
    kinds.sort();
    let schema = |kind: &String| match known[kind].as_str() {
        Some(schema) => schema.to_string(),
        // A kind that the OpenAPI facts leave out: `storage.k8s.io/v1/StorageClass` → `io.k8s.api.storage.v1.StorageClass`
        None => {
            let parts: Vec<&str> = kind.split('/').collect();
            let group = parts[0].split('.').next().unwrap_or("");
            format!("io.k8s.api.{group}.{}", parts[1..].join("."))
        }
    };
    kinds.iter().map(|k| (k.clone(), schema(k))).collect()
}

/// All names in one string, each once: a name is (offset, length).
#[derive(Default)]
struct Names(String);

impl Names {
    fn add(&mut self, name: &str) -> String {
        let offset = self.0.find(name).unwrap_or_else(|| {
            self.0.push_str(name);
            self.0.len() - name.len()
        });
        assert!(offset < 65536 && name.len() < 256, "the name table is full");
        format!("Name({offset}, {})", name.len())
    }
}

/// The schema of a type that decodes itself; empty for Go's own.
fn plain_schema(text: &str) -> &'static str {
    match text {
        "resource.Quantity" => "io.k8s.apimachinery.pkg.api.resource.Quantity",
        "intstr.IntOrString" => "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        "v1.Time" => "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
        "v1.MicroTime" => "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
        "runtime.RawExtension" => "io.k8s.apimachinery.pkg.runtime.RawExtension",
        "v1.FieldsV1" => "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
        _ => "",
    }
}

struct GoType<'a> {
    text: &'a str,
    fields: Vec<&'a str>,
}

struct Table<'a> {
    go: BTreeMap<&'a str, GoType<'a>>,
    /// `v1.Protocol` → `string`
    named: BTreeMap<&'a str, &'a str>,
    openapi: &'a Value,
    /// Schemas with `apiVersion` and `kind`.
    top: Vec<String>,
    names: Names,
    /// Type expression, the package it was written in → index in `types`.
    indices: BTreeMap<String, usize>,
    types: Vec<String>,
    fields: Vec<String>,
    /// Rare facts about a field: merge keys, enumerations.
    merges: Vec<String>,
    enums: Vec<String>,
    words: Vec<String>,
    /// The schema of each type, and the schema and name of each field: where their prose is found.
    type_places: Vec<(String, String)>,
    field_places: Vec<(String, String)>,
}

impl<'a> Table<'a> {
    fn new(go: &'a str, openapi: &'a Value) -> Self {
        let mut table = Self {
            go: BTreeMap::new(),
            named: BTreeMap::new(),
            openapi,
            top: Vec::new(),
            names: Names::default(),
            indices: BTreeMap::new(),
            types: Vec::new(),
            fields: Vec::new(),
            merges: Vec::new(),
            enums: Vec::new(),
            words: Vec::new(),
            type_places: Vec::new(),
            field_places: Vec::new(),
        };
        for line in go.lines().filter(|l| !l.starts_with('#')) {
            let parts: Vec<&str> = line.split('\t').collect();
            match parts[..] {
                ["type", name, what] => _ = table.named.insert(name, what),
                [schema, text, fields] => {
                    let fields = fields.split(' ').filter(|f| !f.is_empty()).collect();
                    table.go.insert(schema, GoType { text, fields });
                }
                _ => panic!("go-fields.tsv: {line}"),
            }
        }
        for plain in PLAIN {
            let index = table.plain(plain, plain);
            table.indices.insert(plain.into(), index);
        }
        table
    }

    /// A type that holds no other.
    fn plain(&mut self, what: &str, text: &str) -> usize {
        let kind = PLAIN.iter().position(|p| *p == what).unwrap_or_else(|| panic!("unknown type {what}"));
        self.add(kind, 0, 0, 0, text)
    }
    fn add(&mut self, kind: usize, of: usize, first: usize, count: usize, text: &str) -> usize {
        let name = self.names.add(text);
        self.types.push(format!(
            "TypeData {{ kind: {kind}, of: {of}, first: {first}, count: {count}, atomic: false, name: {name} }},"
        ));
        self.type_places.push((plain_schema(text).into(), String::new()));
        self.types.len() - 1
    }

    /// The index of a Go type expression that stands in a field of the schema `within`.
    fn type_of(&mut self, text: &str, within: &str) -> usize {
        if let Some(index) = self.indices.get(text) {
            return *index;
        }
        if let Some(schema) = self.schema_of(text, within) {
            return self.object(&schema);
        }
        let what = self.named.get(text).copied().unwrap_or(text);
        let index = if PLAIN.contains(&what) {
            self.plain(what, text)
        } else if let Some(of) = what.strip_prefix("[]") {
            let of = self.type_of(of, within);
            self.add(14, of, 0, 0, text)
        } else if let Some((_, of)) = what.split_once(']').filter(|(key, _)| key.starts_with("map[")) {
            let of = self.type_of(of, within);
            self.add(15, of, 0, 0, text)
        } else {
            panic!("{within}: unknown type {text}")
        };
        // `v1.EndpointPort` means another type in another package, so lists and maps of objects aren't shared blindly.
        if !text.contains("EndpointPort") {
            self.indices.insert(text.into(), index);
        }
        index
    }

    /// The schema that a struct's name means: one of the same package, or else the only one.
    fn schema_of(&self, text: &str, within: &str) -> Option<String> {
        let package = within.rsplit_once('.').map_or("", |(package, _)| package);
        let candidates = || self.go.iter().filter(|(_, go)| go.text == text);
        let same = candidates().find(|(schema, _)| schema.rsplit_once('.').is_some_and(|(p, _)| p == package));
        same.or_else(|| candidates().next()).map(|(schema, _)| schema.to_string())
    }

    /// The index of an object's type.
    fn object(&mut self, schema: &str) -> usize {
        if let Some(index) = self.indices.get(schema) {
            return *index;
        }
        let text = self.go.get(schema).unwrap_or_else(|| panic!("no Go type for {schema}")).text;
        // The place is taken first: types may hold themselves.
        let index = self.add(13, 0, 0, 0, text);
        self.indices.insert(schema.into(), index);
        let mut fields: Vec<String> = self.go[schema].fields.iter().map(|f| f.to_string()).collect();
        if self.top.iter().any(|top| top == schema) {
            fields.insert(0, "apiVersion@TypeMeta:string".into());
            fields.insert(0, "kind@TypeMeta:string".into());
        }
        let types: Vec<usize> =
            fields.iter().map(|f| self.type_of(f.split_once(':').expect("a type").1, schema)).collect();
        let first = self.fields.len();
        for (field, of) in fields.iter().zip(types) {
            self.field(field, of, &self.openapi[schema]);
            let name = field.split([':', '@']).next().unwrap_or("").trim_end_matches(['*', '!']);
            self.field_places.push((schema.into(), name.into()));
        }
        let name = self.names.add(text);
        let count = fields.len();
        let atomic = self.openapi[schema]["x-kubernetes-map-type"] == "atomic";
        self.type_places[index].0 = schema.into();
        self.types[index] =
            format!("TypeData {{ kind: 13, of: 0, first: {first}, count: {count}, atomic: {atomic}, name: {name} }},");
        index
    }

    fn field(&mut self, field: &str, of: usize, schema: &Value) {
        let head = field.split(':').next().unwrap_or("");
        let (head, embedded) = head.split_once('@').unwrap_or((head, ""));
        let name = head.trim_end_matches(['*', '!']);
        let facts = &schema["properties"][name];
        let required = schema["required"].as_array().is_some_and(|list| list.iter().any(|r| r == name));
        let flags = usize::from(head.contains('*'))
            | usize::from(head.contains('!')) << 1
            | usize::from(required) << 2
            | usize::from(facts["x-kubernetes-map-type"] == "atomic") << 3;
        let index = self.fields.len();
        self.merge(index, facts);
        let values = facts["enum"].as_array().or(facts["items"]["enum"].as_array());
        if let Some(values) = values {
            let (first, count) = (self.words.len(), values.len());
            for value in values {
                let word = self.names.add(value.as_str().unwrap_or(""));
                self.words.push(word + ",");
            }
            self.enums.push(format!("({index}, {first}, {count}),"));
        }
        let (name, embedded) = (self.names.add(name), self.names.add(embedded));
        self.fields.push(format!("FieldData {{ name: {name}, of: {of}, flags: {flags}, embedded: {embedded} }},"));
    }

    fn merge(&mut self, index: usize, facts: &Value) {
        let text = |key: &str| facts[key].as_str().unwrap_or("").to_string();
        let (strategy, list) = (text("x-kubernetes-patch-strategy"), text("x-kubernetes-list-type"));
        if strategy.is_empty() && list.is_empty() {
            return;
        }
        let keys: Vec<&str> = facts["x-kubernetes-list-map-keys"]
            .as_array()
            .map_or(Vec::new(), |a| a.iter().filter_map(Value::as_str).collect());
        let (first, count) = (self.words.len(), keys.len());
        for key in &keys {
            let word = self.names.add(key);
            self.words.push(word + ",");
        }
        let key = self.names.add(&text("x-kubernetes-patch-merge-key"));
        let strategy = usize::from(strategy.contains("merge")) | usize::from(strategy.contains("retainKeys")) << 1;
        let list = ["", "atomic", "set", "map"].iter().position(|l| *l == list).expect("a list type");
        self.merges
            .push(format!("MergeData {{ field: {index}, key: {key}, strategy: {strategy}, list: {list}, first: {first}, count: {count} }},"));
    }

    fn print(&self, kinds: &str) -> String {
        let mut out = format!("static NAMES: &str = {:?};\n", self.names.0);
        let mut list = |name: &str, of: &str, items: &str| {
            writeln!(out, "static {name}: &[{of}] = &[\n{items}];").expect("a string");
        };
        let lines = |items: &[String]| items.join("\n");
        list("KINDS", "(Name, u16)", kinds);
        list("TYPES", "TypeData", &lines(&self.types));
        list("FIELDS", "FieldData", &lines(&self.fields));
        list("MERGES", "MergeData", &lines(&self.merges));
        list("ENUMS", "(u16, u16, u8)", &lines(&self.enums));
        list("WORDS", "Name", &lines(&self.words));
        out
    }
}
