//! `printf`

use super::{Call, Outcome, unescape};

/// `printf`
pub fn printf(call: &mut Call) -> Outcome {
    let args = match call.args() {
        [first, rest @ ..] if first == "--" => rest,
        all => all,
    };
    let Some((format, mut values)) = args.split_first() else {
        return if call.prefix.is_some() && !call.dash {
            call.err("printf: usage: printf [-v var] format [arguments]\n");
            Ok(2)
        } else {
            call.err("printf: missing operand\nTry 'printf --help' for more information.\n");
            Ok(1)
        };
    };
    let mut status = 0;
    loop {
        let before = values.len();
        let text = formatted(format, &mut values, call, &mut status);
        call.out(&text);
        if values.is_empty() || values.len() == before {
            return Ok(status);
        }
    }
}

fn formatted(format: &str, values: &mut &[String], call: &mut Call, status: &mut i32) -> String {
    let (mut out, mut literal) = (String::new(), String::new());
    let mut chars = format.chars().peekable();
    let next = |values: &mut &[String]| match values.split_first() {
        Some((first, rest)) => {
            *values = rest;
            first.clone()
        }
        None => String::new(),
    };
    while let Some(c) = chars.next() {
        if c == '\\' {
            literal.push(c);
            literal.extend(chars.next());
            continue;
        }
        if c != '%' {
            literal.push(c);
            continue;
        }
        out.push_str(&unescape(&std::mem::take(&mut literal)));
        let mut spec = String::new();
        while chars.peek().is_some_and(|c| "-+ #0123456789.*".contains(*c)) {
            match chars.next() {
                Some('*') => spec.push_str(&next(values)),
                Some(c) => spec.push(c),
                None => {}
            }
        }
        let kind = chars.next().unwrap_or('%');
        let left = spec.contains('-');
        let flags: String = spec.chars().take_while(|c| "-+ #0".contains(*c)).collect();
        let rest = &spec[flags.len()..];
        let (width, precision) =
            rest.split_once('.').map_or((rest, None), |(w, p)| (w, Some(p.parse().unwrap_or(0usize))));
        let width = width.parse::<usize>().unwrap_or(0).min(10_000);
        let mut body = match kind {
            '%' => "%".to_owned(),
            's' => next(values),
            'b' => unescape(&next(values)),
            'c' => next(values).chars().take(1).collect(),
            'q' => next(values),
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                let text = next(values);
                let value = if let Some(quoted) = text.strip_prefix(['\'', '"']) {
                    quoted.chars().next().map_or(0, |c| c as i64)
                } else if text.is_empty() {
                    0
                } else {
                    text.trim().parse::<i64>().unwrap_or_else(|_| {
                        let what = if call.dash { "expected numeric value" } else { "invalid number" };
                        let prefix = call.prefix.clone().unwrap_or_default();
                        let quoted =
                            if call.dash || call.prefix.is_some() { text.clone() } else { format!("'{text}'") };
                        call.err(&format!("{prefix}printf: {quoted}: {what}\n"));
                        *status = 1;
                        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
                        digits.parse().unwrap_or(0)
                    })
                };
                match kind {
                    'x' => format!("{value:x}"),
                    'X' => format!("{value:X}"),
                    'o' => format!("{value:o}"),
                    _ if flags.contains('+') && value >= 0 => format!("+{value}"),
                    _ => value.to_string(),
                }
            }
            'f' | 'F' | 'e' | 'g' => {
                let value: f64 = next(values).trim().parse().unwrap_or(0.0);
                if kind == 'g' { format!("{value}") } else { format!("{value:.*}", precision.unwrap_or(6)) }
            }
            other => format!("%{spec}{other}"),
        };
        if let ('s' | 'b', Some(most)) = (kind, precision) {
            body = body.chars().take(most).collect();
        }
        let fill = width.saturating_sub(body.chars().count());
        if left {
            out.push_str(&body);
            out.push_str(&" ".repeat(fill));
        } else if flags.contains('0') && !matches!(kind, 's' | 'c' | 'b') {
            let sign = body.starts_with(['-', '+']);
            out.push_str(&body[..usize::from(sign)]);
            out.push_str(&"0".repeat(fill));
            out.push_str(&body[usize::from(sign)..]);
        } else {
            out.push_str(&" ".repeat(fill));
            out.push_str(&body);
        }
    }
    out.push_str(&unescape(&literal));
    out
}
