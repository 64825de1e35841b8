//! Services: ribbons over the nodes, or nodes of the Logical lens' graph.

use super::Props;
use super::draw::{box_of, cut_end, n, thing};
use crate::playground::view::full_name;
use crate::ui::app::{Action, Menu};
use crate::ui::editor::what_and_why;
use crate::ui::layout::{Point, Spot};
use crate::ui::text::{Msg, fill, say};
use yew::prelude::*;

#[inline(never)]
pub(super) fn ribbon(p: &Props, spot: &Spot) -> Option<Html> {
    let (r, s) = (&spot.rect, p.scene.services.iter().find(|s| s.key == spot.key)?);
    let what = s.trouble.as_ref().map(|t| what_and_why(p.lang, t).0);
    let trouble = what.is_some();
    let lit = matches!(&p.hover, Some(Menu::Pod(key)) if s.selects.contains(key));
    let hovered = matches!(&p.hover, Some(Menu::Service(key)) if *key == s.key);
    let class = classes!("ribbon", trouble.then_some("trouble"), (lit || hovered).then_some("lit"));
    let dim = !lit && !hovered && p.alone && s.key != p.focus;
    let text = if trouble { "trouble-text" } else { "ribbon-text" };
    let c = r.centre();
    let affinity = s.affinity_s.map(|t| format!(" · ClientIP {t}s")).unwrap_or_default();
    let mark = if trouble { "⚠ " } else { "" };
    let tall = r.h > 36.0;
    let address = match (s.kind.as_str(), s.cluster_ip.as_str()) {
        // The label by which the Pod that the pointer is on is selected.
        _ if lit => format!("← {}", s.selector),
        ("ExternalName", _) => format!("→ {}", s.external),
        (_, "None") => say(p.lang, Msg::Headless).to_string(),
        (_, ip) => format!("{ip}:{}", s.port),
    };
    let name = match &what {
        Some(what) => format!("{} · {} ·", full_name(&s.key), what.trim_end_matches('.')),
        None => full_name(&s.key).to_string(),
    };
    let line = format!("{name} {address} · {}{affinity}", s.kind);
    // All that is written is in the name by which it is told.
    let label = fill(p.lang, Msg::ServiceLabel, &[&line, &s.ports]);
    let body = if tall {
        html! {
            <>
                <text x={n(c.x)} y={n(c.y - 2.0)} text-anchor="middle" class={text}>{ cut_end(&format!("{mark}{}", full_name(&s.key)), r.w - 16.0, 7.2) }</text>
                <text x={n(c.x)} y={n(c.y + 13.0)} text-anchor="middle" class={classes!(text, "m", "small")}>{ cut_end(&address, r.w - 16.0, 6.6) }</text>
            </>
        }
    } else {
        let line = cut_end(&format!("{mark}{line}"), r.w - 24.0, 7.0);
        html! { <text x={n(c.x)} y={n(c.y + 4.5)} text-anchor="middle" class={text}>{ line }</text> }
    };
    let body = html! { <><title>{ label.clone() }</title>{ box_of(r, class, 17.0) }{ body }</> };
    let menu = Action::OpenMenu(Menu::Service(s.key.clone()), Point { x: r.x + 20.0, y: r.y + r.h + 2.0 });
    Some(
        html! { <g key={s.key.clone()} data-service={s.key.clone()} class={dim.then_some("dim")}>{ thing(label, &p.act, menu, body) }</g> },
    )
}
