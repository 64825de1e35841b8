//! Get and list. upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/get.go

use super::Call;
use crate::api::Value;
use crate::api::selector::{FieldSelector, Selector};
use crate::api::status::Status;
use crate::cluster::{Cluster, Key};
use serde_json::json;
use std::rc::Rc;

impl Cluster {
    /// One stored object of a client's path.
    pub(super) fn stored(&self, call: &Call<'_>) -> Result<(Key, Rc<Value>), Box<Status>> {
        let route = &call.route;
        let key = Key::new(route.resource, route.namespace, route.name);
        let object = self.store.get(&key).cloned();
        object.map(|object| (key, object)).ok_or_else(|| Status::not_found(route.resource, route.name))
    }

    /// The objects that a collection's path and its selectors name.
    pub(super) fn selected(&self, call: &Call<'_>) -> Result<Vec<Rc<Value>>, Box<Status>> {
        let route = &call.route;
        let labels = Selector::parse(call.param("labelSelector")).map_err(Status::bad_request)?;
        let fields = FieldSelector::parse(route.resource, call.param("fieldSelector")).map_err(Status::bad_request)?;
        let all = self.store.list(route.resource, route.namespace);
        Ok(all.filter(|o| labels.selects(o) && fields.selects(o)).cloned().collect())
    }

    /// A list answer.
    pub(super) fn list(&self, call: &Call<'_>) -> Result<Value, Box<Status>> {
        let resource = call.route.resource;
        let items: Vec<Value> = self.selected(call)?.iter().map(|o| (**o).clone()).collect();
        Ok(json!({"kind": format!("{}List", resource.kind), "apiVersion": resource.api_version(),
            "metadata": {"resourceVersion": self.store.revision().to_string()}, "items": items}))
    }
}
