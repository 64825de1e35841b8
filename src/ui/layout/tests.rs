//! The layout's tests.

use super::*;
use crate::playground::view::{ClientView, DoorView, NodeView, PodLook, PodView, ServiceView};
use std::rc::Rc;

fn scene(nodes: usize, pods: usize, services: usize) -> Scene {
    let pod = |i: usize, n: usize| {
        Rc::new(PodView {
            key: format!("default/p{n}-{i}"),
            name: format!("p{n}-{i}"),
            namespace: "default".into(),
            ip: String::new(),
            look: PodLook::Ready,
            status: "Running".into(),
            colour: 0,
            letter: "a".into(),
            labels: vec![],
            owner: format!("ReplicaSet/rs{}", i % 3),
            probed: false,
        })
    };
    Scene {
        sets: Vec::new(),
        clients: vec![ClientView { id: "user".into(), ip: "192.168.49.1".into() }],
        nodes: (0..nodes)
            .map(|n| NodeView {
                name: format!("n{n}"),
                ip: String::new(),
                ready: true,
                up: true,
                schedulable: true,
                doors: (0..2).map(|d| DoorView { port: 30000 + d, service: String::new(), open: true }).collect(),
                pods: (0..pods).map(|i| pod(i, n)).collect(),
            })
            .collect(),
        pending: vec![pod(0, 99)],
        services: (0..services)
            .map(|s| ServiceView {
                key: format!("default/s{s}"),
                name: format!("s{s}"),
                kind: "ClusterIP".into(),
                cluster_ip: String::new(),
                ports: String::new(),
                port: 80,
                affinity_s: None,
                local: false,
                external: String::new(),
                selector: String::new(),
                selects: vec![],
                ready: vec![],
                trouble: None,
            })
            .collect(),
    }
}

#[test]
fn nothing_overlaps_from_one_pod_to_a_thousand() {
    for (nodes, pods, services) in [(1, 1, 1), (3, 3, 1), (3, 12, 4), (10, 100, 9)] {
        let scene = scene(nodes, pods, services);
        for width in [320.0, 390.0, 720.0, 1400.0] {
            for lens in [Lens::Network, Lens::Logical] {
                let p = places(&scene, lens, width, 500.0, &BTreeSet::new());
                let mut all: Vec<Rect> = p.ribbons.iter().map(|s| s.rect).collect();
                all.extend(p.cells.iter().map(|c| c.rect));
                all.extend(p.rooms.iter().map(|r| r.proxy));
                all.extend(p.rooms.iter().flat_map(|r| &r.doors).map(|(_, d)| *d));
                for (i, a) in all.iter().enumerate() {
                    for b in &all[i + 1..] {
                        assert!(!a.overlaps(b), "{a:?} {b:?} at {width} {lens:?} {nodes}×{pods}");
                    }
                    assert!(a.x >= 0.0 && a.x + a.w <= p.width + 0.5, "{a:?} leaves {width} {lens:?}");
                }
            }
        }
    }
}

#[test]
fn many_pods_of_an_owner_are_a_group_until_it_is_opened() {
    let mut scene = scene(2, 100, 1);
    let shown = |scene: &Scene, open: &BTreeSet<String>, lens| places(scene, lens, 720.0, 500.0, open).cells;
    let mut open = BTreeSet::new();
    let cells = shown(&scene, &open, Lens::Network);
    // Three groups on each node, and the Pod that waits.
    assert_eq!(cells.len(), 7);
    assert!(cells.iter().all(|c| matches!(&c.shows, Shows::Group(g) if g.len() > 30) || c.key == "default/p99-0"));
    assert_eq!(shown(&scene, &open, Lens::Logical).len(), 3);
    open.insert(cells[0].key.clone());
    let opened = shown(&scene, &open, Lens::Network);
    assert_eq!(opened.len(), 7 + 34);
    // A Pod is where its group is, or in its own cell.
    let of = |open: &BTreeSet<String>| places(&scene, Lens::Network, 720.0, 500.0, open).pod("default/p0-0");
    assert_eq!(of(&BTreeSet::new()), Some(cells[0].rect));
    assert_eq!(of(&open), Some(opened[1].rect));
    // A dozen are shown one by one.
    scene.nodes[0].pods.truncate(12);
    scene.nodes[1].pods.clear();
    assert_eq!(shown(&scene, &BTreeSet::new(), Lens::Network).len(), 13);
}

/// A request through a door of the first node to a Pod of the second, and back.
fn stops() -> Vec<Place> {
    let there = [
        Place::Client("user".into()),
        Place::Door("n0".into(), 30000),
        Place::Proxy("n0".into()),
        Place::Node("n1".into()),
        Place::Pod("default/p1-0".into()),
    ];
    let back = there.iter().rev().skip(1).cloned().collect::<Vec<_>>();
    there.into_iter().chain(back).collect()
}

#[test]
fn a_track_is_whole_and_leads_from_thing_to_thing() {
    let scene = scene(3, 2, 2);
    for (lens, width) in [(Lens::Network, 720.0), (Lens::Network, 340.0), (Lens::Logical, 720.0)] {
        let p = places(&scene, lens, width, 500.0, &BTreeSet::new());
        let stops = stops();
        let way = track(&p, stops.iter(), "default/s1");
        assert_eq!(way.len(), 2 * ((stops.len() - 1) * SAMPLES + 1));
        for (i, stop) in stops.iter().enumerate() {
            let (x, y) = (f64::from(way[2 * i * SAMPLES]), f64::from(way[2 * i * SAMPLES + 1]));
            let r = p.spot(stop, "default/s1").unwrap_or_default();
            let inside = x >= r.x - 0.5 && x <= r.x + r.w + 0.5 && y >= r.y - 0.5 && y <= r.y + r.h + 0.5;
            assert!(inside, "{stop:?} {x} {y} {r:?} {lens:?}");
        }
        // Nowhere a leap: a point is near the one before, in proportion to its leg.
        let leap = way.chunks(2).zip(way.chunks(2).skip(1)).map(|(a, b)| (a[0] - b[0]).abs() + (a[1] - b[1]).abs());
        assert!(leap.fold(0.0, f32::max) < width as f32 / 4.0);
    }
}

#[test]
fn on_a_narrow_stage_no_way_leads_through_a_pod_that_is_not_its_end() {
    let scene = scene(3, 4, 2);
    for width in [320.0, 390.0, 540.0] {
        let p = places(&scene, Lens::Network, width, 500.0, &BTreeSet::new());
        let stops = stops();
        let way = track(&p, stops.iter(), "default/s1");
        let end = p.pod("default/p1-0");
        for at in way.chunks(2) {
            let (x, y) = (f64::from(at[0]), f64::from(at[1]));
            // Bows graze the corners of cells.
            let within = |r: &Rect| x > r.x + 12.0 && x < r.x + r.w && y > r.y + 1.0 && y < r.y + r.h - 1.0;
            assert!(p.cells.iter().all(|c| Some(c.rect) == end || !within(&c.rect)), "{x} {y} at {width}");
            assert!(p.ribbons.iter().all(|s| !within(&s.rect)), "{x} {y} at {width}");
        }
    }
}

#[test]
fn what_is_not_on_the_stage_is_passed_over() {
    let scene = scene(1, 1, 1);
    let p = places(&scene, Lens::Network, 720.0, 500.0, &BTreeSet::new());
    let gone = Place::Pod("default/gone".into());
    let user = Place::Client("user".into());
    let way = track(&p, [&gone, &user, &gone].into_iter(), "");
    assert!(way[0].is_nan() && way[2 * SAMPLES] == way[4 * SAMPLES]);
    assert_eq!(outline(&track(&p, [&gone].into_iter(), "")), "");
    assert!(outline(&track(&p, [&user, &Place::Proxy("n0".into())].into_iter(), "")).starts_with('M'));
}

#[test]
fn clients_stand_apart_with_room_for_their_words() {
    for count in 1..=6 {
        let mut scene = scene(3, 2, 1);
        scene.clients = (0..count).map(|i| ClientView { id: i.to_string(), ip: String::new() }).collect();
        for (width, lens) in
            [360.0, 390.0, 720.0, 1400.0].into_iter().flat_map(|w| [(w, Lens::Network), (w, Lens::Logical)])
        {
            let p = places(&scene, lens, width, 300.0, &BTreeSet::new());
            let all: Vec<Point> = p.clients.iter().map(|c| c.rect.centre()).collect();
            for (i, a) in all.iter().enumerate() {
                assert!(a.x >= CLIENT_R && a.y >= CLIENT_R && a.y + CLIENT_R <= p.height, "{a:?} of {count}");
                let apart = |b: &Point| (a.x - b.x).abs() >= 108.0 || (a.y - b.y).abs() >= 83.0;
                assert!(all[i + 1..].iter().all(apart), "{all:?} at {width} {lens:?}");
                assert!(!p.narrow || lens == Lens::Logical || a.y + CLIENT_R <= p.cluster.y, "{a:?} of {count}");
            }
        }
    }
}

#[test]
fn on_the_way_to_another_lens_everything_is_between_its_old_and_its_new_place() {
    let scene = scene(3, 2, 2);
    let of = |lens| places(&scene, lens, 720.0, 500.0, &BTreeSet::new());
    let (from, to) = (of(Lens::Network), of(Lens::Logical));
    let (start, end) = (morph(&from, &to, 0.0), morph(&from, &to, 1.0));
    let stops = stops();
    let way = |p: &Places| track(p, stops.iter(), "default/s1");
    assert_eq!((&start.clients, &start.ribbons, &start.rooms), (&from.clients, &from.ribbons, &from.rooms));
    assert_eq!((&end.clients, &end.ribbons, &end.cells), (&to.clients, &to.ribbons, &to.cells));
    assert_eq!((way(&start), way(&end)), (way(&from), way(&to)));
    // Rooms fade, and nothing leaps from one step to the next.
    let mut last = start;
    for step in 1..=50 {
        let now = morph(&from, &to, f64::from(step) / 50.0);
        assert!(now.mix > last.mix && now.rooms.len() == 3);
        let leap = way(&now).iter().zip(way(&last)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(leap < 40.0, "{leap} at {step}");
        last = now;
    }
}

#[test]
fn neighbours_of_a_pod_that_came_move_aside() {
    let (old, new) = (scene(1, 3, 1), scene(1, 4, 1));
    let of = |scene: &Scene| places(scene, Lens::Network, 720.0, 300.0, &BTreeSet::new());
    let (from, to) = (of(&old), of(&new));
    assert!(!same(&from, &to) && same(&from, &of(&old)));
    let half = morph(&from, &to, 0.5);
    let y = |p: &Places, key: &str| p.pod(key).map(|r| r.y).unwrap_or_default();
    let (a, b) = (y(&from, "default/p99-0"), y(&to, "default/p99-0"));
    assert!(a < b && (y(&half, "default/p99-0") - (a + b) / 2.0).abs() < 0.01);
    assert_eq!(y(&half, "default/p0-3"), y(&to, "default/p0-3"));
}
