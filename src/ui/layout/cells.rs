//! Cells of Pods: one each, or one for a group with the same owner where there are many.

use super::Rect;
use crate::collections::BTreeSet;
use crate::playground::view::PodView;
use std::rc::Rc;

/// Width and height of a Pod's cell with all its texts.
pub const POD: (f64, f64) = (196.0, 52.0);
/// Height of such a cell where the stage is low.
const POD_LOW: f64 = 44.0;
/// Between two cells.
pub const GAP: f64 = 8.0;
/// An owner of fewer Pods is not grouped.
const GROUP_MIN: usize = 4;

/// What a cell shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Shows {
    /// One Pod.
    Pod(Rc<PodView>),
    /// Pods of one owner. Where the group is open they follow in cells of their own.
    Group(Vec<Rc<PodView>>),
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The Pod's key, or the group's: `node|namespace/Kind/name`.
    pub key: String,
    /// Where.
    pub rect: Rect,
    /// What is in it.
    pub shows: Shows,
}

/// Cells for the Pods of a node (of all, without one), still without places: if they are more than `most`, those with
/// the same owner make a group, unless somebody opened it.
pub fn cells<'a>(
    node: &str,
    pods: impl Iterator<Item = &'a Rc<PodView>>,
    most: usize,
    open: &BTreeSet<String>,
) -> Vec<Cell> {
    let pods: Vec<&Rc<PodView>> = pods.collect();
    let one = |p: &Rc<PodView>| Cell { key: p.key.clone(), rect: Rect::default(), shows: Shows::Pod(p.clone()) };
    if pods.len() <= most { pods.into_iter().map(one).collect() } else { grouped(node, &pods, open, &one) }
}

#[inline(never)]
fn grouped(
    node: &str,
    pods: &[&Rc<PodView>],
    open: &BTreeSet<String>,
    one: &dyn Fn(&Rc<PodView>) -> Cell,
) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for pod in pods {
        let owner = (pod.namespace.as_str(), pod.owner.as_str());
        if seen.contains(&owner) {
            continue;
        }
        let of_owner = |p: &&&Rc<PodView>| (p.namespace.as_str(), p.owner.as_str()) == owner;
        let group: Vec<Rc<PodView>> = pods.iter().filter(of_owner).map(|p| (*p).clone()).collect();
        if pod.owner.is_empty() || group.len() < GROUP_MIN {
            cells.push(one(pod));
        } else {
            seen.push(owner);
            let key = format!("{node}|{}/{}", owner.0, owner.1);
            let members: Vec<Cell> = if open.contains(&key) { group.iter().map(one).collect() } else { Vec::new() };
            cells.push(Cell { key, rect: Rect::default(), shows: Shows::Group(group) });
            cells.extend(members);
        }
    }
    cells
}

/// Cells in rows. Many get smaller ones.
pub struct Grid {
    across: usize,
    size: (f64, f64),
    n: usize,
}

impl Grid {
    /// For `n` cells in a width; few cells are lower where the stage is `low`.
    pub fn new(n: usize, width: f64, low: bool) -> Self {
        let (min_w, h) = if n > 40 {
            (64.0, 26.0)
        } else if n > 8 {
            (130.0, 40.0)
        } else if low {
            (POD.0, POD_LOW)
        } else {
            POD
        };
        let across = (((width + GAP) / (min_w + GAP)).floor() as usize).clamp(1, 12).min(n.max(1));
        let w = ((width - GAP * (across as f64 - 1.0)) / across as f64).clamp(40.0, POD.0 * 1.2);
        Self { across, size: (w, h), n }
    }

    /// How high all rows are.
    pub fn height(&self) -> f64 {
        (self.n.div_ceil(self.across) as f64 * (self.size.1 + GAP) - GAP).max(0.0)
    }

    /// Gives cells their places, the first one at `x`, `y`.
    pub fn place(&self, cells: &mut [Cell], x: f64, y: f64) {
        let (w, h) = self.size;
        for (i, cell) in cells.iter_mut().enumerate() {
            let (c, r) = ((i % self.across) as f64, (i / self.across) as f64);
            cell.rect = Rect { x: x + c * (w + GAP), y: y + r * (h + GAP), w, h };
        }
    }
}
