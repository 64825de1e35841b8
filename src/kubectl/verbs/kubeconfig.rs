//! `kubectl config`
//!
//! upstream: kubectl/pkg/cmd/config

use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use crate::collections::{sort, sort_by};
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::present;
use crate::kubectl::print::tabwriter;
use serde_json::json;

/// `kubectl config current-context`
pub fn current_context(cx: &mut Cx) -> Outcome<Flow> {
    let current = cx.s.config.current().to_string();
    if current.is_empty() {
        return Err(Failure::new("current-context is not set"));
    }
    cx.line(&current);
    Ok(Flow::Done)
}

/// `kubectl config get-contexts`
pub fn get_contexts(cx: &mut Cx) -> Outcome<Flow> {
    let config = cx.s.config.clone();
    let wanted = cx.s.flags.args.clone();
    let mut failures = Vec::new();
    let mut names: Vec<String> = match wanted.is_empty() {
        true => config.value.list_at("contexts").iter().map(|c| c.str_at("name").to_string()).collect(),
        false => wanted,
    };
    sort(&mut names);
    names.retain(|name| match config.entry("contexts", name) {
        Some(_) => true,
        None => {
            failures.push(Failure::new(format!("context {name} not found")));
            false
        }
    });
    match cx.s.flags.text("output") {
        "name" => names.iter().for_each(|name| cx.line(name)),
        "" => {
            let mut text = String::new();
            if !cx.s.flags.on("no-headers") {
                text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
            }
            for name in &names {
                let context = config.entry("contexts", name).map_or(&Value::Null, |c| c.at("context"));
                let mark = if name == config.current() { "*" } else { "" };
                let (cluster, user, namespace) =
                    (context.str_at("cluster"), context.str_at("user"), context.str_at("namespace"));
                text.push_str(&format!("{mark}\t{name}\t{cluster}\t{user}\t{namespace}\n"));
            }
            let text = tabwriter::layout(&text, tabwriter::TABLE);
            cx.io.out.out(&text);
        }
        other => {
            let text = format!("output must be one of '' or 'name': {other}");
            return Err(Failure::new(text));
        }
    }
    Failure::all(failures)?;
    Ok(Flow::Done)
}

/// `kubectl config get-clusters`
pub fn get_clusters(cx: &mut Cx) -> Outcome<Flow> {
    list(cx, "clusters")
}
/// `kubectl config get-users`
pub fn get_users(cx: &mut Cx) -> Outcome<Flow> {
    list(cx, "users")
}

fn list(cx: &mut Cx, what: &str) -> Outcome<Flow> {
    cx.line("NAME");
    let entries = cx.s.config.value.list_at(what).to_vec();
    entries.iter().for_each(|e| cx.line(e.str_at("name")));
    Ok(Flow::Done)
}

/// `kubectl config view`
pub fn view(cx: &mut Cx) -> Outcome<Flow> {
    let mut value = cx.s.config.value.clone();
    if cx.s.flags.on("minify") {
        let current = cx.s.flags.value("context").unwrap_or(cx.s.config.current()).to_string();
        let context = cx.s.config.entry("contexts", &current).cloned().unwrap_or_default();
        let kept = |list: &str, name: &str| json!(cx.s.config.entry(list, name).into_iter().collect::<Vec<_>>());
        value.set("contexts", kept("contexts", &current));
        value.set("clusters", kept("clusters", context.str_at("context.cluster")));
        value.set("users", kept("users", context.str_at("context.user")));
        value.set("current-context", current);
    }
    if !cx.s.flags.on("raw")
        && let Some(Value::Array(users)) = value.get_mut("users")
    {
        for user in users {
            for secret in ["token", "password"] {
                if !user.at("user").str_at(secret).is_empty() {
                    user.set(&format!("user.{secret}"), "REDACTED");
                }
            }
        }
    }
    if cx.s.flags.text("output").is_empty() && !cx.s.flags.has("template") {
        let text = crate::yaml::to_string(&value);
        cx.io.out.out(&text);
        return Ok(Flow::Done);
    }
    present::object_out(cx, &value)?;
    Ok(Flow::Done)
}

fn save(cx: &mut Cx) -> Outcome<()> {
    match cx.s.config.save(cx.io.files) {
        true => Ok(()),
        false => Err(Failure::new(format!("open {}: permission denied", cx.s.config.path))),
    }
}

fn one_arg(cx: &Cx) -> Outcome<String> {
    match cx.s.flags.args.as_slice() {
        [one] => Ok(one.clone()),
        more => Err(Failure::new(format!("Unexpected args: [{}]", more.join(" ")))),
    }
}

/// `kubectl config use-context`
pub fn use_context(cx: &mut Cx) -> Outcome<Flow> {
    let name = one_arg(cx)?;
    if cx.s.config.entry("contexts", &name).is_none() {
        return Err(Failure::new(format!("no context exists with the name: {}", go_quote(&name))));
    }
    cx.s.config.value.set("current-context", name.as_str());
    save(cx)?;
    cx.line(&format!("Switched to context {}.", go_quote(&name)));
    Ok(Flow::Done)
}

/// `kubectl config set-context`
pub fn set_context(cx: &mut Cx) -> Outcome<Flow> {
    let flags = &cx.s.flags;
    let name = match flags.args.as_slice() {
        [name] if !flags.on("current") => name.clone(),
        [] if flags.on("current") && !cx.s.config.current().is_empty() => cx.s.config.current().to_string(),
        [] if flags.on("current") => return Err(Failure::new("no current context is set")),
        [] => return Err(Failure::new("you must specify a non-empty context name or --current")),
        [_] => return Err(Failure::new("you cannot specify both a context name and --current")),
        more => return Err(Failure::new(format!("Unexpected args: [{}]", more.join(" ")))),
    };
    let before = cx.s.config.entry("contexts", &name).cloned();
    let mut entry = before.clone().unwrap_or_else(|| json!({"name": name, "context": {"cluster": "", "user": ""}}));
    for field in ["cluster", "user", "namespace"] {
        if let Some(value) = cx.s.flags.value(field) {
            entry.set(&format!("context.{field}"), value);
        }
    }
    let mut contexts = cx.s.config.value.list_at("contexts").to_vec();
    contexts.retain(|c| c.str_at("name") != name);
    contexts.push(entry);
    sort_by(&mut contexts, |a, b| a.str_at("name").cmp(b.str_at("name")));
    cx.s.config.value.set("contexts", Value::Array(contexts));
    save(cx)?;
    let done = if before.is_some() { "modified" } else { "created" };
    cx.line(&format!("Context {} {done}.", go_quote(&name)));
    Ok(Flow::Done)
}

/// `kubectl config delete-context`
pub fn delete_context(cx: &mut Cx) -> Outcome<Flow> {
    let name = one_arg(cx)?;
    let path = cx.s.config.path.clone();
    if cx.s.config.entry("contexts", &name).is_none() {
        return Err(Failure::new(format!("cannot delete context {name}, not in {path}")));
    }
    if cx.s.config.current() == name {
        cx.complain(
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one",
        );
    }
    let mut contexts = cx.s.config.value.list_at("contexts").to_vec();
    contexts.retain(|c| c.str_at("name") != name);
    cx.s.config.value.set("contexts", Value::Array(contexts));
    save(cx)?;
    cx.line(&format!("deleted context {name} from {path}"));
    Ok(Flow::Done)
}

/// `kubectl config rename-context`
pub fn rename_context(cx: &mut Cx) -> Outcome<Flow> {
    let (from, to) = match cx.s.flags.args.as_slice() {
        [from, to] => (from.clone(), to.clone()),
        more => return Err(Failure::new(format!("Unexpected args: [{}]", more.join(" ")))),
    };
    let path = cx.s.config.path.clone();
    let Some(mut entry) = cx.s.config.entry("contexts", &from).cloned() else {
        return Err(Failure::new(format!("cannot rename the context {}, it's not in {path}", go_quote(&from))));
    };
    if cx.s.config.entry("contexts", &to).is_some() {
        let (from, to) = (go_quote(&from), go_quote(&to));
        let text = format!("cannot rename the context {from}, the context {to} already exists in {path}");
        return Err(Failure::new(text));
    }
    entry.set("name", to.as_str());
    let mut contexts = cx.s.config.value.list_at("contexts").to_vec();
    contexts.retain(|c| c.str_at("name") != from);
    contexts.push(entry);
    cx.s.config.value.set("contexts", Value::Array(contexts));
    if cx.s.config.current() == from {
        cx.s.config.value.set("current-context", to.as_str());
    }
    save(cx)?;
    cx.line(&format!("Context {} renamed to {}.", go_quote(&from), go_quote(&to)));
    Ok(Flow::Done)
}
