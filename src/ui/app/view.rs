//! What the app shows: its parts with their properties.

use super::super::editor::Editor;
use super::super::header::Header;
use super::super::inspector::Inspector;
use super::super::layout::Lens;
use super::super::lesson::LessonPane;
use super::super::lists::List;
use super::super::sending::Sending;
use super::super::stage::{Stage, tools};
use super::super::tabindex;
use super::super::task::task;
use super::super::terminal::Terminal;
use super::super::text::{Msg, SendMsg, fill, say};
use super::super::timeline::Timeline;
use super::sending::sender_name;
use super::{Action, App, FileAct, ListAct};
use crate::playground::view::NodeView;
use crate::playground::{ALL_CLIENTS, ListKind, USER};
use yew::prelude::*;

impl App {
    pub(super) fn header(&self) -> Html {
        // While time passes the row changes ten times a second, no more.
        let now_us = self.playground.shown_us();
        let now_us = if self.playground.is_past() { now_us } else { now_us / 100_000 * 100_000 };
        let timeline = html! {
            <Timeline lang={self.settings.lang} {now_us} end_tenths={self.playground.end_us() / 100_000}
                past={self.playground.is_past()} other={self.playground.has_other_course()} marks={self.playground.marks()} lesson={self.lesson.clone()} open={self.moments} act={self.act.clone()} />
        };
        html! {
            <Header lang={self.settings.lang} embed={self.settings.embed} playing={self.playing} speed={self.speed}
                in_lesson={self.in_lesson} lesson_title={self.lesson.title.clone()} {timeline} act={self.act.clone()} />
        }
    }

    /// The choice of the lens and the way back from one Service to all, over a corner of the stage.
    fn lenses(&self) -> Html {
        let lens = |lens: Lens, msg: Msg, id: &'static str| {
            html! { <button class="btn" {id} aria-pressed={(self.lens == lens).to_string()} onclick={self.act.reform(move |_| Action::Look(lens))}>{ say(self.settings.lang, msg) }</button> }
        };
        let focus = self.focus.split_once('/').map(|(_, name)| name).filter(|_| self.alone);
        html! {
            <div class="looks">
                <div class="lenses joined" role="group">{ lens(Lens::Network, Msg::NetworkView, "lens-network") }{ lens(Lens::Logical, Msg::LogicalView, "lens-logical") }</div>
                if let Some(name) = focus {
                    <button class="btn" id="unfocus" title={say(self.settings.lang, Msg::UnfocusHint)} onclick={self.act.reform(|_| Action::Unfocus)}>{ fill(self.settings.lang, Msg::Unfocus, &[name]) }</button>
                }
            </div>
        }
    }

    /// What is sent, above the stage.
    pub(super) fn stage_bar(&self) -> Html {
        let lang = self.settings.lang;
        // Pods by the letters that they have on the stage.
        let label = |id: &String| match self.derived.scene.pod(id) {
            Some(pod) => format!("{} · {}", pod.letter, sender_name(lang, id)),
            None => sender_name(lang, id),
        };
        let senders = self.derived.senders.iter().map(|id| (id.clone(), label(id)));
        let open = self.drawer.open;
        let aim = &self.playground.load().aim;
        let scene = &self.derived.scene;
        let no_door = aim.to.is_empty() && aim.from == USER && !scene.services.is_empty();
        let from = |n: &NodeView| n.name == aim.from || n.pods.iter().any(|p| p.key == aim.from);
        let down = scene.nodes.iter().any(|n| !n.up && from(n));
        let hint = match () {
            () if down => say(lang, Msg::WhyNodeDown),
            () if no_door => say(lang, SendMsg::NoDoor),
            () => "",
        };
        html! {
            <div class={classes!("stage-bar", open.map(|_| "open"))}>
                <Sending {lang} {down} rate={self.playground.rate()} load={self.playground.load().clone()} {open}
                    senders={senders.collect::<Vec<_>>()} targets={self.derived.targets.clone()} act={self.act.clone()} />
                if open.is_some() { { self.drawer_view() } }
                if !hint.is_empty() { <p class="hint" id="send-hint">{ hint }</p> }
            </div>
        }
    }

    #[inline(never)]
    pub(super) fn notices(&self) -> Html {
        let t = |m| say(self.settings.lang, m);
        let button = |m, a: Action| html! { <button class="btn" onclick={self.act.reform(move |_| a.clone())}>{ t(m) }</button> };
        html! {
            <>
                if self.full { <div class="notice" role="alert">{ t(Msg::StorageFull) }{ button(Msg::DownloadAll, Action::Files(FileAct::DownloadAll)) }</div> }
                if let Some((name, copy)) = &self.other_tab { <div class="notice" role="alert">{ fill(self.settings.lang, Msg::OtherTab, &[name, copy]) }{ button(Msg::Close, Action::OtherTabSeen) }</div> }
            </>
        }
    }

    pub(super) fn editor(&self) -> Html {
        html! {
            <Editor lang={self.settings.lang} keep={self.settings.keep} files={self.derived.files.clone()} shown={self.shown_file.clone()}
                text={self.playground.file(&self.shown_file)} problems={self.derived.problems.clone()} differences={self.derived.differences.clone()}
                undo={self.undo_file()} undoable={self.undoable()} outrun={self.derived.outrun} lesson_files={self.lesson_files()} known={self.known.clone()} reveal={self.reveal} act={self.act.clone()} />
        }
    }

    pub(super) fn stage(&self) -> Html {
        html! {
            <div class="stage-frame">
                if self.in_lesson { { task(self.settings.lang, &self.lesson, self.playground.lesson_step(), self.settings.panes.iter().any(|p| p == "side"), &self.act) } }
                { self.stage_bar() }
                { self.lenses() }
                <Stage lang={self.settings.lang} scene={self.derived.scene.clone()} places={self.derived.places.clone()} way={self.derived.way.clone()} deaths={self.derived.deaths.clone()} broken={self.derived.broken.clone()} alone={self.alone} hover={self.hover.clone()} zoom={self.zoom}
                    served={self.derived.served.clone()} pins={self.derived.pins.clone()} lines={self.derived.lines.clone()} from={self.playground.load().aim.from.clone()} proxies={self.derived.proxies.clone()} marks={self.derived.marks} focus={self.focus.clone()} canvas={self.canvas.clone()} area={self.area.clone()}
                    told={self.told.clone()} sum={self.sum.said.clone()} many={self.many} act={self.act.clone()} />
                { tools(self.settings.lang, self.more_below(), self.zoom != 1.0, &self.act) }
                if self.menu.is_some() { { self.menu_view() } }
            </div>
        }
    }

    /// The lesson and the request that is looked at.
    pub(super) fn side(&self) -> Html {
        let lang = self.settings.lang;
        let newest = self.inspected.as_ref().is_none_or(|r| r.id >= self.playground.requests_sent());
        let idle = self.inspected.is_none().then_some("idle");
        html! {
            <div class={classes!("side", idle)}>
                if self.in_lesson { <LessonPane {lang} lesson={self.lesson.clone()} at={self.playground.lesson_step()} passed={self.playground.lesson_passed()}
                    hurdle={self.derived.hurdle.clone()} more={self.derived.hurdles} typed={self.playground.history()} said={self.derived.said.clone()} act={self.act.clone()} /> } else { <div /> }
                <Inspector {lang} {newest} request={self.inspected.clone()} at={self.hop_seen()} flies={self.flies()} still={!self.playing}
                    asked={!self.derived.scene.services.is_empty()} act={self.act.clone()} />
            </div>
        }
    }

    pub(super) fn bottom(&self) -> Html {
        let lang = self.settings.lang;
        let tab = |kind: Option<ListKind>, msg: Msg| {
            let id = format!("tab-{}", kind.map_or("terminal", ListKind::id));
            html! { <button class="tab" role="tab" {id} aria-controls="panel" tabindex={tabindex(self.bottom == kind)} aria-selected={(self.bottom == kind).to_string()} onclick={self.act.reform(move |_| Action::List(ListAct::Show(kind)))}>{ say(lang, msg) }</button> }
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
                <div class="panel" id="panel" role="tabpanel" aria-labelledby={format!("tab-{}", self.bottom.map_or("terminal", ListKind::id))}>
                    <div class="shell" hidden={self.bottom.is_some()}>
                        <Terminal {lang} printed={self.playground.printed()} busy={self.playground.busy()} prompt={self.playground.prompt().map(AttrValue::from)} queued={self.playground.queued().map(String::from).collect::<Vec<_>>()} history={self.playground.history()} offered={self.offered.clone()} act={self.act.clone()} />
                    </div>
                    if let Some(kind) = self.bottom { { self.list(kind) } }
                </div>
            </section>
        }
    }

    #[inline(never)]
    pub(super) fn list(&self, kind: ListKind) -> Html {
        let nodes: Vec<String> = self.derived.scene.nodes.iter().map(|n| n.name.clone()).collect();
        let one = self.derived.senders.iter().filter(|id| *id != ALL_CLIENTS);
        let senders: Vec<_> = one.map(|id| (id.clone(), sender_name(self.settings.lang, id))).collect();
        html! {
            <List key={kind.id()} lang={self.settings.lang} {kind} rows={self.derived.rows.clone()} sort={self.query.sort} search={self.query.search.clone()} sought={self.sought.clone()} newer={self.newer()} copied={self.copied.clone()}
                chosen={self.inspected.as_ref().map(|r| r.id)} rules={self.derived.rules.clone()} {nodes} node={self.rules.0.clone()} table={self.rules.1.clone()}
                asked={self.asked.clone()} {senders} targets={self.derived.targets.clone()} act={self.act.clone()} />
        }
    }

    pub(super) fn pane_tabs(&self) -> Html {
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
            html! { <button role="tab" id={format!("pane-{pane}")} tabindex={tabindex(self.pane == pane)} aria-selected={(self.pane == pane).to_string()} onclick={self.act.reform(move |_| Action::Pane(to.clone()))}>{ say(lang, msg) }</button> }
        };
        html! { <div class="pane-tabs" role="tablist">{ for self.settings.panes.iter().map(|p| tab(p)) }</div> }
    }
}
