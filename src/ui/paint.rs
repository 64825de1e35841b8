//! What moves: dots on a canvas above the stage. A frame hands whole lists of places to the canvas and allocates nothing.

use super::glue;
use super::label::Label;
use super::layout::{Places, Point, SAMPLES};
use super::motion::{COLOURS, Dots, Flights};
use super::stage::tenths;
use crate::playground::view::Place;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::NodeRef;

/// Most dots drawn at a time; beyond, flows with counts are.
pub const DOTS_MAX: usize = 1_000;
/// So many have a letter in them; more would hide one another's.
const LETTERS_MAX: usize = 200;
/// Pixels that the canvas has at most.
const PIXELS_MAX: f64 = 12e6;
/// So many flows have their count beside them.
const COUNTS_MAX: usize = 30;

/// Colours of the theme, read once per theme: dots', panel, ink.
#[derive(Clone, Default)]
pub struct Ink {
    dots: Vec<String>,
    panel: String,
    text: String,
    /// The font of letters.
    font: String,
}

impl Ink {
    /// Reads the style sheet's tokens.
    pub fn read() -> Option<Self> {
        let window = web_sys::window()?;
        let style = window.get_computed_style(&window.document()?.document_element()?).ok()??;
        let get = |name: &str| style.get_property_value(name).unwrap_or_default().trim().to_string();
        let pods = (0..COLOURS - 1).map(|i| get(&format!("--pod-{i}")));
        let font = ["700 10px ", &get("--sans")].concat();
        Some(Self { dots: pods.chain([get("--bad")]).collect(), panel: get("--panel"), text: get("--ink"), font })
    }

    fn dot(&self, colour: usize) -> &str {
        self.dots.get(colour).map_or("", String::as_str)
    }
}

/// What a frame shows.
pub struct Frame<'a> {
    pub places: &'a Places,
    /// CSS pixels of the page per pixel of the layout.
    pub zoom: f64,
    pub flights: &'a Flights,
    pub now_s: f64,
    /// Number of the request that is looked at: the canvas says which place its dot has come to.
    pub chosen: u64,
    /// Its packet's source and destination, told beside its dot.
    pub packet: Option<[&'a str; 2]>,
    /// Reduced motion: the stops of the newest request, numbered, instead of dots.
    pub still: bool,
    /// How many are under way, where those are too many for dots.
    pub many: Option<usize>,
}

/// The canvas with what is kept from frame to frame.
#[derive(Default)]
pub struct Painter {
    /// The theme's colours.
    pub ink: Ink,
    canvas: Option<(HtmlCanvasElement, CanvasRenderingContext2d)>,
    label: Label,
    /// Width, height and device pixels per CSS pixel that the canvas is set to.
    size: (f64, f64, f64),
    dots: Dots,
    letters: Letters,
    /// Whether the canvas is empty.
    blank: bool,
    /// What the canvas' attribute says.
    told: String,
}

/// Letters of one frame: coordinates, and the letters with a blank after each.
#[derive(Default)]
struct Letters {
    at: Vec<f32>,
    text: String,
}

impl Painter {
    /// Draws a frame on the canvas of `node`.
    pub fn paint(&mut self, node: &NodeRef, frame: &Frame) -> Option<()> {
        self.prepare(node, frame)?;
        let (canvas, c) = self.canvas.as_ref()?;
        tell(canvas, frame, &mut self.told);
        self.label.show(canvas, frame);
        if !self.blank {
            c.clear_rect(0.0, 0.0, self.size.0, self.size.1);
        }
        self.blank = match frame {
            Frame { still: true, .. } => numbered(c, frame, &self.ink).is_none(),
            Frame { many: Some(_), .. } => {
                flows(c, frame, &self.ink);
                false
            }
            _ => dots(c, frame, &self.ink, &mut self.dots, &mut self.letters) == 0,
        };
        Some(())
    }

    /// Finds the canvas and gives it the stage's size.
    fn prepare(&mut self, node: &NodeRef, frame: &Frame) -> Option<()> {
        if self.canvas.is_none() {
            let canvas: HtmlCanvasElement = node.cast()?;
            let c = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
            self.canvas = Some((canvas, c));
        }
        let Frame { places, zoom, .. } = *frame;
        // A canvas of too many pixels would be slow or none at all.
        let most = (PIXELS_MAX / (places.width * places.height).max(1.0)).sqrt();
        let ratio = (web_sys::window()?.device_pixel_ratio().clamp(1.0, 3.0) * zoom).min(most);
        let size = (places.width, places.height, ratio);
        if self.size == size {
            return Some(());
        }
        // While there is nothing to draw, a stage that changes costs no new canvas each time: it has one point.
        if frame.flights.is_empty() && frame.many.is_none() && !frame.still {
            return self.resize((1.0, 1.0, 1.0), 1.0);
        }
        self.resize(size, zoom)
    }

    /// Gives the canvas another size, which empties it and its state.
    fn resize(&mut self, size: (f64, f64, f64), zoom: f64) -> Option<()> {
        if self.size == size {
            return Some(());
        }
        let ((canvas, c), (width, height, ratio)) = (self.canvas.as_ref()?, size);
        canvas.set_width((width * ratio) as u32);
        canvas.set_height((height * ratio) as u32);
        let style = canvas.style();
        let _ = style.set_property("width", &[&tenths(width * zoom), "px"].concat());
        let _ = style.set_property("height", &[&tenths(height * zoom), "px"].concat());
        let _ = c.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        c.set_line_cap("round");
        c.set_text_align("center");
        c.set_font(&self.ink.font);
        (self.size, self.blank) = (size, true);
        Some(())
    }
}

/// Says what a picture can't: the place that the chosen request's dot has come to; all numbered ones if nothing moves.
fn tell(canvas: &HtmlCanvasElement, frame: &Frame, told: &mut String) {
    let text = match frame {
        Frame { still: true, flights, .. } => {
            let way = flights.newest().and_then(|f| flights.way(f));
            let stops = way.iter().flat_map(|w| &w.journey.stops);
            stops.map(|(_, place)| place.id()).collect::<Vec<_>>().join(" ")
        }
        // One dot in a crowd is followed by nobody.
        Frame { many: None, flights, .. } if flights.len() <= LETTERS_MAX => {
            flights.place_of(frame.chosen, frame.now_s).map(Place::id).unwrap_or_default()
        }
        _ => String::new(),
    };
    if *told != text {
        let _ = canvas.set_attribute("data-place", &text);
        *told = text;
    }
}

/// Draws all dots; gives how many.
fn dots(c: &CanvasRenderingContext2d, frame: &Frame, ink: &Ink, dots: &mut Dots, letters: &mut Letters) -> usize {
    letters.at.clear();
    letters.text.clear();
    let shown = frame.flights.dots(frame.now_s, dots, &mut |p, letter| {
        if letters.at.len() <= 2 * LETTERS_MAX {
            letters.at.extend([p.x as f32, p.y as f32 + 3.5]);
            letters.text.push_str(letter);
            letters.text.push(' ');
        }
    });
    let lettered = shown <= LETTERS_MAX;
    for (colour, at) in dots.at.iter().enumerate().filter(|(_, at)| !at.is_empty()) {
        glue::dots(c, at, if lettered { 14.0 } else { 8.0 }, ink.dot(colour));
    }
    if lettered && shown > 0 {
        glue::letters(c, &letters.at, &letters.text, &ink.panel);
    }
    shown
}

/// Draws how many requests are between which places.
fn flows(c: &CanvasRenderingContext2d, frame: &Frame, ink: &Ink) {
    let flows = frame.flights.flows(frame.now_s);
    for flow in &flows {
        c.begin_path();
        for p in flow.path.chunks_exact(2) {
            c.line_to(p[0].into(), p[1].into());
        }
        c.set_line_width((flow.count as f64).sqrt().clamp(1.5, 14.0));
        c.set_stroke_style_str(flow.colour.map_or(&ink.text, |k| ink.dot(k)));
        c.set_global_alpha(0.45);
        c.stroke();
    }
    c.set_global_alpha(1.0);
    for flow in flows.iter().take(COUNTS_MAX) {
        let Some(&[x, y]) = flow.path.chunks_exact(2).nth(SAMPLES / 2) else { continue };
        let at = Point { x: x.into(), y: y.into() };
        let text = flow.count.to_string();
        c.set_fill_style_str(&ink.panel);
        let w = 7.0 * text.len() as f64 + 8.0;
        c.fill_rect(at.x - w / 2.0, at.y - 8.0, w, 16.0);
        c.set_fill_style_str(&ink.text);
        let _ = c.fill_text(&text, at.x, at.y + 3.5);
    }
}

/// Reduced motion: numbers at the newest request's stops.
fn numbered(c: &CanvasRenderingContext2d, frame: &Frame, ink: &Ink) -> Option<()> {
    let way = frame.flights.way(frame.flights.newest()?)?;
    let mut seen: Vec<Point> = Vec::new();
    for i in 0..way.journey.stops.len() {
        let Some(mut at) = way.stop(i) else { continue };
        at.x += 20.0 * seen.iter().filter(|p| **p == at).count() as f64;
        seen.push(at);
        glue::dots(c, &[at.x as f32, at.y as f32], 18.0, ink.dot(way.colour));
        glue::letters(c, &[at.x as f32, at.y as f32 + 4.0], &(i + 1).to_string(), &ink.panel);
    }
    Some(())
}
