//! Field selectors: `status.phase=Running,metadata.name!=x`.
// upstream: apimachinery/pkg/fields/selector.go

use crate::api::{ObjectExt, Resource, Value};
use crate::collections::sort;

/// Conditions on an object's fields that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    /// Field, whether it must be equal, and the value.
    pub terms: Vec<(String, bool, String)>,
}

/// Fields beyond `metadata.name` and `metadata.namespace` by which a kind can be selected; `metadata.namespace` only
/// where listed for the kinds that are here.
// upstream: pkg/apis/core/v1/conversion.go addFieldLabelConversionsFor…, pkg/apis/batch/v1/conversion.go
const FIELDS: &[(&str, &[&str])] = &[
    (
        "pods",
        &[
            "metadata.namespace",
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "spec.host",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
    ),
    ("nodes", &["spec.unschedulable"]),
    ("replicationcontrollers", &["metadata.namespace", "status.replicas"]),
    (
        "events",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
            "metadata.namespace",
        ],
    ),
    ("namespaces", &["status.phase"]),
    ("secrets", &["type", "metadata.namespace"]),
    ("services", &["metadata.namespace", "spec.clusterIP", "spec.type"]),
];

/// Whether `resource` can be selected by `field`, else why not.
fn supported(resource: &Resource, field: &str) -> Result<(), String> {
    let own = FIELDS.iter().find(|(plural, _)| *plural == resource.plural && resource.group.is_empty());
    match (own, field) {
        (_, "metadata.name") | (None, "metadata.namespace") => Ok(()),
        (Some((_, fields)), field) if fields.contains(&field) => Ok(()),
        (Some(_), _) => Err(format!("field label not supported: {field}")),
        (None, "status.successful") if resource.kind == "Job" => Ok(()),
        (None, _) if resource.kind == "Job" => Err(format!("field label {field:?} not supported for Job")),
        (None, _) => {
            Err(format!("{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""))
        }
    }
}

fn split_terms(text: &str) -> Vec<&str> {
    let (mut terms, mut start, mut escaped) = (Vec::new(), 0, false);
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                terms.push(text.get(start..i).unwrap_or(""));
                start = i + 1;
            }
            _ => {}
        }
    }
    terms.push(text.get(start..).unwrap_or(""));
    terms
}

fn unescape(text: &str) -> Result<String, String> {
    let (mut out, mut escaped) = (String::new(), false);
    for c in text.chars() {
        match (escaped, c) {
            (true, '\\' | ',' | '=') => (escaped, _) = (false, out.push(c)),
            (true, c) => return Err(format!("invalid field selector: invalid escape sequence: \\{c}")),
            (false, '\\') => escaped = true,
            (false, ',' | '=') => {
                return Err(format!("invalid field selector: unescaped character in value: {}", c as u32));
            }
            (false, c) => out.push(c),
        }
    }
    if escaped { Err("invalid field selector: invalid escape sequence: \\".into()) } else { Ok(out) }
}

impl FieldSelector {
    /// Reads a field selector for a resource.
    ///
    /// # Errors
    /// The server's words, as they follow `Unable to find … : `.
    pub fn parse(resource: &Resource, text: &str) -> Result<Self, String> {
        let mut parts = split_terms(text);
        sort(&mut parts);
        let mut terms = Vec::new();
        for part in parts.into_iter().filter(|p| !p.is_empty()) {
            let split = part.find(['=', '!']).and_then(|from| {
                let at = part.get(from..)?.find("!=").map_or(usize::MAX, |i| from + i);
                let equals = part.find('=').unwrap_or(usize::MAX);
                let i = at.min(equals);
                let (field, rest) = (part.get(..i)?, part.get(i..)?);
                let operator = ["!=", "==", "="].into_iter().find(|o| rest.starts_with(o))?;
                Some((field, operator, rest.get(operator.len()..)?))
            });
            let Some((field, operator, value)) = split else {
                return Err(format!("invalid selector: '{text}'; can't understand '{part}'"));
            };
            let value = unescape(value)?;
            if !(field.is_empty() && value.is_empty()) {
                terms.push((field.to_owned(), operator != "!=", value));
            }
        }
        for (field, _, _) in &mut terms {
            supported(resource, field)?;
            if field == "spec.host" {
                *field = "spec.nodeName".into();
            }
        }
        Ok(Self { terms })
    }

    /// Whether it selects `object`.
    pub fn selects(&self, object: &Value) -> bool {
        self.terms.iter().all(|(field, equal, value)| (field_text(object, field) == *value) == *equal)
    }
}

/// A field's value as selectors compare it: text, `false` where a boolean is missing.
// upstream: pkg/registry/core/*/strategy.go ToSelectableFields
fn field_text(object: &Value, field: &str) -> String {
    let value = match field {
        "status.podIP" => object.at("status.podIPs.0.ip"),
        "status.podIPs" => &Value::Null,
        "source" => match object.at("source.component") {
            Value::Null => object.at("reportingComponent"),
            component => component,
        },
        _ => object.at(field),
    };
    match value {
        Value::String(s) => s.clone(),
        Value::Null if matches!(field, "spec.hostNetwork" | "spec.unschedulable") => "false".into(),
        Value::Null if matches!(field, "status.replicas" | "status.successful") => "0".into(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::resource::{PODS, REPLICA_SETS};
    use serde_json::json;

    #[test]
    fn fields_select_and_are_refused_in_the_servers_words() {
        let pod = json!({"metadata": {"name": "a"}, "spec": {"nodeName": "worker-1"}, "status": {"phase": "Running"}});
        let selects = |text: &str| FieldSelector::parse(&PODS, text).map(|s| s.selects(&pod));
        assert_eq!(selects("status.phase=Running,metadata.name!=b"), Ok(true));
        assert_eq!(selects("status.phase!=Running"), Ok(false));
        assert_eq!(selects("spec.hostNetwork==false,spec.host=worker-1"), Ok(true));
        assert_eq!(selects("!="), Ok(true));
        let error = |text: &str| FieldSelector::parse(&PODS, text).unwrap_err();
        assert_eq!(error("spec.foo=bar"), "field label not supported: spec.foo");
        assert_eq!(error("=a"), "field label not supported: ");
        assert_eq!(error("a=b=c"), "invalid field selector: unescaped character in value: 61");
        assert_eq!(error("metadata.name"), "invalid selector: 'metadata.name'; can't understand 'metadata.name'");
        assert_eq!(
            FieldSelector::parse(&REPLICA_SETS, "status.replicas=1").unwrap_err(),
            "\"status.replicas\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        );
    }
}
