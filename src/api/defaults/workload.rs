//! Defaults of what makes Pods: ReplicaSets, Deployments, DaemonSets, StatefulSets, Jobs, CronJobs, autoscalers.
// upstream: pkg/apis/apps/v1/defaults.go, pkg/apis/batch/v1/defaults.go, pkg/apis/autoscaling/v2/defaults.go

use super::{each, fill, missing, pod};
use crate::api::{ObjectExt, Value};
use serde_json::json;

const TEMPLATE: &str = "spec.template.spec";

pub(super) fn replica_set(object: &mut Value) {
    missing(object, "spec.replicas", 1);
    pod::spec(object, TEMPLATE);
}

pub(super) fn replication_controller(object: &mut Value) {
    let labels = object.at("spec.template.metadata.labels").clone();
    if labels.is_object() {
        for path in ["spec.selector", "metadata.labels"] {
            if object.pairs_at(path).is_empty() {
                object.set(path, labels.clone());
            }
        }
    }
    missing(object, "spec.replicas", 1);
    if object.at("spec.template").is_object() {
        pod::spec(object, TEMPLATE);
    }
}

pub(super) fn deployment(object: &mut Value) {
    missing(object, "spec.replicas", 1);
    fill(object, "spec.strategy.type", "RollingUpdate");
    if object.str_at("spec.strategy.type") == "RollingUpdate" {
        missing(object, "spec.strategy.rollingUpdate.maxUnavailable", "25%");
        missing(object, "spec.strategy.rollingUpdate.maxSurge", "25%");
    }
    missing(object, "spec.revisionHistoryLimit", 10);
    missing(object, "spec.progressDeadlineSeconds", 600);
    pod::spec(object, TEMPLATE);
}

pub(super) fn daemon_set(object: &mut Value) {
    fill(object, "spec.updateStrategy.type", "RollingUpdate");
    if object.str_at("spec.updateStrategy.type") == "RollingUpdate" {
        missing(object, "spec.updateStrategy.rollingUpdate.maxUnavailable", 1);
        missing(object, "spec.updateStrategy.rollingUpdate.maxSurge", 0);
    }
    missing(object, "spec.revisionHistoryLimit", 10);
    pod::spec(object, TEMPLATE);
}

pub(super) fn stateful_set(object: &mut Value) {
    fill(object, "spec.podManagementPolicy", "OrderedReady");
    if object.str_at("spec.updateStrategy.type").is_empty() {
        object.set("spec.updateStrategy.type", "RollingUpdate");
        missing(object, "spec.updateStrategy.rollingUpdate", json!({}));
    }
    let rolling = object.str_at("spec.updateStrategy.type") == "RollingUpdate";
    if rolling && object.at("spec.updateStrategy.rollingUpdate").is_object() {
        missing(object, "spec.updateStrategy.rollingUpdate.partition", 0);
    }
    fill(object, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Retain");
    fill(object, "spec.persistentVolumeClaimRetentionPolicy.whenScaled", "Retain");
    missing(object, "spec.replicas", 1);
    missing(object, "spec.revisionHistoryLimit", 10);
    each(object, "spec.volumeClaimTemplates", |claim| {
        fill(claim, "status.phase", "Pending");
        missing(claim, "spec.volumeMode", "Filesystem");
        fill(claim, "apiVersion", "v1");
        fill(claim, "kind", "PersistentVolumeClaim");
    });
    pod::spec(object, TEMPLATE);
}

pub(super) fn job(object: &mut Value) {
    if object.at("spec.completions").is_null() && object.at("spec.parallelism").is_null() {
        object.set("spec.completions", 1);
    }
    missing(object, "spec.parallelism", 1);
    let indexed = !object.at("spec.backoffLimitPerIndex").is_null();
    missing(object, "spec.backoffLimit", if indexed { i32::MAX } else { 6 });
    let labels = object.at("spec.template.metadata.labels").clone();
    if labels.is_object() && object.labels().is_empty() {
        object.set("metadata.labels", labels);
    }
    missing(object, "spec.completionMode", "NonIndexed");
    missing(object, "spec.suspend", false);
    let fails = !object.at("spec.podFailurePolicy").is_null();
    missing(object, "spec.podReplacementPolicy", if fails { "Failed" } else { "TerminatingOrFailed" });
    missing(object, "spec.manualSelector", false);
    pod::spec(object, TEMPLATE);
}

pub(super) fn cron_job(object: &mut Value) {
    fill(object, "spec.concurrencyPolicy", "Allow");
    missing(object, "spec.suspend", false);
    missing(object, "spec.successfulJobsHistoryLimit", 3);
    missing(object, "spec.failedJobsHistoryLimit", 1);
    pod::spec(object, "spec.jobTemplate.spec.template.spec");
}

pub(super) fn autoscaler(object: &mut Value) {
    missing(object, "spec.minReplicas", 1);
    if object.list_at("spec.metrics").is_empty() {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        object.set("spec.metrics", json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]));
    }
    if !object.at("spec.behavior").is_object() {
        return;
    }
    let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
    let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
    missing(object, "spec.behavior.scaleUp.stabilizationWindowSeconds", 0);
    for (rules, policies) in [("scaleUp", json!([pods, percent])), ("scaleDown", json!([percent]))] {
        let rules = ["spec.behavior.", rules].concat();
        missing(object, &[&rules, ".selectPolicy"].concat(), "Max");
        missing(object, &[&rules, ".policies"].concat(), policies);
    }
}
