//! The control plane: API server, store and watch, allocation, controllers, scheduler, kubelets; owner of the network.
//!
//! [`Cluster`] is the one world value: clock, queue, random streams, store and network. It is `Clone`, so that a
//! moment can be kept and gone back to.

pub mod apiserver;
mod boot;
pub mod controller;
pub mod files;
pub mod image;
pub(crate) mod index;
pub mod kept;
pub mod kubelet;
pub mod proxy;
mod recorder;
pub mod registry;
pub mod request;
pub mod scheduler;
pub mod store;
pub mod traffic;
mod world;

pub use kubelet::power::Power;
pub use kubelet::{Doing, Program, Runtime};
pub use request::{Method, Request, Response, Server};
pub use store::{Change, Key, Store};
pub use world::{Cluster, Options, QUIET, SETTLE_MAX};
