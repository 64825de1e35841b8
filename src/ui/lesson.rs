//! The guided lesson: the step at hand with its commands, what stands in its way, the steps before and after it.

use super::app::{Act, Action};
use super::text::{Lang, Msg, fill, say};
use crate::collections::BTreeSet;
use crate::lesson::{Block, Hurdle, Lesson, Step};
use std::rc::Rc;
use yew::prelude::*;

/// What the lesson pane shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    pub lesson: Rc<Lesson>,
    /// Index of the step at hand; as many as there are steps once all passed.
    pub at: usize,
    /// The steps that were passed.
    pub passed: Rc<BTreeSet<usize>>,
    /// What stands in the way of the step at hand.
    pub hurdle: Option<Hurdle>,
    /// Whether more than that does.
    pub more: bool,
    /// Lines that were typed or run, oldest first.
    pub typed: Rc<Vec<String>>,
    /// The last line that was run, and the last that it printed.
    pub said: (AttrValue, AttrValue),
    pub act: Act,
}

/// Text with `code`, **strong** and [deeds](fix).
fn inline(p: &Props, text: &str) -> Html {
    let linked = text.split_once('[').and_then(|(head, rest)| {
        let (label, rest) = rest.split_once("](")?;
        let (deed, tail) = rest.split_once(')')?;
        Some((head, label, deed, tail))
    });
    match linked {
        Some((head, label, deed, tail)) => {
            html! { <>{ styled(head) }{ button(p, label, deed) }{ inline(p, tail) }</> }
        }
        None => styled(text),
    }
}

/// Text with `code` and **strong**.
pub fn styled(text: &str) -> Html {
    let parts = text.split('`').enumerate().map(|(i, part)| {
        if i % 2 == 1 {
            return html! { <code>{ part.to_string() }</code> };
        }
        let strong = part.split("**").enumerate().map(|(j, s)| match j % 2 {
            1 => html! { <strong>{ s.to_string() }</strong> },
            _ => html! { { s.to_string() } },
        });
        html! { { for strong } }
    });
    html! { { for parts } }
}

/// What a lesson's text links to is done by a press.
fn button(p: &Props, label: &str, deed: &str) -> Html {
    let action = match deed {
        "fix" => Action::Mend(None),
        "free" => Action::Lesson(false),
        "reset" => Action::Reset,
        _ => return styled(label),
    };
    let id = format!("lesson-{deed}");
    html! { <button class="btn deed" {id} onclick={p.act.reform(move |_| action.clone())}>{ label.to_string() }</button> }
}

fn block(p: &Props, block: &Block) -> Html {
    match block {
        Block::Text(text) => html! { <p>{ inline(p, text) }</p> },
        Block::Command(line) => command(p, line),
        Block::Fix(inner) => html! {
            <details class="fix"><summary>{ say(p.lang, Msg::ShowFix) }</summary>{ for inner.iter().map(|b| self::block(p, b)) }</details>
        },
    }
}

fn command(p: &Props, line: &str) -> Html {
    let (put, run) = (line.to_string(), line.to_string());
    let hint = say(p.lang, Msg::LessonTry);
    html! {
        <div class="cmd">
            <code>{ line.to_string() }</code>
            <button class="btn run" onclick={p.act.reform(move |_| Action::Line(run.clone()))}>{ say(p.lang, Msg::LessonRun) }</button>
            <button class="btn" title={hint} aria-label={hint} onclick={p.act.reform(move |_| Action::Offer(put.clone()))}>{ "⌨" }</button>
            if p.said.0 == *line && !p.said.1.is_empty() { <output class="said">{ p.said.1.clone() }</output> }
        </div>
    }
}

/// What stands in the way, and a press that clears it.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
fn hurdle(p: &Props, hurdle: &Hurdle) -> Html {
    let (label, line) = hurdle.way.clone();
    html! {
        <div class="hurdle" id="hurdle">
            <p>{ styled(&hurdle.text) }</p>
            <button class="btn" title={line.clone()} onclick={p.act.reform(move |_| Action::Line(line.clone()))}>{ label }</button>
            if p.more { <button class="btn" id="set-up" onclick={p.act.reform(|_| Action::SetUp)}>{ say(p.lang, Msg::SetUp) }</button> }
        </div>
    }
}

/// Whether commands of a passed step are still to come, after the last one that was run: they show what came of it.
/// Whoever went another way is not held up.
fn unfinished(p: &Props, step: usize) -> bool {
    let Some(body) = p.lesson.steps.get(step).map(|s| &s.body) else { return false };
    let commands: Vec<&String> =
        body.iter().filter_map(|b| if let Block::Command(l) = b { Some(l) } else { None }).collect();
    let last = commands.iter().rposition(|line| p.typed.contains(line));
    last.is_some_and(|last| last + 1 < commands.len())
}

/// The lesson pane.
#[function_component]
pub fn LessonPane(p: &Props) -> Html {
    let node = use_node_ref();
    let chosen = use_state_eq(|| None::<usize>);
    {
        let chosen = chosen.clone();
        use_effect_with(p.at, move |at| {
            if *chosen != Some(*at) {
                chosen.set(None);
            }
        });
    }
    let before = p.at.checked_sub(1).filter(|i| p.passed.contains(i) && unfinished(p, *i));
    let shown = chosen.or(before).unwrap_or(p.at);
    {
        // A step begins at its top.
        let node = node.clone();
        use_effect_with(shown, move |_| {
            if let Some(pane) = node.cast::<web_sys::Element>() {
                pane.set_scroll_top(0);
            }
        });
    }
    let count = p.lesson.steps.len();
    html! {
        <section class="lesson" id="lesson" aria-labelledby="lesson-title" tabindex="0" ref={node}>
            <h2 id="lesson-title">{ p.lesson.title.clone() }</h2>
            if let Some(step) = p.lesson.steps.get(shown) {
                <p class="progress">{ fill(p.lang, Msg::LessonProgress, &[&count.to_string(), &(shown + 1).to_string()]) }</p>
                <h3 id="step-title">{ styled(&step.title) }</h3>
                <div id="step-body" key={shown}>{ for step.body.iter().map(|b| block(p, b)) }</div>
                { onward(p, shown, &chosen) }
            } else {
                <div id="lesson-done">
                    if p.lesson.end.is_empty() { <p>{ say(p.lang, Msg::LessonDone) }</p> }
                    { for p.lesson.end.iter().map(|b| block(p, b)) }
                </div>
            }
            { steps(p, shown, &chosen) }
        </section>
    }
}

/// Below a step: what stands in its way, or that it was passed; and the way on.
fn onward(p: &Props, shown: usize, chosen: &UseStateHandle<Option<usize>>) -> Html {
    let passed = p.passed.contains(&shown);
    let next = p.lesson.after(shown, &p.passed);
    let title = p.lesson.steps.get(next).map(|s| s.title.clone()).unwrap_or_default();
    let (chosen, act, at) = (chosen.clone(), p.act.clone(), p.at);
    let on = Callback::from(move |_: MouseEvent| go(&chosen, &act, at, next, false));
    html! {
        <div class={classes!("onward", passed.then_some("passed-on"))}>
            <div role="status">
                if passed { <p class="passed">{ "✓ " }{ say(p.lang, Msg::StepPassed) }</p> }
                if let (false, Some(h)) = (passed, &p.hurdle) { { hurdle(p, h) } }
            </div>
            if passed {
                <button class="btn primary" id="next-step" onclick={on}>{ fill(p.lang, Msg::NextStep, &[&title.replace('`', "")]) }</button>
            } else {
                <button class="link" id="skip-step" onclick={on}>{ say(p.lang, Msg::SkipStep) }</button>
            }
        </div>
    }
}

/// To a step: a passed one is read again, another one is at hand from then on.
fn go(chosen: &UseStateHandle<Option<usize>>, act: &Act, at: usize, step: usize, passed: bool) {
    chosen.set(Some(step));
    if step != at && !passed {
        act.emit(Action::Step(step));
    }
}

/// The steps: those passed in a row that unfolds, then the others; each can be gone to.
fn steps(p: &Props, shown: usize, chosen: &UseStateHandle<Option<usize>>) -> Html {
    let entry = |(i, step): (usize, &Step)| {
        let passed = p.passed.contains(&i);
        let (class, mark) = if passed {
            ("done", "✓")
        } else if i == shown {
            ("now", "▸")
        } else {
            ("", "○")
        };
        let (chosen, act, at) = (chosen.clone(), p.act.clone(), p.at);
        let onclick = Callback::from(move |_: MouseEvent| go(&chosen, &act, at, i, passed));
        html! {
            <li {class} aria-current={(i == shown).then_some("step")}><span aria-hidden="true">{ mark }</span><button {onclick}>{ styled(&step.title) }</button></li>
        }
    };
    let (done, open): (Vec<_>, Vec<_>) = p.lesson.steps.iter().enumerate().partition(|(i, _)| p.passed.contains(i));
    html! {
        <>
            if !done.is_empty() {
                <details class="passed-steps">
                    <summary>{ fill(p.lang, Msg::StepsPassed, &[&done.len().to_string()]) }</summary>
                    <ol class="steps">{ for done.into_iter().map(entry) }</ol>
                </details>
            }
            <ol class="steps">{ for open.into_iter().map(entry) }</ol>
        </>
    }
}
