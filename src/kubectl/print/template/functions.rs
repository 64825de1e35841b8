//! The functions that templates call.
// upstream: text/template/funcs.go; cli-runtime/pkg/printers/template.go

use crate::api::Value;
use crate::kubectl::print::go;
use std::cmp::Ordering;

/// A value, or none where a key is missing.
pub type Data = Option<Value>;

/// Their names.
pub const FUNCTIONS: [&str; 18] = [
    "and",
    "or",
    "not",
    "len",
    "index",
    "slice",
    "print",
    "printf",
    "println",
    "html",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "exists",
    "base64decode",
];

/// Whether a value counts as true: not empty, not zero.
pub fn truth(value: &Data) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(b)) => *b,
        Some(Value::Number(n)) => n.as_f64() != Some(0.0),
        Some(Value::String(s)) => !s.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
    }
}

/// Calls one; the error is complete but for its place.
pub fn call(name: &str, arguments: &[Data]) -> Result<Data, String> {
    let calling = |message: String| format!("error calling {name}: {message}");
    let fixed = match name {
        "not" | "len" | "base64decode" => Some(1),
        "ne" | "lt" | "le" | "gt" | "ge" => Some(2),
        _ => None,
    };
    let least = usize::from(matches!(name, "and" | "or" | "index" | "slice" | "printf" | "eq" | "exists"));
    if let Some(want) = fixed.filter(|want| *want != arguments.len()) {
        return Err(format!("wrong number of args for {name}: want {want} got {}", arguments.len()));
    }
    if arguments.len() < least {
        return Err(format!("wrong number of args for {name}: want at least {least} got {}", arguments.len()));
    }
    let first = arguments.first().cloned().flatten();
    let rest = arguments.get(1..).unwrap_or_default();
    match name {
        "and" | "or" => Ok(arguments.last().cloned().flatten()),
        "not" => Ok(Some((!truth(&first)).into())),
        "len" => length(&first).map(|n| Some(n.into())).map_err(calling),
        "index" => index(first, rest).map_err(calling),
        "slice" => slice(first, rest).map_err(calling),
        "print" => Ok(Some(print(arguments).into())),
        "println" => {
            let words: Vec<String> = arguments.iter().map(shown).collect();
            Ok(Some(format!("{}\n", words.join(" ")).into()))
        }
        "printf" => Ok(Some(printf(&shown(&first), rest).into())),
        "html" => Ok(Some(html(&print(arguments)).into())),
        "exists" => Ok(Some(exists(first, rest).into())),
        "base64decode" => decode(&first).map(|s| Some(s.into())).map_err(calling),
        _ => compare(name, &first, rest).map(|b| Some(b.into())).map_err(calling),
    }
}

fn shown(value: &Data) -> String {
    value.as_ref().map_or_else(|| "<nil>".into(), go::sprint)
}

fn length(value: &Data) -> Result<usize, String> {
    match value {
        Some(Value::String(s)) => Ok(s.len()),
        Some(Value::Array(list)) => Ok(list.len()),
        Some(Value::Object(map)) => Ok(map.len()),
        None => Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Some(other) => Err(format!("len of type {}", go::type_name(other))),
    }
}

fn index(mut value: Data, keys: &[Data]) -> Result<Data, String> {
    for key in keys {
        value = match (value, key) {
            (Some(Value::Array(list)), Some(Value::Number(n))) => {
                let at = n.as_i64().unwrap_or(-1);
                // A list has room for a power of two; within that it is reflection that refuses.
                let room = if list.is_empty() { 0 } else { list.len().next_power_of_two() };
                let index = usize::try_from(at).ok().filter(|i| *i < room);
                let index = index.ok_or_else(|| format!("index out of range: {at}"))?;
                Some(list.into_iter().nth(index).ok_or("reflect: slice index out of range")?)
            }
            (Some(Value::Object(mut map)), Some(Value::String(key))) => map.remove(key),
            (Some(Value::Array(_)), other) => {
                return Err(format!(
                    "cannot index slice/array with type {}",
                    go::type_name(other.as_ref().unwrap_or(&Value::Null))
                ));
            }
            (Some(Value::Object(_)), Some(other)) => {
                return Err(format!("value has type {}; should be string", go::type_name(other)));
            }
            (None, _) => return Err("index of untyped nil".into()),
            (Some(other), _) => return Err(format!("can't index item of type {}", go::type_name(&other))),
        };
    }
    Ok(value)
}

fn slice(value: Data, bounds: &[Data]) -> Result<Data, String> {
    let length = length(&value)?;
    let bound = |i: usize, otherwise: usize| match bounds.get(i) {
        None => Ok(otherwise),
        Some(b) => {
            let n = b.as_ref().and_then(Value::as_i64).unwrap_or(-1);
            usize::try_from(n).ok().filter(|n| *n <= length).ok_or_else(|| format!("index out of range: {n}"))
        }
    };
    let (from, to) = (bound(0, 0)?, bound(1, length)?);
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    Ok(match value {
        Some(Value::String(s)) => Some(s.get(from..to).unwrap_or("").into()),
        Some(Value::Array(list)) => Some(list.get(from..to).unwrap_or_default().to_vec().into()),
        _ => return Err("can't slice item".into()),
    })
}

/// Go's `Sprint`: a blank between two operands of which neither is a string.
fn print(arguments: &[Data]) -> String {
    let mut out = String::new();
    let is_text = |v: &Data| matches!(v, Some(Value::String(_)));
    for (i, value) in arguments.iter().enumerate() {
        if i > 0 && !is_text(value) && !is_text(&arguments[i - 1]) {
            out.push(' ');
        }
        out.push_str(&shown(value));
    }
    out
}

fn html(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn exists(mut value: Data, keys: &[Data]) -> bool {
    for key in keys {
        value = match (value, key) {
            (Some(Value::Object(mut map)), Some(Value::String(key))) => map.remove(key),
            (Some(Value::Array(list)), Some(Value::Number(n))) => {
                n.as_u64().and_then(|i| list.into_iter().nth(i as usize))
            }
            _ => None,
        };
    }
    value.is_some_and(|v| !v.is_null())
}

fn decode(value: &Data) -> Result<String, String> {
    let text = shown(value);
    match data_encoding::BASE64.decode(text.as_bytes()) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(e) => Err(format!("base64 decode failed: illegal base64 data at input byte {}", e.position)),
    }
}

fn compare(name: &str, a: &Data, rest: &[Data]) -> Result<bool, String> {
    if rest.is_empty() {
        return Err("missing argument for comparison".into());
    }
    let mut any = false;
    for b in rest {
        let order = match (a, b) {
            (None, None) => Ordering::Equal,
            (None, _) | (_, None) if matches!(name, "eq" | "ne") => Ordering::Less,
            (Some(Value::String(a)), Some(Value::String(b))) => a.cmp(b),
            (Some(Value::Bool(a)), Some(Value::Bool(b))) if matches!(name, "eq" | "ne") => a.cmp(b),
            (Some(Value::Number(a)), Some(Value::Number(b))) if a.is_f64() == b.is_f64() => {
                a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Less)
            }
            (Some(Value::Array(_) | Value::Object(_)), _) => return Err("non-comparable type".into()),
            _ => {
                // Numbers in objects are int64; the second operand is rather one written in the template.
                let second = type_of(b).replace("int64", "int");
                return Err(format!("incompatible types for comparison: {} and {second}", type_of(a)));
            }
        };
        any |= match name {
            "eq" => order == Ordering::Equal,
            "ne" => order != Ordering::Equal,
            "lt" => order == Ordering::Less,
            "le" => order != Ordering::Greater,
            "gt" => order == Ordering::Greater,
            _ => order != Ordering::Less,
        };
    }
    Ok(any)
}

/// Go's `Sprintf` for `%v %s %d %q %t %x %f %e %g %c %%` with flags, width and precision.
fn printf(format: &str, arguments: &[Data]) -> String {
    let mut out = String::new();
    let mut arguments_left = arguments.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = chars.next_if(|c| "+-# 0".contains(*c)) {
            flags.push(flag);
        }
        let mut digits = |out: &mut String| {
            while let Some(d) = chars.next_if(char::is_ascii_digit) {
                out.push(d);
            }
        };
        let (mut width, mut precision) = (String::new(), None);
        digits(&mut width);
        if chars.next_if_eq(&'.').is_some() {
            let mut text = String::new();
            while let Some(d) = chars.next_if(char::is_ascii_digit) {
                text.push(d);
            }
            precision = Some(text.parse::<usize>().unwrap_or(0));
        }
        let Some(verb) = chars.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(argument) = arguments_left.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let text = verb_text(verb, precision, &flags, argument);
        let width = width.parse::<usize>().unwrap_or(0).min(10_000);
        let pad = width.saturating_sub(text.chars().count());
        let zeros = flags.contains('0') && !flags.contains('-') && matches!(argument, Some(Value::Number(_)));
        let fill = |n: usize, c: char| std::iter::repeat_n(c, n);
        if flags.contains('-') {
            out.push_str(&text);
            out.extend(fill(pad, ' '));
        } else if zeros && text.starts_with('-') {
            out.push('-');
            out.extend(fill(pad, '0'));
            out.push_str(text.trim_start_matches('-'));
        } else {
            out.extend(fill(pad, if zeros { '0' } else { ' ' }));
            out.push_str(&text);
        }
    }
    let extra: Vec<String> = arguments_left.map(|a| format!("{}={}", type_of(a), shown(a))).collect();
    if !extra.is_empty() {
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    out
}

fn type_of(value: &Data) -> &'static str {
    go::type_name(value.as_ref().unwrap_or(&Value::Null))
}

fn verb_text(verb: char, precision: Option<usize>, flags: &str, value: &Data) -> String {
    let plus = if flags.contains('+') { "+" } else { "" };
    match (verb, value) {
        ('v', _) => shown(value),
        ('s', Some(Value::String(s))) => s.chars().take(precision.unwrap_or(usize::MAX)).collect(),
        ('q', Some(Value::String(s))) => crate::api::error::go_quote(s),
        ('x', Some(Value::String(s))) => s.bytes().map(|b| format!("{b:02x}")).collect(),
        ('t', Some(Value::Bool(b))) => b.to_string(),
        ('s' | 'd', Some(Value::Array(list))) => {
            let items: Vec<String> = list.iter().map(|v| verb_text(verb, precision, flags, &Some(v.clone()))).collect();
            format!("[{}]", items.join(" "))
        }
        ('d' | 'x' | 'X' | 'o' | 'b' | 'c', Some(Value::Number(n))) if n.is_i64() => {
            let i = n.as_i64().unwrap_or(0);
            match verb {
                'd' if i >= 0 => format!("{plus}{i}"),
                'd' => i.to_string(),
                'x' => format!("{i:x}"),
                'X' => format!("{i:X}"),
                'o' => format!("{i:o}"),
                'b' => format!("{i:b}"),
                _ => u32::try_from(i).ok().and_then(char::from_u32).unwrap_or('\u{fffd}').to_string(),
            }
        }
        ('f' | 'F', Some(Value::Number(n))) if n.is_f64() => {
            format!("{:.*}", precision.unwrap_or(6), n.as_f64().unwrap_or(0.0))
        }
        ('g', Some(Value::Number(n))) if n.is_f64() => go::float(n.as_f64().unwrap_or(0.0)),
        (verb, None) => format!("%!{verb}(<nil>)"),
        (verb, value) => format!("%!{verb}({}={})", type_of(value), shown(value)),
    }
}
