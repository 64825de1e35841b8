//! What kubeadm leaves behind, as text.

pub const NAMESPACE: &str = r#"{"metadata": {"name": "$name", "labels": {"kubernetes.io/metadata.name": "$name"}},
    "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}"#;

pub const TOKEN_TRACKING: &str = r#"{"data": {"since": "2026-11-24"}, "metadata": {
    "name": "kube-apiserver-legacy-service-account-token-tracking", "namespace": "kube-system"}}"#;

pub const PRIORITY_CLASS: &str = r#"{"metadata": {"name": "$name"}, "value": $value,
    "preemptionPolicy": "PreemptLowerPriority", "description": "Used for system critical pods that $what"}"#;

/// The fields of a Service's spec with `ports` still to come.
pub const SERVICE_SPEC: &str = r#""clusterIP": "$ip", "clusterIPs": ["$ip"], "internalTrafficPolicy": "Cluster",
    "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None", "type": "ClusterIP""#;

pub const KUBERNETES_SERVICE: &str = r#"{"metadata": {"name": "kubernetes", "namespace": "default",
        "labels": {"component": "apiserver", "provider": "kubernetes"}},
    "spec": {$spec, "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]},
    "status": {"loadBalancer": {}}}"#;

pub const KUBERNETES_ENDPOINTS: &str = r#"{"metadata": {"name": "kubernetes", "namespace": "default",
        "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
    "subsets": [{"addresses": [{"ip": "192.168.49.2"}], "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}]}"#;

pub const KUBERNETES_SLICE: &str = r#"{"metadata": {"name": "kubernetes", "namespace": "default",
        "labels": {"kubernetes.io/service-name": "kubernetes"}},
    "addressType": "IPv4", "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    "endpoints": [{"addresses": ["192.168.49.2"], "conditions": {"ready": true}}]}"#;

pub const APISERVER_LEASE: &str = r#"{"metadata": {"name": "apiserver-wlv32tlttr4jl3gtroqexyxapa", "namespace": "kube-system",
        "annotations": {"kubernetes.io/peer-advertise-address": "192.168.49.2:6443"},
        "labels": {"apiserver.kubernetes.io/identity": "kube-apiserver", "kubernetes.io/hostname": "control-plane"}},
    "spec": {"holderIdentity": "apiserver-wlv32tlttr4jl3gtroqexyxapa_$uid", "leaseDurationSeconds": 3600,
        "renewTime": "$renew"}}"#;

pub const DNS_SERVICE: &str = r#"{"apiVersion": "v1", "kind": "Service",
    "metadata": {"name": "kube-dns", "namespace": "kube-system",
        "annotations": {"prometheus.io/port": "9153", "prometheus.io/scrape": "true"},
        "labels": {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}},
    "spec": {"clusterIP": "10.96.0.10", "selector": {"k8s-app": "kube-dns"}, "ports": [
        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
        {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153}]}}"#;

pub const DNS_DEPLOYMENT: &str = r#"{"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"k8s-app": "kube-dns"}}, "template": {
        "metadata": {"labels": {"k8s-app": "kube-dns"}},
        "spec": {
            "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"},
                {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}],
            "containers": [{"name": "coredns", "image": "registry.k8s.io/coredns/coredns:v1.13.1", "ports": [
                {"containerPort": 53, "name": "dns", "protocol": "UDP"},
                {"containerPort": 53, "name": "dns-tcp", "protocol": "TCP"},
                {"containerPort": 9153, "name": "metrics", "protocol": "TCP"}]}]}}}}"#;

/// What the API server fills into [`DNS_DEPLOYMENT`], by where.
pub const DNS_DEFAULTS: [(&str, &str); 3] = [
    (
        "spec",
        r#"{"progressDeadlineSeconds": 600, "revisionHistoryLimit": 10, "strategy":
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}}"#,
    ),
    (
        "spec.template.spec",
        r#"{"dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
            "securityContext": {}, "terminationGracePeriodSeconds": 30}"#,
    ),
    (
        "spec.template.spec.containers.0",
        r#"{"imagePullPolicy": "IfNotPresent", "resources": {},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}"#,
    ),
];
