//! To be written.

use crate::cluster::Cluster;
use std::rc::Rc;

pub(super) fn sync(cluster: &mut Cluster, namespace: &Rc<str>, name: &Rc<str>) {
    let _ = (cluster, namespace, name);
}
