//! Executing a template.

use super::functions::{self, Data};
use super::{Branch, Flow, Kind, Node, Operand, Pipe, Template};
use crate::api::Value;
use crate::kubectl::print::go;

/// What the template prints of `object`, and what went wrong.
pub fn run(template: &Template, object: &Value) -> (String, Option<String>) {
    let variables = vec![("$".into(), Some(object.clone()))];
    let mut state = State { template, variables, out: String::new() };
    let error = state.list(&template.nodes, &Some(object.clone())).err();
    (state.out, error)
}

struct State<'a> {
    template: &'a Template,
    variables: Vec<(String, Data)>,
    out: String,
}

impl State<'_> {
    fn error(&self, operand: &Operand, message: &str) -> String {
        self.template.error(operand.at, &operand.text, message)
    }

    fn list(&mut self, nodes: &[Node], dot: &Data) -> Result<Flow, String> {
        for node in nodes {
            let flow = match node {
                Node::Text(text) => {
                    self.out.push_str(text);
                    Flow::Next
                }
                Node::Action(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        self.out.push_str(&printed(&value));
                    }
                    Flow::Next
                }
                Node::Branch(branch, pipe, then, otherwise) => {
                    let scope = self.variables.len();
                    let flow = self.branch(*branch, pipe, then, otherwise, dot);
                    self.variables.truncate(scope);
                    flow?
                }
                Node::Leave(flow) => *flow,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn branch(
        &mut self,
        branch: Branch,
        pipe: &Pipe,
        then: &[Node],
        otherwise: &[Node],
        dot: &Data,
    ) -> Result<Flow, String> {
        let value = self.pipe(pipe, dot)?;
        if branch == Branch::Range {
            return self.range(value, pipe, then, otherwise, dot);
        }
        if !functions::truth(&value) {
            return self.list(otherwise, dot);
        }
        self.list(then, if branch == Branch::With { &value } else { dot })
    }

    fn range(
        &mut self,
        value: Data,
        pipe: &Pipe,
        then: &[Node],
        otherwise: &[Node],
        dot: &Data,
    ) -> Result<Flow, String> {
        let items: Vec<(Value, Value)> = match &value {
            Some(Value::Array(list)) => list.iter().enumerate().map(|(i, v)| (i.into(), v.clone())).collect(),
            Some(Value::Object(map)) => map.iter().map(|(k, v)| (k.as_str().into(), v.clone())).collect(),
            Some(Value::Number(n)) if n.is_i64() => {
                (0..n.as_i64().unwrap_or(0).min(100_000)).map(|i| (i.into(), i.into())).collect()
            }
            None | Some(Value::Null) => Vec::new(),
            Some(other) => {
                let message = format!("range can't iterate over {}", go::sprint(other));
                let first = pipe.commands.first().and_then(|c| c.first());
                return Err(first.map_or_else(|| message.clone(), |operand| self.error(operand, &message)));
            }
        };
        if items.is_empty() {
            return self.list(otherwise, dot);
        }
        let scope = self.variables.len();
        for (key, item) in items {
            self.variables.truncate(scope);
            match pipe.variables.as_slice() {
                [one] => self.set(one, Some(item.clone()), pipe.assigns),
                [first, second] => {
                    self.set(first, Some(key), pipe.assigns);
                    self.set(second, Some(item.clone()), pipe.assigns);
                }
                _ => {}
            }
            if self.list(then, &Some(item))? == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn set(&mut self, name: &str, value: Data, assigns: bool) {
        match self.variables.iter_mut().rev().find(|(n, _)| n == name).filter(|_| assigns) {
            Some((_, old)) => *old = value,
            None => self.variables.push((name.into(), value)),
        }
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Data) -> Result<Data, String> {
        let mut value: Option<Data> = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?);
        }
        let value = value.flatten().filter(|v| !v.is_null());
        if pipe.variables.len() == 1 {
            self.set(&pipe.variables[0], value.clone(), pipe.assigns);
        }
        Ok(value)
    }

    fn command(&mut self, command: &[Operand], dot: &Data, last: Option<Data>) -> Result<Data, String> {
        let Some((first, rest)) = command.split_first() else { return Ok(None) };
        let Kind::Function(name) = &first.kind else {
            if !rest.is_empty() || last.is_some() {
                let message = match &first.kind {
                    Kind::Field(fields) => {
                        let last = fields.last().map_or("", String::as_str);
                        format!("{last} is not a method but has arguments")
                    }
                    _ => format!("can't give argument to non-function {}", first.text),
                };
                return Err(self.error(first, &message));
            }
            if matches!(first.kind, Kind::Nil) {
                return Err(self.error(first, "nil is not a command"));
            }
            return self.operand(first, dot);
        };
        let text = command.iter().map(|o| o.text.as_str()).collect::<Vec<_>>().join(" ");
        let whole = Operand { kind: Kind::Dot, text, at: first.at };
        let mut arguments = Vec::with_capacity(command.len());
        for operand in rest {
            let value = self.operand(operand, dot)?;
            // `and` and `or` look at no more than they need.
            let decided = name == "and" && !functions::truth(&value) || name == "or" && functions::truth(&value);
            arguments.push(value);
            if decided {
                break;
            }
        }
        arguments.extend(last);
        functions::call(name, &arguments).map_err(|message| self.error(&whole, &message))
    }

    fn operand(&mut self, operand: &Operand, dot: &Data) -> Result<Data, String> {
        let (value, fields) = match &operand.kind {
            Kind::Dot => return Ok(dot.clone()),
            Kind::Nil => return Ok(None),
            Kind::Constant(value) => return Ok(Some(value.clone())),
            Kind::Function(name) => return functions::call(name, &[]).map_err(|m| self.error(operand, &m)),
            Kind::Field(fields) => (dot.clone(), fields),
            Kind::Variable(name, fields) => {
                let found = self.variables.iter().rev().find(|(n, _)| n == name);
                (found.and_then(|(_, value)| value.clone()), fields)
            }
            Kind::Paren(pipe, fields) => (self.pipe(pipe, dot)?, fields),
        };
        let mut value = value;
        for field in fields {
            value = match value {
                Some(Value::Object(mut map)) => match map.remove(field) {
                    None if !self.template.allow_missing_keys => {
                        return Err(self.error(operand, &format!("map has no entry for key \"{field}\"")));
                    }
                    found => found,
                },
                None => None,
                Some(Value::Null) => {
                    let message = format!("nil pointer evaluating interface {{}}.{field}");
                    return Err(self.error(operand, &message));
                }
                Some(_) => {
                    let message = format!("can't evaluate field {field} in type interface {{}}");
                    return Err(self.error(operand, &message));
                }
            };
        }
        Ok(value)
    }
}

fn printed(value: &Data) -> String {
    match value {
        None | Some(Value::Null) => "<no value>".into(),
        Some(value) => go::sprint(value),
    }
}
