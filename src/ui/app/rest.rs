//! The rest of the app's code: what only an action needs is fetched when somebody stirs.

use super::{Action, App};
use crate::ui::glue;
use wasm_bindgen_futures::spawn_local;

/// Whether the rest is there, and what waits for it.
pub struct Rest {
    here: bool,
    asked: bool,
    waiting: Vec<Action>,
}

impl Rest {
    /// As the page begins.
    pub fn new() -> Self {
        Self { here: glue::rest_is_here(), asked: false, waiting: Vec::new() }
    }

    /// Whether all of the code is there.
    pub fn is_here(&self) -> bool {
        self.here
    }

    /// Whether an action waits for it.
    pub fn busy(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// An action waits.
    pub fn keep(&mut self, action: Action) {
        self.waiting.push(action);
    }

    /// It came: gives what waited, in order.
    pub fn come(&mut self) -> Vec<Action> {
        self.here = true;
        std::mem::take(&mut self.waiting)
    }
}

/// Ends once the rest is there. Where it can't be had, the second try throws, and the page says so.
pub async fn fetched() {
    if glue::fetch_rest().await.is_err() {
        glue::fetch_rest_now();
    }
}

impl App {
    /// Asks for the rest, once.
    pub(super) fn want_rest(&mut self) {
        if !std::mem::replace(&mut self.rest.asked, true) {
            let act = self.act.clone();
            spawn_local(async move {
                fetched().await;
                act.emit(Action::RestCame);
            });
        }
    }
}
