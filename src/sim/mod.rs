//! Simulated time, the event queue, and the random streams that one seed gives.
//!
//! **Invariant:** nothing in the simulation knows any other clock or any other chance.

mod queue;
mod random;
mod time;

pub use queue::Queue;
pub use random::{Random, Stream};
pub use time::{Duration, Time};
