//! Namespaces, configuration, quotas and the other small kinds.

use super::list;
use super::writer::{Description, line};
use crate::api::resource::{LIMIT_RANGES, RESOURCE_QUOTAS};
use crate::api::{ObjectExt, Value};
use crate::cluster::{Request, Server};
use crate::collections::sort;
use crate::kubectl::print::text::{self, NONE, plain};

// upstream: kubectl/pkg/describe/describe.go describeNamespace
pub fn namespace(d: &mut Description, server: &mut dyn Server, o: &Value) {
    d.field(0, "Name", o.name());
    d.metadata(o);
    d.field(0, "Status", o.str_at("status.phase"));
    let conditions = o.list_at("status.conditions");
    if !conditions.is_empty() {
        line!(d, 0, "Conditions:");
        line!(d, 1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        line!(d, 1, "----\t------\t------------------\t------\t-------");
    }
    for c in conditions {
        let at = super::writer::time(c.str_at("lastTransitionTime"));
        let text = |key: &str| c.str_at(key).to_string();
        line!(d, 1, "{}\t{}\t{at}\t{}\t{}", text("type"), text("status"), text("reason"), text("message"));
    }
    line!(d, 0, "");
    let quotas = list(server, &Request::get(RESOURCE_QUOTAS.path(o.name())));
    line!(d, 0, "{}", if quotas.is_empty() { "No resource quota." } else { "Resource Quotas" });
    for quota in &quotas {
        d.field(1, "Name", quota.name());
        scopes(d, 1, "* ", quota);
        line!(d, 1, "Resource\tUsed\tHard");
        line!(d, 1, "--------\t---\t---");
        used_and_hard(d, 1, quota);
    }
    line!(d, 0, "");
    let limits = list(server, &Request::get(LIMIT_RANGES.path(o.name())));
    if limits.is_empty() {
        line!(d, 0, "No LimitRange resource.");
        return;
    }
    line!(d, 0, "Resource Limits");
    limit_heading(d, " ");
    limits.iter().for_each(|range| limit_rows(d, range, " "));
}

fn limit_heading(d: &mut Description, indent: &str) {
    line!(d, 0, "{indent}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    line!(d, 0, "{indent}----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
}

// upstream: kubectl/pkg/describe/describe.go describeLimitRangeSpec
fn limit_rows(d: &mut Description, range: &Value, indent: &str) {
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for item in range.list_at("spec.limits") {
        let maps = FIELDS.iter().filter_map(|field| item.at(field).as_object());
        let mut names: Vec<&String> = maps.flat_map(|m| m.keys()).collect();
        sort(&mut names);
        names.dedup();
        for name in names {
            let cells = FIELDS.map(|field| item.at(field).get(name).map_or("-".into(), plain));
            line!(d, 0, "{indent}{}\t{name}\t{}", item.str_at("type"), cells.join("\t"));
        }
    }
}

/// A LimitRange by itself.
pub fn limit_range(d: &mut Description, o: &Value) {
    d.name(o);
    limit_heading(d, "");
    limit_rows(d, o, "");
}

fn scopes(d: &mut Description, level: usize, bullet: &str, o: &Value) {
    let mut list: Vec<&str> = o.list_at("spec.scopes").iter().filter_map(Value::as_str).collect();
    sort(&mut list);
    if list.is_empty() {
        return;
    }
    d.field(level, "Scopes", list.join(", "));
    for scope in list {
        let help = match scope {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being \
                 actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods whose \
                 container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality of \
                 service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or \
                 guaranteed quality of service."
            }
            _ => continue,
        };
        line!(d, level, "{bullet}{help}");
    }
}

fn used_and_hard(d: &mut Description, level: usize, quota: &Value) {
    for (name, hard) in quota.pairs_at("status.hard") {
        let used = quota.at("status.used").get(name).map_or("0".into(), plain);
        line!(d, level, "{name}\t{used}\t{hard}");
    }
}

// upstream: kubectl/pkg/describe/describe.go describeQuota
pub fn quota(d: &mut Description, o: &Value) {
    d.name(o);
    scopes(d, 0, " * ", o);
    line!(d, 0, "Resource\tUsed\tHard");
    line!(d, 0, "--------\t----\t----");
    used_and_hard(d, 0, o);
}

// upstream: kubectl/pkg/describe/describe.go ConfigMapDescriber
pub fn config_map(d: &mut Description, o: &Value) {
    d.name(o);
    d.metadata(o);
    line!(d, 0, "\nData\n====");
    for (key, value) in o.pairs_at("data") {
        line!(d, 0, "{key}:\n----\n{value}\n");
    }
    line!(d, 0, "\nBinaryData\n====");
    for (key, value) in o.pairs_at("binaryData") {
        line!(d, 0, "{key}: {} bytes", decoded_length(value));
    }
    line!(d, 0, "");
}

// upstream: kubectl/pkg/describe/describe.go describeSecret
pub fn secret(d: &mut Description, o: &Value) {
    d.name(o);
    d.metadata(o);
    line!(d, 0, "\nType:\t{}", o.str_at("type"));
    line!(d, 0, "\nData\n====");
    for (key, value) in o.pairs_at("data") {
        if key == "token" && o.str_at("type") == "kubernetes.io/service-account-token" {
            let decoded = data_encoding::BASE64.decode(value.as_bytes()).unwrap_or_default();
            d.field(0, key, String::from_utf8_lossy(&decoded));
        } else {
            line!(d, 0, "{key}:\t{} bytes", decoded_length(value));
        }
    }
}

/// How many bytes a Base64 text stands for.
fn decoded_length(base64: &str) -> usize {
    let digits = base64.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
    digits * 3 / 4
}

// upstream: kubectl/pkg/describe/describe.go describeServiceAccount
pub fn service_account(d: &mut Description, o: &Value) {
    d.name(o);
    d.metadata(o);
    let secrets = text::each(o.list_at("imagePullSecrets"), "name");
    for (i, secret) in secrets.iter().enumerate() {
        let title = if i == 0 { "Image pull secrets:" } else { "                   " };
        line!(d, 0, "{title}\t{secret}");
    }
    if secrets.is_empty() {
        d.field(0, "Image pull secrets", NONE);
    }
}

// upstream: kubectl/pkg/describe/describe.go describePriorityClass
pub fn priority_class(d: &mut Description, o: &Value) {
    d.field(0, "Name", o.name());
    d.field(0, "Value", text::number(o, "value"));
    d.field(0, "GlobalDefault", o.bool_at("globalDefault"));
    d.field(0, "PreemptionPolicy", o.str_at("preemptionPolicy"));
    d.field(0, "Description", o.str_at("description"));
    d.field(0, "Annotations", text::labels(&o.pairs_at("metadata.annotations")));
}
