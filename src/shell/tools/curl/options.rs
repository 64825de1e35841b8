//! curl's command line.

use crate::shell::tools::run::duration;
use crate::sim::Duration;

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The URLs in order.
    pub urls: Vec<String>,
    /// `-s`
    pub silent: bool,
    /// `-S`
    pub show_error: bool,
    /// `-v`
    pub verbose: bool,
    /// `-i`
    pub include: bool,
    /// `-I`
    pub head: bool,
    /// `-f`
    pub fail: bool,
    /// `-k`
    pub insecure: bool,
    /// `-6`
    pub only_v6: bool,
    /// `-G`
    pub get: bool,
    /// `-o`
    pub output: Option<String>,
    /// `-w`
    pub write_out: Option<String>,
    /// `-X`
    pub request: Option<String>,
    /// `-H`
    pub headers: Vec<String>,
    /// `-d`
    pub data: Vec<String>,
    /// `-m`
    pub max_time: Option<Duration>,
    /// `--connect-timeout`
    pub connect_timeout: Option<Duration>,
    /// `--retry`
    pub retry: u32,
    /// `--retry-delay`
    pub retry_delay: Option<Duration>,
    /// `--retry-connrefused`
    pub retry_refused: bool,
    /// It is wget's command line.
    pub wget: bool,
    /// It is BusyBox's wget.
    pub busybox: bool,
    /// The command line is wrong: what is printed, and the status.
    pub refused: Option<(String, i32)>,
}

impl Options {
    /// The request's method.
    pub fn method(&self) -> String {
        match &self.request {
            Some(method) => method.clone(),
            None if self.head => "HEAD".into(),
            None if self.body().is_some() => "POST".into(),
            None => "GET".into(),
        }
    }
    /// What is sent as body.
    pub fn body(&self) -> Option<String> {
        (!self.data.is_empty() && !self.get).then(|| self.data.join("&"))
    }
    /// The path with what `-G` adds.
    pub fn path(&self, path: &str) -> String {
        if !self.get || self.data.is_empty() {
            return path.to_owned();
        }
        let mark = if path.contains('?') { '&' } else { '?' };
        format!("{path}{mark}{}", self.data.join("&"))
    }
    /// A header given with `-H`.
    pub fn header(&self, name: &str) -> Option<String> {
        let matching = |h: &&String| h.split(':').next().is_some_and(|n| n.trim().eq_ignore_ascii_case(name));
        self.headers.iter().find(matching).map(|h| h.split_once(':').map_or("", |(_, v)| v.trim()).to_owned())
    }
}

const TRY: &str = "curl: try 'curl --help' or 'curl --manual' for more information\n";

/// Long options with their letters; those without a letter have one of their own here.
const LONG: [(&str, char); 40] = [
    ("silent", 's'),
    ("show-error", 'S'),
    ("verbose", 'v'),
    ("include", 'i'),
    ("head", 'I'),
    ("fail", 'f'),
    ("fail-with-body", 'f'),
    ("insecure", 'k'),
    ("location", 'L'),
    ("ipv4", '4'),
    ("ipv6", '6'),
    ("get", 'G'),
    ("output", 'o'),
    ("write-out", 'w'),
    ("request", 'X'),
    ("header", 'H'),
    ("data", 'd'),
    ("data-raw", 'd'),
    ("data-binary", 'd'),
    ("data-urlencode", 'd'),
    ("max-time", 'm'),
    ("user-agent", 'A'),
    ("user", 'u'),
    ("cookie", 'b'),
    ("cookie-jar", 'c'),
    ("connect-timeout", 'α'),
    ("retry", 'β'),
    ("retry-delay", 'γ'),
    ("retry-connrefused", 'δ'),
    ("interface", 'ε'),
    ("no-progress-meter", 'ζ'),
    ("url", 'η'),
    ("no-keepalive", 'θ'),
    ("http1.1", 'θ'),
    ("retry-all-errors", 'δ'),
    ("progress-bar", '#'),
    ("no-buffer", 'N'),
    ("version", 'V'),
    ("compressed", 'θ'),
    ("resolve", 'ι'),
];
const FLAGS: &str = "sSvifkL46GI#NVδζθ0q";
const VALUED: &str = "owXHdmAubcαβγεηι";

/// Reads `curl ARGS`.
pub fn parse(args: &[String]) -> Options {
    let mut options = Options::default();
    let mut rest = args.iter();
    let mut plain = false;
    while let Some(arg) = rest.next() {
        let refused = if plain || !arg.starts_with('-') || arg == "-" {
            options.urls.push(arg.clone());
            continue;
        } else if arg == "--" {
            plain = true;
            continue;
        } else if let Some(name) = arg.strip_prefix("--") {
            match LONG.iter().find(|(n, _)| *n == name) {
                None => Err("is unknown"),
                Some((_, flag)) if FLAGS.contains(*flag) => {
                    options.set(*flag);
                    Ok(())
                }
                Some((_, flag)) => rest.next().ok_or("requires parameter").and_then(|v| options.set_value(*flag, v)),
            }
        } else {
            options.letters(&arg[1..], &mut rest)
        };
        if let Err(why) = refused {
            options.refused = Some((format!("curl: option {arg}: {why}\n{TRY}"), 2));
            return options;
        }
    }
    if options.urls.is_empty() && options.refused.is_none() {
        let first = if args.is_empty() { "" } else { "curl: no URL specified!\n" };
        options.refused = Some((format!("{first}{TRY}"), 2));
    }
    options
}

impl Options {
    fn letters<'a>(&mut self, letters: &str, rest: &mut impl Iterator<Item = &'a String>) -> Result<(), &'static str> {
        let mut chars = letters.chars();
        while let Some(flag) = chars.next() {
            if FLAGS.contains(flag) && !"δζθ".contains(flag) {
                self.set(flag);
            } else if VALUED.contains(flag) && flag.is_ascii() {
                let glued = chars.as_str();
                let value =
                    if glued.is_empty() { rest.next().cloned().ok_or("requires parameter")? } else { glued.to_owned() };
                return self.set_value(flag, &value);
            } else {
                return Err("is unknown");
            }
        }
        Ok(())
    }

    fn set(&mut self, flag: char) {
        match flag {
            's' => self.silent = true,
            'S' => self.show_error = true,
            'v' => self.verbose = true,
            'i' => self.include = true,
            'I' => self.head = true,
            'f' => self.fail = true,
            'k' => self.insecure = true,
            '6' => self.only_v6 = true,
            'G' => self.get = true,
            'δ' => self.retry_refused = true,
            'ζ' => (self.silent, self.show_error) = (true, true),
            'V' => {
                let text = "curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.19\n".to_owned();
                self.refused = Some((text, 0));
            }
            _ => {}
        }
    }

    fn set_value(&mut self, flag: char, value: &str) -> Result<(), &'static str> {
        const NUMBER: &str = "expected a proper numerical parameter";
        let time = || duration(value).filter(|_| value.parse::<f64>().is_ok()).ok_or(NUMBER);
        match flag {
            'o' => self.output = Some(value.into()),
            'w' => self.write_out = Some(value.into()),
            'X' => self.request = Some(value.into()),
            'H' => self.headers.push(value.into()),
            'd' => self.data.push(value.into()),
            'A' => self.headers.push(format!("User-Agent: {value}")),
            'm' => self.max_time = Some(time()?).filter(|d| d.0 > 0),
            'α' => self.connect_timeout = Some(time()?).filter(|d| d.0 > 0),
            'β' => self.retry = value.parse().map_err(|_| NUMBER)?,
            'γ' => self.retry_delay = Some(time()?).filter(|d| d.0 > 0),
            'η' => self.urls.push(value.into()),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Options {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn reads_command_lines() {
        let options = read("10.96.0.40:81 -sS -m 2 -o/dev/null -w %{http_code} --retry 3");
        assert_eq!(options.urls, ["10.96.0.40:81"]);
        assert!(options.silent && options.show_error);
        assert_eq!(options.max_time, Some(Duration::secs(2)));
        assert_eq!((options.output.as_deref(), options.retry), (Some("/dev/null"), 3));
    }

    #[test]
    fn refuses_as_curl_does() {
        let refused = |line: &str| read(line).refused.map(|(text, _)| text).unwrap_or_default();
        assert!(refused("--nope").starts_with("curl: option --nope: is unknown\n"));
        assert!(refused("-m").starts_with("curl: option -m: requires parameter\n"));
        assert!(refused("-m x y").starts_with("curl: option -m: expected a proper numerical parameter\n"));
        assert!(refused("").starts_with("curl: try"));
        assert!(refused("-s").starts_with("curl: no URL specified!\n"));
    }
}
