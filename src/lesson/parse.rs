//! Reads a lesson's Markdown: `# title`, ```` ```yaml file=NAME ```` blocks, then `## step` sections of paragraphs with
//! ```` ```console ```` commands, a ```` ```fix ```` that is shown when asked for, ```` ```check ```` conditions,
//! ```` ```hurdle ````s and ```` ```deed ```` lines for the tests. A last section without a check is the lesson's end.

use super::{Block, Check, Hurdle, Lesson, Step};

/// The lesson that `text` holds, or what is wrong with it and where.
pub fn parse(text: &str) -> Result<Lesson, String> {
    let mut lesson = Lesson::default();
    let mut lines = text.lines().enumerate();
    let mut paragraph = String::new();
    while let Some((n, line)) = lines.next() {
        let at = n + 1;
        if let Some(kind) = line.strip_prefix("```") {
            flush(&mut lesson, &mut paragraph);
            let body: Vec<&str> = lines.by_ref().map(|(_, l)| l).take_while(|l| *l != "```").collect();
            block(&mut lesson, kind.trim(), &body).map_err(|e| format!("line {at}: {e}"))?;
        } else if let Some(title) = line.strip_prefix("# ") {
            lesson.title = title.trim().into();
        } else if let Some(title) = line.strip_prefix("## ") {
            flush(&mut lesson, &mut paragraph);
            lesson.steps.push(Step { title: title.trim().into(), ..Step::default() });
        } else if line.trim().is_empty() {
            flush(&mut lesson, &mut paragraph);
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
    flush(&mut lesson, &mut paragraph);
    if lesson.steps.last().is_some_and(|s| s.checks.is_empty()) {
        lesson.end = lesson.steps.pop().map(|s| s.body).unwrap_or_default();
    }
    if lesson.title.is_empty() || lesson.steps.is_empty() {
        return Err("a lesson has a title and steps".into());
    }
    Ok(lesson)
}

fn flush(lesson: &mut Lesson, paragraph: &mut String) {
    let text = std::mem::take(paragraph);
    if let (false, Some(step)) = (text.is_empty(), lesson.steps.last_mut()) {
        step.body.push(Block::Text(text));
    }
}

fn block(lesson: &mut Lesson, kind: &str, body: &[&str]) -> Result<(), String> {
    if let Some(name) = kind.strip_prefix("yaml file=") {
        lesson.files.push((name.into(), body.join("\n") + "\n"));
        return Ok(());
    }
    if kind == "hurdle" {
        let hurdle = hurdle(body)?;
        lesson.steps.last_mut().map_or(&mut lesson.hurdles, |s| &mut s.hurdles).push(hurdle);
        return Ok(());
    }
    let step = lesson.steps.last_mut().ok_or("a block before the first step")?;
    match kind {
        "console" => {
            step.body.extend(body.iter().filter_map(|l| l.strip_prefix("$ ")).map(|l| Block::Command(l.into())))
        }
        "fix" => step.body.push(Block::Fix(body.iter().filter(|l| !l.is_empty()).map(|l| line(l)).collect())),
        "deed" => step.deeds.extend(body.iter().map(|l| (*l).to_string())),
        "check" => {
            for line in body {
                step.checks.push(Check::parse(line)?);
            }
        }
        other => return Err(format!("unknown block \"{other}\"")),
    }
    Ok(())
}

/// A line of a fix: a command, or a paragraph of its own.
fn line(text: &str) -> Block {
    match text.strip_prefix("$ ") {
        Some(command) => Block::Command(command.into()),
        None => Block::Text(text.into()),
    }
}

/// Checks, then `> what stands in the way`, then `[button] $ command`.
fn hurdle(body: &[&str]) -> Result<Hurdle, String> {
    let mut hurdle = Hurdle { checks: Vec::new(), text: String::new(), way: Default::default() };
    for line in body {
        if let Some(text) = line.strip_prefix("> ") {
            hurdle.text = text.into();
        } else if let Some((label, command)) = line.strip_prefix('[').and_then(|l| l.split_once("] $ ")) {
            hurdle.way = (label.into(), command.into());
        } else {
            hurdle.checks.push(Check::parse(line)?);
        }
    }
    match hurdle.text.is_empty() || hurdle.way.1.is_empty() || hurdle.checks.is_empty() {
        true => Err("a hurdle has checks, a sentence and a button".into()),
        false => Ok(hurdle),
    }
}

#[cfg(test)]
mod tests {
    use crate::lesson::COURSE;

    #[test]
    fn both_languages_have_the_same_files_commands_and_checks() {
        for name in COURSE {
            let read = |lang| std::fs::read_to_string(format!("lessons/{name}.{lang}.md")).unwrap();
            let (ko, en) = (super::parse(&read("ko")).unwrap(), super::parse(&read("en")).unwrap());
            assert_eq!(ko.files, en.files, "{name}");
            assert_eq!(ko.steps.len(), en.steps.len(), "{name}");
            for (a, b) in ko.steps.iter().zip(&en.steps) {
                assert!(!a.checks.is_empty(), "{name}: a step without a check: {}", a.title);
                assert_eq!((&a.checks, &a.deeds), (&b.checks, &b.deeds), "{name}: {}", b.title);
                assert_eq!(commands(&a.body), commands(&b.body), "{name}: {}", b.title);
                assert_eq!(ways(&a.hurdles), ways(&b.hurdles), "{name}: {}", b.title);
            }
            assert_eq!(ways(&ko.hurdles), ways(&en.hurdles), "{name}");
            assert_eq!(ko.end.is_empty(), en.end.is_empty(), "{name}");
        }
    }

    /// Commands, those of fixes included, and what texts link to.
    fn commands(blocks: &[super::Block]) -> Vec<String> {
        let of = |b: &super::Block| match b {
            super::Block::Command(line) => vec![line.clone()],
            super::Block::Fix(inner) => commands(inner),
            super::Block::Text(text) => text.split("](").skip(1).map(|t| t.split(')').next().unwrap().into()).collect(),
        };
        blocks.iter().flat_map(of).collect()
    }

    fn ways(hurdles: &[super::Hurdle]) -> Vec<(&[super::Check], &str)> {
        hurdles.iter().map(|h| (h.checks.as_slice(), h.way.1.as_str())).collect()
    }

    #[test]
    fn fixes_hurdles_and_the_end_are_read() {
        let text = "# T\n```hurdle\nnot exists service/a\n> None.\n[Make] $ make a\n```\n## S\nWhy?\n```fix\nSo.\n$ mend\n```\n\
                    ```check\nexists service/a\n```\n## Done\nAll [free](free).\n";
        let lesson = super::parse(text).unwrap();
        assert_eq!(lesson.hurdles[0].way, ("Make".to_string(), "make a".to_string()));
        assert_eq!(lesson.steps.len(), 1);
        assert_eq!(commands(&lesson.steps[0].body), ["mend"]);
        assert_eq!(commands(&lesson.end), ["free"]);
        assert_eq!(
            super::parse("# T\n## S\n```hurdle\n> x\n```"),
            Err("line 3: a hurdle has checks, a sentence and a button".into())
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(super::parse("# T\n## S\n```check\nfoo bar\n```"), Err("line 3: unknown check \"foo bar\"".into()));
        assert_eq!(super::parse("text"), Err("a lesson has a title and steps".into()));
    }
}
