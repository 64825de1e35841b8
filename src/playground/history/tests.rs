#![allow(clippy::unwrap_used)]

use super::*;
use crate::api::resource::RESOURCES;
use crate::lesson::lesson;
use crate::playground::{ListKind, Query};
use proptest::prelude::*;
use std::fmt::Write;

/// All that a session is at this moment, as text: equal texts, equal moments.
fn whole(p: &mut Playground) -> String {
    let mut out = String::new();
    for r in RESOURCES {
        p.moment.cluster.store.list(r, "").for_each(|o| writeln!(out, "{o}").unwrap());
    }
    for node in ["control-plane", "worker-1", "worker-2"] {
        for table in ["nat", "filter"] {
            out.push_str(&p.iptables(node, table));
        }
    }
    for kind in [ListKind::Conntrack, ListKind::Affinity, ListKind::Dns, ListKind::Events] {
        writeln!(out, "{:?}", p.list(kind, &Query::default(), &|why| format!("{why:?}"))).unwrap();
    }
    writeln!(out, "{:?}\n{:?}", p.moment.cluster.queue, p.moment.cluster.random).unwrap();
    writeln!(
        out,
        "{:?}\n{:?}\n{:?}",
        p.moment.printed,
        (1..=p.requests_sent()).map(|id| p.request(id)).collect::<Vec<_>>(),
        p.moment.session
    )
    .unwrap();
    writeln!(out, "{:?} {:?} {:?} {:?}", p.moment.job, p.moment.due, p.moment.waiting, p.moment.rate).unwrap();
    writeln!(
        out,
        "{:?} {:?} {:?} {:?} {:?}",
        p.moment.colours,
        p.moment.served,
        p.moment.pods,
        (p.moment.step, &p.moment.passed),
        p.moment.answers
    )
    .unwrap();
    out
}

/// Where two texts first differ, so that a failure can be read.
fn same(a: &str, b: &str, what: &str) {
    let differs = a.lines().zip(b.lines()).find(|(x, y)| x != y);
    assert!(a == b, "{what}: {:?}", differs.map(|(x, y)| (&x[..x.len().min(2_000)], &y[..y.len().min(2_000)])));
}

fn services() -> Rc<crate::lesson::Lesson> {
    Rc::new(lesson("services", include_str!("../../../lessons/services.en.md")))
}

fn fresh() -> Playground {
    let mut p = Playground::new(7);
    p.set_lesson(services());
    p.set_files(services().files.clone());
    p
}

/// Lets time pass in steps of a frame, as the page does, looking at what the page looks at.
fn play(p: &mut Playground, micros: u64, frame: u64) {
    let mut left = micros;
    while left > 0 {
        let step = frame.min(left);
        left -= step;
        p.advance_us(step);
        p.poll();
        p.poll();
        p.scene();
        p.pins();
        p.proxies("default/http-go-svc", None, &[5, 5, 5]);
    }
}

/// What is done, with how many milliseconds pass after it.
const DEEDS: &[(&str, u64)] = &[
    ("kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml", 1_310),
    ("kubectl get pods -w", 2_047),
    ("^C", 3),
    ("kubectl set selector service http-go-svc tier=http-go", 0),
    ("i=0; while true; do i=$((i+1)); done", 33),
    ("^C", 0),
    ("echo $i", 501),
    ("send 30 http-go-svc", 40),
    ("kubectl apply -f http-go-np.yaml", 777),
    ("rate 30 192.168.49.3:30001", 1_204),
    ("for n in 1 2 3; do curl -s 192.168.49.3:30001; sleep 0.37; done", 500),
    ("kubectl delete pod -l tier=http-go --wait=false", 1_900),
    ("watch -n 1 kubectl get pods", 2_500),
    ("^C", 10),
    ("clear", 0),
    ("rules", 0),
    ("rate 0 -", 200),
    ("kubectl get pods -o wide; kubectl wait --for=condition=Ready pod -l tier=http-go --timeout=9s", 4_000),
];

fn deed(p: &mut Playground, line: &str) {
    match line.split(' ').collect::<Vec<_>>()[..] {
        ["^C"] => p.interrupt(),
        ["clear"] => p.clear_terminal(),
        ["rules"] => p.saw_rules(),
        ["send", n, to] => {
            p.set_target(to);
            p.send(n.parse().unwrap());
        }
        ["rate", n, to] => {
            p.set_target(to);
            p.set_rate(n.parse().unwrap());
        }
        _ => p.run(line),
    }
}

/// Plays the deeds; gives moments on the way with all that was then, and the session as it could be stored there.
fn played(frame: u64) -> (Playground, Vec<(u64, String, String)>) {
    let mut p = fresh();
    let mut seen: Vec<(u64, String, String)> = Vec::new();
    play(&mut p, 123_456, frame);
    for (line, millis) in DEEDS {
        deed(&mut p, line);
        play(&mut p, millis * 500, frame);
        // A moment is what the last thing that was done at it has made of it.
        if *millis > 0 {
            seen.push((p.shown_us(), whole(&mut p), p.log()));
        }
        play(&mut p, millis * 500, frame);
    }
    (p, seen)
}

#[test]
fn a_stored_session_is_rebuilt_as_it_was_whatever_its_frames() {
    let (_, a) = played(16_667);
    let (_, b) = played(333_333);
    for ((at, was, log), (_, other, _)) in a.iter().zip(&b) {
        same(was, other, &format!("frames, at {at}"));
        let mut again = Playground::rebuild(log, Some(services())).unwrap();
        same(was, &whole(&mut again), &format!("rebuilt, at {at}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]
    #[test]
    fn back_and_forth_is_exact(frame in 1_000u64..400_000, order in prop::collection::vec((0usize..64, 0u64..900_000), 12)) {
        let (mut p, seen) = played(frame);
        let (end, last) = (p.end_us(), whole(&mut p));
        let marks = p.marks();
        for (i, on) in order {
            let (at, was, _) = &seen[i % seen.len()];
            p.seek_us(*at);
            same(was, &whole(&mut p), &format!("sought {at}"));
            // What happened then happens again.
            play(&mut p, on, frame);
            prop_assert_eq!(p.end_us(), end);
        }
        prop_assert_eq!(p.marks(), marks);
        p.return_to_present();
        same(&last, &whole(&mut p), "back to the present");
    }
}

#[test]
fn playing_through_the_past_ends_in_the_present() {
    let (mut p, seen) = played(20_000);
    let last = whole(&mut p);
    p.seek_us(seen[3].0);
    assert!(p.is_past());
    play(&mut p, 60_000_000, 50_000);
    assert!(!p.is_past());
    p.seek_us(seen[3].0);
    p.return_to_present();
    same(&last[..1_000], &whole(&mut p)[..1_000], "the start of the texts");
}

#[test]
fn to_act_in_the_past_begins_another_course_and_loses_nothing() {
    let (mut p, seen) = played(20_000);
    let (last, log, typed) = (whole(&mut p), p.log(), p.history());
    p.seek_us(0);
    same(&whole(&mut fresh()), &whole(&mut p), "the start");
    p.seek_us(seen[7].0);
    assert_eq!(p.log(), log, "looking changes nothing that is stored");
    p.set_file("note.yaml", "# kept");
    deed(&mut p, "kubectl scale rs http-go-rs --replicas=1");
    play(&mut p, 3_000_000, 20_000);
    assert!(!p.is_past() && p.has_other_course());
    assert_eq!(p.file("note.yaml").as_ref(), "# kept");
    assert_eq!(p.history().len(), typed.len() + 1);
    let forked = whole(&mut p);
    let mut again = Playground::rebuild(&p.log(), Some(services())).unwrap();
    same(&forked, &whole(&mut again), "the other course, rebuilt");
    assert_eq!(again.history(), p.history());
    p.change_course();
    same(&last, &whole(&mut p), "the first course again");
    p.change_course();
    same(&forked, &whole(&mut p), "the second course again");
    p.reset();
    same(&whole(&mut fresh()), &whole(&mut p), "started over");
    p.change_course();
    same(&forked, &whole(&mut p), "what was before starting over");
}

#[test]
fn kept_moments_and_marks_are_bounded_and_reach_back_to_the_start() {
    let mut p = fresh();
    deed(&mut p, "kubectl apply -f http-go-rs.yaml");
    for _ in 0..600 {
        p.advance_us(1_000_000);
    }
    assert!(p.timeline.kept.len() <= KEPT_MAX);
    assert_eq!(p.timeline.kept[0].cluster.now, p.began);
    let gaps = p.timeline.kept.windows(2).map(|w| w[1].cluster.now.since(w[0].cluster.now).0);
    assert!(gaps.max().unwrap() < 90_000_000);
    let marks = p.marks();
    assert_eq!(marks[0].what, "kubectl apply -f http-go-rs.yaml");
    assert!(marks.iter().any(|m| m.kind == super::super::MarkKind::Ready), "{marks:?}");
    for _ in 0..1_000 {
        deed(&mut p, "send 1 nowhere");
        p.advance_us(2_100_000);
    }
    assert!(p.marks().len() <= 400);
    assert_eq!(p.marks()[0], marks[0]);
}

#[test]
fn under_load_the_last_seconds_stay_near() {
    let mut p = fresh();
    p.set_target("192.168.49.3:30001");
    p.set_rate(1_000);
    for second in 0..45 {
        p.advance_us(1_000_000);
        let near = |m: &Rc<Moment>| (4..=8).contains(&p.moment.cluster.now.since(m.cluster.now).as_secs());
        assert!(second < 10 || p.timeline.kept.iter().any(near), "{second}");
        assert!(p.timeline.exchanges() <= EXCHANGES_MAX);
    }
}
