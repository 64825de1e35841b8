//! What a step waits for.

use std::rc::Rc;

/// What a check may ask of the cluster and of the traffic that was seen since the step began.
pub trait Facts {
    /// The value at a field path of an object (`service/web`, `spec.type`) as text; `None` if there is none.
    fn field(&self, object: &str, path: &str) -> Option<String>;
    /// How many ready endpoints a Service of the default namespace has.
    fn endpoints(&self, service: &str) -> usize;
    /// Requests since the step began that a Service (`namespace/name`) led to an answer, oldest first.
    fn answers(&self, service: &str) -> Vec<Answer>;
    /// Whether the rules of a node were looked at since the step began, in the terminal or in the list.
    fn rules_seen(&self) -> bool;
}

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
    /// Whether that Pod still runs.
    pub pod_runs: bool,
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
    /// `answers SERVICE >= N`: so many answered requests through the Service.
    Answers(String, usize),
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
}

impl Check {
    /// Reads one line.
    pub fn parse(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |s: &str| s.parse::<usize>().map_err(|_| format!("not a number: \"{s}\""));
        Ok(match words[..] {
            ["exists", object] => Self::Exists(object.into()),
            ["field", object, path, "=", value] => Self::Field(object.into(), path.into(), value.into()),
            ["endpoints", service, op @ ("=" | ">="), n] => Self::Endpoints(service.into(), number(n)?, op == "="),
            ["answers", service, ">=", n] => Self::Answers(service.into(), number(n)?),
            ["pods", service, ">=", n] => Self::Pods(service.into(), number(n)?),
            ["doors", service, ">=", n] => Self::Doors(service.into(), number(n)?),
            ["pinned", service, ">=", n] => Self::Pinned(service.into(), number(n)?),
            ["replaced", service] => Self::Replaced(service.into()),
            ["rules", "seen"] => Self::RulesSeen,
            _ => return Err(format!("unknown check \"{line}\"")),
        })
    }

    /// Whether it holds.
    pub fn holds(&self, facts: &dyn Facts) -> bool {
        let through = |service: &str| facts.answers(&format!("default/{service}"));
        match self {
            Self::Exists(object) => facts.field(object, "metadata.name").is_some(),
            Self::Field(object, path, value) => facts.field(object, path).as_deref() == Some(value),
            Self::Endpoints(service, n, exactly) => {
                let have = facts.endpoints(service);
                if *exactly { have == *n } else { have >= *n }
            }
            Self::Answers(service, n) => through(service).len() >= *n,
            Self::Pods(service, n) => distinct(through(service).into_iter().map(|a| a.pod)) >= *n,
            Self::Doors(service, n) => {
                distinct(through(service).into_iter().map(|a| a.door).filter(|d| !d.is_empty())) >= *n
            }
            Self::Pinned(service, n) => {
                let answers = through(service);
                let Some(last) = answers.last() else { return false };
                let same = answers.iter().rev().filter(|a| a.from == last.from).take_while(|a| a.pod == last.pod);
                same.count() >= *n
            }
            Self::Replaced(service) => {
                let answers = through(service);
                let after = |i: usize, a: &Answer| {
                    answers[i..].iter().any(|b| b.from == a.from && b.pod != a.pod && b.pod_runs)
                };
                answers.iter().enumerate().any(|(i, a)| !a.pod_runs && after(i, a))
            }
            Self::RulesSeen => facts.rules_seen(),
        }
    }
}

fn distinct(items: impl Iterator<Item = Rc<str>>) -> usize {
    items.collect::<crate::collections::BTreeSet<_>>().len()
}
