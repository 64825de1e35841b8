//! The borders between panes: dragged, or moved by arrow keys; a double click brings the first size back.

use super::super::settings::PANES;
use super::super::text::{Msg, say};
use super::{Action, App, page_size};
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// A border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Between editor and stage.
    Left,
    /// Between stage and lesson.
    Right,
    /// Above the terminal.
    Low,
}

/// The sizes that were chosen, in tenths of a percent of the page.
pub(super) type Sizes = [Option<u32>; 3];

impl Split {
    const ALL: [Split; 3] = [Self::Left, Self::Right, Self::Low];

    /// The style sheet's name of the size, the least and the most that it may be, and its first value on a wide page and
    /// on a narrower one.
    fn range(self) -> (&'static str, u32, u32, [u32; 2]) {
        match self {
            Self::Left => ("--left", 180, 420, [270, 340]),
            Self::Right => ("--right", 160, 350, [205, 205]),
            Self::Low => ("--low", 120, 700, [260, 300]),
        }
    }
}

/// The sizes that this browser keeps.
pub(super) fn read(text: &str) -> Sizes {
    let mut sizes = [None; 3];
    let kept = text.split(',').map(|s| s.parse().ok());
    for ((size, kept), split) in sizes.iter_mut().zip(kept).zip(Split::ALL) {
        let (_, least, most, _) = split.range();
        *size = kept.map(|k: u32| k.clamp(least, most));
    }
    sizes
}

impl App {
    /// Gives the page its sizes. Through the style object, since the page's policy refuses style attributes.
    pub(super) fn size_panes(&self) {
        let app = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("workbench"));
        let Some(app) = app.and_then(|a| a.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
        for (split, size) in Split::ALL.into_iter().zip(self.sizes) {
            let name = split.range().0;
            let _ = match size {
                Some(size) => app.style().set_property(name, &format!("{}.{}%", size / 10, size % 10)),
                None => app.style().remove_property(name).map(|_| ()),
            };
        }
    }

    /// A border goes to another place, or back to its first one.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn split(&mut self, split: Split, size: Option<u32>) {
        let (_, least, most, _) = split.range();
        self.sizes[split as usize] = size.map(|s| s.clamp(least, most));
        self.size_panes();
        let text = self.sizes.map(|s| s.map(|s| s.to_string()).unwrap_or_default()).join(",");
        self.settings.store(PANES, &text);
    }

    /// A border as something to take hold of.
    pub(super) fn split_view(&self, split: Split) -> Html {
        let (name, least, most, first) = split.range();
        let size = self.sizes[split as usize].unwrap_or(first[usize::from(page_size().0 < 1_100.0)]);
        let (msg, orientation) = match split {
            Split::Left => (Msg::PaneLeft, "vertical"),
            Split::Right => (Msg::PaneRight, "vertical"),
            Split::Low => (Msg::PaneLow, "horizontal"),
        };
        let (lang, act) = (self.settings.lang, self.act.clone());
        let onpointermove = Callback::from(move |e: PointerEvent| {
            if let Some(size) = dragged(&e, split) {
                act.emit(Action::Split(split, Some(size)));
            }
        });
        let act = self.act.clone();
        let onkeydown = Callback::from(move |e: KeyboardEvent| {
            if let Some(size) = pressed(&e, split, size) {
                e.prevent_default();
                act.emit(Action::Split(split, Some(size)));
            }
        });
        let percent = |tenths: u32| (tenths / 10).to_string();
        html! {
            <div class={classes!("split", name)} role="separator" tabindex="0" id={["split", name].concat()} aria-orientation={orientation}
                aria-valuenow={percent(size)} aria-valuemin={percent(least)} aria-valuemax={percent(most)} aria-label={say(lang, msg)} title={say(lang, Msg::PaneHint)}
                onpointerdown={Callback::from(take)} {onpointermove} {onkeydown} ondblclick={self.act.reform(move |_| Action::Split(split, None))} />
        }
    }
}

fn border(e: &PointerEvent) -> Option<web_sys::Element> {
    e.target()?.dyn_into::<web_sys::Element>().ok()
}

fn take(e: PointerEvent) {
    if let Some(border) = border(&e) {
        let _ = border.set_pointer_capture(e.pointer_id());
    }
}

/// The size at which the pointer is, while it holds the border.
fn dragged(e: &PointerEvent, split: Split) -> Option<u32> {
    border(e).filter(|b| b.has_pointer_capture(e.pointer_id()))?;
    let (width, height) = page_size();
    let part = match split {
        Split::Left => f64::from(e.client_x()) / width,
        Split::Right => 1.0 - f64::from(e.client_x()) / width,
        Split::Low => 1.0 - f64::from(e.client_y()) / height,
    };
    Some((part.max(0.0) * 1_000.0) as u32)
}

/// The size that a key asks for.
fn pressed(e: &KeyboardEvent, split: Split, size: u32) -> Option<u32> {
    const STEP: u32 = 20;
    let (_, least, most, _) = split.range();
    let (more, less) = match split {
        Split::Left => ("ArrowRight", "ArrowLeft"),
        Split::Right => ("ArrowLeft", "ArrowRight"),
        Split::Low => ("ArrowUp", "ArrowDown"),
    };
    match e.key().as_str() {
        key if key == more => Some(size + STEP),
        key if key == less => Some(size.saturating_sub(STEP)),
        "Home" => Some(least),
        "End" => Some(most),
        _ => None,
    }
}
