//! Unified differences as the API server prints them: Python's difflib, in Go.
// upstream: github.com/pmezard/go-difflib/difflib/difflib.go

use crate::collections::BTreeMap;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// `a[0..1]` became `b[2..3]`; both may be empty, and they are equal where nothing changed.
#[derive(Clone, Copy, Debug)]
struct Step {
    equal: bool,
    a: (usize, usize),
    b: (usize, usize),
}

struct Matcher<'a> {
    a: &'a [&'a str],
    b: &'a [&'a str],
    /// Where a line occurs in `b`; lines that occur often in a long text don't count.
    places: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Matcher<'a> {
    fn new(a: &'a [&'a str], b: &'a [&'a str]) -> Self {
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, line) in b.iter().enumerate() {
            places.entry(line).or_default().push(i);
        }
        if b.len() >= 200 {
            places.retain(|_, at| at.len() <= b.len() / 100 + 1);
        }
        Self { a, b, places }
    }

    /// The longest run of equal lines within the ranges: its places and its length.
    fn longest(&self, a: (usize, usize), b: (usize, usize)) -> (usize, usize, usize) {
        let (mut i, mut j, mut size) = (a.0, b.0, 0);
        let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
        for at in a.0..a.1 {
            let mut next = BTreeMap::new();
            let places = self.a.get(at).and_then(|line| self.places.get(line)).map_or(&[][..], Vec::as_slice);
            for &place in places.iter().filter(|p| (b.0..b.1).contains(*p)) {
                let length = place.checked_sub(1).and_then(|p| lengths.get(&p)).map_or(1, |n| n + 1);
                next.insert(place, length);
                if length > size {
                    (i, j, size) = (at + 1 - length, place + 1 - length, length);
                }
            }
            lengths = next;
        }
        // Lines that occur often prolong a run, but begin none.
        while i > a.0 && j > b.0 && self.a.get(i - 1) == self.b.get(j - 1) {
            (i, j, size) = (i - 1, j - 1, size + 1);
        }
        while i + size < a.1 && j + size < b.1 && self.a.get(i + size) == self.b.get(j + size) {
            size += 1;
        }
        (i, j, size)
    }

    fn blocks(&self, a: (usize, usize), b: (usize, usize), out: &mut Vec<(usize, usize, usize)>) {
        let (i, j, size) = self.longest(a, b);
        if size == 0 {
            return;
        }
        if a.0 < i && b.0 < j {
            self.blocks((a.0, i), (b.0, j), out);
        }
        match out.last_mut() {
            Some(last) if last.0 + last.2 == i && last.1 + last.2 == j => last.2 += size,
            _ => out.push((i, j, size)),
        }
        if i + size < a.1 && j + size < b.1 {
            self.blocks((i + size, a.1), (j + size, b.1), out);
        }
    }

    fn steps(&self) -> Vec<Step> {
        let mut blocks = Vec::new();
        self.blocks((0, self.a.len()), (0, self.b.len()), &mut blocks);
        blocks.push((self.a.len(), self.b.len(), 0));
        let (mut i, mut j, mut steps) = (0, 0, Vec::new());
        for (a, b, size) in blocks {
            if i < a || j < b {
                steps.push(Step { equal: false, a: (i, a), b: (j, b) });
            }
            (i, j) = (a + size, b + size);
            if size > 0 {
                steps.push(Step { equal: true, a: (a, i), b: (b, j) });
            }
        }
        steps
    }
}

/// Changes with their context, those that are near each other together.
fn groups(mut steps: Vec<Step>) -> Vec<Vec<Step>> {
    if let Some(first) = steps.first_mut().filter(|s| s.equal) {
        first.a.0 = first.a.0.max(first.a.1.saturating_sub(CONTEXT));
        first.b.0 = first.b.0.max(first.b.1.saturating_sub(CONTEXT));
    }
    if let Some(last) = steps.last_mut().filter(|s| s.equal) {
        last.a.1 = last.a.1.min(last.a.0 + CONTEXT);
        last.b.1 = last.b.1.min(last.b.0 + CONTEXT);
    }
    let (mut groups, mut group) = (Vec::new(), Vec::new());
    for step in steps {
        let Step { equal, mut a, mut b } = step;
        if equal && a.1 - a.0 > 2 * CONTEXT {
            group.push(Step { equal, a: (a.0, a.0 + CONTEXT), b: (b.0, b.0 + CONTEXT) });
            groups.push(std::mem::take(&mut group));
            (a.0, b.0) = (a.1 - CONTEXT, b.1 - CONTEXT);
        }
        group.push(Step { equal, a, b });
    }
    groups.push(group);
    groups.retain(|g| g.iter().any(|s| !s.equal));
    groups
}

/// `START,LENGTH` of a range of lines.
fn range((start, end): (usize, usize)) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => (start + 1).to_string(),
        n => format!("{},{n}", start + 1),
    }
}

/// What turns `old` into `new`, without a head.
pub(super) fn unified(old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let mut out = String::new();
    let mut lines = |mark: &str, lines: &[&str]| {
        for line in lines {
            out.push_str(&[mark, line, "\n"].concat());
        }
    };
    for group in groups(Matcher::new(&a, &b).steps()) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (in_a, in_b) = (range((first.a.0, last.a.1)), range((first.b.0, last.b.1)));
        lines("", &[&["@@ -", &in_a, " +", &in_b, " @@"].concat()]);
        for step in &group {
            let (from, to) = (a.get(step.a.0..step.a.1).unwrap_or(&[]), b.get(step.b.0..step.b.1).unwrap_or(&[]));
            if step.equal {
                lines(" ", from);
            } else {
                lines("-", from);
                lines("+", to);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_with_three_lines_around_them() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl";
        let new = old.replace("b\n", "B\n").replace("\nk", "");
        assert_eq!(
            unified(old, &new),
            "@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n d\n e\n@@ -8,5 +8,4 @@\n h\n i\n j\n-k\n l\n"
        );
        assert_eq!(unified(old, old), "");
    }
}
