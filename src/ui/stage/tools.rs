//! Small things over the stage: zoom, and a sign that there is more below.

use crate::ui::app::{Act, Action, STEP, Zoom};
use crate::ui::text::{Lang, Msg, say};
use yew::prelude::*;

/// The tools; whether there is more below, and whether it is zoomed.
pub fn tools(lang: Lang, more: bool, zoomed: bool, act: &Act) -> Html {
    let button = |id: &'static str, msg: Msg, sign: &'static str, zoom: Zoom| {
        html! { <button class="btn" {id} aria-label={say(lang, msg)} title={say(lang, msg)} onclick={act.reform(move |_| Action::Zoom(zoom))}>{ sign }</button> }
    };
    html! {
        <>
            if more { <div class="more-below" aria-hidden="true" /> }
            <div class={classes!("stage-tools", zoomed.then_some("zoomed"))}>
                <div class="zoom joined" role="group" aria-label={say(lang, Msg::Zoom)}>
                    { button("zoom-out", Msg::ZoomOut, "−", Zoom::By(1.0 / STEP, None)) }
                    { button("zoom-fit", Msg::ZoomFit, "⤢", Zoom::Fit) }
                    { button("zoom-in", Msg::ZoomIn, "+", Zoom::By(STEP, None)) }
                </div>
            </div>
        </>
    }
}
