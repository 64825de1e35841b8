//! Flags and arguments of one command, read as `pflag` reads them, with its error texts.
//!
//! upstream: github.com/spf13/pflag flag.go FlagSet.parseArgs

use crate::api::error::go_quote;
use crate::sim::Duration;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bool,
    Text,
    Int,
    Span,
    /// A text that may stand alone and then is this (`NoOptDefVal`).
    Optional(&'static str),
}

#[derive(Clone, Copy, Debug)]
struct Flag {
    short: Option<char>,
    name: &'static str,
    kind: Kind,
}

/// The flags that a command knows, from its line in `commands.txt`.
#[derive(Clone, Debug, Default)]
pub struct Spec(Vec<Flag>);

impl Spec {
    /// Reads lines of flag descriptions: `[SHORT,]NAME` and a sign for the type.
    pub fn new(lines: &[&'static str]) -> Self {
        let mut flags = Vec::new();
        for word in lines.iter().flat_map(|l| l.split(' ')).filter(|w| !w.is_empty()) {
            let Some(end) = word.find(['?', '=', '+', '#', '~', '*']) else { continue };
            let (name, sign) = word.split_at(end);
            let (short, name) = match name.split_once(',') {
                Some((short, name)) => (short.chars().next(), name),
                None => (None, name),
            };
            let kind = match sign.split_at(1) {
                ("?", _) => Kind::Bool,
                ("#", _) => Kind::Int,
                ("~", _) => Kind::Span,
                ("*", alone) => Kind::Optional(alone),
                _ => Kind::Text,
            };
            flags.push(Flag { short, name, kind });
        }
        Self(flags)
    }
    fn long(&self, name: &str) -> Option<Flag> {
        self.0.iter().copied().find(|f| f.name == name || (name.contains('_') && f.name == name.replace('_', "-")))
    }
    fn short(&self, c: char) -> Option<Flag> {
        self.0.iter().copied().find(|f| f.short == Some(c))
    }
    /// Where the first argument that is no flag or flag's value stands: the sub-command's word.
    ///
    /// upstream: github.com/spf13/cobra command.go stripFlags
    pub fn first_positional(&self, args: &[String]) -> Option<usize> {
        let mut i = 0;
        while let Some(arg) = args.get(i) {
            let takes_next = match arg.strip_prefix("--") {
                Some("") => return None,
                Some(name) => !name.contains('=') && self.long(name).is_none_or(|f| f.kind.wants_next()),
                None if arg.len() == 2 && arg.starts_with('-') => {
                    arg.chars().nth(1).and_then(|c| self.short(c)).is_none_or(|f| f.kind.wants_next())
                }
                None if arg.starts_with('-') => false,
                None => return Some(i),
            };
            i += if takes_next { 2 } else { 1 };
        }
        None
    }
}

impl Kind {
    fn wants_next(self) -> bool {
        !matches!(self, Kind::Bool | Kind::Optional(_))
    }
    /// The flag's value checked, or Go's complaint.
    fn check(self, value: &str) -> Result<(), String> {
        match self {
            Kind::Bool => match value {
                "1" | "t" | "T" | "TRUE" | "true" | "True" | "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(()),
                _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", go_quote(value))),
            },
            Kind::Int => parse_int(value, "ParseInt").map(|_| ()),
            Kind::Span => go_duration(value).map(|_| ()),
            Kind::Text | Kind::Optional(_) => Ok(()),
        }
    }
}

/// Go's `strconv.ParseInt(text, 0, 64)`; `function` is the name that its error says.
pub fn parse_int(text: &str, function: &str) -> Result<i64, String> {
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    match digits.parse::<i64>() {
        Ok(n) if plain => Ok(sign * n),
        Err(_) if plain => Err(format!("strconv.{function}: parsing {}: value out of range", go_quote(text))),
        _ => Err(format!("strconv.{function}: parsing {}: invalid syntax", go_quote(text))),
    }
}

/// Go's `time.ParseDuration`; a negative span is `None` inside.
pub fn go_duration(text: &str) -> Result<Option<Duration>, String> {
    let bad = || format!("time: invalid duration {}", go_quote(text));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Some(Duration(0)));
    }
    if rest.is_empty() {
        return Err(bad());
    }
    let mut micros = 0f64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let number: f64 = number.parse().map_err(|_| bad())?;
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        micros += number
            * match unit {
                "" => return Err(format!("time: missing unit in duration {}", go_quote(text))),
                "ns" => 0.001,
                "us" | "µs" => 1.0,
                "ms" => 1e3,
                "s" => 1e6,
                "m" => 6e7,
                "h" => 3.6e9,
                _ => return Err(format!("time: unknown unit {} in duration {}", go_quote(unit), go_quote(text))),
            };
        rest = tail;
    }
    Ok((!negative).then_some(Duration(micros as u64)))
}

/// A command line's flags and arguments.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    set: Vec<(&'static str, String)>,
    /// What is no flag, in order.
    pub args: Vec<String>,
    /// How many arguments stood in front of `--`; `None` without it.
    pub dash: Option<usize>,
}

/// Why a command line can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// `-h`, `--help`
    Help,
    /// The error's text.
    Error(String),
}

impl Flags {
    /// Reads `args`.
    pub fn parse(spec: &Spec, args: &[String]) -> Result<Self, Unreadable> {
        let mut flags = Self::default();
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            if arg == "--" {
                flags.dash = Some(flags.args.len());
                flags.args.extend(rest.cloned());
                break;
            }
            if let Some(long) = arg.strip_prefix("--") {
                flags.long(spec, arg, long, &mut rest)?;
            } else if arg.len() > 1 && arg.starts_with('-') {
                flags.shorts(spec, &arg[1..], &mut rest)?;
            } else {
                flags.args.push(arg.clone());
            }
        }
        Ok(flags)
    }

    fn long(
        &mut self,
        spec: &Spec,
        arg: &str,
        long: &str,
        rest: &mut std::slice::Iter<String>,
    ) -> Result<(), Unreadable> {
        if long.starts_with(['-', '=']) {
            return Err(Unreadable::Error(format!("bad flag syntax: {arg}")));
        }
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (long, None),
        };
        let Some(flag) = spec.long(name) else {
            let help = name == "help";
            return Err(if help { Unreadable::Help } else { Unreadable::Error(format!("unknown flag: --{name}")) });
        };
        let value = match (value, flag.kind) {
            (Some(value), _) => value,
            (None, Kind::Bool) => "true".into(),
            (None, Kind::Optional(alone)) => alone.into(),
            (None, _) => match rest.next() {
                Some(next) => next.clone(),
                None => return Err(Unreadable::Error(format!("flag needs an argument: --{name}"))),
            },
        };
        self.put(flag, value)
    }

    fn shorts(&mut self, spec: &Spec, all: &str, rest: &mut std::slice::Iter<String>) -> Result<(), Unreadable> {
        let mut here = all;
        while let Some(c) = here.chars().next() {
            let after = &here[c.len_utf8()..];
            let Some(flag) = spec.short(c) else {
                let text = format!("unknown shorthand flag: {} in -{here}", quote_rune(c));
                return Err(if c == 'h' { Unreadable::Help } else { Unreadable::Error(text) });
            };
            let value = match (after.strip_prefix('='), flag.kind) {
                (Some(value), _) => value.to_string(),
                (None, Kind::Bool) => {
                    self.put(flag, "true".into())?;
                    here = after;
                    continue;
                }
                (None, Kind::Optional(alone)) => alone.to_string(),
                (None, _) if !after.is_empty() => after.to_string(),
                (None, _) => match rest.next() {
                    Some(next) => next.clone(),
                    None => {
                        let text = format!("flag needs an argument: {} in -{here}", quote_rune(c));
                        return Err(Unreadable::Error(text));
                    }
                },
            };
            return self.put(flag, value);
        }
        Ok(())
    }

    fn put(&mut self, flag: Flag, value: String) -> Result<(), Unreadable> {
        if let Err(why) = flag.kind.check(&value) {
            let name = match flag.short {
                Some(short) => format!("-{short}, --{}", flag.name),
                None => format!("--{}", flag.name),
            };
            let text = format!("invalid argument {} for \"{name}\" flag: {why}", go_quote(&value));
            return Err(Unreadable::Error(text));
        }
        self.set.push((flag.name, value));
        Ok(())
    }

    /// Whether the flag was given.
    pub fn has(&self, name: &str) -> bool {
        self.set.iter().any(|(n, _)| *n == name)
    }
    /// The flag's last value, if given.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.set.iter().rev().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }
    /// The flag's last value, else empty.
    pub fn text(&self, name: &str) -> &str {
        self.value(name).unwrap_or("")
    }
    /// A boolean flag's value, with its default.
    pub fn bool_or(&self, name: &str, default: bool) -> bool {
        self.value(name).map_or(default, |v| v.starts_with(['1', 't', 'T']))
    }
    /// A boolean flag that is off by default.
    pub fn on(&self, name: &str) -> bool {
        self.bool_or(name, false)
    }
    /// A number flag's value, if given.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.value(name).and_then(|v| parse_int(v, "ParseInt").ok())
    }
    /// A duration flag's value with its default; negative spans are `None`.
    pub fn span_or(&self, name: &str, default: Duration) -> Option<Duration> {
        self.value(name).map_or(Some(default), |v| go_duration(v).ok().flatten())
    }
    /// Every value given to a list flag (`StringArray`).
    pub fn each(&self, name: &str) -> Vec<&str> {
        self.set.iter().filter(|(n, _)| *n == name).map(|(_, v)| v.as_str()).collect()
    }
    /// Every value given to a list flag, split at commas (`StringSlice`).
    pub fn list(&self, name: &str) -> Vec<String> {
        self.each(name).iter().flat_map(|v| v.split(',')).map(str::to_string).collect()
    }
}

fn quote_rune(c: char) -> String {
    format!("'{c}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Flags, Unreadable> {
        let spec =
            Spec::new(&["n,namespace= o,output= i,stdin? t,tty? replicas# timeout~ dry-run*unchanged f,filename+"]);
        Flags::parse(&spec, &line.split(' ').map(str::to_string).collect::<Vec<_>>())
    }
    fn error(line: &str) -> String {
        match read(line) {
            Err(Unreadable::Error(text)) => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn reads_flags_as_pflag_does() {
        let f = read("a -itn x -oyaml --replicas 3 --dry-run b --filename=c,d -f e -- -x").unwrap();
        assert_eq!(f.args, ["a", "b", "-x"]);
        assert_eq!(f.dash, Some(2));
        assert!(f.on("stdin") && f.on("tty"));
        assert_eq!((f.text("namespace"), f.text("output"), f.int("replicas")), ("x", "yaml", Some(3)));
        assert_eq!(f.text("dry-run"), "unchanged");
        assert_eq!(f.list("filename"), ["c", "d", "e"]);
    }

    #[test]
    fn complains_as_pflag_does() {
        assert_eq!(error("--foo"), "unknown flag: --foo");
        assert_eq!(error("-iz"), "unknown shorthand flag: 'z' in -z");
        assert_eq!(error("-n"), "flag needs an argument: 'n' in -n");
        assert_eq!(error("--namespace"), "flag needs an argument: --namespace");
        let text = r#"invalid argument "abc" for "--replicas" flag: strconv.ParseInt: parsing "abc": invalid syntax"#;
        assert_eq!(error("--replicas=abc"), text);
        let text = r#"invalid argument "30" for "--timeout" flag: time: missing unit in duration "30""#;
        assert_eq!(error("--timeout=30"), text);
    }
}
