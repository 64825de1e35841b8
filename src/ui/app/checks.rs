//! What of a file's problems is shown while somebody types.

use super::App;
use crate::playground::Problem;
use crate::playground::view::Scene;

/// Milliseconds without a keystroke after which an unfinished line counts as wrong.
const TYPING_MS: f64 = 1_000.0;

/// The problems to be shown, and whether some wait until the typing rests. What is wrong with a line that is being written
/// waits; what the cluster has against the object stays while the text can't be read.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
fn shown(found: Vec<Problem>, before: &[Problem], scene: &Scene, typing: bool) -> (Vec<Problem>, bool) {
    let refused = found.iter().any(|p| p.refused);
    let holds = |p: &&Problem| p.trouble.is_some() && scene.services.iter().any(|s| s.trouble == p.trouble);
    let kept = before.iter().filter(holds).filter(|_| refused).map(|p| Problem { fixes: Vec::new(), ..p.clone() });
    let kept: Vec<Problem> = kept.collect();
    let known = |p: &Problem| before.iter().any(|b| b.refused && b.message == p.message);
    let count = found.len();
    let mut all: Vec<Problem> = found.into_iter().filter(|p| !typing || !p.refused || known(p)).collect();
    let waits = all.len() < count;
    all.extend(kept);
    (all, waits)
}

impl App {
    /// Whether the shown file was edited a moment ago.
    pub(super) fn is_typing(&self) -> bool {
        (0.0..TYPING_MS).contains(&(self.last_ms - self.derived.typed_ms))
    }

    /// Finds the shown file's problems, as far as they are to be shown now.
    pub(super) fn find_problems(&mut self) -> Vec<Problem> {
        let found = self.playground.problems(&self.shown_file);
        let (all, waits) = shown(found, &self.derived.problems, &self.derived.scene, self.is_typing());
        self.derived.waits = waits;
        all
    }

    /// The number that the playground gives a problem that is shown.
    pub(super) fn number_of(&self, shown: usize) -> Option<usize> {
        let wanted = self.derived.problems.get(shown)?;
        self.playground.problems(&self.shown_file).iter().position(|p| p == wanted)
    }
}
