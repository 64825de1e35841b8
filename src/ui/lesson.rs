//! The guided lesson: title, steps with their state, the text of the step at hand, its commands.

use super::app::{Act, Action};
use super::text::{Lang, Msg, fill, say};
use crate::lesson::{Block, Lesson};
use std::rc::Rc;
use yew::prelude::*;

/// What the lesson pane shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    pub lesson: Rc<Lesson>,
    /// Index of the step at hand; as many as there are steps once all passed.
    pub at: usize,
    pub act: Act,
}

/// Text with `code` and **strong** parts.
pub fn inline(text: &str) -> Html {
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

fn block(p: &Props, block: &Block) -> Html {
    match block {
        Block::Text(text) => html! { <p>{ inline(text) }</p> },
        Block::Command(line) => {
            let (put, run) = (line.clone(), line.clone());
            html! {
                <div class="cmd">
                    <code>{ line.clone() }</code>
                    <button class="btn" title={say(p.lang, Msg::LessonTry)} aria-label={say(p.lang, Msg::LessonTry)} onclick={p.act.reform(move |_| Action::Offer(put.clone()))}>{ "⌨" }</button>
                    <button class="btn run" onclick={p.act.reform(move |_| Action::Line(run.clone()))}>{ say(p.lang, Msg::LessonRun) }</button>
                </div>
            }
        }
    }
}

/// The lesson pane.
#[function_component]
pub fn LessonPane(p: &Props) -> Html {
    let steps = p.lesson.steps.iter().enumerate().map(|(i, step)| {
        let (class, mark) = if i < p.at { ("done", "✓") } else if i == p.at { ("now", "▸") } else { ("", "○") };
        html! {
            <li class={class} aria-current={(i == p.at).then_some("step")}><span aria-hidden="true">{ mark }</span><span>{ inline(&step.title) }</span></li>
        }
    });
    let progress = fill(
        p.lang,
        Msg::LessonProgress,
        &[&p.lesson.steps.len().to_string(), &(p.at + 1).min(p.lesson.steps.len()).to_string()],
    );
    html! {
        <section class="lesson" id="lesson" aria-labelledby="lesson-title" tabindex="0">
            <h2 id="lesson-title">{ p.lesson.title.clone() }</h2>
            if let Some(step) = p.lesson.steps.get(p.at) {
                <p class="sr">{ progress }</p>
                <div id="step-body">{ for step.body.iter().map(|b| block(p, b)) }</div>
            } else {
                <p id="lesson-done">{ say(p.lang, Msg::LessonDone) }</p>
            }
            <ol class="steps">{ for steps }</ol>
        </section>
    }
}
