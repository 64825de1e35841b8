//! The app: one component that owns the playground, turns actions into inputs of it, and lets time pass.

use super::editor::Editor;
use super::header::{Header, Sending};
use super::inspector::Inspector;
use super::layout::{Lens, Places, Point, places};
use super::lesson::LessonPane;
use super::lists::List;
use super::motion::Flight;
use super::settings::{FILES, INPUTS, Settings};
use super::stage::{Frame, Ink, Stage, draw};
use super::terminal::Terminal;
use super::text::{Lang, Msg, fill, say};
use crate::lesson::Lesson;
use crate::playground::view::{ProxyLine, RequestView, Row, Scene};
use crate::playground::{ListKind, Playground, Problem, Sync};
use gloo::render::{AnimationFrame, request_animation_frame};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use yew::prelude::*;

/// How the parts tell the app what was done.
pub type Act = Callback<Action>;
/// Most dots drawn at a time; beyond, a line says how many there are.
pub const DOTS_MAX: usize = 1_000;
/// Presentation seconds between the starts of two requests that were sent at the same moment.
const STAGGER_S: f64 = 0.09;

/// Whose menu is open.
#[derive(Clone, Debug, PartialEq)]
pub enum Menu {
    /// A Pod, by key.
    Pod(String),
    /// A node, by name.
    Node(String),
    /// A Service, by key.
    Service(String),
}

/// What a user can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Frame(f64),
    Resize(f64, f64),
    Seen(bool),
    TogglePlay,
    StepHop,
    Reset,
    Speed(f64),
    Rate(u32),
    From(String),
    To(String),
    Send(u32),
    Lesson(bool),
    SwitchLang,
    SwitchTheme,
    ShowFile(String),
    NewFile,
    DeleteFile,
    Undelete,
    Edit(String),
    Apply,
    ApplyAll,
    Fix(usize, usize),
    Reveal(usize),
    Line(String),
    Offer(String),
    Complete(String),
    Interrupt,
    ClearTerminal,
    Inspect(u64),
    Look(Lens),
    OpenMenu(Menu, Point),
    CloseMenu,
    Pane(String),
    Bottom(Option<ListKind>),
    RulesOf(String),
    RulesTable(String),
    OtherTab,
    TakeTheirs,
    KeepMine,
}

/// What is drawn and derived from the playground, renewed when that changed.
#[derive(Default)]
struct Derived {
    scene: Rc<Scene>,
    places: Rc<Places>,
    revision: u64,
    second: u64,
    lit: (u64, Option<usize>),
    /// What the files look like to the cluster, and for which state and file that was found out.
    files: Rc<Vec<(String, Sync)>>,
    problems: Rc<Vec<Problem>>,
    checked: (u64, u64, String),
    proxies: Rc<Vec<Vec<ProxyLine>>>,
    rows: Rc<Vec<Row>>,
    rules: Rc<String>,
    senders: Vec<String>,
    targets: Vec<String>,
}

/// The app.
pub struct App {
    settings: Settings,
    playground: Playground,
    derived: Derived,
    act: Act,
    frame: Option<AnimationFrame>,
    last_ms: f64,
    /// Presentation clock, seconds.
    shown_s: f64,
    playing: bool,
    speed: f64,
    size: (f64, f64),
    canvas: NodeRef,
    area: NodeRef,
    ink: Ink,
    flights: Vec<Flight>,
    flown: u64,
    next_start_s: f64,
    inspected: Option<Rc<RequestView>>,
    lens: Lens,
    focus: String,
    menu: Option<(Menu, Point)>,
    pane: String,
    bottom: Option<ListKind>,
    rules: (String, String),
    shown_file: String,
    deleted: Option<(String, String)>,
    offered: (u32, String),
    reveal: (u32, usize),
    told: AttrValue,
    full: bool,
    other_tab: bool,
    in_lesson: bool,
    lesson: Rc<Lesson>,
    saved_at: u64,
    edited: bool,
    asleep: bool,
}

/// Mounts the app; a bug shows what the page has to say about that.
pub fn start() {
    std::panic::set_hook(Box::new(|info| super::glue::failed(&info.to_string())));
    let root = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<App>::with_root(root).render();
    }
}

impl Component for App {
    type Message = Action;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let settings = Settings::read();
        let name = settings.lesson.clone().unwrap_or_else(|| "services".into());
        let in_lesson = name != "none";
        let lesson =
            Rc::new(crate::lesson::lesson(if in_lesson { &name } else { "services" }, settings.lang == Lang::Ko));
        let seed = settings.seed.unwrap_or(1);
        let kept = settings.load(INPUTS).and_then(|text| Playground::rebuild(&text));
        let mut playground = kept.unwrap_or_else(|| Playground::new(seed));
        match settings.load(FILES).and_then(|t| crate::playground::files_from_json(&t)) {
            Some(files) => playground.set_files(files),
            None => playground.set_files(lesson.files.clone()),
        }
        playground.set_lesson(lesson.clone());
        settings.show(&name);
        let act = ctx.link().callback(|a| a);
        listen(&act);
        let shown_file = playground.file_names().first().cloned().unwrap_or_default();
        let flown = playground.requests_sent();
        let embed = settings.embed;
        let pane = settings.panes.first().cloned().unwrap_or_else(|| "stage".into());
        let mut app = Self {
            settings,
            playground,
            derived: Derived::default(),
            act,
            frame: None,
            last_ms: 0.0,
            shown_s: 0.0,
            playing: true,
            speed: 1.0,
            size: (700.0, 500.0),
            canvas: NodeRef::default(),
            area: NodeRef::default(),
            ink: Ink::default(),
            flights: Vec::new(),
            flown,
            next_start_s: 0.0,
            inspected: None,
            lens: first_lens(embed),
            focus: String::new(),
            menu: None,
            pane,
            bottom: None,
            rules: ("worker-1".into(), "nat".into()),
            shown_file,
            deleted: None,
            offered: (0, String::new()),
            reveal: (0, 0),
            told: AttrValue::default(),
            full: false,
            other_tab: false,
            in_lesson,
            lesson,
            saved_at: 0,
            edited: false,
            asleep: false,
        };
        app.derive(true);
        app
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            self.ink = Ink::read().unwrap_or_default();
            self.watch_size();
            self.next_frame(ctx);
        }
    }

    fn update(&mut self, ctx: &Context<Self>, action: Action) -> bool {
        match action {
            Action::Frame(ms) => {
                let changed = self.tick(ms);
                self.next_frame(ctx);
                changed
            }
            other => {
                self.handle(other);
                if !self.derive(false) {
                    self.check_files();
                    self.look();
                }
                true
            }
        }
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        let class = classes!("app", self.settings.embed.then_some("embed"));
        html! {
            <div {class} data-pane={self.pane.clone()} data-clock={(self.playground.now_us() / 100_000).to_string()} id="workbench">
                <a class="skip" href="#prompt">{ say(self.settings.lang, Msg::SkipToTerminal) }</a>
                { self.header() }
                { self.notices() }
                { self.editor() }
                { self.stage() }
                <aside class="side">
                    if self.in_lesson { <LessonPane lang={self.settings.lang} lesson={self.lesson.clone()} at={self.playground.lesson_step()} act={self.act.clone()} /> } else { <div /> }
                    <Inspector lang={self.settings.lang} request={self.inspected.clone()} at={self.hop_now()} act={self.act.clone()} />
                </aside>
                { self.bottom() }
                { self.pane_tabs() }
            </div>
        }
    }
}

/// A small embed begins with the Logical lens: it fits without scrolling.
fn first_lens(embed: bool) -> Lens {
    let width = web_sys::window().and_then(|w| w.inner_width().ok()).and_then(|w| w.as_f64()).unwrap_or(1440.0);
    if embed && width < 480.0 { Lens::Logical } else { Lens::Network }
}

/// Keys of the whole page, and changes of the storage by another tab.
fn listen(act: &Act) {
    let Some(window) = web_sys::window() else { return };
    let a = act.clone();
    let keys = Closure::<dyn Fn(web_sys::KeyboardEvent)>::new(move |e: web_sys::KeyboardEvent| {
        let tag =
            e.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).map(|t| t.tag_name()).unwrap_or_default();
        let typing = ["INPUT", "TEXTAREA", "SELECT"].contains(&tag.as_str()) || tag == "DIV";
        match e.key().as_str() {
            "Escape" => a.emit(Action::CloseMenu),
            "." if !typing => a.emit(Action::StepHop),
            "p" if !typing && !e.ctrl_key() && !e.meta_key() => a.emit(Action::TogglePlay),
            _ => {}
        }
    });
    let _ = window.add_event_listener_with_callback("keydown", keys.as_ref().unchecked_ref());
    keys.forget();
    let a = act.clone();
    let storage = Closure::<dyn Fn(web_sys::StorageEvent)>::new(move |e: web_sys::StorageEvent| {
        if e.key().as_deref() == Some(FILES) {
            a.emit(Action::OtherTab);
        }
    });
    let _ = window.add_event_listener_with_callback("storage", storage.as_ref().unchecked_ref());
    storage.forget();
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
            self.shown_s += dt_s * self.speed;
            self.playground.advance_us((dt_s * self.speed * 1e6) as u64);
        }
        self.playground.poll();
        let changed = self.derive(false);
        self.take_off();
        let now_s = self.shown_s;
        self.flights.retain(|f| now_s <= f.start_s + f.lasts_s());
        if let Some(canvas) = self.canvas.cast() {
            let frame = Frame {
                scene: &self.derived.scene,
                places: &self.derived.places,
                lens: self.lens,
                flights: &self.flights,
                now_s,
                still: self.settings.still,
            };
            draw(&canvas, &frame, &self.ink);
        }
        self.save(ms);
        let lit = (self.inspected.as_ref().map_or(0, |r| r.id), self.hop_now());
        let moved = lit != self.derived.lit;
        self.derived.lit = lit;
        if moved {
            self.look();
        }
        changed || moved
    }

    /// New requests of the playground become flights.
    fn take_off(&mut self) {
        let new = self.playground.requests_since(self.flown);
        for request in new {
            self.flown = self.flown.max(request.id);
            self.next_start_s = self.next_start_s.max(self.shown_s);
            let flight = Flight::new(&request, &self.derived.scene, self.next_start_s);
            // The more wait to take off, the closer they follow one another.
            let behind_s = self.next_start_s - self.shown_s;
            self.next_start_s += STAGGER_S / (1.0 + 64.0 * behind_s * behind_s);
            self.told = self.tell(&request).into();
            self.flights.push(flight);
            self.inspected = Some(Rc::new(request));
        }
    }

    fn tell(&self, r: &RequestView) -> String {
        let id = r.id.to_string();
        let name = r.pod.rsplit('/').next().unwrap_or_default();
        if r.code != 0 {
            fill(self.settings.lang, Msg::AnsweredBy, &[&id, name])
        } else {
            fill(self.settings.lang, Msg::Failed, &[&id, &r.result])
        }
    }

    /// The hop at which the inspected request's dot is.
    fn hop_now(&self) -> Option<usize> {
        let r = self.inspected.as_ref()?;
        let f = self.flights.iter().find(|f| f.id == r.id)?;
        let (leg, _) = f.at(self.shown_s)?;
        let next = f.stops.get(leg + 1).map_or(r.hops.len(), |(i, _)| *i);
        // All hops at one stop pass while the dot leaves it.
        let first = f.stops.get(leg)?.0;
        let (_, k) = f.at(self.shown_s)?;
        Some((first + ((next - first) as f64 * k) as usize).min(r.hops.len().saturating_sub(1)))
    }

    /// Renews what is derived from the playground; gives whether anything did change.
    fn derive(&mut self, force: bool) -> bool {
        let (revision, second) = (self.playground.revision(), self.playground.now_us() / 100_000);
        if !force && self.derived.revision == revision && self.derived.second == second {
            return false;
        }
        self.derived.second = second;
        self.derived.revision = revision;
        self.check_files();
        let scene = self.playground.scene_with_pins();
        if self.focus.is_empty() || !scene.services.iter().any(|s| s.key == self.focus) {
            self.focus = scene.services.first().map(|s| s.key.clone()).unwrap_or_default();
        }
        if *self.derived.scene != scene {
            self.derived.scene = Rc::new(scene);
            self.derived.senders = self.playground.senders();
            self.derived.targets = self.playground.targets();
            self.playground.propose_target();
            self.place();
        }
        self.look();
        true
    }

    /// Asks what is wrong with the shown file, if it or the cluster changed since.
    fn check_files(&mut self) {
        let (edits, store) = self.playground.checked_state();
        let state = (edits, store, self.shown_file.clone());
        if self.derived.checked != state {
            self.derived.checked = state;
            self.derived.files = Rc::new(self.playground.files_state());
            self.derived.problems = Rc::new(self.playground.problems(&self.shown_file));
        }
    }

    /// Renews what depends on the chosen request, the focus and the open list.
    fn look(&mut self) {
        let proxies = self.playground.proxies(&self.focus, self.inspected.as_deref(), self.hop_now());
        if *self.derived.proxies != proxies {
            self.derived.proxies = Rc::new(proxies);
        }
        match self.bottom {
            Some(ListKind::Iptables) => {
                self.derived.rules = Rc::new(self.playground.iptables(&self.rules.0, &self.rules.1))
            }
            Some(kind) => self.derived.rows = Rc::new(self.playground.list(kind)),
            None => {}
        }
    }

    fn place(&mut self) {
        self.derived.places = Rc::new(places(&self.derived.scene, self.lens, self.size.0, self.size.1));
    }

    fn save(&mut self, ms: f64) {
        let stamp = self.playground.inputs();
        if self.edited {
            self.full = !self.settings.store(FILES, &self.playground.files_json());
            self.edited = false;
        }
        // The inputs' log is kept once a second at most.
        if stamp != self.saved_at && (ms as u64) % 1000 < 20 {
            self.saved_at = stamp;
            self.settings.store(INPUTS, &self.playground.log());
        }
    }

    fn handle(&mut self, action: Action) {
        if !matches!(action, Action::OpenMenu(..) | Action::Resize(..) | Action::Seen(_) | Action::OtherTab) {
            self.menu = None;
        }
        match action {
            Action::Frame(_) | Action::CloseMenu => {}
            Action::Resize(w, h) => {
                self.size = (w, h);
                self.place();
            }
            Action::Seen(seen) => self.asleep = !seen,
            Action::TogglePlay => self.playing = !self.playing,
            Action::StepHop => self.step_hop(),
            Action::Reset => self.reset(),
            Action::Speed(s) => self.speed = s.clamp(0.1, 20.0),
            Action::Rate(n) => self.playground.set_rate(n),
            Action::From(id) => self.playground.set_sender(&id),
            Action::To(address) => self.playground.set_target(&address),
            Action::Send(n) => self.playground.send(n),
            Action::Lesson(on) => {
                self.in_lesson = on;
                self.settings.show(if on { &self.lesson.name } else { "none" });
            }
            Action::SwitchLang => self.switch_lang(),
            Action::SwitchTheme => {
                self.settings.dark = !self.settings.dark;
                self.settings.show(if self.in_lesson { &self.lesson.name } else { "none" });
                self.ink = Ink::read().unwrap_or_default();
            }
            Action::Look(lens) => {
                self.lens = lens;
                self.place();
            }
            Action::OpenMenu(menu, at) => {
                if let Menu::Service(key) = &menu {
                    self.focus = key.clone();
                }
                self.menu = (self.menu.as_ref().map(|(m, _)| m) != Some(&menu)).then_some((menu, at));
            }
            Action::Inspect(id) => {
                if let Some(r) = self.playground.request(id) {
                    self.inspected = Some(Rc::new(r));
                }
            }
            Action::Pane(pane) => self.pane = pane,
            Action::Bottom(kind) => {
                self.bottom = kind;
                if kind == Some(ListKind::Iptables) {
                    self.playground.saw_rules();
                }
            }
            Action::RulesOf(node) => self.rules.0 = node,
            Action::RulesTable(table) => self.rules.1 = table,
            file_or_line => self.handle_text(file_or_line),
        }
    }

    fn handle_text(&mut self, action: Action) {
        match action {
            Action::ShowFile(name) => self.shown_file = name,
            Action::NewFile => self.new_file(),
            Action::DeleteFile => {
                if let Some(text) = self.playground.remove_file(&self.shown_file) {
                    self.deleted = Some((self.shown_file.clone(), text));
                    self.shown_file = self.playground.file_names().first().cloned().unwrap_or_default();
                    self.edited = true;
                }
            }
            Action::Undelete => {
                if let Some((name, text)) = self.deleted.take() {
                    self.playground.set_file(&name, &text);
                    self.shown_file = name;
                    self.edited = true;
                }
            }
            Action::Edit(text) => {
                self.playground.set_file(&self.shown_file.clone(), &text);
                self.edited = true;
            }
            Action::Apply => self.run(&format!("kubectl apply -f {}", self.shown_file)),
            Action::ApplyAll => {
                let names = self.playground.file_names().join(" -f ");
                self.run(&format!("kubectl apply -f {names}"));
            }
            Action::Fix(problem, fix) => {
                if let Some(file) = self.playground.mend(&self.shown_file.clone(), problem, fix) {
                    self.shown_file = file.clone();
                    self.edited = true;
                    self.run(&format!("kubectl apply -f {file}"));
                }
            }
            Action::Reveal(byte) => self.reveal = (self.reveal.0 + 1, byte),
            Action::Line(line) => self.run(&line),
            Action::Offer(line) => {
                self.offered = (self.offered.0 + 1, line);
                self.bottom = None;
                if self.small() {
                    self.pane = "terminal".into();
                }
            }
            Action::Complete(line) => {
                let line = self.playground.complete_line(&line);
                self.offered = (self.offered.0 + 1, line);
            }
            Action::Interrupt => self.playground.interrupt(),
            Action::ClearTerminal => self.playground.clear_terminal(),
            Action::OtherTab => self.other_tab = true,
            Action::TakeTheirs => {
                if let Some(files) = self.settings.load(FILES).and_then(|t| crate::playground::files_from_json(&t)) {
                    self.playground.set_files(files);
                    self.shown_file = self.playground.file_names().first().cloned().unwrap_or_default();
                }
                self.other_tab = false;
            }
            Action::KeepMine => {
                self.other_tab = false;
                self.edited = true;
            }
            _ => {}
        }
    }

    fn small(&self) -> bool {
        let width = web_sys::window().and_then(|w| w.inner_width().ok()).and_then(|w| w.as_f64()).unwrap_or(1440.0);
        self.settings.embed || width < 760.0
    }

    fn run(&mut self, line: &str) {
        self.bottom = None;
        self.playground.run(line);
    }

    fn new_file(&mut self) {
        let mut n = 1;
        let names = self.playground.file_names();
        while names.contains(&format!("file-{n}.yaml")) {
            n += 1;
        }
        let name = format!("file-{n}.yaml");
        self.playground.set_file(&name, "apiVersion: v1\nkind: Service\nmetadata:\n  name: my-service\nspec:\n  selector:\n    app: my-app\n  ports:\n  - port: 80\n    targetPort: 8080\n");
        self.shown_file = name;
        self.edited = true;
    }

    fn step_hop(&mut self) {
        self.playing = false;
        let now = self.shown_s;
        let next = self.flights.iter().filter_map(|f| f.next_stop_s(now)).fold(f64::INFINITY, f64::min);
        if next.is_finite() {
            self.shown_s = next;
        }
    }

    fn reset(&mut self) {
        self.playground.reset();
        self.flights.clear();
        self.flown = 0;
        self.inspected = None;
        self.next_start_s = self.shown_s;
        self.told = AttrValue::default();
    }

    fn switch_lang(&mut self) {
        self.settings.lang = if self.settings.lang == Lang::Ko { Lang::En } else { Lang::Ko };
        let name = self.lesson.name.clone();
        self.lesson = Rc::new(crate::lesson::lesson(&name, self.settings.lang == Lang::Ko));
        self.playground.set_lesson(self.lesson.clone());
        self.settings.show(if self.in_lesson { &name } else { "none" });
    }

    fn header(&self) -> Html {
        html! {
            <Header lang={self.settings.lang} embed={self.settings.embed} playing={self.playing} speed={self.speed}
                clock_tenths={self.playground.shown_us() / 100_000} in_lesson={self.in_lesson} lesson_title={self.lesson.title.clone()} act={self.act.clone()} />
        }
    }

    /// Lenses and sending, above the stage.
    fn stage_bar(&self) -> Html {
        let lang = self.settings.lang;
        let lens = |lens: Lens, msg: Msg, id: &'static str| {
            html! { <button class="pill" {id} aria-pressed={(self.lens == lens).to_string()} onclick={self.act.reform(move |_| Action::Look(lens))}>{ say(lang, msg) }</button> }
        };
        let senders = self.derived.senders.iter().cloned().map(|id| {
            let label = if id == "user" {
                say(lang, Msg::UserMachine).to_string()
            } else {
                id.trim_start_matches("default/").to_string()
            };
            (id, label)
        });
        html! {
            <div class="stage-bar">
                <div class="lens-pills" role="group">{ lens(Lens::Network, Msg::NetworkView, "lens-network") }{ lens(Lens::Logical, Msg::LogicalView, "lens-logical") }</div>
                <Sending {lang} rate={self.playground.rate()} from={self.playground.sender().to_string()} to={self.playground.target().to_string()}
                    senders={senders.collect::<Vec<_>>()} targets={self.derived.targets.clone()} act={self.act.clone()} />
            </div>
        }
    }

    fn notices(&self) -> Html {
        let t = |m| say(self.settings.lang, m);
        let button = |m, a: Action| html! { <button class="btn" onclick={self.act.reform(move |_| a.clone())}>{ t(m) }</button> };
        html! {
            <>
                if self.full { <div class="notice" role="alert">{ t(Msg::StorageFull) }</div> }
                if self.other_tab { <div class="notice" role="alert">{ t(Msg::OtherTab) }{ button(Msg::TakeTheirs, Action::TakeTheirs) }{ button(Msg::KeepMine, Action::KeepMine) }</div> }
            </>
        }
    }

    fn editor(&self) -> Html {
        html! {
            <Editor lang={self.settings.lang} files={self.derived.files.clone()} shown={self.shown_file.clone()}
                text={self.playground.file(&self.shown_file)} problems={self.derived.problems.clone()}
                deleted={self.deleted.is_some()} reveal={self.reveal} act={self.act.clone()} />
        }
    }

    fn stage(&self) -> Html {
        html! {
            <div class="stage-frame">
                { self.stage_bar() }
                <Stage lang={self.settings.lang} scene={self.derived.scene.clone()} places={self.derived.places.clone()} lens={self.lens}
                    proxies={self.derived.proxies.clone()} focus={self.focus.clone()} canvas={self.canvas.clone()} area={self.area.clone()}
                    told={self.told.clone()} in_flight={self.flights.len()} act={self.act.clone()} />
                { self.menu_view() }
            </div>
        }
    }

    fn bottom(&self) -> Html {
        let lang = self.settings.lang;
        let tab = |kind: Option<ListKind>, msg: Msg| {
            let id = format!("tab-{}", kind.map_or("terminal", ListKind::id));
            html! { <button class="tab" role="tab" {id} aria-selected={(self.bottom == kind).to_string()} onclick={self.act.reform(move |_| Action::Bottom(kind))}>{ say(lang, msg) }</button> }
        };
        let tabs = [
            (None, Msg::Terminal),
            (Some(ListKind::Requests), Msg::Requests),
            (Some(ListKind::Iptables), Msg::Iptables),
            (Some(ListKind::Endpoints), Msg::Endpoints),
            (Some(ListKind::Events), Msg::Events),
            (Some(ListKind::Affinity), Msg::Affinity),
            (Some(ListKind::Conntrack), Msg::Conntrack),
            (Some(ListKind::Dns), Msg::Dns),
        ];
        html! {
            <section class="bottom" aria-label={say(lang, Msg::Terminal)}>
                <div class="tabs" role="tablist">{ for tabs.into_iter().map(|(k, m)| tab(k, m)) }</div>
                <div class="panel" id="panel">
                    <div hidden={self.bottom.is_some()}>
                        <Terminal {lang} printed={self.playground.printed()} busy={self.playground.busy()} history={self.playground.history()} offered={self.offered.clone()} act={self.act.clone()} />
                    </div>
                    if let Some(kind) = self.bottom { { self.list(kind) } }
                </div>
            </section>
        }
    }

    fn list(&self, kind: ListKind) -> Html {
        let nodes: Vec<String> = self.derived.scene.nodes.iter().map(|n| n.name.clone()).collect();
        html! {
            <List lang={self.settings.lang} {kind} rows={self.derived.rows.clone()} chosen={self.inspected.as_ref().map(|r| r.id)}
                rules={self.derived.rules.clone()} {nodes} node={self.rules.0.clone()} table={self.rules.1.clone()} act={self.act.clone()} />
        }
    }

    fn pane_tabs(&self) -> Html {
        let lang = self.settings.lang;
        let tab = |pane: &str| {
            let msg = match pane {
                "files" => Msg::Files,
                "terminal" => Msg::Terminal,
                "side" => {
                    if self.in_lesson {
                        Msg::Lesson
                    } else {
                        Msg::Inspector
                    }
                }
                _ => Msg::Stage,
            };
            let to = pane.to_string();
            html! { <button role="tab" id={format!("pane-{pane}")} aria-selected={(self.pane == pane).to_string()} onclick={self.act.reform(move |_| Action::Pane(to.clone()))}>{ say(lang, msg) }</button> }
        };
        html! { <div class="pane-tabs" role="tablist">{ for self.settings.panes.iter().map(|p| tab(p)) }</div> }
    }

    /// The open menu: each entry writes the command that it stands for into the terminal.
    fn menu_view(&self) -> Html {
        let Some((menu, at)) = &self.menu else { return html! {} };
        let t = |m| say(self.settings.lang, m);
        let entries: Vec<(Msg, Action)> = match menu {
            Menu::Pod(key) => {
                let (ns, name) = key.split_once('/').unwrap_or(("default", key));
                let n = if ns == "default" { String::new() } else { format!(" -n {ns}") };
                let owner = self.derived.scene.pod(key).map(|p| p.owner.clone()).unwrap_or_default();
                let replicas = owner
                    .strip_prefix("ReplicaSet/")
                    .and_then(|rs| Some((rs.to_string(), self.playground.replicas(ns, rs)?)));
                let mut all = vec![
                    (Msg::Describe, Action::Line(format!("kubectl describe pod {name}{n}"))),
                    (Msg::Logs, Action::Line(format!("kubectl logs {name}{n}"))),
                    (Msg::Shell, Action::Offer(format!("kubectl exec {name}{n} -- curl -s "))),
                    (Msg::Delete, Action::Line(format!("kubectl delete pod {name}{n}"))),
                ];
                if let Some((rs, count)) = replicas {
                    all.push((Msg::More1, Action::Line(format!("kubectl scale rs {rs}{n} --replicas={}", count + 1))));
                    all.push((
                        Msg::Less1,
                        Action::Line(format!("kubectl scale rs {rs}{n} --replicas={}", (count - 1).max(0))),
                    ));
                }
                all
            }
            Menu::Node(name) => vec![
                (Msg::Describe, Action::Line(format!("kubectl describe node {name}"))),
                (Msg::Cordon, Action::Line(format!("kubectl cordon {name}"))),
                (Msg::Uncordon, Action::Line(format!("kubectl uncordon {name}"))),
                (Msg::Iptables, Action::Line(format!("ssh {name} iptables-save -t nat"))),
            ],
            Menu::Service(key) => {
                let (ns, name) = key.split_once('/').unwrap_or(("default", key));
                let n = if ns == "default" { String::new() } else { format!(" -n {ns}") };
                vec![
                    (Msg::Describe, Action::Line(format!("kubectl describe svc {name}{n}"))),
                    (
                        Msg::Endpoints,
                        Action::Line(format!("kubectl get endpointslices{n} -l kubernetes.io/service-name={name}")),
                    ),
                    (Msg::Delete, Action::Line(format!("kubectl delete svc {name}{n}"))),
                ]
            }
        };
        let place = {
            let (x, y) = (at.x, at.y);
            let scrolled = self
                .area
                .cast::<web_sys::Element>()
                .map_or((0.0, 0.0), |e| (e.scroll_left() as f64, e.scroll_top() as f64));
            (x - scrolled.0, y - scrolled.1)
        };
        let buttons = entries.into_iter().map(|(msg, action)| {
            let hint = match &action {
                Action::Line(l) | Action::Offer(l) => l.clone(),
                _ => String::new(),
            };
            html! { <button role="menuitem" onclick={self.act.reform(move |_| action.clone())}>{ t(msg) }<small><code>{ hint }</code></small></button> }
        });
        html! { <Placed x={place.0} y={place.1}><div class="menu" role="menu" id="menu">{ for buttons }</div></Placed> }
    }
}

/// Where a floating thing goes.
#[derive(Clone, PartialEq, Properties)]
struct PlacedProps {
    x: f64,
    y: f64,
    children: Children,
}

/// Puts its child at a place through the style object, since the page's policy refuses style attributes.
#[function_component]
fn Placed(p: &PlacedProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((p.x, p.y), move |(x, y)| {
            if let Some(element) = node.cast::<web_sys::HtmlElement>() {
                let style = element.style();
                let _ = style.set_property("left", &format!("{x}px"));
                let _ = style.set_property("top", &format!("{y}px"));
                if let Ok(Some(first)) = element.query_selector("button") {
                    let _ = first.unchecked_into::<web_sys::HtmlElement>().focus();
                }
            }
        });
    }
    html! { <div class="floating" ref={node}>{ for p.children.iter() }</div> }
}
