//! Tokens → tree of nodes. A broken text gives the tree up to the fault, and the fault.

// upstream: go.yaml.in/yaml/v2 parserc.go

use super::scanner::Scanner;
use super::token::{Fault, Kind, Mark};

/// Nodes nested deeper than this are refused, so that nothing that walks a tree runs out of stack.
const MAX_NESTING: usize = 200;

/// What a node holds. Numbers are indices into [`Tree::nodes`].
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A scalar and whether it is plain (unquoted).
    Scalar(String, bool),
    Map(Vec<(usize, usize)>),
    List(Vec<usize>),
    /// The node that the alias names.
    Alias(usize),
}

/// One node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub content: Content,
    /// Resolved tag (`tag:yaml.org,2002:str`), empty for none.
    pub tag: String,
    /// Whether it is written in `{}`, `[]`.
    pub flow: bool,
    /// Where it starts, its properties (anchor, tag) included.
    pub start: Mark,
    /// Where it ends: for a block collection the end of its last child.
    pub end: Mark,
}

/// One document's nodes.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    /// The document's content, if it has any.
    pub root: Option<usize>,
    /// Why reading stopped.
    pub fault: Option<Fault>,
}

/// Reads the first YAML document of `text`.
pub(super) fn read(text: &str) -> Tree {
    let mut reader =
        Reader { scanner: Scanner::new(text), tree: Tree::default(), tags: Vec::new(), anchors: Vec::new(), depth: 0 };
    let control = |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if let Some(index) = text.find(control) {
        let before = &text[..index];
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or("").chars().count();
        let mark = Mark { index, chars: before.chars().count(), line, column };
        reader.tree.fault = Some(Fault::lineless("control characters are not allowed".into(), mark));
        return reader.tree;
    }
    reader.document();
    reader.tree
}

pub(super) struct Reader<'a> {
    pub(super) scanner: Scanner<'a>,
    pub(super) tree: Tree,
    /// Tag handles and what they stand for.
    tags: Vec<(String, String)>,
    anchors: Vec<(String, usize)>,
    depth: usize,
}

impl Reader<'_> {
    // --- tokens ---

    pub(super) fn peek(&mut self) -> Kind {
        if self.tree.fault.is_some() {
            return Kind::Fault;
        }
        match self.scanner.peek() {
            Ok(token) => token.kind,
            Err(fault) => {
                self.tree.fault = Some(fault);
                Kind::Fault
            }
        }
    }
    /// Start and end of the front token.
    pub(super) fn marks(&mut self) -> (Mark, Mark) {
        match self.scanner.peek() {
            Ok(token) if self.tree.fault.is_none() => (token.start, token.end),
            _ => (self.scanner.at, self.scanner.at),
        }
    }
    /// Takes the front token; gives its value and its end.
    pub(super) fn take(&mut self) -> (String, String, Mark) {
        match self.scanner.next() {
            Some(token) => (token.value, token.suffix, token.end),
            None => (String::new(), String::new(), self.scanner.at),
        }
    }
    pub(super) fn fail(&mut self, message: &str, mark: Mark) {
        if self.tree.fault.is_none() {
            self.tree.fault = Some(Fault::parser(message, mark));
        }
    }
    pub(super) fn failed(&self) -> bool {
        self.tree.fault.is_some()
    }
    pub(super) fn add(&mut self, content: Content, tag: String, flow: bool, start: Mark, end: Mark) -> usize {
        self.tree.nodes.push(Node { content, tag, flow, start, end });
        self.tree.nodes.len() - 1
    }
    pub(super) fn empty(&mut self, mark: Mark) -> usize {
        self.add(Content::Scalar(String::new(), true), String::new(), false, mark, mark)
    }

    // --- productions ---

    fn document(&mut self) {
        if self.peek() == Kind::StreamStart {
            self.take();
        }
        match self.peek() {
            Kind::VersionDirective | Kind::TagDirective | Kind::DocumentStart => {
                self.directives();
                if self.peek() != Kind::DocumentStart {
                    let (start, _) = self.marks();
                    return self.fail("did not find expected <document start>", start);
                }
                self.take();
                let root = match self.peek() {
                    Kind::VersionDirective
                    | Kind::TagDirective
                    | Kind::DocumentStart
                    | Kind::DocumentEnd
                    | Kind::StreamEnd => {
                        let (start, _) = self.marks();
                        self.empty(start)
                    }
                    _ => self.node(true, false),
                };
                self.tree.root = Some(root);
            }
            Kind::StreamEnd | Kind::Fault => return,
            _ => {
                self.directives();
                let root = self.node(true, false);
                self.tree.root = Some(root);
            }
        }
        // The document's end is looked for, and a fault found there counts.
        self.peek();
    }

    fn directives(&mut self) {
        let mut version = false;
        loop {
            let kind = self.peek();
            let (start, _) = self.marks();
            match kind {
                Kind::VersionDirective => {
                    let (value, ..) = self.take();
                    if version {
                        return self.fail("found duplicate %YAML directive", start);
                    }
                    if value != "1.1" {
                        return self.fail("found incompatible YAML document", start);
                    }
                    version = true;
                }
                Kind::TagDirective => {
                    let (handle, prefix, _) = self.take();
                    if self.tags.iter().any(|(h, _)| *h == handle) {
                        return self.fail("found duplicate %TAG directive", start);
                    }
                    self.tags.push((handle, prefix));
                }
                _ => break,
            }
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tags.iter().any(|(h, _)| h == handle) {
                self.tags.push((handle.into(), prefix.into()));
            }
        }
    }

    pub(super) fn node(&mut self, block: bool, indentless: bool) -> usize {
        let (start, _) = self.marks();
        self.depth += 1;
        let node = if self.depth > MAX_NESTING {
            self.fail("exceeded max depth of 10000", start);
            self.empty(start)
        } else {
            self.node_content(block, indentless)
        };
        self.depth -= 1;
        node
    }

    fn node_content(&mut self, block: bool, indentless: bool) -> usize {
        let kind = self.peek();
        let (start, mut end) = self.marks();
        if kind == Kind::Alias {
            let (name, ..) = self.take();
            return match self.anchors.iter().rev().find(|(n, _)| *n == name) {
                Some((_, target)) => self.add(Content::Alias(*target), name, false, start, end),
                None => {
                    let message = format!("unknown anchor '{name}' referenced");
                    self.tree.fault = Some(Fault::lineless(message, start));
                    self.empty(start)
                }
            };
        }
        let Some((anchor, tag)) = self.properties(&mut end) else { return self.empty(start) };
        let kind = self.peek();
        let (_, token_end) = self.marks();
        let id = self.tree.nodes.len();
        if let Some(name) = &anchor {
            self.anchors.push((name.clone(), id));
        }
        match kind {
            Kind::BlockEntry if indentless => self.block_list(tag, start, true),
            Kind::Plain | Kind::Quoted => {
                let plain = kind == Kind::Plain && tag.is_empty() || tag == "!";
                let (value, ..) = self.take();
                self.add(Content::Scalar(value, plain), tag, false, start, token_end)
            }
            Kind::FlowSequenceStart => self.flow_list(tag, start),
            Kind::FlowMappingStart => self.flow_map(tag, start),
            Kind::BlockSequenceStart if block => self.block_list(tag, start, false),
            Kind::BlockMappingStart if block => self.block_map(tag, start),
            _ if anchor.is_some() || !tag.is_empty() => {
                let plain = tag.is_empty();
                self.add(Content::Scalar(String::new(), plain), tag, false, start, end)
            }
            _ => {
                let (at, _) = self.marks();
                self.fail("did not find expected node content", at);
                self.empty(at)
            }
        }
    }

    /// A node's anchor and tag, in any order; none if the tag's handle is unknown.
    fn properties(&mut self, end: &mut Mark) -> Option<(Option<String>, String)> {
        let (mut anchor, mut tag) = (None, None);
        loop {
            match self.peek() {
                Kind::Anchor if anchor.is_none() => {
                    let (name, _, at) = self.take();
                    anchor = Some(name);
                    *end = at;
                }
                Kind::Tag if tag.is_none() => {
                    let (tag_start, _) = self.marks();
                    let (handle, suffix, at) = self.take();
                    tag = Some((handle, suffix, tag_start));
                    *end = at;
                }
                _ => break,
            }
        }
        let tag = match tag {
            None => String::new(),
            Some((handle, suffix, _)) if handle.is_empty() => suffix,
            Some((handle, suffix, at)) => match self.tags.iter().find(|(h, _)| *h == handle) {
                Some((_, prefix)) => format!("{prefix}{suffix}"),
                None => {
                    self.fail("found undefined tag handle", at);
                    return None;
                }
            },
        };
        Some((anchor, tag))
    }

    fn block_list(&mut self, tag: String, start: Mark, indentless: bool) -> usize {
        let id = self.add(Content::List(Vec::new()), tag, false, start, start);
        if !indentless {
            self.take();
        }
        let mut items = Vec::new();
        loop {
            match self.peek() {
                Kind::BlockEntry => {
                    let (_, _, mark) = self.take();
                    let item = match self.peek() {
                        Kind::BlockEntry | Kind::BlockEnd => self.empty(mark),
                        Kind::Key | Kind::Value if indentless => self.empty(mark),
                        Kind::Fault => break,
                        _ => self.node(true, false),
                    };
                    items.push(item);
                }
                Kind::Fault => break,
                _ if indentless => break,
                Kind::BlockEnd => {
                    self.take();
                    break;
                }
                _ => {
                    let (at, _) = self.marks();
                    self.fail("did not find expected '-' indicator", at);
                    break;
                }
            }
        }
        let end = items.last().map_or(start, |i| self.tree.nodes[*i].end);
        self.finish(id, Content::List(items), end)
    }

    fn block_map(&mut self, tag: String, start: Mark) -> usize {
        let id = self.add(Content::Map(Vec::new()), tag, false, start, start);
        self.take();
        let mut entries = Vec::new();
        loop {
            match self.peek() {
                Kind::Key => {
                    let (_, _, mark) = self.take();
                    let key = match self.peek() {
                        Kind::Key | Kind::Value | Kind::BlockEnd => self.empty(mark),
                        Kind::Fault => break,
                        _ => self.node(true, true),
                    };
                    entries.push((key, self.block_value()));
                }
                Kind::BlockEnd => {
                    self.take();
                    break;
                }
                Kind::Fault => break,
                _ => {
                    let (at, _) = self.marks();
                    self.fail("did not find expected key", at);
                    break;
                }
            }
        }
        let end = entries.last().map_or(start, |(_, v)| self.tree.nodes[*v].end);
        self.finish(id, Content::Map(entries), end)
    }

    fn block_value(&mut self) -> usize {
        if self.peek() != Kind::Value {
            let (at, _) = self.marks();
            return self.empty(at);
        }
        let (_, _, mark) = self.take();
        match self.peek() {
            Kind::Key | Kind::Value | Kind::BlockEnd | Kind::Fault => self.empty(mark),
            _ => self.node(true, true),
        }
    }

    pub(super) fn finish(&mut self, id: usize, content: Content, end: Mark) -> usize {
        if let Some(node) = self.tree.nodes.get_mut(id) {
            node.content = content;
            node.end = end;
        }
        id
    }
}
