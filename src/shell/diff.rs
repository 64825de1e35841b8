//! Line differences: what changed between two lists of lines.

use std::ops::Range;

/// The changed stretches of both, in order: lines `old` became lines `new`.
pub fn changes(old: &[&str], new: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    if a.len().saturating_mul(b.len()) > 4_000_000 {
        // Too much to compare pairwise: one change.
        return vec![(head..old.len() - tail, head..new.len() - tail)];
    }
    // Longest common subsequence, from the end.
    let width = b.len() + 1;
    let mut lengths = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = if a[i] == b[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut found): (usize, usize, Vec<(Range<usize>, Range<usize>)>) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            i += 1;
            j += 1;
            continue;
        }
        let (from_i, from_j) = (i, j);
        while (i < a.len() || j < b.len()) && !(i < a.len() && j < b.len() && a[i] == b[j]) {
            if i < a.len() && (j == b.len() || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
                i += 1;
            } else {
                j += 1;
            }
        }
        found.push((head + from_i..head + i, head + from_j..head + j));
    }
    found
}

/// The unified form with `context` lines around each change, without the two lines of names.
pub fn unified(old: &[&str], new: &[&str], changes: &[(Range<usize>, Range<usize>)], context: usize) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < changes.len() {
        let mut last = at;
        while last + 1 < changes.len() && changes[last + 1].0.start - changes[last].0.end <= 2 * context {
            last += 1;
        }
        let (first, end) = (&changes[at], &changes[last]);
        let lead = first.0.start.min(context);
        let (a, b) = (first.0.start - lead, first.1.start - lead);
        let trail = (old.len() - end.0.end).min(context);
        let span = |start: usize, count: usize| match count {
            0 => format!("{start},0"),
            1 => (start + 1).to_string(),
            n => format!("{},{n}", start + 1),
        };
        out.push_str(&format!("@@ -{} +{} @@\n", span(a, end.0.end + trail - a), span(b, end.1.end + trail - b)));
        let mut line = a;
        for (from, to) in &changes[at..=last] {
            old[line..from.start].iter().for_each(|l| out.push_str(&format!(" {l}\n")));
            old[from.clone()].iter().for_each(|l| out.push_str(&format!("-{l}\n")));
            new[to.clone()].iter().for_each(|l| out.push_str(&format!("+{l}\n")));
            line = from.end;
        }
        old[line..line + trail].iter().for_each(|l| out.push_str(&format!(" {l}\n")));
        at = last + 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_diff_does() {
        let (old, new) = (["a", "b", "c", "d"], ["a", "x", "c", "d", "e"]);
        let found = changes(&old, &new);
        assert_eq!(found, [(1..2, 1..2), (4..4, 4..5)]);
        assert_eq!(unified(&old, &new, &found, 1), "@@ -1,4 +1,5 @@\n a\n-b\n+x\n c\n d\n+e\n");
    }
}
