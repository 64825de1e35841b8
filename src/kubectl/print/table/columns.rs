//! Which columns each kind's table has.

use crate::api::Resource;

/// The columns of a resource's table, separated by `|`; those shown only with `-o wide` start with `*`.
// upstream: pkg/printers/internalversion/printers.go AddHandlers
pub fn of(resource: &Resource) -> &'static str {
    COLUMNS.iter().find(|(plural, _)| *plural == resource.plural).map_or("NAME|AGE", |(_, columns)| columns)
}

const COLUMNS: &[(&str, &str)] = &[
    ("componentstatuses", "NAME|STATUS|MESSAGE|ERROR"),
    ("configmaps", "NAME|DATA|AGE"),
    ("controllerrevisions", "NAME|CONTROLLER|REVISION|AGE"),
    ("cronjobs", "NAME|SCHEDULE|TIMEZONE|SUSPEND|ACTIVE|LAST SCHEDULE|AGE|*CONTAINERS|*IMAGES|*SELECTOR"),
    ("daemonsets", "NAME|DESIRED|CURRENT|READY|UP-TO-DATE|AVAILABLE|NODE SELECTOR|AGE|*CONTAINERS|*IMAGES|*SELECTOR"),
    ("deployments", "NAME|READY|UP-TO-DATE|AVAILABLE|AGE|*CONTAINERS|*IMAGES|*SELECTOR"),
    ("endpoints", "NAME|ENDPOINTS|AGE"),
    ("endpointslices", "NAME|ADDRESSTYPE|PORTS|ENDPOINTS|AGE"),
    ("events", "LAST SEEN|TYPE|REASON|OBJECT|*SUBOBJECT|*SOURCE|MESSAGE|*FIRST SEEN|*COUNT|*NAME"),
    ("horizontalpodautoscalers", "NAME|REFERENCE|TARGETS|MINPODS|MAXPODS|REPLICAS|AGE"),
    ("ingressclasses", "NAME|CONTROLLER|PARAMETERS|AGE"),
    ("ingresses", "NAME|CLASS|HOSTS|ADDRESS|PORTS|AGE"),
    ("ipaddresses", "NAME|PARENTREF"),
    ("jobs", "NAME|STATUS|COMPLETIONS|DURATION|AGE|*CONTAINERS|*IMAGES|*SELECTOR"),
    ("leases", "NAME|HOLDER|AGE"),
    ("limitranges", "NAME|CREATED AT"),
    ("namespaces", "NAME|STATUS|AGE"),
    ("networkpolicies", "NAME|POD-SELECTOR|AGE"),
    ("nodes", "NAME|STATUS|ROLES|AGE|VERSION|*INTERNAL-IP|*EXTERNAL-IP|*OS-IMAGE|*KERNEL-VERSION|*CONTAINER-RUNTIME"),
    (
        "persistentvolumeclaims",
        "NAME|STATUS|VOLUME|CAPACITY|ACCESS MODES|STORAGECLASS|VOLUMEATTRIBUTESCLASS|AGE|*VOLUMEMODE",
    ),
    (
        "persistentvolumes",
        "NAME|CAPACITY|ACCESS MODES|RECLAIM POLICY|STATUS|CLAIM|STORAGECLASS|VOLUMEATTRIBUTESCLASS|REASON|AGE|*VOLUMEMODE",
    ),
    ("poddisruptionbudgets", "NAME|MIN AVAILABLE|MAX UNAVAILABLE|ALLOWED DISRUPTIONS|AGE"),
    ("pods", "NAME|READY|STATUS|RESTARTS|AGE|*IP|*NODE|*NOMINATED NODE|*READINESS GATES"),
    ("podtemplates", "NAME|CONTAINERS|IMAGES|POD LABELS"),
    ("priorityclasses", "NAME|VALUE|GLOBAL-DEFAULT|AGE|PREEMPTIONPOLICY"),
    ("replicasets", "NAME|DESIRED|CURRENT|READY|AGE|*CONTAINERS|*IMAGES|*SELECTOR"),
    ("replicationcontrollers", "NAME|DESIRED|CURRENT|READY|AGE|*CONTAINERS|*IMAGES|*SELECTOR"),
    ("resourcequotas", "NAME|REQUEST|LIMIT|AGE"),
    ("secrets", "NAME|TYPE|DATA|AGE"),
    ("servicecidrs", "NAME|CIDRS|AGE"),
    ("services", "NAME|TYPE|CLUSTER-IP|EXTERNAL-IP|PORT(S)|AGE|*SELECTOR"),
    ("statefulsets", "NAME|READY|AGE|*CONTAINERS|*IMAGES"),
    ("storageclasses", "NAME|PROVISIONER|RECLAIMPOLICY|VOLUMEBINDINGMODE|ALLOWVOLUMEEXPANSION|AGE"),
];
