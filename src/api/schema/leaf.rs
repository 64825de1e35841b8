//! Types that decode themselves: quantities, ports by number or name, times.

use super::Kind;
use crate::api::Value;
use crate::api::quantity::Quantity;

/// Why a value doesn't fit.
pub(super) enum Misfit {
    /// `json: cannot unmarshal GOT into … of type OF`
    Type { got: String, of: &'static str },
    /// Any other error's text.
    Text(String),
}

/// How Go's JSON decoder calls a value: `string`, `number`, `object` …
pub(crate) fn got(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A number as Go's JSON encoder writes it.
pub(super) fn number_text(value: &Value) -> String {
    match value.as_f64() {
        Some(float) if !value.is_i64() && !value.is_u64() => {
            let size = float.abs();
            if size != 0.0 && !(1e-6..1e21).contains(&size) {
                let text = format!("{float:e}");
                return if text.contains("e-") { text } else { text.replacen('e', "e+", 1) };
            }
            float.to_string()
        }
        _ => value.to_string(),
    }
}

/// An integer within bounds; else the error that Go gives.
pub(super) fn integer(value: &Value, kind: Kind, of: &'static str) -> Result<Value, Misfit> {
    if !value.is_number() {
        return Err(Misfit::Type { got: got(value).into(), of });
    }
    let text = number_text(value);
    match text.parse::<i64>() {
        Ok(n) if kind == Kind::Int64 || i32::try_from(n).is_ok() => Ok(Value::from(n)),
        _ => Err(Misfit::Type { got: format!("number {text}"), of }),
    }
}

/// Decodes a value of a type that decodes itself; `None`: the type doesn't. Null stands for "not set".
pub(super) fn custom(kind: Kind, value: &Value) -> Option<Result<Value, Misfit>> {
    if !matches!(
        kind,
        Kind::Quantity | Kind::IntOrString | Kind::Time | Kind::MicroTime | Kind::Duration | Kind::Any | Kind::FieldsV1
    ) {
        return None;
    }
    if value.is_null() {
        return Some(Ok(Value::Null));
    }
    Some(match (kind, value) {
        (Kind::Any | Kind::FieldsV1, _) => Ok(value.clone()),
        (Kind::Quantity, Value::String(text)) => quantity(text.trim()),
        (Kind::Quantity, Value::Number(_)) => quantity(&number_text(value)),
        (Kind::Quantity, _) => quantity(&value.to_string()),
        (Kind::IntOrString, Value::String(_)) => Ok(value.clone()),
        (Kind::IntOrString, _) => integer(value, Kind::Int32, "int32"),
        (Kind::Duration, Value::String(_)) => Ok(value.clone()),
        (_, Value::String(text)) => time(text, kind == Kind::MicroTime),
        _ => Err(Misfit::Type { got: got(value).into(), of: "string" }),
    })
}

fn quantity(text: &str) -> Result<Value, Misfit> {
    match Quantity::parse(text) {
        Ok(quantity) => Ok(Value::String(quantity.to_string())),
        Err(why) => Err(Misfit::Text(why.into())),
    }
}

/// A time in RFC 3339, printed in UTC.
/// upstream: Go's time.Parse, metav1.Time UnmarshalJSON and MarshalJSON
fn time(text: &str, micro: bool) -> Result<Value, Misfit> {
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let shown = crate::api::error::go_quote(text);
    let refuse = |rest: &str, element: &str| {
        let (rest, element) = (crate::api::error::go_quote(rest), crate::api::error::go_quote(element));
        Misfit::Text(format!("parsing time {shown} as {layout:?}: cannot parse {rest} as {element}"))
    };
    let range = |what: &str| Misfit::Text(format!("parsing time {shown}: {what} out of range"));
    let mut rest = text;
    let mut numbers = [0i64; 6];
    let elements = ["2006", "01", "02", "15", "04", "05"];
    for (i, element) in elements.iter().enumerate() {
        if i > 0 {
            let separator = ["", "-", "-", "T", ":", ":"][i];
            rest = rest.strip_prefix(separator).ok_or_else(|| refuse(rest, separator))?;
        }
        let digits = rest.get(..element.len()).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
        let digits = digits.ok_or_else(|| refuse(rest, element))?;
        numbers[i] = digits.parse().unwrap_or(0);
        rest = &rest[element.len()..];
        let most = [9999, 12, 31, 23, 59, 59][i];
        let least = if i == 1 { 1 } else { 0 };
        if numbers[i] > most || numbers[i] < least {
            return Err(range(["year", "month", "day", "hour", "minute", "second"][i]));
        }
    }
    let [year, month, day, hour, minute, second] = numbers;
    if day < 1 || day > days_in(year, month) {
        return Err(range("day"));
    }
    let mut fraction = "";
    if rest.starts_with(['.', ',']) && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |n| n + 1);
        (fraction, rest) = (&rest[1..end], &rest[end..]);
    } else if micro {
        return Err(refuse(rest, ".000000"));
    }
    let offset = zone_minutes(rest).ok_or_else(|| refuse(rest, "Z07:00"))?;
    let moved = days_since_epoch(year, month, day) * 1440 + hour * 60 + minute - offset;
    let (days, minutes) = (moved.div_euclid(1440), moved.rem_euclid(1440));
    let (year, month, day) = date(days);
    let fraction = if micro { format!(".{:0<6.6}", fraction) } else { String::new() };
    Ok(Value::String(format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{second:02}{fraction}Z",
        minutes / 60,
        minutes % 60
    )))
}

fn zone_minutes(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    let number = |s: &str| (s.len() == 2).then(|| s.parse::<u8>().ok()).flatten().map(i64::from);
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 24 && minutes <= 60).then_some(sign * (hours * 60 + minutes))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, by counting in years that start in March.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The reverse of [`days_since_epoch`].
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days - era * 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, (shifted + 2) % 12 + 1);
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Checks base64 as Go's decoder does; gives the offset that its error names.
/// upstream: encoding/base64 decodeQuantum
pub(super) fn bad_base64(text: &str) -> Option<usize> {
    let source = text.as_bytes();
    let past_breaks = |mut at: usize| {
        while matches!(source.get(at), Some(b'\r' | b'\n')) {
            at += 1;
        }
        at
    };
    // `letters`: how many of a group of four were read.
    let (mut at, mut letters) = (0, 0);
    loop {
        at = past_breaks(at);
        let Some(byte) = source.get(at) else {
            return (letters > 0).then(|| at - letters);
        };
        at += 1;
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => letters = (letters + 1) % 4,
            b'=' if letters == 2 => {
                at = past_breaks(at);
                match source.get(at) {
                    Some(b'=') => at += 1,
                    Some(_) => return Some(at - 1),
                    None => return Some(at),
                }
                break;
            }
            b'=' if letters == 3 => break,
            _ => return Some(at - 1),
        }
    }
    let end = past_breaks(at);
    (end < source.len()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_read_and_printed_in_utc() {
        let read = |text: &str| match time(text, false) {
            Ok(value) => value.as_str().unwrap_or("").to_string(),
            Err(Misfit::Text(why)) => why,
            Err(Misfit::Type { .. }) => String::new(),
        };
        assert_eq!(read("2026-03-01T01:30:00.5+02:00"), "2026-02-28T23:30:00Z");
        let why = "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\"";
        assert_eq!(read("yesterday"), why);
        assert_eq!(read("2026-13-01T00:00:00Z"), "parsing time \"2026-13-01T00:00:00Z\": month out of range");
    }

    #[test]
    fn numbers_are_written_as_go_does() {
        assert_eq!(number_text(&json!(1.5)), "1.5");
        assert_eq!(number_text(&json!(1e21)), "1e+21");
        assert_eq!(number_text(&json!(1e-7)), "1e-7");
        assert_eq!(number_text(&json!(-3)), "-3");
    }
}
