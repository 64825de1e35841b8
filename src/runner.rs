//! The headless runner: replays transcripts and packet flows, for courses' CI.

use kubeglass::cluster::Options;
use kubeglass::playground::{compare, transcript};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
kubeglass: a simulated Kubernetes cluster

Usage:
  kubeglass replay FILE... [--out DIR] [--check] [--seed N]
      Runs the files and commands of transcripts, each on a fresh cluster, and prints
      the same Markdown with what the simulation printed.
      --out DIR   write DIR/NAME.md for each instead
      --check     compare with what the files say, print a diff and exit 1 where it differs
      --seed N    draw other names, addresses and Pods
  kubeglass flows FILE.json
      Traces packets through kube-proxy's rules; prints the same JSON with what happened.
  kubeglass --help | --version

Exit status: 0 fine, 1 something differs, 2 wrong usage or a file that cannot be read or written.
";

enum Command {
    Replay { files: Vec<PathBuf>, out: Option<PathBuf>, check: bool, seed: Option<u64> },
    Flows(PathBuf),
    Print(String),
}

fn read_arguments(arguments: Vec<String>) -> Result<Command, String> {
    let mut rest = arguments.into_iter();
    match rest.next().as_deref() {
        None => Err("no command given".into()),
        Some("--help" | "-h" | "help") => Ok(Command::Print(HELP.into())),
        Some("--version" | "-V" | "version") => {
            Ok(Command::Print(format!("kubeglass {}\n", env!("CARGO_PKG_VERSION"))))
        }
        Some("flows") => match (rest.next(), rest.next()) {
            (Some(file), None) if file == "--help" => Ok(Command::Print(HELP.into())),
            (Some(file), None) => Ok(Command::Flows(file.into())),
            _ => Err("flows takes one file".into()),
        },
        Some("replay") => replay_arguments(rest),
        Some(other) => Err(format!("unknown command \"{other}\"")),
    }
}

fn replay_arguments(mut rest: impl Iterator<Item = String>) -> Result<Command, String> {
    let (mut files, mut out, mut check, mut seed, mut plain) = (Vec::new(), None, false, None, false);
    while let Some(argument) = rest.next() {
        let (name, glued) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") && !plain => (name.to_owned(), Some(value.to_owned())),
            _ => (argument.clone(), None),
        };
        let mut value = || glued.clone().or_else(|| rest.next()).ok_or(format!("{name} needs a value"));
        match name.as_str() {
            _ if plain => files.push(PathBuf::from(argument)),
            "--help" | "-h" => return Ok(Command::Print(HELP.into())),
            "--out" => out = Some(PathBuf::from(value()?)),
            "--seed" => {
                let text = value()?;
                seed = Some(text.parse().map_err(|_| format!("--seed needs a whole number, not \"{text}\""))?);
            }
            "--check" if glued.is_none() => check = true,
            "--" => plain = true,
            _ if argument.starts_with('-') => return Err(format!("unknown option \"{argument}\"")),
            _ => files.push(PathBuf::from(argument)),
        }
    }
    if files.is_empty() { Err("replay needs a file".into()) } else { Ok(Command::Replay { files, out, check, seed }) }
}

/// Runs the command line; all trouble is told on standard error.
pub fn main() -> ExitCode {
    let command = match read_arguments(std::env::args().skip(1).collect()) {
        Ok(command) => command,
        Err(problem) => {
            eprintln!("kubeglass: {problem}\nTry 'kubeglass --help'.");
            return ExitCode::from(2);
        }
    };
    let outcome = match command {
        Command::Print(text) => print(&text).map(|()| true),
        Command::Flows(file) => flows(&file),
        Command::Replay { files, out, check, seed } => replay(&files, out.as_deref(), check, seed),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("kubeglass: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Prints; a reader that went away is no mistake.
fn print(text: &str) -> Result<(), String> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("cannot print: {error}")),
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Replays every file; `false` if `check` found a difference. A file that cannot be read doesn't stop the others.
fn replay(files: &[PathBuf], out: Option<&Path>, check: bool, seed: Option<u64>) -> Result<bool, String> {
    if let Some(folder) = out {
        std::fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    }
    let mut options = Options::default();
    options.seed = seed.unwrap_or(options.seed);
    let (mut same, mut trouble) = (true, None);
    for path in files {
        let recorded = match read(path) {
            Ok(text) => text,
            Err(problem) => {
                trouble.get_or_insert(problem);
                continue;
            }
        };
        let replayed = transcript::replay(&recorded, &options);
        if let Some(folder) = out {
            let name = path.file_name().map(PathBuf::from).unwrap_or_else(|| "transcript.md".into());
            let target = folder.join(name);
            if let Err(error) = std::fs::write(&target, &replayed) {
                trouble.get_or_insert(format!("cannot write {}: {error}", target.display()));
            }
        } else if !check {
            print(&replayed)?;
        }
        if check {
            let problems = compare::compare(&recorded, &replayed);
            same &= problems.is_empty();
            let verdict = if problems.is_empty() { "same".into() } else { format!("{} differ\n", problems.len()) };
            print(&format!("{}: {verdict}\n", path.display()))?;
            for problem in problems {
                print(&format!("{problem}\n\n"))?;
            }
        }
    }
    trouble.map_or(Ok(same), Err)
}

fn flows(path: &Path) -> Result<bool, String> {
    let text = read(path)?;
    let answered = kubeglass::network::flows::run(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    print(&answered).map(|()| true)
}
