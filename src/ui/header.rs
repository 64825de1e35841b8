//! The header: brand, lesson or free play, transport, language and theme.

use super::app::{Act, Action};
use super::text::{Lang, Msg, fill, say};
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// What the header shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    pub embed: bool,
    pub playing: bool,
    pub speed: f64,
    pub in_lesson: bool,
    pub lesson_title: String,
    /// The row with the slider of time.
    pub timeline: Html,
    pub act: Act,
}

/// Speeds on offer.
const SPEEDS: [(f64, &str); 8] =
    [(0.1, "0.1"), (0.25, "0.25"), (0.5, "0.5"), (1.0, "1"), (2.0, "2"), (5.0, "5"), (10.0, "10"), (20.0, "20")];

/// The speed that an option's text means; the usual one for other texts.
pub fn speed(text: &str) -> f64 {
    SPEEDS.into_iter().find(|(_, shown)| *shown == text).map_or(1.0, |(speed, _)| speed)
}

/// A `<select>` with an id and a name, of values with what they are called; `chosen` is what is shown as such, whatever
/// was picked before and whatever comes and goes.
pub fn choice(
    id: &'static str,
    label: &'static str,
    all: impl IntoIterator<Item = (String, String)>,
    chosen: &str,
    disabled: bool,
    onchange: Callback<Event>,
) -> Html {
    let option = |(value, name): (String, String)| {
        let selected = value == chosen;
        html! { <option key={value.clone()} {value} {selected}>{ name }</option> }
    };
    let all: Html = all.into_iter().map(option).collect();
    // A list that was picked from takes no notice of the options' attributes any more.
    html! { <select class="field" {id} aria-label={label} {disabled} {onchange} ~value={chosen.to_string()}>{ all }</select> }
}

/// The text of a `<select>` or `<input>` that changed.
pub fn value(e: &Event) -> String {
    let target = e.target();
    let select = target.clone().and_then(|t| t.dyn_into::<web_sys::HtmlSelectElement>().ok()).map(|s| s.value());
    let input = || target.clone().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok()).map(|i| i.value());
    select.or_else(input).unwrap_or_default()
}

fn transport(p: &Props) -> Html {
    let t = |m| say(p.lang, m);
    let act = |a: Action| p.act.reform(move |_: MouseEvent| a.clone());
    let play = if p.playing { t(Msg::Pause) } else { t(Msg::Play) };
    let chosen = SPEEDS.iter().find(|(s, _)| *s == p.speed).map_or("", |(_, text)| *text);
    let speeds = SPEEDS.map(|(_, text)| (text.into(), [text, "×"].concat()));
    let pick = p.act.reform(|e: Event| Action::Speed(speed(&value(&e))));
    html! {
        <div class="transport" role="group">
            <button class="btn wide-only" onclick={act(Action::Reset)} title={t(Msg::ResetHint)} aria-label={t(Msg::Reset)}>{ "↺" }</button>
            <button class="btn" id="play" onclick={act(Action::TogglePlay)} aria-label={play}>
                { if p.playing { "❚❚ " } else { "▶ " } }<span class="wide-only">{ play }</span>
            </button>
            <span class="steps-group joined">
                <button class="btn" id="step" onclick={act(Action::StepHop)} title={t(Msg::StepHint)}>{ t(Msg::Step) }{ " ▸" }</button>
                <button class="btn" id="step-packet" onclick={act(Action::StepPacket)} title={t(Msg::StepPacketHint)}>{ t(Msg::StepPacket) }</button>
                <button class="btn" id="step-second" onclick={act(Action::StepSecond)} title={t(Msg::StepSecondHint)}>{ t(Msg::StepSecond) }</button>
            </span>
            { choice("speed", t(Msg::Speed), speeds, chosen, false, pick) }
        </div>
    }
}

/// The header.
#[function_component]
pub fn Header(p: &Props) -> Html {
    let t = |m| say(p.lang, m);
    let why = fill(p.lang, Msg::SimulatedWhy, &["1.36.3"]);
    let title = p.lesson_title.clone();
    html! {
        <header class="top">
            <div class="head">
                <span class="brand">{ "kube" }<b>{ "glass" }</b></span>
                <span class="tag" title={why}>{ t(Msg::Simulated) }</span>
                if !p.embed {
                    <div class="tools" role="group">
                        <button class="pill" id="mode-lesson" title={title.clone()} aria-pressed={p.in_lesson.to_string()} onclick={p.act.reform(|_| Action::Lesson(true))}><span class="long">{ title }</span><span class="short">{ t(Msg::Lesson) }</span></button>
                        <button class="pill" id="mode-free" aria-pressed={(!p.in_lesson).to_string()} onclick={p.act.reform(|_| Action::Lesson(false))}>{ t(Msg::FreePlay) }</button>
                    </div>
                }
            </div>
            <div class="clockbar">{ transport(p) }{ p.timeline.clone() }</div>
            <div class="tools end">
                <button class="pill" id="language" onclick={p.act.reform(|_| Action::SwitchLang)}>{ t(Msg::Language) }</button>
                <button class="pill" id="theme" aria-label={t(Msg::Theme)} title={t(Msg::Theme)} onclick={p.act.reform(|_| Action::SwitchTheme)}>{ "◐" }</button>
            </div>
        </header>
    }
}
