//! Integer arithmetic of `$((…))`.

use super::state::State;

/// The value of an expression, or what is wrong with it.
pub fn evaluate(text: &str, state: &mut State) -> Result<i64, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, state, depth: 0 };
    if tokens.is_empty() {
        return Ok(0);
    }
    let value = parser
        .comma()
        .map_err(|message| if message.contains("(error") { format!("{text}: {message}") } else { message })?;
    match parser.tokens.get(parser.at) {
        None => Ok(value),
        Some(token) => Err(format!("{text}: syntax error in expression (error token is \"{}\")", shown(token))),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(i64),
    Name(String),
    Op(&'static str),
}

fn shown(token: &Token) -> String {
    match token {
        Token::Number(n) => n.to_string(),
        Token::Name(n) => n.clone(),
        Token::Op(op) => (*op).into(),
    }
}

/// Longest first.
const OPS: [&str; 36] = [
    "<<=", ">>=", "**", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=",
    "|=", "^=", "+", "-", "*", "/", "%", "<", ">", "!", "~", "&", "|", "^", "?", ":", "=",
];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let (mut found, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start();
        let Some(c) = rest.chars().next() else { return Ok(found) };
        if c.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            found
                .push(Token::Number(number(&rest[..end]).ok_or_else(|| {
                    format!("{text}: value too great for base (error token is \"{}\")", &rest[..end])
                })?));
            rest = &rest[end..];
        } else if c.is_ascii_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(Token::Name(rest[..end].into()));
            rest = &rest[end..];
        } else if let Some(op) = OPS.into_iter().chain(["(", ")", ","]).find(|op| rest.starts_with(op)) {
            found.push(Token::Op(op));
            rest = &rest[op.len()..];
        } else {
            return Err(format!("{text}: syntax error: operand expected (error token is \"{rest}\")"));
        }
    }
}

fn number(text: &str) -> Option<i64> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return i64::from_str_radix(hex, 16).ok();
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => i64::from_str_radix(octal, 8).ok(),
        _ => text.parse().ok(),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    state: &'a mut State,
    depth: usize,
}

/// Binary operators by how tightly they bind.
fn level(op: &str) -> Option<u8> {
    Some(match op {
        "||" => 1,
        "&&" => 2,
        "|" => 3,
        "^" => 4,
        "&" => 5,
        "==" | "!=" => 6,
        "<" | ">" | "<=" | ">=" => 7,
        "<<" | ">>" => 8,
        "+" | "-" => 9,
        "*" | "/" | "%" => 10,
        "**" => 11,
        _ => return None,
    })
}

impl Parser<'_> {
    fn op(&mut self, ops: &[&'static str]) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Op(op)) if ops.contains(op) => {
                self.at += 1;
                Some(op)
            }
            _ => None,
        }
    }

    fn comma(&mut self) -> Result<i64, String> {
        let mut value = self.assign()?;
        while self.op(&[","]).is_some() {
            value = self.assign()?;
        }
        Ok(value)
    }

    fn assign(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("expression recursion level exceeded".into());
        }
        let start = self.at;
        let result = match self.tokens.get(start).cloned() {
            Some(Token::Name(name)) => {
                self.at += 1;
                match self.op(&["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="]) {
                    Some(op) => {
                        let right = self.assign()?;
                        let old = self.value(&name);
                        let value = if op == "=" { right } else { binary(op.trim_end_matches('='), old, right)? };
                        self.state.set(&name, value.to_string());
                        Ok(value)
                    }
                    None => {
                        self.at = start;
                        self.choice()
                    }
                }
            }
            _ => self.choice(),
        };
        self.depth -= 1;
        result
    }

    fn choice(&mut self) -> Result<i64, String> {
        let condition = self.binary(1)?;
        if self.op(&["?"]).is_none() {
            return Ok(condition);
        }
        let yes = self.assign()?;
        if self.op(&[":"]).is_none() {
            return Err("`:' expected for conditional expression".into());
        }
        let no = self.assign()?;
        Ok(if condition != 0 { yes } else { no })
    }

    fn binary(&mut self, least: u8) -> Result<i64, String> {
        let mut left = self.unary()?;
        while let Some(Token::Op(op)) = self.tokens.get(self.at) {
            let Some(binds) = level(op).filter(|l| *l >= least) else { break };
            self.at += 1;
            let right = self.binary(if *op == "**" { binds } else { binds + 1 })?;
            left = binary(op, left, right)?;
        }
        Ok(left)
    }

    fn value(&self, name: &str) -> i64 {
        self.state.get(name).and_then(|v| number(v.trim()).or_else(|| v.trim().parse().ok())).unwrap_or(0)
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("expression recursion level exceeded".into());
        }
        let result = match self.op(&["!", "~", "-", "+", "(", "++", "--"]) {
            Some("!") => self.unary().map(|v| i64::from(v == 0)),
            Some("~") => self.unary().map(|v| !v),
            Some("-") => self.unary().map(i64::wrapping_neg),
            Some("+") => self.unary(),
            Some("(") => {
                let value = self.comma()?;
                self.op(&[")"]).map(|_| value).ok_or_else(|| "missing `)'".to_owned())
            }
            Some(op) => self.step(op, true),
            None => self.primary(),
        };
        self.depth -= 1;
        result
    }

    /// `++x`, `--x`
    fn step(&mut self, op: &str, _before: bool) -> Result<i64, String> {
        let Some(Token::Name(name)) = self.tokens.get(self.at).cloned() else { return self.unary() };
        self.at += 1;
        let value = self.value(&name) + if op == "++" { 1 } else { -1 };
        self.state.set(&name, value.to_string());
        Ok(value)
    }

    fn primary(&mut self) -> Result<i64, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Number(n)) => Ok(n),
            Some(Token::Name(name)) => {
                let value = self.value(&name);
                if let Some(op) = self.op(&["++", "--"]) {
                    self.state.set(&name, (value + if op == "++" { 1 } else { -1 }).to_string());
                }
                Ok(value)
            }
            Some(token) => Err(format!("syntax error: operand expected (error token is \"{}\")", shown(&token))),
            None => {
                let last = self.at.checked_sub(2).and_then(|n| self.tokens.get(n)).map(shown).unwrap_or_default();
                Err(format!("syntax error: operand expected (error token is \"{last}\")"))
            }
        }
    }
}

fn binary(op: &str, a: i64, b: i64) -> Result<i64, String> {
    Ok(match op {
        "||" => i64::from(a != 0 || b != 0),
        "&&" => i64::from(a != 0 && b != 0),
        "|" => a | b,
        "^" => a ^ b,
        "&" => a & b,
        "==" => i64::from(a == b),
        "!=" => i64::from(a != b),
        "<" => i64::from(a < b),
        ">" => i64::from(a > b),
        "<=" => i64::from(a <= b),
        ">=" => i64::from(a >= b),
        "<<" => a.wrapping_shl(b as u32),
        ">>" => a.wrapping_shr(b as u32),
        "+" => a.wrapping_add(b),
        "-" => a.wrapping_sub(b),
        "*" => a.wrapping_mul(b),
        "/" | "%" if b == 0 => return Err("division by 0 (error token is \"0\")".into()),
        "/" => a.wrapping_div(b),
        "%" => a.wrapping_rem(b),
        _ => a.wrapping_pow(u32::try_from(b).map_err(|_| "exponent less than 0".to_owned())?),
    })
}
