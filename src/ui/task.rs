//! Where only one pane is shown at a time: the step at hand above the stage, and the way to its text.

use super::app::{Act, Action};
use super::lesson::styled;
use super::text::{Lang, Msg, fill, say};
use crate::lesson::Lesson;
use yew::prelude::*;

/// The line above the stage; `opens` says whether the page has a pane with the lesson.
pub fn task(lang: Lang, lesson: &Lesson, at: usize, opens: bool, act: &Act) -> Html {
    let count = lesson.steps.len();
    let Some(step) = lesson.steps.get(at) else {
        return html! { <div class="task"><b>{ &lesson.title }</b><span>{ say(lang, Msg::LessonDone) }</span></div> };
    };
    let progress = fill(lang, Msg::LessonProgress, &[&count.to_string(), &(at + 1).to_string()]);
    let text = html! { <><small>{ progress }</small><b>{ styled(&step.title) }</b></> };
    if opens {
        html! { <button class="task" id="task" onclick={act.reform(|_| Action::Pane("side".into()))}>{ text }<span aria-hidden="true">{ "›" }</span></button> }
    } else {
        html! { <div class="task">{ text }</div> }
    }
}
