//! Whether a replayed transcript says the same as a recorded one. To come.

/// The differences, one text a command.
pub fn compare(_recorded: &str, _replayed: &str) -> Vec<String> {
    Vec::new()
}
