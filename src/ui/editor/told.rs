//! The words of problems: what is wrong, why, and what a fix does.

use super::super::text::{Lang, Msg, fill, say};
use crate::playground::view::{Trouble, name_of};
use crate::playground::{Fix, FixKind, Problem};

/// What a problem says, in one sentence, and what would mend it.
pub fn told(lang: Lang, problem: &Problem) -> (String, Vec<String>) {
    let label = |f: &Fix| match f.kind {
        FixKind::Selector => say(lang, Msg::FixSelector).to_string(),
        FixKind::Labels(_) => say(lang, Msg::FixLabels).to_string(),
        FixKind::TargetPort => fill(lang, Msg::FixTargetPort, &[&f.says]),
        FixKind::Write => fill(lang, Msg::FixWrite, &[&f.says]),
        FixKind::Remove => fill(lang, Msg::FixRemove, &[&f.says]),
        FixKind::Run => fill(lang, Msg::FixRun, &[&f.says]),
    };
    let message = match &problem.trouble {
        None => problem.message.clone(),
        Some(trouble) => trouble_text(lang, trouble),
    };
    (message, problem.fixes.iter().map(label).collect())
}

/// Why something does not work, in sentences.
pub fn trouble_text(lang: Lang, trouble: &Trouble) -> String {
    let (what, why) = what_and_why(lang, trouble);
    format!("{what} {why}").trim_end().to_string()
}

/// What does not work, and the reason.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
pub fn what_and_why(lang: Lang, trouble: &Trouble) -> (String, String) {
    let list = |ports: &[u16]| ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let listen = |ports: &[u16]| match list(ports) {
        none if none.is_empty() => String::new(),
        ports => fill(lang, Msg::NobodyListensWhy, &[&ports]),
    };
    let name = |key: &str| name_of(key).to_string();
    match trouble {
        Trouble::SelectsNothing { selector, nearest, .. } => {
            let why = if nearest.is_empty() {
                fill(lang, Msg::SelectsNothingNoPod, &[selector])
            } else {
                fill(lang, Msg::SelectsNothingWhy, &[nearest, selector])
            };
            (say(lang, Msg::SelectsNothing).to_string(), why)
        }
        Trouble::WrongNamespace { selector, namespace, .. } => {
            (say(lang, Msg::SelectsNothing).to_string(), fill(lang, Msg::WrongNamespaceWhy, &[selector, namespace]))
        }
        Trouble::NobodyListens { port, listening, .. } => {
            (fill(lang, Msg::NobodyListens, &[&port.to_string()]), listen(listening))
        }
        Trouble::NoSuchPort { port, names, listening, .. } => {
            let why =
                if names.is_empty() { listen(listening) } else { fill(lang, Msg::NoSuchPortWhy, &[&names.join(", ")]) };
            (fill(lang, Msg::NoSuchPort, &[port]), why)
        }
        Trouble::NoneReady { matching, why, .. } => {
            let first = fill(lang, Msg::NoneReadyWhy, &[&matching.to_string()]);
            let why = why.as_deref().map(|w| format!(" {}", trouble_text(lang, w))).unwrap_or_default();
            (say(lang, Msg::NoneReady).to_string(), first + &why)
        }
        Trouble::NoLocalPod { nodes, .. } => {
            (fill(lang, Msg::NoLocalPod, &[&nodes.join(", ")]), say(lang, Msg::NoLocalPodWhy).to_string())
        }
        Trouble::Unscheduled { pod, message } => (fill(lang, Msg::Unscheduled, &[&name(pod)]), message.clone()),
        Trouble::NoImage { pod, image, reason, .. } => {
            (fill(lang, Msg::NoImage, &[image]), fill(lang, Msg::NoImageWhy, &[&name(pod), reason]))
        }
        Trouble::Crashing { pod, reason, message, .. } => {
            (fill(lang, Msg::Crashing, &[&name(pod), reason]), message.clone())
        }
        Trouble::Unready { pod, message, .. } => (fill(lang, Msg::Unready, &[&name(pod)]), message.clone()),
    }
}

/// The editor's underlines as its JSON.
#[inline(never)]
pub fn underlines(lang: Lang, problems: &[Problem]) -> String {
    let list: Vec<serde_json::Value> = problems
        .iter()
        .map(|p| {
            let (message, fixes) = told(lang, p);
            let severity = if p.refused { "error" } else { "warning" };
            serde_json::json!({"from": p.from, "to": p.to, "severity": severity, "message": message, "fixes": fixes})
        })
        .collect();
    serde_json::Value::from(list).to_string()
}
