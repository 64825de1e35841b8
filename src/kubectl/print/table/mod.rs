//! The tables of `kubectl get`: which columns a kind has, and how kubectl dresses and lays them out.

mod cells;
mod columns;
mod network;
mod pod;
mod storage;
mod work;

use super::tabwriter::{TABLE, layout_remembering};
use super::text;
use crate::api::{ObjectExt, Resource, Value};
use crate::sim::Time;
use std::fmt::Write;

/// How a table is shown: `kubectl get`'s flags.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-o wide`
    pub wide: bool,
    /// `--show-labels`
    pub show_labels: bool,
    /// `-L`, the labels' keys in order.
    pub label_columns: Vec<String>,
    /// `--no-headers`
    pub no_headers: bool,
    /// A NAMESPACE column (`-A`, for kinds that have one).
    pub with_namespace: bool,
    /// Names with their kind: `pod/web`.
    pub with_kind: bool,
    /// An EVENT column with each object's watch event (`--output-watch-events`): `ADDED`, `MODIFIED`, `DELETED`.
    pub event: Option<&'static str>,
}

/// One kind's objects as rows of cells, ready to be laid out.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The headers.
    pub columns: Vec<String>,
    /// The cells, as many a row as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// The table of one kind's objects as they are at `now`.
// upstream: pkg/printers/internalversion/printers.go; cli-runtime/pkg/printers/tableprinter.go decorateTable
pub fn of(resource: &Resource, objects: &[&Value], options: &Options, now: Time) -> Table {
    let definitions: Vec<&str> = columns::of(resource).split('|').collect();
    let name_column = definitions.iter().position(|c| c.trim_start_matches('*') == "NAME");
    let shown: Vec<usize> =
        (0..definitions.len()).filter(|&i| options.wide || !definitions[i].starts_with('*')).collect();
    let mut table = Table::default();
    table.columns.extend(options.event.map(|_| "EVENT".to_string()));
    table.columns.extend(options.with_namespace.then(|| "NAMESPACE".to_string()));
    table.columns.extend(shown.iter().map(|&i| definitions[i].trim_start_matches('*').to_string()));
    table.columns.extend(options.label_columns.iter().map(|l| l.rsplit('/').next().unwrap_or("").to_uppercase()));
    table.columns.extend(options.show_labels.then(|| "LABELS".to_string()));
    for object in objects {
        let mut cells = cells::of(resource, object, now);
        cells.resize(definitions.len(), String::new());
        if let (true, Some(cell)) = (options.with_kind, name_column.and_then(|i| cells.get_mut(i))) {
            *cell = format!("{}/{cell}", prefix(resource));
        }
        let mut row: Vec<String> = Vec::with_capacity(table.columns.len());
        row.extend(options.event.map(|event| format!("{event:8}")));
        row.extend(options.with_namespace.then(|| object.namespace().to_string()));
        row.extend(shown.iter().filter_map(|&i| cells.get(i)).map(|cell| one_line(cell)));
        row.extend(options.label_columns.iter().map(|key| object.label(key).unwrap_or("").to_string()));
        row.extend(options.show_labels.then(|| text::labels(&object.labels())));
        table.rows.push(row);
    }
    table
}

/// `pod`, `replicaset.apps`
fn prefix(resource: &Resource) -> String {
    let kind = resource.kind.to_lowercase();
    if resource.group.is_empty() { kind } else { format!("{kind}.{}", resource.group) }
}

/// A cell up to its first line break.
// upstream: cli-runtime/pkg/printers/tableprinter.go printTable
fn one_line(cell: &str) -> String {
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(at) => format!("{}...", cell.get(..at).unwrap_or("")),
        None => cell.into(),
    }
}

impl Table {
    /// The lines as kubectl prints them; nothing, not even headers, where there are no rows.
    pub fn render(&self, no_headers: bool) -> String {
        self.render_remembering(no_headers, &mut None)
    }

    /// [`Table::render`] that keeps columns as wide as they were before, as a watch does.
    pub fn render_remembering(&self, no_headers: bool, widths: &mut Option<Vec<usize>>) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut text = String::new();
        if !no_headers {
            let _ = writeln!(text, "{}", self.columns.join("\t"));
        }
        for row in &self.rows {
            let _ = writeln!(text, "{}", row.join("\t"));
        }
        layout_remembering(&text, TABLE, widths)
    }
}

/// The tables of objects of several kinds: neighbours of one kind share a table, an empty line separates tables.
/// Empty where there is no object.
// upstream: kubectl/pkg/cmd/get/get.go GetOptions.Run
pub fn several(objects: &[(&'static Resource, &Value)], options: &Options, now: Time) -> String {
    let several_kinds = objects.iter().any(|(r, _)| objects.first().is_some_and(|(first, _)| first != r));
    let mut out = String::new();
    for group in objects.chunk_by(|a, b| a.0 == b.0) {
        let Some((resource, _)) = group.first() else { continue };
        let options = Options {
            with_kind: options.with_kind || several_kinds,
            with_namespace: options.with_namespace && resource.namespaced,
            ..options.clone()
        };
        if !out.is_empty() && !options.no_headers {
            out.push('\n');
        }
        let values: Vec<&Value> = group.iter().map(|(_, v)| *v).collect();
        out.push_str(&of(resource, &values, &options, now).render(options.no_headers));
    }
    out
}
