//! The stage's things on their way to new places: of another lens, or because something came or went.

use super::super::layout::{Lens, Places, morph, places, same};
use super::App;
use std::rc::Rc;

/// Milliseconds that it takes.
const GLIDE_MS: f64 = 350.0;

/// A way from old to new places.
pub(super) struct Glide {
    from: Rc<Places>,
    began_ms: f64,
}

impl App {
    /// Lays the stage out anew, at once.
    pub(super) fn place(&mut self) {
        self.glide = None;
        self.derived.goal = Rc::new(self.layout());
        self.derived.places = self.derived.goal.clone();
        self.flights.place(&self.derived.scene, &self.derived.places);
    }

    /// Lays it out anew; what stands elsewhere then glides there.
    pub(super) fn replace(&mut self) {
        let new = self.layout();
        let known = self.derived.goal.width == new.width && !self.settings.still;
        if !known || same(&self.derived.goal, &new) && self.glide.is_none() {
            return self.place();
        }
        self.start_glide(new);
    }

    fn layout(&self) -> Places {
        places(&self.derived.scene, self.lens, self.size.0, self.size.1, &self.open_groups)
    }

    #[inline(never)]
    fn start_glide(&mut self, new: Places) {
        // Whatever is under way already goes on from where it is, and arrives when it would have.
        if self.glide.is_none() || !same(&self.derived.goal, &new) {
            self.glide = Some(Glide { from: self.derived.places.clone(), began_ms: self.last_ms });
        }
        self.derived.goal = Rc::new(new);
        self.glide();
    }

    /// Moves on what is under way; gives whether something was.
    pub(super) fn glide(&mut self) -> bool {
        let Some(glide) = &self.glide else { return false };
        let k = ((self.last_ms - glide.began_ms) / GLIDE_MS).clamp(0.0, 1.0);
        if k >= 1.0 {
            self.glide = None;
            self.derived.places = self.derived.goal.clone();
        } else {
            self.derived.places = Rc::new(morph(&glide.from, &self.derived.goal, k * k * (3.0 - 2.0 * k)));
        }
        self.flights.place(&self.derived.scene, &self.derived.places);
        self.see_deaths();
        true
    }

    /// Changes the lens.
    pub(super) fn look(&mut self, lens: Lens) {
        self.lens = lens;
        self.replace();
    }
}
