//! Ways, drawn faintly: those that requests to the Service in focus may take, and that of the request looked at.

use super::Props;
use crate::playground::USER;
use crate::playground::view::{Place, ServiceView};
use crate::ui::layout::{Rect, outline, track};
use std::rc::Rc;
use yew::prelude::*;

/// More ways from kube-proxies to Pods than these would be a thicket; then only the chosen request's way is drawn.
const LINES_MAX: usize = 40;

/// All of them.
#[inline(never)]
pub fn ways(p: &Props) -> Html {
    // The Logical lens is about who leads where: there all Services' ways are shown, unless one was chosen.
    let all = p.places.mix > 0.5 && !p.alone;
    let shown = p.scene.services.iter().filter(|s| all || s.key == p.focus);
    let lines: Vec<String> = shown.flat_map(|s| possible(p, s)).take(3 * LINES_MAX).collect();
    let chosen = track(&p.places, p.way.stops.iter().map(|(_, place)| place), &p.way.service);
    let gone = if p.way.answered { "gone" } else { "dead" };
    let colour = p.scene.pod(&p.way.pod).map_or(gone.to_string(), |pod| format!("c{}", pod.colour));
    html! {
        <g class="ways" aria-hidden="true">
            { for lines.into_iter().map(|d| html! { <path {d} class="wire" /> }) }
            if chosen.len() > 2 { <path d={outline(&chosen)} class={classes!("way", colour)} id="way" /> }
        </g>
    }
}

/// Client → door → kube-proxy → Pod, for every door and every ready Pod of a Service.
fn possible(p: &Props, service: &ServiceView) -> Vec<String> {
    let line = |stops: &[Place]| outline(&track(&p.places, stops.iter(), &service.key));
    let pod = |key: &str| Place::Pod(key.into());
    // One for all Pods of a group.
    let mut targets: Vec<(Rect, &str)> = Vec::new();
    for key in &service.ready {
        let at = p.places.pod(key);
        targets.extend(at.filter(|r| targets.iter().all(|(t, _)| t != r)).map(|r| (r, key.as_str())));
    }
    let logical = p.places.mix > 0.5;
    let nodes = || p.scene.nodes.iter().take(if logical { 1 } else { usize::MAX });
    // The user's machine forwards what others outside send.
    let gateway = Place::Client(USER.into());
    let others = p.scene.clients.iter().filter(|c| c.id != USER).map(|c| Place::Client(c.id.as_str().into()));
    let mut lines: Vec<String> = others.map(|c| line(&[c, gateway.clone()])).collect();
    for node in nodes() {
        let name: Rc<str> = node.name.as_str().into();
        let doors = node.doors.iter().filter(|d| d.open && d.service == service.key);
        let doors: Vec<Place> = doors.map(|d| Place::Door(name.clone(), d.port)).collect();
        let proxy = Place::Proxy(name.clone());
        lines.extend(doors.iter().map(|door| line(&[gateway.clone(), door.clone(), proxy.clone()])));
        if doors.is_empty() && logical {
            lines.push(line(&[gateway.clone(), proxy]));
        }
        if targets.len() * nodes().count() <= LINES_MAX {
            lines.extend(targets.iter().map(|(_, key)| line(&[Place::Proxy(name.clone()), pod(key)])));
        }
    }
    lines
}
