//! Tabs, the bar below the text, and the menu of what can be done with files.

use super::super::app::{Action, FileAct};
use super::super::glue::pick_files;
use super::super::tabindex;
use super::super::text::{Msg, fill, say};
use super::gallery::Gallery;
use super::{Props, taker};
use crate::playground::{Sync, clean_name};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// A tab a file.
pub fn tabs(p: &Props) -> Html {
    let tab = |(name, sync): &(String, Sync)| {
        let (pick, label) = (name.clone(), name.clone());
        let mark = (*sync == Sync::Differs)
            .then(|| html! { <span class="dot" title={say(p.lang, Msg::Differs)}>{ " ●" }</span> });
        html! { <button class="tab" role="tab" aria-controls="code" tabindex={tabindex(*name == p.shown)} aria-selected={(*name == p.shown).to_string()} onclick={p.act.reform(move |_| Action::ShowFile(pick.clone()))}>{ label }{ mark }</button> }
    };
    // A wheel turns what has no room sideways.
    let onwheel = Callback::from(|e: WheelEvent| {
        let tabs = e.current_target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
        if let Some(tabs) = tabs {
            tabs.set_scroll_left(tabs.scroll_left() + (e.delta_y() + e.delta_x()) as i32);
        }
    });
    html! {
        <div class="tabs">
            <div class="tabs-of" role="tablist" aria-label={say(p.lang, Msg::Files)} {onwheel}>{ for p.files.iter().map(tab) }</div>
            <button class="tab" id="new-file" aria-label={say(p.lang, Msg::NewFile)} title={say(p.lang, Msg::NewFile)} onclick={p.act.reform(|_| Action::Files(FileAct::New))}>{ "+" }</button>
        </div>
    }
}

/// Scrolls the chosen tab into sight, where not all have room.
pub fn show_tab(section: &NodeRef) {
    let section = section.cast::<HtmlElement>();
    let tab = section.and_then(|s| s.query_selector(".tabs-of [aria-selected=true]").ok().flatten());
    let Some(tab) = tab.and_then(|t| t.dyn_into::<HtmlElement>().ok()) else { return };
    let Some(tabs) = tab.parent_element().and_then(|t| t.dyn_into::<HtmlElement>().ok()) else { return };
    let left = tab.offset_left() - tabs.offset_left();
    let (first, last) = (left + tab.offset_width() - tabs.client_width(), left);
    tabs.set_scroll_left(tabs.scroll_left().clamp(first.min(last), last));
}

/// What the bar shows.
#[derive(Clone, PartialEq, Properties)]
pub struct BarProps {
    pub pane: Props,
    pub failed: bool,
    /// Whether the differences are shown.
    pub differs: UseStateHandle<bool>,
    /// Told before a file gets another name: the old one and the new one.
    pub renamed: Callback<(String, String)>,
}

/// How the file stands to the cluster, and what can be done with it.
#[function_component]
pub fn FileBar(bar: &BarProps) -> Html {
    let p = &bar.pane;
    let (naming, gallery) = (use_state(|| false), use_state(|| false));
    let t = |m| say(p.lang, m);
    let hint = fill(p.lang, Msg::ApplyHint, &[&p.shown]);
    let open = {
        let gallery = gallery.clone();
        Callback::from(move |_: MouseEvent| gallery.set(true))
    };
    // The first thing to do is what would change something, unless that would undo what was done since.
    let changes = !p.outrun && how(p) != Some(Sync::Same);
    html! {
        <div class="filebar">
            if *naming { <Naming bar={bar.clone()} open={naming.clone()} /> } else { { state(bar) } }
            if !p.undo.is_empty() { <button class="btn" id="undelete" onclick={p.act.reform(|_| Action::Files(FileAct::Undo))}>{ fill(p.lang, Msg::UndoFile, &[&p.undo]) }</button> }
            <button class="btn" id="examples-open" onclick={open}>{ t(Msg::Examples) }</button>
            <FileMenu pane={p.clone()} naming={naming.clone()} />
            <button class="btn" id="apply-all" onclick={p.act.reform(|_| Action::ApplyAll)}>{ t(Msg::ApplyAll) }</button>
            <button class={classes!("btn", changes.then_some("primary"))} id="apply" title={hint} onclick={p.act.reform(|_| Action::Apply)}>{ t(Msg::Apply) }</button>
            if *gallery { <Gallery lang={p.lang} lesson_files={p.lesson_files.clone()} open={gallery.clone()} act={p.act.clone()} /> }
        </div>
    }
}

/// How the shown file stands to the cluster, in a word.
fn how(p: &Props) -> Option<Sync> {
    p.files.iter().find(|(name, _)| *name == p.shown).map(|(_, sync)| *sync)
}

/// How the shown file stands to the cluster; where it differs, a press shows how.
fn state(bar: &BarProps) -> Html {
    let p = &bar.pane;
    let t = |m| say(p.lang, m);
    let words = match how(p) {
        Some(Sync::Same) => t(Msg::SameAsCluster),
        Some(Sync::Differs) => t(Msg::Differs),
        Some(Sync::Absent) => t(Msg::NotInCluster),
        _ => "",
    };
    let words = if bar.failed { format!("{} {words}", t(Msg::EditorFailed)) } else { words.to_string() };
    if p.differences.is_empty() {
        return html! { <span class="state" id="sync">{ words }</span> };
    }
    let flip = {
        let differs = bar.differs.clone();
        Callback::from(move |_: MouseEvent| differs.set(!*differs))
    };
    html! { <button class="link state" id="sync" aria-expanded={bar.differs.to_string()} onclick={flip}>{ format!("● {}", t(Msg::Differs)) }</button> }
}

#[derive(Clone, PartialEq, Properties)]
struct NamingProps {
    bar: BarProps,
    open: UseStateHandle<bool>,
}

/// The field for a file's new name: Enter takes it, Escape doesn't.
#[function_component]
fn Naming(n: &NamingProps) -> Html {
    let field = use_node_ref();
    let p = &n.bar.pane;
    {
        let field = field.clone();
        use_effect_with((), move |_| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
                let stem = field.value().rfind('.').unwrap_or(field.value().len());
                let _ = field.set_selection_range(0, stem as u32);
            }
        });
    }
    let taken = use_state(|| false);
    let (field_of, bar, open) = (field.clone(), n.bar.clone(), n.open.clone());
    let taken_of = taken.clone();
    let take = move || {
        let Some(field) = field_of.cast::<HtmlInputElement>() else { return };
        let (from, to) = (bar.pane.shown.clone(), clean_name(&field.value()));
        if from != to && bar.pane.files.iter().any(|(name, _)| *name == to) {
            taken_of.set(true);
            return;
        }
        if from != to {
            bar.renamed.emit((from.clone(), to.clone()));
            bar.pane.act.emit(Action::Files(FileAct::Rename(from, to)));
        }
        open.set(false);
    };
    let keys = {
        let (take, open) = (take.clone(), n.open.clone());
        Callback::from(move |e: KeyboardEvent| match e.key().as_str() {
            // Enter ends the composing of a syllable first.
            "Enter" if !e.is_composing() => take(),
            "Escape" => open.set(false),
            _ => {}
        })
    };
    html! {
        <span class="naming">
            <input ref={field} id="file-name" class="field" value={p.shown.clone()} aria-label={say(p.lang, Msg::FileName)} aria-invalid={taken.to_string()} onkeydown={keys} spellcheck="false" autocomplete="off" />
            <button class="btn" onclick={Callback::from(move |_: MouseEvent| take())}>{ say(p.lang, Msg::Rename) }</button>
            if *taken { <span role="alert">{ say(p.lang, Msg::NameTaken) }</span> }
        </span>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct MenuProps {
    pane: Props,
    naming: UseStateHandle<bool>,
}

/// One entry: its id, its words, whether it can be done, and what it does.
type Entry = (&'static str, String, bool, Callback<()>);

/// What can be done with files: a menu that opens upwards.
#[function_component]
fn FileMenu(m: &MenuProps) -> Html {
    let open = use_state(|| false);
    let (root, button) = (use_node_ref(), use_node_ref());
    {
        let root = root.clone();
        use_effect_with(*open, move |open| {
            if *open {
                step(&root, 1);
            }
        });
    }
    let keys = {
        let (open, root, button) = (open.clone(), root.clone(), button.clone());
        Callback::from(move |e: KeyboardEvent| match e.key().as_str() {
            "Escape" if *open => {
                open.set(false);
                focus(&button);
            }
            "ArrowDown" | "ArrowUp" if *open => {
                e.prevent_default();
                step(&root, if e.key() == "ArrowDown" { 1 } else { -1 });
            }
            _ => {}
        })
    };
    let left = {
        let (open, root) = (open.clone(), root.clone());
        Callback::from(move |e: FocusEvent| {
            let to = e.related_target().and_then(|t| t.dyn_into::<web_sys::Node>().ok());
            let within = root.cast::<web_sys::Node>().is_some_and(|r| r.contains(to.as_ref()));
            if !within {
                open.set(false);
            }
        })
    };
    let flip = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let entry = |(id, words, can, run): Entry| {
        let open = open.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            open.set(false);
            run.emit(());
        });
        html! { <button role="menuitem" {id} disabled={!can} {onclick}>{ words }</button> }
    };
    html! {
        <div class="filemenu" ref={root} onkeydown={keys} onfocusout={left}>
            <button class="btn" id="file-menu" ref={button} aria-haspopup="menu" aria-expanded={open.to_string()} aria-label={say(m.pane.lang, Msg::FileMenu)} title={say(m.pane.lang, Msg::FileMenu)} onclick={flip}>{ "⋯" }</button>
            if *open { <div class="menu" role="menu">{ for entries(m).into_iter().map(entry) }</div> }
        </div>
    }
}

fn entries(m: &MenuProps) -> Vec<Entry> {
    let p = &m.pane;
    let t = |msg| say(p.lang, msg).to_string();
    let does = |act: FileAct| p.act.reform(move |()| Action::Files(act.clone()));
    let naming = m.naming.clone();
    let take = p.act.clone();
    let lesson = p.lesson_files.iter().any(|(name, differs)| *name == p.shown && *differs);
    vec![
        ("file-rename", t(Msg::RenameFile), true, Callback::from(move |()| naming.set(true))),
        ("file-download", t(Msg::Download), true, does(FileAct::Download)),
        ("file-download-all", t(Msg::DownloadAll), true, does(FileAct::DownloadAll)),
        ("file-upload", t(Msg::Upload), true, Callback::from(move |()| pick_files(&taker(&take)))),
        ("file-revert", t(Msg::RevertCluster), !p.differences.is_empty(), does(FileAct::TakeBack(None))),
        ("file-revert-lesson", t(Msg::RevertLesson), lesson, does(FileAct::RevertLesson)),
        (
            "undo-deed",
            if p.undoable.is_empty() { t(Msg::Undo) } else { p.undoable.to_string() },
            !p.undoable.is_empty(),
            p.act.reform(|()| Action::Undo),
        ),
        ("delete-file", fill(p.lang, Msg::DeleteFile, &[&p.shown]), p.files.len() > 1, does(FileAct::Delete)),
    ]
}

fn focus(node: &NodeRef) {
    if let Some(element) = node.cast::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// Moves the keyboard to the next entry of a menu, or the one before, around its ends.
fn step(root: &NodeRef, by: i32) {
    let Some(root) = root.cast::<web_sys::Element>() else { return };
    let Ok(list) = root.query_selector_all("[role=menuitem]:not(:disabled)") else { return };
    let count = list.length() as i32;
    let now = web_sys::window().and_then(|w| w.document()).and_then(|d| d.active_element());
    let at = (0..count).find(|i| list.item(*i as u32).as_ref() == now.as_ref().map(|n| n.as_ref()));
    let next = at.map_or(if by > 0 { 0 } else { count - 1 }, |at| (at + by).rem_euclid(count.max(1)));
    if let Some(element) = list.item(next as u32).and_then(|n| n.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
