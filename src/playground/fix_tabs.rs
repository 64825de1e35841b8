//! Tabs that indent, at the place where the reader stumbled over them: go-yaml takes none there.

use super::fixes::{Change, Fix, FixKind, Place};

/// What would mend a fault that a tab makes: the tab at the byte `at`, or those that indent its line and the lines after
/// it that are indented so too. Tabs elsewhere may be meant and stay.
// Kept apart: loaded with the rest of the engine.
#[inline(never)]
pub(super) fn of_fault(place: &Place, at: usize) -> Vec<Fix> {
    let text = place.text;
    let start = text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |n| n + 1);
    let Some(line) = text.get(start..) else { return Vec::new() };
    let (range, with) = if indent(line).contains('\t') {
        let (len, mended) = block(text.get(..start).unwrap_or(""), line);
        (start..start + len, mended)
    } else {
        // `-⇥name`: one blank parts as well.
        let tabs = text.get(at..).map_or(0, |t| t.len() - t.trim_start_matches('\t').len());
        if tabs == 0 {
            return Vec::new();
        }
        (at..at + tabs, " ".to_string())
    };
    vec![place.fix(FixKind::Write, "␣␣", Change::Replace(range, with))]
}

fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or("")
}

/// How wide an indent looks, a tab as two blanks.
fn width(line: &str) -> usize {
    indent(line).chars().map(|c| if c == '\t' { 2 } else { 1 }).sum()
}

/// The lines from here on that tabs indent: how long they are, and as they should be. The first goes to that level of
/// what is `before` it which is nearest to how it looks, and the others keep their distance to it.
fn block(before: &str, rest: &str) -> (usize, String) {
    let looks = width(rest);
    let goes = levels(before).into_iter().min_by_key(|level| level.abs_diff(looks)).unwrap_or(looks);
    let (mut len, mut mended) = (0, String::new());
    for line in rest.split_inclusive('\n').take_while(|line| indent(line).contains('\t')) {
        len += line.len();
        mended.push_str(&" ".repeat((goes + width(line)).saturating_sub(looks)));
        mended.push_str(line.trim_start_matches([' ', '\t']));
    }
    (len, mended)
}

/// The indents at which a line may go on after `before`, the deepest first.
fn levels(before: &str) -> Vec<usize> {
    let mut levels = Vec::new();
    let lines = before.lines().rev().filter(|l| !matches!(l.trim_start().chars().next(), None | Some('#')));
    for (i, line) in lines.enumerate() {
        let own = width(line);
        let inner = own + 2 * usize::from(line.trim_start().starts_with("- "));
        if i == 0 && line.trim_end().ends_with(':') {
            levels.push(inner + 2);
        }
        for level in [inner, own] {
            if levels.iter().all(|deeper| level < *deeper) {
                levels.push(level);
            }
        }
        if own == 0 {
            break;
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text after the fix of the fault at the first tab is carried out.
    fn mended(text: &str) -> String {
        let documents = crate::yaml::parse(text);
        let document = &documents[0];
        let at = document.error.as_ref().expect("a fault").span.start;
        let fixes = of_fault(&Place { file: "a.yaml", text, index: 0, document }, at);
        let [Fix { change: Change::Replace(range, with), .. }] = fixes.as_slice() else { panic!("{fixes:?}") };
        [&text[..range.start], with, &text[range.end..]].concat()
    }

    #[test]
    fn a_tab_becomes_the_blanks_of_its_level() {
        assert_eq!(mended("a:\n\tb: 1\n\tc: 2\nd: 3\n"), "a:\n  b: 1\n  c: 2\nd: 3\n");
        assert_eq!(mended("a:\n  b: 1\n\tc: 2\n"), "a:\n  b: 1\n  c: 2\n");
        assert_eq!(mended("a:\n  b:\n    c: 1\n\td:\n\t\te: 2\n"), "a:\n  b:\n    c: 1\n  d:\n    e: 2\n");
        assert_eq!(mended("a:\n - b: 1\n\t c: 2\n"), "a:\n - b: 1\n   c: 2\n");
        assert_eq!(mended("a:\n-\tb: 1\n\tc: 2\n"), "a:\n- b: 1\n\tc: 2\n");
    }

    #[test]
    fn tabs_elsewhere_stay() {
        let text = "a: |\n  x\n  \ty\nb:\n\tc: 1\n";
        assert_eq!(mended(text), "a: |\n  x\n  \ty\nb:\n  c: 1\n");
        let text = "a: [1\n";
        let document = &crate::yaml::parse(text)[0];
        let at = document.error.as_ref().expect("a fault").span.start;
        assert!(of_fault(&Place { file: "a.yaml", text, index: 0, document }, at).is_empty());
    }
}
