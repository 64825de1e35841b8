//! Pods and templates of Pods.
// upstream: pkg/apis/core/validation/validation.go ValidatePodCreate, ValidatePodSpec, ValidatePodTemplateSpec

use super::field::{Errors, Field};
use super::{container, format, meta, volume};
use crate::api::ip;
use crate::api::{FieldError, ObjectExt, Value};

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// A Pod that is to be created; its metadata has been checked.
pub(super) fn create(errors: &mut Errors, root: &Field) {
    pod(errors, root);
    let spec = root.child("spec");
    let ephemeral = spec.child("ephemeralContainers");
    if !ephemeral.empty() {
        errors.forbidden(&ephemeral, "cannot be set on create");
    }
    let node = spec.child("nodeName");
    if !node.str().is_empty() && !spec.child("schedulingGates").empty() {
        errors.forbidden(&node, "cannot be set until all schedulingGates have been cleared");
    }
}

/// What holds for Pods whether new or changed.
// upstream: validatePodMetadataAndSpec
pub(super) fn pod(errors: &mut Errors, root: &Field) {
    let spec_field = root.child("spec");
    annotations(errors, &root.child("metadata.annotations"), &spec_field);
    spec(errors, &spec_field, true);
    if spec_field.child("serviceAccountName").str().is_empty() {
        for v in spec_field.child("volumes").items().iter().filter(|v| volume::projects_token(v.value)) {
            for source in v.child("projected.sources").items().iter().filter(|s| s.has("serviceAccountToken")) {
                let token = source.child("serviceAccountToken");
                errors.forbidden(&token, "must not be specified when serviceAccountName is not set");
            }
        }
    }
    for list in ["containers", "initContainers"] {
        for image in spec_field.child(list).items().iter().map(|c| c.child("image")) {
            if image.str().trim() != image.str() {
                errors.text(&image, "must not have leading or trailing whitespace");
            }
        }
    }
}

/// A template of Pods, as ReplicaSets and others have it.
pub(super) fn template(errors: &mut Errors, template: &Field) {
    // Upstream leaves `metadata` out of these paths.
    let labels = template.child("metadata.labels").named([&template.path, ".labels"].concat());
    errors.labels(&labels);
    let notes = template.child("metadata.annotations").named([&template.path, ".annotations"].concat());
    meta::annotations(errors, &notes);
    let spec_field = template.child("spec");
    annotations(errors, &notes, &spec_field);
    spec(errors, &spec_field, false);
    let ephemeral = spec_field.child("ephemeralContainers");
    if !ephemeral.empty() {
        errors.forbidden(&ephemeral, "ephemeral containers not allowed in pod template");
    }
}

// upstream: ValidatePodSpecificAnnotations
pub(super) fn annotations(errors: &mut Errors, annotations: &Field, spec: &Field) {
    let mirror = annotations.key("kubernetes.io/config.mirror");
    if mirror.given() && spec.value.str_at("nodeName").is_empty() {
        errors.text(&mirror, "must set spec.nodeName if mirror pod annotation is set");
    }
    let cost = annotations.key(DELETION_COST);
    let canonical = |s: &str| s == "0" || (!s.starts_with('+') && !s.trim_start_matches('-').starts_with('0'));
    if cost.given() && (cost.str().parse::<i32>().is_err() || !canonical(cost.str())) {
        errors.text(&cost, "must be a 32bit integer");
    }
}

/// `spec` of a Pod or of a template.
pub(super) fn spec(errors: &mut Errors, spec: &Field, is_pod: bool) {
    let grace = spec.child("terminationGracePeriodSeconds");
    if !grace.given() {
        errors.required(&grace, "");
    }
    let volumes = volume::volumes(errors, &spec.child("volumes"));
    let pod = container::Pod { spec: spec.clone(), volumes };
    container::regular(errors, &pod);
    container::init(errors, &pod);
    if spec.has("resources") {
        container::resources(errors, &spec.child("resources"));
    }
    host_network(errors, spec, is_pod);
    errors.required_one_of(&spec.child("restartPolicy"), &["Always", "OnFailure", "Never"]);
    let dns = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    errors.required_one_of(&spec.child("dnsPolicy"), &dns);
    errors.labels(&spec.child("nodeSelector"));
    security_context(errors, &spec.child("securityContext"));
    node_affinity(errors, &spec.child("affinity.nodeAffinity"));
    for kind in ["podAffinity", "podAntiAffinity"] {
        pod_affinity(errors, &spec.child("affinity").child(kind));
    }
    dns_config(errors, spec);
    for gate in spec.child("readinessGates").items() {
        errors.qualified_name(&gate.child("conditionType"));
    }
    for gate in spec.child("schedulingGates").items() {
        errors.qualified_name(&gate.child("name").named(gate.path.clone()));
    }
    spread_constraints(errors, &spec.child("topologySpreadConstraints"));
    scalars(errors, spec);
    tolerations(errors, &spec.child("tolerations"));
    for alias in spec.child("hostAliases").items() {
        let address = alias.child("ip");
        errors.each(&address, &ip::legacy_ip(address.str()));
        for name in alias.child("hostnames").items() {
            errors.dns_subdomain(&name);
        }
    }
    let class = spec.child("priorityClassName");
    if !class.str().is_empty() {
        errors.dns_subdomain(&class);
    }
    let preemption = spec.child("preemptionPolicy");
    if preemption.given() {
        errors.required_one_of(&preemption, &["PreemptLowerPriority", "Never"]);
    }
}

fn scalars(errors: &mut Errors, spec: &Field) {
    for name in ["serviceAccountName", "nodeName"].map(|n| spec.child(n)) {
        if !name.str().is_empty() {
            errors.dns_subdomain(&name);
        }
    }
    let deadline = spec.child("activeDeadlineSeconds");
    if deadline.given() && !(1..=i64::from(i32::MAX)).contains(&deadline.int()) {
        errors.number(&deadline, "must be between 1 and 2147483647, inclusive");
    }
    for name in ["hostname", "subdomain"].map(|n| spec.child(n)) {
        if !name.str().is_empty() {
            errors.dns_label(&name);
        }
    }
}

// upstream: validatePodHostNetworkDeps
fn host_network(errors: &mut Errors, spec: &Field, is_pod: bool) {
    if !spec.value.bool_at("hostNetwork") {
        return;
    }
    for port in spec.child("containers").items().iter().flat_map(|c| c.child("ports").items()) {
        let (host, own) = (port.child("hostPort"), port.child("containerPort"));
        if (is_pod || host.int() != 0) && host.int() != own.int() {
            errors.number(&host, "must match `containerPort` when `hostNetwork` is true");
        }
    }
}

fn security_context(errors: &mut Errors, context: &Field) {
    for name in ["fsGroup", "runAsUser", "runAsGroup"] {
        container::identity(errors, &context.child(name));
    }
    for group in context.child("supplementalGroups").items() {
        container::identity(errors, &group);
    }
}

// upstream: validateNodeAffinity
fn node_affinity(errors: &mut Errors, affinity: &Field) {
    let required = affinity.child("requiredDuringSchedulingIgnoredDuringExecution");
    let mut terms = Vec::new();
    if required.given() {
        let list = required.child("nodeSelectorTerms");
        if list.empty() {
            errors.required(&list, "must have at least one node selector term");
        }
        terms.extend(list.items());
    }
    for preferred in affinity.child("preferredDuringSchedulingIgnoredDuringExecution").items() {
        let weight = preferred.child("weight");
        if !(1..=100).contains(&weight.int()) {
            errors.number(&weight, "must be in the range 1-100");
        }
        terms.push(preferred.child("preference"));
    }
    for requirement in terms.iter().flat_map(|t| t.child("matchExpressions").items()) {
        let (operator, values) = (requirement.child("operator"), requirement.child("values"));
        match operator.str() {
            "In" | "NotIn" if values.empty() => {
                errors.required(&values, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.empty() => {
                errors.forbidden(&values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }
            "Gt" | "Lt" if values.items().len() != 1 => {
                errors.required(&values, "must be specified single value when `operator` is 'Lt' or 'Gt'");
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            _ => errors.text(&operator, "not a valid selector operator"),
        }
        errors.qualified_name(&requirement.child("key"));
        for value in values.items() {
            errors.each(&value, &format::label_value(value.str()));
        }
    }
}

// upstream: validatePodAffinityTerm
fn pod_affinity(errors: &mut Errors, affinity: &Field) {
    let mut terms = affinity.child("requiredDuringSchedulingIgnoredDuringExecution").items();
    for preferred in affinity.child("preferredDuringSchedulingIgnoredDuringExecution").items() {
        let weight = preferred.child("weight");
        if !(1..=100).contains(&weight.int()) {
            errors.number(&weight, "must be in the range 1-100");
        }
        terms.push(preferred.child("podAffinityTerm"));
    }
    for term in terms {
        errors.label_selector(&term.child("labelSelector"));
        errors.label_selector(&term.child("namespaceSelector"));
        for namespace in term.child("namespaces").items() {
            errors.dns_label(&namespace.named(term.child("namespace").path));
        }
        let key = term.child("topologyKey");
        if key.str().is_empty() {
            errors.required(&key, "can not be empty");
        }
        errors.qualified_name(&key);
    }
}

// upstream: validatePodDNSConfig
fn dns_config(errors: &mut Errors, spec: &Field) {
    let config = spec.child("dnsConfig");
    let servers = config.child("nameservers");
    if spec.value.str_at("dnsPolicy") == "None" {
        if !config.given() {
            return errors.required(&config, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if servers.empty() {
            return errors.required(&servers, "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
    }
    if servers.items().len() > 3 {
        errors.invalid(&servers, "must not have more than 3 nameservers");
    }
    for server in servers.items() {
        errors.each(&server, &ip::legacy_ip(server.str()));
    }
    let searches = config.child("searches");
    if searches.items().len() > 32 {
        errors.invalid(&searches, "must not have more than 32 search paths");
    }
    for option in config.child("options").items() {
        if option.child("name").str().is_empty() {
            errors.required(&option, "must not be empty");
        }
    }
}

// upstream: validateTopologySpreadConstraints
fn spread_constraints(errors: &mut Errors, list: &Field) {
    for constraint in list.items() {
        let (skew, key, when) =
            (constraint.child("maxSkew"), constraint.child("topologyKey"), constraint.child("whenUnsatisfiable"));
        if skew.int() <= 0 {
            errors.number(&skew, "must be greater than zero");
        }
        if key.str().is_empty() {
            errors.required(&key, "can not be empty");
        } else {
            errors.qualified_name(&key);
        }
        errors.one_of(&when, &["DoNotSchedule", "ScheduleAnyway"]);
        errors.label_selector(&constraint.child("labelSelector"));
    }
}

// upstream: ValidateTolerations
pub(super) fn tolerations(errors: &mut Errors, list: &Field) {
    for toleration in list.items() {
        let (key, operator) = (toleration.child("key"), toleration.child("operator"));
        let (value, effect) = (toleration.child("value"), toleration.child("effect"));
        let value = value.named(operator.path.clone());
        if !key.str().is_empty() {
            errors.qualified_name(&key);
        } else if operator.str() != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.text(&operator, detail);
        }
        if toleration.has("tolerationSeconds") && effect.str() != "NoExecute" {
            errors.text(&effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        match operator.str() {
            "Equal" | "" => {
                let messages = format::label_value(value.str());
                if !messages.is_empty() {
                    errors.text(&value, &messages.join(";"));
                }
            }
            "Exists" if !value.str().is_empty() => {
                errors.text(&value, "value must be empty when `operator` is 'Exists'")
            }
            "Exists" => {}
            "Lt" | "Gt" => {
                // Known, but behind a feature gate that is off.
                let known = ["Equal", "Exists", "Lt", "Gt"];
                errors.0.push(FieldError::not_supported(operator.path.as_str(), operator.value, &known));
            }
            _ => errors.one_of(&operator, &["Equal", "Exists"]),
        }
        if !effect.str().is_empty() {
            errors.one_of(&effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        }
    }
}

/// A controller's template must be selected by its selector, and its Pods must start anew whenever they end.
pub(super) fn controlled(errors: &mut Errors, template_field: &Field, selects: bool, kind: &str) {
    if !selects {
        let labels = template_field.child("metadata.labels");
        errors.invalid(&labels, "`selector` does not match template `labels`");
    }
    template(errors, template_field);
    always(errors, template_field, kind);
}

pub(super) fn always(errors: &mut Errors, template: &Field, kind: &str) {
    let policy = template.child("spec.restartPolicy");
    if policy.str() != "Always" {
        errors.0.push(FieldError::not_supported(policy.path.as_str(), &policy.str().into(), &["Always"]));
    }
    let deadline = template.child("spec.activeDeadlineSeconds");
    if deadline.given() {
        errors.forbidden(&deadline, &format!("activeDeadlineSeconds in {kind} is not Supported"));
    }
}

/// The template's labels, which a selector is held against.
pub(super) fn template_labels(spec: &Value) -> &Value {
    spec.at("template.metadata.labels")
}
