//! Server-side apply.

use super::write::Stored;
use super::{Call, patch, validate, write};
use crate::api::{ObjectExt, Value};
use crate::cluster::{Cluster, Key};

impl Cluster {
    /// Creates or changes what the applied configuration names.
    pub(super) fn client_apply(&mut self, call: &mut Call<'_>, applied: &Value) -> Stored {
        let (resource, name) = (call.route.resource, call.route.name);
        let key = Key::new(resource, call.route.namespace, name);
        let Some(old) = self.store.get(&key).cloned() else {
            let mut object = write::decode(call, resource, applied)?;
            write::match_namespace(resource, call.route.namespace, &mut object)?;
            return self.create_decoded(call, object);
        };
        let mut new = (*old).clone();
        patch::merge(&mut new, applied);
        new.set("metadata.name", name);
        validate::defaults(resource, &mut new);
        Ok((self.replace(call, &key, new, &old)?, false))
    }
}
