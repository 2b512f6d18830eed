//! How `crictl` writes: tables, ages, sizes, ids.

use crate::ssh::commands::call::Call;
use std::time::Duration;

/// Prints rows in columns of twenty letters at least.
pub(super) fn table(call: &mut Call<'_, '_>, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count() + 3).max().unwrap_or(0).max(20);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cell = |(at, text): (usize, &String)| {
            if at + 1 == columns { text.clone() } else { format!("{text:<width$}", width = widths[at]) }
        };
        let cells: String = row.iter().enumerate().map(cell).collect();
        call.line(&cells);
    }
}

/// The first thirteen letters of an id.
pub(super) fn short(id: &str) -> String {
    id.strip_prefix("sha256:").unwrap_or(id).chars().take(13).collect()
}

/// For how long something is there, in words.
pub(super) fn age(call: &Call<'_, '_>, created: Duration) -> String {
    let seconds = call.sys.now().saturating_sub(created).as_secs();
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    let text = match (seconds, minutes, hours) {
        (0, ..) => "Less than a second".to_owned(),
        (1, ..) => "1 second".to_owned(),
        (2..60, ..) => format!("{seconds} seconds"),
        (_, 1, _) => "About a minute".to_owned(),
        (_, 2..60, _) => format!("{minutes} minutes"),
        (_, _, 0 | 1) => "About an hour".to_owned(),
        (_, _, 2..48) => format!("{hours} hours"),
        (_, _, 48..336) => format!("{} days", hours / 24),
        (_, _, 336..1440) => format!("{} weeks", hours / 168),
        (_, _, 1440..17_520) => format!("{} months", hours / 720),
        _ => format!("{} years", hours / 8760),
    };
    format!("{text} ago")
}

/// A size in decimal units, with so many digits that count.
pub(in crate::ssh::commands) fn size(bytes: u64, digits: usize) -> String {
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1000.0 && unit < 5 {
        value /= 1000.0;
        unit += 1;
    }
    let before = if value >= 100.0 {
        3
    } else if value >= 10.0 {
        2
    } else {
        1
    };
    let text = format!("{value:.*}", digits.saturating_sub(before));
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    format!("{text}{}", ["B", "kB", "MB", "GB", "TB", "PB"][unit])
}
