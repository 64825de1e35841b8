//! What builtins need of the machine: to leave loops and functions, to run more, to wait.

use super::{Frame, Shell};
use crate::shell::ast::List;
use crate::shell::job::Pid;
use crate::shell::sys::Sys;

impl Shell {
    /// Leaves `n` loops (`break`), or goes on with the `n`th (`continue`).
    pub(in crate::shell) fn leave_loops(&mut self, n: usize, again: bool, sys: &mut Sys) {
        let is_loop = |f: &Frame| matches!(f, Frame::For { .. } | Frame::While { .. } | Frame::Count { .. });
        if !self.frames.iter().any(is_loop) {
            return;
        }
        let mut left = n.max(1);
        while let Some(frame) = self.frames.last() {
            if is_loop(frame) {
                left -= 1;
                if left == 0 || !self.frames[..self.frames.len() - 1].iter().any(is_loop) {
                    if !again {
                        self.pop();
                    } else if let Some(Frame::While { testing, .. }) = self.frames.last_mut() {
                        *testing = false;
                    }
                    return;
                }
            }
            self.unwind(sys);
        }
    }

    /// Takes the innermost frame away, undoing what it holds.
    fn unwind(&mut self, sys: &mut Sys) {
        match self.frames.last() {
            Some(Frame::Restore) => {
                if let Some(fds) = sys.common.saved.pop() {
                    sys.common.fds = fds;
                }
                self.pop();
            }
            Some(Frame::Call { .. }) => self.leave(),
            _ => self.pop(),
        }
    }

    /// `return`
    pub(in crate::shell) fn return_from_call(&mut self, sys: &mut Sys) {
        if !self.frames.iter().any(|f| matches!(f, Frame::Call { .. })) {
            return self.exit();
        }
        while !matches!(self.frames.last(), None | Some(Frame::Call { .. })) {
            self.unwind(sys);
        }
        self.leave();
    }

    /// `local`
    pub(in crate::shell) fn local(&mut self, name: &str) {
        let old = self.state.get(name).map(str::to_owned);
        if let Some(Frame::Call { locals, .. }) = self.frames.iter_mut().rev().find(|f| matches!(f, Frame::Call { .. }))
        {
            locals.push((name.to_owned(), old));
        }
    }

    /// `eval` and `.`
    pub(in crate::shell) fn run_list(&mut self, list: List) {
        self.frames.push(Frame::List(list, 0));
    }

    /// `read`
    pub(in crate::shell) fn read(&mut self, names: Vec<String>, raw: bool, fd: u32) {
        self.frames.push(Frame::Read(names, raw, fd));
    }

    /// `wait`, and `exec`'s program.
    pub(in crate::shell) fn wait_on(&mut self, pids: Vec<Pid>) {
        self.wait_for(pids);
    }

    /// `exec PROGRAM`: nothing comes after it.
    pub(in crate::shell) fn replace_by(&mut self, pid: Pid) {
        self.frames.clear();
        self.wait_for(vec![pid]);
    }
}
