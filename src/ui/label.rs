//! Beside the dot of the request that is looked at: its packet's addresses. Where one is rewritten it stands out.

use super::layout::Point;
use super::paint::Frame;
use super::stage::tenths;
use wasm_bindgen::JsCast;
use web_sys::{HtmlCanvasElement, HtmlElement};

/// The label, with what it shows.
#[derive(Default)]
pub struct Label {
    element: Option<HtmlElement>,
    /// The addresses shown, and those that the packet set out with.
    shown: [String; 2],
    first: [String; 2],
    chosen: u64,
    hidden: bool,
}

impl Label {
    /// Puts it where the dot is, or hides it.
    pub fn show(&mut self, canvas: &HtmlCanvasElement, frame: &Frame) -> Option<()> {
        let flight = frame.flights.get(frame.chosen).filter(|_| frame.many.is_none() && !frame.still);
        let dot = flight.and_then(|f| frame.flights.dot(f, frame.now_s));
        let Some((at, packet)) = dot.zip(frame.packet) else {
            if !std::mem::replace(&mut self.hidden, true) {
                self.element.as_ref()?.set_hidden(true);
            }
            return None;
        };
        if self.element.is_none() {
            let found = canvas.parent_element()?.query_selector("#packet").ok()??;
            self.element = found.dyn_into().ok();
        }
        self.tell(frame.chosen, packet)?;
        let element = self.element.as_ref()?;
        if std::mem::replace(&mut self.hidden, false) {
            element.set_hidden(false);
        }
        // Within the stage: right above the dot, or left of it where there is no room.
        let width = f64::from(element.offset_width());
        let at = Point { x: at.x * frame.zoom, y: at.y * frame.zoom };
        let room = frame.places.width * frame.zoom - width - 4.0;
        let x = if at.x + 10.0 < room { at.x + 10.0 } else { (at.x - width - 10.0).max(2.0) };
        let moved = ["translate(", &tenths(x), "px,", &tenths((at.y - 34.0).max(2.0)), "px)"].concat();
        let _ = element.style().set_property("transform", &moved);
        Some(())
    }

    /// Writes what has changed.
    fn tell(&mut self, chosen: u64, packet: [&str; 2]) -> Option<()> {
        if self.chosen != chosen {
            (self.chosen, self.first) = (chosen, packet.map(String::from));
        } else if self.shown == packet {
            return Some(());
        }
        self.shown = packet.map(String::from);
        let element = self.element.as_ref()?;
        for (i, part) in ["b", "i"].into_iter().enumerate() {
            let part = element.query_selector(part).ok()??;
            part.set_text_content(self.shown.get(i).map(String::as_str));
            let rewritten = self.shown.get(i) != self.first.get(i);
            part.set_class_name(if rewritten { "rewritten" } else { "" });
        }
        Some(())
    }
}
