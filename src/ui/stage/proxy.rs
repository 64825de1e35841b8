//! The kube-proxy inside each node: the rules of the Service in focus.

use super::Props;
use super::draw::{box_of, cut_end, n, words};
use crate::playground::view::Place;
use crate::ui::layout::Rect;
use crate::ui::text::{Msg, say};
use yew::prelude::*;

/// How many rules a kube-proxy's box has room for.
pub fn lines_in(r: &Rect) -> usize {
    ((r.h - 26.0) / 15.0).floor().max(0.0) as usize
}

#[inline(never)]
pub(super) fn proxy(p: &Props, i: usize, r: &Rect) -> Html {
    let lines = p.proxies.get(i).map_or(&[][..], |l| l.as_slice());
    let any = lines.iter().any(|l| l.lit);
    let shown = lines.iter().enumerate().map(|(k, l)| {
        let class = classes!("rule", l.lit.then_some("lit"), l.dead.then_some("dead"));
        html! { <text x={n(r.x + 8.0)} y={n(r.y + 36.0 + k as f64 * 15.0)} {class}><title>{ l.rule.clone() }</title>{ cut_end(&l.text, r.w - 14.0, 6.4) }</text> }
    });
    let place = Place::Proxy(p.scene.nodes.get(i).map_or("", |n| n.name.as_str()).into());
    html! {
        <g data-place={place.id()}>
            { box_of(r, classes!("proxy", any.then_some("lit")), 8.0) }
            { words(r.x + 8.0, r.y + 17.0, "t2 small", say(p.lang, Msg::KubeProxy).into()) }
            { for shown }
        </g>
    }
}
