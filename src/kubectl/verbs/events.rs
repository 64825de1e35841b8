//! `kubectl events`
//!
//! upstream: kubectl/pkg/cmd/events

use crate::api::resource::EVENTS;
use crate::api::{ObjectExt, Value};
use crate::cluster::request::Request;
use crate::collections::sort_by;
use crate::kubectl::context::{Cx, Flow, take_items};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::{age, list, tabwriter};
use crate::kubectl::{present, resources};

/// Lists events, the latest last.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let everywhere = cx.s.flags.on("all-namespaces");
    let namespace = if everywhere { String::new() } else { cx.s.namespace.clone() };
    let mut request = Request::get(EVENTS.path(&namespace));
    let about = cx.s.flags.text("for").to_string();
    if !about.is_empty() {
        let Some((kind, name)) = about.split_once('/') else {
            return Err(Failure::new("--for must be in resource/name form"));
        };
        let r = resources::mapping_for(kind)?;
        let fields = format!(
            "involvedObject.kind={},involvedObject.apiVersion={},involvedObject.name={name}",
            r.kind,
            r.api_version()
        );
        request = request.query("fieldSelector", fields);
    }
    let mut answer = cx.request(&request.query("limit", "500"))?;
    let types = cx.s.flags.list("types");
    if types.iter().any(|t| !matches!(t.to_lowercase().as_str(), "normal" | "warning")) {
        return Err(Failure::new("valid --types are Normal or Warning"));
    }
    let wanted = |e: &Value| types.is_empty() || types.iter().any(|t| t.eq_ignore_ascii_case(e.str_at("type")));
    let mut events: Vec<Value> = take_items(&mut answer, &EVENTS).into_iter().filter(wanted).collect();
    if events.is_empty() {
        let line =
            if everywhere { "No events found.".into() } else { format!("No events found in {namespace} namespace.") };
        cx.complain(&line);
        return Ok(Flow::Done);
    }
    sort_by(&mut events, |a, b| time(a).cmp(time(b)));
    if !present::format(cx).is_empty() {
        present::object_out(cx, &list(events))?;
        return Ok(Flow::Done);
    }
    let now = cx.io.server.now();
    let mut text = String::new();
    if !cx.s.flags.on("no-headers") {
        text.push_str(if everywhere { "NAMESPACE\t" } else { "" });
        text.push_str("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
    }
    for e in &events {
        if everywhere {
            text.push_str(&format!("{}\t", e.namespace()));
        }
        let last = age::since(time(e), now);
        let seen = match e.int_at("count") {
            Some(count) if count > 1 => {
                format!("{last} (x{count} over {})", age::since(e.str_at("firstTimestamp"), now))
            }
            _ => last,
        };
        let about = format!("{}/{}", e.str_at("involvedObject.kind"), e.str_at("involvedObject.name"));
        let message = e.str_at("message").trim();
        text.push_str(&format!("{seen}\t{}\t{}\t{about}\t{message}\n", e.str_at("type"), e.str_at("reason")));
    }
    let text = tabwriter::layout(&text, tabwriter::TABLE);
    cx.io.out.out(&text);
    Ok(Flow::Done)
}

fn time(event: &Value) -> &str {
    let all = ["series.lastObservedTime", "lastTimestamp", "eventTime", "firstTimestamp"];
    all.iter().map(|path| event.str_at(path)).find(|t| !t.is_empty()).unwrap_or("")
}
