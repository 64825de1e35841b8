//! Small texts that tables and descriptions share.

use crate::api::{ObjectExt, Value};
use crate::collections::{sort, sort_by};

/// What stands where there is nothing.
pub const NONE: &str = "<none>";

/// `text`, or `otherwise` where it is empty.
pub fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// A scalar as Go's `%v` prints it: strings bare, nothing for null; anything else as JSON.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

/// The number at `path`, 0 where there is none, as text.
pub fn number(object: &Value, path: &str) -> String {
    object.int_at(path).unwrap_or(0).to_string()
}

/// The values of `key` in each of a list's objects.
pub fn each<'a>(list: &'a [Value], key: &str) -> Vec<&'a str> {
    list.iter().map(|item| item.str_at(key)).collect()
}

/// `k=v,k2=v2`, `<none>` where there are none.
// upstream: apimachinery/pkg/labels/labels.go FormatLabels
pub fn labels(pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() { NONE.into() } else { selector_pairs(pairs) }
}

/// `k=v,k2=v2`
pub fn selector_pairs(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        for part in [if text.is_empty() { "" } else { "," }, key, "=", value] {
            text.push_str(part);
        }
    }
    text
}

/// A `LabelSelector` in one line, its requirements by key; empty where it selects everything or nothing.
// upstream: apimachinery/pkg/apis/meta/v1/helpers.go LabelSelectorAsSelector, labels.Requirement.String
pub fn selector(selector: &Value) -> String {
    let mut all: Vec<(&str, String)> =
        selector.pairs_at("matchLabels").into_iter().map(|(k, v)| (k, selector_pairs(&[(k, v)]))).collect();
    for expression in selector.list_at("matchExpressions") {
        let key = expression.str_at("key");
        let mut values: Vec<&str> = expression.list_at("values").iter().filter_map(Value::as_str).collect();
        sort(&mut values);
        let list = values.join(",");
        let text = match expression.str_at("operator") {
            "In" => format!("{key} in ({list})"),
            "NotIn" => format!("{key} notin ({list})"),
            "Exists" => key.into(),
            "DoesNotExist" => format!("!{key}"),
            _ => return "<error>".into(),
        };
        all.push((key, text));
    }
    sort_by(&mut all, |a, b| a.0.cmp(b.0));
    all.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}

/// [`selector`], `<none>` where it is empty.
// upstream: apimachinery/pkg/apis/meta/v1/helpers.go FormatLabelSelector
pub fn format_selector(value: &Value) -> String {
    or(&selector(value), NONE).into()
}

/// `pod`, `replicaset.apps`: how kubectl names an object's kind before a slash.
pub fn kind_of(object: &Value) -> String {
    let mut text = object.str_at("kind").to_lowercase();
    if let Some((group, _)) = object.str_at("apiVersion").split_once('/') {
        text.push('.');
        text.push_str(group);
    }
    text
}

/// At most `max` entries joined by commas, then ` + N more...` where `total` is more than were listed.
pub fn some_of(list: &[String], max: usize, total: usize) -> String {
    let mut text = list.iter().take(max).map(String::as_str).collect::<Vec<_>>().join(",");
    if total > max {
        text.push_str(&format!(" + {} more...", total - max));
    }
    text
}

/// `IP:PORT`, an IPv6 address in brackets.
pub fn host_port(ip: &str, port: i64) -> String {
    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
}

/// A volume's access modes, in the order in which kubectl lists them.
// upstream: pkg/apis/core/helper/helpers.go GetAccessModesAsString
pub fn access_modes(modes: &[Value]) -> String {
    const SHORT: [(&str, &str); 4] =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let has = |mode: &str| modes.iter().any(|m| m == mode);
    SHORT.iter().filter(|(long, _)| has(long)).map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

/// A condition's status by its type, empty where it has none.
pub fn condition<'a>(object: &'a Value, kind: &str) -> &'a str {
    let of_kind = object.list_at("status.conditions").iter().find(|c| c.str_at("type") == kind);
    of_kind.map_or("", |c| c.str_at("status"))
}

/// A node's roles by its labels.
// upstream: pkg/printers/internalversion/printers.go findNodeRoles
pub fn node_roles(node: &Value) -> Vec<&str> {
    let mut roles: Vec<&str> = Vec::new();
    for (key, value) in node.labels() {
        match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => roles.push(role),
            None if key == "kubernetes.io/role" && !value.is_empty() => roles.push(value),
            _ => {}
        }
    }
    sort(&mut roles);
    roles.dedup();
    roles
}

/// The addresses of a load balancer's status, sorted.
pub fn balancer_addresses(object: &Value) -> Vec<&str> {
    let ingress = object.list_at("status.loadBalancer.ingress").iter();
    let mut list: Vec<&str> =
        ingress.map(|i| or(i.str_at("ip"), i.str_at("hostname"))).filter(|a| !a.is_empty()).collect();
    sort(&mut list);
    list.dedup();
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_in_one_line() {
        let value = json!({"matchLabels": {"tier": "web", "app": "x"}, "matchExpressions": [
            {"key": "env", "operator": "In", "values": ["b", "a"]}, {"key": "zone", "operator": "DoesNotExist"}]});
        assert_eq!(format_selector(&value), "app=x,env in (a,b),tier=web,!zone");
        assert_eq!(format_selector(&json!({})), "<none>");
    }
}
