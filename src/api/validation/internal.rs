//! A Pod's spec as the API server's own type of it prints: with every field, under Go's names and in Go's order.
// upstream: pkg/apis/core/types.go; its fields are those of v1 but for the few that are told here

use super::field::json;
use crate::api::schema::{Field, Kind, Type};
use crate::api::{ObjectExt, Value};

/// Words in which Go writes what JSON names begin with.
const WORDS: &[(&str, &str)] = &[
    ("dns", "DNS"),
    ("tty", "TTY"),
    ("ip", "IP"),
    ("os", "OS"),
    ("fc", "FC"),
    ("nfs", "NFS"),
    ("iscsi", "ISCSI"),
    ("rbd", "RBD"),
    ("csi", "CSI"),
    ("grpc", "GRPC"),
    ("http", "HTTP"),
    ("tcp", "TCP"),
    ("api", "API"),
    ("aws", "AWS"),
    ("gce", "GCE"),
    ("seLinux", "SELinux"),
    ("uid", "UID"),
    ("fs", "FS"),
    ("cephfs", "CephFS"),
    ("storageos", "StorageOS"),
];

/// Fields that stand in another place than in v1: `TYPE`, the field, and the one that it stands behind.
const MOVED: &[(&str, &str, &str)] = &[
    ("PodSpec", "setHostnameAsFQDN", "subdomain"),
    ("PodSpec", "preemptionPolicy", "priority"),
    ("PodSpec", "overhead", "runtimeClassName"),
    ("PodSpec", "enableServiceLinks", "overhead"),
    ("PodSecurityContext", "fsGroupChangePolicy", "fsGroup"),
    ("Volume", "quobyte", "rbd"),
];

/// v1's fields of the spec that are fields of its security context here.
const HOST_FIELDS: &[&str] = &["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"];

fn go_name(json: &str) -> String {
    let next_is_word = |rest: &str| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase());
    let word = WORDS.iter().find_map(|(from, to)| {
        json.strip_prefix(from).filter(|rest| next_is_word(rest)).map(|rest| [to, rest].concat())
    });
    word.unwrap_or_else(|| {
        let mut chars = json.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase()).unwrap_or_default();
        [first.to_string().as_str(), chars.as_str()].concat()
    })
}

fn fields(of: Type) -> Vec<Field> {
    let name = of.struct_name();
    let dropped = |f: &Field| name == "PodSpec" && (HOST_FIELDS.contains(&f.name()) || f.name() == "serviceAccount");
    let mut list: Vec<Field> = of.fields().filter(|f| !dropped(f)).collect();
    for (_, field, behind) in MOVED.iter().filter(|(of, _, _)| *of == name) {
        let Some(from) = list.iter().position(|f| f.name() == *field) else { continue };
        let moved = list.remove(from);
        let to = list.iter().position(|f| f.name() == *behind).map_or(from, |i| i + 1);
        list.insert(to, moved);
    }
    list
}

struct Printer {
    out: String,
    depth: usize,
    /// The spec's own type, where its security context's host fields come from.
    spec: Type,
}

/// The spec as indented JSON.
pub(super) fn print_pod_spec(spec: &Value) -> String {
    let Some(of) = Type::of("v1", "Pod").and_then(|pod| pod.field("spec")).map(Field::of) else {
        return String::new();
    };
    let mut spec = spec.clone();
    for name in HOST_FIELDS {
        if let Some(value) = spec.unset(name) {
            spec.set(&["securityContext.", name].concat(), value);
        }
    }
    let mut printer = Printer { out: String::new(), depth: 0, spec: of };
    printer.value(of, false, &spec);
    printer.out
}

impl Printer {
    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', self.depth));
    }

    fn block(&mut self, open: char, close: char, items: Vec<(String, Type, bool, &Value)>) {
        self.out.push(open);
        self.depth += 1;
        for (i, (name, of, pointer, value)) in items.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.line();
            if !name.is_empty() {
                self.out.push_str(&["\"", name, "\": "].concat());
            }
            self.value(*of, *pointer, value);
        }
        self.depth -= 1;
        if !items.is_empty() {
            self.line();
        }
        self.out.push(close);
    }

    fn value(&mut self, of: Type, pointer: bool, value: &Value) {
        match (of.kind(), value) {
            (Kind::Object, value) if !(value.is_null() && pointer) => self.object(of, value),
            (Kind::List, Value::Array(list)) => {
                let element = of.element().unwrap_or(of);
                self.block('[', ']', list.iter().map(|v| (String::new(), element, false, v)).collect());
            }
            (Kind::Map, Value::Object(map)) => {
                let element = of.element().unwrap_or(of);
                self.block('{', '}', map.iter().map(|(k, v)| (k.clone(), element, false, v)).collect());
            }
            (Kind::List | Kind::Map, _) => self.out.push_str("null"),
            (_, Value::Null) if pointer => self.out.push_str("null"),
            (Kind::Bool, Value::Null) => self.out.push_str("false"),
            (Kind::Quantity, Value::Null) => self.out.push_str("\"0\""),
            (Kind::String, Value::Null) => self.out.push_str("\"\""),
            (Kind::Int32 | Kind::Int64 | Kind::IntOrString, Value::Null) => self.out.push('0'),
            (_, other) => self.out.push_str(&json(other)),
        }
    }

    fn object(&mut self, of: Type, value: &Value) {
        let name = of.struct_name();
        // Selectors are of one type everywhere, which has JSON's names and leaves out what is empty.
        let shared = name.starts_with("LabelSelector");
        let mut items = Vec::new();
        if name == "PodSecurityContext" {
            items.extend(HOST_FIELDS.iter().filter_map(|n| self.spec.field(n)));
        }
        items.extend(fields(of));
        let entry = |field: Field| {
            let name = if shared { field.name().into() } else { go_name(field.name()) };
            (name, field.of(), field.pointer(), value.at(field.name()))
        };
        let kept = |f: &Field| !shared || !value.at(f.name()).is_null();
        self.block('{', '}', items.into_iter().filter(kept).map(entry).collect());
    }
}
