//! What makes Pods: ReplicaSets, Deployments, StatefulSets, DaemonSets, Jobs, CronJobs.

use super::container::{self, Of};
use super::pod::{spread, tolerations};
use super::writer::{Description, line};
use super::{controlled_by, list, title_bool, volume};
use crate::api::resource::{PODS, REPLICA_SETS};
use crate::api::{ObjectExt, Value};
use crate::cluster::{Request, Server};
use crate::collections::sort_by;
use crate::kubectl::print::age;
use crate::kubectl::print::text::{self, NONE, number, or, plain};
use crate::sim::Time;

const UNSET: &str = "<unset>";

/// `Pod Template:`
// upstream: kubectl/pkg/describe/describe.go DescribePodTemplate
pub fn template(d: &mut Description, template: &Value) {
    line!(d, 0, "Pod Template:");
    d.pairs("  Labels", &template.labels());
    if template.at("metadata.annotations").as_object().is_some_and(|a| !a.is_empty()) {
        d.annotations("  Annotations", template);
    }
    let spec = template.at("spec");
    d.fields(1, spec, &[("Service Account", "serviceAccountName")]);
    let init = spec.list_at("initContainers");
    if !init.is_empty() {
        container::containers(d, "Init Containers", init, &[], Of::Template);
    }
    container::containers(d, "Containers", spec.list_at("containers"), &[], Of::Template);
    volume::of_pod(d, spec.list_at("volumes"), Of::Template);
    spread(d, spec.list_at("topologySpreadConstraints"), "  ");
    d.fields(1, spec, &[("Priority Class Name", "priorityClassName")]);
    d.pairs("  Node-Selectors", &spec.pairs_at("nodeSelector"));
    tolerations(d, "  Tolerations", spec.list_at("tolerations"));
}

/// `Pods Status:` by the phases of the Pods that `o` controls.
// upstream: kubectl/pkg/describe/describe.go getPodStatusForController
fn pods_status(d: &mut Description, server: &mut dyn Server, o: &Value) {
    let selector = match o.at("spec.selector") {
        _ if o.str_at("kind") == "ReplicationController" => text::selector_pairs(&o.pairs_at("spec.selector")),
        s => text::selector(s),
    };
    let pods = list(server, &Request::get(PODS.path(o.namespace())).query("labelSelector", selector));
    let ours = |p: &&Value| {
        let owner = p.list_at("metadata.ownerReferences").iter().find(|r| r.bool_at("controller"));
        owner.is_some_and(|r| r.str_at("uid") == o.uid())
    };
    let phases: Vec<&str> = pods.iter().filter(ours).map(|p| p.str_at("status.phase")).collect();
    let [running, waiting, succeeded, failed] =
        ["Running", "Pending", "Succeeded", "Failed"].map(|phase| phases.iter().filter(|p| **p == phase).count());
    line!(d, 0, "Pods Status:\t{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed");
}

// upstream: kubectl/pkg/describe/describe.go describeReplicaSet, describeReplicationController
pub fn replica_set(d: &mut Description, server: &mut dyn Server, o: &Value) {
    d.name(o);
    let selector = match o.str_at("kind") {
        "ReplicationController" => text::labels(&o.pairs_at("spec.selector")),
        _ => text::format_selector(o.at("spec.selector")),
    };
    d.field(0, "Selector", selector);
    d.metadata(o);
    if o.str_at("kind") != "ReplicationController" {
        controlled_by(d, o);
    }
    line!(d, 0, "Replicas:\t{} current / {} desired", number(o, "status.replicas"), number(o, "spec.replicas"));
    pods_status(d, server, o);
    template(d, o.at("spec.template"));
    d.conditions(o);
}

// upstream: kubectl/pkg/describe/describe.go describeDeployment
pub fn deployment(d: &mut Description, server: &mut dyn Server, o: &Value) {
    d.name(o);
    d.time(0, "CreationTimestamp", o, "metadata.creationTimestamp");
    d.metadata(o);
    d.field(0, "Selector", text::selector(o.at("spec.selector")));
    let n = |path: &str| number(o, path);
    line!(
        d,
        0,
        "Replicas:\t{} desired | {} updated | {} total | {} available | {} unavailable",
        n("spec.replicas"),
        n("status.updatedReplicas"),
        n("status.replicas"),
        n("status.availableReplicas"),
        n("status.unavailableReplicas")
    );
    d.field(0, "StrategyType", o.str_at("spec.strategy.type"));
    d.field(0, "MinReadySeconds", n("spec.minReadySeconds"));
    let rolling = o.at("spec.strategy.rollingUpdate");
    if rolling.is_object() {
        let [unavailable, surge] = ["maxUnavailable", "maxSurge"].map(|f| plain(rolling.at(f)));
        line!(d, 0, "RollingUpdateStrategy:\t{unavailable} max unavailable, {surge} max surge");
    }
    template(d, o.at("spec.template"));
    d.conditions(o);
    let sets = list(
        server,
        &Request::get(REPLICA_SETS.path(o.namespace())).query("labelSelector", text::selector(o.at("spec.selector"))),
    );
    let mut sets: Vec<&Value> = sets.iter().filter(|s| owned(s, o)).collect();
    // The oldest first, as the search for the new one goes.
    sort_by(&mut sets, |a, b| {
        let key = |s: &Value| (s.str_at("metadata.creationTimestamp").to_string(), s.name().to_string());
        key(a).cmp(&key(b))
    });
    let (new, old): (Vec<&Value>, Vec<&Value>) = {
        let new = sets.iter().find(|s| same_template(s.at("spec.template"), o.at("spec.template"))).map(|s| s.uid());
        sets.into_iter().partition(|s| Some(s.uid()) == new)
    };
    if !old.is_empty() || !new.is_empty() {
        d.field(0, "OldReplicaSets", replica_sets(&old));
        d.field(0, "NewReplicaSet", replica_sets(&new));
    }
}

fn owned(set: &Value, by: &Value) -> bool {
    set.list_at("metadata.ownerReferences").iter().any(|r| r.bool_at("controller") && r.str_at("uid") == by.uid())
}

/// Whether two templates differ in no more than the hash that the controller adds.
// upstream: kubectl/pkg/util/deployment/deployment.go EqualIgnoreHash
fn same_template(a: &Value, b: &Value) -> bool {
    let without_hash = |t: &Value| {
        let mut t = t.clone();
        if let Some(Value::Object(labels)) = t.get_mut("metadata").and_then(|m| m.get_mut("labels")) {
            labels.remove("pod-template-hash");
        }
        t
    };
    without_hash(a) == without_hash(b)
}

fn replica_sets(sets: &[&Value]) -> String {
    let text = |s: &&Value| {
        format!("{} ({}/{} replicas created)", s.name(), number(s, "status.replicas"), number(s, "spec.replicas"))
    };
    or(&sets.iter().map(text).collect::<Vec<_>>().join(", "), NONE).into()
}

// upstream: kubectl/pkg/describe/describe.go describeDaemonSet
pub fn daemon_set(d: &mut Description, server: &mut dyn Server, o: &Value) {
    d.name(o);
    d.field(0, "Selector", text::selector(o.at("spec.selector")));
    d.field(0, "Node-Selector", text::labels(&o.pairs_at("spec.template.spec.nodeSelector")));
    d.metadata(o);
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        line!(d, 0, "{title}: {}", number(o.at("status"), field));
    }
    pods_status(d, server, o);
    template(d, o.at("spec.template"));
}

// upstream: kubectl/pkg/describe/describe.go describeStatefulSet
pub fn stateful_set(d: &mut Description, server: &mut dyn Server, o: &Value) {
    d.name(o);
    d.time(0, "CreationTimestamp", o, "metadata.creationTimestamp");
    d.field(0, "Selector", text::selector(o.at("spec.selector")));
    d.metadata(o);
    line!(d, 0, "Replicas:\t{} desired | {} total", number(o, "spec.replicas"), number(o, "status.replicas"));
    let strategy = o.at("spec.updateStrategy");
    d.field(0, "Update Strategy", strategy.str_at("type"));
    if !strategy.at("rollingUpdate.partition").is_null() {
        let fields = [("Partition", "rollingUpdate.partition"), ("MaxUnavailable", "rollingUpdate.maxUnavailable")];
        d.fields(1, strategy, &fields);
    }
    pods_status(d, server, o);
    template(d, o.at("spec.template"));
    let claims = o.list_at("spec.volumeClaimTemplates");
    line!(d, 0, "Volume Claims:{}", if claims.is_empty() { "\t<none>" } else { "" });
    for claim in claims {
        d.field(1, "Name", claim.name());
        d.field(1, "StorageClass", volume::class(claim));
        d.pairs("  Labels", &claim.labels());
        d.pairs("  Annotations", &claim.pairs_at("metadata.annotations"));
        d.field(1, "Capacity", or(claim.str_at("spec.resources.requests.storage"), "<default>"));
        let modes: Vec<String> = claim.list_at("spec.accessModes").iter().map(plain).collect();
        d.field(1, "Access Modes", format_args!("[{}]", modes.join(" ")));
    }
}

// upstream: kubectl/pkg/describe/describe.go describeJob
pub fn job(d: &mut Description, o: &Value) {
    d.name(o);
    d.field(0, "Selector", text::selector(o.at("spec.selector")));
    d.metadata(o);
    controlled_by(d, o);
    d.fields(0, o, &[("Parallelism", "spec.parallelism")]);
    d.fields_or(0, o, UNSET, &[("Completions", "spec.completions")]);
    d.fields(
        0,
        o,
        &[
            ("Completion Mode", "spec.completionMode"),
            ("Suspend", "spec.suspend"),
            ("Backoff Limit", "spec.backoffLimit"),
            ("TTL Seconds After Finished", "spec.ttlSecondsAfterFinished"),
        ],
    );
    d.time_if(0, "Start Time", o, "status.startTime");
    d.time_if(0, "Completed At", o, "status.completionTime");
    let times = [o.str_at("status.startTime"), o.str_at("status.completionTime")].map(Time::parse);
    if let [Some(start), Some(end)] = times {
        d.field(0, "Duration", age::between(start, end));
    }
    deadline(d, o.at("spec"));
    let n = |field: &str| number(o.at("status"), field);
    let ready = o.int_at("status.ready").map_or(String::new(), |ready| format!(" ({ready} Ready)"));
    line!(
        d,
        0,
        "Pods Statuses:\t{} Active{ready} / {} Succeeded / {} Failed",
        n("active"),
        n("succeeded"),
        n("failed")
    );
    if o.str_at("spec.completionMode") == "Indexed" {
        d.field(0, "Completed Indexes", completed_indexes(o.str_at("status.completedIndexes")));
    }
    template(d, o.at("spec.template"));
}

fn deadline(d: &mut Description, spec: &Value) {
    if let Some(seconds) = spec.int_at("activeDeadlineSeconds") {
        d.field(0, "Active Deadline Seconds", format_args!("{seconds}s"));
    }
}

/// A list of indexes, cut at the first comma after 50 characters.
// upstream: kubectl/pkg/describe/describe.go capIndexesListOrNone
fn completed_indexes(list: &str) -> String {
    let comma = list.get(50..).and_then(|rest| rest.find(',')).map(|at| at + 51);
    match comma.and_then(|end| list.get(..end)) {
        Some(start) => format!("{start}..."),
        None => or(list, NONE).into(),
    }
}

// upstream: kubectl/pkg/describe/describe.go describeCronJob
pub fn cron_job(d: &mut Description, o: &Value) {
    d.name(o);
    d.metadata(o);
    d.field(0, "Schedule", o.str_at("spec.schedule"));
    d.field(0, "Concurrency Policy", o.str_at("spec.concurrencyPolicy"));
    d.field(0, "Suspend", o.at("spec.suspend").as_bool().map_or(UNSET, title_bool));
    d.fields_or(
        0,
        o,
        UNSET,
        &[
            ("Time Zone", "spec.timeZone"),
            ("Successful Job History Limit", "spec.successfulJobsHistoryLimit"),
            ("Failed Job History Limit", "spec.failedJobsHistoryLimit"),
        ],
    );
    let seconds = o.int_at("spec.startingDeadlineSeconds").map_or(UNSET.into(), |s| format!("{s}s"));
    d.field(0, "Starting Deadline Seconds", seconds);
    let spec = o.at("spec.jobTemplate.spec");
    let selector = spec.at("selector");
    d.field(0, "Selector", if selector.is_null() { UNSET.into() } else { text::selector(selector) });
    d.fields_or(0, spec, UNSET, &[("Parallelism", "parallelism"), ("Completions", "completions")]);
    deadline(d, spec);
    template(d, spec.at("template"));
    match o.str_at("status.lastScheduleTime") {
        "" => d.field(0, "Last Schedule Time", UNSET),
        _ => d.time(0, "Last Schedule Time", o, "status.lastScheduleTime"),
    }
    d.field(0, "Active Jobs", or(&text::each(o.list_at("status.active"), "name").join(", "), NONE));
}
