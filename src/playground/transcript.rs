//! Transcripts: Markdown that holds files and commands, replayed on a fresh cluster.
//!
//! ` ```yaml file=NAME ` blocks are files; ` ```console ` blocks hold `$ command` lines (`> ` continues one), then what
//! was printed, then `[exit N]` where a command failed. ` ```yaml cluster ` names what differs from the start cluster.

use super::settle::settle;
use crate::cluster::{Cluster, Options};
use crate::shell::{Session, run, start_contained};
use crate::sim::Duration;

/// How long a command may take.
const LIMIT: Duration = Duration::secs(120);

/// A fenced block: its info string and its lines.
struct Block<'a> {
    info: &'a str,
    body: Vec<&'a str>,
}

/// A transcript's text in pieces: plain lines, and blocks.
enum Piece<'a> {
    Line(&'a str),
    Block(Block<'a>),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut lines = text.split('\n');
    while let Some(line) = lines.next() {
        match line.strip_prefix("```") {
            Some(info) if is_known(info) => {
                let body = lines.by_ref().take_while(|l| *l != "```").collect();
                found.push(Piece::Block(Block { info, body }));
            }
            _ => found.push(Piece::Line(line)),
        }
    }
    found
}

fn is_known(info: &str) -> bool {
    info == "console" || info == "yaml cluster" || info.starts_with("yaml file=")
}

/// Commands of a console block, each with its continuation lines.
fn commands<'a>(body: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    let mut continued = false;
    for line in body {
        if line.starts_with("$ ") {
            found.push(vec![line]);
            continued = true;
        } else if line.starts_with("> ") && continued {
            if let Some(last) = found.last_mut() {
                last.push(line);
            }
        } else {
            continued = false;
        }
    }
    found
}

/// Whether time passes after a line until the cluster is at rest.
fn changes(line: &str) -> bool {
    const VERBS: [&str; 18] = [
        "apply",
        "create",
        "delete",
        "patch",
        "label",
        "annotate",
        "scale",
        "expose",
        "replace",
        "run",
        "set",
        "rollout",
        "cordon",
        "uncordon",
        "drain",
        "taint",
        "autoscale",
        "edit",
    ];
    if line.contains("--dry-run") {
        return false;
    }
    let verb = |rest: &str| VERBS.iter().chain(&["wait"]).any(|v| rest.starts_with(v));
    line.contains("touch") || line.contains("rm ") || line.contains("sleep") || {
        line.match_indices("kubectl ").any(|(at, word)| {
            // Flags may stand between `kubectl` and its verb.
            let words: Vec<&str> = line[at + word.len()..].split_whitespace().collect();
            let mut n = 0;
            while words.get(n).is_some_and(|w| w.starts_with('-')) {
                n += if matches!(words[n], "-n" | "--namespace" | "--context" | "--kubeconfig") { 2 } else { 1 };
            }
            words.get(n).is_some_and(|w| verb(w))
        })
    }
}

/// Replays a transcript on a fresh cluster made from `options`; gives the same text with what the simulation printed.
pub fn replay(text: &str, options: &Options) -> String {
    let pieces = pieces(text);
    let mut options = options.clone();
    let mut session = Session::new();
    for piece in &pieces {
        let Piece::Block(block) = piece else { continue };
        if let Some(name) = block.info.strip_prefix("yaml file=") {
            session.write(name.trim(), &block.body.iter().flat_map(|l| [l, "\n"]).collect::<String>());
        } else if block.info == "yaml cluster" {
            super::options::apply(&mut options, &block.body);
        }
    }
    let mut cluster = Cluster::new(&options);
    cluster.run_containers_with(start_contained);
    let mut out: Vec<String> = Vec::new();
    for piece in &pieces {
        match piece {
            Piece::Line(line) => out.push((*line).to_owned()),
            Piece::Block(block) => {
                out.push(format!("```{}", block.info));
                if block.info == "console" {
                    for command in commands(&block.body) {
                        out.extend(command.iter().map(|l| (*l).to_owned()));
                        out.extend(execute(&command, &mut cluster, &mut session));
                    }
                } else {
                    out.extend(block.body.iter().map(|l| (*l).to_owned()));
                }
                out.push("```".into());
            }
        }
    }
    out.join("\n")
}

/// Runs one command; gives the lines it printed.
fn execute(command: &[&str], cluster: &mut Cluster, session: &mut Session) -> Vec<String> {
    let line = command.iter().map(|l| &l[2..]).collect::<Vec<_>>().join("\n");
    if let Some(seconds) =
        line.strip_prefix("sleep ").and_then(|n| n.split_whitespace().next()).and_then(|n| n.parse::<f64>().ok())
    {
        cluster.advance(cluster.now + Duration((seconds.clamp(0.0, 1e8) * 1e6) as u64));
        return Vec::new();
    }
    let (chunks, status) = run(&line, cluster, session, LIMIT);
    let printed: String = chunks.iter().map(|c| c.text.as_str()).collect();
    let mut lines: Vec<String> = Vec::new();
    if !printed.is_empty() {
        lines.extend(printed.trim_end_matches('\n').split('\n').map(str::to_owned));
    }
    if status != 0 {
        lines.push(format!("[exit {status}]"));
    }
    if changes(&line) {
        settle(cluster);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_changes() {
        for (line, expected) in [
            ("kubectl apply -f a.yaml", true),
            ("kubectl -n x delete pod a", true),
            ("kubectl create -f a.yaml --dry-run=server", false),
            ("kubectl get svc", false),
            ("cat a | kubectl apply -f -", true),
            ("kubectl exec a -- touch /var/ready", true),
            ("for i in 1 2; do curl -s web; done", false),
        ] {
            assert_eq!(changes(line), expected, "{line}");
        }
    }

    #[test]
    fn keeps_what_is_not_a_command() {
        let text = "# Title\n\n```yaml file=a.yaml\nkind: Pod\n```\n\n```console\n$ cat a.yaml\n$ false\n```\n";
        let expected = "# Title\n\n```yaml file=a.yaml\nkind: Pod\n```\n\n```console\n$ cat a.yaml\nkind: Pod\n$ false\n[exit 1]\n```\n";
        assert_eq!(replay(text, &Options::default()), expected);
    }
}
