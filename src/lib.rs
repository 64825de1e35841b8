//! A Kubernetes cluster made of glass: a deterministic simulation, and the page that shows it.
//!
//! Layers, top to bottom; an arrow never points up (`tests/layers.rs` checks it):
//! `ui → playground → lesson, shell → kubectl → cluster → network → api → yaml, sim → collections`.
//!
//! - [`sim`]: simulated time, event queue, seeded random streams
//! - [`yaml`]: text ⇄ tree with spans ⇄ values
//! - [`api`]: Kubernetes objects: schema, defaulting, validation
//! - [`network`]: the data plane: packets, kube-proxy's rules, conntrack, affinity, DNS
//! - [`cluster`]: the control plane: API server, store, controllers, scheduler, kubelets
//! - [`kubectl`]: command line → API requests → printed text
//! - [`shell`]: the terminal's shell: files, pipes, loops, curl
//! - [`lesson`]: lesson format, checks, catalogue
//! - [`playground`]: one learner's session: files, cluster, history
//! - [`collections`]: ordered maps, sets and sorting in little code
//! - [`ui`]: the page; nothing below knows it exists

pub mod api;
pub mod cluster;
pub mod collections;
pub mod kubectl;
pub mod lesson;
pub mod network;
pub mod playground;
pub mod shell;
pub mod sim;
pub mod ui;
pub mod yaml;
