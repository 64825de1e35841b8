//! What containers do, by the name of their image: on which ports they listen, what they answer, whether they end.

use crate::api::{ObjectExt, Value};
use crate::sim::Duration;
use std::net::SocketAddrV4;

/// What an image's own process listens on; parts of names.
const PORTS: [(&str, &[u16]); 10] = [
    ("http-go", &[8080]),
    ("echoserver", &[8080]),
    ("agnhost", &[8080]),
    ("hello-app", &[8080]),
    ("nginx", &[80]),
    ("httpd", &[80]),
    ("mysql", &[3306]),
    ("redis", &[6379]),
    ("postgres", &[5432]),
    // Its configuration opens no metrics port.
    ("coredns", &[53, 8181]),
];

/// A request as a container's server sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`
    pub method: String,
    /// Path with query: `/clientip?x=1`.
    pub path: String,
    /// `Host` header.
    pub host: String,
    /// The server's port it came in on.
    pub port: u16,
}

/// A server's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// 200, 404 …
    pub status: u16,
    /// `Content-Type`
    pub content_type: &'static str,
    /// Headers beside `Content-Type`, `Content-Length` and `Date`.
    pub headers: Vec<(&'static str, String)>,
    /// Body; of a `HEAD` request what it would have been.
    pub body: String,
}

/// Whether a name has a part. Asked for every request: not with the standard search, which first studies its needle.
fn has(image: &str, part: &str) -> bool {
    image.as_bytes().windows(part.len()).any(|w| w == part.as_bytes())
}

/// The image of a Pod's container.
pub fn of<'a>(pod: &'a Value, container: &str) -> Option<&'a str> {
    pod.list_at("spec.containers").iter().find(|c| c.str_at("name") == container).map(|c| c.str_at("image"))
}

/// The words that a container runs; none if its image says.
pub fn argv(container: &Value) -> Vec<String> {
    let words = container.list_at("command").iter().chain(container.list_at("args"));
    words.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// After how long without a request a server closes a connection: `keepalive_timeout` of nginx, `KeepAliveTimeout` of
/// httpd. Others wait for ever.
pub fn idle(image: &str) -> Option<Duration> {
    let known = [("nginx", 75), ("httpd", 5)];
    known.into_iter().find(|(part, _)| has(image, part)).map(|(_, seconds)| Duration::secs(seconds))
}

/// The TCP ports that a container listens on while it runs.
pub fn ports(container: &Value) -> Vec<u16> {
    let image = container.str_at("image");
    if let Some((_, ports)) = PORTS.iter().find(|(part, _)| has(image, part)) {
        return ports.to_vec();
    }
    let declared = container.list_at("ports").iter().filter(|p| p.str_at("protocol") != "UDP");
    declared.filter_map(|p| u16::try_from(p.int_at("containerPort")?).ok()).collect()
}

/// An image's name in full: `docker.io/library/nginx:latest`.
pub fn full_name(image: &str) -> String {
    let mut name = image.to_owned();
    if !name.contains('/') {
        name.insert_str(0, "library/");
    }
    if !name.split('/').next().is_some_and(|host| host.contains('.')) {
        name.insert_str(0, "docker.io/");
    }
    if !name.rsplit('/').next().is_some_and(|last| last.contains(':')) {
        name.push_str(":latest");
    }
    name
}

/// A full name without its tag.
pub fn repository(full: &str) -> &str {
    let slash = full.rfind('/').unwrap_or(0);
    match full[slash..].find(':') {
        Some(colon) => &full[..slash + colon],
        None => full,
    }
}

/// Whether such an image answers DNS, also over UDP.
pub fn serves_dns(image: &str) -> bool {
    has(image, "coredns")
}

/// Whether the server at `port` of such an image speaks HTTP.
pub fn speaks_http(image: &str, port: u16) -> bool {
    !(serves_dns(image) && port == 53)
}

/// What a container's server answers; `client` is who it sees.
pub fn respond(image: &str, request: &HttpRequest, client: SocketAddrV4, pod: &str) -> HttpResponse {
    let path = request.path.split('?').next().unwrap_or("");
    let plain = |body: String| HttpResponse {
        status: 200,
        content_type: "text/plain; charset=utf-8",
        headers: Vec::new(),
        body,
    };
    if path.starts_with("/never") {
        let nosniff = vec![("X-Content-Type-Options", "nosniff".to_owned())];
        return HttpResponse { status: 404, headers: nosniff, ..plain("404 page not found\n".into()) };
    }
    if has(image, "echoserver") {
        let method = if request.method.is_empty() { "GET" } else { &request.method };
        return plain(format!("CLIENT VALUES:\nclient_address={}\ncommand={method}\nreal path={path}\n", client.ip()));
    }
    if has(image, "agnhost") {
        return plain(if path == "/clientip" { client.to_string() } else { pod.to_owned() });
    }
    if has(image, "nginx") {
        let body = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n</html>\n";
        return HttpResponse { content_type: "text/html; charset=utf-8", ..plain(body.into()) };
    }
    if has(image, "coredns") {
        return plain("OK".into());
    }
    plain(format!("Welcome! {pod}\n"))
}

/// Runs the small commands that exec probes use; `read` gives the text of a Pod's file. Fails with what was printed.
///
/// # Errors
/// The output of a command that fails.
pub fn execute(argv: &[&str], read: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    let none = |path: &str| format!("{path}: No such file or directory\n");
    match argv {
        [] | ["true" | "echo" | "date" | "hostname" | "sleep" | "ls" | ":" | "env" | "id" | "uname"] => Ok(()),
        ["false"] => Err(String::new()),
        ["exit", code] => {
            if *code == "0" {
                Ok(())
            } else {
                Err(String::new())
            }
        }
        ["sh" | "/bin/sh" | "bash" | "/bin/bash", "-c", script, ..] => execute_script(script, read),
        ["cat" | "head" | "tail", files @ ..] => {
            match files.iter().filter(|f| !f.starts_with('-')).find(|f| read(f).is_none()) {
                Some(file) => Err(format!("cat: {}", none(file))),
                None => Ok(()),
            }
        }
        ["ls", files @ ..] => match files.iter().filter(|f| !f.starts_with('-')).find(|f| read(f).is_none()) {
            Some(file) => Err(format!("ls: cannot access '{file}': No such file or directory\n")),
            None => Ok(()),
        },
        ["stat", file] => {
            read(file).map(|_| ()).ok_or_else(|| format!("stat: cannot statx '{file}': No such file or directory\n"))
        }
        ["test", "!", "-f" | "-e", file] | ["[", "!", "-f" | "-e", file, "]"] => {
            if read(file).is_none() {
                Ok(())
            } else {
                Err(String::new())
            }
        }
        ["test", "-f" | "-e" | "-r", file] | ["[", "-f" | "-e" | "-r", file, "]"] => {
            read(file).map(|_| ()).ok_or_default()
        }
        ["test", "-s", file] | ["[", "-s", file, "]"] => {
            read(file).filter(|t| !t.is_empty()).map(|_| ()).ok_or_default()
        }
        ["grep", rest @ ..] => {
            let mut words = rest.iter().filter(|w| !w.starts_with('-'));
            let (pattern, file) = (words.next().unwrap_or(&""), words.next().unwrap_or(&""));
            match read(file) {
                None => Err(format!("grep: {}", none(file))),
                Some(text) => {
                    if text.contains(pattern) {
                        Ok(())
                    } else {
                        Err(String::new())
                    }
                }
            }
        }
        ["echo" | "true" | "hostname" | "sleep" | "env" | "date", ..] => Ok(()),
        [other, ..] => Err(format!("sh: 1: exec: {other}: not found\n")),
    }
}

/// `a && b`, `a || b`, `a; b`, no more.
fn execute_script(script: &str, read: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    let mut last = Ok(());
    for part in script.split(';') {
        for alternative in part.split("||") {
            last = Ok(());
            for command in alternative.split("&&") {
                let words: Vec<&str> = command.split_whitespace().map(|w| w.trim_matches(['"', '\''])).collect();
                last = execute(&words, read);
                if last.is_err() {
                    break;
                }
            }
            if last.is_ok() {
                break;
            }
        }
    }
    last
}

/// `ok_or` with nothing printed.
trait OrDefault {
    fn ok_or_default(self) -> Result<(), String>;
}

impl OrDefault for Option<()> {
    fn ok_or_default(self) -> Result<(), String> {
        self.ok_or_else(String::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_completed_as_containerd_does() {
        assert_eq!(full_name("nginx"), "docker.io/library/nginx:latest");
        assert_eq!(full_name("a/b:1"), "docker.io/a/b:1");
        assert_eq!(full_name("registry.k8s.io/x/y:v1"), "registry.k8s.io/x/y:v1");
        assert_eq!(repository("docker.io/library/nginx:latest"), "docker.io/library/nginx");
    }

    #[test]
    fn images_listen_on_their_own_ports() {
        assert_eq!(ports(&json!({"image": "nginx:1.25"})), [80]);
        assert_eq!(
            ports(&json!({"image": "x", "ports": [{"containerPort": 9}, {"containerPort": 5, "protocol": "UDP"}]})),
            [9]
        );
    }

    #[test]
    fn probes_read_the_pods_own_files() {
        let read = |path: &str| (path == "/var/ready").then(String::new);
        assert_eq!(execute(&["cat", "/var/ready"], &read), Ok(()));
        assert_eq!(execute(&["cat", "/var/x"], &read), Err("cat: /var/x: No such file or directory\n".into()));
        assert_eq!(execute(&["sh", "-c", "test -f /var/ready && echo yes"], &read), Ok(()));
    }
}
