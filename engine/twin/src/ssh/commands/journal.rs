//! `journalctl`: what units have said.

use std::time::Duration;

use super::call::{Call, Done, Stop};
use super::{Command, dates, numbers, once};
use crate::machines::process::Wait;
use crate::machines::units::{Line, whole_name};

pub(super) const COMMANDS: &[Command] = &[once("journalctl", "/usr/bin", journalctl)];

/// A line as it is shown.
pub(super) fn shown(call: &Call<'_, '_>, line: &Line, form: &str) -> String {
    let host = call.sys.machine.hostname();
    match form {
        "cat" => line.text.clone(),
        "short-iso" => {
            let at = dates::shown("%Y-%m-%dT%H:%M:%S+00:00", line.at);
            format!("{at} {host} {}[{}]: {}", line.name, line.pid, line.text)
        }
        "short-unix" => format!(
            "{}.{:06} {host} {}[{}]: {}",
            line.at.as_secs(),
            line.at.subsec_micros(),
            line.name,
            line.pid,
            line.text
        ),
        _ => format!("{} {host} {}[{}]: {}", dates::shown("%b %d %H:%M:%S", line.at), line.name, line.pid, line.text),
    }
}

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn journalctl(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("unit=", "u"),
        ("lines=", "n"),
        ("no-pager", "np"),
        ("output=", "o"),
        ("quiet", "q"),
        ("since=", "S"),
        ("until=", "U"),
        ("boot", "b"),
        ("boot=", "boot"),
        ("follow", "f"),
        ("grep=", "g"),
        ("priority=", "p"),
        ("dmesg", "k"),
        ("reverse", "r"),
        ("catalog", "x"),
        ("pager-end", "e"),
        ("no-hostname", "nh"),
        ("utc", "utc"),
        ("all", "a"),
        ("identifier=", "t"),
    ];
    let options = call.options("u:n:o:qS:U:bfg:p:krxeat:", &long)?;
    if let Some(odd) = ["k", "nh", "t"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `{odd}`"));
    }
    let form = options.value("o").unwrap_or("short").to_owned();
    if !["short", "cat", "short-iso", "short-unix"].contains(&form.as_str()) {
        return call.unknown(&format!("output `{form}`"));
    }
    let moment = |call: &mut Call<'_, '_>, name: &str| -> Result<Option<Duration>, Stop> {
        let Some(text) = options.value(name) else { return Ok(None) };
        match super::date::moment(text, call.sys.now()).or_else(|| ago(text, call.sys.now())) {
            Some(parts) => Ok(Some(Duration::from_secs(u64::try_from(parts.unix).unwrap_or(0)))),
            None => call.fail_line(1, &format!("Failed to parse timestamp: {text}")),
        }
    };
    let (since, until) = (moment(call, "S")?, moment(call, "U")?);
    let names: Vec<String> = options.values("u").iter().map(|name| whole_name(name)).collect();
    let grep = match options.value("g").map(|text| super::posix::regex(text, true, !text.contains(char::is_uppercase)))
    {
        Some(Ok(regex)) => Some(regex),
        Some(Err(why)) => return call.fail_line(1, &why),
        None => None,
    };
    let most: u8 = match options.value("p") {
        None => 7,
        Some("emerg") => 0,
        Some("alert") => 1,
        Some("crit") => 2,
        Some("err" | "error") => 3,
        Some("warning") => 4,
        Some("notice") => 5,
        Some("info") => 6,
        Some(word) => word.parse().unwrap_or(7),
    };
    let journal = call.sys.machine.journal.clone();
    let boot = call.sys.machine.boot_id.clone();
    let fits = |line: &&Line| {
        (names.is_empty() || names.iter().any(|name| crate::ssh::shell::pattern::matches(name, &line.unit)))
            && since.is_none_or(|since| line.at >= since)
            && until.is_none_or(|until| line.at <= until)
            && (!options.has("b") || line.boot == boot)
            && grep.as_ref().is_none_or(|grep| grep.is_match(line.text.as_bytes()))
            && line.priority <= most
    };
    let mut found: Vec<&Line> = journal.iter().filter(fits).collect();
    let count = options.value("n").map(|text| text.parse::<usize>().unwrap_or(usize::MAX));
    if call.is_first() || !options.has("f") {
        let count = count.unwrap_or(if options.has("f") { 10 } else { usize::MAX });
        let from = found.len().saturating_sub(count);
        found.drain(..from);
    }
    if options.has("r") {
        found.reverse();
    }
    if found.is_empty() && !options.has("q") && !options.has("f") {
        call.line("-- No entries --");
    }
    if options.has("f") {
        return follow(call, &found, &form);
    }
    for line in found {
        let text = shown(call, line, &form);
        call.line(&text);
    }
    Ok(0)
}

/// Prints what there is and waits for more.
fn follow(call: &mut Call<'_, '_>, found: &[&Line], form: &str) -> Done {
    let first = call.plan(|_| Ok(vec![vec![found.first().map_or(0, |line| line.at.as_micros()).to_string()]]))?;
    let from: u128 = first[0][0].parse().unwrap_or(0);
    for line in found.iter().filter(|line| line.at.as_micros() >= from) {
        let text = shown(call, line, form);
        call.line(&text);
    }
    Err(Stop::Wait(Wait::Look(call.sys.now() + Duration::from_millis(250))))
}

/// `-5m`, `5 min ago` and their like.
fn ago(text: &str, now: Duration) -> Option<dates::Parts> {
    let back = numbers::time(text.strip_prefix('-')?.trim_end_matches("in"))?;
    Some(dates::parts(now.saturating_sub(back)))
}
