//! Which commands there are, which flags they take, and which one a command line means.
//!
//! upstream: kubectl/pkg/cmd/cmd.go NewKubectlCommand; github.com/spf13/cobra command.go Find, SuggestionsFor

use super::failure::{Failure, Outcome};
use super::flags::Spec;
use crate::api::distance;
use crate::api::error::go_quote;

/// Every command's path and flags, a line each.
static TABLE: &str = include_str!("commands.txt");

/// Other words for sub-commands: parent, word, command.
static ALIASES: &[(&str, &str, &str)] = &[
    ("create", "cj", "cronjob"),
    ("create", "cm", "configmap"),
    ("create", "deploy", "deployment"),
    ("create", "ing", "ingress"),
    ("create", "ns", "namespace"),
    ("create", "pc", "priorityclass"),
    ("create", "pdb", "poddisruptionbudget"),
    ("create", "resourcequota", "quota"),
    ("create", "sa", "serviceaccount"),
    ("create", "svc", "service"),
    ("config", "use", "use-context"),
    ("set", "sa", "serviceaccount"),
    ("top", "no", "node"),
    ("top", "nodes", "node"),
    ("top", "po", "pod"),
    ("top", "pods", "pod"),
];

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split_once(": ").or(l.strip_suffix(':').map(|p| (p, ""))))
}

/// The line of flags that every command takes.
const GLOBAL: &str = "options";

fn flags_of(path: &str) -> Option<&'static str> {
    lines().find(|(p, _)| *p == path && *p != GLOBAL).map(|(_, flags)| flags)
}

/// The flags that `path` takes, the global ones included.
pub fn spec(path: &str) -> Spec {
    let global = lines().find(|(p, _)| *p == GLOBAL).map_or("", |(_, flags)| flags);
    Spec::new(&[flags_of(path).unwrap_or(""), global])
}

/// The commands right below `parent` (empty: kubectl itself), in order.
pub fn children(parent: &str) -> Vec<&'static str> {
    lines()
        .filter_map(
            |(path, _)| if parent.is_empty() { Some(path) } else { path.strip_prefix(parent)?.strip_prefix(' ') },
        )
        .filter(|word| !word.contains(' ') && *word != "options-list")
        .collect()
}

/// The command that `argv` means, and the arguments without its words.
pub fn find(argv: &[String]) -> Outcome<(String, Vec<String>)> {
    let mut path = String::new();
    let mut args = argv.to_vec();
    while let Some(at) = spec(&path).first_positional(&args) {
        let Some(word) = args.get(at) else { break };
        let known = ALIASES.iter().find(|(p, alias, _)| *p == path && alias == word).map_or(word.as_str(), |a| a.2);
        let next = if path.is_empty() { known.to_string() } else { format!("{path} {known}") };
        if next != GLOBAL && flags_of(&next).is_none() {
            if path.is_empty() {
                return Err(unknown(word));
            }
            break;
        }
        path = next;
        args.remove(at);
    }
    Ok((path, args))
}

fn unknown(word: &str) -> Failure {
    let near: Vec<&str> = children("")
        .into_iter()
        .filter(|name| distance(word, name) <= 2 || name.to_lowercase().starts_with(&word.to_lowercase()))
        .collect();
    let mut text = format!("unknown command {} for \"kubectl\"", go_quote(word));
    if !near.is_empty() {
        text.push_str("\n\nDid you mean this?\n");
        for name in near {
            text.push_str(&format!("\t{name}\n"));
        }
    }
    Failure::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_string).collect()
    }

    #[test]
    fn finds_commands_between_flags() {
        let (path, args) = find(&words("-n x create svc clusterip web --tcp=80")).unwrap();
        assert_eq!((path.as_str(), args), ("create service clusterip", words("-n x web --tcp=80")));
        let (path, args) = find(&words("rollout foo")).unwrap();
        assert_eq!((path.as_str(), args), ("rollout", words("foo")));
    }

    #[test]
    fn suggests_as_cobra_does() {
        let text = "unknown command \"cluster\" for \"kubectl\"\n\nDid you mean this?\n\tcluster-info\n";
        assert_eq!(find(&words("cluster info")), Err(Failure::new(text)));
        let text = "unknown command \"gte\" for \"kubectl\"\n\nDid you mean this?\n\tget\n";
        assert_eq!(find(&words("gte pods")), Err(Failure::new(text)));
    }
}
