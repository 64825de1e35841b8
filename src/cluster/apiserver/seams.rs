//! Seams to the rest of the cluster: what containers write and answer.

use crate::cluster::Cluster;
use crate::cluster::image::HttpRequest;

/// What a container wrote.
pub(super) fn logs(cluster: &Cluster, namespace: &str, pod: &str, container: &str, previous: bool) -> String {
    let _ = previous;
    cluster.logs(namespace, pod, container)
}

/// What a Pod answers to `GET path`: code and text; `None`: nothing listens there.
pub(super) fn http(cluster: &Cluster, namespace: &str, pod: &str, port: i64, path: &str) -> Option<(u16, String)> {
    let request = HttpRequest { method: "GET".into(), path: path.into(), ..HttpRequest::default() };
    // The API server asks from its own node.
    let answer = cluster.serve(namespace, pod, u16::try_from(port).ok()?, &request, ("192.168.49.2", 0))?;
    Some((answer.status, answer.body))
}
