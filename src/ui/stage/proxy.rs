//! The kube-proxy inside each node: the rules of the Service in focus.

use super::Props;
use super::draw::{box_of, cut, cut_end, n, thing, words};
use crate::playground::view::Place;
use crate::ui::app::{Action, ListAct};
use crate::ui::layout::Rect;
use crate::ui::text::{Msg, fill, say};
use yew::prelude::*;

/// How many rules a kube-proxy's box has room for.
pub fn lines_in(r: &Rect) -> usize {
    ((r.h - 24.0) / 14.0).floor().max(0.0) as usize
}

#[inline(never)]
pub(super) fn proxy(p: &Props, i: usize, r: &Rect) -> Html {
    let lines = p.proxies.get(i).map_or(&[][..], |l| l.as_slice());
    let any = lines.iter().any(|l| l.lit);
    let shown = lines.iter().enumerate().map(|(k, l)| {
        if l.more > 0 {
            return more(p, i, r, k, l.more);
        }
        let class = classes!("rule", l.lit.then_some("lit"), l.dead.then_some("dead"));
        html! { <text x={n(r.x + 8.0)} y={n(r.y + 33.0 + k as f64 * 14.0)} {class}><title>{ l.rule.clone() }</title>{ short(&l.text, r.w - 14.0) }</text> }
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

/// How many rules don't fit; a click shows all of the node's.
fn more(p: &Props, i: usize, r: &Rect, line: usize, count: usize) -> Html {
    let (node, count) = (p.scene.nodes.get(i).map_or("", |n| n.name.as_str()), count.to_string());
    let y = r.y + 33.0 + line as f64 * 14.0;
    let body = html! {
        <>
            <rect x={n(r.x + 4.0)} y={n(y - 17.0)} width={n(r.w - 8.0)} height="24" fill="transparent" />
            { words(r.x + 8.0, y, "rule link", fill(p.lang, Msg::MoreRules, &[&count])) }
        </>
    };
    let label = fill(p.lang, Msg::MoreRulesLabel, &[&count, node]);
    thing(label, &p.act, Action::List(ListAct::RulesOf(node.into())), body)
}

/// A rule that fits: of the name of where it leads, the end tells it from its siblings.
fn short(text: &str, width: f64) -> String {
    let Some((how, to)) = text.split_once("→ ") else { return cut_end(text, width, 6.4) };
    let room = width - 6.4 * (how.chars().count() + 2) as f64;
    [how, "→ ", &cut(to, room, 6.4)].concat()
}
