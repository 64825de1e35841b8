//! Walking a tree by a template.

use super::{Node, Param};
use crate::api::Value;
use crate::kubectl::print::go;
use std::borrow::Cow;

type Values<'a> = Vec<Cow<'a, Value>>;

/// Ranges within each other; upstream has no bound, and ends for want of memory.
const MAX_RANGES: usize = 100;

/// One run of a template over an object.
pub struct Evaluation<'a> {
    nodes: &'a [Node],
    allow_missing_keys: bool,
    /// Ranges begun in the piece just walked, ranges around it, ends met.
    begin: usize,
    inside: usize,
    end: usize,
    last_end: Option<usize>,
    /// Whether the step that failed last had anything to work on.
    failed_on_something: bool,
}

impl<'a> Evaluation<'a> {
    /// A run that has not begun.
    pub fn new(nodes: &'a [Node], allow_missing_keys: bool) -> Self {
        Self { nodes, allow_missing_keys, begin: 0, inside: 0, end: 0, last_end: None, failed_on_something: false }
    }

    /// The results of each piece from `start` on, up to the end of the range around it.
    // upstream: client-go/util/jsonpath/jsonpath.go FindResults
    pub fn find(&mut self, start: usize, object: Cow<'a, Value>) -> Result<Vec<Values<'a>>, String> {
        let current = vec![object];
        let mut all = Vec::new();
        let mut i = start;
        while let Some(node) = self.nodes.get(i) {
            let results = self.walk(&current, node)?;
            if self.end > 0 && self.end <= self.inside {
                self.end -= 1;
                self.last_end = Some(i);
                break;
            }
            if self.begin == 0 {
                all.push(results);
                i += 1;
                continue;
            }
            self.begin -= 1;
            self.inside += 1;
            if self.inside > MAX_RANGES {
                return Err("too many ranges within each other".into());
            }
            if results.is_empty() {
                // The pieces inside are walked all the same, to find the end.
                self.find(i + 1, Cow::Owned(Value::Null))?;
            }
            for value in results {
                all.extend(self.find(i + 1, value)?);
            }
            self.inside -= 1;
            i = self.last_end.filter(|end| *end > i).unwrap_or(i) + 1;
        }
        Ok(all)
    }

    fn walk(&mut self, input: &[Cow<'a, Value>], node: &'a Node) -> Result<Values<'a>, String> {
        match node {
            Node::List(steps) => self.list(input, steps),
            Node::Text(text) => Ok(vec![Cow::Owned(Value::from(text.as_str()))]),
            Node::Constant(value) => Ok(input.iter().map(|_| Cow::Borrowed(value)).collect()),
            Node::Field(name) => self.field(input, name),
            Node::Array(params) => array(input, params),
            Node::Wildcard => Ok(input.iter().flat_map(children).collect()),
            Node::Recursive => Ok(recursive(input)),
            Node::Filter { left, operator, right } => self.filter(input, left, operator, right),
            Node::Union(lists) => {
                let mut all = Vec::new();
                for list in lists {
                    all.extend(self.list(input, list)?);
                }
                Ok(all)
            }
            Node::Identifier(name) => match name.as_str() {
                "range" => {
                    self.begin += 1;
                    Ok(input.to_vec())
                }
                "end" if self.inside > 0 => {
                    self.end += 1;
                    Ok(Vec::new())
                }
                "end" => Err("not in range, nothing to end".into()),
                _ => Err(format!("unrecognized identifier {name}")),
            },
        }
    }

    fn list(&mut self, input: &[Cow<'a, Value>], steps: &'a [Node]) -> Result<Values<'a>, String> {
        let mut current = input.to_vec();
        for step in steps {
            let result = self.walk(&current, step);
            if result.is_err() {
                self.failed_on_something = !current.is_empty();
            }
            current = result?;
        }
        Ok(current)
    }

    fn field(&self, input: &[Cow<'a, Value>], name: &str) -> Result<Values<'a>, String> {
        let results: Values = input.iter().filter_map(|value| member(value, name)).collect();
        if results.is_empty() && !input.is_empty() && !self.allow_missing_keys {
            return Err(format!("{name} is not found"));
        }
        Ok(results)
    }

    // upstream: client-go/util/jsonpath/jsonpath.go evalFilter
    fn filter(
        &mut self,
        input: &[Cow<'a, Value>],
        left: &'a [Node],
        operator: &str,
        right: &'a [Node],
    ) -> Result<Values<'a>, String> {
        let mut results = Vec::new();
        for value in input {
            if !value.is_array() {
                let shown = if value.is_null() { "<invalid reflect.Value>".into() } else { go::sprint(value) };
                return Err(format!("{shown} is not array or slice and cannot be filtered"));
            }
            for item in children(value) {
                let here = [item.clone()];
                let lefts = self.list(&here, left);
                if operator == "exists" {
                    // Upstream looks at what it has got so far, even where something is wrong.
                    if lefts.map_or(self.failed_on_something, |l| !l.is_empty()) {
                        results.push(item);
                    }
                    continue;
                }
                let Some(a) = only(lefts?)? else { continue };
                let Some(b) = only(self.list(&here, right)?)? else { continue };
                if compare(&a, operator, &b)? {
                    results.push(item);
                }
            }
        }
        Ok(results)
    }
}

fn only(mut values: Values<'_>) -> Result<Option<Cow<'_, Value>>, String> {
    if values.len() > 1 {
        return Err("can only compare one element at a time".into());
    }
    Ok(values.pop())
}

fn member<'a>(value: &Cow<'a, Value>, name: &str) -> Option<Cow<'a, Value>> {
    match value {
        Cow::Borrowed(value) => value.as_object()?.get(name).map(Cow::Borrowed),
        Cow::Owned(value) => value.as_object()?.get(name).cloned().map(Cow::Owned),
    }
}

/// A tree's direct members, a map's by key.
fn children<'a>(value: &Cow<'a, Value>) -> Values<'a> {
    match value {
        Cow::Borrowed(Value::Array(list)) => list.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(map)) => map.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Array(list)) => list.iter().cloned().map(Cow::Owned).collect(),
        Cow::Owned(Value::Object(map)) => map.values().cloned().map(Cow::Owned).collect(),
        _ => Vec::new(),
    }
}

fn recursive<'a>(input: &[Cow<'a, Value>]) -> Values<'a> {
    let mut result = Vec::new();
    for value in input {
        let inner = children(value);
        if !inner.is_empty() {
            result.push(value.clone());
            result.extend(recursive(&inner));
        }
    }
    result
}

// upstream: client-go/util/jsonpath/jsonpath.go evalArray
fn array<'a>(input: &[Cow<'a, Value>], params: &[Param; 3]) -> Result<Values<'a>, String> {
    let mut result = Vec::new();
    for value in input.iter().filter(|v| !v.is_null()) {
        if !value.is_array() {
            return Err(format!("{} is not array or slice", go::type_name(value)));
        }
        let items = children(value);
        let length = items.len() as i64;
        let [mut start, mut end, step] = *params;
        if start.value < 0 {
            start.value += length;
        }
        if !end.known {
            end.value = length;
        }
        if end.value < 0 || (end.value == 0 && end.derived) {
            end.value += length;
        }
        if end.value == start.value {
            return Ok(result);
        }
        let bounds = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
        if start.value >= length || start.value < 0 {
            return bounds(start.value);
        }
        if end.value > length || end.value < 0 {
            return bounds(end.value - 1);
        }
        if start.value > end.value {
            return Err(format!("starting index {} is greater than ending index {}", start.value, end.value));
        }
        if step.known && step.value <= 0 {
            return Err("step must be > 0".into());
        }
        let step = if step.known { step.value as usize } else { 1 };
        let count = (end.value - start.value) as usize;
        result.extend(items.into_iter().skip(start.value as usize).take(count).step_by(step));
    }
    Ok(result)
}

/// Go templates' comparison of two scalars of one kind.
// upstream: client-go/third_party/forked/golang/template/funcs.go
fn compare(a: &Value, operator: &str, b: &Value) -> Result<bool, String> {
    use std::cmp::Ordering::{Equal, Less};
    if !matches!(operator, "<" | ">" | "==" | "!=" | "<=" | ">=") {
        return Err(format!("unrecognized filter operator {operator}"));
    }
    let order = match (a, b) {
        (Value::Bool(a), Value::Bool(b)) if matches!(operator, "==" | "!=") => a.cmp(b),
        (Value::Bool(_), Value::Bool(_)) => return Err("invalid type for comparison".into()),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(x), Value::Number(y)) => match (x.as_i64(), y.as_i64(), x.as_f64(), y.as_f64()) {
            (Some(x), Some(y), ..) => x.cmp(&y),
            (None, None, Some(x), Some(y)) => x.partial_cmp(&y).unwrap_or(Less),
            _ => return Err("incompatible types for comparison".into()),
        },
        (a, b) if [a, b].iter().any(|v| v.is_null() || v.is_array() || v.is_object()) => {
            return Err("invalid type for comparison".into());
        }
        _ => return Err("incompatible types for comparison".into()),
    };
    Ok(match operator {
        "<" => order == Less,
        "<=" => order != std::cmp::Ordering::Greater,
        ">" => order == std::cmp::Ordering::Greater,
        ">=" => order != Less,
        "!=" => order != Equal,
        _ => order == Equal,
    })
}
