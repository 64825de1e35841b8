//! The editor pane: tabs, the editor itself (a plain text area until it is loaded and if it fails), problems, Apply.

use super::app::{Act, Action};
use super::glue::{EditorHandle, load_editor};
use super::text::{Lang, Msg, fill, say};
use crate::playground::view::Trouble;
use crate::playground::{Fix, FixKind, Problem, Sync};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, HtmlTextAreaElement};
use yew::prelude::*;

/// What the editor pane shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    /// Names of the files, in order, and how each stands to the cluster.
    pub files: Rc<Vec<(String, Sync)>>,
    pub shown: String,
    pub text: Rc<str>,
    pub problems: Rc<Vec<Problem>>,
    pub deleted: bool,
    /// Byte offset to scroll to, with a number that changes each time.
    pub reveal: (u32, usize),
    pub act: Act,
}

/// What a problem says, in one sentence, and what would mend it.
pub fn told(lang: Lang, problem: &Problem) -> (String, Vec<String>) {
    let label = |f: &Fix| match f.kind {
        FixKind::Selector => say(lang, Msg::FixSelector).to_string(),
        FixKind::TargetPort => fill(lang, Msg::FixTargetPort, &[&f.value.to_string()]),
    };
    let message = match &problem.trouble {
        None => problem.message.clone(),
        Some(trouble) => trouble_text(lang, trouble),
    };
    (message, problem.fixes.iter().map(label).collect())
}

/// Why a Service answers nobody.
pub fn trouble_text(lang: Lang, trouble: &Trouble) -> String {
    let (what, why) = match trouble {
        Trouble::SelectsNothing { selector, nearest, .. } => {
            let why = if nearest.is_empty() {
                fill(lang, Msg::SelectsNothingNoPod, &[selector])
            } else {
                fill(lang, Msg::SelectsNothingWhy, &[nearest, selector])
            };
            (say(lang, Msg::SelectsNothing).to_string(), why)
        }
        Trouble::NobodyListens { port, listening, .. } => {
            let ports = listening.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
            let why = if ports.is_empty() { String::new() } else { fill(lang, Msg::NobodyListensWhy, &[&ports]) };
            (fill(lang, Msg::NobodyListens, &[&port.to_string()]), why)
        }
        Trouble::NoneReady { matching, .. } => {
            (say(lang, Msg::NoneReady).to_string(), fill(lang, Msg::NoneReadyWhy, &[&matching.to_string()]))
        }
    };
    format!("{what} {why}")
}

/// The editor's underlines as its JSON.
fn underlines(lang: Lang, problems: &[Problem]) -> String {
    let list: Vec<serde_json::Value> = problems
        .iter()
        .map(|p| {
            let (message, fixes) = told(lang, p);
            let severity = if p.refused { "error" } else { "warning" };
            serde_json::json!({"from": p.from, "to": p.to, "severity": severity, "message": message, "fixes": fixes})
        })
        .collect();
    serde_json::Value::from(list).to_string()
}

/// The JavaScript object through which the editor calls back; the closures live as long as the page.
fn page(act: &Act, label: &str) -> JsValue {
    let object = js_sys::Object::new();
    let set = |name: &str, f: &JsValue| {
        let _ = js_sys::Reflect::set(&object, &name.into(), f);
    };
    let a = act.clone();
    set("change", &Closure::<dyn Fn(String)>::new(move |text| a.emit(Action::Edit(text))).into_js_value());
    let a = act.clone();
    set("apply", &Closure::<dyn Fn()>::new(move || a.emit(Action::Apply)).into_js_value());
    let a = act.clone();
    set(
        "fix",
        &Closure::<dyn Fn(u32, u32)>::new(move |p, f| a.emit(Action::Fix(p as usize, f as usize))).into_js_value(),
    );
    let complete = |text: String, at: u32| crate::playground::complete_yaml(&text, at as usize);
    set("complete", &Closure::<dyn Fn(String, u32) -> String>::new(complete).into_js_value());
    set("label", &label.into());
    object.into()
}

/// What became of the editor's bundle.
#[derive(Clone, Copy, PartialEq)]
enum Bundle {
    Loading,
    Ready,
    Failed,
}

/// The editor pane.
#[function_component]
pub fn Editor(p: &Props) -> Html {
    let host = use_node_ref();
    let bundle = use_state(|| Bundle::Loading);
    let handle = use_mut_ref(|| None::<EditorHandle>);
    {
        let (host, bundle, handle, act) = (host.clone(), bundle.clone(), handle.clone(), p.act.clone());
        let label = say(p.lang, Msg::EditorLabel);
        use_effect_with((), move |_| load(host, bundle, handle, act, label));
    }
    {
        let (handle, problems, lang) = (handle.clone(), p.problems.clone(), p.lang);
        let seen = (p.shown.clone(), p.text.clone(), p.problems.clone(), p.lang, *bundle == Bundle::Ready);
        use_effect_with(seen, move |(shown, text, ..)| {
            if let Some(h) = handle.borrow().as_ref() {
                h.open(shown, text);
                h.problems(&underlines(lang, &problems));
            }
        });
    }
    {
        let handle = handle.clone();
        use_effect_with(p.reveal, move |(n, byte)| {
            if let (true, Some(h)) = (*n > 0, handle.borrow().as_ref()) {
                h.reveal(*byte as u32);
            }
        });
    }
    let typed = p.act.reform(|e: InputEvent| Action::Edit(e.target_unchecked_into::<HtmlTextAreaElement>().value()));
    let keys = {
        let act = p.act.clone();
        Callback::from(move |e: KeyboardEvent| {
            if e.key() == "Enter" && (e.ctrl_key() || e.meta_key()) {
                e.prevent_default();
                act.emit(Action::Apply);
            }
        })
    };
    html! {
        <section class="editor" aria-label={say(p.lang, Msg::Editor)}>
            { tabs(p) }
            <div class="code">
                <div ref={host} id="editor-host" tabindex="-1" hidden={*bundle != Bundle::Ready}></div>
                if *bundle != Bundle::Ready {
                    <textarea id="editor-plain" aria-label={say(p.lang, Msg::EditorLabel)} value={p.text.to_string()} oninput={typed} onkeydown={keys} spellcheck="false" />
                }
            </div>
            { filebar(p, *bundle) }
            <div role="status" id="problems">{ for p.problems.iter().enumerate().map(|(i, problem)| card(p, i, problem)) }</div>
        </section>
    }
}

fn load(
    host: NodeRef,
    bundle: UseStateHandle<Bundle>,
    handle: Rc<RefCell<Option<EditorHandle>>>,
    act: Act,
    label: &'static str,
) {
    wasm_bindgen_futures::spawn_local(async move {
        let Some(element) = host.cast::<HtmlElement>() else { return };
        match load_editor(&element, &page(&act, label)).await {
            Ok(editor) => {
                *handle.borrow_mut() = Some(editor.unchecked_into());
                bundle.set(Bundle::Ready);
            }
            Err(_) => bundle.set(Bundle::Failed),
        }
    });
}

fn tabs(p: &Props) -> Html {
    let tab = |(name, sync): &(String, Sync)| {
        let (pick, label) = (name.clone(), name.clone());
        let mark = (*sync == Sync::Differs)
            .then(|| html! { <span class="dot" title={say(p.lang, Msg::Differs)}>{ " ●" }</span> });
        html! { <button class="tab" role="tab" aria-selected={(*name == p.shown).to_string()} onclick={p.act.reform(move |_| Action::ShowFile(pick.clone()))}>{ label }{ mark }</button> }
    };
    html! {
        <div class="tabs" role="tablist" aria-label={say(p.lang, Msg::Files)}>
            { for p.files.iter().map(tab) }
            <button class="tab" id="new-file" aria-label={say(p.lang, Msg::NewFile)} title={say(p.lang, Msg::NewFile)} onclick={p.act.reform(|_| Action::NewFile)}>{ "+" }</button>
        </div>
    }
}

fn filebar(p: &Props, bundle: Bundle) -> Html {
    let state = match p.files.iter().find(|(n, _)| *n == p.shown).map(|(_, s)| *s) {
        Some(Sync::Same) => say(p.lang, Msg::SameAsCluster),
        Some(Sync::Differs) => say(p.lang, Msg::Differs),
        Some(Sync::Absent) => say(p.lang, Msg::NotInCluster),
        _ => "",
    };
    let hint = fill(p.lang, Msg::ApplyHint, &[&p.shown]);
    let delete = fill(p.lang, Msg::DeleteFile, &[&p.shown]);
    html! {
        <div class="filebar">
            <span class="state" id="sync">{ if bundle == Bundle::Failed { say(p.lang, Msg::EditorFailed) } else { state } }</span>
            if p.deleted { <button class="btn" onclick={p.act.reform(|_| Action::Undelete)}>{ say(p.lang, Msg::Undelete) }</button> }
            <button class="btn" id="delete-file" aria-label={delete.clone()} title={delete} disabled={p.files.len() < 2} onclick={p.act.reform(|_| Action::DeleteFile)}>{ "✕" }</button>
            <button class="btn" id="apply-all" onclick={p.act.reform(|_| Action::ApplyAll)}>{ say(p.lang, Msg::ApplyAll) }</button>
            <button class="btn primary" id="apply" title={hint} onclick={p.act.reform(|_| Action::Apply)}>{ say(p.lang, Msg::Apply) }</button>
        </div>
    }
}

fn card(p: &Props, i: usize, problem: &Problem) -> Html {
    let (message, fixes) = told(p.lang, problem);
    let buttons = fixes.into_iter().enumerate().map(|(f, label)| {
        html! { <button class="link fix" onclick={p.act.reform(move |_| Action::Fix(i, f))}>{ label }</button> }
    });
    let from = problem.from;
    let line = html! { <button class="link" onclick={p.act.reform(move |_| Action::Reveal(from))}>{ format!("{}:{}", p.shown, problem.line) }</button> };
    let (head, rest) =
        message.split_once(". ").or(message.split_once("다. ")).map_or((message.as_str(), ""), |(a, b)| (a, b));
    let end = &message[head.len()..message.len() - rest.len()];
    html! { <div class={classes!("problem", problem.refused.then_some("bad"))}>{ line }<b>{ head }{ end }</b>{ rest }<div>{ for buttons }</div></div> }
}
