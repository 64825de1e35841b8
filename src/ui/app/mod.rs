//! The app: one component that owns the playground, turns actions into inputs of it, and lets time pass.

mod actions;
mod checks;
mod derive;
mod files;
mod glide;
mod lists;
mod menu;
mod news;
mod notes;
mod panes;
mod rest;
mod sending;
mod sums;
mod time;
mod view;
mod zoom;

pub use files::FileAct;
pub use lists::ListAct;
pub use sending::{SendAct, end_name};
pub use zoom::{STEP, Zoom};

use super::header::speed;
use super::layout::{Lens, Point};
use super::motion::Flights;
use super::paint::{DOTS_MAX, Frame, Ink, Painter};
use super::settings::{CLOCK, FILES, INPUTS, PANES, Settings, THROWN};
use super::text::{Lang, Msg, say};
use crate::collections::BTreeSet;
use crate::lesson::Lesson;
use crate::playground::view::{RequestView, Trouble};
use crate::playground::{Deed, Known, ListKind, Meeting, Origin, Playground, Query};
use derive::Derived;
use gloo::render::{AnimationFrame, request_animation_frame};
use panes::Split;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// How the parts tell the app what was done.
pub type Act = Callback<Action>;
/// Milliseconds between two looks at what changed by itself; what a user does is shown at once.
const LOOK_MS: f64 = 100.0;
/// The same under load: so many dots leave a frame less time, and nobody reads hundreds of requests a second.
const LOOK_LOADED_MS: f64 = 250.0;
/// As long as no more requests than these are under way, the cluster is looked at as often as can be.
const LOADED: usize = 200;
/// Milliseconds that the cluster may take of a frame, by the end of the step that is being done.
const ADVANCE_MS: f64 = 8.0;
/// How far the cluster may fall behind, in microseconds of its time; beyond, its time goes slower.
const BEHIND_MAX_US: u64 = 2_000_000;
/// As long as no more requests than these are under way, the rules that they meet are lit as they meet them.
const FEW: usize = 30;

/// Whose menu is open.
pub use crate::playground::Thing as Menu;

/// What a user can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Frame(f64),
    /// A sign that somebody is there who may act.
    Stir,
    /// The rest of the app's code has come.
    RestCame,
    /// The lesson in another language has come.
    LessonCame(Rc<Lesson>),
    Resize(f64, f64),
    Seen(bool),
    TogglePlay,
    StepHop,
    StepPacket,
    StepSecond,
    /// To a moment, in microseconds since the session began.
    Seek(u64),
    /// So many seconds further.
    SeekBy(i64),
    /// Back to the newest moment.
    Present,
    OtherCourse,
    Reset,
    Speed(f64),
    Rate(u32),
    From(String),
    To(String),
    Send(u32),
    /// In the sending bar's drawer, or with a kept connection.
    Sending(SendAct),
    Lesson(bool),
    SwitchLang,
    SwitchTheme,
    ShowFile(String),
    Files(FileAct),
    Edit(String),
    Apply,
    ApplyAll,
    Fix(usize, usize),
    /// A trouble that a file makes is mended: that one, or the first.
    Mend(Option<Trouble>),
    /// A step of the lesson is gone to.
    Step(usize),
    /// What the former steps need is run.
    SetUp,
    Reveal(usize),
    /// A command, from anywhere but the prompt.
    Line(String),
    /// A line from the prompt.
    Typed(String),
    Perform(Deed),
    /// A ReplicaSet, by key: one Pod more, or less.
    Scale(String, bool),
    Undo,
    KeepDone,
    Offer(String),
    Complete(String),
    Interrupt,
    ClearTerminal,
    Inspect(u64),
    Look(Lens),
    /// A group of Pods is opened or closed.
    Group(String),
    /// The pointer or the keyboard is on a Pod or Service, or on none.
    Hover(Option<Menu>),
    /// No Service is in focus more than others.
    Unfocus,
    Zoom(Zoom),
    /// A click on the stage's ground, in the layout's pixels: maybe on a dot.
    Pick(Point),
    /// The stage is scrolled so far down.
    Scrolled(f64),
    OpenMenu(Menu, Point),
    CloseMenu,
    /// The list of what happened is opened or shut.
    Moments(bool),
    Pane(String),
    /// A border between panes goes to a size, in tenths of a percent; nothing: back to its first one.
    Split(Split, Option<u32>),
    List(ListAct),
    OtherTab,
    OtherTabSeen,
    Hidden,
}

/// The app.
pub struct App {
    settings: Settings,
    playground: Playground,
    derived: Derived,
    act: Act,
    /// What completion may offer, asked when it is.
    known: Callback<(), Known>,
    frame: Option<AnimationFrame>,
    last_ms: f64,
    /// Simulated time that is still to pass.
    behind_us: u64,
    /// By how many seconds the presentation clock is ahead of the simulated one: hops that were stepped.
    lead_s: f64,
    /// While an earlier moment is looked at: how the newest one was left.
    left: Option<time::Left>,
    playing: bool,
    speed: f64,
    size: (f64, f64),
    canvas: NodeRef,
    area: NodeRef,
    painter: Painter,
    flights: Flights,
    flown: u64,
    /// How many are under way, where those are too many for dots.
    many: Option<usize>,
    inspected: Option<Rc<RequestView>>,
    /// Whether the learner chose that request: then newer ones don't take its place.
    held: bool,
    lens: Lens,
    /// Groups of Pods that somebody opened.
    open_groups: BTreeSet<String>,
    /// The Service whose rules and distribution are shown.
    focus: String,
    /// Whether somebody chose it: then the rest is dimmed.
    alone: bool,
    hover: Option<Menu>,
    glide: Option<glide::Glide>,
    zoom: f64,
    /// Where the stage is to be scrolled to once it is rendered, and where it is.
    scroll_to: Option<Point>,
    scrolled: f64,
    menu: Option<(Menu, Point)>,
    drawer: sending::Drawers,
    moments: bool,
    undo: Vec<notes::Done>,
    /// What is said of the last deed, since when.
    note: Option<notes::Note>,
    sum: sums::Sum,
    pane: String,
    sizes: panes::Sizes,
    bottom: Option<ListKind>,
    query: Query,
    /// The node and the table whose rules are shown, and a rule to be shown among them, with a number that changes.
    rules: (String, String),
    sought: (u32, String),
    /// What a packet meets: nothing if the address asked for was none.
    asked: Option<Option<Rc<Meeting>>>,
    /// What came of the last copying of a list.
    copied: AttrValue,
    shown_file: String,
    /// Files before the deeds that threw text away, the last one last.
    thrown: Vec<(String, String)>,
    offered: (u32, String),
    reveal: (u32, usize),
    told: AttrValue,
    news: news::News,
    full: bool,
    /// A file that another tab changed as well, and the name of its version.
    other_tab: Option<(String, String)>,
    /// The files as this tab last read or wrote them in the browser's storage.
    stored: String,
    in_lesson: bool,
    lesson: Rc<Lesson>,
    saved_at: u64,
    edited: bool,
    asleep: bool,
    rest: rest::Rest,
    /// Whether a user's action is being dealt with: its effect is shown at once.
    acted: bool,
}

/// What the app begins with.
#[derive(PartialEq, Properties)]
pub struct Start {
    settings: Settings,
    lesson: Rc<Lesson>,
}

/// Mounts the app; a bug shows what the page has to say about that.
pub fn start() {
    std::panic::set_hook(Box::new(|info| super::glue::failed(&info.to_string())));
    super::glue::keep_exports(wasm_bindgen::exports());
    let Some(root) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("app")) else {
        return;
    };
    spawn_local(async move {
        let settings = Settings::read();
        let lesson = load_lesson(settings.lesson.as_deref().unwrap_or_default(), settings.lang).await;
        // A kept session is rebuilt by doing again what was done, which takes all of the code; and what this browser has
        // from an earlier visit need not wait.
        let kept = settings.load_own(INPUTS).or_else(|| settings.load(INPUTS));
        if kept.is_some() || super::glue::rest_is_kept() {
            rest::fetched().await;
        }
        yew::Renderer::<App>::with_root_and_props(root, Start { settings, lesson }).render();
    });
}

/// A lesson of the course; one without steps if its text can't be had.
async fn load_lesson(name: &str, lang: Lang) -> Rc<Lesson> {
    let name = crate::lesson::known(name);
    let text = super::glue::lesson_text(name, lang.tag()).await.unwrap_or_default();
    Rc::new(crate::lesson::lesson(name, &text.as_string().unwrap_or_default()))
}

impl Component for App {
    type Message = Action;
    type Properties = Start;

    fn create(ctx: &Context<Self>) -> Self {
        let settings = ctx.props().settings.clone();
        let name = settings.lesson.clone().unwrap_or_else(|| "services".into());
        let in_lesson = name != "none";
        let lesson = ctx.props().lesson.clone();
        let usual = Origin::of_seed(settings.seed.unwrap_or(1));
        let origin = Origin { workers: settings.workers.unwrap_or(usual.workers), ..usual };
        let kept = settings
            .load_own(INPUTS)
            .or_else(|| settings.load(INPUTS))
            .and_then(|text| Playground::rebuild(&text, Some(lesson.clone())))
            .filter(|kept| settings.workers.is_none_or(|n| n == kept.origin().workers));
        let mut playground = kept.unwrap_or_else(|| Playground::beginning(origin));
        let read = |text: Option<String>| text.and_then(|t| crate::playground::files_from_json(&t));
        let shared = settings.load(FILES);
        // What this tab could not store for all is newer.
        let files = read(settings.load_own(FILES)).or_else(|| read(shared.clone()));
        playground.set_files(files.unwrap_or_else(|| lesson.files.clone()));
        let thrown = read(settings.load(THROWN)).unwrap_or_default();
        let stored = shared.unwrap_or_else(|| playground.files_json());
        playground.set_lesson(lesson.clone());
        settings.show(&name);
        let act = ctx.link().callback(|a| a);
        let link = ctx.link().clone();
        let known =
            Callback::from(move |()| link.get_component().map(|app| app.playground.known()).unwrap_or_default());
        listen(&act);
        let shown_file = playground.file_names().first().cloned().unwrap_or_default();
        let flown = playground.requests_sent();
        let embed = settings.embed;
        let pane = settings.panes.first().cloned().unwrap_or_else(|| "stage".into());
        let sizes = settings.load(PANES).map(|text| panes::read(&text)).unwrap_or_default();
        let clock = settings.load_own(CLOCK).unwrap_or_default();
        let mut app = Self {
            settings,
            playground,
            derived: Derived::default(),
            act,
            known,
            frame: None,
            last_ms: 0.0,
            behind_us: 0,
            lead_s: 0.0,
            left: None,
            playing: !clock.ends_with("stands"),
            speed: speed(clock.split(' ').next().unwrap_or_default()),
            size: (700.0, 500.0),
            canvas: NodeRef::default(),
            area: NodeRef::default(),
            painter: Painter::default(),
            flights: Flights::default(),
            flown,
            many: None,
            inspected: None,
            held: false,
            lens: first_lens(embed),
            open_groups: BTreeSet::new(),
            focus: String::new(),
            alone: false,
            hover: None,
            glide: None,
            zoom: 1.0,
            scroll_to: None,
            scrolled: 0.0,
            menu: None,
            drawer: sending::Drawers::default(),
            moments: false,
            undo: Vec::new(),
            note: None,
            sum: sums::Sum::default(),
            pane,
            sizes,
            bottom: None,
            query: Query::default(),
            rules: ("worker-1".into(), "nat".into()),
            sought: Default::default(),
            asked: None,
            copied: AttrValue::default(),
            shown_file,
            thrown,
            offered: (0, String::new()),
            reveal: (0, 0),
            told: AttrValue::default(),
            news: news::News::default(),
            full: false,
            other_tab: None,
            stored,
            in_lesson,
            lesson,
            saved_at: 0,
            edited: false,
            asleep: false,
            rest: rest::Rest::new(),
            acted: true,
        };
        app.derive();
        app
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            self.painter.ink = Ink::read().unwrap_or_default();
            self.watch_size();
            self.size_panes();
            self.next_frame(ctx);
        }
        if self.scroll_to.is_some() {
            self.scroll();
        }
    }

    fn update(&mut self, ctx: &Context<Self>, action: Action) -> bool {
        match action {
            Action::Frame(ms) => {
                let changed = self.tick(ms);
                self.next_frame(ctx);
                changed
            }
            Action::Stir => {
                self.want_rest();
                false
            }
            Action::RestCame => {
                for action in self.rest.come() {
                    self.handle(action);
                }
                self.watch_stage();
                self.renew();
                true
            }
            // What the page does by itself needs nothing of the rest, and a typed text is kept at once.
            Action::Resize(w, h) => {
                self.size = (w, h);
                self.place();
                true
            }
            Action::Seen(seen) => {
                self.asleep = !seen;
                false
            }
            Action::Edit(text) => {
                // Kept at once: a tab that is killed after a keystroke has lost none.
                self.playground.set_file(&self.shown_file.clone(), &text);
                self.keep_files();
                self.renew();
                true
            }
            Action::Hidden => {
                self.keep_all();
                false
            }
            // The stage tells these many times over.
            Action::Hover(thing) => std::mem::replace(&mut self.hover, thing.clone()) != thing,
            Action::Scrolled(y) => {
                let more = self.more_below();
                self.scrolled = y;
                self.more_below() != more
            }
            other if !self.rest.is_here() => {
                self.rest.keep(other);
                self.want_rest();
                true
            }
            other => {
                self.handle(other);
                self.renew();
                true
            }
        }
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        let past = self.playground.is_past().then_some("past");
        let class = classes!("app", self.settings.embed.then_some("embed"), past);
        html! {
            <main {class} data-pane={self.pane.clone()} data-clock={(self.playground.now_us() / 100_000).to_string()} id="workbench" aria-busy={self.rest.busy().to_string()}>
                <a class="skip" href="#prompt">{ say(self.settings.lang, Msg::SkipToTerminal) }</a>
                { self.header() }
                if self.full || self.other_tab.is_some() { { self.notices() } }
                { self.editor() }
                { self.split_view(Split::Left) }
                { self.stage() }
                { self.split_view(Split::Right) }
                { self.side() }
                { self.split_view(Split::Low) }
                { self.bottom() }
                if self.note.is_some() { { self.note_view() } }
                { self.pane_tabs() }
            </main>
        }
    }
}

/// The page's width and height.
fn page_size() -> (f64, f64) {
    let size = |s: Option<wasm_bindgen::JsValue>| s.and_then(|s| s.as_f64()).unwrap_or(1.0).max(1.0);
    let window = web_sys::window();
    let width = window.as_ref().and_then(|w| w.inner_width().ok());
    (size(width), size(window.and_then(|w| w.inner_height().ok())))
}

/// A small embed begins with the Logical lens: it fits without scrolling.
fn first_lens(embed: bool) -> Lens {
    let (width, height) = page_size();
    if embed && (width < 480.0 || height < 700.0) { Lens::Logical } else { Lens::Network }
}

/// Keys of the whole page, clicks beside an open menu, and changes of the storage by another tab.
fn listen(act: &Act) {
    let Some(window) = web_sys::window() else { return };
    let a = act.clone();
    hear(&window, "keydown", move |e| {
        let Some(e) = e.dyn_ref::<web_sys::KeyboardEvent>() else { return };
        let on = e.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let tag = on.as_ref().map(|t| t.tag_name()).unwrap_or_default();
        // Letters are heard only where what they work on has the keyboard: dictated words shall not step the clock.
        let near = on.is_some_and(|t| t.closest(".stage-frame, .top").ok().flatten().is_some());
        let typing = !near || ["INPUT", "TEXTAREA", "SELECT"].contains(&tag.as_str());
        // The editor undoes for itself.
        let in_text = ["INPUT", "TEXTAREA", "DIV"].contains(&tag.as_str());
        let with = e.ctrl_key() || e.meta_key();
        match e.key().as_str() {
            "Escape" => a.emit(Action::CloseMenu),
            "z" if !in_text && with => {
                // The browser would undo in a text that was left, and go there.
                e.prevent_default();
                a.emit(Action::Undo);
            }
            "." if !typing => a.emit(Action::StepHop),
            "+" | "=" if !typing && !with => a.emit(Action::Zoom(Zoom::By(STEP, None))),
            "-" if !typing && !with => a.emit(Action::Zoom(Zoom::By(1.0 / STEP, None))),
            "0" | "f" if !typing && !with => a.emit(Action::Zoom(Zoom::Fit)),
            "p" if !typing && !with => a.emit(Action::TogglePlay),
            _ => {}
        }
    });
    let a = act.clone();
    hear(&window, "pointerdown", move |e| {
        let document = web_sys::window().and_then(|w| w.document());
        let on = e.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let beside = |within: &str| on.as_ref().is_none_or(|t| t.closest(within).ok().flatten().is_none());
        for (id, within) in [("menu", "#menu, g[role=button]"), ("moments-list", ".moments")] {
            if document.as_ref().is_some_and(|d| d.get_element_by_id(id).is_some()) && beside(within) {
                a.emit(Action::CloseMenu);
            }
        }
    });
    // The second click of a double one isn't meant for a menu that the first one opened, nor for what was under one.
    let in_menu = Cell::new(false);
    hear_at(&window, "click", true, move |e| {
        let again = e.dyn_ref::<web_sys::MouseEvent>().is_some_and(|e| e.detail() > 1);
        let open = || web_sys::window()?.document()?.get_element_by_id("menu");
        if again && (in_menu.get() || open().is_some()) {
            e.stop_propagation();
        } else {
            let on = e.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
            in_menu.set(on.is_some_and(|t| t.closest("#menu").ok().flatten().is_some()));
        }
    });
    let stirred = Rc::new(Cell::new(false));
    for event in ["pointermove", "pointerdown", "keydown"] {
        let (a, stirred) = (act.clone(), stirred.clone());
        hear(&window, event, move |_| {
            if !stirred.replace(true) {
                a.emit(Action::Stir);
            }
        });
    }
    let a = act.clone();
    hear(&window, "storage", move |e| {
        if e.dyn_ref::<web_sys::StorageEvent>().and_then(|e| e.key()).as_deref() == Some(FILES) {
            a.emit(Action::OtherTab);
        }
    });
    let a = act.clone();
    hear(&window, "pagehide", move |_| a.emit(Action::Hidden));
    if let Some(document) = window.document() {
        let a = act.clone();
        hear(&document, "visibilitychange", move |_| a.emit(Action::Hidden));
    }
}

/// Calls `f` at an event, for as long as the page lives.
fn hear(target: &web_sys::EventTarget, event: &str, f: impl Fn(web_sys::Event) + 'static) {
    hear_at(target, event, false, f);
}

/// The same, perhaps `first`: before anything on the page hears of it.
fn hear_at(target: &web_sys::EventTarget, event: &str, first: bool, f: impl Fn(web_sys::Event) + 'static) {
    let heard = Closure::<dyn Fn(web_sys::Event)>::new(f);
    let _ = target.add_event_listener_with_callback_and_bool(event, heard.as_ref().unchecked_ref(), first);
    heard.forget();
}

impl App {
    fn next_frame(&mut self, ctx: &Context<Self>) {
        let link = ctx.link().clone();
        self.frame = Some(request_animation_frame(move |ms| link.send_message(Action::Frame(ms))));
    }

    fn watch_size(&self) {
        let Some(area) = self.area.cast::<web_sys::HtmlElement>() else { return };
        let act = self.act.clone();
        let target = area.clone();
        let changed = Closure::<dyn Fn()>::new(move || {
            act.emit(Action::Resize(target.client_width() as f64, target.client_height() as f64));
        });
        let act = self.act.clone();
        let seen = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let last = entries.pop().dyn_into::<web_sys::IntersectionObserverEntry>();
            act.emit(Action::Seen(last.is_ok_and(|e| e.is_intersecting())));
        });
        let root = web_sys::window().and_then(|w| w.document()).and_then(|d| d.body());
        if let (Ok(observer), Some(root)) = (web_sys::IntersectionObserver::new(seen.as_ref().unchecked_ref()), root) {
            observer.observe(&root);
        }
        seen.forget();
        if let Ok(observer) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            observer.observe(&area);
        }
        changed.forget();
    }

    /// One frame: both clocks go on, new requests take off, dots are drawn. Gives whether Yew has to render.
    fn tick(&mut self, ms: f64) -> bool {
        let dt_s = ((ms - self.last_ms) / 1000.0).clamp(0.0, 0.1);
        self.last_ms = ms;
        if self.playing && !self.asleep {
            self.advance((dt_s * self.speed * 1e6) as u64);
        }
        self.playground.poll();
        self.resume();
        self.take_off();
        self.flights.land(self.shown_s());
        let glided = self.glide.is_some() && self.glide();
        let often = if self.flights.len() > LOADED { LOOK_LOADED_MS } else { LOOK_MS };
        let look = !(0.0..often).contains(&(ms - self.derived.at_ms));
        let changed = look && self.derive();
        // Flows are numbers to be read: they change as often as all other numbers do.
        if self.many.is_none() || look {
            self.paint();
        }
        self.save(ms);
        let changed = changed || self.forget_note(ms);
        changed || glided || (!look && self.light())
    }

    /// Lets simulated time pass, as far as the frame has time for it; what is left is made up for in the next ones.
    fn advance(&mut self, micros: u64) {
        self.behind_us = (self.behind_us + micros).min(BEHIND_MAX_US);
        let step = (self.behind_us / 8).max(2_000);
        let clock = web_sys::window().and_then(|w| w.performance());
        let now = || clock.as_ref().map_or(0.0, |c| c.now());
        let began = now();
        while self.behind_us > 0 && now() - began < ADVANCE_MS {
            let step = step.min(self.behind_us);
            self.playground.advance_us(step);
            self.behind_us -= step;
        }
    }

    fn paint(&mut self) {
        // Out of the app's hands meanwhile: a frame borrows from the rest of it.
        let mut painter = std::mem::take(&mut self.painter);
        let frame = Frame {
            places: &self.derived.places,
            zoom: self.zoom,
            flights: &self.flights,
            now_s: self.shown_s(),
            chosen: self.inspected.as_ref().map_or(0, |r| r.id),
            packet: self.packet(),
            still: self.settings.still,
            many: self.many,
        };
        painter.paint(&self.canvas, &frame);
        self.painter = painter;
    }

    /// Shows at once what an action may have changed.
    fn renew(&mut self) {
        self.acted = true;
        self.derive();
        self.acted = false;
    }

    fn save(&mut self, ms: f64) {
        let stamp = self.playground.log_revision();
        if self.edited {
            self.keep_files();
        }
        // The inputs' log is kept once a second at most.
        if stamp != self.saved_at && (ms as u64) % 1000 < 20 {
            self.keep_inputs();
        }
    }
}
