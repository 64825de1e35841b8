//! `nc`
use crate::shell::job::Step;
use crate::shell::sys::Sys;
use crate::sim::Time;
/// A running nc.
#[derive(Clone, Debug)]
pub struct Netcat {
    args: Vec<String>,
}
impl Netcat {
    /// nc
    pub fn new(args: &[String], _now: Time) -> Self {
        Self { args: args.to_vec() }
    }
    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        sys.err(&format!("nc: to come {}\n", self.args.len()));
        Step::Done(1)
    }
}
