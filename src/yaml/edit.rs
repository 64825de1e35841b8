//! Changes of one field in a text, everything else kept as it was written: comments, order, indentation, quotes.

use super::emit;
use super::span::{Step, steps};
use super::stream::parse;
use super::tree::{self, Content, Node, Tree};
use serde_json::{Map, Value};
use std::ops::Range;

/// A changed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The whole new text.
    pub text: String,
    /// What was replaced, in bytes of the old text.
    pub old: Range<usize>,
    /// What replaced it, in bytes of the new text.
    pub new: Range<usize>,
}

/// Sets the field at `path` of a document (counted as [`parse`] counts them) to `value`; what is missing on the way is
/// added. A list is extended by the index one past its end. None if the text is too broken for that.
pub fn set(text: &str, document: usize, path: &str, value: &Value) -> Option<Edit> {
    let steps = steps(path);
    let edit = Editor::new(text, document)?.set(&steps, value)?;
    // Better no edit than a wrong one.
    (at(&parse(&edit.text).get(document)?.value, &steps) == Some(value)).then_some(edit)
}

/// Removes the field at `path` of a document. None if it isn't there.
pub fn remove(text: &str, document: usize, path: &str) -> Option<Edit> {
    let steps = steps(path);
    let before = parse(text).get(document)?.value.clone();
    at(&before, &steps)?;
    let edit = Editor::new(text, document)?.remove(&steps)?;
    let after = parse(&edit.text).get(document)?.value.clone();
    let (last, parents) = steps.split_last()?;
    let mut expected = before;
    let parent = parents.iter().try_fold(&mut expected, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })?;
    match (parent, last) {
        (Value::Object(map), Step::Key(key)) => _ = map.remove(key),
        (Value::Array(list), Step::Index(index)) => _ = list.remove(*index),
        _ => return None,
    }
    (after == expected).then_some(edit)
}

fn at<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// The value with which the rest of a path is filled in.
fn wrap(steps: &[Step], value: &Value) -> Value {
    steps.iter().rev().fold(value.clone(), |value, step| match step {
        Step::Key(key) => Value::Object(Map::from_iter([(key.clone(), value)])),
        Step::Index(_) => Value::Array(vec![value]),
    })
}

/// Where a value stands: its node, and what comes before it.
#[derive(Clone, Copy)]
struct Place {
    /// The value's node.
    node: usize,
    /// The node of its key, or none for a list's item and the root.
    key: Option<usize>,
    /// The collection that holds it.
    parent: Option<usize>,
}

struct Editor<'a> {
    /// The whole text, and where the document starts in it.
    whole: &'a str,
    start: usize,
    text: &'a str,
    tree: Tree,
}

impl<'a> Editor<'a> {
    fn new(whole: &'a str, document: usize) -> Option<Self> {
        let documents = parse(whole);
        let range = match documents.get(document) {
            Some(document) => document.range.clone(),
            None if documents.is_empty() && document == 0 => 0..whole.len(),
            None => return None,
        };
        let text = whole.get(range.clone())?;
        Some(Self { whole, start: range.start, text, tree: tree::read(text) })
    }

    fn node(&self, id: usize) -> &Node {
        &self.tree.nodes[id]
    }

    /// Replaces a piece of the document.
    fn replace(&self, range: Range<usize>, with: &str) -> Edit {
        let old = self.start + range.start.min(self.text.len())..self.start + range.end.min(self.text.len());
        let text = [&self.whole[..old.start], with, &self.whole[old.end..]].concat();
        Edit { text, new: old.start..old.start + with.len(), old }
    }

    // --- finding ---

    /// The place that the first steps lead to, and how many they are.
    fn find(&self, steps: &[Step]) -> Option<(Place, usize)> {
        let mut place = Place { node: self.tree.root?, key: None, parent: None };
        for (done, step) in steps.iter().enumerate() {
            let next = match (&self.node(place.node).content, step) {
                (Content::Map(entries), Step::Key(key)) => entries
                    .iter()
                    .rev()
                    .find(|(k, _)| matches!(&self.node(*k).content, Content::Scalar(text, _) if text == key))
                    .map(|(k, v)| Place { node: *v, key: Some(*k), parent: Some(place.node) }),
                (Content::List(items), Step::Index(index)) => {
                    items.get(*index).map(|item| Place { node: *item, key: None, parent: Some(place.node) })
                }
                _ => None,
            };
            match next {
                Some(next) => place = next,
                None => return Some((place, done)),
            }
        }
        Some((place, steps.len()))
    }

    /// Whether the place is written inside `{}` or `[]`.
    fn in_flow(&self, place: Place) -> bool {
        place.parent.is_some_and(|p| self.node(p).flow)
    }

    /// One past the `:` of a place's key, or of the `-` of an item; the document's start for the root.
    fn before_value(&self, place: Place) -> usize {
        let node = self.node(place.node);
        if let Some(key) = place.key {
            let end = self.node(key).end.index;
            return self.text[end..].find(':').map_or(end, |colon| end + colon + 1);
        }
        if place.parent.is_some() && !self.in_flow(place) {
            return self.dash(place) + 1;
        }
        node.start.index
    }

    /// Where the `-` of a list's item is.
    fn dash(&self, place: Place) -> usize {
        let start = self.node(place.node).start.index.min(self.text.len());
        self.text[..start].rfind('-').unwrap_or(start)
    }

    /// Where a node's text ends: trailing line breaks of a block scalar left out.
    fn end_of(&self, node: &Node) -> usize {
        let end = node.end.index.min(self.text.len());
        if end > node.start.index {
            self.text[..end].trim_end_matches(['\n', '\r', ' ']).len().max(node.start.index)
        } else {
            end
        }
    }

    /// Columns by which the text indents a map below a key.
    fn step(&self) -> usize {
        let columns = self.tree.nodes.iter().filter_map(|node| match &node.content {
            Content::Map(entries) if !node.flow => Some((node.start.column, entries)),
            _ => None,
        });
        for (column, entries) in columns {
            for (_, value) in entries {
                let value = self.node(*value);
                if matches!(value.content, Content::Map(_)) && !value.flow && value.start.column > column {
                    return value.start.column - column;
                }
            }
        }
        2
    }

    // --- writing ---

    /// A value as it is written on one line.
    fn inline(&self, value: &Value, flow: bool, old: Option<&Node>) -> String {
        if let (Value::String(text), Some(old)) = (value, old) {
            // Quotes are kept where they were.
            let quote = self.text.get(old.start.index..).and_then(|t| t.chars().next());
            if quote == Some('\'')
                && matches!(old.content, Content::Scalar(..))
                && !text.contains(|c: char| c.is_control())
            {
                return format!("'{}'", text.replace('\'', "''"));
            }
            if quote == Some('"') && matches!(old.content, Content::Scalar(..)) {
                return Value::String(text.clone()).to_string();
            }
        }
        match value {
            Value::Array(list) => {
                let items: Vec<String> = list.iter().map(|v| self.inline(v, true, None)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(map) => {
                let entries: Vec<String> = map
                    .iter()
                    .map(|(k, v)| {
                        let key = self.inline(&Value::String(k.clone()), true, None);
                        format!("{key}: {}", self.inline(v, true, None))
                    })
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            Value::String(text) if flow && text.contains([',', '[', ']', '{', '}', ':', '?', '\n']) => {
                Value::String(text.clone()).to_string()
            }
            _ => emit::inline(value),
        }
    }

    /// A value as a block whose lines start at `column`; the first line isn't indented.
    fn block(&self, value: &Value, column: usize) -> String {
        emit::indented(value, self.step()).trim_end_matches('\n').replace('\n', &format!("\n{:column$}", ""))
    }

    /// What is written after a key or dash at `column`: ` value`, or a block on the next lines.
    fn after_key(&self, value: &Value, column: usize, is_item: bool) -> String {
        let is_block = match value {
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            _ => false,
        };
        if !is_block {
            return format!(" {}", self.inline(value, false, None));
        }
        if is_item {
            return format!(" {}", self.block(value, column + 2));
        }
        let column = if value.is_array() { column } else { column + self.step() };
        format!("\n{:column$}{}", "", self.block(value, column))
    }

    /// The column in which a place's key or dash stands.
    fn column(&self, place: Place) -> usize {
        match place.key {
            Some(key) => self.node(key).start.column,
            None => {
                let dash = self.dash(place).min(self.text.len());
                dash - self.text[..dash].rfind('\n').map_or(0, |n| n + 1)
            }
        }
    }

    fn set(&self, steps: &[Step], value: &Value) -> Option<Edit> {
        let Some((place, done)) = self.find(steps) else {
            // Nothing is written yet.
            let end = self.text.len();
            let gap = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
            return Some(self.replace(end..end, &format!("{gap}{}", emit::indented(&wrap(steps, value), self.step()))));
        };
        let (node, missing) = (self.node(place.node), &steps[done..]);
        let rest = wrap(missing.get(1..).unwrap_or(&[]), value);
        match (&node.content, missing.first()) {
            (Content::Alias(_), _) => None,
            (Content::Map(entries), Some(Step::Key(key))) => Some(self.add_entry(place, entries, key, &rest)),
            (Content::List(items), Some(Step::Index(index))) if *index == items.len() => {
                Some(self.add_item(place, items, &rest))
            }
            (Content::Map(_) | Content::List(_), Some(_)) => None,
            (_, _) => Some(self.put(place, &wrap(missing, value))),
        }
    }

    /// Puts a value in the place of another.
    fn put(&self, place: Place, value: &Value) -> Edit {
        let node = self.node(place.node);
        let (start, end) = (node.start.index.min(self.text.len()), self.end_of(node));
        if self.in_flow(place) {
            let space = if start == end && place.key.is_some() { " " } else { "" };
            let start = if start == end { self.before_value(place) } else { start };
            return self.replace(start..end.max(start), &format!("{space}{}", self.inline(value, true, Some(node))));
        }
        let is_scalar = !matches!(value, Value::Array(_) | Value::Object(_));
        if is_scalar && end > start && matches!(node.content, Content::Scalar(..)) {
            return self.replace(start..end, &self.inline(value, false, Some(node)));
        }
        if place.parent.is_none() {
            return self.replace(start..end, &self.block(value, 0));
        }
        let before = self.before_value(place);
        // A block that is replaced by one of the same kind keeps its column.
        let same = matches!((&node.content, value), (Content::Map(_), Value::Object(m)) if !m.is_empty())
            || matches!((&node.content, value), (Content::List(_), Value::Array(l)) if !l.is_empty());
        if same && !node.flow {
            return self.replace(start..end, &self.block(value, node.start.column));
        }
        let written = self.after_key(value, self.column(place), place.key.is_none());
        self.replace(before..end.max(before), &written)
    }

    /// Adds an entry to a map.
    fn add_entry(&self, place: Place, entries: &[(usize, usize)], key: &str, value: &Value) -> Edit {
        let node = self.node(place.node);
        let name = self.inline(&Value::String(key.into()), node.flow, None);
        let Some((_, last)) = entries.last() else {
            return self.put(place, &Value::Object(Map::from_iter([(key.to_string(), value.clone())])));
        };
        let end = self.end_of(self.node(*last)).max(self.before_value(Place {
            node: *last,
            key: entries.last().map(|(k, _)| *k),
            parent: Some(place.node),
        }));
        if node.flow {
            return self.replace(end..end, &format!(", {name}: {}", self.inline(value, true, None)));
        }
        let column = node.start.column;
        let line_end = self.line_end(end);
        let written = format!("\n{:column$}{name}:{}", "", self.after_key(value, column, false));
        self.replace(line_end..line_end, &written)
    }

    /// Adds an item to a list.
    fn add_item(&self, place: Place, items: &[usize], value: &Value) -> Edit {
        let node = self.node(place.node);
        let Some(last) = items.last() else { return self.put(place, &Value::Array(vec![value.clone()])) };
        let item = Place { node: *last, key: None, parent: Some(place.node) };
        let end = self.end_of(self.node(*last));
        if node.flow {
            return self.replace(end..end, &format!(", {}", self.inline(value, true, None)));
        }
        let (column, line_end) = (self.column(item), self.line_end(end));
        self.replace(line_end..line_end, &format!("\n{:column$}-{}", "", self.after_key(value, column, true)))
    }

    fn line_end(&self, from: usize) -> usize {
        let end = self.text[from..].find('\n').map_or(self.text.len(), |n| from + n);
        if self.text[..end].ends_with('\r') { end - 1 } else { end }
    }

    // --- removing ---

    fn remove(&self, steps: &[Step]) -> Option<Edit> {
        let (place, done) = self.find(steps)?;
        if done < steps.len() {
            return None;
        }
        let parent = self.node(place.parent?);
        let entries: Vec<(usize, usize)> = match &parent.content {
            Content::Map(entries) => entries.clone(),
            Content::List(items) => items.iter().map(|i| (*i, *i)).collect(),
            _ => return None,
        };
        if entries.len() == 1 {
            // The last one: what is left is an empty collection.
            let empty = if place.key.is_some() { Value::Object(Map::new()) } else { Value::Array(Vec::new()) };
            let (outer, _) = self.find(&steps[..steps.len() - 1])?;
            return Some(self.put(outer, &empty));
        }
        let index = entries.iter().position(|(_, value)| *value == place.node)?;
        let start_of = |i: usize| {
            let place = Place { node: entries[i].1, key: None, parent: place.parent };
            if parent.flow || matches!(parent.content, Content::Map(_)) {
                self.node(entries[i].0).start.index
            } else {
                self.dash(place)
            }
        };
        let start = start_of(index);
        let end = self.end_of(self.node(place.node)).max(self.before_value(place));
        if parent.flow {
            let range = match entries.get(index + 1) {
                Some(_) => start..start_of(index + 1),
                None => self.end_of(self.node(entries[index - 1].1))..end,
            };
            return Some(self.replace(range, ""));
        }
        let line = self.text[..start].rfind('\n').map_or(0, |n| n + 1);
        if self.text[line..start].trim().is_empty() {
            let next = self.text[end..].find('\n').map_or(self.text.len(), |n| end + n + 1);
            return Some(self.replace(line..next, ""));
        }
        // The first of an item's entries, after its dash: the next one comes to stand there.
        let next = if index + 1 < entries.len() { start_of(index + 1) } else { end };
        Some(self.replace(start..next, ""))
    }
}
