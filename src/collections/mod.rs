//! Ordered maps and sets, and stable sorting, in little code.
//!
//! The page loads every byte of itself, and std's maps and sorts come anew with each type that is kept or sorted: a
//! fifth of the page once was nothing else. These share what they can between types, and are as fast at our sizes.

mod map;
mod set;
mod sort;
#[cfg(test)]
mod tests;

pub use map::BTreeMap;
pub use set::BTreeSet;
pub use sort::{sort, sort_by, sort_by_key};
