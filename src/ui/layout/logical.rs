//! The Logical lens: clients, Services, Pods.

use super::cells::{Grid, cells};
use super::{Places, Rect, Spot, outside};
use crate::collections::BTreeSet;
use crate::playground::view::Scene;

/// More Pods than these are grouped by owner.
const POD_MARKS_MAX: usize = 24;
/// Height of a Service with what is free around it.
const EACH: f64 = 58.0;

/// Lays the stage out.
pub fn places(scene: &Scene, width: f64, height: f64, open: &BTreeSet<String>) -> Places {
    let mut p = Places { width, narrow: width < 560.0, mix: 1.0, ..Places::default() };
    let pod_x = width * 0.62;
    p.cells = cells("", scene.pods(), POD_MARKS_MAX, open);
    let grid = Grid::new(p.cells.len(), width - pod_x - 14.0, false);
    let services_h = scene.services.len() as f64 * EACH;
    p.height = (grid.height() + 72.0).max(services_h + 72.0).max(height);
    p.height = p.height.max(scene.clients.len() as f64 * outside::CLIENT_H);
    grid.place(&mut p.cells, pod_x, ((p.height - grid.height()) / 2.0).max(0.0));
    let x = if p.narrow { 84.0 } else { 130.0 };
    let w = (pod_x - x - 34.0).clamp(96.0, 230.0);
    for (i, s) in scene.services.iter().enumerate() {
        let y = (p.height - services_h) / 2.0 + i as f64 * EACH + (EACH - 42.0) / 2.0;
        let rect = Rect { x: x + ((pod_x - x - w) / 2.0).max(0.0), y, w, h: 42.0 };
        p.ribbons.push(Spot { key: s.key.clone(), rect });
    }
    // Several stand between the lenses above and the buttons below.
    let (x, top, room) = match (p.narrow, scene.clients.len()) {
        (false, 2..) => (70.0, 80.0, p.height - 126.0),
        _ => (46.0, 0.0, p.height),
    };
    outside::beside(scene, &mut p, top, room, x);
    p
}
