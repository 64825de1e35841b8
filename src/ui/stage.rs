//! The stage: everything that stands still is SVG (so it can be focused, named and clicked), dots are on a canvas above
//! ([`super::paint`]).

use super::app::{Act, Action, Menu};
use super::layout::{CLIENT_R, Lens, Places, Point, Rect, Room};
use super::text::{Lang, Msg, fill, say};
use crate::playground::view::{
    ClientView, NodeView, PinView, Place, PodLook, PodView, ProxyLine, Scene, Served, ServiceView,
};
use std::rc::Rc;
use yew::prelude::*;

/// What the stage shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    pub scene: Rc<Scene>,
    pub places: Rc<Places>,
    pub lens: Lens,
    pub served: Rc<Served>,
    pub pins: Rc<Vec<PinView>>,
    /// What each node's kube-proxy shows, in the scene's order.
    pub proxies: Rc<Vec<Rc<Vec<ProxyLine>>>>,
    /// How many Pods have their marks so far.
    pub marks: usize,
    /// Key of the Service in focus, empty for none.
    pub focus: String,
    pub canvas: NodeRef,
    pub area: NodeRef,
    /// The newest result, for the live region.
    pub told: AttrValue,
    /// How many are under way, where those are too many for dots.
    pub many: Option<usize>,
    pub act: Act,
}

fn cut(text: &str, width: f64, per_char: f64) -> String {
    let room = (width / per_char).max(3.0) as usize;
    let count = text.chars().count();
    if count <= room {
        return text.into();
    }
    // The end of a Pod's name tells it from its siblings.
    let tail: String = text.chars().skip(count - (room - 1)).collect();
    format!("…{tail}")
}

fn look_class(look: PodLook) -> &'static str {
    match look {
        PodLook::Creating => "creating",
        PodLook::NotReady => "notready",
        PodLook::Ready => "",
        PodLook::Terminating => "terminating",
        PodLook::Failed => "failed",
        PodLook::Completed => "completed",
    }
}

/// A thing that can be clicked or chosen by key: a group with a name.
fn thing(label: String, act: &Act, action: Action, body: Html) -> Html {
    let (click, key) = (action.clone(), action);
    let onkeydown = {
        let act = act.clone();
        Callback::from(move |e: KeyboardEvent| {
            if e.key() == "Enter" || e.key() == " " {
                e.prevent_default();
                e.stop_propagation();
                act.emit(key.clone());
            }
        })
    };
    html! { <g role="button" tabindex="0" aria-label={label} onclick={act.reform(move |_| click.clone())} {onkeydown}>{ body }</g> }
}

/// A coordinate to a tenth of a pixel. In integers: Rust's printing of fractions is a lot of code, which a page at rest
/// does without.
pub fn tenths(v: f64) -> String {
    let tenths = (v * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{}", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}

/// What stands at a place where dots come by.
fn standing(place: &Place, body: Html) -> Html {
    html! { <g data-place={place.id()}>{ body }</g> }
}

fn n(v: f64) -> AttrValue {
    AttrValue::from(tenths(v))
}

fn box_of(r: &Rect, class: Classes, radius: f64) -> Html {
    html! { <rect x={n(r.x)} y={n(r.y)} width={n(r.w.max(0.0))} height={n(r.h.max(0.0))} rx={n(radius)} {class} /> }
}

fn words(x: f64, y: f64, class: &'static str, text: String) -> Html {
    html! { <text x={n(x)} y={n(y)} {class}>{ text }</text> }
}

/// What a Pod's mark shows. Pods are many and change one by one: only those that did are rendered.
#[derive(Clone, PartialEq, Properties)]
struct PodProps {
    lang: Lang,
    pod: Rc<PodView>,
    served: u64,
    place: Rect,
    /// Whether the Service in focus doesn't select it.
    dim: bool,
    act: Act,
}

#[inline(never)]
fn pod(p: &Props, pod: &Rc<PodView>, r: &Rect) -> Html {
    let focused = p.scene.services.iter().find(|s| s.key == p.focus);
    let dim = focused.is_some_and(|s| !s.selects.contains(&pod.key));
    let served = p.served.get(pod.key.as_str()).copied().unwrap_or(0);
    html! { <PodMark key={pod.key.clone()} lang={p.lang} pod={pod.clone()} {served} place={*r} {dim} act={p.act.clone()} /> }
}

#[function_component]
fn PodMark(p: &PodProps) -> Html {
    let (pod, r) = (&*p.pod, &p.place);
    let served = p.served.to_string();
    let label = fill(p.lang, Msg::PodLabel, &[&pod.name, &pod.status, &pod.ip, &served]);
    let class = classes!("pod", format!("c{}", pod.colour), look_class(pod.look), p.dim.then_some("dim"));
    let colour = format!("mark c{}", pod.colour);
    let big = r.h >= 48.0;
    let (mx, my) = (r.x + 16.0, if big { r.y + 19.0 } else { r.y + r.h / 2.0 });
    let name_w = r.w - 54.0 - served.len() as f64 * 8.0;
    let name = if r.w < 90.0 { String::new() } else { cut(&pod.name, name_w, 7.0) };
    let ready = pod.look == PodLook::Ready;
    let below = if ready || pod.ip.is_empty() { pod.ip.clone() } else { format!("{} {}", pod.status, pod.ip) };
    let below = if below.is_empty() { pod.status.clone() } else { below };
    let body = html! {
        <>
            <title>{ label.clone() }</title>
            { box_of(r, class, 10.0) }
            <circle cx={n(mx)} cy={n(my)} r="8" class={colour} />
            <text x={n(mx)} y={n(my + 3.5)} text-anchor="middle" class="mark-text">{ pod.letter.clone() }</text>
            { words(r.x + 29.0, my + 4.5, "", name) }
            <text x={n(r.x + r.w - 10.0)} y={n(my + 4.5)} text-anchor="end" class="m">{ served }</text>
            if big { { words(r.x + 12.0, r.y + r.h - 10.0, "m t2 small", cut(&below, r.w - 20.0, 6.7)) } }
        </>
    };
    let menu = Action::OpenMenu(Menu::Pod(pod.key.clone()), Point { x: r.x + 12.0, y: r.y + r.h + 2.0 });
    standing(&Place::Pod(pod.key.as_str().into()), thing(label, &p.act, menu, body))
}

#[inline(never)]
fn door(p: &Props, node: &NodeView, i: usize, r: &Rect) -> Html {
    let d = &node.doors[i];
    let port = d.port.to_string();
    let mut label = fill(p.lang, Msg::DoorLabel, &[&node.name, &port, &d.service]);
    if !d.open {
        label = format!("{label}: {}", say(p.lang, Msg::DoorShut));
    }
    let (class, text) = if d.open { ("door", "door-text") } else { ("door shut", "door-text shut") };
    let c = r.centre();
    let body = html! {
        <>
            <title>{ label.clone() }</title>
            { box_of(r, classes!(class), 5.0) }
            <text x={n(c.x)} y={n(c.y + 4.0)} text-anchor="middle" class={text}>{ format!(":{port}") }</text>
        </>
    };
    let place = Place::Door(node.name.as_str().into(), d.port);
    standing(&place, thing(label, &p.act, Action::To(format!("{}:{port}", node.ip)), body))
}

/// How many rules a kube-proxy's box has room for.
pub fn lines_in(r: &Rect) -> usize {
    ((r.h - 26.0) / 15.0).floor().max(0.0) as usize
}

#[inline(never)]
fn proxy(p: &Props, i: usize, r: &Rect) -> Html {
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

fn cut_end(text: &str, width: f64, per_char: f64) -> String {
    let room = (width / per_char).max(3.0) as usize;
    if text.chars().count() <= room {
        return text.into();
    }
    let head: String = text.chars().take(room - 1).collect();
    format!("{head}…")
}

fn room(p: &Props, i: usize, node: &NodeView, r: &Room) -> Html {
    // What `kubectl get nodes` says, and that the machine is off, which the cluster learns later.
    let mut state =
        vec![if node.ready { "" } else { "NotReady" }, if node.schedulable { "" } else { "SchedulingDisabled" }];
    state.push(if node.up { "" } else { say(p.lang, Msg::NodeOff) });
    state.retain(|s| !s.is_empty());
    let state = state.join(", ");
    let off = (!node.up || !node.ready || !node.schedulable).then_some("off");
    let label = [fill(p.lang, Msg::NodeLabel, &[&node.name, &node.ip]), state.clone()];
    let label = label.iter().filter(|s| !s.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    let x = r.rect.x + if p.places.narrow { 12.0 } else { 50.0 };
    let name_w = node.name.chars().count() as f64 * 7.6 + 10.0;
    let menu = Action::OpenMenu(Menu::Node(node.name.clone()), Point { x, y: r.rect.y + 28.0 });
    let head = html! {
        <>
            <rect x={n(x - 4.0)} y={n(r.rect.y + 4.0)} width={n(name_w + 96.0)} height="24" fill="transparent" />
            { words(x, r.rect.y + 20.0, "node-name", node.name.clone()) }
            { words(x + name_w, r.rect.y + 20.0, "m t2 small", node.ip.clone()) }
        </>
    };
    let before: usize = p.scene.nodes.iter().take(i).map(|n| n.pods.len()).sum();
    let marks = p.marks.saturating_sub(before);
    let pods = node.pods.iter().zip(&r.pods).take(marks).map(|(v, r)| pod(p, v, r));
    let doors = r.doors.iter().enumerate().map(|(d, rect)| door(p, node, d, rect));
    html! {
        <g>
            { box_of(&r.rect, classes!("room", off), 12.0) }
            { thing(label, &p.act, menu, head) }
            <text x={n(r.rect.x + r.rect.w - 12.0)} y={n(r.rect.y + 20.0)} text-anchor="end" class="t2 small">{ state }</text>
            { proxy(p, i, &r.proxy) }
            if node.pods.is_empty() { { words(r.proxy.x + r.proxy.w + 26.0, r.proxy.y + 20.0, "t2 small", say(p.lang, Msg::NoPods).into()) } }
            { for pods }
            { for doors }
        </g>
    }
}

#[inline(never)]
fn ribbon(p: &Props, s: &ServiceView, r: &Rect) -> Html {
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

#[inline(never)]
fn client(p: &Props, c: &ClientView, at: &Point) -> Html {
    let name = if c.id == "user" { say(p.lang, Msg::UserMachine).to_string() } else { c.id.clone() };
    // Above the nodes there is room beside the circle, left of the Services only below it.
    let beside = p.places.narrow && p.lens == Lens::Network;
    let (x, y) = if beside { (at.x + CLIENT_R + 8.0, at.y + 4.0) } else { (at.x, at.y + CLIENT_R + 16.0) };
    let anchor = if beside { "start" } else { "middle" };
    html! {
        <g data-place={Place::Client(c.id.as_str().into()).id()} role="img" aria-label={fill(p.lang, Msg::ClientLabel, &[&name, &c.ip])}>
            <circle cx={n(at.x)} cy={n(at.y)} r={n(CLIENT_R)} class="client" />
            <path d="M-8 -8h16v11h-16z M-11 7h22" transform={format!("translate({} {})", tenths(at.x), tenths(at.y))} class="wire hot" />
            <text x={n(x)} y={n(y)} text-anchor={anchor} class="small">{ name }</text>
            <text x={n(x)} y={n(y + 15.0)} text-anchor={anchor} class="m t2 small">{ c.ip.clone() }</text>
        </g>
    }
}

/// Where a client address stands on the stage.
fn address(p: &Props, ip: &str) -> Option<Point> {
    if let Some(i) = p.scene.clients.iter().position(|c| c.ip == ip) {
        return p.places.clients.get(i).copied();
    }
    let pod = p.scene.nodes.iter().flat_map(|n| &n.pods).find(|v| v.ip == ip)?;
    p.places.pod(&p.scene, &pod.key).map(|r| Point { x: r.x, y: r.y + r.h / 2.0 })
}

#[inline(never)]
fn thread(p: &Props, pin: &PinView) -> Option<Html> {
    let (a, to) = (address(p, &pin.client)?, p.places.pod(&p.scene, &pin.pod)?);
    let colour = p.scene.pod(&pin.pod)?.colour;
    let b = Point { x: to.x, y: to.y + to.h - 8.0 };
    let bow = 60.0;
    let d = format!(
        "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
        a.x,
        a.y,
        a.x + bow,
        a.y - bow,
        b.x - bow - 30.0,
        b.y + bow * 0.6,
        b.x,
        b.y
    );
    let label = fill(p.lang, Msg::PinLabel, &[&pin.node, &pin.client, &pin.pod, &pin.left_s.to_string()]);
    let share = pin.left_s as f64 / pin.timeout_s.max(1) as f64;
    let (cx, cy, r) = (b.x - 14.0, b.y - 4.0, 11.0);
    let turn = 2.0 * std::f64::consts::PI * share.clamp(0.0, 0.9999);
    // The browser's sine: Rust's would come along as code.
    let (ex, ey) = (cx + r * js_sys::Math::sin(turn), cy - r * js_sys::Math::cos(turn));
    let arc = format!("M{cx:.1} {:.1}A{r} {r} 0 {} 1 {ex:.1} {ey:.1}", cy - r, i32::from(share > 0.5));
    let left = if pin.left_s >= 3_600 {
        format!("{}h", pin.left_s / 3_600)
    } else if pin.left_s >= 60 {
        format!("{}m", pin.left_s / 60)
    } else {
        pin.left_s.to_string()
    };
    Some(html! {
        <g class={format!("c{colour}")} role="img" aria-label={label.clone()}>
            <title>{ label }</title>
            <path {d} class="thread" />
            <circle cx={n(cx)} cy={n(cy)} r={n(r)} class="ring" />
            <path d={arc} class="ring-left" />
            <text x={n(cx)} y={n(cy + 3.5)} text-anchor="middle" class="m tiny">{ left }</text>
        </g>
    })
}

/// Faint wires of the Logical lens: clients to Services to the Pods they lead to.
#[inline(never)]
fn wires(p: &Props) -> Html {
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

/// The strip under the stage: answers by Pod against what chance would give.
#[inline(never)]
fn strip(p: &Props) -> Html {
    let Some(service) = p.scene.services.iter().find(|s| s.key == p.focus) else { return html! {} };
    let pods: Vec<&PodView> = service.ready.iter().filter_map(|k| p.scene.pod(k)).collect();
    let served = |v: &PodView| p.served.get(v.key.as_str()).copied().unwrap_or(0);
    let total: u64 = pods.iter().map(|v| served(v)).sum();
    if pods.is_empty() || total == 0 {
        return html! {};
    }
    // A pinned client's requests are no draws.
    let drawn = service.affinity_s.is_none();
    let expected = 1.0 / pods.len() as f64;
    // One standard deviation of a share drawn `total` times.
    let spread = (expected * (1.0 - expected) / total as f64).sqrt();
    let bars = pods.iter().take(12).map(|v| {
        let (count, share) = (served(v), served(v) as f64 / total as f64);
        html! {
            <span class="bar"><span class={format!("swatch c{}", v.colour)}>{ v.letter.clone() }</span>
            <svg width="62" height="14" viewBox="0 0 62 14" aria-hidden="true">
                if drawn { <rect x={n((expected - 2.0 * spread).max(0.0) * 60.0)} y="0" width={n((4.0 * spread * 60.0).min(60.0))} height="14" class="proxy" /> }
                <rect x="0" y="3" width={n(share * 60.0)} height="8" class={format!("mark c{}", v.colour)} />
                if drawn { <rect x={n(expected * 60.0)} y="0" width="1.5" height="14" class="tick" /> }
            </svg>
            { format!("{count} · {:.0} %", share * 100.0) }</span>
        }
    });
    html! { <div class="strip" aria-label={say(p.lang, Msg::Distribution)} role="group"><span>{ service.name.clone() }</span>{ for bars }if drawn { <span>{ fill(p.lang, Msg::Expected, &[&pods.len().to_string()]) }</span> }</div> }
}

/// The stage.
#[function_component]
pub fn Stage(p: &Props) -> Html {
    let q = &p.places;
    let pods = p.scene.nodes.iter().flat_map(|n| &n.pods).filter(|_| q.rooms.is_empty()).chain(&p.scene.pending);
    let network = !q.rooms.is_empty();
    let in_rooms: usize = if network { p.scene.nodes.iter().map(|n| n.pods.len()).sum() } else { 0 };
    let marks = p.marks.saturating_sub(in_rooms);
    let many = p.many.map(|n| fill(p.lang, Msg::MoreFlows, &[&n.to_string()]));
    html! {
        <>
        <section class="stage" ref={p.area.clone()} aria-label={say(p.lang, Msg::StageLabel)} id="stage">
            <svg width={n(q.width)} height={n(q.height)} viewBox={format!("0 0 {} {}", q.width.round() as i64, q.height.round() as i64)}>
                if network {
                    { box_of(&q.cluster, classes!("cluster-wall"), 14.0) }
                    if !q.narrow { { words(14.0, 62.0, "t2 small", say(p.lang, Msg::OutsideCluster).into()) } }
                }
                if !network { { wires(p) } }
                { for p.scene.services.iter().zip(&q.ribbons).map(|(s, r)| ribbon(p, s, r)) }
                { for p.scene.nodes.iter().zip(&q.rooms).enumerate().map(|(i, (node, r))| room(p, i, node, r)) }
                if let (true, true, Some(first)) = (network, !p.scene.pending.is_empty(), q.loose.first()) {
                    { words(first.x, first.y - 8.0, "t2 small", say(p.lang, Msg::PendingPods).into()) }
                }
                { for pods.zip(&q.loose).take(marks).map(|(v, r)| pod(p, v, r)) }
                { for p.pins.iter().filter_map(|pin| thread(p, pin)) }
                { for p.scene.clients.iter().zip(&q.clients).map(|(c, at)| client(p, c, at)) }
            </svg>
            <canvas ref={p.canvas.clone()} id="dots" />
            if let Some(many) = many { <p class="many">{ many }</p> }
            <p class="sr" role="status" aria-live="polite" id="told">{ p.told.clone() }</p>
        </section>
        <div class="below">
            { super::wishes::wishes(p.lang, &p.scene.sets, &p.act) }
            { strip(p) }
        </div>
        </>
    }
}
