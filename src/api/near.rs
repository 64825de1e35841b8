//! How far two words are from each other, for "did you mean" and for slips of the finger.

/// How many letters have to be added, dropped or changed, upper and lower case alike.
// upstream: github.com/spf13/cobra cobra.go ld
#[inline(never)] // kept apart: loaded with the rest of the engine
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut next = vec![i + 1];
        for ((j, y), above) in b.iter().enumerate().zip(row.windows(2)) {
            let [diagonal, over] = above else { continue };
            let left = next.get(j).copied().unwrap_or(0);
            next.push((diagonal + usize::from(x != *y)).min(over + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
