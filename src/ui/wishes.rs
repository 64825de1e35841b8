//! Every ReplicaSet's wish and reality under the stage, with a Pod more and a Pod less.

use super::app::{Act, Action};
use super::text::{Lang, Msg, fill, say};
use crate::playground::view::{SetView, full_name};
use yew::prelude::*;

/// The row of ReplicaSets; nothing where there is none.
pub fn wishes(lang: Lang, sets: &[SetView], act: &Act) -> Html {
    if sets.is_empty() {
        return html! {};
    }
    let sets = sets.iter().map(|set| {
        let button = |more: bool, msg: Msg, sign: &'static str| {
            let (key, label) = (set.key.clone(), format!("{}: {}", set.name, say(lang, msg)));
            let off = !more && set.wanted < 1;
            html! { <button class="btn" aria-label={label} disabled={off} onclick={act.reform(move |_| Action::Scale(key.clone(), more))}>{ sign }</button> }
        };
        let state = fill(lang, Msg::SetReady, &[&set.ready.to_string(), &set.wanted.to_string()]);
        html! {
            <span class="wish" role="group" aria-label={format!("ReplicaSet {}", set.name)}>
                <span>{ full_name(&set.key).to_string() }</span>
                { button(false, Msg::Less1, "−") }
                <span class="m" aria-hidden="true">{ format!("{}/{}", set.ready, set.wanted) }</span><span class="sr">{ state }</span>
                { button(true, Msg::More1, "+") }
            </span>
        }
    });
    html! { <div class="strip wishes" id="wishes">{ for sets }</div> }
}
