//! What a step waits for.

use crate::collections::BTreeMap;
use std::rc::Rc;

/// What a check may ask of the cluster and of the traffic that was seen since the step began.
pub trait Facts {
    /// The value at a field path of an object (`service/web`, `spec.type`) as text; `None` if there is none.
    fn field(&self, object: &str, path: &str) -> Option<String>;
    /// How many ready endpoints a Service of the default namespace has.
    fn endpoints(&self, service: &str) -> usize;
    /// Requests since the step began that a Service (`namespace/name`) led to an answer, oldest first. They may be
    /// thousands, and are asked for ten times a second.
    fn answers<'a>(&'a self, service: &'a str) -> Answers<'a>;
    /// Whether a Pod is ready.
    fn runs(&self, pod: &str) -> bool;
    /// How many requests to a Service (`namespace/name`) were refused since the step began.
    fn refusals(&self, service: &str) -> usize;
    /// Whether the rules of a node were looked at since the step began, in the terminal or in the list.
    fn rules_seen(&self) -> bool;
}

/// Answered requests in order.
pub type Answers<'a> = Box<dyn DoubleEndedIterator<Item = &'a Answer> + 'a>;

/// One answered request, as checks see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who sent it.
    pub from: Rc<str>,
    /// Key of the Pod that answered.
    pub pod: Rc<str>,
    /// Node whose NodePort it came in by, empty otherwise.
    pub door: Rc<str>,
    /// `namespace/name` of the Service it went through, empty if none.
    pub service: Rc<str>,
    /// Whether the Service was asked by its ClusterIP.
    pub inside: bool,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// `exists KIND/NAME`
    Exists(String),
    /// `field KIND/NAME PATH = VALUE`
    Field(String, String, String),
    /// `endpoints SERVICE = N` or `>= N`
    Endpoints(String, usize, bool),
    /// `ready KIND/NAME`: as many of its Pods are ready as it wants.
    Ready(String),
    /// `answers SERVICE >= N`: so many answered requests through the Service.
    Answers(String, usize),
    /// `inside SERVICE >= N`: so many answered requests to the Service's ClusterIP.
    Inside(String, usize),
    /// `refused SERVICE >= N`: so many requests to the Service that a rule refused.
    Refused(String, usize),
    /// `pods SERVICE >= N`: so many different Pods answered.
    Pods(String, usize),
    /// `doors SERVICE >= N`: so many nodes' doors were used.
    Doors(String, usize),
    /// `pinned SERVICE >= N`: the last N answers to one sender came from one Pod.
    Pinned(String, usize),
    /// `replaced SERVICE`: a Pod that answered is gone and another one answered the same sender after it.
    Replaced(String),
    /// `rules seen`
    RulesSeen,
    /// `not CHECK`
    Not(Box<Check>),
}

impl Check {
    /// Reads one line.
    pub fn parse(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |s: &str| s.parse::<usize>().map_err(|_| format!("not a number: \"{s}\""));
        Ok(match words[..] {
            ["not", ..] => Self::Not(Box::new(Self::parse(&words[1..].join(" "))?)),
            ["exists", object] => Self::Exists(object.into()),
            ["field", object, path, "=", value] => Self::Field(object.into(), path.into(), value.into()),
            ["endpoints", service, op @ ("=" | ">="), n] => Self::Endpoints(service.into(), number(n)?, op == "="),
            ["ready", object] => Self::Ready(object.into()),
            ["answers", service, ">=", n] => Self::Answers(service.into(), number(n)?),
            ["inside", service, ">=", n] => Self::Inside(service.into(), number(n)?),
            ["refused", service, ">=", n] => Self::Refused(service.into(), number(n)?),
            ["pods", service, ">=", n] => Self::Pods(service.into(), number(n)?),
            ["doors", service, ">=", n] => Self::Doors(service.into(), number(n)?),
            ["pinned", service, ">=", n] => Self::Pinned(service.into(), number(n)?),
            ["replaced", service] => Self::Replaced(service.into()),
            ["rules", "seen"] => Self::RulesSeen,
            _ => return Err(format!("unknown check \"{line}\"")),
        })
    }

    /// Whether it asks for what was seen to happen, not for how things stand.
    pub fn is_traffic(&self) -> bool {
        match self {
            Self::Exists(_) | Self::Field(..) | Self::Endpoints(..) | Self::Ready(_) | Self::Not(_) => false,
            Self::Answers(..)
            | Self::Inside(..)
            | Self::Refused(..)
            | Self::Pods(..)
            | Self::Doors(..)
            | Self::Pinned(..)
            | Self::Replaced(_)
            | Self::RulesSeen => true,
        }
    }

    /// Whether it holds.
    pub fn holds(&self, facts: &dyn Facts) -> bool {
        let key = |service: &str| ["default/", service].concat();
        match self {
            Self::Exists(object) => facts.field(object, "metadata.name").is_some(),
            Self::Field(object, path, value) => facts.field(object, path).as_deref() == Some(value),
            Self::Endpoints(service, n, exactly) => {
                let have = facts.endpoints(service);
                if *exactly { have == *n } else { have >= *n }
            }
            Self::Ready(object) => {
                let ready = facts.field(object, "status.readyReplicas");
                ready.is_some() && ready == facts.field(object, "spec.replicas")
            }
            Self::Answers(service, n) => facts.answers(&key(service)).take(*n).count() >= *n,
            Self::Inside(service, n) => facts.answers(&key(service)).filter(|a| a.inside).take(*n).count() >= *n,
            Self::Refused(service, n) => facts.refusals(&key(service)) >= *n,
            Self::Pods(service, n) => different(facts.answers(&key(service)).map(|a| &*a.pod), *n),
            Self::Doors(service, n) => {
                different(facts.answers(&key(service)).map(|a| &*a.door).filter(|d| !d.is_empty()), *n)
            }
            Self::Pinned(service, n) => {
                let key = key(service);
                let Some(last) = facts.answers(&key).next_back() else { return false };
                let same = facts.answers(&key).rev().filter(|a| a.from == last.from);
                same.take_while(|a| a.pod == last.pod).take(*n).count() >= *n
            }
            Self::Replaced(service) => replaced(facts, &key(service)),
            Self::RulesSeen => facts.rules_seen(),
            Self::Not(check) => !check.holds(facts),
        }
    }
}

/// Whether there are at least `n` different ones.
fn different<'a>(items: impl Iterator<Item = &'a str>, n: usize) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    for item in items {
        if seen.len() >= n {
            break;
        }
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen.len() >= n
}

/// Whether somebody was answered by a Pod that is gone, and after that by one that runs.
fn replaced(facts: &dyn Facts, service: &str) -> bool {
    let mut runs: BTreeMap<&str, bool> = BTreeMap::new();
    let mut bereft: Vec<&str> = Vec::new();
    for a in facts.answers(service) {
        let alive = *runs.entry(&*a.pod).or_insert_with(|| facts.runs(&a.pod));
        match bereft.contains(&&*a.from) {
            true if alive => return true,
            false if !alive => bereft.push(&a.from),
            _ => {}
        }
    }
    false
}
