//! The kube-proxy inside each node: the rules of the Service in focus.

use super::Props;
use super::draw::{box_of, cut, cut_end, marked, n, thing, words};
use crate::playground::view::{Place, ProxyLine, full_name};
use crate::ui::app::{Action, ListAct};
use crate::ui::layout::Rect;
use crate::ui::text::{Msg, fill, say};
use yew::prelude::*;

/// Height of a rule's line, and what is above the first one.
const LINE: f64 = 14.0;
const HEAD: f64 = 23.0;

/// How many rules a kube-proxy's box has room for.
pub fn lines_in(r: &Rect) -> usize {
    ((r.h - HEAD - 1.0) / LINE).floor().max(0.0) as usize
}

/// The box leads to all rules of the node, a line in it to its rule among them.
#[inline(never)]
pub(super) fn proxy(p: &Props, i: usize, r: &Rect) -> Html {
    let lines = p.proxies.get(i).map_or(&[][..], |l| l.as_slice());
    let node = p.scene.nodes.get(i).map_or("", |n| n.name.as_str());
    let rule = |l: &ProxyLine| Action::List(ListAct::Rule(node.into(), l.table, l.rule.clone()));
    let shown = lines.iter().enumerate().map(|(k, l)| {
        let at = r.y + HEAD + k as f64 * LINE;
        if l.more > 0 {
            return words(r.x + 8.0, at + 10.0, "rule link", more(p, l));
        }
        let class = classes!("rule", l.lit.then_some("lit"), l.dead.then_some("dead"));
        let show = rule(l);
        let onclick = p.act.reform(move |e: MouseEvent| {
            e.stop_propagation();
            show.clone()
        });
        html! {
            <g class="rule-line" {onclick}>
                <title>{ l.rule.clone() }</title>
                <rect x={n(r.x)} y={n(at)} width={n(r.w)} height={n(LINE)} />
                <text x={n(r.x + 8.0)} y={n(at + 10.0)} {class}>{ short(&l.text, r.w - 14.0) }</text>
            </g>
        }
    });
    let title = say(p.lang, Msg::KubeProxy);
    // Of several Services the rules of one are shown.
    let title = if p.scene.services.len() > 1 { format!("{title} · {}", full_name(&p.focus)) } else { title.into() };
    let any = lines.iter().any(|l| l.lit);
    let body = html! {
        <>
            { box_of(r, classes!("proxy", any.then_some("lit")), 8.0) }
            { words(r.x + 8.0, r.y + 17.0, "t2 small", cut_end(&title, r.w - 12.0, 6.3)) }
            { for shown }
        </>
    };
    let told =
        lines.iter().map(|l| if l.more > 0 { more(p, l) } else { l.text.clone() }).collect::<Vec<_>>().join(", ");
    let all = lines.first().map_or(Action::List(ListAct::RulesOf(node.into())), rule);
    let label = fill(p.lang, Msg::ProxyLabel, &[node, &told]).trim_end_matches([':', ' ']).to_string();
    marked(&Place::Proxy(node.into()), None, thing(label, &p.act, all, body))
}

/// How many rules don't fit.
fn more(p: &Props, l: &ProxyLine) -> String {
    fill(p.lang, Msg::MoreRules, &[&l.more.to_string()])
}

/// A rule that fits: of the name of where it leads, the end tells it from its siblings.
fn short(text: &str, width: f64) -> String {
    let Some((how, to)) = text.split_once("→ ") else { return cut_end(text, width, 6.4) };
    let room = width - 6.4 * (how.chars().count() + 2) as f64;
    [how, "→ ", &cut(to, room, 6.4)].concat()
}
