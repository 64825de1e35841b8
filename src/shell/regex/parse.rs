//! Reads a pattern.

use super::{MANY, Node};

/// The alternatives of a pattern and how many groups it has; `extended` is `grep -E`'s syntax.
pub(super) fn parse(pattern: &str, extended: bool) -> Result<(Vec<Vec<Node>>, usize), &'static str> {
    let mut parser = Parser { text: pattern.chars().collect(), at: 0, extended, groups: 0, depth: 0 };
    let alternatives = parser.alternatives()?;
    if parser.at < parser.text.len() {
        return Err("Unmatched ) or \\)");
    }
    Ok((alternatives, parser.groups))
}

struct Parser {
    text: Vec<char>,
    at: usize,
    extended: bool,
    groups: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    /// An operator: `(` of an extended expression, `\(` of a basic one.
    fn is_op(&self, op: char) -> bool {
        if self.extended { self.peek(0) == Some(op) } else { self.peek(0) == Some('\\') && self.peek(1) == Some(op) }
    }

    fn eat_op(&mut self, op: char) -> bool {
        let is = self.is_op(op);
        if is {
            self.at += if self.extended { 1 } else { 2 };
        }
        is
    }

    fn alternatives(&mut self) -> Result<Vec<Vec<Node>>, &'static str> {
        self.depth += 1;
        if self.depth > 50 {
            return Err("Regular expression too big");
        }
        let mut all = vec![self.sequence()?];
        while self.eat_op('|') {
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(all)
    }

    fn sequence(&mut self) -> Result<Vec<Node>, &'static str> {
        let mut nodes: Vec<Node> = Vec::new();
        while self.at < self.text.len() && !self.is_op('|') && !(self.is_op(')') && (self.depth > 1 || !self.extended))
        {
            let first = nodes.is_empty();
            let node = self.atom(first)?;
            let node = self.repeats(node)?;
            nodes.push(node);
        }
        Ok(nodes)
    }

    fn repeats(&mut self, mut node: Node) -> Result<Node, &'static str> {
        loop {
            let (least, most) = if self.peek(0) == Some('*') && !matches!(node, Node::Start if !self.extended) {
                self.at += 1;
                (0, MANY)
            } else if self.eat_op('+') {
                (1, MANY)
            } else if self.eat_op('?') {
                (0, 1)
            } else if self.is_op('{') && self.bounds_follow() {
                self.bounds()?
            } else {
                return Ok(node);
            };
            node = Node::Repeat(Box::new(node), least, most);
        }
    }

    fn bounds_follow(&self) -> bool {
        self.peek(if self.extended { 1 } else { 2 }).is_some_and(|c| c.is_ascii_digit() || c == ',')
    }

    fn bounds(&mut self) -> Result<(usize, usize), &'static str> {
        self.eat_op('{');
        let number = |p: &mut Self| {
            let from = p.at;
            while p.peek(0).is_some_and(|c| c.is_ascii_digit()) {
                p.at += 1;
            }
            p.text[from..p.at].iter().collect::<String>().parse::<usize>().ok()
        };
        let least = number(self);
        let most = if self.peek(0) == Some(',') {
            self.at += 1;
            number(self).unwrap_or(MANY)
        } else {
            least.unwrap_or(MANY)
        };
        if !self.eat_op('}') {
            return Err("Unmatched \\{");
        }
        let least = least.unwrap_or(0);
        if least > 1000 || most != MANY && (most > 32_767 || most < least) {
            return Err("Invalid content of \\{\\}");
        }
        Ok((least, most))
    }

    fn atom(&mut self, first: bool) -> Result<Node, &'static str> {
        if self.eat_op('(') {
            self.groups += 1;
            let number = self.groups;
            let inner = self.alternatives()?;
            if !self.eat_op(')') {
                return Err("Unmatched ( or \\(");
            }
            return Ok(Node::Group(number, inner));
        }
        let Some(c) = self.peek(0) else { return Err("Premature end of regular expression") };
        self.at += 1;
        Ok(match c {
            '.' => Node::Any,
            '[' => self.set()?,
            '^' if first || self.extended => Node::Start,
            '$' if self.extended || self.at == self.text.len() || self.is_op(')') || self.is_op('|') => Node::End,
            '*' if first => Node::Char('*'),
            '\\' => self.escape()?,
            c => Node::Char(c),
        })
    }

    fn escape(&mut self) -> Result<Node, &'static str> {
        let Some(c) = self.peek(0) else { return Err("Trailing backslash") };
        self.at += 1;
        let word = || vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
        let space = || vec![(' ', ' '), ('\t', '\r')];
        Ok(match c {
            'w' => Node::Set(word(), false),
            'W' => Node::Set(word(), true),
            's' => Node::Set(space(), false),
            'S' => Node::Set(space(), true),
            'd' => Node::Set(vec![('0', '9')], false),
            'b' => Node::Edge(true, true),
            '<' => Node::Edge(true, false),
            '>' => Node::Edge(false, true),
            'B' => Node::NoEdge,
            't' => Node::Char('\t'),
            'n' => Node::Char('\n'),
            '1'..='9' => {
                let group = c as usize - '0' as usize;
                if group > self.groups {
                    return Err("Invalid back reference");
                }
                Node::Back(group)
            }
            c => Node::Char(c),
        })
    }

    fn set(&mut self) -> Result<Node, &'static str> {
        const UNMATCHED: &str = "Unmatched [, [^, [:, [., or [=";
        if self.at == self.text.len() {
            return Err("Invalid regular expression");
        }
        let not = self.peek(0) == Some('^');
        self.at += usize::from(not);
        let (start, mut ranges) = (self.at, Vec::new());
        loop {
            match self.peek(0).ok_or(UNMATCHED)? {
                ']' if self.at > start => {
                    self.at += 1;
                    return Ok(Node::Set(ranges, not));
                }
                '[' if self.peek(1) == Some(':') => {
                    let close = (self.at + 2..self.text.len().saturating_sub(1))
                        .find(|n| self.text[*n] == ':' && self.text[n + 1] == ']')
                        .ok_or(UNMATCHED)?;
                    let name: String = self.text[self.at + 2..close].iter().collect();
                    ranges.extend(class(&name).ok_or("Invalid character class name")?);
                    self.at = close + 2;
                }
                low => match (self.peek(1), self.peek(2)) {
                    (Some('-'), Some(high)) if high != ']' => {
                        if high < low {
                            return Err("Invalid range end");
                        }
                        ranges.push((low, high));
                        self.at += 3;
                    }
                    _ => {
                        ranges.push((low, low));
                        self.at += 1;
                    }
                },
            }
        }
    }
}

fn class(name: &str) -> Option<&'static [(char, char)]> {
    Some(match name {
        "digit" => &[('0', '9')],
        "alpha" => &[('a', 'z'), ('A', 'Z')],
        "alnum" => &[('a', 'z'), ('A', 'Z'), ('0', '9')],
        "upper" => &[('A', 'Z')],
        "lower" => &[('a', 'z')],
        "space" => &[(' ', ' '), ('\t', '\r')],
        "blank" => &[(' ', ' '), ('\t', '\t')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "xdigit" => &[('0', '9'), ('a', 'f'), ('A', 'F')],
        "print" => &[(' ', '\u{10ffff}')],
        "graph" => &[('!', '\u{10ffff}')],
        "cntrl" => &[('\0', '\u{1f}')],
        _ => return None,
    })
}
