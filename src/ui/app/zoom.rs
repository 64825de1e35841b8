//! Zooming and panning, and what a pointer or the keyboard's focus is on.

use super::super::layout::Point;
use super::{Action, App, Menu, hear};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, PointerEvent, TouchEvent, WheelEvent};

/// How far out and in.
const LEAST: f64 = 0.2;
const MOST: f64 = 3.0;
/// One press of a button or key.
pub const STEP: f64 = 1.25;
/// A click no further than this from a dot's middle is on it.
const PICK: f64 = 14.0;
/// So many pixels below the stage's edge are worth a sign that there is more.
const HIDDEN_MIN: f64 = 10.0;

/// What is asked of the zoom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Zoom {
    /// Larger or smaller by a factor; what is at a point of the stage's frame stays there, else its middle.
    By(f64, Option<Point>),
    /// All of it in sight.
    Fit,
}

impl App {
    /// Zooms the stage.
    pub(super) fn zoom_to(&mut self, zoom: Zoom) {
        let (w, h) = self.size;
        let Some(area) = self.area.cast::<HtmlElement>() else { return };
        let (left, top) = (f64::from(area.scroll_left()), f64::from(area.scroll_top()));
        match zoom {
            Zoom::By(factor, at) => {
                let new = (self.zoom * factor).clamp(LEAST, MOST);
                // From step to step it comes by its own size again.
                let new = if (new - 1.0).abs() < 0.04 { 1.0 } else { new };
                let (at, by) = (at.unwrap_or(Point { x: w / 2.0, y: h / 2.0 }), new / self.zoom);
                self.zoom = new;
                self.scroll_to = Some(Point { x: (left + at.x) * by - at.x, y: (top + at.y) * by - at.y });
            }
            Zoom::Fit => {
                let whole = &self.derived.goal;
                self.zoom = (w / whole.width).min(h / whole.height).clamp(LEAST, 1.0);
                self.scroll_to = Some(Point::default());
            }
        }
    }

    /// Once rendered: the scrolling that belongs to a zoom.
    pub(super) fn scroll(&mut self) {
        if let (Some(to), Some(area)) = (self.scroll_to.take(), self.area.cast::<HtmlElement>()) {
            area.set_scroll_left(to.x as i32);
            area.set_scroll_top(to.y as i32);
            self.scrolled = f64::from(area.scroll_top());
        }
    }

    /// Whether part of the stage is below what is in sight.
    pub(super) fn more_below(&self) -> bool {
        self.derived.places.height * self.zoom - self.size.1 - self.scrolled > HIDDEN_MIN
    }

    /// Opens the request whose dot is at a point of the layout, if there is one.
    pub(super) fn pick(&mut self, at: Point) {
        let dot = self.flights.nearest(at, PICK / self.zoom, self.shown_s()).filter(|_| self.many.is_none());
        if let Some(id) = dot {
            self.handle(Action::Inspect(id));
        }
    }

    /// Listens to what is done on the stage.
    #[inline(never)]
    pub(super) fn watch_stage(&self) {
        let Some(area) = self.area.cast::<HtmlElement>() else { return };
        self.watch_hover(&area);
        self.watch_pan(&area);
        self.watch_pinch(&area);
        let act = self.act.clone();
        hear(&area, "click", move |e: Event| {
            if let (Some(at), None) = (point_of(&e), button_at(&e)) {
                act.emit(Action::Pick(at));
            }
        });
    }

    fn watch_hover(&self, area: &HtmlElement) {
        for (event, on) in [("pointerover", true), ("pointerleave", false), ("focusin", true), ("focusout", false)] {
            let act = self.act.clone();
            hear(area, event, move |e: Event| act.emit(Action::Hover(on.then(|| thing_at(&e)).flatten())));
        }
        let (act, target) = (self.act.clone(), area.clone());
        hear(area, "scroll", move |_: Event| act.emit(Action::Scrolled(f64::from(target.scroll_top()))));
    }

    /// Empty ground is dragged by a mouse; fingers scroll as everywhere.
    fn watch_pan(&self, area: &HtmlElement) {
        let last = Rc::new(Cell::new(None::<(i32, i32)>));
        let (held, target) = (last.clone(), area.clone());
        hear(area, "pointerdown", move |e: Event| {
            let Some(e) = e.dyn_ref::<PointerEvent>() else { return };
            // What is right of the area's inside is its scroll bar.
            let bar = e.target().is_some_and(|t| t == ***target) && e.offset_x() >= target.client_width();
            let ground = button_at(e).is_none() && !bar;
            if ground && e.button() == 0 && e.pointer_type() == "mouse" {
                held.set(Some((e.client_x(), e.client_y())));
                let _ = target.set_pointer_capture(e.pointer_id());
            }
        });
        let (held, target) = (last.clone(), area.clone());
        hear(area, "pointermove", move |e: Event| {
            if let (Some(e), Some((x, y))) = (e.dyn_ref::<PointerEvent>(), held.get()) {
                target.set_scroll_left(target.scroll_left() + x - e.client_x());
                target.set_scroll_top(target.scroll_top() + y - e.client_y());
                held.set(Some((e.client_x(), e.client_y())));
            }
        });
        for event in ["pointerup", "pointercancel"] {
            let held = last.clone();
            hear(area, event, move |_: Event| held.set(None));
        }
    }

    /// The wheel with Ctrl (which is also what a touchpad's pinch says), and two fingers.
    fn watch_pinch(&self, area: &HtmlElement) {
        let within = |area: &HtmlElement, x: i32, y: i32| {
            let frame = area.get_bounding_client_rect();
            Some(Point { x: f64::from(x) - frame.x(), y: f64::from(y) - frame.y() })
        };
        let (act, target) = (self.act.clone(), area.clone());
        hear(area, "wheel", move |e: Event| {
            if let Some(e) = e.dyn_ref::<WheelEvent>().filter(|e| e.ctrl_key() || e.meta_key()) {
                e.prevent_default();
                let lines = if e.delta_mode() == 0 { 1.0 } else { 20.0 };
                let by = 1.0 - (e.delta_y() * lines).clamp(-60.0, 60.0) / 300.0;
                act.emit(Action::Zoom(Zoom::By(by, within(&target, e.client_x(), e.client_y()))));
            }
        });
        let (act, target, apart) = (self.act.clone(), area.clone(), Cell::new(0.0));
        hear(area, "touchmove", move |e: Event| {
            let touches = e.dyn_ref::<TouchEvent>().map(TouchEvent::touches).filter(|t| t.length() == 2);
            let Some((a, b)) = touches.and_then(|t| t.get(0).zip(t.get(1))) else { return apart.set(0.0) };
            e.prevent_default();
            let (dx, dy) = (f64::from(a.client_x() - b.client_x()), f64::from(a.client_y() - b.client_y()));
            let now = dx.abs().max(dy.abs()).max(1.0);
            let was = apart.replace(now);
            if was > 0.0 {
                let middle = ((a.client_x() + b.client_x()) / 2, (a.client_y() + b.client_y()) / 2);
                act.emit(Action::Zoom(Zoom::By(now / was, within(&target, middle.0, middle.1))));
            }
        });
    }
}

/// The button that an event is on.
fn button_at(e: &Event) -> Option<Element> {
    e.target()?.dyn_into::<Element>().ok()?.closest("g[role=button]").ok()?
}

/// Where on the layout an event is.
fn point_of(e: &Event) -> Option<Point> {
    let e = e.dyn_ref::<web_sys::MouseEvent>()?;
    let svg = e.target()?.dyn_into::<Element>().ok()?.closest("#stage").ok()??.query_selector("svg").ok()??;
    let (frame, width) = (svg.get_bounding_client_rect(), svg.get_attribute("viewBox")?);
    let zoom = frame.width() / width.split(' ').nth(2)?.parse::<f64>().ok()?.max(1.0);
    Some(Point { x: (f64::from(e.client_x()) - frame.x()) / zoom, y: (f64::from(e.client_y()) - frame.y()) / zoom })
}

/// The Pod or Service that an event is on.
fn thing_at(e: &Event) -> Option<Menu> {
    let on = e.target()?.dyn_into::<Element>().ok()?;
    let of = |attribute: &str| on.closest(&format!("[{attribute}]")).ok().flatten()?.get_attribute(attribute);
    if let Some(key) = of("data-service") {
        return Some(Menu::Service(key));
    }
    of("data-place").and_then(|p| p.strip_prefix("pod:").map(|key| Menu::Pod(key.into())))
}
