//! The lists: which is open, what part of it is looked at, what its rows open, and copying it.

use super::super::glue::{copy_text, is_small};
use super::super::layout::Point;
use super::super::lists::{columns, found, why};
use super::super::text::{fill, say};
use super::super::words::Word;
use super::sending::sender_name;
use super::{Action, App, Menu};
use crate::playground::view::{HopView, Opens, Place, Rows};
use crate::playground::{ListKind, Query};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// What can be done with lists.
#[derive(Clone, Debug, PartialEq)]
pub enum ListAct {
    /// A list is opened, or the terminal.
    Show(Option<ListKind>),
    /// The open list is searched.
    Search(String),
    /// It is sorted by a column: upwards, then downwards, then by its own order again.
    Sort(usize),
    /// Its rows from this one on come in sight.
    Rows(usize),
    /// The keyboard comes into its rows, or leaves them: meanwhile they stand still.
    Hold(bool),
    /// What a row is about is opened.
    Open(Opens),
    /// All rows that were found are copied.
    Copy,
    /// What came of that: how many lines, or that the browser refused.
    Copied(Option<usize>),
    /// The rules of a node.
    RulesOf(String),
    /// The rules of a table.
    RulesTable(String),
    /// One rule among all of its node and table.
    Rule(String, &'static str, String),
    /// What rules a packet meets: sender, address, protocol. Nothing: the answer goes.
    Ask(Option<(String, String, String)>),
}

impl App {
    /// Does what is asked of the lists.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn handle_list(&mut self, act: ListAct) {
        if !matches!(act, ListAct::Rows(_) | ListAct::Hold(_)) {
            self.copied = "".into();
        }
        match act {
            ListAct::Show(kind) => {
                self.bottom = kind;
                self.query = Query::default();
                self.asked = None;
                if kind == Some(ListKind::Iptables) {
                    self.see_its_rules();
                    self.playground.saw_rules();
                }
            }
            ListAct::Search(search) => self.query = Query { search, sort: self.query.sort, ..Query::default() },
            ListAct::Sort(column) => {
                let sort = match self.query.sort {
                    Some((by, true)) if by == column => None,
                    Some((by, false)) if by == column => Some((column, true)),
                    _ => Some((column, false)),
                };
                self.query = Query { search: self.query.search.clone(), sort, ..Query::default() };
            }
            ListAct::Rows(first) => {
                self.query.first = first;
                self.stand_still();
            }
            ListAct::Hold(held) => {
                self.query.held = held;
                self.stand_still();
            }
            ListAct::Open(Opens::Request(id)) => {
                self.handle(Action::Inspect(id));
                if is_small() {
                    self.pane = "side".into();
                }
            }
            ListAct::Open(Opens::Thing(thing)) => self.open_thing(thing),
            ListAct::Copy => self.copy_list(),
            ListAct::Copied(lines) => {
                let lang = self.settings.lang;
                let told = match lines {
                    Some(lines) => fill(lang, Word::Copied, &[&lines.to_string()]),
                    None => say(lang, Word::CopyFailed).into(),
                };
                self.copied = told.into();
            }
            ListAct::RulesOf(node) => {
                if self.bottom != Some(ListKind::Iptables) {
                    self.handle_list(ListAct::Show(Some(ListKind::Iptables)));
                }
                self.rules.0 = node;
                if is_small() {
                    self.pane = "terminal".into();
                }
            }
            ListAct::RulesTable(table) => self.rules.1 = table,
            ListAct::Rule(node, table, rule) => {
                self.handle_list(ListAct::RulesOf(node));
                self.rules.1 = table.into();
                if !rule.contains(&self.query.search) {
                    self.query.search.clear();
                }
                self.sought = (self.sought.0 + 1, rule);
            }
            ListAct::Ask(question) => {
                self.asked =
                    question.map(|(from, to, proto)| self.playground.ask_packet(&from, &to, &proto).map(Rc::new));
                if let Some(Some(first)) = self.asked.as_ref().map(|m| m.as_ref().and_then(|m| m.met.first())) {
                    self.rules = (first.node.clone(), first.table.into());
                }
            }
        }
    }

    /// Further down, or with the keyboard in it, the list of requests stands still while new ones come.
    fn stand_still(&mut self) {
        let upto = self.query.upto.unwrap_or(self.playground.requests_sent());
        self.query.upto = (self.query.first > 0 || self.query.held).then_some(upto);
    }

    /// How many requests came since the list stands still.
    pub(super) fn newer(&self) -> u64 {
        let upto = self.query.upto.filter(|_| self.bottom == Some(ListKind::Requests));
        upto.map_or(0, |upto| self.playground.requests_sent().saturating_sub(upto))
    }

    /// Opens the menu of something on the stage, where it stands.
    fn open_thing(&mut self, thing: Menu) {
        if is_small() {
            self.pane = "stage".into();
        }
        let place = match &thing {
            Menu::Pod(key) => format!("#stage [data-place=\"pod:{key}\"]"),
            _ => String::new(),
        };
        let document = web_sys::window().and_then(|w| w.document());
        let drawn = document.and_then(|d| d.query_selector(&place).ok().flatten());
        let at = drawn.zip(self.area.cast::<web_sys::Element>()).map(|(drawn, area)| {
            let (thing, stage) = (drawn.get_bounding_client_rect(), area.get_bounding_client_rect());
            let (x, y) = (thing.left() - stage.left(), thing.bottom() - stage.top());
            Point { x: x + f64::from(area.scroll_left()) + 12.0, y: y + f64::from(area.scroll_top()) }
        });
        self.menu = None;
        self.handle(Action::OpenMenu(thing, at.unwrap_or(Point { x: 24.0, y: 60.0 })));
    }

    /// The rules to be shown are those of the node that dealt with the request that is looked at.
    fn see_its_rules(&mut self) {
        let node = |h: &HopView| if let Place::Proxy(node) = &h.place { Some(node.to_string()) } else { None };
        if let Some(node) = self.inspected.as_ref().and_then(|r| r.hops.iter().find_map(node)) {
            self.rules.0 = node;
        }
    }

    /// Rows of a list, senders by the names that the page has for them.
    pub(super) fn rows(&mut self, kind: ListKind, query: &Query) -> Rows {
        let lang = self.settings.lang;
        let mut list = self.playground.list(kind, query, &|w| why(lang, w));
        if let Some(from) = columns(kind).iter().position(|c| *c == Word::ColFrom) {
            list.rows.iter_mut().filter_map(|r| r.cells.get_mut(from)).for_each(|id| *id = sender_name(lang, id));
        }
        list
    }

    /// Puts the rows that were found on the clipboard: as a table, or the rules as text.
    fn copy_list(&mut self) {
        let Some(kind) = self.bottom else { return };
        let lang = self.settings.lang;
        let (text, lines) = if kind == ListKind::Iptables {
            let lines: Vec<&str> = found(&self.derived.rules, &self.query.search).collect();
            (lines.join("\n") + "\n", lines.len())
        } else {
            let query = Query { first: 0, count: usize::MAX, ..self.query.clone() };
            let rows = self.rows(kind, &query).rows;
            let heads = columns(kind).iter().map(|w| say(lang, *w)).collect::<Vec<_>>().join("\t");
            // A tab or a line break within a cell would part it.
            let row =
                |cells: &[String]| cells.iter().map(|c| c.replace(['\t', '\n'], " ")).collect::<Vec<_>>().join("\t");
            let table = rows.iter().map(|r| row(&r.cells) + "\n").collect::<String>();
            (format!("{heads}\n{table}"), rows.len())
        };
        let act = self.act.clone();
        spawn_local(async move {
            let done = copy_text(&text).await.is_ok_and(|done| done.is_truthy());
            act.emit(Action::List(ListAct::Copied(done.then_some(lines))));
        });
    }
}
