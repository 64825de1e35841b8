//! `sed`

mod parse;

use super::{Call, Outcome, lines};
use crate::shell::regex::{Captures, Regex};
use parse::Parser;

#[derive(Debug)]
enum Address {
    Line(usize),
    Last,
    Match(Regex),
    /// `first~step`
    Step(usize, usize),
}

#[derive(Debug)]
enum Action {
    Substitute { regex: Option<Regex>, with: String, global: bool, print: bool, nth: usize },
    Translate(Vec<char>, Vec<char>),
    Text(char, String),
    Block(Vec<Command>),
    Quit(i32),
    Plain(char),
}

#[derive(Debug)]
struct Command {
    from: Option<Address>,
    to: Option<Address>,
    /// `,+N`
    more: usize,
    not: bool,
    action: Action,
}

/// `sed`
pub fn sed(call: &mut Call) -> Outcome {
    let long = [
        ("quiet", 'n'),
        ("silent", 'n'),
        ("expression", 'e'),
        ("regexp-extended", 'E'),
        ("in-place", 'i'),
        ("file", 'f'),
        ("separate", 's'),
        ("unbuffered", 'u'),
    ];
    // `-i` may carry a suffix, which getopt here does not know: it is taken off first.
    let args: Vec<String> = call
        .args()
        .iter()
        .map(|a| if a.starts_with("-i") && a.len() > 2 && !a.contains('e') { "-i".into() } else { a.clone() })
        .collect();
    let options = match super::getopt::parse(&args, "ne:Erif:szu", &long) {
        Ok(options) => options,
        Err(message) => {
            call.err(&format!("sed: {message}\n{USAGE}"));
            return Ok(1);
        }
    };
    let mut files = options.rest.clone();
    let mut scripts: Vec<String> = options.flags.iter().filter(|(f, _)| *f == 'e').map(|(_, v)| v.clone()).collect();
    for (_, path) in options.flags.iter().filter(|(f, _)| *f == 'f') {
        match call.input(path)? {
            Ok(text) => scripts.push(text),
            Err(trouble) => return call.fail(&format!("couldn't open file {path}: {}", trouble.text()), 1),
        }
    }
    if scripts.is_empty() {
        if files.is_empty() {
            call.err(USAGE);
            return Ok(1);
        }
        scripts.push(files.remove(0));
    }
    let script = scripts.join("\n");
    let extended = options.has('E') || options.has('r');
    let mut parser = Parser { text: script.chars().collect(), at: 0, extended };
    let commands = match parser.commands(false) {
        Ok(commands) => commands,
        Err(message) => return call.fail(&format!("-e expression #1, char {}: {message}", parser.at), 1),
    };
    let quiet = options.has('n');
    if options.has('i') {
        let mut status = 0;
        for path in &files {
            match call.input(path)? {
                Ok(text) => {
                    let (out, code) = edit(&text, &commands, quiet);
                    status = code;
                    if let Err(trouble) = call.sys.write_file(path, &out) {
                        call.trouble(path, trouble);
                    }
                }
                Err(trouble) => {
                    let message = format!("sed: can't read {path}: {}\n", trouble.text());
                    call.err(&message);
                    status = 4;
                }
            }
        }
        return Ok(status);
    }
    let (mut text, mut status) = (String::new(), 0);
    for path in if files.is_empty() { vec!["-".to_owned()] } else { files } {
        match call.input(&path)? {
            Ok(more) => text.push_str(&more),
            Err(trouble) => {
                let message = format!("sed: can't read {path}: {}\n", trouble.text());
                call.err(&message);
                status = 2;
            }
        }
    }
    let (out, code) = edit(&text, &commands, quiet);
    call.out(&out);
    Ok(if code != 0 { code } else { status })
}

const USAGE: &str = "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n";

struct Run<'a> {
    all: Vec<&'a str>,
    n: usize,
    quiet: bool,
    out: String,
    append: String,
    hold: String,
    /// Which ranges are open, by the command's address.
    open: crate::collections::BTreeMap<usize, usize>,
    last: Option<&'a Regex>,
}

enum Flow {
    Next,
    /// To the next cycle; the flag: without printing.
    Cycle(bool),
    Quit(i32, bool),
}

fn edit(text: &str, commands: &[Command], quiet: bool) -> (String, i32) {
    let all: Vec<&str> = lines(text).collect();
    let ended = text.ends_with('\n') || text.is_empty();
    let mut run = Run {
        all,
        n: 0,
        quiet,
        out: String::new(),
        append: String::new(),
        hold: String::new(),
        open: crate::collections::BTreeMap::new(),
        last: None,
    };
    let mut status = 0;
    while run.n < run.all.len() {
        let mut space = run.all[run.n].to_owned();
        let flow = execute(commands, &mut run, &mut space);
        let silent = matches!(flow, Flow::Cycle(true) | Flow::Quit(_, true));
        if !quiet && !silent {
            run.out.push_str(&space);
            run.out.push('\n');
        }
        let append = std::mem::take(&mut run.append);
        run.out.push_str(&append);
        run.n += 1;
        if let Flow::Quit(code, _) = flow {
            status = code;
            break;
        }
    }
    if !ended && run.n >= run.all.len() && run.out.ends_with('\n') {
        run.out.pop();
    }
    (run.out, status)
}

fn address(address: &Address, run: &Run, space: &str) -> bool {
    match address {
        Address::Line(n) => run.n + 1 == *n,
        Address::Last => run.n + 1 == run.all.len(),
        Address::Match(regex) => regex.is_match(space),
        Address::Step(first, step) => {
            let n = run.n + 1;
            if *step == 0 { n == *first } else { n >= *first && (n - first).is_multiple_of(*step) }
        }
    }
}

fn selected(command: &Command, run: &mut Run, space: &str) -> bool {
    let Some(from) = &command.from else { return true };
    if command.to.is_none() && command.more == 0 {
        return address(from, run, space);
    }
    let key = std::ptr::from_ref(command) as usize;
    if let Some(end) = run.open.get(&key).copied() {
        let closes = match &command.to {
            Some(Address::Line(n)) => {
                if run.n + 1 > *n {
                    // The range ended before this line.
                    run.open.remove(&key);
                    return address(from, run, space);
                }
                run.n + 1 == *n
            }
            Some(to) => address(to, run, space),
            None => run.n >= end,
        };
        if closes {
            run.open.remove(&key);
        }
        return true;
    }
    if address(from, run, space) {
        let single = matches!(command.to, Some(Address::Line(n)) if n <= run.n + 1);
        if !single {
            run.open.insert(key, run.n + command.more);
        }
        return true;
    }
    false
}

fn execute<'a>(commands: &'a [Command], run: &mut Run<'a>, space: &mut String) -> Flow {
    for command in commands {
        if selected(command, run, space) == command.not {
            continue;
        }
        match &command.action {
            Action::Substitute { regex, with, global, print, nth } => {
                let Some(regex) = regex.as_ref().or(run.last) else { continue };
                run.last = Some(regex);
                if let Some(changed) = substitute(space, regex, with, *global, *nth) {
                    *space = changed;
                    if *print {
                        run.out.push_str(space);
                        run.out.push('\n');
                    }
                }
            }
            Action::Translate(from, to) => {
                *space = space.chars().map(|c| from.iter().position(|f| *f == c).map_or(c, |n| to[n])).collect();
            }
            Action::Text('a', text) => {
                run.append.push_str(text);
                run.append.push('\n');
            }
            Action::Text('i', text) => {
                run.out.push_str(text);
                run.out.push('\n');
            }
            Action::Text(_, text) => {
                if !run.open.contains_key(&(std::ptr::from_ref(command) as usize)) {
                    run.out.push_str(text);
                    run.out.push('\n');
                }
                return Flow::Cycle(true);
            }
            Action::Block(inner) => match execute(inner, run, space) {
                Flow::Next => {}
                other => return other,
            },
            Action::Quit(code) => return Flow::Quit(*code, false),
            Action::Plain('d') => return Flow::Cycle(true),
            Action::Plain('p') => {
                run.out.push_str(space);
                run.out.push('\n');
            }
            Action::Plain('=') => {
                let number = run.n + 1;
                run.out.push_str(&format!("{number}\n"));
            }
            Action::Plain('h') => run.hold.clone_from(space),
            Action::Plain('H') => {
                run.hold.push('\n');
                run.hold.push_str(space);
            }
            Action::Plain('g') => space.clone_from(&run.hold),
            Action::Plain('G') => {
                space.push('\n');
                space.push_str(&run.hold);
            }
            Action::Plain('x') => std::mem::swap(space, &mut run.hold),
            Action::Plain('n') => {
                if run.n + 1 >= run.all.len() {
                    return Flow::Quit(0, false);
                }
                if !run.quiet {
                    run.out.push_str(space);
                    run.out.push('\n');
                }
                run.n += 1;
                *space = run.all[run.n].to_owned();
            }
            Action::Plain('N') => {
                if run.n + 1 >= run.all.len() {
                    return Flow::Quit(0, false);
                }
                run.n += 1;
                space.push('\n');
                space.push_str(run.all[run.n]);
            }
            Action::Plain('Q') => return Flow::Quit(0, true),
            Action::Plain(_) => {}
        }
    }
    Flow::Next
}

fn substitute(space: &str, regex: &Regex, with: &str, global: bool, nth: usize) -> Option<String> {
    let (mut out, mut from, mut count, mut changed) = (String::new(), 0, 0, false);
    while from <= space.len() {
        let Some(captures) = regex.find(space, from) else { break };
        let Some((a, b)) = captures.first().copied().flatten() else { break };
        count += 1;
        out.push_str(&space[from..a]);
        if count >= nth {
            out.push_str(&replacement(space, with, &captures));
            changed = true;
        } else {
            out.push_str(&space[a..b]);
        }
        from = b;
        if b == a {
            let next = space[b..].chars().next();
            out.extend(next);
            from += next.map_or(1, char::len_utf8);
        }
        if changed && !global {
            break;
        }
    }
    out.push_str(space.get(from..).unwrap_or(""));
    changed.then_some(out)
}

fn replacement(space: &str, with: &str, captures: &Captures) -> String {
    let group = |n: usize| captures.get(n).copied().flatten().map_or("", |(a, b)| &space[a..b]);
    let (mut out, mut chars) = (String::new(), with.chars());
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str(group(0)),
            '\\' => match chars.next() {
                Some(d) if d.is_ascii_digit() => out.push_str(group(d as usize - '0' as usize)),
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, text: &str, quiet: bool) -> String {
        let commands = Parser { text: script.chars().collect(), at: 0, extended: false }.commands(false).unwrap();
        edit(text, &commands, quiet).0
    }

    #[test]
    fn edits_as_sed_does() {
        assert_eq!(run("s/a/b/", "aa\nca\n", false), "ba\ncb\n");
        assert_eq!(run("s/\\([a-z]*\\)=\\(.*\\)/\\2=\\1/", "k=v", false), "v=k");
        assert_eq!(run("/b/,/d/p", "a\nb\nc\nd\ne\n", true), "b\nc\nd\n");
        assert_eq!(run("2,3d", "a\nb\nc\nd\n", false), "a\nd\n");
        assert_eq!(
            run("/chain .*web/,/^\t}/p", "x\n\tchain a/web {\n\t\ty\n\t}\nz\n", true),
            "\tchain a/web {\n\t\ty\n\t}\n"
        );
        assert_eq!(run("s|80|8080|g;$!d", "80\n80 80\n", false), "8080 8080\n");
        assert_eq!(run("1i top\n$a end", "x\n", false), "top\nx\nend\n");
        assert_eq!(run("/a/{s/a/b/;p}", "a\nc\n", true), "b\n");
        assert_eq!(run("s/x*/-/g", "abc", false), "-a-b-c-");
    }
}
