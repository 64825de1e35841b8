//! What each node's kube-proxy shows on the stage: the rules of the Service in focus, in short.

use super::view::{HopView, Place as Where, ProxyLine, name_of};
use super::{Playground, scene};
use crate::api::{ObjectExt, Value, resource};
use crate::collections::sort_by_key;
use crate::network::iptables::{Block, Match, Rule, Target};
use crate::network::{ChainName, HostId, NodeRules, Table};
use std::rc::Rc;

/// A node's lines, made anew only when its rules or the focus change.
pub(super) struct Shown {
    node: HostId,
    rules: Rc<NodeRules>,
    focus: String,
    lines: Vec<Line>,
    /// What was shown last, for which lit rule and how much room.
    last: Option<(String, usize, Rc<Vec<ProxyLine>>)>,
}

/// One rule in short; its full text is made only where it is shown.
struct Line {
    text: String,
    table: Table,
    chain: ChainName,
    /// Its block, and where in the block's part of the chain it is.
    at: (usize, usize),
    dead: bool,
}

impl Line {
    fn rule<'a>(&self, rules: &'a NodeRules) -> Option<&'a Rule> {
        rules.blocks.get(self.at.0)?.chain(self.table, self.chain).get(self.at.1)
    }
    fn full(&self, rules: &NodeRules) -> String {
        self.rule(rules).map(|r| r.text(self.chain, false)).unwrap_or_default()
    }
}

impl Playground {
    /// What each node's kube-proxy shows, in the scene's order of nodes: the focused Service's rules on that node, as
    /// many as its box has `room` for, around the one that is lit because the chosen request is `at` it.
    pub fn proxies(&mut self, focus: &str, at: Option<&HopView>, room: &[usize]) -> Vec<Rc<Vec<ProxyLine>>> {
        let named = |n: &Rc<Value>| (n.name().to_string(), self.moment.cluster.network.node(n.name()));
        let nodes: Vec<(String, Option<HostId>)> =
            self.moment.cluster.store.list(&resource::NODES, "").map(named).collect();
        let mut all = Vec::new();
        for (i, (name, id)) in nodes.into_iter().enumerate() {
            let lit = at.filter(|h| matches!(&h.place, Where::Proxy(n) if **n == *name));
            let shown = id.and_then(|id| self.shown(id, focus));
            all.push(shown.map(|s| s.window(lit, room.get(i).copied().unwrap_or(0))).unwrap_or_default());
        }
        all
    }

    fn shown(&mut self, node: HostId, focus: &str) -> Option<&mut Shown> {
        let rules = self.moment.cluster.network.rules(node)?;
        let kept = self.cache.proxies.iter().position(|s| s.node == node);
        let fresh = |s: &Shown| Rc::ptr_eq(&s.rules, &rules) && s.focus == focus;
        if let Some(i) = kept.filter(|i| self.cache.proxies.get(*i).is_some_and(fresh)) {
            return self.cache.proxies.get_mut(i);
        }
        let lines = self.lines(&rules, focus);
        self.cache.proxies.retain(|s| s.node != node);
        self.cache.proxies.push(Shown { node, rules, focus: focus.into(), lines, last: None });
        self.cache.proxies.last_mut()
    }

    /// The rules of a Service that tell where it leads: dispatch, balancing, refusals.
    fn lines(&self, rules: &NodeRules, focus: &str) -> Vec<Line> {
        let mut lines = Vec::new();
        for (b, block) in rules.blocks.iter().enumerate() {
            let (namespace, name) = &block.port.service;
            if focus.split_once('/') != Some((namespace, name)) {
                continue;
            }
            for (table, chain, list) in block.rules() {
                for (i, rule) in list.iter().enumerate() {
                    let dead = matches!(rule.target, Target::Reject | Target::Drop);
                    if let Some(text) = self.short(*table, *chain, rule, list.len() - i, block) {
                        lines.push(Line { text, table: *table, chain: *chain, at: (b, i), dead });
                    }
                }
            }
        }
        // What is met first on the way to an endpoint comes first.
        sort_by_key(&mut lines, |l| (l.table != Table::Nat, l.chain));
        lines
    }

    /// `:30001 → KUBE-EXT`, `1/3 → web-x`, `pin → web-x`, `:80 → REJECT`; `None` for a rule that is left out.
    fn short(&self, table: Table, chain: ChainName, rule: &Rule, left: usize, block: &Block) -> Option<String> {
        let port = rule.matches.iter().find_map(|m| if let Match::Dport(_, p) = m { Some(p) } else { None });
        let leads = |to: &str| port.map_or_else(|| format!("→ {to}"), |p| format!(":{p} → {to}"));
        match (chain, rule.target) {
            (_, Target::Reject) => Some(leads("REJECT")),
            (_, Target::Drop) => Some(leads("DROP")),
            (ChainName::Svc(_) | ChainName::Svl(_), Target::Jump(ChainName::Sep(to))) => {
                let ip = block.port.endpoints.iter().find(|e| e.hash == to)?.ip;
                let pod =
                    scene::pod_at(&self.moment.cluster, ip).map_or_else(|| ip.to_string(), |key| name_of(&key).into());
                let pinned = |m: &Match| matches!(m, Match::RecentCheck { .. });
                let drawn = |m: &Match| matches!(m, Match::Statistic(_));
                // Over this node's endpoints alone.
                let local = if matches!(chain, ChainName::Svl(_)) { "local " } else { "" };
                Some(match () {
                    () if rule.matches.iter().any(pinned) => format!("{local}pin → {pod}"),
                    () if rule.matches.iter().any(drawn) => format!("{local}1/{left} → {pod}"),
                    () => format!("{local}rest → {pod}"),
                })
            }
            (ChainName::Services | ChainName::NodePorts, Target::Jump(to)) if table == Table::Nat => {
                let loopback =
                    rule.destination.is_some_and(|(_, to)| to.contains(std::net::Ipv4Addr::LOCALHOST.into()));
                let kind = to.to_string().get(..8)?.to_string();
                (!loopback && port.is_some()).then(|| leads(&kind))
            }
            _ => None,
        }
    }
}

impl Shown {
    /// The lines that fit, with their full texts.
    fn window(&mut self, at: Option<&HopView>, room: usize) -> Rc<Vec<ProxyLine>> {
        let met = at.map_or("", |hop| &hop.rule);
        if let Some((_, _, lines)) = self.last.as_ref().filter(|(lit, r, _)| lit == met && *r == room) {
            return lines.clone();
        }
        let lit = at.and_then(|hop| self.lit(hop));
        // Where not all fit, the last line says how many more there are.
        let fit = if self.lines.len() > room { room.saturating_sub(1) } else { room };
        let most = self.lines.len().saturating_sub(fit);
        let skip = lit.map_or(0, |l| l.saturating_sub(fit / 2)).min(most);
        let line = |(i, l): (usize, &Line)| ProxyLine {
            text: l.text.clone(),
            rule: l.full(&self.rules),
            table: l.table.name(),
            lit: lit == Some(i),
            dead: l.dead,
            more: 0,
        };
        let mut lines: Vec<ProxyLine> = self.lines.iter().enumerate().skip(skip).take(fit).map(line).collect();
        if fit < room && most > 0 {
            lines.push(ProxyLine { more: most, ..ProxyLine::default() });
        }
        let lines = Rc::new(lines);
        self.last = Some((met.into(), room, lines.clone()));
        lines
    }

    /// The line of the rule that a hop met. Rules may have changed since, so the text decides.
    fn lit(&self, hop: &HopView) -> Option<usize> {
        let rule = hop.at?;
        let same =
            |l: &Line| (l.table, l.chain) == (rule.table, rule.chain) && hop.rule.starts_with(&l.full(&self.rules));
        self.lines.iter().position(same)
    }
}
