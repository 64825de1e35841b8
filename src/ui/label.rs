//! Beside the dot of the request that is looked at: its packet's addresses. Where one is rewritten it stands out.

use super::layout::{Places, Rect};
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
    /// On which side of the dot it is: number of one of [`SIDES`].
    spot: usize,
}

/// Sides of a dot: right or left of it, above or below.
const SIDES: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];
/// From a dot's middle to its label, in the layout's pixels.
const AWAY: f64 = 11.0;

/// Where a label covers the fewest things, and on which side that is: the one where it `was`, if no other is better.
/// `label` has its dot's place and its own size.
fn beside(places: &Places, label: &Rect, was: usize) -> (usize, Rect) {
    let side = |i: usize| {
        let (right, above) = SIDES.get(i).copied().unwrap_or_default();
        let x = if right { label.x + AWAY } else { label.x - AWAY - label.w };
        let y = if above { label.y - AWAY - label.h } else { label.y + AWAY };
        Rect { x, y, ..*label }
    };
    let things = || {
        let spots = places.ribbons.iter().chain(&places.clients).map(|s| s.rect);
        spots.chain(places.cells.iter().map(|c| c.rect)).chain(places.rooms.iter().map(|r| r.proxy))
    };
    let outside =
        |r: &Rect| r.x < 2.0 || r.y < 2.0 || r.x + r.w > places.width - 2.0 || r.y + r.h > places.height - 2.0;
    let bad = |r: &Rect| 100 * usize::from(outside(r)) + things().filter(|t| t.overlaps(r)).count();
    let all = [was].into_iter().chain(0..SIDES.len()).map(|i| (i, side(i)));
    let (i, mut found) = all.min_by_key(|(_, r)| bad(r)).unwrap_or((was, *label));
    found.x = found.x.min(places.width - 2.0 - found.w).max(2.0);
    found.y = found.y.min(places.height - 2.0 - found.h).max(2.0);
    (i, found)
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
        let (width, height) = (f64::from(element.offset_width()), f64::from(element.offset_height()));
        let whole = Rect { x: at.x, y: at.y, w: width / frame.zoom, h: height / frame.zoom };
        let (spot, found) = beside(frame.places, &whole, self.spot);
        self.spot = spot;
        let (x, y) = (tenths(found.x * frame.zoom), tenths(found.y * frame.zoom));
        let moved = ["translate(", &x, "px,", &y, "px)"].concat();
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
