//! One seed, one cluster: replays are the same to the byte natively and in the browser. Both are held against the hashes
//! in `tests/replays.txt`; `UPDATE_EXPECT=1 cargo test --test replays` writes them anew.
#![allow(clippy::unwrap_used, clippy::panic)]

use kubeglass::cluster::Options;
use kubeglass::network::sha256;
use kubeglass::playground::transcript;

macro_rules! transcripts {
    ($($name:literal),* $(,)?) => {
        const TRANSCRIPTS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("recordings/transcripts/", $name, ".md")))),*];
    };
}

transcripts!(
    "seed-01-create",
    "seed-02-fix-selector",
    "seed-03-chain",
    "seed-04-typo",
    "seed-05-affinity",
    "seed-06-external",
    "seed-07-nodeport",
    "seed-08-commands",
    "net-01-clusterip",
    "net-04-nodeport",
    "net-05-affinity",
    "net-07-affinity-pod-dies",
    "rules-04",
);

const EXPECTED: &str = include_str!("replays.txt");

fn replays() -> String {
    let line = |(name, text): &(&str, &str)| {
        let replayed = transcript::replay(text, &Options::default());
        let hash: String = sha256(replayed.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        format!("{name} {} {hash}\n", replayed.len())
    };
    TRANSCRIPTS.iter().map(line).collect()
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn replays_are_as_written_down() {
    let now = replays();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replays.txt"), &now).unwrap();
        return;
    }
    assert_eq!(now, EXPECTED, "if the change is meant: UPDATE_EXPECT=1 cargo test --test replays");
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn replays_are_the_native_ones() {
        assert_eq!(super::replays(), super::EXPECTED);
    }
}
