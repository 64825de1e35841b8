//! The productions of flow collections: `[a, b]`, `{a: b}`.

// upstream: go.yaml.in/yaml/v2 parserc.go yaml_parser_parse_flow_*

use super::token::{Kind, Mark};
use super::tree::{Content, Reader};

impl Reader<'_> {
    pub(super) fn flow_list(&mut self, tag: String, start: Mark) -> usize {
        let id = self.add(Content::List(Vec::new()), tag, true, start, start);
        self.take();
        let mut items = Vec::new();
        while self.peek() != Kind::FlowSequenceEnd && !self.failed() {
            if !items.is_empty() && !self.flow_entry("did not find expected ',' or ']'") {
                break;
            }
            match self.peek() {
                Kind::FlowSequenceEnd | Kind::Fault => break,
                Kind::Key => items.push(self.flow_pair()),
                _ => items.push(self.node(false, false)),
            }
        }
        let end = self.flow_end(Kind::FlowSequenceEnd);
        self.finish(id, Content::List(items), end)
    }

    /// `[a: b]`: a map of one entry within a list.
    fn flow_pair(&mut self) -> usize {
        let (start, key_end) = self.marks();
        let id = self.add(Content::Map(Vec::new()), String::new(), true, start, key_end);
        self.take();
        let key = match self.peek() {
            Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd => {
                // The token that ends the key is passed over, as upstream does.
                let (_, mark) = self.marks();
                self.take();
                self.empty(mark)
            }
            _ => self.node(false, false),
        };
        let value = self.flow_value(Kind::FlowSequenceEnd);
        let end = self.tree.nodes[value].end;
        self.finish(id, Content::Map(vec![(key, value)]), end)
    }

    pub(super) fn flow_map(&mut self, tag: String, start: Mark) -> usize {
        let id = self.add(Content::Map(Vec::new()), tag, true, start, start);
        self.take();
        let mut entries = Vec::new();
        while self.peek() != Kind::FlowMappingEnd && !self.failed() {
            if !entries.is_empty() && !self.flow_entry("did not find expected ',' or '}'") {
                break;
            }
            match self.peek() {
                Kind::FlowMappingEnd | Kind::Fault => break,
                Kind::Key => {
                    self.take();
                    let key = match self.peek() {
                        Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd => {
                            let (at, _) = self.marks();
                            self.empty(at)
                        }
                        Kind::Fault => break,
                        _ => self.node(false, false),
                    };
                    entries.push((key, self.flow_value(Kind::FlowMappingEnd)));
                }
                _ => {
                    let key = self.node(false, false);
                    self.peek();
                    let (at, _) = self.marks();
                    entries.push((key, self.empty(at)));
                }
            }
        }
        let end = self.flow_end(Kind::FlowMappingEnd);
        self.finish(id, Content::Map(entries), end)
    }

    /// The comma between two entries.
    fn flow_entry(&mut self, otherwise: &str) -> bool {
        if self.peek() == Kind::FlowEntry {
            self.take();
            return true;
        }
        let (at, _) = self.marks();
        self.fail(otherwise, at);
        false
    }

    fn flow_value(&mut self, close: Kind) -> usize {
        if self.peek() == Kind::Value {
            self.take();
            let kind = self.peek();
            if kind != Kind::FlowEntry && kind != close && kind != Kind::Fault {
                return self.node(false, false);
            }
        }
        let (at, _) = self.marks();
        self.empty(at)
    }

    fn flow_end(&mut self, close: Kind) -> Mark {
        if self.peek() == close { self.take().2 } else { self.scanner.at }
    }
}
