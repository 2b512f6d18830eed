//! How long ago, the way tables say it.

use crate::json::Value;
use crate::world::Moment;

/// `5m`, `3d2h` since a time of the API; `<unknown>` when there is none.
pub(super) fn since(now: Moment, time: &Value) -> String {
    time.as_str().and_then(Moment::read).map_or_else(|| "<unknown>".to_owned(), |then| between(then, now))
}

/// A span in its two largest units, as people write it.
pub(super) fn between(from: Moment, to: Moment) -> String {
    span((to.0 - from.0).div_euclid(1_000_000))
}

pub(super) fn span(seconds: i64) -> String {
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let seconds = seconds.max(0);
    let two = |first: i64, unit: &str, second: i64, other: &str| {
        if second == 0 { format!("{first}{unit}") } else { format!("{first}{unit}{second}{other}") }
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let days = hours / 24;
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => two(days, "d", hours % 24, "h"),
        () if hours < 24 * 365 * 2 => format!("{days}d"),
        () if hours < 24 * 365 * 8 => two(days / 365, "y", days % 365, "d"),
        () => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_their_two_largest_units() {
        let said =
            [(119, "119s"), (120, "2m"), (130, "2m10s"), (3600, "60m"), (4 * 3600 + 60, "4h1m"), (30 * 3600, "30h")];
        for (seconds, words) in said {
            assert_eq!(span(seconds), words);
        }
        assert_eq!(span(50 * 3600), "2d2h");
        assert_eq!(span(10 * 86400), "10d");
        assert_eq!(span(-5), "<invalid>");
    }
}
