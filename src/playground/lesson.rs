//! The lesson's course: which step is at hand, which were passed, what stands in the way.

use super::load::Rate;
use super::{Input, MarkKind, Playground, facts::Seen};
use crate::collections::BTreeSet;
use crate::lesson::{Hurdle, Lesson};
use std::rc::Rc;

/// By then what a line of a lesson changed has settled: Pods are pulled and ready.
const SETTLES_US: u64 = 8_000_000;

impl Playground {
    /// The lesson whose steps are watched.
    pub fn set_lesson(&mut self, lesson: Rc<Lesson>) {
        self.lesson = Some(lesson);
        self.moment.checked = (0, 0, false, 0);
    }

    /// Index of the lesson's step at hand; as many as there are steps once all passed.
    pub fn lesson_step(&self) -> usize {
        self.moment.step
    }

    /// The steps that were passed.
    pub fn lesson_passed(&self) -> Rc<BTreeSet<usize>> {
        self.moment.passed.clone()
    }

    /// What stands in the way of the step at hand, if something does.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub fn lesson_hurdle(&self) -> Option<&Hurdle> {
        self.lesson.as_ref()?.hurdles(self.moment.step, &Seen(self)).first().copied()
    }

    /// Whether more than one thing stands in its way.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub fn lesson_needs_more(&self) -> bool {
        self.lesson.as_ref().is_some_and(|l| l.hurdles(self.moment.step, &Seen(self)).len() > 1)
    }

    /// The lines that clear all that stands in the way of the step at hand, as a copy of the session finds them out: what
    /// one line makes may be what the next one needs, or what it needs no more.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub fn lesson_setup(&self) -> Vec<String> {
        let Some(lesson) = &self.lesson else { return Vec::new() };
        let mut copy = Self::beginning(self.origin);
        copy.files.clone_from(&self.files);
        copy.moment = self.moment.clone();
        (copy.moment.job, copy.moment.due) = (None, None);
        copy.moment.waiting.clear();
        copy.moment.rate = Rate::default();
        let mut lines: Vec<String> = Vec::new();
        loop {
            let line = lesson.hurdles(self.moment.step, &Seen(&copy)).first().map(|h| h.way.1.clone());
            let Some(line) = line.filter(|l| !lines.contains(l)) else { return lines };
            copy.run(&line);
            copy.advance_us(SETTLES_US);
            lines.push(line);
        }
    }

    /// The learner goes to a step. In the past that changes nothing.
    pub fn go_to_step(&mut self, step: usize) {
        if !self.is_past() {
            self.act(Input::Step(step));
        }
    }

    /// Passes the steps whose checks hold by now.
    pub(super) fn observe_lesson(&mut self) {
        let Some(lesson) = self.lesson.clone() else { return };
        while let Some(step) = lesson.steps.get(self.moment.step) {
            if !step.checks.iter().all(|c| c.holds(&Seen(self))) {
                break;
            }
            self.mark(MarkKind::Step, self.moment.step.to_string());
            Rc::make_mut(&mut self.moment.passed).insert(self.moment.step);
            self.begin_step(lesson.after(self.moment.step, &self.moment.passed));
        }
        // What was seen to be done counts, whatever step is at hand.
        for (i, step) in lesson.steps.iter().enumerate() {
            let open = i != self.moment.step && !self.moment.passed.contains(&i) && step.is_seen();
            let seen = Seen(self);
            if open && step.checks.iter().all(|c| c.holds(&seen)) && lesson.hurdles(i, &seen).is_empty() {
                self.mark(MarkKind::Step, i.to_string());
                Rc::make_mut(&mut self.moment.passed).insert(i);
                self.revision += 1;
            }
        }
    }

    /// A step is at hand from now on: its checks see only what comes.
    pub(super) fn begin_step(&mut self, step: usize) {
        self.moment.step = step;
        self.moment.answers.clear();
        self.moment.refused.clear();
        self.moment.rules_seen = false;
        self.revision += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Playground {
        let lesson = Rc::new(crate::lesson::lesson("services", include_str!("../../lessons/services.en.md")));
        let mut p = Playground::new(1);
        p.set_files(lesson.files.clone());
        p.set_lesson(lesson);
        p
    }

    fn run(p: &mut Playground, line: &str) {
        p.run(line);
        p.advance_us(6_000_000);
    }

    #[test]
    fn a_step_says_what_stands_in_its_way_and_its_button_clears_it() {
        let mut p = begun();
        // With the third file the Service answers from the start, so nothing can be refused.
        run(&mut p, "kubectl apply -f http-go-np.yaml -f http-go-rs.yaml");
        assert_eq!((p.lesson_step(), p.lesson_passed().len()), (1, 1));
        let way = p.lesson_hurdle().expect("something stands in the way").way.1.clone();
        run(&mut p, &way);
        assert_eq!(p.lesson_hurdle(), None);
        run(&mut p, "kubectl exec $(kubectl get pods -o name | head -n 1) -- curl -sS http-go-svc");
        assert_eq!(p.lesson_step(), 2);
        run(&mut p, "kubectl set selector service http-go-svc tier=http-go");
        assert_eq!(p.lesson_step(), 3);
        // A request through a door says nothing of the ClusterIP.
        run(&mut p, "curl -s 192.168.49.3:30001");
        assert_eq!(p.lesson_step(), 3);
        run(&mut p, "kubectl exec $(kubectl get pods -o name | head -n 1) -- curl -sS http-go-svc");
        assert_eq!(p.lesson_step(), 4);
        // Nobody can see 30 spread while they are pinned.
        run(&mut p, r#"kubectl patch svc http-go-svc -p '{"spec":{"sessionAffinity":"ClientIP"}}'"#);
        let hurdle = p.lesson_hurdle().expect("affinity stands in the way");
        assert!(hurdle.text.contains("sessionAffinity"), "{}", hurdle.text);
    }

    #[test]
    fn any_step_can_be_gone_to_and_what_was_left_out_comes_last() {
        let mut p = begun();
        let last = p.lesson.as_ref().map_or(0, |l| l.steps.len() - 1);
        p.go_to_step(last);
        assert!(p.lesson_hurdle().is_some_and(|h| h.way.1.contains("apply")));
        run(&mut p, "kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml");
        run(&mut p, "ssh worker-1 iptables-save -t nat");
        assert_eq!(p.lesson_passed().iter().copied().collect::<Vec<_>>(), [0, last]);
        assert_eq!(p.lesson_step(), 1);
        // The log brings it back.
        let again = Playground::rebuild(&p.log(), p.lesson.clone()).expect("a log");
        assert_eq!((again.lesson_step(), again.lesson_passed()), (1, p.lesson_passed()));
    }

    #[test]
    fn a_step_gone_to_from_the_start_is_set_up_by_what_the_former_ones_need() {
        let mut p = begun();
        let before = p.log();
        for (step, wanted) in [
            (1, vec!["kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml"]),
            (
                4,
                vec![
                    "kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml",
                    "kubectl set selector service http-go-svc tier=http-go",
                ],
            ),
            (
                7,
                vec![
                    "kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml",
                    "kubectl apply -f http-go-np.yaml",
                    r#"kubectl patch svc http-go-svc -p '{"spec":{"sessionAffinity":"ClientIP"}}'"#,
                ],
            ),
        ] {
            p.moment.step = step;
            assert_eq!(p.lesson_setup(), wanted, "step {step}");
        }
        assert_eq!(p.log(), before, "to find out changes nothing");
        assert!(p.lesson_needs_more());
        for line in p.lesson_setup() {
            run(&mut p, &line);
        }
        assert_eq!((p.lesson_hurdle(), p.lesson_needs_more()), (None, false));
    }

    #[test]
    fn a_step_passes_out_of_order_where_traffic_proves_it() {
        let mut p = begun();
        run(&mut p, "kubectl apply -f http-go-np.yaml -f http-go-rs.yaml");
        assert_eq!((p.lesson_step(), p.lesson_passed().len()), (1, 1), "that it has endpoints proves nothing");
        run(&mut p, "curl -s 192.168.49.3:30001; curl -s 192.168.49.2:30001");
        assert_eq!((p.lesson_step(), p.lesson_passed().iter().copied().collect::<Vec<_>>()), (1, vec![0, 5]));
        // A Pod that was not pinned is none that was to be deleted.
        run(&mut p, "kubectl delete pod $(curl -s 192.168.49.3:30001 | cut -d ' ' -f 2) --wait=false; sleep 3");
        run(&mut p, "for i in $(seq 9); do curl -s 192.168.49.3:30001; done");
        assert!(!p.lesson_passed().contains(&7));
    }

    #[test]
    fn apply_all_leaves_out_what_declares_the_same_object() {
        let mut p = begun();
        let names = |all: &[&str]| all.iter().map(|n| format!("http-go-{n}.yaml")).collect::<Vec<_>>();
        assert_eq!(p.together("http-go-svc.yaml"), (names(&["svc", "rs"]), names(&["np"])));
        assert_eq!(p.together("http-go-np.yaml"), (names(&["rs", "np"]), names(&["svc"])));
        // A file is outrun once the cluster changes past it, not while it is edited.
        run(&mut p, "kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml");
        assert!(!p.differences("http-go-svc.yaml").iter().any(|d| !d.path.is_empty()));
        run(&mut p, "kubectl set selector service http-go-svc tier=http-go");
        assert!(p.outrun("http-go-svc.yaml"));
        assert_eq!(p.problems("http-go-np.yaml"), []);
        assert!(p.take_back("http-go-svc.yaml", None));
        assert!(!p.outrun("http-go-svc.yaml") && p.differences("http-go-svc.yaml").is_empty());
    }

    #[test]
    fn a_problem_is_told_of_the_file_that_says_it() {
        let mut p = begun();
        run(&mut p, "kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml");
        assert_eq!(p.problems("http-go-svc.yaml").len(), 1);
        assert_eq!(p.problems("http-go-np.yaml"), [], "its selector is right");
        assert_eq!(p.first_trouble(None), Some(("http-go-svc.yaml".into(), 0)));
    }
}
