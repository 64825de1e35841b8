//! `-o custom-columns`: a table whose columns the user names.

use super::jsonpath::JsonPath;
use super::tabwriter::{TABLE, layout};
use super::{go, output};
use crate::api::Value;

/// Headers and paths.
// upstream: kubectl/pkg/cmd/get/customcolumn.go CustomColumnsPrinter
#[derive(Clone, Debug)]
pub struct Columns {
    columns: Vec<(String, String)>,
    no_headers: bool,
}

impl Columns {
    /// `NAME:.metadata.name,PORT:.spec.ports[0].port`
    pub fn parse(spec: &str, no_headers: bool) -> Result<Self, String> {
        let column = |part: &str| match part.split_once(':') {
            Some((header, path)) => Ok((header.into(), JsonPath::relaxed(path)?)),
            None => Err(format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")),
        };
        Ok(Self { columns: spec.split(',').map(column).collect::<Result<_, String>>()?, no_headers })
    }

    /// A file with a line of headers and a line of paths.
    pub fn parse_file(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let mut words = |which: &str| match lines.next() {
            Some(line) => Ok(line.split_whitespace().collect::<Vec<_>>()),
            None => Err(format!(
                "invalid template, missing {which} line. Expected format is one line of space separated headers, one \
                 line of space separated column specs."
            )),
        };
        let (headers, specs) = (words("header")?, words("spec")?);
        if headers.len() != specs.len() {
            return Err(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                specs.len()
            ));
        }
        let columns = headers.into_iter().zip(specs);
        let columns =
            columns.map(|(h, s)| Ok((h.to_string(), JsonPath::relaxed(s)?))).collect::<Result<_, String>>()?;
        Ok(Self { columns, no_headers: false })
    }

    /// The table of one object or of a list's items; with headers if `first`.
    pub fn print(&self, object: &Value, first: bool) -> Result<String, String> {
        let mut text = String::new();
        if !self.no_headers && first {
            text.push_str(&self.columns.iter().map(|(header, _)| header.as_str()).collect::<Vec<_>>().join("\t"));
            text.push('\n');
        }
        let parsers = self.columns.iter().map(|(_, path)| JsonPath::parse(path)).collect::<Result<Vec<_>, _>>()?;
        for item in output::items(object) {
            let mut cells = Vec::with_capacity(parsers.len());
            for parser in &parsers {
                let found = parser.find(item)?;
                let none = found.first().is_none_or(Vec::is_empty).then(|| "<none>".to_string());
                let values = found.iter().flatten().map(|v| go::sprint(v));
                cells.push(none.into_iter().chain(values).collect::<Vec<_>>().join(","));
            }
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        Ok(layout(&text, TABLE))
    }
}
