//! Reading a template.

use super::{Node, Param};
use crate::api::Value;

/// The template's pieces: text and lists.
// upstream: client-go/util/jsonpath/parser.go Parser.Parse
pub fn parse(text: &str) -> Result<Vec<Node>, String> {
    parse_within(text, 0)
}

/// Filters and unions within each other; upstream has no bound.
const MAX_DEPTH: usize = 50;

fn parse_within(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    if depth > MAX_DEPTH {
        return Err("too many filters within each other".into());
    }
    let mut parser = Parser { input: text.chars().collect(), at: 0, depth };
    let mut nodes = Vec::new();
    loop {
        let start = parser.at;
        while parser.peek().is_some_and(|c| c != '{') {
            parser.at += 1;
        }
        if parser.at > start {
            nodes.push(Node::Text(parser.from(start)));
        }
        if parser.next().is_none() {
            return Ok(nodes);
        }
        nodes.push(Node::List(parser.action()?));
    }
}

/// The steps of one action's text without its braces.
// upstream: client-go/util/jsonpath/parser.go parseAction
fn parse_action(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    match parse_within(&format!("{{{text}}}"), depth + 1)?.into_iter().next() {
        Some(Node::List(steps)) => Ok(steps),
        _ => Ok(Vec::new()),
    }
}

struct Parser {
    input: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.input.get(self.at).copied()
    }
    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }
    fn looking_at(&self, prefix: &str) -> bool {
        self.input
            .get(self.at..)
            .is_some_and(|rest| prefix.chars().zip(rest).filter(|(a, b)| a == *b).count() == prefix.len())
    }
    fn from(&self, start: usize) -> String {
        self.input.get(start..self.at).unwrap_or_default().iter().collect()
    }
    /// Whether the character before the one just read is a backslash.
    fn escaped(&self) -> bool {
        self.at >= 2 && self.input.get(self.at - 2) == Some(&'\\')
    }

    // upstream: client-go/util/jsonpath/parser.go parseInsideAction
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut steps = Vec::new();
        loop {
            if self.looking_at("[?(") {
                self.at += 3;
                steps.push(self.filter()?);
                continue;
            }
            if self.looking_at("..") {
                if steps.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".into());
                }
                self.at += 2;
                steps.push(Node::Recursive);
                if self.peek().is_some_and(is_alphanumeric) {
                    steps.push(self.field());
                }
                continue;
            }
            let start = self.at;
            match self.next() {
                None | Some('\r' | '\n') => return Err("unclosed action".into()),
                Some('}') => return Ok(steps),
                Some(' ' | '@' | '$') => {}
                Some('[') => self.array(&mut steps)?,
                Some(quote @ ('"' | '\'')) => steps.push(Node::Text(self.quoted(quote)?)),
                Some('.') => steps.push(self.field()),
                Some(c) if c == '+' || c == '-' || c.is_ascii_digit() => {
                    self.at = start;
                    steps.push(Node::Constant(self.number()?));
                }
                Some(c) if is_alphanumeric(c) => {
                    while self.peek().is_some_and(|c| !is_terminator(c)) {
                        self.at += 1;
                    }
                    steps.push(match self.from(start).as_str() {
                        "true" => Node::Constant(true.into()),
                        "false" => Node::Constant(false.into()),
                        name => Node::Identifier(name.into()),
                    });
                }
                Some(c) => {
                    let shown = if c.is_control() { String::new() } else { format!(" '{c}'") };
                    return Err(format!("unrecognized character in action: U+{:04X}{shown}", c as u32));
                }
            }
        }
    }

    fn field(&mut self) -> Node {
        let start = self.at;
        while let Some(c) = self.peek().filter(|c| !is_terminator(*c)) {
            self.at += 1 + usize::from(c == '\\' && self.at + 1 < self.input.len());
        }
        match self.from(start).as_str() {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        self.at += usize::from(matches!(self.peek(), Some('+' | '-')));
        while self.peek().is_some_and(|c| c == '.' || c.is_ascii_digit()) {
            self.at += 1;
        }
        let text = self.from(start);
        let number = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from));
        number.map_err(|_| format!("cannot parse number {text}"))
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let start = self.at;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".into()),
                Some(c) if c == quote && !self.escaped() => break,
                Some(_) => {}
            }
        }
        let inner: String = self.input.get(start..self.at - 1).unwrap_or_default().iter().collect();
        unquote(&inner, quote).ok_or_else(|| format!("unquote string {quote}{inner}{quote} error invalid syntax"))
    }

    // upstream: client-go/util/jsonpath/parser.go parseArray
    fn array(&mut self, steps: &mut Vec<Node>) -> Result<(), String> {
        let start = self.at;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".into()),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let inner: String = self.input.get(start..self.at - 1).unwrap_or_default().iter().collect();
        let text = if inner == "*" { ":" } else { &inner };
        if text.contains(',') {
            let parts = text.split(',').map(|part| parse_action(&format!("[{}]", part.trim_matches(' ')), self.depth));
            steps.push(Node::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).filter(|k| !k.contains('\''));
        if let Some(key) = key {
            steps.extend(parse_action(&format!(".{key}"), self.depth)?);
            return Ok(());
        }
        steps.push(Node::Array(slice(text)?));
        Ok(())
    }

    // upstream: client-go/util/jsonpath/parser.go parseFilter
    fn filter(&mut self) -> Result<Node, String> {
        let start = self.at;
        let mut quote = None;
        let mut closed = false;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".into()),
                Some(c @ ('"' | '\'')) => match quote {
                    None => quote = Some(c),
                    Some(q) if q == c && !self.escaped() => closed = true,
                    Some(_) => {}
                },
                Some(')') if quote.is_some() == closed => break,
                Some(_) => {}
            }
        }
        let text: String = self.input.get(start..self.at - 1).unwrap_or_default().iter().collect();
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".into());
        }
        let Some((left, operator, right)) = comparison(&text) else {
            return Ok(Node::Filter {
                left: parse_action(&text, self.depth)?,
                operator: "exists".into(),
                right: Vec::new(),
            });
        };
        Ok(Node::Filter {
            left: parse_action(left, self.depth)?,
            operator: operator.into(),
            right: parse_action(right, self.depth)?,
        })
    }
}

/// `^([^!<>=]+)([!<>=]+)(.+?)$`
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
    let at = text.find(is_operator).filter(|at| *at > 0)?;
    let (left, rest) = text.split_at_checked(at)?;
    let length = rest.find(|c| !is_operator(c)).unwrap_or(rest.len().saturating_sub(1));
    let (operator, right) = rest.split_at_checked(length)?;
    (!operator.is_empty() && !right.is_empty()).then_some((left, operator, right))
}

/// `start:end:step`, each of them optional; a lone number is an index.
fn slice(text: &str) -> Result<[Param; 3], String> {
    let parts: Vec<&str> = text.split(':').collect();
    let digits = |part: &str| part.strip_prefix('-').unwrap_or(part).bytes().all(|b| b.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(|part| digits(part)) {
        return Err(format!("invalid array index {text}"));
    }
    let mut params = [Param::default(); 3];
    for (i, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
        let value = part.parse().map_err(|_| format!("array index {part} is not a number"))?;
        params[i] = Param { value, known: true, derived: false };
    }
    if parts.len() == 1 {
        params[1] = Param { value: params[0].value.saturating_add(1), known: true, derived: true };
    }
    Ok(params)
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn is_terminator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

/// Go's escapes in a string; `None` where one is wrong.
// upstream: strconv.UnquoteChar
pub fn unquote(text: &str, quote: char) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == quote {
            return None;
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let digits = match chars.next()? {
            'a' => Err('\u{7}'),
            'b' => Err('\u{8}'),
            'f' => Err('\u{c}'),
            'n' => Err('\n'),
            'r' => Err('\r'),
            't' => Err('\t'),
            'v' => Err('\u{b}'),
            '\\' => Err('\\'),
            c if c == quote => Err(quote),
            'x' => Ok(2),
            'u' => Ok(4),
            'U' => Ok(8),
            _ => return None,
        };
        match digits {
            Err(plain) => out.push(plain),
            Ok(count) => {
                let hex: String = chars.by_ref().take(count).collect();
                let code = u32::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == count)?;
                out.push(char::from_u32(code)?);
            }
        }
    }
    Some(out)
}
