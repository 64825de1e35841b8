//! `resource.Quantity`: amounts of CPU, memory …: `100m`, `0.5`, `64Mi`, `1e3`.
// upstream: apimachinery/pkg/api/resource/quantity.go, suffix.go

use super::Value;
use std::cmp::Ordering;
use std::fmt;

/// How a quantity prints: `resource.Format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `1e3`
    DecimalExponent,
    /// `64Mi`
    BinarySi,
    /// `100m`, `5k`
    DecimalSi,
}

/// An amount. Held in billionths, rounded up, as the smallest one that the server keeps.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// Billionths of one.
    pub nanos: i128,
    /// How it was written, and prints.
    pub format: Format,
}

/// `ErrFormatWrong`
pub const FORMAT_WRONG: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
/// `ErrSuffix`
pub const SUFFIX_WRONG: &str = "unable to parse quantity's suffix";

const NANO: i128 = 1_000_000_000;
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
/// Bigger ones are cut to this, as upstream cuts at 2^63-1.
const MOST: i128 = i64::MAX as i128 * NANO;

/// `n * 10^exponent`, rounded away from zero.
fn scaled(n: i128, exponent: i32) -> i128 {
    if exponent >= 0 {
        return 10i128.checked_pow(exponent as u32).and_then(|p| n.checked_mul(p)).unwrap_or(if n < 0 {
            -MOST
        } else {
            MOST
        });
    }
    let Some(p) = 10i128.checked_pow(exponent.unsigned_abs()) else { return n.signum() };
    n / p + if n % p == 0 { 0 } else { n.signum() }
}

impl Quantity {
    /// `ParseQuantity`
    ///
    /// # Errors
    /// The server's words for what is no quantity.
    pub fn parse(s: &str) -> Result<Self, &'static str> {
        let unsigned = s.strip_prefix(['+', '-']).unwrap_or(s);
        let digits = unsigned.len() - unsigned.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, suffix) = unsigned.split_at(digits);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return Err(FORMAT_WRONG);
        }
        let digits = [whole, fraction].concat();
        let digits = digits.trim_start_matches('0');
        let mut value: i128 = if digits.is_empty() {
            0
        } else {
            digits.get(..30.min(digits.len())).and_then(|d| d.parse().ok()).unwrap_or(0)
        };
        let cut = digits.len().saturating_sub(30) as i32;
        if s.starts_with('-') {
            value = -value;
        }
        let exponent = cut - fraction.len() as i32;
        let (nanos, format) = if let Some((_, shift)) = BINARY.iter().find(|(name, _)| *name == suffix) {
            let whole = value.checked_mul(1i128 << shift).unwrap_or(MOST);
            (scaled(whole, exponent + 9), Format::BinarySi)
        } else if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
            (scaled(value, exponent + power + 9), Format::DecimalSi)
        } else if let Some(power) = suffix.strip_prefix(['e', 'E']) {
            let power: i32 = power.parse().map_err(|_| suffix_error(suffix))?;
            (scaled(value, exponent.saturating_add(power).saturating_add(9)), Format::DecimalExponent)
        } else {
            return Err(suffix_error(suffix));
        };
        Ok(Self { nanos: nanos.clamp(-MOST, MOST), format })
    }

    /// The quantity in a JSON value: a text or a number.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(s) => Self::parse(s).ok(),
            Value::Number(n) => Self::parse(&n.to_string()).ok(),
            _ => None,
        }
    }

    /// `MilliValue`: thousandths, rounded up.
    pub fn milli(self) -> i64 {
        ((self.nanos + 999_999).div_euclid(1_000_000)).clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// `Value`: whole ones, rounded up.
    pub fn whole(self) -> i64 {
        ((self.nanos + NANO - 1).div_euclid(NANO)) as i64
    }

    /// An amount of whole ones.
    pub fn from_whole(n: i64, format: Format) -> Self {
        Self { nanos: i128::from(n) * NANO, format }
    }

    /// An amount of thousandths.
    pub fn from_milli(n: i64) -> Self {
        Self { nanos: i128::from(n) * 1_000_000, format: Format::DecimalSi }
    }

    /// `RoundUp(milli)`: what `SetDefaults_ResourceList` does.
    pub fn round_up_milli(self) -> Self {
        let rest = self.nanos.rem_euclid(1_000_000);
        Self { nanos: self.nanos + if rest == 0 { 0 } else { 1_000_000 - rest }, format: self.format }
    }
}

fn suffix_error(suffix: &str) -> &'static str {
    let known = |c: char| "eEinumkKMGTP".contains(c);
    let rest = suffix.trim_start_matches(known);
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    if rest.bytes().all(|c| c.is_ascii_digit()) { SUFFIX_WRONG } else { FORMAT_WRONG }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.nanos.partial_cmp(&other.nanos)
    }
}

/// The canonical form: no fraction, the largest suffix that leaves none.
// upstream: apimachinery/pkg/api/resource/quantity.go CanonicalizeBytes
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let ones = self.nanos / NANO;
        let mut format = self.format;
        if format == Format::BinarySi && (ones.abs() < 1024 || self.nanos % NANO != 0) {
            format = Format::DecimalSi;
        }
        if format == Format::BinarySi {
            let (mut n, mut suffix) = (ones, "");
            for (name, _) in BINARY {
                if n % 1024 != 0 {
                    break;
                }
                (n, suffix) = (n / 1024, name);
            }
            return write!(f, "{n}{suffix}");
        }
        let (mut n, mut step) = (self.nanos, 0);
        while n % 1000 == 0 && step < DECIMAL.len() - 1 {
            (n, step) = (n / 1000, step + 1);
        }
        let (suffix, power) = DECIMAL[step];
        match format {
            Format::DecimalExponent if power != 0 => write!(f, "{n}e{power}"),
            Format::DecimalExponent => write!(f, "{n}"),
            _ => write!(f, "{n}{suffix}"),
        }
    }
}

/// Writes every quantity of a `ResourceList` in its canonical form.
pub fn canonicalize(list: &mut Value) {
    let Value::Object(map) = list else { return };
    for value in map.values_mut() {
        if let Some(q) = Quantity::of(value) {
            *value = Value::String(q.round_up_milli().to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(s: &str) -> String {
        Quantity::parse(s).map_or_else(Into::into, |q| q.to_string())
    }

    #[test]
    fn quantities_print_in_their_canonical_form() {
        for (from, to) in [
            ("100m", "100m"),
            ("0.5", "500m"),
            ("1", "1"),
            ("1000m", "1"),
            ("64Mi", "64Mi"),
            ("1G", "1G"),
            ("128", "128"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.1", "100m"),
            ("1e3", "1e3"),
            ("1500", "1500"),
            ("2000", "2k"),
            ("-1", "-1"),
            ("0", "0"),
            ("1.5k", "1500"),
            ("512Ki", "512Ki"),
            ("0.5Ki", "512"),
            ("1E", "1E"),
        ] {
            assert_eq!(print(from), to, "{from}");
        }
        assert_eq!(print("1,5"), FORMAT_WRONG);
        assert_eq!(print("64 Mi"), FORMAT_WRONG);
        assert_eq!(print("abc"), FORMAT_WRONG);
        assert_eq!(print("64mb"), FORMAT_WRONG);
        assert_eq!(print("1MM"), SUFFIX_WRONG);
    }

    #[test]
    fn quantities_compare_by_amount() {
        assert!(Quantity::parse("1G") > Quantity::parse("128Mi"));
        assert_eq!(Quantity::parse("1000m"), Quantity::parse("1"));
        assert_eq!(Quantity::parse("1500m").map(Quantity::whole), Ok(2));
    }
}
