//! The world value and how time passes in it.

use super::apiserver::Allocators;
use super::files::PodFiles;
use super::{Change, Store};
use crate::sim::{Queue, Random, Time};

/// What a cluster is made from; the same options and the same inputs give the same cluster to the byte.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of all randomness.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1 }
    }
}

/// What the queue holds: who has something to do.
#[derive(Clone, Debug)]
pub(crate) enum Event {}

/// One simulated cluster with its clock, its chance and its network.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub(crate) now: Time,
    pub(crate) queue: Queue<Event>,
    pub(crate) random: Random,
    pub(crate) store: Store,
    /// Cluster addresses and node ports in use.
    pub(crate) allocators: Allocators,
    /// What Pods' processes wrote; exec probes look here.
    pub(crate) pod_files: PodFiles,
}

impl Cluster {
    /// The cluster at its start: three nodes ready, CoreDNS running, every kube-proxy synced.
    pub fn new(options: &Options) -> Self {
        Self {
            now: Time(0),
            queue: Queue::default(),
            random: Random::new(options.seed),
            store: Store::default(),
            allocators: Allocators::default(),
            pod_files: PodFiles::default(),
        }
    }
    /// Lets time pass until `until`: everything due happens, in order.
    pub fn advance(&mut self, until: Time) {
        self.dispatch();
        while let Some((at, event)) = self.queue.pop(until) {
            self.now = at;
            match event {}
            #[allow(unreachable_code)]
            self.dispatch();
        }
        self.now = self.now.max(until);
    }
    /// Tells controllers, scheduler, kubelets and proxies what changed in the store.
    pub(crate) fn dispatch(&mut self) {
        while let Some(change) = self.store.next_change() {
            let _: Change = change;
        }
    }
}
