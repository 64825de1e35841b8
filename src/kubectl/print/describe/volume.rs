//! Volumes of Pods, claims, persistent volumes and their classes.

use super::container::Of;
use super::writer::{Description, line};
use super::{list, title_bool};
use crate::api::resource::PODS;
use crate::api::{ObjectExt, Value};
use crate::cluster::{Request, Server};
use crate::kubectl::print::age;
use crate::kubectl::print::text::{self, NONE, number, or, plain};

/// What is shown of a source: its field, the type's text, and titles with paths; `?` before a path: a boolean,
/// `#`: a number.
type Source = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

// upstream: kubectl/pkg/describe/describe.go print*VolumeSource
const SOURCES: &[Source] = &[
    (
        "emptyDir",
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        &[("Medium", "medium"), ("SizeLimit", "sizeLimit")],
    ),
    ("hostPath", "HostPath (bare host directory volume)", &[("Path", "path"), ("HostPathType", "type")]),
    ("secret", "Secret (a volume populated by a Secret)", &[("SecretName", "secretName"), ("Optional", "?optional")]),
    ("configMap", "ConfigMap (a volume populated by a ConfigMap)", &[("Name", "name"), ("Optional", "?optional")]),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[("ClaimName", "claimName"), ("ReadOnly", "?readOnly")],
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[("Server", "server"), ("Path", "path"), ("ReadOnly", "?readOnly")],
    ),
    (
        "csi",
        "CSI (a Container Storage Interface (CSI) volume source)",
        &[("Driver", "driver"), ("FSType", "fsType"), ("VolumeHandle", "volumeHandle"), ("ReadOnly", "?readOnly")],
    ),
    ("local", "LocalVolume (a persistent volume backed by local storage on a node)", &[("Path", "path")]),
    ("image", "Image (a container image or OCI artifact)", &[("Reference", "reference"), ("PullPolicy", "pullPolicy")]),
    (
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        &[("Repository", "repository"), ("Revision", "revision")],
    ),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        &[("PDName", "pdName"), ("FSType", "fsType"), ("Partition", "#partition"), ("ReadOnly", "?readOnly")],
    ),
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        &[("VolumeID", "volumeID"), ("FSType", "fsType"), ("Partition", "#partition"), ("ReadOnly", "?readOnly")],
    ),
];

/// `Volumes:` of a Pod or a template.
// upstream: kubectl/pkg/describe/describe.go describeVolumes
pub fn of_pod(d: &mut Description, volumes: &[Value], of: Of) {
    let (space, name_indent) = of.space();
    line!(d, 0, "{space}Volumes:{}", if volumes.is_empty() { "\t<none>" } else { "" });
    for volume in volumes {
        line!(d, 1, "{name_indent}{}:", volume.str_at("name"));
        if volume.at("projected").is_object() {
            projected(d, volume.list_at("projected.sources"));
        } else if volume.at("downwardAPI").is_object() {
            downward(d, volume.list_at("downwardAPI.items"));
        } else if volume.at("ephemeral").is_object() {
            let what = "an inline specification for a volume that gets created and deleted with the pod";
            d.field(2, "Type", format_args!("EphemeralVolume ({what})"));
        } else {
            source(d, volume);
        }
    }
}

fn source(d: &mut Description, volume: &Value) {
    let Some((field, kind, fields)) = SOURCES.iter().find(|(field, ..)| volume.at(field).is_object()) else {
        line!(d, 1, "<unknown>");
        return;
    };
    let source = volume.at(field);
    d.field(2, "Type", kind);
    for (title, path) in *fields {
        let value = match (path.strip_prefix('?'), path.strip_prefix('#')) {
            (Some(path), _) => source.bool_at(path).to_string(),
            (_, Some(path)) => number(source, path),
            // A volume of a Pod names no handle, one that persists does.
            _ if *path == "volumeHandle" && source.at(path).is_null() => continue,
            _ => plain(source.at(path)),
        };
        let missing = match *title {
            "SizeLimit" => "<unset>",
            "HostPathType" if source.at("type").is_null() => NONE,
            _ => "",
        };
        d.field(2, title, or(&value, missing));
    }
    if *field == "csi" {
        let pairs = source.pairs_at("volumeAttributes");
        let first = if pairs.is_empty() { NONE.to_string() } else { String::new() };
        let all: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
        d.field(2, "VolumeAttributes", format_args!("{first}{}", all.join("\n    \t    ")));
    }
}

fn projected(d: &mut Description, sources: &[Value]) {
    d.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in sources {
        for (field, title) in [("secret", "SecretName"), ("configMap", "ConfigMapName")] {
            if source.at(field).is_object() {
                d.field(2, title, source.at(field).str_at("name"));
                d.field(2, "Optional", source.at(field).bool_at("optional"));
            }
        }
        if source.at("downwardAPI").is_object() {
            d.field(2, "DownwardAPI", "true");
        }
        d.fields(2, source, &[("TokenExpirationSeconds", "serviceAccountToken.expirationSeconds")]);
    }
}

fn downward(d: &mut Description, items: &[Value]) {
    d.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
    line!(d, 2, "Items:");
    for item in items {
        let from = or(item.str_at("fieldRef.fieldPath"), item.str_at("resourceFieldRef.resource"));
        line!(d, 3, "{from} -> {}", item.str_at("path"));
    }
}

/// A claim's or a volume's class.
pub fn class(o: &Value) -> &str {
    let annotation = o.at("metadata.annotations").get("volume.beta.kubernetes.io/storage-class");
    annotation.and_then(Value::as_str).unwrap_or(o.str_at("spec.storageClassName"))
}

fn status(d: &mut Description, o: &Value) {
    match o.str_at("metadata.deletionTimestamp") {
        "" => d.field(0, "Status", o.str_at("status.phase")),
        deleted => d.field(0, "Status", format_args!("Terminating (lasts {})", age::since(deleted, d.now))),
    }
}

fn finalizers(d: &mut Description, o: &Value) {
    let list: Vec<String> = o.list_at("metadata.finalizers").iter().map(plain).collect();
    d.field(0, "Finalizers", format_args!("[{}]", list.join(" ")));
}

// upstream: kubectl/pkg/describe/describe.go describePersistentVolumeClaim
pub fn claim(d: &mut Description, server: &mut dyn Server, o: &Value) {
    d.name(o);
    d.field(0, "StorageClass", class(o));
    status(d, o);
    d.field(0, "Volume", o.str_at("spec.volumeName"));
    d.metadata(o);
    finalizers(d, o);
    let bound = !o.str_at("spec.volumeName").is_empty();
    d.field(0, "Capacity", if bound { or(o.str_at("status.capacity.storage"), "0") } else { "" });
    d.field(0, "Access Modes", if bound { text::access_modes(o.list_at("status.accessModes")) } else { String::new() });
    d.fields(0, o, &[("VolumeMode", "spec.volumeMode")]);
    if o.at("spec.dataSource").is_object() {
        line!(d, 0, "DataSource:");
        d.fields(1, o.at("spec.dataSource"), &[("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")]);
    }
    let pods = list(server, &Request::get(PODS.path(o.namespace())));
    let uses = |pod: &&Value| {
        let mut volumes = pod.list_at("spec.volumes").iter();
        volumes.any(|v| v.str_at("persistentVolumeClaim.claimName") == o.name())
    };
    let names: Vec<String> = pods.iter().filter(uses).map(|p| p.name().to_string()).collect();
    d.several("Used By", &names);
}

// upstream: kubectl/pkg/describe/describe.go describePersistentVolume
pub fn volume(d: &mut Description, o: &Value) {
    d.field(0, "Name", o.name());
    d.metadata(o);
    finalizers(d, o);
    d.field(0, "StorageClass", class(o));
    status(d, o);
    let claim = o.at("spec.claimRef");
    let slash = if claim.is_object() { "/" } else { "" };
    d.field(0, "Claim", format_args!("{}{slash}{}", claim.str_at("namespace"), claim.str_at("name")));
    d.field(0, "Reclaim Policy", o.str_at("spec.persistentVolumeReclaimPolicy"));
    d.field(0, "Access Modes", text::access_modes(o.list_at("spec.accessModes")));
    d.fields(0, o, &[("VolumeMode", "spec.volumeMode")]);
    d.field(0, "Capacity", or(o.str_at("spec.capacity.storage"), "0"));
    node_affinity(d, o);
    d.field(0, "Message", o.str_at("status.message"));
    line!(d, 0, "Source:");
    source(d, o.at("spec"));
}

// upstream: kubectl/pkg/describe/describe.go printVolumeNodeAffinity
fn node_affinity(d: &mut Description, o: &Value) {
    let affinity = o.at("spec.nodeAffinity");
    if !affinity.is_object() {
        d.field(0, "Node Affinity", NONE);
        return;
    }
    line!(d, 0, "Node Affinity:");
    let terms = affinity.list_at("required.nodeSelectorTerms");
    line!(d, 1, "Required Terms:{}", if terms.is_empty() { "\t<none>" } else { "" });
    for (i, term) in terms.iter().enumerate() {
        let expressions: Vec<String> = term.list_at("matchExpressions").iter().map(requirement).collect();
        let all = if expressions.is_empty() { NONE.to_string() } else { expressions.join("\n    \t                ") };
        d.field(2, &format!("Term {i}"), all);
    }
}

fn requirement(r: &Value) -> String {
    let values: Vec<String> = r.list_at("values").iter().map(plain).collect();
    let list = if values.is_empty() { String::new() } else { format!(" [{}]", values.join(", ")) };
    format!("{} {}{list}", r.str_at("key"), r.str_at("operator").to_lowercase())
}

// upstream: kubectl/pkg/describe/describe.go describeStorageClass
pub fn storage_class(d: &mut Description, o: &Value) {
    let default = |a: &str| o.at("metadata.annotations").get(a).is_some_and(|v| v == "true");
    let is_default = default("storageclass.kubernetes.io/is-default-class");
    d.field(0, "Name", o.name());
    d.field(0, "IsDefaultClass", if is_default { "Yes" } else { "No" });
    d.field(0, "Annotations", text::labels(&o.pairs_at("metadata.annotations")));
    d.field(0, "Provisioner", o.str_at("provisioner"));
    d.field(0, "Parameters", text::labels(&o.pairs_at("parameters")));
    d.field(0, "AllowVolumeExpansion", o.at("allowVolumeExpansion").as_bool().map_or("<unset>", title_bool));
    let options = o.list_at("mountOptions");
    line!(d, 0, "MountOptions:{}", if options.is_empty() { "\t<none>" } else { "" });
    for option in options {
        line!(d, 1, "{}", plain(option));
    }
    d.fields(0, o, &[("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")]);
}
