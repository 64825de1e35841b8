//! awk's values: text that may be a number, and how both are shown.

/// A value: a text, a number, or input that may be read as either.
#[derive(Clone, Debug)]
pub(super) enum Val {
    Num(f64),
    Str(String),
    /// From input: compares as a number if it looks like one.
    Input(String),
}

impl Val {
    pub(super) fn text(&self) -> String {
        match self {
            Val::Num(n) => shown(*n),
            Val::Str(t) | Val::Input(t) => t.clone(),
        }
    }
    pub(super) fn number(&self) -> f64 {
        match self {
            Val::Num(n) => *n,
            Val::Str(t) | Val::Input(t) => to_number(t),
        }
    }
    pub(super) fn numeric(&self) -> bool {
        match self {
            Val::Num(_) => true,
            Val::Str(_) => false,
            Val::Input(t) => !t.trim().is_empty() && t.trim().parse::<f64>().is_ok(),
        }
    }
    pub(super) fn truth(&self) -> bool {
        match self {
            Val::Num(n) => *n != 0.0,
            Val::Str(t) => !t.is_empty(),
            Val::Input(t) => {
                if self.numeric() {
                    to_number(t) != 0.0
                } else {
                    !t.is_empty()
                }
            }
        }
    }
}

pub(super) fn shown(n: f64) -> String {
    if n == n.trunc() && n.abs() < 1e16 { format!("{}", n as i64) } else { general(n) }
}

/// `%.6g`
fn general(n: f64) -> String {
    if n == 0.0 || !n.is_finite() {
        return format!("{n}");
    }
    let digits = (5 - n.abs().log10().floor() as i64).clamp(0, 20) as usize;
    let text = format!("{n:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

fn to_number(text: &str) -> f64 {
    let text = text.trim_start();
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let exponent = matches!(c, 'e' | 'E')
            && text[..at].ends_with(|c: char| c.is_ascii_digit())
            && text[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        if c.is_ascii_digit() || c == '.' || (at == 0 && matches!(c, '-' | '+')) || exponent {
            end = at + 1;
        } else {
            break;
        }
    }
    text[..end].parse().unwrap_or(0.0)
}

pub(super) fn arithmetic(op: &str, a: f64, b: f64) -> f64 {
    match op {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "%" => a % b,
        _ => a.powf(b),
    }
}

pub(super) fn format(values: &[Val]) -> String {
    let Some((first, rest)) = values.split_first() else { return String::new() };
    let (text, mut rest, mut out) = (first.text(), rest.iter(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = String::new();
        while chars.peek().is_some_and(|c| "-+ #0123456789.".contains(*c)) {
            spec.extend(chars.next());
        }
        let kind = chars.next().unwrap_or('%');
        let (width, precision) =
            spec.split_once('.').map_or((spec.as_str(), None), |(w, p)| (w, p.parse::<usize>().ok()));
        let (left, zero) = (width.starts_with('-'), width.starts_with('0'));
        let width = width.trim_start_matches(['-', '+', ' ', '#']).parse::<usize>().unwrap_or(0).min(10_000);
        let body = match kind {
            '%' => "%".to_owned(),
            'd' | 'i' => format!("{}", rest.next().map_or(0.0, Val::number).trunc() as i64),
            'f' => format!("{:.*}", precision.unwrap_or(6), rest.next().map_or(0.0, Val::number)),
            'g' => general(rest.next().map_or(0.0, Val::number)),
            'c' => rest.next().map(Val::text).unwrap_or_default().chars().take(1).collect(),
            _ => {
                let text = rest.next().map(Val::text).unwrap_or_default();
                precision.map_or(text.clone(), |p| text.chars().take(p).collect())
            }
        };
        let fill = width.saturating_sub(body.chars().count());
        match (left, zero) {
            (true, _) => out.push_str(&(body + &" ".repeat(fill))),
            (false, true) => out.push_str(&("0".repeat(fill) + &body)),
            (false, false) => out.push_str(&(" ".repeat(fill) + &body)),
        }
    }
    out
}
