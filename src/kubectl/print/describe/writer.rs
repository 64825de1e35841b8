//! A description in the making: lines of tab-separated cells, indented by levels of two blanks.

use crate::api::{ObjectExt, Value};
use crate::kubectl::print::tabwriter::{DESCRIPTION, layout};
use crate::kubectl::print::text::{NONE, or, plain};
use crate::sim::Time;
use std::fmt::{self, Write};

/// What is never shown among annotations.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Longer annotations are cut, in bytes.
const MAX_ANNOTATION: usize = 140;

/// The text so far.
// upstream: kubectl/pkg/describe/describe.go prefixWriter
pub struct Description {
    text: String,
    /// What ages are counted from.
    pub now: Time,
}

/// One line, `level` deep: `line!(d, 1, "{}:\t{}", key, value)`.
macro_rules! line {
    ($d:expr, $level:expr, $($format:tt)*) => {
        $d.line($level, format_args!($($format)*))
    };
}
pub(super) use line;

impl Description {
    /// An empty one.
    pub fn new(now: Time) -> Self {
        Self { text: String::new(), now }
    }

    /// The text with its columns laid out.
    pub fn finish(self) -> String {
        layout(&self.text, DESCRIPTION)
    }

    /// The text with its tabs.
    pub fn unaligned(self) -> String {
        self.text
    }

    /// One line, `level` deep.
    pub fn line(&mut self, level: usize, text: fmt::Arguments) {
        self.text.extend(std::iter::repeat_n("  ", level));
        let _ = writeln!(self.text, "{text}");
    }

    /// `TITLE:⇥VALUE`
    pub fn field(&mut self, level: usize, title: &str, value: impl fmt::Display) {
        line!(self, level, "{title}:\t{value}");
    }

    /// A field of each path that holds something.
    pub fn fields(&mut self, level: usize, object: &Value, paths: &[(&str, &str)]) {
        for (title, path) in paths {
            let value = object.at(path);
            if !value.is_null() && value != "" {
                self.field(level, title, plain(value));
            }
        }
    }

    /// A field for each path, with `missing` where there is nothing.
    pub fn fields_or(&mut self, level: usize, object: &Value, missing: &str, paths: &[(&str, &str)]) {
        for (title, path) in paths {
            self.field(level, title, or(&plain(object.at(path)), missing));
        }
    }

    /// `Name:` and `Namespace:`
    pub fn name(&mut self, object: &Value) {
        self.field(0, "Name", object.name());
        self.field(0, "Namespace", object.namespace());
    }

    /// `Labels:` and `Annotations:`
    pub fn metadata(&mut self, object: &Value) {
        self.pairs("Labels", &object.labels());
        self.annotations("Annotations", object);
    }

    /// A field of several lines: the first beside the title, the others under it.
    pub fn several(&mut self, title: &str, values: &[String]) {
        for (i, value) in values.iter().enumerate() {
            let head = if i == 0 { title } else { "" };
            let colon = if i == 0 { ":" } else { "" };
            line!(self, 0, "{head}{colon}\t{value}");
        }
        if values.is_empty() {
            self.field(0, title, NONE);
        }
    }

    /// `TITLE:⇥k=v`, a pair a line.
    // upstream: kubectl/pkg/describe/describe.go printLabelsMultiline
    pub fn pairs(&mut self, title: &str, pairs: &[(&str, &str)]) {
        let values: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
        self.several(title, &values);
    }

    /// An object's annotations, long ones cut.
    // upstream: kubectl/pkg/describe/describe.go printAnnotationsMultiline
    pub fn annotations(&mut self, title: &str, object: &Value) {
        let mut values = Vec::new();
        for (key, value) in object.pairs_at("metadata.annotations") {
            if key == LAST_APPLIED {
                continue;
            }
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 <= MAX_ANNOTATION && !value.contains('\n') {
                values.push(format!("{key}: {value}"));
                continue;
            }
            let lines = value.split('\n').map(|l| format!("\n\t  {}", shorten(l)));
            values.push(format!("{key}:{}", lines.collect::<String>()));
        }
        self.several(title, &values);
    }

    /// A field of a point in time.
    pub fn time(&mut self, level: usize, title: &str, object: &Value, path: &str) {
        self.field(level, title, time(object.str_at(path)));
    }

    /// [`Description::time`] if the object says it.
    pub fn time_if(&mut self, level: usize, title: &str, object: &Value, path: &str) {
        if !object.str_at(path).is_empty() {
            self.time(level, title, object, path);
        }
    }

    /// A heading, column titles and dashes under them.
    pub fn heading(&mut self, level: usize, titles: &[&str]) {
        line!(self, level, "{}", titles.join("\t"));
        let dashes: Vec<String> = titles.iter().map(|t| "-".repeat(t.chars().count())).collect();
        line!(self, level, "{}", dashes.join("\t"));
    }

    /// `Conditions:` with their status and reason.
    pub fn conditions(&mut self, object: &Value) {
        let conditions = object.list_at("status.conditions");
        if conditions.is_empty() {
            return;
        }
        line!(self, 0, "Conditions:");
        self.heading(1, &["Type", "Status", "Reason"]);
        for c in conditions {
            line!(self, 1, "{} \t{}\t{}", c.str_at("type"), c.str_at("status"), c.str_at("reason"));
        }
    }
}

/// A timestamp as descriptions show it.
pub fn time(timestamp: &str) -> String {
    match Time::parse(timestamp) {
        Some(t) => t.rfc1123z(),
        None if timestamp.is_empty() => "Mon, 01 Jan 0001 00:00:00 +0000".into(),
        None => timestamp.into(),
    }
}

fn shorten(text: &str) -> String {
    match text.get(..MAX_ANNOTATION - 2) {
        Some(start) if text.len() > MAX_ANNOTATION - 2 => format!("{start}..."),
        _ => text.into(),
    }
}
