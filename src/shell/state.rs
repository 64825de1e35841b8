//! What a shell remembers: variables, functions, folder, last status.

use super::ast::Command;
use crate::collections::BTreeMap;
use std::rc::Rc;

/// Which shell it is: messages differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// bash 5.2, on the user's machine and on nodes.
    Bash,
    /// dash as `sh`, in Pods.
    Dash,
}

/// A shell's memory. A subshell has a copy.
#[derive(Clone, Debug)]
pub struct State {
    vars: BTreeMap<String, (String, bool)>,
    /// Functions by name.
    pub functions: BTreeMap<Rc<str>, Rc<Command>>,
    /// Aliases by name; only a shell at which a person types looks them up.
    pub aliases: BTreeMap<String, String>,
    /// The lines that were typed at it.
    pub history: Rc<Vec<String>>,
    /// `$1`, `$2`, …
    pub positional: Rc<[String]>,
    /// `$0`
    pub name: String,
    /// `$?`
    pub status: i32,
    /// The folder it is in.
    pub cwd: String,
    /// Which shell it is.
    pub dialect: Dialect,
    /// Whether a person types at it: messages then name no line.
    pub interactive: bool,
    /// How many lines were typed before the present one; dash counts them.
    pub typed: usize,
    /// `set -e`
    pub errexit: bool,
    /// `set -o pipefail`
    pub pipefail: bool,
    /// `set -u`
    pub nounset: bool,
    /// `set -x`
    pub xtrace: bool,
    /// `trap … EXIT`
    pub at_exit: Option<String>,
}

impl State {
    /// A new shell in `cwd` with the environment `env`.
    pub fn new(dialect: Dialect, cwd: &str, env: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            vars: env.into_iter().map(|(k, v)| (k, (v, true))).collect(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            history: Rc::default(),
            positional: Rc::from([]),
            name: if dialect == Dialect::Bash { "bash" } else { "sh" }.into(),
            status: 0,
            cwd: cwd.into(),
            dialect,
            interactive: false,
            typed: 0,
            errexit: false,
            pipefail: false,
            nounset: false,
            xtrace: false,
            at_exit: None,
        }
    }
    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(|(v, _)| v.as_str())
    }
    /// Sets a variable; it stays exported if it was.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.vars.get_mut(name) {
            Some(var) => var.0 = value.into(),
            None => {
                self.vars.insert(name.into(), (value.into(), false));
            }
        }
    }
    /// Marks a variable for programs' environment.
    pub fn export(&mut self, name: &str, exported: bool) {
        if let Some(var) = self.vars.get_mut(name) {
            var.1 = exported;
        }
    }
    /// Forgets a variable.
    pub fn unset(&mut self, name: &str) {
        self.vars.remove(name);
    }
    /// What programs get as environment.
    pub fn env(&self) -> BTreeMap<String, String> {
        self.vars.iter().filter(|(_, (_, exported))| *exported).map(|(k, (v, _))| (k.clone(), v.clone())).collect()
    }
    /// All variables with whether they are exported.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        self.vars.iter().map(|(k, (v, e))| (k.as_str(), v.as_str(), *e))
    }
    /// How a message of this shell begins: `bash: line 1: ` or `sh: 1: `.
    pub fn prefix(&self, line: usize) -> String {
        match self.dialect {
            Dialect::Bash if self.interactive => format!("{}: ", self.name),
            Dialect::Bash => format!("{}: line {line}: ", self.name),
            Dialect::Dash => format!("{}: {}: ", self.name, self.typed + line),
        }
    }
}
