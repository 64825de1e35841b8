//! Basic and extended regular expressions, as `grep`, `sed` and `awk` read them: a small backtracking matcher.

mod parse;

use parse::parse;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Regex {
    nodes: Vec<Node>,
    groups: usize,
    fold: bool,
}

#[derive(Clone, Debug)]
enum Node {
    Char(char),
    Any,
    /// Ranges and classes; the flag: all but those.
    Set(Vec<(char, char)>, bool),
    Start,
    End,
    /// `\b`, `\<`, `\>`: at a word's edge: begin allowed, end allowed.
    Edge(bool, bool),
    /// `\B`
    NoEdge,
    Back(usize),
    /// A group of alternatives; its number (0: not remembered).
    Group(usize, Vec<Vec<Node>>),
    /// The node, at least, at most.
    Repeat(Box<Node>, usize, usize),
}

/// Where a match and its groups lie, in bytes.
pub type Captures = Vec<Option<(usize, usize)>>;

/// Steps after which a match is given up: nobody's expression needs more.
const STEPS_MAX: usize = 2_000_000;

/// How often a repeat without upper bound repeats.
const MANY: usize = usize::MAX;

impl Regex {
    /// Compiles; `extended` is `grep -E`'s syntax, `fold` ignores case.
    pub fn new(pattern: &str, extended: bool, fold: bool) -> Result<Self, &'static str> {
        let (alternatives, groups) = parse(pattern, extended)?;
        Ok(Self { nodes: vec![Node::Group(0, alternatives)], groups, fold })
    }

    /// An expression that stands for a plain text.
    pub fn literal(text: &str, fold: bool) -> Self {
        Self { nodes: text.chars().map(Node::Char).collect(), groups: 0, fold }
    }

    /// The leftmost match at or after byte `from`.
    pub fn find(&self, text: &str, from: usize) -> Option<Captures> {
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        let start = chars.partition_point(|(at, _)| *at < from);
        let mut matcher =
            Matcher { chars: &chars, fold: self.fold, captures: vec![None; self.groups + 1], steps: 0, best: None };
        for at in start..=chars.len() {
            matcher.captures.fill(None);
            matcher.best = None;
            let nodes: Vec<&Node> = self.nodes.iter().collect();
            // POSIX takes the longest of the leftmost matches: all ways are tried, the longest is kept.
            matcher.run(&Rest::Nodes(&nodes, &Rest::Finish), at);
            if let Some((end, mut captures)) = matcher.best.take() {
                captures[0] = Some((at, end));
                let byte = |n: usize| chars.get(n).map_or(text.len(), |(b, _)| *b);
                return Some(captures.into_iter().map(|c| c.map(|(a, b)| (byte(a), byte(b)))).collect());
            }
            if matcher.steps > STEPS_MAX {
                return None;
            }
        }
        None
    }

    /// Whether it matches anywhere.
    pub fn is_match(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }
}

/// What is left to match: a list of continuations on the stack.
enum Rest<'a> {
    Nodes(&'a [&'a Node], &'a Rest<'a>),
    /// Close group `n` that began at a place.
    Close(usize, usize, &'a Rest<'a>),
    /// Go on repeating: node, done so far, from where the last one began.
    Again(&'a Node, usize, usize, usize, usize, &'a Rest<'a>),
    Finish,
}

struct Matcher<'a> {
    chars: &'a [(usize, char)],
    fold: bool,
    captures: Vec<Option<(usize, usize)>>,
    steps: usize,
    best: Option<(usize, Vec<Option<(usize, usize)>>)>,
}

impl Matcher<'_> {
    fn char(&self, at: usize) -> Option<char> {
        self.chars.get(at).map(|(_, c)| *c)
    }

    fn same(&self, a: char, b: char) -> bool {
        a == b || self.fold && a.to_lowercase().eq(b.to_lowercase())
    }

    fn word(&self, at: Option<usize>) -> bool {
        at.and_then(|at| self.char(at)).is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    /// Tries all ways from here; `true` once the whole text was matched, so that no longer match can come.
    fn run(&mut self, rest: &Rest, at: usize) -> bool {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return true;
        }
        match rest {
            Rest::Finish => {
                if self.best.as_ref().is_none_or(|(end, _)| at > *end) {
                    self.best = Some((at, self.captures.clone()));
                }
                at == self.chars.len()
            }
            Rest::Close(group, from, next) => {
                let old = self.captures.get(*group).copied().flatten();
                if *group > 0 {
                    self.captures[*group] = Some((*from, at));
                }
                let done = self.run(next, at);
                if !done && *group > 0 {
                    self.captures[*group] = old;
                }
                done
            }
            Rest::Again(node, done, least, most, from, next) => {
                // An empty turn would go on for ever.
                if *done < *most && (at > *from || *done < *least) {
                    let again = Rest::Again(node, done + 1, *least, *most, at, next);
                    if self.run(&Rest::Nodes(&[node], &again), at) {
                        return true;
                    }
                }
                *done >= *least && self.run(next, at)
            }
            Rest::Nodes(nodes, next) => match nodes.split_first() {
                None => self.run(next, at),
                Some((node, tail)) => self.node(node, &Rest::Nodes(tail, next), at),
            },
        }
    }

    fn node(&mut self, node: &Node, next: &Rest, at: usize) -> bool {
        let fits = match node {
            Node::Group(group, alternatives) => {
                for alternative in alternatives {
                    let nodes: Vec<&Node> = alternative.iter().collect();
                    if self.run(&Rest::Nodes(&nodes, &Rest::Close(*group, at, next)), at) {
                        return true;
                    }
                }
                return false;
            }
            Node::Repeat(inner, least, most) => return self.repeat(inner, *least, *most, next, at),
            Node::Start => at == 0,
            Node::End => at == self.chars.len(),
            Node::Edge(begin, end) => {
                let (before, after) = (self.word(at.checked_sub(1)), self.word(Some(at)));
                (*begin && !before && after) || (*end && before && !after)
            }
            Node::NoEdge => self.word(at.checked_sub(1)) == self.word(Some(at)),
            Node::Back(group) => {
                let Some((from, to)) = self.captures.get(*group).copied().flatten() else { return false };
                let same = (from..to).all(|n| match (self.char(n), self.char(at + n - from)) {
                    (Some(a), Some(b)) => self.same(a, b),
                    _ => false,
                });
                return same && self.run(next, at + to - from);
            }
            single => return self.single(single, at) && self.run(next, at + 1),
        };
        fits && self.run(next, at)
    }

    /// Whether a node of one character matches here.
    fn single(&self, node: &Node, at: usize) -> bool {
        let Some(c) = self.char(at) else { return false };
        match node {
            Node::Char(x) => self.same(*x, c),
            Node::Any => true,
            Node::Set(ranges, not) => {
                let within = |c: char| ranges.iter().any(|(a, b)| (*a..=*b).contains(&c));
                let hit = within(c) || self.fold && (within(c.to_ascii_lowercase()) || within(c.to_ascii_uppercase()));
                hit != *not
            }
            _ => false,
        }
    }

    fn repeat(&mut self, inner: &Node, least: usize, most: usize, next: &Rest, at: usize) -> bool {
        if !matches!(inner, Node::Char(_) | Node::Any | Node::Set(..)) {
            return self.run(&Rest::Again(inner, 0, least, most, usize::MAX, next), at);
        }
        // The common case without recursion: as many as there are, then fewer.
        let mut n = 0;
        while n < most && self.single(inner, at + n) {
            n += 1;
        }
        loop {
            if n < least {
                return false;
            }
            if self.run(next, at + n) {
                return true;
            }
            if n == 0 {
                return false;
            }
            n -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(pattern: &str, extended: bool, text: &'a str) -> Option<&'a str> {
        let captures = Regex::new(pattern, extended, false).unwrap().find(text, 0)?;
        captures[0].map(|(a, b)| &text[a..b])
    }

    #[test]
    fn matches_as_grep_does() {
        assert_eq!(found("a|ab", true, "xab"), Some("ab"));
        assert_eq!(found("a\\|ab", false, "xab"), Some("ab"));
        assert_eq!(found("a|b", false, "a|b"), Some("a|b"));
        assert_eq!(found("(ab)+c{2}", true, "ababcc"), Some("ababcc"));
        assert_eq!(found("^\\*", false, "*nat"), Some("*"));
        assert_eq!(found("*a", false, "*a"), Some("*a"));
        assert_eq!(found("[^,}]*web", false, "a,bweb"), Some("bweb"));
        assert_eq!(found("\\(a\\)x\\1", false, "bxaxa"), Some("axa"));
        assert_eq!(found("\\bweb\\b", false, "webs web"), Some("web"));
        assert_eq!(found("a$b", false, "a$b"), Some("a$b"));
        assert_eq!(found("(a*)*b", true, "aaaaaaaaaaaaaaaaaaaaaaaaac"), None);
        assert_eq!(found("x*", true, "yyx"), Some(""));
        assert_eq!(found("[[:digit:].]+", true, "ip 10.1.2.3!"), Some("10.1.2.3"));
        assert!(Regex::new("[a", false, false).is_err());
        assert!(Regex::new("(a", true, false).is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(pattern in "[ab*+?()|\\[\\]{}^$.\\\\1-3,-]{0,12}", text in "[ab1 ]{0,12}") {
            for extended in [false, true] {
                if let Ok(regex) = Regex::new(&pattern, extended, false) {
                    regex.find(&text, 0);
                }
            }
        }
    }
}
