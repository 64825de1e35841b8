//! The words of what lists tell: why a Pod is an endpoint or none, what a rule makes of a packet.

use super::super::text::{Lang, fill, say};
use super::super::words::Word;
use crate::playground::view::name_of;
use crate::playground::{End, Fate, Membership, Met, Mismatch};

/// Why a Pod is an endpoint, or none.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
pub fn why(lang: Lang, why: &Membership) -> String {
    let one = |word, value: &str| fill(lang, word, &[value]);
    match why {
        Membership::Ready => say(lang, Word::Ready).into(),
        Membership::Published => say(lang, Word::Published).into(),
        Membership::Terminating => say(lang, Word::Terminating).into(),
        Membership::Probe(container, probe, said) => {
            let what = fill(lang, Word::Probe, &[container, probe]);
            let said = said.strip_prefix("Readiness probe failed: ").unwrap_or(said).trim();
            if said.is_empty() { what } else { format!("{what}; {}", one(Word::ProbeSaid, said)) }
        }
        Membership::Container(container, reason) => fill(lang, Word::Container, &[container, reason]),
        Membership::NoAddress(status) => one(Word::NoAddress, status),
        Membership::Ended(status) => one(Word::Ended, status),
        Membership::Labels(gaps) => {
            let gap = |(key, wanted, has): &(String, String, Option<String>)| match has {
                Some(has) => fill(lang, Word::LabelOther, &[key, wanted, has]),
                None => fill(lang, Word::LabelMissing, &[key, wanted]),
            };
            gaps.iter().map(gap).collect::<Vec<_>>().join("; ")
        }
        Membership::Namespace(namespace) => one(Word::OtherNamespace, namespace),
        Membership::NoPod(selector) => one(Word::NoPodFits, selector),
        Membership::NoSelector => say(lang, Word::NoSelector).into(),
        Membership::Soon => say(lang, Word::Soon).into(),
    }
}

/// Whether a rule of that fate matches.
pub fn matches(fate: &Fate) -> bool {
    !matches!(fate, Fate::Passed(..) | Fate::Missed | Fate::Unpinned)
}

/// What a rule makes of the packet: why it does not match, or that it does, by which chance, and what comes of it.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
pub fn fate(lang: Lang, met: &Met) -> String {
    let chance = |word| {
        let (p, drawn) = met.chance.unwrap_or_default();
        fill(lang, word, &[&format!("{p:.3}"), &format!("{drawn:.3}")])
    };
    let one = |word, value: &str| fill(lang, word, &[value]);
    let comes = match &met.fate {
        Fate::Passed(why, has) => {
            let word = match why {
                Mismatch::Source => Word::PassSource,
                Mismatch::Destination => Word::PassDestination,
                Mismatch::Protocol => Word::PassProtocol,
                Mismatch::Port => Word::PassPort,
                Mismatch::State => Word::PassState,
                Mismatch::Mark => Word::PassMark,
                Mismatch::SourceType | Mismatch::DestinationType => Word::PassLocal,
            };
            return one(word, has);
        }
        Fate::Missed => return chance(Word::Missed),
        Fate::Unpinned => return say(lang, Word::Unpinned).into(),
        Fate::Jump(chain) => one(Word::Goes, chain),
        Fate::Return => say(lang, Word::Returns).into(),
        Fate::Mark => say(lang, Word::Marks).into(),
        Fate::Dnat(to) => one(Word::BecomesTo, to),
        Fate::Snat(from) => one(Word::BecomesFrom, from),
        Fate::Accept => say(lang, Word::Accepts).into(),
        Fate::Drop => say(lang, Word::Drops).into(),
        Fate::Reject => say(lang, Word::Rejects).into(),
        Fate::Next => say(lang, Word::NextRule).into(),
    };
    let how = match (met.chance, met.pinned_s) {
        (Some(_), _) => chance(Word::Drawn),
        (_, Some(left)) => one(Word::PinHolds, &left.to_string()),
        _ => say(lang, Word::Matches).into(),
    };
    format!("{how} → {comes}")
}

/// How the packet's way ends.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
pub fn end(lang: Lang, end: &End) -> String {
    let at = |word, host: &str| fill(lang, word, &[name_of(host)]);
    match end {
        End::Accepted(host) => at(Word::EndAccepted, host),
        End::Refused(host) => at(Word::EndRefused, host),
        End::Rejected(node) => at(Word::EndRejected, node),
        End::Dropped(node) => at(Word::EndDropped, node),
        End::Lost => say(lang, Word::EndLost).into(),
        End::Unreachable => say(lang, Word::EndUnreachable).into(),
    }
}
