//! The events at the end of a description.

use super::list;
use super::writer::{Description, line};
use crate::api::resource::EVENTS;
use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::{Request, Server};
use crate::collections::sort_by;
use crate::kubectl::print::age;
use crate::kubectl::print::text::{NONE, or};
use crate::sim::Time;

/// Events that one request may answer.
const CHUNK: &str = "500";

/// `Events:` about `o`, the oldest first.
// upstream: kubectl/pkg/describe/describe.go DescribeEvents
pub fn events(d: &mut Description, server: &mut dyn Server, resource: &'static Resource, o: &Value) {
    let mut items = search(server, resource, o, o.uid());
    if resource.plural == "nodes" {
        // A kubelet reports about its node under the node's name as UID.
        items.extend(search(server, resource, o, o.name()));
    }
    if items.is_empty() {
        d.field(0, "Events", NONE);
        return;
    }
    sort_by(&mut items, |a, b| a.str_at("lastTimestamp").cmp(b.str_at("lastTimestamp")));
    line!(d, 0, "Events:");
    line!(d, 1, "Type\tReason\tAge\tFrom\tMessage");
    line!(d, 1, "----\t------\t----\t----\t-------");
    for e in &items {
        let mut message = e.str_at("message").trim().to_string();
        let field = e.str_at("involvedObject.fieldPath");
        if !field.is_empty() {
            message = format!("{field}: {message}");
        }
        let source = or(e.str_at("source.component"), e.str_at("reportingComponent"));
        line!(d, 1, "{}\t{}\t{}\t{source}\t{message}", e.str_at("type"), e.str_at("reason"), interval(e, d.now));
    }
}

/// How long ago, and for a repeated event how often since when: `2s (x3 over 24s)`.
fn interval(e: &Value, now: Time) -> String {
    let since = |path: &str| age::since(e.str_at(path), now);
    let first = if e.str_at("eventTime").is_empty() { since("firstTimestamp") } else { since("eventTime") };
    let (last, count) = match e.int_at("count") {
        _ if e.at("series").is_object() => (since("series.lastObservedTime"), e.int_at("series.count").unwrap_or(0)),
        Some(count) if count > 1 => (since("lastTimestamp"), count),
        _ => return first,
    };
    format!("{last} (x{count} over {first})")
}

// upstream: kubectl/pkg/describe/describe.go searchEvents
fn search(server: &mut dyn Server, resource: &'static Resource, o: &Value, uid: &str) -> Vec<Value> {
    // A Pod's events are searched for whatever kind they name.
    let kind =
        if resource.plural == "pods" { String::new() } else { format!("involvedObject.kind={},", resource.kind) };
    let (name, namespace) = (o.name(), o.namespace());
    let selector =
        format!("{kind}involvedObject.name={name},involvedObject.namespace={namespace},involvedObject.uid={uid}");
    let request = Request::get(EVENTS.path(namespace)).query("fieldSelector", selector).query("limit", CHUNK);
    list(server, &request)
}
