//! awk's machine: values, variables, statements.

use super::value::{Val, arithmetic, format};
use super::{Expr, Statement};
use crate::collections::BTreeMap;
use crate::shell::regex::Regex;

pub(super) enum Flow {
    Go,
    Next,
    Exit,
    Break,
    Continue,
}

pub(super) struct Run {
    pub(super) vars: BTreeMap<String, Val>,
    pub(super) arrays: BTreeMap<String, BTreeMap<String, Val>>,
    pub(super) record: String,
    pub(super) fields: Vec<String>,
    pub(super) out: String,
    pub(super) status: i32,
    pub(super) steps: usize,
    pub(super) regexes: BTreeMap<String, Option<Regex>>,
}

/// A program that runs longer than this is stopped.
const STEPS_MAX: usize = 5_000_000;

impl Run {
    fn var(&self, name: &str) -> Val {
        if name == "NF" {
            return Val::Num(self.fields.len() as f64);
        }
        self.vars.get(name).cloned().unwrap_or(Val::Input(String::new()))
    }

    pub(super) fn set_record(&mut self, text: &str) {
        self.record = text.to_owned();
        self.fields = self.split(text, &self.var("FS").text());
    }

    fn split(&mut self, text: &str, separator: &str) -> Vec<String> {
        if separator == " " {
            return text.split_whitespace().map(str::to_owned).collect();
        }
        if text.is_empty() {
            return Vec::new();
        }
        if separator.chars().count() == 1 && separator != "\\" {
            return text.split(separator).map(str::to_owned).collect();
        }
        let Some(regex) = self.regex(separator) else { return vec![text.to_owned()] };
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some((a, b)) = regex.find(text, from).and_then(|c| c[0]) {
            if b == a {
                break;
            }
            found.push(text[from..a].to_owned());
            from = b;
        }
        found.push(text[from..].to_owned());
        found
    }

    fn regex(&mut self, pattern: &str) -> Option<Regex> {
        self.regexes.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern, true, false).ok()).clone()
    }

    fn matches(&mut self, text: &str, pattern: &Expr) -> bool {
        let pattern = match pattern {
            Expr::Pattern(p) => p.clone(),
            other => self.eval(other).text(),
        };
        self.regex(&pattern).is_some_and(|r| r.is_match(text))
    }

    fn key(&mut self, keys: &[Expr]) -> String {
        keys.iter().map(|k| self.eval(k).text()).collect::<Vec<_>>().join("\u{1c}")
    }

    fn assign(&mut self, target: &Expr, value: Val) {
        match target {
            Expr::Var(name) if name == "NF" => {
                self.fields.resize(value.number().clamp(0.0, 10_000.0) as usize, String::new());
                self.join();
            }
            Expr::Var(name) => {
                self.vars.insert(name.clone(), value);
            }
            Expr::Index(name, keys) => {
                let key = self.key(keys);
                self.arrays.entry(name.clone()).or_default().insert(key, value);
            }
            Expr::Field(inner) => {
                let n = self.eval(inner).number().clamp(0.0, 10_000.0) as usize;
                if n == 0 {
                    self.set_record(&value.text());
                } else {
                    if self.fields.len() < n {
                        self.fields.resize(n, String::new());
                    }
                    self.fields[n - 1] = value.text();
                    self.join();
                }
            }
            _ => {}
        }
    }

    fn join(&mut self) {
        let separator = self.var("OFS").text();
        self.record = self.fields.join(&separator);
    }

    pub(super) fn eval(&mut self, expr: &Expr) -> Val {
        self.steps += 1;
        let flag = |b: bool| Val::Num(f64::from(u8::from(b)));
        match expr {
            Expr::Number(n) => Val::Num(*n),
            Expr::Text(t) => Val::Str(t.clone()),
            Expr::Pattern(_) => {
                let record = self.record.clone();
                flag(self.matches(&record, expr))
            }
            Expr::Field(inner) => {
                let n = self.eval(inner).number();
                Val::Input(if n == 0.0 {
                    self.record.clone()
                } else {
                    self.fields.get(n as usize - 1).cloned().unwrap_or_default()
                })
            }
            Expr::Var(name) => self.var(name),
            Expr::Index(name, keys) => {
                let key = self.key(keys);
                self.arrays.entry(name.clone()).or_default().entry(key).or_insert(Val::Input(String::new())).clone()
            }
            Expr::Unary(op, inner) => {
                let value = self.eval(inner);
                match *op {
                    "!" => flag(!value.truth()),
                    "-" => Val::Num(-value.number()),
                    _ => Val::Num(value.number()),
                }
            }
            Expr::Step(target, by, old) => {
                let before = self.eval(target).number();
                self.assign(target, Val::Num(before + by));
                Val::Num(if *old { before } else { before + by })
            }
            Expr::Binary(op, a, b) => self.binary(op, a, b),
            Expr::Assign(op, target, value) => {
                let value = self.eval(value);
                let value = if *op == "=" {
                    value
                } else {
                    let old = self.eval(target).number();
                    Val::Num(arithmetic(op.trim_end_matches('='), old, value.number()))
                };
                self.assign(target, value.clone());
                value
            }
            Expr::Choice(condition, yes, no) => {
                if self.eval(condition).truth() {
                    self.eval(yes)
                } else {
                    self.eval(no)
                }
            }
            Expr::In(key, array) => {
                let key = self.eval(key).text();
                flag(self.arrays.get(array).is_some_and(|a| a.contains_key(&key)))
            }
            Expr::Call(name, args) => self.call(name, args),
        }
    }

    fn binary(&mut self, op: &str, a: &Expr, b: &Expr) -> Val {
        let flag = |b: bool| Val::Num(f64::from(u8::from(b)));
        match op {
            "&&" => return flag(self.eval(a).truth() && self.eval(b).truth()),
            "||" => return flag(self.eval(a).truth() || self.eval(b).truth()),
            "~" | "!~" => {
                let text = self.eval(a).text();
                return flag(self.matches(&text, b) == (op == "~"));
            }
            _ => {}
        }
        let (a, b) = (self.eval(a), self.eval(b));
        let order = || {
            if a.numeric() && b.numeric() {
                a.number().partial_cmp(&b.number()).unwrap_or(std::cmp::Ordering::Equal)
            } else {
                a.text().cmp(&b.text())
            }
        };
        match op {
            " " => Val::Str(a.text() + &b.text()),
            "==" => flag(order().is_eq()),
            "!=" => flag(order().is_ne()),
            "<" => flag(order().is_lt()),
            "<=" => flag(order().is_le()),
            ">" => flag(order().is_gt()),
            ">=" => flag(order().is_ge()),
            _ => Val::Num(arithmetic(op, a.number(), b.number())),
        }
    }

    fn call(&mut self, name: &str, args: &[Expr]) -> Val {
        if let ("length", [Expr::Var(array)]) = (name, args)
            && let Some(array) = self.arrays.get(array)
        {
            return Val::Num(array.len() as f64);
        }
        if let ("split", [text, Expr::Var(array), rest @ ..]) = (name, args) {
            let text = self.eval(text).text();
            let separator = match rest.first() {
                Some(Expr::Pattern(p)) => p.clone(),
                Some(other) => self.eval(other).text(),
                None => self.var("FS").text(),
            };
            let parts = self.split(&text, &separator);
            let count = parts.len();
            let pairs = parts.into_iter().enumerate().map(|(n, p)| ((n + 1).to_string(), Val::Input(p))).collect();
            self.arrays.insert(array.clone(), pairs);
            return Val::Num(count as f64);
        }
        if let ("sub" | "gsub", [pattern, with, rest @ ..]) = (name, args) {
            return self.substitute(name == "gsub", pattern, with, rest.first());
        }
        if let ("match", [text, pattern]) = (name, args) {
            let text = self.eval(text).text();
            let pattern = if let Expr::Pattern(p) = pattern { p.clone() } else { self.eval(pattern).text() };
            let hit = self.regex(&pattern).and_then(|r| r.find(&text, 0)).and_then(|c| c[0]);
            let (start, length) =
                hit.map_or((0, -1), |(a, b)| (text[..a].chars().count() as i64 + 1, text[a..b].chars().count() as i64));
            self.vars.insert("RSTART".into(), Val::Num(start as f64));
            self.vars.insert("RLENGTH".into(), Val::Num(length as f64));
            return Val::Num(start as f64);
        }
        let values: Vec<Val> = args.iter().map(|a| self.eval(a)).collect();
        let text = |n: usize| values.get(n).map(Val::text).unwrap_or_default();
        let number = |n: usize| values.get(n).map(Val::number).unwrap_or(0.0);
        match name {
            "length" if values.is_empty() => Val::Num(self.record.chars().count() as f64),
            "length" => Val::Num(text(0).chars().count() as f64),
            "substr" => {
                let (from, length) =
                    (number(1).round(), if values.len() > 2 { number(2).round() } else { f64::INFINITY });
                let whole = text(0);
                let kept = whole.chars().enumerate().filter(|(i, _)| {
                    let at = *i as f64 + 1.0;
                    at >= from && at < from + length
                });
                Val::Str(kept.map(|(_, c)| c).collect())
            }
            "index" => {
                let (a, b) = (text(0), text(1));
                Val::Num(a.find(&b).map_or(0.0, |at| a[..at].chars().count() as f64 + 1.0))
            }
            "toupper" => Val::Str(text(0).to_uppercase()),
            "tolower" => Val::Str(text(0).to_lowercase()),
            "int" => Val::Num(number(0).trunc()),
            "sqrt" => Val::Num(number(0).sqrt()),
            "sprintf" => Val::Str(format(&values)),
            _ => Val::Str(String::new()),
        }
    }

    fn substitute(&mut self, all: bool, pattern: &Expr, with: &Expr, target: Option<&Expr>) -> Val {
        let pattern = if let Expr::Pattern(p) = pattern { p.clone() } else { self.eval(pattern).text() };
        let with = self.eval(with).text();
        let record = Expr::Field(Box::new(Expr::Number(0.0)));
        let target = target.unwrap_or(&record);
        let text = self.eval(target).text();
        let Some(regex) = self.regex(&pattern) else { return Val::Num(0.0) };
        let (mut out, mut from, mut count) = (String::new(), 0, 0);
        while let Some((a, b)) = regex.find(&text, from).and_then(|c| c[0]) {
            count += 1;
            out.push_str(&text[from..a]);
            out.push_str(&with.replace("\\&", "\u{0}").replace('&', &text[a..b]).replace('\u{0}', "&"));
            from = b;
            if a == b {
                let next = text[b..].chars().next();
                out.extend(next);
                from += next.map_or(1, char::len_utf8);
            }
            if !all || from > text.len() {
                break;
            }
        }
        out.push_str(text.get(from..).unwrap_or(""));
        if count > 0 {
            self.assign(target, Val::Input(out));
        }
        Val::Num(f64::from(count))
    }

    pub(super) fn run(&mut self, statement: &Statement) -> Flow {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Flow::Exit;
        }
        match statement {
            Statement::Expr(e) => {
                self.eval(e);
            }
            Statement::Print(list, true) => {
                let values: Vec<Val> = list.iter().map(|e| self.eval(e)).collect();
                self.out.push_str(&format(&values));
            }
            Statement::Print(list, false) => {
                let text = if list.is_empty() {
                    self.record.clone()
                } else {
                    let separator = self.var("OFS").text();
                    list.iter().map(|e| self.eval(e).text()).collect::<Vec<_>>().join(&separator)
                };
                let end = self.var("ORS").text();
                self.out.push_str(&text);
                self.out.push_str(&end);
            }
            Statement::If(condition, then, otherwise) => {
                if self.eval(condition).truth() {
                    return self.run(then);
                }
                if let Some(otherwise) = otherwise {
                    return self.run(otherwise);
                }
            }
            Statement::While(condition, body) => {
                while self.steps < STEPS_MAX && self.eval(condition).truth() {
                    match self.run(body) {
                        Flow::Break => break,
                        Flow::Go | Flow::Continue => {}
                        other => return other,
                    }
                }
            }
            Statement::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.eval(first);
                }
                while self.steps < STEPS_MAX && condition.as_ref().is_none_or(|c| self.eval(c).truth()) {
                    match self.run(body) {
                        Flow::Break => break,
                        Flow::Go | Flow::Continue => {}
                        other => return other,
                    }
                    if let Some(step) = step {
                        self.eval(step);
                    }
                }
            }
            Statement::Each(key, array, body) => {
                let keys: Vec<String> = self.arrays.get(array).map(|a| a.keys().cloned().collect()).unwrap_or_default();
                for k in keys {
                    self.vars.insert(key.clone(), Val::Input(k));
                    match self.run(body) {
                        Flow::Break => break,
                        Flow::Go | Flow::Continue => {}
                        other => return other,
                    }
                }
            }
            Statement::Block(list) => {
                for inner in list {
                    match self.run(inner) {
                        Flow::Go => {}
                        other => return other,
                    }
                }
            }
            Statement::Delete(name, keys) => {
                if keys.is_empty() {
                    self.arrays.remove(name);
                } else {
                    let key = self.key(keys);
                    self.arrays.entry(name.clone()).or_default().remove(&key);
                }
            }
            Statement::Next => return Flow::Next,
            Statement::Break => return Flow::Break,
            Statement::Continue => return Flow::Continue,
            Statement::Exit(code) => {
                if let Some(code) = code {
                    self.status = self.eval(code).number() as i32 & 255;
                }
                return Flow::Exit;
            }
        }
        Flow::Go
    }
}
