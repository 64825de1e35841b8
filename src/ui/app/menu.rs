//! The menus of Pods, nodes and Services: each entry writes the command that it stands for into the terminal and runs it.

use super::super::editor::{told, what_and_why};
use super::super::glue::is_small;
use super::super::text::{Lang, Msg, fill, say};
use super::notes::How;
use super::{Action, App};
use crate::playground::view::Trouble;
use crate::playground::{Deed, DeedKind, Reason};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// What an entry is called.
fn label(lang: Lang, deed: &Deed) -> String {
    let t = |m| say(lang, m).to_string();
    match &deed.kind {
        DeedKind::Describe => t(Msg::Describe),
        DeedKind::Logs => t(Msg::Logs),
        DeedKind::Shell => t(Msg::Shell),
        DeedKind::Request => t(Msg::RequestFrom),
        DeedKind::FailReadiness => t(Msg::FailReadiness),
        DeedKind::PassReadiness => t(Msg::PassReadiness),
        DeedKind::Unlabel(label) => fill(lang, Msg::Unlabel, &[label]),
        DeedKind::Relabel => t(Msg::Relabel),
        DeedKind::Delete => t(Msg::Delete),
        DeedKind::More => t(Msg::More1),
        DeedKind::Less => t(Msg::Less1),
        DeedKind::Cordon => t(Msg::Cordon),
        DeedKind::Uncordon => t(Msg::Uncordon),
        DeedKind::Drain => t(Msg::Drain),
        DeedKind::TakeDown => t(Msg::TakeDown),
        DeedKind::BringBack => t(Msg::BringBack),
        DeedKind::Ssh => t(Msg::Ssh),
        DeedKind::Iptables => t(Msg::Iptables),
        DeedKind::Endpoints => t(Msg::Endpoints),
        DeedKind::Type(kind) => fill(lang, Msg::SetType, &[kind]),
        DeedKind::Policy(policy) => fill(lang, Msg::SetPolicy, &[policy]),
        DeedKind::Affinity(affinity) => fill(lang, Msg::SetAffinity, &[affinity]),
        DeedKind::Edit(..) => t(Msg::EditFile),
    }
}

/// Why an entry can't be chosen.
fn why(lang: Lang, reason: &Reason) -> String {
    let msg = match reason {
        Reason::NoProbe => Msg::WhyNoProbe,
        Reason::ProbeAsks(kind) => return fill(lang, Msg::WhyProbeAsks, &[kind]),
        Reason::NotRunning => Msg::WhyNotRunning,
        Reason::NodeDown => Msg::WhyNodeDown,
        Reason::ControlPlane => Msg::WhyControlPlane,
        Reason::Starting => Msg::WhyStarting,
        Reason::NoneLeft => Msg::WhyNoneLeft,
        Reason::NoNodePort => Msg::WhyNoNodePort,
        Reason::Headless => Msg::WhyHeadless,
        Reason::NoFile => Msg::WhyNoFile,
    };
    say(lang, msg).into()
}

impl App {
    /// The open menu.
    #[inline(never)]
    pub(super) fn menu_view(&self) -> Html {
        let Some((thing, at)) = &self.menu else { return html! {} };
        let lang = self.settings.lang;
        let entries = self.playground.deeds(thing).into_iter().map(|deed| {
            let reason = deed.reason.as_ref().map(|r| why(lang, r));
            let below = match &reason {
                Some(why) => html! { <small>{ why.clone() }</small> },
                None if deed.line.is_empty() => html! {},
                None => html! { <small><code>{ deed.line.clone() }</code></small> },
            };
            let (text, off) = (label(lang, &deed), reason.is_some());
            let act = self.act.reform(move |_: MouseEvent| Action::Perform(deed.clone()));
            let onclick = (!off).then_some(act);
            html! { <button role="menuitem" tabindex="-1" aria-disabled={off.then_some("true")} {onclick}>{ text }{ below }</button> }
        });
        let wrong = self.playground.wrong_with(thing).map(|trouble| self.wrong(&trouble));
        let (x, y) = self.area.cast::<HtmlElement>().map_or((at.x, at.y), |area| {
            let (left, top) = (area.offset_left() - area.scroll_left(), area.offset_top() - area.scroll_top());
            (at.x * self.zoom + f64::from(left), at.y * self.zoom + f64::from(top))
        });
        let name = thing.name().to_string();
        html! { <Floating {x} {y} label={name} onclose={self.act.reform(|()| Action::CloseMenu)}>{ for wrong }{ for entries }</Floating> }
    }

    /// What is wrong with the thing, as an entry that mends it if a file can.
    fn wrong(&self, trouble: &Trouble) -> Html {
        let lang = self.settings.lang;
        let (what, why) = what_and_why(lang, trouble);
        let problem = |(file, i): (String, usize)| self.playground.problems(&file).into_iter().nth(i);
        let found = self.playground.first_trouble(Some(trouble)).and_then(problem);
        let fix = found.and_then(|problem| told(lang, &problem).1.into_iter().next());
        let mend = trouble.clone();
        let onclick = fix.as_ref().map(|_| self.act.reform(move |_: MouseEvent| Action::Mend(Some(mend.clone()))));
        let off = fix.is_none().then_some("true");
        html! {
            <button role="menuitem" class="wrong" tabindex="-1" aria-disabled={off} {onclick}>
                { format!("⚠ {what}") }
                <small>{ why }</small>
                { for fix.map(|fix| html! { <span class="mend">{ fix }</span> }) }
            </button>
        }
    }

    /// Does what an entry of the menu of `name` says.
    pub(super) fn perform(&mut self, deed: &Deed, name: &str) {
        let done = label(self.settings.lang, deed);
        if let DeedKind::Edit(file, byte) = &deed.kind {
            self.shown_file.clone_from(file);
            self.reveal = (self.reveal.0 + 1, *byte);
            if is_small() {
                self.pane = "files".into();
            }
            return;
        }
        if deed.offered {
            self.handle(Action::Offer(deed.line.clone()));
            return;
        }
        self.bottom = None;
        let undo = self.playground.perform(deed);
        if let Some((file, ..)) = undo.as_ref().and_then(|u| u.files.first()) {
            self.shown_file.clone_from(file);
            self.edited = true;
        }
        if let Some(undo) = undo {
            // A field's new value says enough; other deeds say to whom.
            let field = matches!(deed.kind, DeedKind::Type(_) | DeedKind::Policy(_) | DeedKind::Affinity(_));
            let done = if field { format!("✓ {done}") } else { format!("✓ {done}: {name}") };
            self.did(done, How::Undo(undo));
        }
        if matches!(deed.kind, DeedKind::Shell | DeedKind::Ssh) {
            self.handle(Action::Offer(String::new()));
        }
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FloatingProps {
    x: f64,
    y: f64,
    label: String,
    onclose: Callback<()>,
    children: Children,
}

/// A menu at a place, as far as it fits there. Arrow keys go through it; when it closes, the focus is where it was.
#[function_component]
fn Floating(p: &FloatingProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((p.x, p.y, p.label.clone()), move |(x, y, _)| {
            let before = web_sys::window().and_then(|w| w.document()).and_then(|d| d.active_element());
            if let Some(menu) = node.cast::<HtmlElement>() {
                put(&menu, *x, *y);
                step(&menu, |_, _| 0);
            }
            move || {
                // What opened it is a part of the drawing, which can be focused as any element, unless it is gone.
                let stage = || web_sys::window()?.document()?.get_element_by_id("stage");
                if let Some(before) = before.filter(|b| b.is_connected()).or_else(stage) {
                    let _ = before.unchecked_into::<HtmlElement>().focus();
                }
            }
        });
    }
    let onkeydown = {
        let (node, close) = (node.clone(), p.onclose.clone());
        Callback::from(move |e: KeyboardEvent| {
            let Some(menu) = node.cast::<HtmlElement>() else { return };
            match e.key().as_str() {
                "ArrowDown" => step(&menu, |at, n| (at + 1) % n),
                "ArrowUp" => step(&menu, |at, n| (at + n - 1) % n),
                "Home" => step(&menu, |_, _| 0),
                "End" => step(&menu, |_, n| n - 1),
                "Tab" => close.emit(()),
                _ => return,
            }
            e.prevent_default();
        })
    };
    html! { <div class="menu floating" role="menu" id="menu" aria-label={p.label.clone()} ref={node} {onkeydown}>{ for p.children.iter() }</div> }
}

/// Through the style object, since the page's policy refuses style attributes.
fn put(menu: &HtmlElement, x: f64, y: f64) {
    let room = menu.offset_parent().map_or((0, 0), |p| (p.client_width(), p.client_height()));
    let (width, height) = (f64::from(menu.offset_width()), f64::from(menu.offset_height()));
    let within = |at: f64, size: f64, room: i32| at.min(f64::from(room) - size - 6.0).max(6.0);
    let style = menu.style();
    let _ = style.set_property("left", &format!("{}px", within(x, width, room.0)));
    let _ = style.set_property("top", &format!("{}px", within(y, height, room.1)));
}

/// Focuses another entry: from the one that has the focus (or the first), among so many.
fn step(menu: &HtmlElement, to: impl Fn(u32, u32) -> u32) {
    let Ok(all) = menu.query_selector_all("[role=menuitem]") else { return };
    if all.length() == 0 {
        return;
    }
    let now = web_sys::window().and_then(|w| w.document()).and_then(|d| d.active_element());
    let is_now = |i: &u32| all.get(*i).zip(now.as_ref()).is_some_and(|(n, f)| n.is_same_node(Some(f)));
    let at = (0..all.length()).find(is_now).unwrap_or(0);
    if let Some(entry) = all.get(to(at, all.length())).and_then(|n| n.dyn_into::<HtmlElement>().ok()) {
        let _ = entry.focus();
    }
}
