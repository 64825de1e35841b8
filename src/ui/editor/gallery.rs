//! The gallery of examples: the lesson's files and one for each kind of door, each opened as a file of its own.

use super::super::app::{Act, Action, FileAct};
use super::super::glue::{load_examples, show_dialog};
use super::super::text::{Lang, Msg, fill, say};
use std::rc::Rc;
use yew::prelude::*;

/// What the gallery shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    /// Names of the lesson's files, each with whether the file differs from it.
    pub lesson_files: Rc<Vec<(String, bool)>>,
    pub open: UseStateHandle<bool>,
    pub act: Act,
}

/// One example, as `editor-examples.json` has it.
#[derive(Clone, PartialEq)]
struct Example {
    name: String,
    /// Title and text, Korean and English.
    told: [(String, String); 2],
    /// A command worth trying once it is applied.
    tried: String,
    yaml: String,
}

fn read(json: &str) -> Option<Vec<Example>> {
    let list: Vec<[String; 5]> =
        serde_json::from_str::<serde_json::Value>(json).ok()?.as_array()?.iter().filter_map(row).collect();
    let split = |s: &str| s.split_once(" | ").map_or((s.to_string(), String::new()), |(a, b)| (a.into(), b.into()));
    Some(
        list.into_iter()
            .map(|[name, ko, en, tried, yaml]| Example { name, told: [split(&ko), split(&en)], tried, yaml })
            .collect(),
    )
}

fn row(v: &serde_json::Value) -> Option<[String; 5]> {
    let texts: Vec<String> = v.as_array()?.iter().filter_map(|s| s.as_str().map(String::from)).collect();
    texts.try_into().ok()
}

/// The gallery: a dialog. Examples come from the site when it is first opened.
#[function_component]
pub fn Gallery(p: &Props) -> Html {
    let dialog = use_node_ref();
    let examples = use_state(|| None::<Result<Rc<Vec<Example>>, ()>>);
    {
        let (dialog, examples) = (dialog.clone(), examples.clone());
        use_effect_with((), move |_| {
            if let Some(dialog) = dialog.cast() {
                show_dialog(&dialog);
            }
            wasm_bindgen_futures::spawn_local(async move {
                let text = load_examples().await.ok().and_then(|t| t.as_string());
                examples.set(Some(text.and_then(|t| read(&t)).map(Rc::new).ok_or(())));
            });
        });
    }
    let shut = {
        let open = p.open.clone();
        Callback::from(move |_: Event| open.set(false))
    };
    let close = {
        let open = p.open.clone();
        Callback::from(move |_: MouseEvent| open.set(false))
    };
    let t = |m| say(p.lang, m);
    let list = match &*examples {
        None => html! { <p role="status">{ t(Msg::Loading) }</p> },
        Some(Err(())) => html! { <p role="alert">{ t(Msg::ExamplesFailed) }</p> },
        Some(Ok(list)) => html! { <ul id="examples-list">{ for list.iter().map(|e| card(p, e)) }</ul> },
    };
    let from_lesson = p.lesson_files.iter().map(|(name, _)| {
        let (act, open, file) = (p.act.clone(), p.open.clone(), name.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            act.emit(Action::Files(FileAct::OpenLesson(file.clone())));
            open.set(false);
        });
        html! { <button class="pill" {onclick}>{ name.clone() }</button> }
    });
    html! {
        <dialog class="gallery" id="examples" ref={dialog} onclose={shut} aria-labelledby="examples-title">
            <header><h2 id="examples-title">{ t(Msg::Examples) }</h2><span class="spread" /><button class="btn" aria-label={t(Msg::Close)} title={t(Msg::Close)} onclick={close}>{ "✕" }</button></header>
            <p>{ t(Msg::ExamplesHint) }</p>
            <h3>{ t(Msg::OfTheLesson) }</h3>
            <p class="from-lesson">{ for from_lesson }</p>
            <h3>{ t(Msg::OneEach) }</h3>
            { list }
        </dialog>
    }
}

fn card(p: &Props, example: &Example) -> Html {
    let [ko, en] = &example.told;
    let (title, text) = if p.lang == Lang::Ko { ko } else { en };
    let (act, open) = (p.act.clone(), p.open.clone());
    let name = example.name.clone();
    let body = format!("# {text}\n# {}\n{}", fill(p.lang, Msg::TryIt, &[&example.tried]), example.yaml);
    let onclick = Callback::from(move |_: MouseEvent| {
        act.emit(Action::Files(FileAct::Add(name.clone(), Some(body.clone()))));
        open.set(false);
    });
    html! { <li><button {onclick}><b>{ title }</b><span>{ text }</span><code>{ &example.name }</code></button></li> }
}
