//! The slider of time: where in the session the page is, what happened when, and the ways back.

use super::app::{Act, Action};
use super::text::{Lang, Msg, fill, say};
use crate::lesson::Lesson;
use crate::playground::{Mark, MarkKind};
use std::rc::Rc;
use yew::prelude::*;

/// What the slider shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    /// The moment shown, in microseconds since the session began.
    pub now_us: u64,
    /// The newest one, in tenths of a second.
    pub end_tenths: u64,
    /// Whether the moment shown is an earlier one.
    pub past: bool,
    /// Whether there is another course to change to.
    pub other: bool,
    pub marks: Rc<Vec<Mark>>,
    /// Whose steps the marks name.
    pub lesson: Rc<Lesson>,
    /// Whether the list of marks is open.
    pub open: bool,
    pub act: Act,
}

const TENTH_US: u64 = 100_000;

fn seconds(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A mark in words.
fn told(lang: Lang, lesson: &Lesson, mark: &Mark) -> String {
    let msg = match mark.kind {
        MarkKind::Typed | MarkKind::Applied => Msg::MarkTyped,
        MarkKind::Sent => Msg::MarkSent,
        MarkKind::Ready => Msg::MarkReady,
        MarkKind::NotReady => Msg::MarkNotReady,
        MarkKind::Gone => Msg::MarkGone,
        MarkKind::Failed => Msg::MarkFailed,
        MarkKind::Step => Msg::MarkStep,
    };
    let step = || lesson.steps.get(mark.what.parse::<usize>().ok()?).map(|s| s.title.replace(['`', '*'], ""));
    let what = if mark.kind == MarkKind::Step { step().unwrap_or_default() } else { mark.what.clone() };
    let text = fill(lang, msg, &[&what]);
    if mark.more > 0 { fill(lang, Msg::MarkMore, &[&text, &mark.more.to_string()]) } else { text }
}

fn class(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Typed | MarkKind::Applied => "did",
        MarkKind::Sent => "sent",
        MarkKind::Ready | MarkKind::Step => "good",
        MarkKind::NotReady | MarkKind::Gone => "went",
        MarkKind::Failed => "bad",
    }
}

/// The row of the slider.
#[function_component]
pub fn Timeline(p: &Props) -> Html {
    let t = |m| say(p.lang, m);
    let go = |a: Action| p.act.reform(move |_: MouseEvent| a.clone());
    // What the moment is, for those who don't see the slider: the time, and what happened last before it.
    let last = p.marks.iter().rev().find(|m| m.at_us <= p.now_us);
    let now = seconds(p.now_us / TENTH_US);
    let mut text = fill(p.lang, Msg::AtOf, &[&now, &seconds(p.end_tenths)]);
    let last = last.map(|mark| told(p.lang, &p.lesson, mark)).unwrap_or_default();
    if p.past && !last.is_empty() {
        text = format!("{text}. {last}");
    }
    let oninput = p.act.reform(|e: InputEvent| {
        let input = e.target_unchecked_into::<web_sys::HtmlInputElement>();
        // The slider counts tenths: its end is the newest moment, not the full tenth before it.
        let at_end = input.value() == input.max();
        if at_end { Action::Present } else { Action::Seek(input.value_as_number().max(0.0) as u64 * TENTH_US) }
    });
    let onkeydown = {
        let act = p.act.clone();
        Callback::from(move |e: KeyboardEvent| {
            let action = match e.key().as_str() {
                "ArrowLeft" | "ArrowDown" => Action::SeekBy(-1),
                "ArrowRight" | "ArrowUp" => Action::SeekBy(1),
                "PageDown" => Action::SeekBy(-10),
                "PageUp" => Action::SeekBy(10),
                "Home" => Action::Seek(0),
                "End" => Action::Present,
                _ => return,
            };
            e.prevent_default();
            act.emit(action);
        })
    };
    html! {
        <div class={classes!("timeline", p.past.then_some("past"))} role="group" aria-label={t(Msg::Timeline)}>
            <span class="clock" id="clock">{ fill(p.lang, Msg::T, &[&now]) }</span>
            <div class="scrub">
                <input type="range" id="scrub" min="0" max={p.end_tenths.max(1).to_string()} step="1" value={(p.now_us / TENTH_US).to_string()}
                    aria-label={t(Msg::Timeline)} aria-valuetext={text} title={t(Msg::TimelineHint)} {oninput} {onkeydown} />
                <Ticks lang={p.lang} end_s={p.end_tenths / 10 + 1} marks={p.marks.clone()} lesson={p.lesson.clone()} act={p.act.clone()} />
            </div>
            <Moments lang={p.lang} marks={p.marks.clone()} lesson={p.lesson.clone()} open={p.open} act={p.act.clone()} />
            // Words and buttons that come and go have their room all the time: the slider never moves under the pointer.
            <span class="when" title={if p.past { t(Msg::Earlier).to_string() } else { last.clone() }}>
                if p.past { <span class="earlier" role="status">{ t(Msg::Earlier) }</span> } else { <span aria-hidden="true">{ last }</span> }
            </span>
            <span class="ways">
                if p.past { <button class="btn primary" id="present" onclick={go(Action::Present)}>{ t(Msg::BackToNow) }</button> }
                if p.other && !p.past { <button class="btn" id="other-course" title={t(Msg::OtherCourseHint)} onclick={go(Action::OtherCourse)}>{ "⇄ " }{ t(Msg::OtherCourse) }</button> }
            </span>
        </div>
    }
}

/// What the marks under the slider show; they move once a second only.
#[derive(Clone, PartialEq, Properties)]
struct TicksProps {
    lang: Lang,
    end_s: u64,
    marks: Rc<Vec<Mark>>,
    lesson: Rc<Lesson>,
    act: Act,
}

#[function_component]
fn Ticks(p: &TicksProps) -> Html {
    let tick = |m: &Mark| {
        let hundredths = m.at_us / (p.end_s * 100);
        let x = format!("{}.{:02}%", hundredths / 100, hundredths % 100);
        let at = m.at_us;
        html! {
            <rect {x} y="0" width="3" height="8" class={class(m.kind)} onclick={p.act.reform(move |_| Action::Seek(at))}>
                <title>{ told(p.lang, &p.lesson, m) }</title>
            </rect>
        }
    };
    // The list beside it says the same to those who don't see them.
    html! { <svg class="ticks" aria-hidden="true">{ for p.marks.iter().map(tick) }</svg> }
}

/// What the list of marks shows.
#[derive(Clone, PartialEq, Properties)]
struct MomentsProps {
    lang: Lang,
    marks: Rc<Vec<Mark>>,
    lesson: Rc<Lesson>,
    open: bool,
    act: Act,
}

#[function_component]
fn Moments(p: &MomentsProps) -> Html {
    let (t, open) = (say(p.lang, Msg::Moments), p.open);
    html! {
        <div class="moments">
            <button class="btn" id="moments" aria-expanded={open.to_string()} aria-label={t} title={t} onclick={p.act.reform(move |_| Action::Moments(!open))}>{ say(p.lang, Msg::Log) }</button>
            if open { { moments_list(p) } }
        </div>
    }
}

/// All marks, the newest first. Escape anywhere and a press beside it close it, as they do an open menu.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
fn moments_list(p: &MomentsProps) -> Html {
    let row = |m: &Mark| {
        let at = m.at_us;
        html! {
            <li><button class={class(m.kind)} onclick={p.act.reform(move |_| Action::Seek(at))}>
                <span class="at">{ seconds(at / TENTH_US) }</span>{ told(p.lang, &p.lesson, m) }
            </button></li>
        }
    };
    html! {
        <ol id="moments-list" aria-label={say(p.lang, Msg::Moments)}>
            { for p.marks.iter().rev().map(row) }
            if p.marks.is_empty() { <li>{ say(p.lang, Msg::Empty) }</li> }
        </ol>
    }
}
