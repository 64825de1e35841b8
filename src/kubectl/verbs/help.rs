//! `--help`, as far as it names commands: what a command is, its sub-commands and arguments.
//!
//! upstream: kubectl/pkg/util/templates/templater.go

use crate::collections::sort;
use crate::kubectl::commands;

static TABLE: &str = include_str!("../help.tsv");

/// The groups that `kubectl` lists its commands in.
const GROUPS: [(&str, &str); 9] = [
    ("Basic Commands (Beginner):", "create expose run set"),
    ("Basic Commands (Intermediate):", "explain get edit delete"),
    ("Deploy Commands:", "rollout scale autoscale"),
    ("Cluster Management Commands:", "certificate cluster-info top cordon uncordon drain taint"),
    ("Troubleshooting and Debugging Commands:", "describe logs attach exec port-forward proxy cp auth debug events"),
    ("Advanced Commands:", "diff apply patch replace wait kustomize"),
    ("Settings Commands:", "label annotate completion"),
    ("Subcommands provided by plugins:", ""),
    ("Other Commands:", "api-resources api-versions config kuberc plugin version"),
];

fn row(path: &str) -> [&'static str; 5] {
    let mut cells = [""; 5];
    let lines = TABLE.lines().filter(|l| !l.starts_with('#'));
    if let Some(line) = lines.map(|l| l.split('\t')).find(|l| l.clone().next() == Some(path)) {
        cells.iter_mut().zip(line).for_each(|(cell, text)| *cell = text);
    }
    cells
}

/// A command's help.
pub fn of(path: &str) -> String {
    let [_, short, own, arguments, aliases] = row(path);
    let name = if path.is_empty() { "kubectl".to_string() } else { format!("kubectl {path}") };
    let first = match own {
        "" => short.to_string(),
        "." => format!("{short}."),
        own => own.to_string(),
    };
    let mut text = format!("{first}\n\n");
    if path.is_empty() {
        text.push_str(" Find more information at: https://kubernetes.io/docs/reference/kubectl/\n\n");
    }
    if !aliases.is_empty() {
        text.push_str(&format!("Aliases:\n{aliases}\n\n"));
    }
    let mut children = commands::children(path);
    sort(&mut children);
    if path.is_empty() {
        for (title, names) in GROUPS {
            list(title, path, &names.split_whitespace().collect::<Vec<_>>(), &mut text);
        }
    } else if !children.is_empty() {
        list("Available Commands:", path, &children, &mut text);
    }
    let arguments = if arguments.is_empty() { "[flags] [options]" } else { arguments };
    text.push_str(&format!("Usage:\n  {name} {arguments}\n\n"));
    if !children.is_empty() {
        text.push_str(&format!("Use \"{name} <command> --help\" for more information about a given command.\n"));
    }
    text.push_str("Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n");
    text
}

fn list(title: &str, parent: &str, names: &[&str], text: &mut String) {
    text.push_str(&format!("{title}\n"));
    let all = commands::children(parent);
    let width = all.iter().map(|n| n.len()).max().unwrap_or(0).max(11) + 3;
    for name in names {
        let path = if parent.is_empty() { name.to_string() } else { format!("{parent} {name}") };
        let [_, short, ..] = row(&path);
        text.push_str(&format!("  {name:width$}{short}\n"));
    }
    text.push('\n');
}
