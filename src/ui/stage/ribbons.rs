//! Services: ribbons over the nodes, or nodes of the Logical lens' graph with its wires.

use super::Props;
use super::draw::{box_of, cut_end, n, thing};
use crate::playground::view::ServiceView;
use crate::ui::app::{Action, Menu};
use crate::ui::layout::{CLIENT_R, Point, Rect};
use crate::ui::text::{Msg, fill};
use yew::prelude::*;

#[inline(never)]
pub(super) fn ribbon(p: &Props, s: &ServiceView, r: &Rect) -> Html {
    let label = fill(p.lang, Msg::ServiceLabel, &[&s.name, &s.ports]);
    let trouble = s.trouble.is_some();
    let class = classes!("ribbon", trouble.then_some("trouble"));
    let text = if trouble { "trouble-text" } else { "ribbon-text" };
    let c = r.centre();
    let affinity = s.affinity_s.map(|t| format!(" · ClientIP {t}s")).unwrap_or_default();
    let mark = if trouble { "⚠ " } else { "" };
    let tall = r.h > 36.0;
    let address = format!("{}:{}", s.cluster_ip, s.port);
    let body = if tall {
        html! {
            <>
                <text x={n(c.x)} y={n(c.y - 2.0)} text-anchor="middle" class={text}>{ cut_end(&format!("{mark}{}", s.name), r.w - 16.0, 7.2) }</text>
                <text x={n(c.x)} y={n(c.y + 13.0)} text-anchor="middle" class={classes!(text, "m", "small")}>{ cut_end(&address, r.w - 16.0, 6.6) }</text>
            </>
        }
    } else {
        let line = cut_end(&format!("{mark}{} {address} · {}{affinity}", s.name, s.kind), r.w - 24.0, 7.0);
        html! { <text x={n(c.x)} y={n(c.y + 4.5)} text-anchor="middle" class={text}>{ line }</text> }
    };
    let body = html! { <><title>{ label.clone() }</title>{ box_of(r, class, 17.0) }{ body }</> };
    thing(
        label,
        &p.act,
        Action::OpenMenu(Menu::Service(s.key.clone()), Point { x: r.x + 20.0, y: r.y + r.h + 2.0 }),
        body,
    )
}

/// Faint wires of the Logical lens: clients to Services to the Pods they lead to.
#[inline(never)]
pub(super) fn wires(p: &Props) -> Html {
    let mut all = Vec::new();
    for (s, r) in p.scene.services.iter().zip(&p.places.ribbons) {
        let c = r.centre();
        for at in &p.places.clients {
            all.push(format!("M{:.1} {:.1}L{:.1} {:.1}", at.x + CLIENT_R, at.y, r.x, c.y));
        }
        for key in &s.ready {
            let Some(to) = p.places.pod(&p.scene, key) else { continue };
            let (x0, x1, y1) = (r.x + r.w, to.x, to.y + to.h / 2.0);
            let mid = (x0 + x1) / 2.0;
            all.push(format!("M{x0:.1} {:.1}C{mid:.1} {:.1} {mid:.1} {y1:.1} {x1:.1} {y1:.1}", c.y, c.y));
        }
    }
    html! { { for all.into_iter().map(|d| html! { <path {d} class="wire" /> }) } }
}
