//! `awk`: patterns and actions with fields, variables, arrays, `print`, `printf`, `if`, `for`, `while` and the usual
//! functions.

mod parse;
mod run;
mod value;

use super::{Call, Outcome, lines, unescape};
use crate::collections::BTreeMap;
use parse::{Parser, tokens};
use run::{Flow, Run};
use value::Val;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Pattern(String),
    Name(String),
    /// A name right before `(`.
    Function(String),
    Op(&'static str),
    Newline,
}

#[derive(Clone, Debug)]
enum Expr {
    Number(f64),
    Text(String),
    Pattern(String),
    Field(Box<Expr>),
    Var(String),
    Index(String, Vec<Expr>),
    Unary(&'static str, Box<Expr>),
    /// `++x` and `x++`: by how much, and whether the old value counts.
    Step(Box<Expr>, f64, bool),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Assign(&'static str, Box<Expr>, Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    In(Box<Expr>, String),
    Call(String, Vec<Expr>),
}

#[derive(Clone, Debug)]
enum Statement {
    Expr(Expr),
    Print(Vec<Expr>, bool),
    If(Expr, Box<Statement>, Option<Box<Statement>>),
    While(Expr, Box<Statement>),
    For(Option<Expr>, Option<Expr>, Option<Expr>, Box<Statement>),
    Each(String, String, Box<Statement>),
    Block(Vec<Statement>),
    Delete(String, Vec<Expr>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
}

#[derive(Clone, Debug)]
enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    /// The flag is kept by the program's run, by the rule's number.
    Range(Expr, Expr),
}

type Rule = (Pattern, Option<Statement>);

/// `awk`
pub fn awk(call: &mut Call) -> Outcome {
    let mut vars: Vec<(String, Val)> = vec![
        ("FS".into(), Val::Str(" ".into())),
        ("OFS".into(), Val::Str(" ".into())),
        ("ORS".into(), Val::Str("\n".into())),
    ];
    let options = match call.options("F:v:f:", &[]) {
        Ok(options) => options,
        Err(_) => return Ok(2),
    };
    for (flag, value) in &options.flags {
        match (flag, value.split_once('=')) {
            ('F', _) => vars.push(("FS".into(), Val::Str(if value == "t" { "\t".into() } else { unescape(value) }))),
            ('v', Some((name, value))) => vars.push((name.into(), Val::Input(unescape(value)))),
            _ => {}
        }
    }
    let mut rest = options.rest.iter();
    let Some(text) = rest.next() else {
        call.err("usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n");
        return Ok(2);
    };
    let files: Vec<String> = rest.cloned().collect();
    let rules = tokens(text).and_then(|tokens| Parser { tokens, at: 0, depth: 0, no_greater: false }.program());
    let rules = match rules {
        Ok(rules) => rules,
        Err(message) => {
            call.err(&format!("awk: {message}\n"));
            return Ok(2);
        }
    };
    let needs_input = rules.iter().any(|(p, _)| !matches!(p, Pattern::Begin));
    let (input, status) = if needs_input { call.inputs(&files)? } else { (String::new(), 0) };
    let mut run = Run {
        vars: vars.into_iter().collect(),
        arrays: BTreeMap::new(),
        record: String::new(),
        fields: Vec::new(),
        out: String::new(),
        status: if status == 0 { 0 } else { 2 },
        steps: 0,
        regexes: BTreeMap::new(),
    };
    execute(&rules, &input, &mut run);
    call.out(&run.out);
    Ok(run.status)
}

fn execute(rules: &[Rule], input: &str, run: &mut Run) {
    let mut ended = false;
    for (_, action) in rules.iter().filter(|(p, _)| matches!(p, Pattern::Begin)) {
        ended |= action.as_ref().is_some_and(|a| matches!(run.run(a), Flow::Exit));
    }
    let mut open = vec![false; rules.len()];
    for (n, line) in lines(input).enumerate() {
        if ended {
            break;
        }
        run.set_record(line);
        run.vars.insert("NR".into(), Val::Num(n as f64 + 1.0));
        run.vars.insert("FNR".into(), Val::Num(n as f64 + 1.0));
        for (i, (pattern, action)) in rules.iter().enumerate() {
            let hit = match pattern {
                Pattern::Begin | Pattern::End => false,
                Pattern::Always => true,
                Pattern::When(e) => run.eval(e).truth(),
                Pattern::Range(from, to) => {
                    let hit = open[i] || run.eval(from).truth();
                    open[i] = hit && !run.eval(to).truth();
                    hit
                }
            };
            if !hit {
                continue;
            }
            match action {
                None => {
                    let record = format!("{}\n", run.record);
                    run.out.push_str(&record);
                }
                Some(action) => match run.run(action) {
                    Flow::Next => break,
                    Flow::Exit => {
                        ended = true;
                        break;
                    }
                    _ => {}
                },
            }
        }
    }
    for (_, action) in rules.iter().filter(|(p, _)| matches!(p, Pattern::End)) {
        if action.as_ref().is_some_and(|a| matches!(run.run(a), Flow::Exit)) {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(program: &str, input: &str, expected: &str) {
        let tokens = tokens(program).unwrap();
        let rules = Parser { tokens, at: 0, depth: 0, no_greater: false }.program().unwrap();
        let base = [("FS", " "), ("OFS", " "), ("ORS", "\n")];
        let mut run = Run {
            vars: base.iter().map(|(k, v)| ((*k).to_owned(), Val::Str((*v).to_owned()))).collect(),
            arrays: BTreeMap::new(),
            record: String::new(),
            fields: Vec::new(),
            out: String::new(),
            status: 0,
            steps: 0,
            regexes: BTreeMap::new(),
        };
        execute(&rules, input, &mut run);
        assert_eq!(run.out, expected, "{program}");
    }

    #[test]
    fn runs_programs() {
        check("{print $2}", "a b\nc d\n", "b\nd\n");
        check("NR>1 {print $1, $NF}", "h x\na b c\n", "a c\n");
        check("/b/", "abc\nxyz\n", "abc\n");
        check("$2 == \"Running\" {n++} END {print n+0}", "a Running\nb Pending\n", "1\n");
        check("{c[$1]++} END {for (k in c) print k, c[k]}", "a\nb\na\n", "a 2\nb 1\n");
        check("{printf \"%-5s|%3d|%.1f\\n\", $1, $2, $2/4}", "x 5\n", "x    |  5|1.2\n");
        check("{gsub(/o/, \"0\"); print length($0), toupper($1)}", "foo boo\n", "7 F00\n");
        check("BEGIN {x = 3; while (x-- > 0) s = s x; print s; exit}", "", "210\n");
        check(
            "{split($1, a, \".\"); print a[1] \"-\" a[2]; if ($1 ~ /^1/) print \"yes\"; else print \"no\"}",
            "1.2\n",
            "1-2\nyes\n",
        );
        check("{print substr($1, 2, 2) index($1, \"c\")}", "abcd\n", "bc3\n");
    }
}
