//! BusyBox's `wget`, as its images have it: what it prints, how it ends.

use super::options::Options;
use super::output::response_head;
use crate::api::{ObjectExt, resource};
use crate::cluster::image::HttpResponse;
use crate::cluster::traffic::Url;
use crate::shell::Host;
use crate::shell::sys::Sys;

/// What it prints when asked for nothing.
pub const USAGE: &str = "BusyBox v1.36.1 (2023-05-18 22:34:17 UTC) multi-call binary.\n\n\
Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\
\t[--post-data STR | --post-file FILE] [-Y on/off]\n\
\t[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...\n\n\
Retrieve files via HTTP or FTP\n\n\
\t--spider\tOnly check URL existence: $? is 0 if exists\n\
\t--header STR\tAdd STR (of form 'header: value') to headers\n\
\t--post-data STR\tSend STR using POST method\n\
\t--post-file FILE\tSend FILE using POST method\n\
\t--no-check-certificate\tDon't validate the server's certificate\n\
\t-c\t\tContinue retrieval of aborted transfer\n\
\t-q\t\tQuiet\n\
\t-P DIR\t\tSave to DIR (default .)\n\
\t-S    \t\tShow server response\n\
\t-T SEC\t\tNetwork read timeout is SEC seconds\n\
\t-O FILE\t\tSave to FILE ('-' for stdout)\n\
\t-o LOGFILE\tLog messages to FILE\n\
\t-U STR\t\tUse STR for User-Agent header\n\
\t-Y on/off\tUse proxy\n";

/// Whether this is a container of an image that is made of BusyBox.
pub fn is_here(sys: &Sys) -> bool {
    let Host::Pod { namespace, name, container } = &sys.common.host else { return false };
    let Some(pod) = sys.cluster.store.find(&resource::PODS, namespace, name) else { return false };
    let mut all = pod.list_at("spec.containers").iter().chain(pod.list_at("spec.initContainers"));
    let image = all.find(|c| c.str_at("name") == &**container);
    let image = image.map_or("", |c| c.str_at("image"));
    let name = image.rsplit('/').next().unwrap_or("");
    name.starts_with("busybox") || name.contains("alpine")
}

/// The host as the URL has it, with the port that it names.
fn named(url: &Url) -> String {
    if url.explicit_port { format!("{}:{}", url.host, url.port) } else { url.host.clone() }
}

/// Before it connects.
pub fn connecting(url: &Url, ip: &str) -> String {
    format!("Connecting to {} ({ip}:{})\n", named(url), url.port)
}

/// Why there is no answer: curl's status, and what connecting came to.
pub fn failure(status: i32, url: &Url, (ip, why): (&str, &str)) -> String {
    match (status, why) {
        (6, _) => format!("wget: bad address '{}'\n", named(url)),
        (7, _) | (28, "Connection timed out") => format!("wget: can't connect to remote host ({ip}): {why}\n"),
        (28, _) => "wget: download timed out\n".into(),
        (35 | 60, _) => "wget: error getting response: Connection reset by peer\n".into(),
        _ => "wget: error getting response\n".into(),
    }
}

/// What is printed for an answer: text for standard output and a status.
pub fn answer(answer: &HttpResponse, url: &Url, options: &Options, sys: &mut Sys) -> (String, i32) {
    let head = response_head(answer, sys.now());
    let first = head.lines().next().unwrap_or("").to_owned();
    let loud = !options.silent;
    if options.include && loud {
        let lines = head.trim_end().lines().chain(["Connection: close", ""]);
        sys.err(&lines.map(|l| format!("  {}\n", l.trim_end())).collect::<String>());
    }
    if answer.status != 200 {
        sys.err(&format!("wget: server returned error: {first}\n"));
        return (String::new(), 1);
    }
    if options.head {
        if loud {
            sys.err("remote file exists\n");
        }
        return (String::new(), 0);
    }
    let last = url.path.split('?').next().unwrap_or("").rsplit('/').next().unwrap_or("");
    let own = if last.is_empty() { "index.html" } else { last };
    let path = options.output.as_deref().unwrap_or(own);
    let size = answer.body.len();
    // As wide as a terminal of 80 columns lets it be.
    let bar = format!("{path:<20} 100% |{}|{size:>6}  0:00:00 ETA\n", "*".repeat(32));
    if path == "-" {
        if loud {
            sys.err("writing to stdout\n");
        }
        sys.out(&answer.body);
        if loud {
            sys.err(&format!("{bar}written to stdout\n"));
        }
        return (String::new(), 0);
    }
    let trouble = match sys.stat(path) {
        Some(_) if options.output.is_none() => Some("File exists"),
        _ => sys.write_file(path, &answer.body).err().map(|t| t.text()),
    };
    match trouble {
        Some(why) => sys.err(&format!("wget: can't open '{path}': {why}\n")),
        None if loud => sys.err(&format!("saving to '{path}'\n{bar}'{path}' saved\n")),
        None => {}
    }
    (String::new(), i32::from(trouble.is_some()))
}
