//! In which order keys are printed, and how numbers are.

// upstream: go.yaml.in/yaml/v2 sorter.go, encode.go floatv; strconv FormatFloat

use serde_json::Number;
use std::cmp::Ordering;

/// Keys in go-yaml's order: numbers within them by value, letters after everything else.
pub(super) fn compare_keys(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(i) = (0..a.len().min(b.len())).find(|i| a[*i] != b[*i]) else { return a.len().cmp(&b.len()) };
    match (a[i].is_alphabetic(), b[i].is_alphabetic()) {
        (true, true) => return a[i].cmp(&b[i]),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        _ => {}
    }
    // After a zero, or before one, a digit counts for its place.
    let mut start = 0i64;
    if a[i] == '0' || b[i] == '0' {
        let before = a[..i].iter().rev().take_while(|c| c.is_ascii_digit());
        start = i64::from(before.clone().any(|c| *c != '0'));
    }
    let run = |chars: &[char]| {
        let digits: Vec<i64> = chars[i..].iter().map_while(|c| c.to_digit(10)).map(i64::from).collect();
        (digits.iter().fold(start, |n, d| n.wrapping_mul(10).wrapping_add(*d)), digits.len())
    };
    run(&a).cmp(&run(&b)).then(a[i].cmp(&b[i]))
}

/// A number as it comes out after its way through JSON.
pub(super) fn number(n: &Number) -> String {
    match n.as_f64() {
        Some(float) if n.is_f64() => {
            if float.fract() == 0.0 && float > -9.2e18 && float < 1.844e19 {
                // Whole numbers lose their point in JSON and are integers then.
                return format!("{float:.0}");
            }
            go_float(float, false)
        }
        _ => n.to_string(),
    }
}

/// Go's `strconv.FormatFloat(f, 'g', -1, 64)`, or of a `float32`'s shortest form (`narrow`).
pub fn go_float(float: f64, narrow: bool) -> String {
    let shown = if narrow { format!("{:e}", float as f32) } else { format!("{float:e}") };
    let Some((mantissa, exponent)) = shown.split_once('e') else { return shown };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return if narrow { (float as f32).to_string() } else { float.to_string() };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
