//! The engine's figures, one a line: `measured NAME VALUE`. `cargo xtask bench` puts them beside their budgets.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod measures;

fn main() {
    let began = std::time::Instant::now();
    measures::all(&|| began.elapsed().as_secs_f64() * 1_000.0, &|name, value| println!("measured {name} {value:.3}"));
}
