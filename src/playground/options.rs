//! What a transcript's ` ```yaml cluster ` block may say.

use crate::cluster::Options;

/// Applies the lines `key: value` to the options; unknown keys are ignored.
pub fn apply(options: &mut Options, lines: &[&str]) {
    for line in lines {
        let Some((key, value)) = line.split_once(':') else { continue };
        match (key.trim(), value.trim()) {
            ("proxyMode", mode) => options.nftables = mode == "nftables",
            ("seed", seed) => options.seed = seed.parse().unwrap_or(options.seed),
            _ => {}
        }
    }
}
