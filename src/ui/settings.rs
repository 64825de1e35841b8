//! What the page's address asks for, and what this browser keeps.

use super::text::Lang;
use crate::playground::Origin;
use gloo::storage::{LocalStorage, SessionStorage, Storage};

/// Where the files are kept; `static/boot.js` shows the same entry if the app can't start.
pub const FILES: &str = "kubeglass.files";
/// Where the inputs of the page's own cluster are kept.
pub const INPUTS: &str = "kubeglass.inputs";
/// Where this tab keeps how its clock goes: speed, and whether it stands.
pub const CLOCK: &str = "kubeglass.clock";
/// Where files are kept as they were before deeds that threw text away.
pub const THROWN: &str = "kubeglass.thrown";
/// Where the editor keeps what can be undone.
pub const UNDO: &str = "kubeglass.undo";
/// Where the panes' sizes are kept.
pub const PANES: &str = "kubeglass.panes";
const LANG: &str = "kubeglass.lang";
const THEME: &str = "kubeglass.theme";
const LESSON: &str = "kubeglass.lesson";

/// How the page was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `?embed`: without chrome.
    pub embed: bool,
    /// `?lang=ko|en`, else what was chosen last, else the browser's.
    pub lang: Lang,
    /// `?theme=dark|light`, else what was chosen last, else the system's.
    pub dark: bool,
    /// `?panes=stage,terminal`: which panes an embed offers, in order.
    pub panes: Vec<String>,
    /// `?lesson=NAME`, `?lesson=none`.
    pub lesson: Option<String>,
    /// `?seed=N`
    pub seed: Option<u64>,
    /// `?workers=N`: another cluster than the usual one, which a kept session of that one gives way to.
    pub workers: Option<u32>,
    /// `?file=NAME:TEXT` is not offered; files come with a lesson or from this browser.
    pub keep: bool,
    /// Whether the system asks for reduced motion.
    pub still: bool,
}

fn kept(key: &str) -> Option<String> {
    LocalStorage::raw().get_item(key).ok().flatten()
}

fn prefers(query: &str) -> bool {
    web_sys::window().and_then(|w| w.match_media(query).ok().flatten()).is_some_and(|m| m.matches())
}

impl Settings {
    /// Reads the address, the storage and the system's wishes.
    pub fn read() -> Self {
        let window = web_sys::window();
        let search = window.as_ref().and_then(|w| w.location().search().ok()).unwrap_or_default();
        let params = web_sys::UrlSearchParams::new_with_str(&search).ok();
        let get = |k: &str| params.as_ref().and_then(|p| p.get(k));
        let embed = get("embed").is_some_and(|v| v != "0" && v != "false");
        let keep = !embed;
        let remembered = |k: &str| if keep { kept(k) } else { None };
        let browser = window.as_ref().and_then(|w| w.navigator().language()).unwrap_or_default();
        let lang = match get("lang").or_else(|| remembered(LANG)).unwrap_or(browser) {
            l if l.starts_with("ko") => Lang::Ko,
            _ => Lang::En,
        };
        let dark = match get("theme").or_else(|| remembered(THEME)).as_deref() {
            Some("dark") => true,
            Some("light") => false,
            _ => prefers("(prefers-color-scheme: dark)"),
        };
        let panes = get("panes").unwrap_or_else(|| "stage,files,terminal,side".into());
        let panes = panes.split(',').filter(|p| ["stage", "files", "terminal", "side"].contains(p)).map(Into::into);
        Self {
            embed,
            lang,
            dark,
            panes: panes.collect(),
            lesson: get("lesson").or_else(|| remembered(LESSON)),
            seed: get("seed").and_then(|s| s.parse().ok()),
            workers: get("workers").and_then(|s| s.parse().ok()).map(|n: u32| n.clamp(1, Origin::WORKERS_MAX)),
            keep,
            still: prefers("(prefers-reduced-motion: reduce)"),
        }
    }

    /// Keeps language, theme and lesson, and tells the document.
    pub fn show(&self, lesson: &str) {
        if let Some(root) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element()) {
            let _ = root.set_attribute("lang", self.lang.tag());
            let _ = root.set_attribute("data-theme", if self.dark { "dark" } else { "light" });
        }
        if self.keep {
            let _ = self.store(LANG, self.lang.tag());
            let _ = self.store(THEME, if self.dark { "dark" } else { "light" });
            let _ = self.store(LESSON, lesson);
        }
    }

    /// Keeps `text` under `key`; `false` if the browser has no room.
    pub fn store(&self, key: &str, text: &str) -> bool {
        !self.keep || LocalStorage::raw().set_item(key, text).is_ok()
    }

    /// Keeps `text` for this tab alone: it outlives a reload, and a killed tab that the browser brings back.
    pub fn store_own(&self, key: &str, text: &str) -> bool {
        !self.keep || SessionStorage::raw().set_item(key, text).is_ok()
    }

    /// What this tab alone keeps under `key`.
    pub fn load_own(&self, key: &str) -> Option<String> {
        if self.keep { SessionStorage::raw().get_item(key).ok().flatten() } else { None }
    }

    /// Gives up what is kept under `key`.
    pub fn drop(&self, key: &str) {
        if self.keep {
            let _ = LocalStorage::raw().remove_item(key);
        }
    }

    /// Gives up what this tab alone keeps under `key`.
    pub fn drop_own(&self, key: &str) {
        if self.keep {
            let _ = SessionStorage::raw().remove_item(key);
        }
    }

    /// What is kept under `key`; an embed starts afresh.
    pub fn load(&self, key: &str) -> Option<String> {
        if self.keep { kept(key) } else { None }
    }
}
