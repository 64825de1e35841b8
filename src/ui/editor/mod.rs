//! The editor pane: tabs, the editor itself (a plain text area until it is loaded and if it fails), what is wrong, what
//! differs from the cluster, and what can be done with files.

mod cards;
mod files;
mod gallery;
mod told;

pub use told::{told, what_and_why};

use super::app::{Act, Action, FileAct};
use super::glue::{EditorHandle, caret_of, drop_files, load_editor};
use super::settings::UNDO;
use super::text::{Lang, Msg, say};
use crate::playground::{Difference, Known, Problem, Sync};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, HtmlTextAreaElement};
use yew::prelude::*;

/// What the editor pane shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    /// Whether this browser keeps what is written.
    pub keep: bool,
    /// Names of the files, in order, and how each stands to the cluster.
    pub files: Rc<Vec<(String, Sync)>>,
    pub shown: String,
    pub text: Rc<str>,
    pub problems: Rc<Vec<Problem>>,
    /// Where the shown file differs from the cluster.
    pub differences: Rc<Vec<Difference>>,
    /// The file to which a deed can be taken back, empty for none.
    pub undo: String,
    /// What the last click did, where that can be undone; else empty.
    pub undoable: AttrValue,
    /// Whether the shown file is as it was applied, and the cluster is not.
    pub outrun: bool,
    /// Names of the lesson's files, each with whether the file differs from it.
    pub lesson_files: Rc<Vec<(String, bool)>>,
    /// What completion may offer of the other files and the cluster.
    pub known: Callback<(), Known>,
    /// Byte offset to scroll to, with a number that changes each time.
    pub reveal: (u32, usize),
    pub act: Act,
}

/// What became of the editor's bundle.
#[derive(Clone, Copy, PartialEq)]
enum Bundle {
    Loading,
    Ready,
    Failed,
}

type Handle = Rc<RefCell<Option<EditorHandle>>>;

/// The JavaScript object through which the editor calls back; the closures live as long as the page.
fn page(p: &Props, differs: UseStateHandle<bool>) -> JsValue {
    let object = js_sys::Object::new();
    let set = |name: &str, f: &JsValue| {
        let _ = js_sys::Reflect::set(&object, &name.into(), f);
    };
    let a = p.act.clone();
    set("change", &Closure::<dyn Fn(String)>::new(move |text| a.emit(Action::Edit(text))).into_js_value());
    let a = p.act.clone();
    set("apply", &Closure::<dyn Fn()>::new(move || a.emit(Action::Apply)).into_js_value());
    let a = p.act.clone();
    set(
        "fix",
        &Closure::<dyn Fn(u32, u32)>::new(move |p, f| a.emit(Action::Fix(p as usize, f as usize))).into_js_value(),
    );
    set("differs", &Closure::<dyn Fn()>::new(move || differs.set(true)).into_js_value());
    let known = p.known.clone();
    let complete = move |text: String, at: u32| crate::playground::complete_yaml(&text, at as usize, &known.emit(()));
    set("complete", &Closure::<dyn Fn(String, u32) -> String>::new(complete).into_js_value());
    let hover = |text: String, at: u32| crate::playground::hover_yaml(&text, at as usize);
    set("hover", &Closure::<dyn Fn(String, u32) -> String>::new(hover).into_js_value());
    set("label", &say(p.lang, Msg::EditorLabel).into());
    set("leave", &say(p.lang, Msg::EditorLeave).into());
    set("undo", &if p.keep { UNDO } else { "" }.into());
    object.into()
}

/// A callback for files that come in: name, and text unless it is too large.
fn taker(act: &Act) -> JsValue {
    let act = act.clone();
    let take = move |name: String, text: Option<String>| act.emit(Action::Files(FileAct::Add(name, text)));
    Closure::<dyn Fn(String, Option<String>)>::new(take).into_js_value()
}

/// The UTF-16 offset of a byte.
fn units(text: &str, byte: usize) -> u32 {
    text.get(..byte).map_or(0, |head| head.encode_utf16().count() as u32)
}

/// The editor pane.
#[function_component]
pub fn Editor(p: &Props) -> Html {
    let (host, area, section) = (use_node_ref(), use_node_ref(), use_node_ref());
    let bundle = use_state(|| Bundle::Loading);
    let differs = use_state_eq(|| false);
    let handle: Handle = use_mut_ref(|| None::<EditorHandle>);
    {
        let (host, area, section) = (host.clone(), area.clone(), section.clone());
        let (bundle, handle, page, take) = (bundle.clone(), handle.clone(), page(p, differs.clone()), taker(&p.act));
        use_effect_with((), move |_| {
            if let Some(section) = section.cast() {
                drop_files(&section, &take);
            }
            load(host, area, bundle, handle, page);
        });
    }
    {
        // Once nothing differs the list is shut: the next keystroke shall not open it.
        let differs = differs.clone();
        use_effect_with(p.differences.is_empty(), move |none| {
            if *none {
                differs.set(false);
            }
        });
    }
    use_shown(p, &handle, *bundle == Bundle::Ready);
    {
        let section = section.clone();
        use_effect_with((p.shown.clone(), p.files.len()), move |_| files::show_tab(&section));
    }
    use_reveal(p, &handle, &area);
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
    let renamed = {
        let handle = handle.clone();
        Callback::from(move |(from, to): (String, String)| {
            if let Some(h) = handle.borrow().as_ref() {
                h.rename(&from, &to);
            }
        })
    };
    html! {
        <section class="editor" ref={section} aria-label={say(p.lang, Msg::Editor)}>
            { files::tabs(p) }
            <div class="code" id="code" role="tabpanel" aria-label={p.shown.clone()} data-hint={say(p.lang, Msg::EditorLeave)}>
                <div ref={host} id="editor-host" hidden={*bundle != Bundle::Ready}></div>
                if *bundle != Bundle::Ready {
                    <textarea ref={area} id="editor-plain" aria-label={say(p.lang, Msg::EditorLabel)} value={p.text.to_string()} oninput={typed} onkeydown={keys} spellcheck="false" />
                }
            </div>
            <files::FileBar pane={p.clone()} failed={*bundle == Bundle::Failed} differs={differs.clone()} {renamed} />
            <div class="cards">
                if *differs && !p.differences.is_empty() { { cards::differences(p, &differs) } }
                if p.outrun { { cards::outrun(p) } }
                <div role="status" id="problems">{ for p.problems.iter().enumerate().map(|(i, problem)| cards::problem(p, i, problem)) }</div>
            </div>
        </section>
    }
}

/// Keeps the editor's text, underlines and margin what the page has.
#[hook]
fn use_shown(p: &Props, handle: &Handle, ready: bool) {
    let (handle, problems, differences, lang) = (handle.clone(), p.problems.clone(), p.differences.clone(), p.lang);
    let seen = (p.shown.clone(), p.text.clone(), problems.clone(), differences.clone(), lang, ready);
    use_effect_with(seen, move |(shown, text, ..)| {
        if let Some(h) = handle.borrow().as_ref() {
            h.open(shown, text);
            h.problems(&if problems.is_empty() { "[]".into() } else { told::underlines(lang, &problems) });
            let lines = differences.iter().map(|d| serde_json::json!({"from": d.from, "to": d.to, "gone": !d.written}));
            h.differences(&serde_json::Value::from(lines.collect::<Vec<_>>()).to_string());
        }
    });
}

/// Scrolls to where the page points, in the editor or the text area.
#[hook]
fn use_reveal(p: &Props, handle: &Handle, area: &NodeRef) {
    let (handle, area, text) = (handle.clone(), area.clone(), p.text.clone());
    use_effect_with(p.reveal, move |(n, byte)| {
        if *n == 0 {
            return;
        }
        if let Some(h) = handle.borrow().as_ref() {
            h.reveal(*byte as u32);
        } else if let Some(area) = area.cast::<HtmlTextAreaElement>() {
            let at = units(&text, *byte);
            let _ = area.focus();
            let _ = area.set_selection_range(at, at);
        }
    });
}

fn load(host: NodeRef, area: NodeRef, bundle: UseStateHandle<Bundle>, handle: Handle, page: JsValue) {
    wasm_bindgen_futures::spawn_local(async move {
        let Some(element) = host.cast::<HtmlElement>() else { return };
        match load_editor(&element, &page).await {
            Ok(editor) => {
                let editor: EditorHandle = editor.unchecked_into();
                // Who is typing into the text area goes on typing in the editor.
                if let Some(area) = area.cast::<HtmlTextAreaElement>() {
                    let at = caret_of(&area);
                    if at >= 0 {
                        element.set_hidden(false);
                        editor.open("", &area.value());
                        editor.focus(at as u32);
                    }
                }
                *handle.borrow_mut() = Some(editor);
                bundle.set(Bundle::Ready);
            }
            Err(_) => bundle.set(Bundle::Failed),
        }
    });
}
