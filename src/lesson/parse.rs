//! Reads a lesson's Markdown: `# title`, ```` ```yaml file=NAME ```` blocks, then `## step` sections of paragraphs with
//! ```` ```console ```` commands, ```` ```check ```` conditions and ```` ```deed ```` lines for the tests.

use super::{Block, Check, Lesson, Step};

/// The lesson that `text` holds, or what is wrong with it and where.
pub fn parse(text: &str) -> Result<Lesson, String> {
    let mut lesson = Lesson { name: String::new(), title: String::new(), files: Vec::new(), steps: Vec::new() };
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
            lesson.steps.push(Step { title: title.trim().into(), body: vec![], checks: vec![], deeds: vec![] });
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
    let step = lesson.steps.last_mut().ok_or("a block before the first step")?;
    match kind {
        "console" => {
            step.body.extend(body.iter().filter_map(|l| l.strip_prefix("$ ")).map(|l| Block::Command(l.into())))
        }
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
                let commands = |s: &super::Step| {
                    s.body.iter().filter(|b| matches!(b, super::Block::Command(_))).cloned().collect::<Vec<_>>()
                };
                assert_eq!(commands(a), commands(b), "{name}: {}", b.title);
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(super::parse("# T\n## S\n```check\nfoo bar\n```"), Err("line 3: unknown check \"foo bar\"".into()));
        assert_eq!(super::parse("text"), Err("a lesson has a title and steps".into()));
    }
}
