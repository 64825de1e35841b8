//! What all parts of the stage are drawn with: boxes, words, and things that can be clicked or chosen by key.

use crate::playground::view::Place;
use crate::ui::app::{Act, Action};
use crate::ui::layout::{Point, Rect, decimal};
use crate::ui::text::{Lang, Msg, say};
use yew::prelude::*;

pub(super) fn cut(text: &str, width: f64, per_char: f64) -> String {
    let room = (width / per_char).max(3.0) as usize;
    let count = text.chars().count();
    if count <= room {
        return text.into();
    }
    // The end of a Pod's name tells it from its siblings.
    let tail: String = text.chars().skip(count - (room - 1)).collect();
    format!("…{tail}")
}

/// About how wide a text is, of whose Latin letters each takes `per_char`; others are wider.
pub(super) fn width(text: &str, per_char: f64) -> f64 {
    text.chars().map(|c| letter(c, per_char)).sum()
}

fn letter(c: char, per_char: f64) -> f64 {
    if c.is_ascii() { per_char } else { 11.5 }
}

/// The beginning of a text that fits, and a sign that there is more.
pub(super) fn cut_end(text: &str, room: f64, per_char: f64) -> String {
    if width(text, per_char) <= room {
        return text.into();
    }
    let mut left = room - per_char;
    let fits = |c: &char| {
        left -= letter(*c, per_char);
        left >= 0.0
    };
    let head: String = text.chars().take_while(fits).collect();
    format!("{head}…")
}

/// A coordinate to a tenth of a pixel.
pub fn tenths(v: f64) -> String {
    decimal((v * 10.0).round() as i64)
}

pub(super) fn n(v: f64) -> AttrValue {
    AttrValue::from(tenths(v))
}

pub(super) fn box_of(r: &Rect, class: Classes, radius: f64) -> Html {
    html! { <rect x={n(r.x)} y={n(r.y)} width={n(r.w.max(0.0))} height={n(r.h.max(0.0))} rx={n(radius)} {class} /> }
}

pub(super) fn words(x: f64, y: f64, class: &'static str, text: String) -> Html {
    html! { <text x={n(x)} y={n(y)} {class}>{ text }</text> }
}

/// Says of what stands there that it is the chosen sender.
pub(super) fn sends(lang: Lang, at: Point) -> Html {
    let r = Rect { x: at.x - 20.0, y: at.y - 8.0, w: 40.0, h: 16.0 };
    html! {
        <>
            { box_of(&r, classes!("sender"), 8.0) }
            <text x={n(at.x)} y={n(at.y + 4.0)} text-anchor="middle" class="sender-text">{ say(lang, Msg::Sends) }</text>
        </>
    }
}

/// A thing that can be clicked or chosen by key: a group with a name.
pub(super) fn thing(label: String, act: &Act, action: Action, body: Html) -> Html {
    expander(label, None, act, action, body)
}

/// The same, and where it shows more or less, which of both it does.
pub(super) fn expander(label: String, open: Option<bool>, act: &Act, action: Action, body: Html) -> Html {
    let opens = matches!(action, Action::OpenMenu(..)).then_some("menu");
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
    html! { <g role="button" tabindex="0" aria-label={label} aria-haspopup={opens} aria-expanded={open.map(|o| o.to_string())} onclick={act.reform(move |_| click.clone())} {onkeydown}>{ body }</g> }
}

/// What stands at a place where dots come by.
pub(super) fn standing(place: &Place, body: Html) -> Html {
    marked(place, None, body)
}

/// The same, standing out or back.
pub(super) fn marked(place: &Place, how: Option<&'static str>, body: Html) -> Html {
    html! { <g data-place={place.id()} class={how}>{ body }</g> }
}
