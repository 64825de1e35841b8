//! The simulated clock's points and spans, in microseconds.

use std::ops::{Add, AddAssign, Sub};

/// A span of simulated time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

impl Duration {
    /// `n` microseconds.
    pub const fn micros(n: u64) -> Self {
        Self(n)
    }
    /// `n` milliseconds.
    pub const fn millis(n: u64) -> Self {
        Self(n * 1_000)
    }
    /// `n` seconds.
    pub const fn secs(n: u64) -> Self {
        Self(n * 1_000_000)
    }
    /// Whole seconds, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }
    /// Whole milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }
}

/// A point in simulated time: microseconds since the simulated machine room's epoch, which is [`Time::EPOCH_UNIX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// What `Time(0)` is in Unix seconds: 2026-11-24T09:00:00Z. Fixed, so that a run is the same on every day.
    pub const EPOCH_UNIX: i64 = 1_795_510_800;

    /// Seconds since the Unix epoch, rounded down.
    pub const fn unix(self) -> i64 {
        Self::EPOCH_UNIX + (self.0 / 1_000_000) as i64
    }

    /// As `metav1.Time` prints it: `2026-11-24T09:00:00Z`.
    pub fn rfc3339(self) -> String {
        let (y, mo, d, h, mi, s) = civil(self.unix());
        // Every status and event has some: digits by hand are quicker than by format.
        let mut text = String::with_capacity(20);
        for (number, digits, after) in [(y, 4, '-'), (mo, 2, '-'), (d, 2, 'T'), (h, 2, ':'), (mi, 2, ':'), (s, 2, 'Z')]
        {
            let digit = |i: u32| char::from(b'0' + (number / 10_i64.pow(i) % 10) as u8);
            text.extend((0..digits).rev().map(digit));
            text.push(after);
        }
        text
    }

    /// As `metav1.MicroTime` prints it: `2026-11-24T09:00:00.000000Z`.
    pub fn rfc3339_micro(self) -> String {
        let text = self.rfc3339();
        format!("{}.{:06}Z", text.trim_end_matches('Z'), self.0 % 1_000_000)
    }

    /// As Go's `time.RFC1123Z` prints it: `Tue, 24 Nov 2026 09:00:00 +0000` (kubectl describe).
    pub fn rfc1123z(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (y, mo, d, h, mi, s) = civil(self.unix());
        let day = DAYS[self.unix().div_euclid(86_400).rem_euclid(7) as usize];
        format!("{day}, {d:02} {} {y:04} {h:02}:{mi:02}:{s:02} +0000", MONTHS[(mo - 1) as usize])
    }

    /// Reads [`Time::rfc3339`] and [`Time::rfc3339_micro`]; `None` for anything else or anything before the epoch.
    pub fn parse(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        if b.len() < 20 || !text.is_ascii() || b[10] != b'T' || b[b.len() - 1] != b'Z' {
            return None;
        }
        let n = |r: std::ops::Range<usize>| text.get(r)?.parse::<i64>().ok();
        let days = days_from_civil(n(0..4)?, n(5..7)?, n(8..10)?);
        let secs = days * 86_400 + n(11..13)? * 3600 + n(14..16)? * 60 + n(17..19)?;
        let micros = match text.get(20..b.len() - 1).filter(|f| !f.is_empty()) {
            Some(f) => format!("{f:0<6}").get(..6)?.parse::<u64>().ok()?,
            None => 0,
        };
        let since = u64::try_from(secs - Self::EPOCH_UNIX).ok()?;
        Some(Self(since * 1_000_000 + micros))
    }

    /// The span since `earlier`, zero if that is later.
    pub const fn since(self, earlier: Time) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, d: Duration) -> Time {
        Time(self.0 + d.0)
    }
}
impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, d: Duration) {
        self.0 += d.0;
    }
}
impl Add for Duration {
    type Output = Duration;
    fn add(self, d: Duration) -> Duration {
        Duration(self.0 + d.0)
    }
}
impl Sub for Time {
    type Output = Duration;
    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}

/// Year, month, day, hour, minute, second of a Unix time (Howard Hinnant's `civil_from_days`).
fn civil(unix: i64) -> (i64, i64, i64, i64, i64, i64) {
    let days = unix.div_euclid(86_400);
    let secs = unix.rem_euclid(86_400);
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, doy - (153 * mp + 2) / 5 + 1, secs / 3600, secs / 60 % 60, secs % 60)
}

fn days_from_civil(y: i64, m: i64, d: i64) -> i64 {
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + d - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_as_kubernetes_does() {
        let t = Time(3_723_000_042);
        assert_eq!(t.rfc3339(), "2026-11-24T10:02:03Z");
        assert_eq!(t.rfc3339_micro(), "2026-11-24T10:02:03.000042Z");
        assert_eq!(t.rfc1123z(), "Tue, 24 Nov 2026 10:02:03 +0000");
        assert_eq!(Time::parse(&t.rfc3339_micro()), Some(t));
        assert_eq!(Time::parse("2026-11-24T10:02:03Z"), Some(Time(3_723_000_000)));
        assert_eq!(Time::parse("nonsense"), None);
    }
}
