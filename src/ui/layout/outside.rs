//! Where clients outside stand. The first of them, the user's machine, is the others' gateway: in their middle and nearer
//! to the cluster.

use super::{CLIENT_R, Places, Spot};
use crate::playground::view::Scene;

/// A client's height with its words.
pub(super) const CLIENT_H: f64 = 84.0;

fn client(id: &str, x: f64, y: f64) -> Spot {
    let rect = super::Rect { x: x - CLIENT_R, y: y - CLIENT_R, w: 2.0 * CLIENT_R, h: 2.0 * CLIENT_R };
    Spot { key: id.into(), rect }
}

/// Above a narrow stage: how high their rows are. Two clients have their words beside them, three below.
pub(super) fn above_h(n: usize) -> f64 {
    lens_h(n) + CLIENT_H * if n < 3 { 1.0 } else { n.div_ceil(3) as f64 }
}

/// What is left free above several clients: there is the button of the other lens.
fn lens_h(n: usize) -> f64 {
    if n < 2 { 0.0 } else { 36.0 }
}

/// Puts them above a narrow stage.
pub(super) fn above(scene: &Scene, p: &mut Places) {
    let (n, width) = (scene.clients.len(), p.width);
    // The gateway has the others on both sides: no way leads past a third one.
    let slot = |i: usize| if i < 2 { 1 - i } else { i };
    let at = |i: usize| match n {
        0 | 1 => (width / 2.0, 40.0),
        2 => (width / 2.0 * i as f64 + 44.0, lens_h(n) + 40.0),
        _ => (width * ((slot(i) % 3) as f64 + 0.5) / 3.0, lens_h(n) + 30.0 + CLIENT_H * (slot(i) / 3) as f64),
    };
    p.clients =
        scene.clients.iter().enumerate().map(|(i, c)| (c, at(i))).map(|(c, (x, y))| client(&c.id, x, y)).collect();
}

/// Puts them in a column beside the stage, from `top`, `room` pixels high if that is enough, the gateway at `x`.
pub(super) fn beside(scene: &Scene, p: &mut Places, top: f64, room: f64, x: f64) {
    let n = scene.clients.len();
    let each = (room / n.max(1) as f64).max(CLIENT_H);
    let at = |i: usize| {
        let row = if i == 0 {
            n / 2
        } else if i <= n / 2 {
            i - 1
        } else {
            i
        };
        // Others leave it room on its way to the cluster.
        let aside = if n < 2 || p.narrow {
            0.0
        } else if i == 0 {
            38.0
        } else {
            -24.0
        };
        (x + aside, top + each * (row as f64 + 0.5))
    };
    let clients =
        scene.clients.iter().enumerate().map(|(i, c)| (c, at(i))).map(|(c, (x, y))| client(&c.id, x, y)).collect();
    p.height = p.height.max(top + each * n as f64);
    p.clients = clients;
}
