//! Options as GNU's `getopt_long` reads them.

/// Options in order, and what is not an option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Letter and value (empty if it has none).
    pub flags: Vec<(char, String)>,
    /// Operands.
    pub rest: Vec<String>,
}

impl Options {
    /// Whether a flag was given.
    pub fn has(&self, flag: char) -> bool {
        self.flags.iter().any(|(f, _)| *f == flag)
    }
    /// A flag's last value.
    pub fn value(&self, flag: char) -> Option<&str> {
        self.flags.iter().rev().find(|(f, _)| *f == flag).map(|(_, v)| v.as_str())
    }
}

/// Reads `args`; in `short` a letter followed by `:` takes a value; `long` names letters.
pub fn parse(args: &[String], short: &str, long: &[(&str, char)]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut args = args.iter();
    // `None`: no such option; else whether it takes a value.
    let takes =
        |flag: char| short.find(flag).filter(|_| flag != ':').map(|at| short[at + flag.len_utf8()..].starts_with(':'));
    while let Some(arg) = args.next() {
        if arg == "--" {
            options.rest.extend(args.cloned());
            break;
        }
        if let Some(name) = arg.strip_prefix("--") {
            let (name, value) = name.split_once('=').map_or((name, None), |(n, v)| (n, Some(v.to_owned())));
            let exact = long.iter().find(|(n, _)| *n == name);
            let Some((full, flag)) = exact.or_else(|| long.iter().find(|(n, _)| n.starts_with(name))) else {
                return Err(format!("unrecognized option '{arg}'"));
            };
            let value = match (takes(*flag), value) {
                (Some(true), Some(value)) => value,
                (Some(true), None) => args.next().cloned().ok_or(format!("option '--{full}' requires an argument"))?,
                (_, value) => value.unwrap_or_default(),
            };
            options.flags.push((*flag, value));
            continue;
        }
        let Some(letters) = arg.strip_prefix('-').filter(|l| !l.is_empty()) else {
            options.rest.push(arg.clone());
            continue;
        };
        let mut letters = letters.chars();
        while let Some(flag) = letters.next() {
            match takes(flag) {
                None => return Err(format!("invalid option -- '{flag}'")),
                Some(false) => options.flags.push((flag, String::new())),
                Some(true) => {
                    let glued = letters.as_str().to_owned();
                    let value = if glued.is_empty() {
                        args.next().cloned().ok_or(format!("option requires an argument -- '{flag}'"))?
                    } else {
                        glued
                    };
                    options.flags.push((flag, value));
                    break;
                }
            }
        }
    }
    Ok(options)
}
