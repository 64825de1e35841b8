//! Reading a template.

use super::functions::FUNCTIONS;
use super::{Branch, Flow, Kind, Node, Operand, Pipe};
use crate::api::Value;
use crate::kubectl::print::jsonpath::unquote;

/// The template's nodes.
pub fn parse(source: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { source, at: 0, trim: false, variables: vec!["$".into()], ranges: 0, depth: 0 };
    match parser.list() {
        Ok((nodes, Stop::Eof)) => Ok(nodes),
        Ok((_, Stop::End)) => Err(parser.error("unexpected {{end}}")),
        Ok((_, Stop::Else)) => Err(parser.error("unexpected {{else}}")),
        Err(message) => Err(parser.error(&message)),
    }
}

/// Actions and parentheses within each other; deeper ones are refused.
const MAX_DEPTH: usize = 100;

/// What ended a list of nodes.
enum Stop {
    Eof,
    End,
    Else,
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
    /// Whether the last action trims the text after it.
    trim: bool,
    variables: Vec<String>,
    ranges: usize,
    depth: usize,
}

type Parsed<T> = Result<T, String>;

impl<'a> Parser<'a> {
    fn error(&self, message: &str) -> String {
        let line = self.source.get(..self.at).unwrap_or("").matches('\n').count() + 1;
        format!("template: output:{line}: {message}")
    }
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or("")
    }
    fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        self.at += if found { prefix.len() } else { 0 };
        found
    }
    fn space(&mut self) -> bool {
        let rest = self.rest();
        let blank = rest.len() - rest.trim_start().len();
        self.at += blank;
        blank > 0
    }
    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or("")
    }
    /// Whether the action ends here, with or without a trim marker.
    fn looking_at_end(&self) -> bool {
        self.rest().starts_with("}}") || (self.rest().starts_with('-') && self.rest().get(1..3) == Some("}}"))
    }
    fn close(&mut self) -> Parsed<()> {
        self.space();
        self.trim = self.rest().get(..3) == Some("-}}");
        if self.trim || self.rest().starts_with("}}") {
            self.at += if self.trim { 3 } else { 2 };
            return Ok(());
        }
        match self.rest().chars().next() {
            None => Err("unclosed action".into()),
            Some(')') => Err("unexpected right paren".into()),
            Some(c) => Err(format!("unexpected {:?} in operand", c.to_string())),
        }
    }

    /// One level deeper, if it isn't too deep.
    fn descend(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err("max expression depth exceeded".into()) } else { Ok(()) }
    }

    fn list(&mut self) -> Parsed<(Vec<Node>, Stop)> {
        let mut nodes = Vec::new();
        loop {
            self.text(&mut nodes);
            if self.rest().is_empty() {
                return Ok((nodes, Stop::Eof));
            }
            self.at += 2;
            if self.rest().starts_with("- ") || self.rest().starts_with("-\n") {
                self.at += 2;
            }
            self.space();
            if self.eat("/*") {
                let end = self.rest().find("*/").ok_or("unclosed comment")?;
                self.at += end + 2;
                self.close()?;
                continue;
            }
            let start = self.at;
            match self.word() {
                "end" => return self.close().map(|()| (nodes, Stop::End)),
                "else" => return Ok((nodes, Stop::Else)),
                "if" => nodes.push(self.branch(Branch::If, "if")?),
                "with" => nodes.push(self.branch(Branch::With, "with")?),
                "range" => nodes.push(self.branch(Branch::Range, "range")?),
                name @ ("break" | "continue") => {
                    if self.ranges == 0 {
                        return Err(format!("{{{{{name}}}}} outside {{{{range}}}}"));
                    }
                    self.close()?;
                    nodes.push(Node::Leave(if name == "break" { Flow::Break } else { Flow::Continue }));
                }
                _ => {
                    self.at = start;
                    let pipe = self.pipe("command", false)?;
                    self.close()?;
                    nodes.push(Node::Action(pipe));
                }
            }
        }
    }

    /// The text up to the next action, trimmed as the actions around it ask.
    fn text(&mut self, nodes: &mut Vec<Node>) {
        let rest = self.rest();
        let end = rest.find("{{").unwrap_or(rest.len());
        let mut text = rest.get(..end).unwrap_or("");
        if std::mem::take(&mut self.trim) {
            text = text.trim_start();
        }
        let after = rest.get(end + 2..).unwrap_or("");
        if after.starts_with('-') && after.get(1..).is_some_and(|a| a.starts_with(char::is_whitespace)) {
            text = text.trim_end();
        }
        self.at += end;
        if !text.is_empty() {
            nodes.push(Node::Text(text.into()));
        }
    }

    fn branch(&mut self, branch: Branch, name: &str) -> Parsed<Node> {
        self.descend()?;
        let scope = self.variables.len();
        self.space();
        let pipe = self.pipe(name, branch == Branch::Range)?;
        self.close()?;
        self.ranges += usize::from(branch == Branch::Range);
        let (then, stop) = self.list()?;
        self.ranges -= usize::from(branch == Branch::Range);
        let otherwise = match stop {
            Stop::Eof => return Err("unexpected EOF".into()),
            Stop::End => Vec::new(),
            Stop::Else => self.otherwise()?,
        };
        self.variables.truncate(scope);
        self.depth -= 1;
        Ok(Node::Branch(branch, pipe, then, otherwise))
    }

    /// What follows `else`: a list up to `end`, or another condition.
    fn otherwise(&mut self) -> Parsed<Vec<Node>> {
        self.space();
        for (branch, name) in [(Branch::If, "if"), (Branch::With, "with")] {
            if self.rest().strip_prefix(name).is_some_and(|r| r.starts_with(char::is_whitespace)) {
                self.at += name.len();
                return Ok(vec![self.branch(branch, name)?]);
            }
        }
        self.close()?;
        match self.list()? {
            (nodes, Stop::End) => Ok(nodes),
            (_, Stop::Else) => Err("expected end; found {{else}}".into()),
            (_, Stop::Eof) => Err("unexpected EOF".into()),
        }
    }

    /// `$a, $b := command | command`
    fn pipe(&mut self, context: &str, two_variables: bool) -> Parsed<Pipe> {
        let mut pipe = self.declaration(two_variables);
        loop {
            let command = self.command()?;
            if command.is_empty() {
                if self.rest().is_empty() {
                    return Err("unclosed action".into());
                }
                let what = if pipe.commands.is_empty() { context } else { "command" };
                return Err(format!("missing value for {what}"));
            }
            pipe.commands.push(command);
            self.space();
            if !self.eat("|") {
                break;
            }
        }
        if !pipe.assigns {
            self.variables.extend(pipe.variables.iter().cloned());
        }
        Ok(pipe)
    }

    fn declaration(&mut self, two_variables: bool) -> Pipe {
        let start = self.at;
        let mut pipe = Pipe::default();
        while self.rest().starts_with('$') && pipe.variables.len() < 1 + usize::from(two_variables) {
            self.at += 1;
            pipe.variables.push(format!("${}", self.word()));
            self.space();
            if !self.eat(",") {
                break;
            }
            self.space();
        }
        pipe.assigns = !self.rest().starts_with(":=");
        if !pipe.variables.is_empty() && (self.eat(":=") || self.eat("=")) {
            self.space();
            return pipe;
        }
        self.at = start;
        Pipe::default()
    }

    fn command(&mut self) -> Parsed<Vec<Operand>> {
        let mut operands = Vec::new();
        loop {
            self.space();
            if self.looking_at_end() || self.rest().is_empty() || self.rest().starts_with(['|', ')']) {
                return Ok(operands);
            }
            operands.push(self.operand()?);
        }
    }

    fn operand(&mut self) -> Parsed<Operand> {
        let start = self.at;
        let mut at = start;
        let mut kind = self.term()?;
        let chain = self.at;
        let mut fields = self.fields()?;
        if let (Some(c), false) = (self.rest().chars().next(), self.looking_at_end()) {
            let ends = c.is_whitespace() || ".,|:()".contains(c);
            if !ends && matches!(kind, Kind::Field(_) | Kind::Variable(..) | Kind::Function(_)) {
                return Err(format!("bad character U+{:04X} '{c}'", c as u32));
            }
        }
        match &mut kind {
            Kind::Field(first) if !fields.is_empty() => {
                at = chain;
                first.append(&mut fields);
            }
            Kind::Variable(_, list) | Kind::Paren(_, list) => list.append(&mut fields),
            _ if !fields.is_empty() => {
                return Err(format!("unexpected . after term {:?}", self.source.get(start..chain).unwrap_or("")));
            }
            _ => {}
        }
        Ok(Operand { kind, text: self.source.get(start..self.at).unwrap_or("").into(), at })
    }

    fn fields(&mut self) -> Parsed<Vec<String>> {
        let mut fields = Vec::new();
        while self.rest().starts_with('.') {
            self.at += 1;
            match self.word() {
                "" => return Err("unexpected <.> in operand".into()),
                name => fields.push(name.into()),
            }
        }
        Ok(fields)
    }

    fn term(&mut self) -> Parsed<Kind> {
        let Some(c) = self.rest().chars().next() else { return Err("unclosed action".into()) };
        match c {
            '.' => {
                self.at += 1;
                match self.word() {
                    "" => Ok(Kind::Dot),
                    name => Ok(Kind::Field(vec![name.into()])),
                }
            }
            '$' => {
                self.at += 1;
                let name = format!("${}", self.word());
                if !self.variables.contains(&name) {
                    return Err(format!("undefined variable \"{name}\""));
                }
                Ok(Kind::Variable(name, Vec::new()))
            }
            '(' => {
                self.descend()?;
                self.at += 1;
                self.space();
                let pipe = self.pipe("parenthesized pipeline", false)?;
                self.depth -= 1;
                self.space();
                if !self.eat(")") {
                    return Err("unclosed left paren".into());
                }
                Ok(Kind::Paren(pipe, Vec::new()))
            }
            '"' | '`' | '\'' => self.quoted(c),
            c if c.is_ascii_digit() || c == '+' || c == '-' => self.number(),
            c if c == '_' || c.is_alphabetic() => match self.word() {
                "nil" => Ok(Kind::Nil),
                "true" => Ok(Kind::Constant(true.into())),
                "false" => Ok(Kind::Constant(false.into())),
                name if FUNCTIONS.contains(&name) => Ok(Kind::Function(name.into())),
                name => Err(format!("function \"{name}\" not defined")),
            },
            c => Err(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32)),
        }
    }

    fn number(&mut self) -> Parsed<Kind> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-._".contains(c)).unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or("");
        self.at += end;
        let plain = text.replace('_', "");
        if let Some(hex) = plain.strip_prefix("0x").and_then(|h| i64::from_str_radix(h, 16).ok()) {
            return Ok(Kind::Constant(hex.into()));
        }
        let float = plain.parse::<f64>().map(|f| match f {
            // `1e3` is as good an integer as 1000, `1.0` is not.
            f if !plain.contains('.') && f.fract() == 0.0 && f.abs() < 9e15 => Value::from(f as i64),
            f => Value::from(f),
        });
        let number = plain.parse::<i64>().map(Value::from).or(float);
        number.map(Kind::Constant).map_err(|_| format!("bad number syntax: {text:?}"))
    }

    fn quoted(&mut self, quote: char) -> Parsed<Kind> {
        let mut escaped = false;
        let closing = self.rest().char_indices().skip(1).find(|(_, c)| {
            let ends = *c == quote && !escaped || *c == '\n' && quote != '`';
            escaped = *c == '\\' && !escaped && quote != '`';
            ends
        });
        let what = match quote {
            '"' => "quoted string",
            '`' => "raw quoted string",
            _ => "character constant",
        };
        let Some((end, c)) = closing else { return Err(format!("unterminated {what}")) };
        if c != quote {
            return Err(format!("unterminated {what}"));
        }
        let inner = self.rest().get(1..end).unwrap_or("");
        self.at += end + 1;
        if quote == '`' {
            return Ok(Kind::Constant(inner.into()));
        }
        let text = unquote(inner, quote).ok_or("invalid syntax")?;
        Ok(Kind::Constant(match quote {
            '"' => text.into(),
            _ => text.chars().next().map_or(0, u32::from).into(),
        }))
    }
}
