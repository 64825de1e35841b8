//! What the registry does to Services: addresses, node ports, fields that hang together.
//! upstream: pkg/registry/core/service/storage/{storage,alloc}.go

use super::alloc::Taken;
use crate::api::status::Status;
use crate::api::{ObjectExt, Value};
use crate::cluster::Cluster;
use serde_json::json;

impl Cluster {
    /// Gives a new Service its addresses and ports.
    pub(super) fn allocate_create(&mut self, service: &mut Value, dry_run: bool) -> Result<Taken, Box<Status>> {
        let mut taken = Taken::default();
        let _ = dry_run;
        if service.str_at("spec.type") != "ExternalName" && service.str_at("spec.clusterIP").is_empty() {
            if let Ok(ip) = self.allocators.draw_ip(&mut self.random) {
                taken.ips.push(ip.into());
                service.set("spec.clusterIP", ip.to_string());
                service.set("spec.clusterIPs", json!([ip.to_string()]));
            }
        }
        Ok(taken)
    }
}
