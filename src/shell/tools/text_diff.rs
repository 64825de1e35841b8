//! `diff`

use super::{Call, Outcome, lines};

/// `diff A B`: the normal and the unified form.
pub fn diff(call: &mut Call) -> Outcome {
    let options = match call.options("uNqwbr", &[("unified", 'u'), ("brief", 'q'), ("new-file", 'N')]) {
        Ok(options) => options,
        Err(_) => return Ok(2),
    };
    let [a, b] = options.rest.as_slice() else {
        return call.fail("missing operand after 'diff'\ndiff: Try 'diff --help' for more information.", 2);
    };
    let mut texts = Vec::new();
    for path in [a, b] {
        match call.input(path)? {
            Ok(text) => texts.push(text),
            Err(trouble) => {
                call.trouble(path, trouble);
                return Ok(2);
            }
        }
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(&texts[0]).collect(), lines(&texts[1]).collect());
    if old == new {
        return Ok(0);
    }
    if options.has('q') {
        call.line(&format!("Files {a} and {b} differ"));
        return Ok(1);
    }
    let hunks = crate::shell::diff::changes(&old, &new);
    if options.has('u') {
        let stamp = call.sys.now().rfc3339().replace('T', " ").replace('Z', ".000000000 +0000");
        call.out(&format!("--- {a}\t{stamp}\n+++ {b}\t{stamp}\n"));
        call.out(&crate::shell::diff::unified(&old, &new, &hunks, 3));
        return Ok(1);
    }
    for (from, to) in hunks {
        let span = |r: &std::ops::Range<usize>| match r.len() {
            0 => r.start.to_string(),
            1 => (r.start + 1).to_string(),
            _ => format!("{},{}", r.start + 1, r.end),
        };
        let kind = if from.is_empty() {
            'a'
        } else if to.is_empty() {
            'd'
        } else {
            'c'
        };
        call.line(&format!("{}{kind}{}", span(&from), span(&to)));
        old[from].iter().for_each(|l| call.line(&format!("< {l}")));
        if kind == 'c' {
            call.line("---");
        }
        new[to].iter().for_each(|l| call.line(&format!("> {l}")));
    }
    Ok(1)
}
