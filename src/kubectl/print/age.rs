//! How long ago something was, as people read it.

use crate::sim::Time;

/// The text for a point in time that an object doesn't say.
pub const UNKNOWN: &str = "<unknown>";

/// A span of seconds in at most two units: `75s`, `2m5s`, `10m`, `7h59m`, `3d4h`, `2y5d`.
// upstream: apimachinery/pkg/util/duration/duration.go HumanDuration
pub fn human(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match () {
        () if seconds < -1 => "<invalid>".into(),
        () if seconds < 0 => "0s".into(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 24 * 8 => two(hours / 24, 'd', hours % 24, 'h'),
        () if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        () if hours < 24 * 365 * 8 => two(hours / 24 / 365, 'y', hours / 24 % 365, 'd'),
        () => format!("{}y", hours / 24 / 365),
    }
}

fn two(large: i64, large_unit: char, small: i64, small_unit: char) -> String {
    let mut text = format!("{large}{large_unit}");
    if small != 0 {
        text.push_str(&format!("{small}{small_unit}"));
    }
    text
}

/// The span between two points in time.
pub fn between(earlier: Time, later: Time) -> String {
    let micros = later.0 as i64 - earlier.0 as i64;
    // Whole seconds towards zero, as Go's division does it.
    human(micros / 1_000_000)
}

/// How long before `now` the timestamp was; `<unknown>` where there is none.
// upstream: pkg/printers/internalversion/printers.go translateTimestampSince
pub fn since(timestamp: &str, now: Time) -> String {
    Time::parse(timestamp).map_or_else(|| UNKNOWN.into(), |t| between(t, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_kubectl_prints_it() {
        for (seconds, text) in [
            (-5, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (599, "9m59s"),
            (600, "10m"),
            (179 * 60 + 59, "179m"),
            (3 * 3600, "3h"),
            (8 * 3600 - 1, "7h59m"),
            (8 * 3600, "8h"),
            (48 * 3600 - 1, "47h"),
            (48 * 3600, "2d"),
            (8 * 86_400 - 1, "7d23h"),
            (8 * 86_400, "8d"),
            (730 * 86_400, "2y"),
            (735 * 86_400, "2y5d"),
            (365 * 8 * 86_400, "8y"),
        ] {
            assert_eq!(human(seconds), text);
        }
    }
}
