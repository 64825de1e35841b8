//! The kinds that the cluster serves: `kubectl api-resources` of a v1.36.3 cluster, as data.

/// One served resource.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// `apps`; empty for the core group.
    pub group: &'static str,
    /// `v1`
    pub version: &'static str,
    /// `ReplicaSet`
    pub kind: &'static str,
    /// `replicasets`
    pub plural: &'static str,
    /// `replicaset`
    pub singular: &'static str,
    /// `rs`
    pub short: &'static [&'static str],
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// Whether `kubectl get all` lists it.
    pub in_all: bool,
}

impl Resource {
    /// `v1`, `apps/v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.into() } else { format!("{}/{}", self.group, self.version) }
    }
    /// `services`, `replicasets.apps`
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() { self.plural.into() } else { format!("{}.{}", self.plural, self.group) }
    }
    /// The path of its collection: `/api/v1/namespaces/NS/services`, `/apis/apps/v1/replicasets` (empty `namespace`).
    pub fn path(&self, namespace: &str) -> String {
        let root = if self.group.is_empty() { "/api".into() } else { format!("/apis/{}", self.group) };
        let within = if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
        format!("{root}/{}{within}/{}", self.version, self.plural)
    }
    /// The resource of an `apiVersion` and a `kind`.
    pub fn by_kind(api_version: &str, kind: &str) -> Option<&'static Resource> {
        RESOURCES.iter().copied().find(|r| r.kind == kind && r.api_version() == api_version)
    }
    /// The resource that kubectl takes an `apiVersion` and a `kind` for; the kind may be in lower case.
    // upstream: client-go/restmapper/discovery.go NewDiscoveryRESTMapper
    pub fn mapped(api_version: &str, kind: &str) -> Option<&'static Resource> {
        let fits = |r: &Resource| r.kind == kind || (r.kind.to_ascii_lowercase() == kind);
        if api_version.is_empty() {
            return UNVERSIONED.iter().find(|r| r.group.is_empty() && fits(r));
        }
        RESOURCES.iter().copied().find(|r| fits(r) && r.api_version() == api_version)
    }
    /// The resource of a group and its plural name.
    pub fn by_plural(group: &str, plural: &str) -> Option<&'static Resource> {
        RESOURCES.iter().copied().find(|r| r.plural == plural && r.group == group)
    }
}

macro_rules! resources {
    ($($name:ident: $group:literal $version:literal $kind:literal $plural:literal $singular:literal [$($short:literal)*] $namespaced:literal $in_all:literal;)*) => {
        $(#[doc = concat!("`", $plural, "`")] pub static $name: Resource = Resource {
            group: $group, version: $version, kind: $kind, plural: $plural, singular: $singular,
            short: &[$($short),*], namespaced: $namespaced, in_all: $in_all,
        };)*
        /// The same without a version: what kubectl takes a core kind for whose `apiVersion` is empty. Its path leads
        /// nowhere.
        static UNVERSIONED: &[Resource] = &[$(Resource {
            group: $group, version: "", kind: $kind, plural: $plural, singular: $singular,
            short: &[$($short),*], namespaced: $namespaced, in_all: $in_all,
        }),*];
        /// All of them, in the order in which the server's discovery lists them.
        pub static RESOURCES: &[&Resource] = &[$(&$name),*];
    };
}

resources! {
    BINDINGS: "" "v1" "Binding" "bindings" "binding" [] true false;
    COMPONENT_STATUSES: "" "v1" "ComponentStatus" "componentstatuses" "componentstatus" ["cs"] false false;
    CONFIG_MAPS: "" "v1" "ConfigMap" "configmaps" "configmap" ["cm"] true false;
    ENDPOINTS: "" "v1" "Endpoints" "endpoints" "endpoints" ["ep"] true false;
    EVENTS: "" "v1" "Event" "events" "event" ["ev"] true false;
    LIMIT_RANGES: "" "v1" "LimitRange" "limitranges" "limitrange" ["limits"] true false;
    NAMESPACES: "" "v1" "Namespace" "namespaces" "namespace" ["ns"] false false;
    NODES: "" "v1" "Node" "nodes" "node" ["no"] false false;
    PERSISTENT_VOLUME_CLAIMS: "" "v1" "PersistentVolumeClaim" "persistentvolumeclaims" "persistentvolumeclaim" ["pvc"] true false;
    PERSISTENT_VOLUMES: "" "v1" "PersistentVolume" "persistentvolumes" "persistentvolume" ["pv"] false false;
    PODS: "" "v1" "Pod" "pods" "pod" ["po"] true true;
    POD_TEMPLATES: "" "v1" "PodTemplate" "podtemplates" "podtemplate" [] true false;
    REPLICATION_CONTROLLERS: "" "v1" "ReplicationController" "replicationcontrollers" "replicationcontroller" ["rc"] true true;
    RESOURCE_QUOTAS: "" "v1" "ResourceQuota" "resourcequotas" "resourcequota" ["quota"] true false;
    SECRETS: "" "v1" "Secret" "secrets" "secret" [] true false;
    SERVICE_ACCOUNTS: "" "v1" "ServiceAccount" "serviceaccounts" "serviceaccount" ["sa"] true false;
    SERVICES: "" "v1" "Service" "services" "service" ["svc"] true true;
    CONTROLLER_REVISIONS: "apps" "v1" "ControllerRevision" "controllerrevisions" "controllerrevision" [] true false;
    DAEMON_SETS: "apps" "v1" "DaemonSet" "daemonsets" "daemonset" ["ds"] true true;
    DEPLOYMENTS: "apps" "v1" "Deployment" "deployments" "deployment" ["deploy"] true true;
    REPLICA_SETS: "apps" "v1" "ReplicaSet" "replicasets" "replicaset" ["rs"] true true;
    STATEFUL_SETS: "apps" "v1" "StatefulSet" "statefulsets" "statefulset" ["sts"] true true;
    HORIZONTAL_POD_AUTOSCALERS: "autoscaling" "v2" "HorizontalPodAutoscaler" "horizontalpodautoscalers" "horizontalpodautoscaler" ["hpa"] true true;
    CRON_JOBS: "batch" "v1" "CronJob" "cronjobs" "cronjob" ["cj"] true true;
    JOBS: "batch" "v1" "Job" "jobs" "job" [] true true;
    LEASES: "coordination.k8s.io" "v1" "Lease" "leases" "lease" [] true false;
    ENDPOINT_SLICES: "discovery.k8s.io" "v1" "EndpointSlice" "endpointslices" "endpointslice" [] true false;
    INGRESS_CLASSES: "networking.k8s.io" "v1" "IngressClass" "ingressclasses" "ingressclass" [] false false;
    INGRESSES: "networking.k8s.io" "v1" "Ingress" "ingresses" "ingress" ["ing"] true false;
    NETWORK_POLICIES: "networking.k8s.io" "v1" "NetworkPolicy" "networkpolicies" "networkpolicy" ["netpol"] true false;
    POD_DISRUPTION_BUDGETS: "policy" "v1" "PodDisruptionBudget" "poddisruptionbudgets" "poddisruptionbudget" ["pdb"] true false;
    PRIORITY_CLASSES: "scheduling.k8s.io" "v1" "PriorityClass" "priorityclasses" "priorityclass" ["pc"] false false;
    STORAGE_CLASSES: "storage.k8s.io" "v1" "StorageClass" "storageclasses" "storageclass" ["sc"] false false;
}
