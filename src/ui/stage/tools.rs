//! Small things over the stage: zoom, the Service in focus, a sign that there is more below.

use crate::ui::app::{Act, Action, STEP, Zoom};
use crate::ui::text::{Lang, Msg, fill, say};
use yew::prelude::*;

/// The tools, with the name of the Service in focus, and whether there is more below and whether it is zoomed.
pub fn tools(lang: Lang, focus: Option<&str>, (more, zoomed): (bool, bool), act: &Act) -> Html {
    let button = |id: &'static str, msg: Msg, sign: &'static str, zoom: Zoom| {
        html! { <button class="btn" {id} aria-label={say(lang, msg)} title={say(lang, msg)} onclick={act.reform(move |_| Action::Zoom(zoom))}>{ sign }</button> }
    };
    html! {
        <>
            if more { <div class="more-below" aria-hidden="true" /> }
            <div class={classes!("stage-tools", zoomed.then_some("zoomed"))}>
                if let Some(name) = focus {
                    <button class="btn" id="unfocus" title={say(lang, Msg::UnfocusHint)} onclick={act.reform(|_| Action::Unfocus)}>{ fill(lang, Msg::Unfocus, &[name]) }</button>
                }
                <div class="zoom" role="group" aria-label={say(lang, Msg::Zoom)}>
                    { button("zoom-out", Msg::ZoomOut, "−", Zoom::By(1.0 / STEP, None)) }
                    { button("zoom-fit", Msg::ZoomFit, "⤢", Zoom::Fit) }
                    { button("zoom-in", Msg::ZoomIn, "+", Zoom::By(STEP, None)) }
                </div>
            </div>
        </>
    }
}
