//! What a command line means: the tree the parser makes and the machine walks.
//!
//! Everything that a running command may keep hold of is behind an [`Rc`], so that copying a moment is cheap.

use std::rc::Rc;

/// A list of commands, run one after the other.
pub type List = Rc<[Rc<Command>]>;

/// One command.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `A=1 program argument >file`
    Simple(Simple),
    /// `a | b | c`, with `!` before it or `time`.
    Pipeline {
        /// The status is turned round.
        not: bool,
        /// `time` stands before it.
        timed: bool,
        /// Its commands; one if there is no `|`.
        parts: List,
    },
    /// `a && b || c`: the first, then each with whether it runs after success.
    AndOr(Rc<Command>, Rc<[(bool, Rc<Command>)]>),
    /// `a &`, and `a` as it is written
    Background(Rc<Command>, Rc<str>),
    /// `( … )`
    Subshell(List),
    /// `{ …; }`
    Group(List),
    /// `for NAME in WORDS`; `None`: the positional parameters.
    For(Rc<str>, Option<Rc<[Word]>>, List),
    /// `for ((a; b; c))`
    Count(Rc<[Word; 3]>, List),
    /// `while`, or `until` if the flag is set.
    While(bool, List, List),
    /// Conditions with what follows, and `else`.
    If(Rc<[(List, List)]>, List),
    /// `case WORD in PATTERNS) …`
    Case(Word, Rc<[(Vec<Word>, List)]>),
    /// `name() { … }`
    Function(Rc<str>, Rc<Command>),
    /// `(( … ))`
    Arithmetic(Word),
    /// `[[ … ]]`: its words, `&&`, `||`, `!`, `(` and `)` unquoted among them.
    Test(Rc<[Word]>),
    /// A compound command with redirections.
    Redirected(Rc<Command>, Rc<[Redirection]>),
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simple {
    /// `NAME=word` before the program.
    pub assignments: Vec<(Rc<str>, Word)>,
    /// Program and arguments.
    pub words: Vec<Word>,
    /// Where streams go.
    pub redirections: Vec<Redirection>,
    /// Its line, for messages.
    pub line: usize,
}

/// Where a stream goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirection {
    /// The stream that is redirected.
    pub fd: u32,
    /// How.
    pub kind: Kind,
    /// File name, stream number, or text.
    pub target: Word,
}

/// Kinds of redirection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `<`
    Read,
    /// `>` and `>|`
    Write,
    /// `>>`
    Append,
    /// `>&` and `<&`
    Duplicate,
    /// `&>` (both streams)
    WriteBoth,
    /// `&>>`
    AppendBoth,
    /// `<<` and `<<<`: the text itself
    Text,
}

/// A word before expansion.
pub type Word = Rc<[Part]>;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Plain characters: patterns and (at its start) `~` are active.
    Plain(String),
    /// Quoted characters.
    Quoted(String),
    /// `$NAME` or `${NAME…}`
    Parameter(Parameter),
    /// `$(…)`; the flag: within double quotes.
    Command(List, bool),
    /// `$((…))`; the flag: within double quotes.
    Arithmetic(Word, bool),
}

/// `${NAME OP WORD}`
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Variable, digit, or one of `? # @ * $ ! -`.
    pub name: Rc<str>,
    /// What to do with it: empty, `-`, `:-`, `=`, `:=`, `+`, `:+`, `?`, `:?`, `#`, `##`, `%`, `%%`, `/`, `//`, `:`,
    /// `length`, `^`, `^^`, `,` or `,,`.
    pub op: &'static str,
    /// The operator's word.
    pub word: Word,
    /// The second word of `/` and `:`.
    pub second: Word,
    /// Within double quotes.
    pub quoted: bool,
}
