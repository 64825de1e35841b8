//! `xt_recent`'s lists: session affinity's memory on one node.
//!
//! upstream: net/netfilter/xt_recent.c

use super::Hash;
use crate::collections::BTreeMap;
use crate::sim::{Duration, Time};
use std::net::Ipv4Addr;

/// How many addresses a list holds (`ip_list_tot`); the longest unseen makes room.
pub const LIST_MAX: usize = 100;

/// One list: addresses, the longest unseen first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    entries: Vec<(Ipv4Addr, Time)>,
}

impl Recent {
    /// Addresses with the time they were last seen, the longest unseen first.
    pub fn entries(&self) -> &[(Ipv4Addr, Time)] {
        &self.entries
    }
    fn check(&mut self, src: Ipv4Addr, seconds: u32, now: Time) -> Option<Duration> {
        let seen = self.entries.iter().find(|(ip, _)| *ip == src)?.1;
        let timeout = Duration::secs(u64::from(seconds));
        let age = now - seen;
        // --reap looks at the longest unseen address only, and only when the client itself is in the list.
        if self.entries.first().is_some_and(|(_, seen)| now - *seen > timeout) {
            self.entries.remove(0);
        }
        (age <= timeout).then(|| Duration(timeout.0 - age.0))
    }
    fn set(&mut self, src: Ipv4Addr, now: Time) {
        if let Some(at) = self.entries.iter().position(|(ip, _)| *ip == src) {
            self.entries.remove(at);
        } else if self.entries.len() >= LIST_MAX {
            self.entries.remove(0);
        }
        self.entries.push((src, now));
    }
}

/// All lists of a node by the hash of the `KUBE-SEP-` chain whose name they bear.
#[derive(Clone, Debug, Default)]
pub struct Recents {
    lists: BTreeMap<Hash, Recent>,
}

impl Recents {
    /// `--rcheck --seconds N --reap`: how much longer `src` is pinned.
    pub fn check(&mut self, list: &Hash, src: Ipv4Addr, seconds: u32, now: Time) -> Option<Duration> {
        self.lists.get_mut(list)?.check(src, seconds, now)
    }
    /// `--set`: `src` was seen now.
    pub fn set(&mut self, list: &Hash, src: Ipv4Addr, now: Time) {
        self.lists.entry(*list).or_default().set(src, now);
    }
    /// Keeps only lists that a rule still names: a list goes with its last rule.
    pub fn retain(&mut self, keep: impl Fn(&Hash) -> bool) {
        self.lists.retain(|hash, _| keep(hash));
    }
    /// One list.
    pub fn get(&self, list: &Hash) -> Option<&Recent> {
        self.lists.get(list)
    }
    /// All lists that hold something.
    pub fn iter(&self) -> impl Iterator<Item = (&Hash, &Recent)> {
        self.lists.iter()
    }
    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(n: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 0, 0, n)
    }

    #[test]
    fn pins_expire_and_the_oldest_makes_room() {
        let (mut lists, list, t) = (Recents::default(), Hash::default(), |s| Time(s * 1_000_000));
        lists.set(&list, ip(1), t(0));
        assert_eq!(lists.check(&list, ip(1), 30, t(10)), Some(Duration::secs(20)));
        assert_eq!(lists.check(&list, ip(1), 30, t(30)), Some(Duration::secs(0)));
        assert_eq!(lists.check(&list, ip(2), 30, t(31)), None);
        assert_eq!(lists.check(&list, ip(1), 30, t(31)), None);
        assert_eq!(lists.get(&list).map(|l| l.entries().len()), Some(0), "--reap took it away");
        for n in 1..=101 {
            lists.set(&list, ip(n), t(40 + u64::from(n)));
        }
        assert_eq!(lists.get(&list).map(|l| l.entries().len()), Some(LIST_MAX));
        assert_eq!(lists.check(&list, ip(1), 3600, t(200)), None);
        assert!(lists.check(&list, ip(2), 3600, t(200)).is_some());
    }
}
