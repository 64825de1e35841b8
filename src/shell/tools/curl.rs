//! `curl`
use crate::shell::job::Step;
use crate::shell::sys::Sys;
use crate::sim::Time;
/// A running curl.
#[derive(Clone, Debug)]
pub struct Curl {
    args: Vec<String>,
}
impl Curl {
    /// curl
    pub fn new(args: &[String], _now: Time) -> Self {
        Self { args: args.to_vec() }
    }
    /// wget
    pub fn wget(args: &[String], _now: Time) -> Self {
        Self { args: args.to_vec() }
    }
    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        sys.err(&format!("curl: to come {}\n", self.args.len()));
        Step::Done(7)
    }
}
