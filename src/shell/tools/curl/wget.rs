//! `wget` 1.21: its command line and what it prints.

use super::options::Options;
use crate::cluster::image::HttpResponse;
use crate::cluster::traffic::Url;
use crate::shell::sys::Sys;
use crate::shell::tools::run::duration;
use crate::sim::{Duration, Time};

/// Reads `wget ARGS`.
pub fn parse(args: &[String]) -> Options {
    let mut options = Options { wget: true, ..Options::default() };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let (name, glued) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (arg.as_str(), None),
        };
        let mut value = || glued.clone().or_else(|| rest.next().cloned()).unwrap_or_default();
        match name {
            "--quiet" => options.silent = true,
            "--output-document" => options.output = Some(value()),
            "--timeout" => options.max_time = duration(&value()),
            "--tries" => drop(value()),
            "--spider" => options.head = true,
            "--server-response" => options.include = true,
            "--no-check-certificate" => options.insecure = true,
            _ if name.starts_with("--") => {}
            _ if name.starts_with('-') && name.len() > 1 => {
                let letters = name[1..].char_indices();
                for (at, letter) in letters {
                    let tail = &name[at + 1 + letter.len_utf8()..];
                    let mut taken = || if tail.is_empty() { value() } else { tail.to_owned() };
                    match letter {
                        'q' => options.silent = true,
                        'S' => options.include = true,
                        'O' => {
                            options.output = Some(taken());
                            break;
                        }
                        'T' => {
                            options.max_time = duration(&taken());
                            break;
                        }
                        't' | 'o' | 'P' => {
                            drop(taken());
                            break;
                        }
                        _ => {}
                    }
                }
            }
            _ => options.urls.push(arg.clone()),
        }
    }
    options.max_time = options.max_time.filter(|d| d.0 > 0);
    if options.urls.is_empty() {
        let text =
            "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n".to_owned();
        options.refused = Some((text, 1));
    }
    options
}

fn stamp(now: Time) -> String {
    now.rfc3339().replace('T', " ").replace('Z', "")
}

/// The first line.
pub fn head(now: Time, url: &Url) -> String {
    let port = if url.explicit_port && url.port != 80 { format!(":{}", url.port) } else { String::new() };
    format!("--{}--  {}://{}{port}{}\n", stamp(now), url.scheme, url.host, url.path)
}

/// What is printed for an answer: text for standard output and a status.
pub fn answer(answer: &HttpResponse, options: &Options, sys: &mut Sys) -> (String, i32) {
    let now = sys.now();
    let loud = !options.silent;
    let reason = if answer.status == 404 { "404 Not Found" } else { "200 OK" };
    if loud {
        sys.err(&format!("{reason}\n"));
    }
    if answer.status >= 400 {
        if loud {
            sys.err(&format!("{} ERROR {}: {}.\n\n", stamp(now), answer.status, reason.get(4..).unwrap_or("")));
        }
        return (String::new(), 8);
    }
    let kind = answer.content_type;
    let kind = kind.split(';').next().unwrap_or("");
    let size = answer.body.len();
    if options.head {
        if loud {
            sys.err(&format!("Length: {size} [{kind}]\nRemote file exists.\n\n"));
        }
        return (String::new(), 0);
    }
    let path = options.output.clone().unwrap_or_else(|| "index.html".into());
    let to_stdout = path == "-";
    if loud {
        let target = if to_stdout { "STDOUT".to_owned() } else { path.clone() };
        sys.err(&format!("Length: {size} [{kind}]\nSaving to: '{target}'\n\n"));
        sys.err(&format!("     0K {:50}      100% 4.60M=0s\n\n", ""));
        let what = if to_stdout { "written to stdout".to_owned() } else { format!("'{path}' saved") };
        sys.err(&format!("{} (4.60 MB/s) - {what} [{size}/{size}]\n\n", stamp(now + Duration(0))));
    }
    if to_stdout {
        return (answer.body.clone(), 0);
    }
    match sys.write_file(&path, &answer.body) {
        Ok(()) => (String::new(), 0),
        Err(trouble) => {
            sys.err(&format!("{path}: {}\n", trouble.text()));
            (String::new(), 3)
        }
    }
}
