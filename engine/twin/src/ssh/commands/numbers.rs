//! Sizes and times as people write them on command lines; pure.

use std::time::Duration;

/// A count with a unit behind it: `5`, `-3`, `2k`, `1MB`, `4GiB`.
pub(crate) fn size(text: &str) -> Option<i64> {
    let (minus, rest) =
        text.strip_prefix('-').map_or((false, text.strip_prefix('+').unwrap_or(text)), |rest| (true, rest));
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let count: i64 = rest[..digits].parse().ok()?;
    let unit: i64 = match &rest[digits..] {
        "" | "c" => 1,
        "b" => 512,
        "k" | "K" | "KiB" => 1 << 10,
        "kB" | "KB" => 1000,
        "m" | "M" | "MiB" => 1 << 20,
        "MB" => 1_000_000,
        "g" | "G" | "GiB" => 1 << 30,
        "GB" => 1_000_000_000,
        "T" | "TiB" => 1 << 40,
        _ => return None,
    };
    let value = count.checked_mul(unit)?;
    Some(if minus { -value } else { value })
}

/// A time: `5`, `0.5`, `2m`, `1h`, `1d`.
pub(crate) fn time(text: &str) -> Option<Duration> {
    let (number, unit) = match text.char_indices().last()? {
        (at, 's') => (&text[..at], 1.0),
        (at, 'm') => (&text[..at], 60.0),
        (at, 'h') => (&text[..at], 3600.0),
        (at, 'd') => (&text[..at], 86400.0),
        _ => (text, 1.0),
    };
    if text == "infinity" {
        return Some(Duration::from_secs(1 << 40));
    }
    number.starts_with(|c: char| c.is_ascii_digit() || c == '.').then_some(())?;
    let seconds: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(seconds * unit).ok()
}

/// A size as `-h` shows it: `4.0K`, `12M`.
pub(crate) fn human(bytes: u64) -> String {
    if bytes < 1024 {
        return bytes.to_string();
    }
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit < 5 {
        value /= 1024.0;
        unit += 1;
    }
    let letter = [' ', 'K', 'M', 'G', 'T', 'P'][unit];
    let tenths = (value * 10.0).ceil() / 10.0;
    if tenths < 10.0 { format!("{tenths:.1}{letter}") } else { format!("{:.0}{letter}", value.ceil()) }
}
