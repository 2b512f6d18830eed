//! `date`: the moment of the machine.

use std::time::Duration;

use super::call::{Call, Done};
use super::{Command, dates, once};

pub(super) const COMMANDS: &[Command] = &[once("date", "/usr/bin", run)];

fn run(call: &mut Call<'_, '_>) -> Done {
    // The value of `-I` stands right behind it.
    for word in &mut call.args {
        if word.starts_with("-I") && word.len() > 2 {
            *word = format!("--iso-8601={}", &word[2..]);
        }
    }
    let long = [
        ("utc", "u"),
        ("universal", "u"),
        ("date=", "d"),
        ("iso-8601", "I"),
        ("iso-8601=", "iso"),
        ("rfc-3339=", "rfc"),
        ("rfc-email", "R"),
        ("reference=", "r"),
        ("set=", "s"),
    ];
    let options = call.options("ud:r:s:IR", &long)?;
    if options.has("s") {
        return call.unknown("setting the clock");
    }
    let now = call.sys.now();
    let mut at = dates::parts(now);
    if let Some(text) = options.value("d") {
        match moment(text, now) {
            Some(parts) => at = parts,
            None => return call.fail(1, &format!("invalid date '{text}'")),
        }
    }
    if let Some(path) = options.value("r") {
        match call.sys.stat(path, true) {
            Ok(stat) => at = dates::parts(stat.modified),
            Err(error) => return call.fail(1, &format!("{path}: {error}")),
        }
    }
    let iso = options.value("iso").or(options.has("I").then_some("date"));
    let wanted = match (iso, options.value("rfc"), options.rest.first()) {
        (Some("date"), ..) => "%Y-%m-%d".to_owned(),
        (Some("hours"), ..) => "%Y-%m-%dT%H+00:00".into(),
        (Some("minutes"), ..) => "%Y-%m-%dT%H:%M+00:00".into(),
        (Some("seconds"), ..) => "%Y-%m-%dT%H:%M:%S+00:00".into(),
        (Some("ns"), ..) => "%Y-%m-%dT%H:%M:%S,%N+00:00".into(),
        (Some(odd), ..) => return call.usage(&format!("invalid argument '{odd}' for '--iso-8601'")),
        (_, Some("date"), _) => "%Y-%m-%d".into(),
        (_, Some("ns"), _) => "%Y-%m-%d %H:%M:%S.%N+00:00".into(),
        (_, Some(_), _) => "%Y-%m-%d %H:%M:%S+00:00".into(),
        (_, _, Some(format)) if format.starts_with('+') => format[1..].to_owned(),
        (_, _, Some(word)) => return call.fail(1, &format!("invalid date '{word}'")),
        _ if options.has("R") => "%a, %d %b %Y %H:%M:%S +0000".into(),
        _ => "%a %b %e %H:%M:%S UTC %Y".into(),
    };
    match dates::format(&wanted, &at) {
        Ok(text) => {
            call.line(&text);
            Ok(0)
        }
        Err(odd) => call.unknown(&format!("format `%{odd}`")),
    }
}

/// A moment as people say it.
pub(super) fn moment(text: &str, now: Duration) -> Option<dates::Parts> {
    let here = i64::try_from(now.as_secs()).ok()?;
    let text = text.trim();
    let unix = match text {
        "" | "today" | "now" => here,
        "yesterday" => here - 86_400,
        "tomorrow" => here + 86_400,
        _ => match dates::read(text) {
            Some(unix) => unix,
            None => {
                let words: Vec<&str> = text.split_whitespace().collect();
                let (count, unit, ago) = match words.as_slice() {
                    [count, unit] => (count.parse::<i64>().ok()?, *unit, false),
                    [count, unit, "ago"] => (count.parse::<i64>().ok()?, *unit, true),
                    _ => return None,
                };
                let seconds = match unit.trim_end_matches('s') {
                    "second" | "sec" => 1,
                    "minute" | "min" => 60,
                    "hour" => 3600,
                    "day" => 86_400,
                    "week" => 604_800,
                    _ => return None,
                };
                here + if ago { -count * seconds } else { count * seconds }
            }
        },
    };
    Some(dates::parts_of(unix, if unix == here { now.subsec_nanos() } else { 0 }))
}
