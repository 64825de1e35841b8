//! Which resource a path names. upstream: staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go

use crate::api::Resource;

/// A path of a served resource, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route<'a> {
    pub(super) resource: &'static Resource,
    /// Empty: cluster-scoped, or all namespaces.
    pub(super) namespace: &'a str,
    /// Empty: the collection.
    pub(super) name: &'a str,
    /// `status`, `scale`, `log` …; empty: the object itself.
    pub(super) subresource: &'a str,
    /// What follows the subresource, without leading slash: the path behind `proxy`.
    pub(super) rest: &'a str,
}

impl<'a> Route<'a> {
    /// `None`: nothing serves that path.
    pub(super) fn parse(path: &'a str) -> Option<Self> {
        let path = path.trim_start_matches('/');
        let (group, version, rest) = match path.split_once('/')? {
            ("api", rest) => {
                let (version, rest) = rest.split_once('/')?;
                ("", version, rest)
            }
            ("apis", rest) => {
                let (group, rest) = rest.split_once('/')?;
                let (version, rest) = rest.split_once('/')?;
                (group, version, rest)
            }
            _ => return None,
        };
        let mut parts = rest.trim_end_matches('/').splitn(5, '/');
        let mut next = || parts.next().unwrap_or("");
        let (mut plural, mut name, mut subresource) = (next(), next(), next());
        let (mut namespace, mut tail) = ("", None);
        if plural == "namespaces" && !matches!(subresource, "" | "status" | "finalize") {
            namespace = name;
            (plural, name) = (subresource, next());
            let last = next();
            let (sub, more) = last.split_once('/').unwrap_or((last, ""));
            (subresource, tail) = (sub, Some(more));
        }
        let rest = tail.unwrap_or_else(|| after(rest, 3));
        let resource = Resource::by_plural(group, plural).filter(|r| r.version == version)?;
        if !namespace.is_empty() && !resource.namespaced || plural.is_empty() {
            return None;
        }
        Some(Self { resource, namespace, name, subresource, rest })
    }
}

/// What follows the first `n` segments.
fn after(path: &str, n: usize) -> &str {
    path.splitn(n + 1, '/').nth(n).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources() {
        let show = |path| {
            Route::parse(path)
                .map(|r| [r.resource.kind, r.namespace, r.name, r.subresource, r.rest].join("|"))
                .unwrap_or_default()
        };
        assert_eq!(show("/api/v1/namespaces/default/services/web"), "Service|default|web||");
        assert_eq!(show("/api/v1/services"), "Service||||");
        assert_eq!(show("/api/v1/namespaces/x"), "Namespace||x||");
        assert_eq!(show("/api/v1/namespaces/x/finalize"), "Namespace||x|finalize|");
        assert_eq!(show("/apis/apps/v1/namespaces/d/replicasets/r/scale"), "ReplicaSet|d|r|scale|");
        assert_eq!(show("/api/v1/namespaces/d/services/web:80/proxy/a/b"), "Service|d|web:80|proxy|a/b");
        assert_eq!(show("/api/v1/nodes/n/proxy/healthz/x"), "Node||n|proxy|healthz/x");
        assert_eq!(show("/apis/apps/v2/replicasets"), "");
        assert_eq!(show("/apis/x"), "");
        assert_eq!(show("/"), "");
    }
}
