//! What the scanner hands to the parser, and what it says when it can't.

/// A position in one document: where it starts counts as line 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Byte offset.
    pub index: usize,
    /// Characters before it.
    pub chars: usize,
    /// Line, from 0.
    pub line: usize,
    /// Column in characters, from 0.
    pub column: usize,
}

/// Kinds of tokens, as YAML 1.1's scanner knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    StreamStart,
    StreamEnd,
    VersionDirective,
    TagDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    /// A scalar written without quotes and without `|` or `>`.
    Plain,
    /// Any other scalar.
    Quoted,
    /// No token: the text is broken here.
    Fault,
}

/// One token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: Mark,
    pub end: Mark,
    /// A scalar's value, an anchor's name, a tag's handle.
    pub value: String,
    /// A tag's suffix, a tag directive's prefix, a version.
    pub suffix: String,
}

/// Why a text is no YAML.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// go-yaml's words, without `yaml: line N: `.
    pub message: String,
    /// Where.
    pub mark: Mark,
    /// The line to print: go-yaml counts the scanner's from 1, the parser's from 0, and prints none for 0.
    pub line: usize,
}

impl Fault {
    /// A fault that the scanner finds.
    pub fn scanner(message: &str, mark: Mark) -> Self {
        Self { message: message.into(), mark, line: if mark.line == 0 { 0 } else { mark.line + 1 } }
    }
    /// A fault that the parser finds.
    pub fn parser(message: &str, mark: Mark) -> Self {
        Self { message: message.into(), mark, line: mark.line }
    }
    /// A fault that has no line: an unknown anchor, a key that is no scalar.
    pub fn lineless(message: String, mark: Mark) -> Self {
        Self { message, mark, line: 0 }
    }
}
