//! Containers, their ports, environment, mounts, probes and resources.

mod env;
mod resources;

use super::field::{Errors, Field};
use super::format;
use super::service::PROTOCOLS;
use super::volume::backsteps;
use crate::api::{FieldError, ObjectExt};
use env::{env_from, value_from};
pub(super) use resources::resources;

// upstream: pkg/apis/core/validation/validation.go validateContainers, validateContainerCommon, validateInitContainers

/// What containers are checked against: the Pod around them.
pub(super) struct Pod<'a> {
    /// `spec` of the Pod or template.
    pub spec: Field<'a>,
    /// Names of the volumes that are in order.
    pub volumes: Vec<&'a str>,
}

/// The Pod's regular containers.
pub(super) fn regular(errors: &mut Errors, pod: &Pod) {
    let containers = pod.spec.child("containers");
    if containers.empty() {
        return errors.required(&containers, "");
    }
    let mut names: Vec<&str> = Vec::new();
    for container in containers.items() {
        common(errors, &container, pod);
        let name = container.child("name");
        if names.contains(&name.str()) {
            errors.0.push(FieldError::duplicate(name.path.as_str(), &name.str().into()));
        }
        names.push(name.str());
        if container.has("lifecycle") {
            lifecycle(errors, &container.child("lifecycle"), pod);
        }
        probes(errors, &container, pod);
        restart_policy(errors, &container);
    }
    host_port_conflicts(errors, &containers.items());
}

/// The Pod's init containers: those that restart always are sidecars and may have probes.
pub(super) fn init(errors: &mut Errors, pod: &Pod) {
    let containers = pod.spec.child("initContainers");
    let mut names: Vec<&str> = pod.spec.value.list_at("containers").iter().map(|c| c.str_at("name")).collect();
    for container in containers.items() {
        common(errors, &container, pod);
        restart_policy(errors, &container);
        let name = container.child("name");
        if names.contains(&name.str()) {
            errors.0.push(FieldError::duplicate(name.path.as_str(), &name.str().into()));
        } else if !name.str().is_empty() {
            names.push(name.str());
        }
        host_port_conflicts(errors, std::slice::from_ref(&container));
        if container.value.str_at("restartPolicy") == "Always" {
            if container.has("lifecycle") {
                lifecycle(errors, &container.child("lifecycle"), pod);
            }
            probes(errors, &container, pod);
            continue;
        }
        for name in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if container.has(name) {
                let detail = "may not be set for init containers without restartPolicy=Always";
                errors.forbidden(&container.child(name), detail);
            }
        }
    }
}

fn restart_policy(errors: &mut Errors, container: &Field) {
    let policy = container.child("restartPolicy");
    if policy.given() {
        errors.one_of(&policy, &["Always", "Never", "OnFailure"]);
    } else if !container.child("restartPolicyRules").empty() {
        errors.required(&policy, "must specify restartPolicy when restart rules are used");
    }
}

fn common(errors: &mut Errors, container: &Field, pod: &Pod) {
    let name = container.child("name");
    if name.str().is_empty() {
        errors.required(&name, "")
    } else {
        errors.dns_label(&name)
    }
    let image = container.child("image");
    if image.str().is_empty() {
        errors.required(&image, "");
    }
    errors.required_one_of(&container.child("terminationMessagePolicy"), &["File", "FallbackToLogsOnError"]);
    ports(errors, &container.child("ports"));
    for variable in container.child("env").items() {
        let name = variable.child("name");
        if name.str().is_empty() {
            errors.required(&name, "")
        } else {
            errors.each(&name, &format::env_name(name.str()))
        }
        if variable.has("valueFrom") {
            value_from(errors, &variable);
        }
    }
    env_from(errors, &container.child("envFrom"));
    mounts(errors, container, pod);
    errors.required_one_of(&container.child("imagePullPolicy"), &["Always", "IfNotPresent", "Never"]);
    resources(errors, &container.child("resources"));
    security_context(errors, &container.child("securityContext"));
}

// upstream: validateContainerPorts
fn ports(errors: &mut Errors, ports: &Field) {
    let mut names: Vec<&str> = Vec::new();
    for port in ports.items() {
        let name = port.child("name");
        if !name.str().is_empty() {
            let messages = format::port_name(name.str());
            if !messages.is_empty() {
                errors.each(&name, &messages);
            } else if names.contains(&name.str()) {
                errors.duplicate(&name);
            } else {
                names.push(name.str());
            }
        }
        let number = port.child("containerPort");
        if number.int() == 0 {
            errors.required(&number, "")
        } else {
            errors.port_number(&number)
        }
        let host = port.child("hostPort");
        if host.int() != 0 {
            errors.port_number(&host);
        }
        errors.required_one_of(&port.child("protocol"), PROTOCOLS);
    }
}

// upstream: AccumulateUniqueHostPorts
fn host_port_conflicts(errors: &mut Errors, containers: &[Field]) {
    let mut taken: Vec<String> = Vec::new();
    for port in containers.iter().flat_map(|c| c.child("ports").items()) {
        let host = port.child("hostPort");
        if host.int() == 0 {
            continue;
        }
        let key = [port.value.str_at("protocol"), port.value.str_at("hostIP"), &host.int().to_string()].join("/");
        if taken.contains(&key) {
            errors.0.push(FieldError::duplicate(host.path.as_str(), &key.as_str().into()));
        } else {
            taken.push(key);
        }
    }
}

/// Fields of a Pod that its environment can take a value from.
const ENV_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

const RESOURCE_FIELDS: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

// upstream: ValidateVolumeMounts
fn mounts(errors: &mut Errors, container: &Field, pod: &Pod) {
    let list = container.child("volumeMounts");
    let mut points: Vec<&str> = Vec::new();
    for mount in list.items() {
        let (name, path) = (mount.child("name"), mount.child("mountPath"));
        if name.str().is_empty() {
            errors.required(&name, "");
        }
        if !pod.volumes.contains(&name.str()) {
            errors.0.push(FieldError::not_found(name.path.as_str(), &name.str().into()));
        }
        if path.str().is_empty() {
            errors.required(&path, "");
        }
        if points.contains(&path.str()) {
            errors.text(&path, "must be unique");
        }
        points.push(path.str());
        for sub in ["subPath", "subPathExpr"].map(|s| mount.child(s)).into_iter().filter(|s| !s.str().is_empty()) {
            // The path lacks the mount's index, as upstream's does.
            let name = sub.path.rsplit('.').next().unwrap_or("");
            let at = sub.named([&list.path, ".", name].concat());
            if sub.str().starts_with('/') {
                errors.text(&at, "must be a relative path");
            }
            backsteps(errors, &at);
        }
        let propagation = mount.child("mountPropagation");
        if propagation.given() {
            let at = propagation.named([&list.path, ".mountPropagation"].concat());
            errors.one_of(&at, &["Bidirectional", "HostToContainer", "None"]);
            if propagation.str() == "Bidirectional" && !container.value.bool_at("securityContext.privileged") {
                errors.forbidden(&at, "Bidirectional mount propagation is available only to privileged containers");
            }
        }
    }
}

fn probes(errors: &mut Errors, container: &Field, pod: &Pod) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let probe = container.child(name);
        if !probe.given() {
            continue;
        }
        handler(errors, &probe, pod);
        for number in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
        {
            errors.nonnegative(&probe.child(number));
        }
        let grace = probe.child("terminationGracePeriodSeconds");
        if grace.given() && grace.int() <= 0 {
            errors.number(&grace, "must be greater than 0");
        }
        let successes = probe.child("successThreshold");
        if name != "readinessProbe" && successes.int() != 1 {
            errors.number(&successes, "must be 1");
        }
        if name == "readinessProbe" && grace.given() {
            errors.invalid(&grace, "must not be set for readinessProbes");
        }
    }
}

fn lifecycle(errors: &mut Errors, lifecycle: &Field, pod: &Pod) {
    for name in ["postStart", "preStop"] {
        if lifecycle.has(name) {
            handler(errors, &lifecycle.child(name), pod);
        }
    }
}

// upstream: validateHandler
fn handler(errors: &mut Errors, place: &Field, pod: &Pod) {
    let given: Vec<&str> =
        ["exec", "httpGet", "tcpSocket", "grpc", "sleep"].into_iter().filter(|h| place.has(h)).collect();
    for (i, name) in given.iter().enumerate() {
        let handler = place.child(name);
        if i > 0 {
            errors.forbidden(&handler, "may not specify more than 1 handler type");
            continue;
        }
        match *name {
            "exec" if handler.child("command").empty() => errors.required(&handler.child("command"), ""),
            "httpGet" => http_get(errors, &handler),
            "tcpSocket" | "grpc" => errors.port(&handler.child("port")),
            "sleep" => {
                let (seconds, grace) =
                    (handler.child("seconds").int(), pod.spec.child("terminationGracePeriodSeconds"));
                if grace.given() && !(0..=grace.int()).contains(&seconds) {
                    let detail =
                        format!("must be non-negative and less than terminationGracePeriodSeconds ({})", grace.int());
                    errors.number(&handler.child("seconds").named(handler.path.clone()), &detail);
                }
            }
            _ => {}
        }
    }
    if given.is_empty() {
        errors.required(place, "must specify a handler type");
    }
}

fn http_get(errors: &mut Errors, get: &Field) {
    let path = get.child("path");
    if path.str().is_empty() {
        errors.required(&path, "");
    }
    errors.port(&get.child("port"));
    errors.one_of(&get.child("scheme"), &["HTTP", "HTTPS"]);
    let headers = get.child("httpHeaders");
    for header in headers.items() {
        let name = header.child("name").named(headers.path.clone());
        errors.each(&name, &format::header_name(name.str()));
    }
}

fn security_context(errors: &mut Errors, context: &Field) {
    for name in ["runAsUser", "runAsGroup"] {
        identity(errors, &context.child(name));
    }
    let escalation = context.child("allowPrivilegeEscalation");
    if escalation.value.as_bool() == Some(false) && context.value.bool_at("privileged") {
        errors.invalid(context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    }
}

/// A user's or group's number.
pub(super) fn identity(errors: &mut Errors, id: &Field) {
    if id.given() && !(0..=i64::from(i32::MAX)).contains(&id.int()) {
        errors.number(id, "must be between 0 and 2147483647, inclusive");
    }
}
