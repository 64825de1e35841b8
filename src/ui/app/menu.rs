//! The menus of Pods, nodes and Services: each entry writes the command that it stands for into the terminal.

use super::super::text::{Msg, say};
use super::{Action, App, Menu};
use wasm_bindgen::JsCast;
use yew::prelude::*;

impl App {
    /// The open menu: each entry writes the command that it stands for into the terminal.
    pub(super) fn menu_view(&self) -> Html {
        let Some((menu, at)) = &self.menu else { return html! {} };
        let t = |m| say(self.settings.lang, m);
        let entries: Vec<(Msg, Action)> = match menu {
            Menu::Pod(key) => {
                let (ns, name) = key.split_once('/').unwrap_or(("default", key));
                let n = if ns == "default" { String::new() } else { format!(" -n {ns}") };
                let owner = self.derived.scene.pod(key).map(|p| p.owner.clone()).unwrap_or_default();
                let replicas = owner
                    .strip_prefix("ReplicaSet/")
                    .and_then(|rs| Some((rs.to_string(), self.playground.replicas(ns, rs)?)));
                let mut all = vec![
                    (Msg::Describe, Action::Line(format!("kubectl describe pod {name}{n}"))),
                    (Msg::Logs, Action::Line(format!("kubectl logs {name}{n}"))),
                    (Msg::Shell, Action::Offer(format!("kubectl exec {name}{n} -- curl -s "))),
                    (Msg::Delete, Action::Line(format!("kubectl delete pod {name}{n}"))),
                ];
                if let Some((rs, count)) = replicas {
                    all.push((Msg::More1, Action::Line(format!("kubectl scale rs {rs}{n} --replicas={}", count + 1))));
                    all.push((
                        Msg::Less1,
                        Action::Line(format!("kubectl scale rs {rs}{n} --replicas={}", (count - 1).max(0))),
                    ));
                }
                all
            }
            Menu::Node(name) => vec![
                (Msg::Describe, Action::Line(format!("kubectl describe node {name}"))),
                (Msg::Cordon, Action::Line(format!("kubectl cordon {name}"))),
                (Msg::Uncordon, Action::Line(format!("kubectl uncordon {name}"))),
                (Msg::Iptables, Action::Line(format!("ssh {name} iptables-save -t nat"))),
            ],
            Menu::Service(key) => {
                let (ns, name) = key.split_once('/').unwrap_or(("default", key));
                let n = if ns == "default" { String::new() } else { format!(" -n {ns}") };
                vec![
                    (Msg::Describe, Action::Line(format!("kubectl describe svc {name}{n}"))),
                    (
                        Msg::Endpoints,
                        Action::Line(format!("kubectl get endpointslices{n} -l kubernetes.io/service-name={name}")),
                    ),
                    (Msg::Delete, Action::Line(format!("kubectl delete svc {name}{n}"))),
                ]
            }
        };
        let place = {
            let (x, y) = (at.x, at.y);
            let scrolled = self
                .area
                .cast::<web_sys::Element>()
                .map_or((0.0, 0.0), |e| (e.scroll_left() as f64, e.scroll_top() as f64));
            (x - scrolled.0, y - scrolled.1)
        };
        let buttons = entries.into_iter().map(|(msg, action)| {
            let hint = match &action {
                Action::Line(l) | Action::Offer(l) => l.clone(),
                _ => String::new(),
            };
            html! { <button role="menuitem" onclick={self.act.reform(move |_| action.clone())}>{ t(msg) }<small><code>{ hint }</code></small></button> }
        });
        html! { <Placed x={place.0} y={place.1}><div class="menu" role="menu" id="menu">{ for buttons }</div></Placed> }
    }
}

/// Where a floating thing goes.
#[derive(Clone, PartialEq, Properties)]
struct PlacedProps {
    x: f64,
    y: f64,
    children: Children,
}

/// Puts its child at a place through the style object, since the page's policy refuses style attributes.
#[function_component]
fn Placed(p: &PlacedProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((p.x, p.y), move |(x, y)| {
            if let Some(element) = node.cast::<web_sys::HtmlElement>() {
                let style = element.style();
                let _ = style.set_property("left", &format!("{x}px"));
                let _ = style.set_property("top", &format!("{y}px"));
                if let Ok(Some(first)) = element.query_selector("button") {
                    let _ = first.unchecked_into::<web_sys::HtmlElement>().focus();
                }
            }
        });
    }
    html! { <div class="floating" ref={node}>{ for p.children.iter() }</div> }
}
