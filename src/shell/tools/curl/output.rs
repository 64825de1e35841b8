//! What curl prints: `-v`'s lines, the progress meter, `-w`, an answer's head.

use super::Curl;
use crate::cluster::image::{HttpRequest, HttpResponse};
use crate::cluster::traffic::http_date;
use crate::shell::sys::Sys;
use crate::shell::tools::unescape;
use crate::sim::Time;

impl Curl {
    pub(super) fn send_lines(&self, request: &HttpRequest, sys: &mut Sys) {
        if self.options.wget {
            if self.tells_all() {
                sys.err("connected.\nHTTP request sent, awaiting response... ");
            }
            return;
        }
        if !self.options.verbose {
            return;
        }
        let own = |name: &str| self.options.header(name).is_some();
        let mut text = format!("> {} {} HTTP/1.1\r\n> Host: {}\r\n", request.method, request.path, request.host);
        if !own("User-Agent") {
            text.push_str("> User-Agent: curl/7.88.1\r\n");
        }
        if !own("Accept") {
            text.push_str("> Accept: */*\r\n");
        }
        for header in self.options.headers.iter().filter(|h| !h.to_ascii_lowercase().starts_with("host:")) {
            text.push_str(&format!("> {header}\r\n"));
        }
        if let Some(data) = self.options.body() {
            text.push_str(&format!("> Content-Length: {}\r\n", data.len()));
            if !own("Content-Type") {
                text.push_str("> Content-Type: application/x-www-form-urlencoded\r\n");
            }
            text.push_str(&format!("> \r\n}} [{} bytes data]\n", data.len()));
        } else {
            text.push_str("> \r\n");
        }
        sys.err(&text);
    }

    pub(super) fn receive_lines(&self, answer: &HttpResponse, sys: &mut Sys) {
        if !self.options.verbose || self.options.wget {
            return;
        }
        let mut text = String::new();
        for line in response_head(answer, sys.now()).split_inclusive("\r\n") {
            text.push_str("< ");
            text.push_str(line);
        }
        if !self.options.head {
            text.push_str(&format!("{{ [{} bytes data]\n", answer.body.len()));
        }
        sys.err(&text);
    }

    /// A line of `-v`.
    pub(super) fn note(&self, text: &str, sys: &mut Sys) {
        if self.options.verbose && !self.options.wget {
            sys.err(&format!("* {text}\n"));
        }
    }

    pub(super) fn end_meter(&mut self, size: usize, received: usize, sys: &mut Sys) {
        if std::mem::take(&mut self.transfer.meter) {
            let took = sys.now().since(self.transfer.began).0.max(1);
            let speed = (received as u64 * 1_000_000 / took) as usize;
            let percent = if received > 0 { 100 } else { 0 };
            sys.err(&(meter(percent, size, received, None, speed) + "\n"));
        }
    }

    /// The meter's lines of a transfer that failed: one a second.
    pub(super) fn failed_meter(&mut self, sys: &mut Sys) {
        if !std::mem::take(&mut self.transfer.meter) || self.transfer.addresses.is_empty() {
            return;
        }
        let seconds = sys.now().since(self.transfer.began).as_secs();
        let mut text = String::new();
        for second in 1..=seconds {
            text.push_str(&meter(0, 0, 0, Some(second), 0));
        }
        if seconds == 0 {
            text.push_str(&meter(0, 0, 0, None, 0));
        }
        sys.err(&(text + "\n"));
    }

    pub(super) fn write_out(&mut self, status: i32, message: &str, sys: &mut Sys) {
        let Some(format) = self.options.write_out.clone() else { return };
        let took = sys.now().since(self.transfer.began);
        let seconds = format!("{:.6}", took.0 as f64 / 1e6);
        let connection = self.transfer.connection.clone().filter(|c| c.outcome.accepted().is_some());
        let answer = self.transfer.answer.clone().unwrap_or_default();
        let url = &self.transfer.url;
        let effective = format!(
            "{}://{}{}{}",
            url.scheme,
            url.host,
            if url.explicit_port { format!(":{}", url.port) } else { String::new() },
            url.path
        );
        let value = |name: &str| -> String {
            match name {
                "http_code" | "response_code" => format!("{:03}", answer.status),
                "size_download" => {
                    if self.options.head {
                        "0".into()
                    } else {
                        answer.body.len().to_string()
                    }
                }
                "size_header" => response_head(&answer, sys.now()).len().to_string(),
                "num_connects" => u8::from(connection.is_some()).to_string(),
                "num_redirects" | "ssl_verify_result" | "size_upload" | "http_connect" => "0".into(),
                "remote_ip" => connection.as_ref().map(|c| c.client.dst.to_string()).unwrap_or_default(),
                "remote_port" => connection.as_ref().map_or("0".into(), |c| c.client.dport.to_string()),
                "local_ip" => connection.as_ref().map(|c| c.client.src.to_string()).unwrap_or_default(),
                "local_port" => connection.as_ref().map_or("0".into(), |c| c.client.sport.to_string()),
                "url_effective" => effective.clone(),
                "url" => self.transfer.text.clone(),
                "content_type" => answer.content_type.to_owned(),
                "exitcode" => status.to_string(),
                "errormsg" => message.to_owned(),
                "method" => self.options.method(),
                "scheme" => url.scheme.to_uppercase(),
                "http_version" => {
                    if answer.status > 0 {
                        "1.1".into()
                    } else {
                        "0".into()
                    }
                }
                "time_redirect" => "0.000000".into(),
                name if name.starts_with("time_") => seconds.clone(),
                "speed_download" => (answer.body.len() as u64 * 1_000_000 / took.0.max(1)).to_string(),
                _ => String::new(),
            }
        };
        let (mut out, mut rest) = (String::new(), format.as_str());
        while let Some(at) = rest.find("%{") {
            out.push_str(&rest[..at]);
            let Some(end) = rest[at..].find('}') else { break };
            out.push_str(&value(&rest[at + 2..at + end]));
            rest = &rest[at + end + 1..];
        }
        out.push_str(rest);
        self.output.push_str(&unescape(&out.replace("%%", "%")));
    }
}

/// Status line and headers.
pub(in crate::shell::tools) fn response_head(answer: &HttpResponse, now: Time) -> String {
    let reason = match answer.status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        503 => "Service Unavailable",
        _ => "",
    };
    let mut text = format!("HTTP/1.1 {} {reason}\r\n", answer.status);
    let date = ("Date", http_date(now));
    let length = ("Content-Length", answer.body.len().to_string());
    let kind = ("Content-Type", answer.content_type.to_owned());
    let own = answer.headers.iter().cloned();
    // Go sends the headers that a handler set first, by name; then those it adds itself.
    let all: Vec<(&str, String)> = if answer.status == 200 {
        own.chain([date, length, kind]).collect()
    } else {
        [kind].into_iter().chain(own).chain([date, length]).collect()
    };
    for (name, value) in all {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text + "\r\n"
}

/// One state of the progress meter.
pub(super) fn meter(percent: usize, total: usize, received: usize, spent: Option<u64>, speed: usize) -> String {
    let none = "--:--:--";
    let spent = spent.map_or(none.into(), |s| format!("{:>2}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60));
    format!(
        "\r{percent:>3} {total:>5}  {:>3} {received:>5}    0     0  {speed:>5}      0 {none} {spent} {none} {speed:>5}",
        if received > 0 { 100 } else { 0 }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_the_meter() {
        assert_eq!(
            meter(0, 0, 0, None, 0),
            "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
        );
        assert_eq!(
            meter(0, 0, 0, Some(1), 0),
            "\r  0     0    0     0    0     0      0      0 --:--:--  0:00:01 --:--:--     0"
        );
        assert!(meter(100, 17, 17, None, 3400).starts_with("\r100    17  100    17    0     0   3400      0 "));
    }
}
