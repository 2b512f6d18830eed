//! `journalctl`: what units and the kernel have said.

use std::time::Duration;

use super::call::{Call, Done, Stop};
use super::options::Options;
use super::{Command, dates, numbers, once};
use crate::json::json;
use crate::machines::Machine;
use crate::machines::process::Wait;
use crate::machines::units::{Line, whole_name};

pub(super) const COMMANDS: &[Command] = &[once("journalctl", "/usr/bin", journalctl)];

const LONG: [(&str, &str); 22] = [
    ("unit=", "u"),
    ("lines=", "n"),
    ("no-pager", "np"),
    ("output=", "o"),
    ("quiet", "q"),
    ("since=", "S"),
    ("until=", "U"),
    ("boot=", "boot"),
    ("this-boot", "this-boot"),
    ("list-boots", "list-boots"),
    ("follow", "f"),
    ("grep=", "g"),
    ("case-sensitive=", "case"),
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

/// How lines are shown.
const FORMS: [&str; 10] = [
    "short",
    "cat",
    "json",
    "json-pretty",
    "short-full",
    "short-iso",
    "short-iso-precise",
    "short-precise",
    "short-unix",
    "with-unit",
];

/// The lines that the kernel has said since it was booted, as seconds and text.
pub(super) fn kernel(machine: &Machine) -> Vec<(f64, String)> {
    let kernel = &machine.kernel;
    let memory = format!("Memory: {}K/{}K available", kernel.memory - kernel.memory / 50, kernel.memory);
    let mut said = vec![
        (0.0, format!("Linux version {} {}", kernel.release, kernel.version)),
        (0.0, format!("Command line: {}", kernel.line)),
        (0.012, memory),
        (0.094, format!("smp: Brought up 1 node, {} CPUs", kernel.processors)),
        (1.302, "Run /sbin/init as init process".to_owned()),
    ];
    said.extend(kernel.said.iter().cloned());
    said
}

/// The number of a boot without its strokes.
fn bare(boot: &str) -> String {
    boot.replace('-', "")
}

/// A line as it is shown.
pub(super) fn shown(call: &Call<'_, '_>, line: &Line, form: &str) -> String {
    written(call, line, form, false)
}

fn written(call: &Call<'_, '_>, line: &Line, form: &str, nameless: bool) -> String {
    let micros = line.at.subsec_micros();
    let stamp = match form {
        "cat" => return line.text.clone(),
        "json" => return fields(call, line).to_string(),
        "json-pretty" => return crate::json::to_string_pretty(&fields(call, line)).unwrap_or_default(),
        "short-iso" => dates::shown("%Y-%m-%dT%H:%M:%S+00:00", line.at),
        "short-iso-precise" => dates::shown("%Y-%m-%dT%H:%M:%S", line.at) + &format!(".{micros:06}+00:00"),
        "short-precise" => dates::shown("%b %d %H:%M:%S", line.at) + &format!(".{micros:06}"),
        "short-unix" => format!("{}.{micros:06}", line.at.as_secs()),
        "short-full" | "with-unit" => dates::shown("%a %Y-%m-%d %H:%M:%S UTC", line.at),
        _ => dates::shown("%b %d %H:%M:%S", line.at),
    };
    let host = if nameless { String::new() } else { format!(" {}", call.sys.machine.hostname()) };
    let name = if form == "with-unit" && !line.unit.is_empty() && line.pid != 1 { &line.unit } else { &line.name };
    let pid = if line.unit.is_empty() && line.name == "kernel" { String::new() } else { format!("[{}]", line.pid) };
    format!("{stamp}{host} {name}{pid}: {}", line.text)
}

/// All fields of a line.
fn fields(call: &Call<'_, '_>, line: &Line) -> crate::json::Value {
    let boot = bare(&line.boot);
    let booted = call.sys.machine.booted;
    let micros = line.at.as_micros();
    let mut all = json!({
        "__CURSOR": format!("s={boot};i={micros:x};b={boot}"),
        "__REALTIME_TIMESTAMP": micros.to_string(),
        "__MONOTONIC_TIMESTAMP": line.at.saturating_sub(booted).as_micros().to_string(),
        "_BOOT_ID": boot, "_HOSTNAME": call.sys.machine.hostname(),
        "_MACHINE_ID": call.sys.machine.text("/etc/machine-id").trim(),
        "MESSAGE": line.text, "PRIORITY": line.priority.to_string(), "SYSLOG_IDENTIFIER": line.name,
    });
    if line.name == "kernel" {
        all["_TRANSPORT"] = "kernel".into();
        all["SYSLOG_FACILITY"] = "0".into();
        return all;
    }
    all["_PID"] = line.pid.to_string().into();
    all["_COMM"] = line.name.as_str().into();
    all["_TRANSPORT"] = "journal".into();
    // What systemd says of a unit is not said by the unit.
    if line.pid == 1 {
        all["_SYSTEMD_UNIT"] = "init.scope".into();
        all["UNIT"] = line.unit.as_str().into();
    } else if !line.unit.is_empty() {
        all["_SYSTEMD_UNIT"] = line.unit.as_str().into();
    }
    all
}

/// The words with what may stand behind `-b` joined to it.
fn joined(words: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        let is_boot = word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = word.strip_prefix(['-', '+']).unwrap_or(word);
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        match all.last_mut() {
            Some(last) if (last == "-b" || last == "--boot") && (is_boot || is_number || word == "all") => {
                *last = format!("--boot={word}");
            }
            _ => all.push(word.clone()),
        }
    }
    for word in &mut all {
        if word == "-b" || word == "--boot" {
            *word = "--boot=0".to_owned();
        } else if let Some(which) = word.strip_prefix("-b").filter(|rest| !rest.is_empty()) {
            *word = format!("--boot={which}");
        }
    }
    all
}

/// What is asked for.
struct Asked {
    units: Vec<String>,
    names: Vec<String>,
    since: Option<Duration>,
    until: Option<Duration>,
    boot: Option<String>,
    kernel: bool,
    grep: Option<regex::bytes::Regex>,
    most: u8,
}

impl Asked {
    fn read(call: &mut Call<'_, '_>, options: &Options, boots: &[String]) -> Result<Self, Stop> {
        let moment = |call: &mut Call<'_, '_>, name: &str| -> Result<Option<Duration>, Stop> {
            let Some(text) = options.value(name) else { return Ok(None) };
            let today = call.sys.now().as_secs() / 86_400 * 86_400;
            match text {
                "today" => return Ok(Some(Duration::from_secs(today))),
                "yesterday" => return Ok(Some(Duration::from_secs(today.saturating_sub(86_400)))),
                _ => {}
            }
            match super::date::moment(text, call.sys.now()).or_else(|| ago(text, call.sys.now())) {
                Some(parts) => Ok(Some(Duration::from_secs(u64::try_from(parts.unix).unwrap_or(0)))),
                None => call.fail_line(1, &format!("Failed to parse timestamp: {text}")),
            }
        };
        let (since, until) = (moment(call, "S")?, moment(call, "U")?);
        let kernel = options.has("k");
        let usual = if kernel || options.has("this-boot") { Some("0") } else { None };
        let boot = match options.value("boot").or(usual) {
            None | Some("all") => None,
            Some(which) => Some(boot(call, which, boots)?),
        };
        let grep = options.value("g").map(|text| super::posix::regex(text, true, !text.contains(char::is_uppercase)));
        let grep = match grep.transpose() {
            Ok(grep) => grep,
            Err(why) => return call.fail_line(1, &why),
        };
        Ok(Self {
            units: options.values("u").iter().map(|name| whole_name(name)).collect(),
            names: options.values("t"),
            since,
            until,
            boot,
            kernel,
            grep,
            most: priority(call, options.value("p"))?,
        })
    }

    fn fits(&self, line: &Line) -> bool {
        let named = |name: &String| crate::ssh::shell::pattern::matches(name, &line.unit);
        (self.units.is_empty() || self.units.iter().any(named))
            && (self.names.is_empty() || self.names.contains(&line.name))
            && self.since.is_none_or(|since| line.at >= since)
            && self.until.is_none_or(|until| line.at <= until)
            && self.boot.as_ref().is_none_or(|boot| line.boot == *boot)
            && (!self.kernel || line.name == "kernel")
            && self.grep.as_ref().is_none_or(|grep| grep.is_match(line.text.as_bytes()))
            && line.priority <= self.most
    }
}

/// The least important lines that are asked for.
fn priority(call: &mut Call<'_, '_>, word: Option<&str>) -> Result<u8, Stop> {
    const WORDS: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
    let Some(word) = word else { return Ok(7) };
    // Of a range the end counts: nothing is more important than its beginning here.
    let word = word.rsplit("..").next().unwrap_or(word);
    let number = WORDS.iter().position(|known| *known == word).or_else(|| word.parse().ok().filter(|at| *at < 8));
    match (number, word) {
        (Some(number), _) => Ok(u8::try_from(number).unwrap_or(7)),
        (None, "error") => Ok(3),
        (None, "warn") => Ok(4),
        _ => call.fail_line(1, &format!("Unknown log level {word}")),
    }
}

/// The boot of a number, counted from the latest backwards or from the first onwards, or of an id.
fn boot(call: &mut Call<'_, '_>, which: &str, boots: &[String]) -> Result<String, Stop> {
    if let Some(known) = boots.iter().find(|known| bare(known) == bare(which)) {
        return Ok(known.clone());
    }
    let found = match which.parse::<i64>() {
        Ok(number) if number <= 0 => usize::try_from(-number).ok().and_then(|back| boots.iter().rev().nth(back)),
        Ok(number) => usize::try_from(number - 1).ok().and_then(|at| boots.get(at)),
        Err(_) => return call.fail_line(1, &format!("Failed to parse boot descriptor: {which}")),
    };
    match found {
        Some(known) => Ok(known.clone()),
        None => {
            let text = format!("Data from the specified boot ({which}) is not available: No such boot ID in journal");
            call.fail_line(1, &text)
        }
    }
}

/// All lines there are, those of the kernel among them, the oldest first.
fn lines(call: &Call<'_, '_>) -> Vec<Line> {
    let machine = &call.sys.machine;
    let of_kernel = kernel(machine).into_iter().map(|(at, text)| Line {
        at: machine.booted + Duration::try_from_secs_f64(at).unwrap_or_default(),
        boot: machine.boot_id.clone(),
        unit: String::new(),
        name: "kernel".to_owned(),
        pid: 0,
        text,
        priority: 6,
    });
    let mut all: Vec<Line> = machine.journal.iter().cloned().chain(of_kernel).collect();
    all.sort_by_key(|line| line.at);
    all
}

fn journalctl(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    call.args = joined(&words);
    let options = call.options("u:n:o:qS:U:fg:p:krxeat:", &LONG);
    call.args = words;
    let options = options?;
    if let Some(odd) = options.rest.first() {
        return call.unknown(&format!("match `{odd}`"));
    }
    let form = options.value("o").unwrap_or("short").to_owned();
    if !FORMS.contains(&form.as_str()) {
        return call.unknown(&format!("output `{form}`"));
    }
    let all = lines(call);
    let mut boots: Vec<String> = Vec::new();
    for line in &all {
        if !boots.contains(&line.boot) {
            boots.push(line.boot.clone());
        }
    }
    if options.has("list-boots") {
        return list_boots(call, &all, &boots);
    }
    let asked = Asked::read(call, &options, &boots)?;
    let mut found: Vec<&Line> = all.iter().filter(|line| asked.fits(line)).collect();
    let count = match options.value("n") {
        None | Some("all") => None,
        Some(text) => match text.parse::<usize>() {
            Ok(count) => Some(count),
            Err(_) => return call.fail_line(1, &format!("Failed to parse lines '{text}'")),
        },
    };
    if call.is_first() || !options.has("f") {
        let usual = if options.has("f") {
            10
        } else if options.has("e") {
            1000
        } else {
            usize::MAX
        };
        let from = found.len().saturating_sub(count.unwrap_or(usual));
        found.drain(..from);
    }
    if options.has("r") {
        found.reverse();
    }
    if found.is_empty() && !options.has("q") && !options.has("f") {
        call.line("-- No entries --");
    }
    let nameless = options.has("nh");
    if options.has("f") {
        return follow(call, &found, &form, nameless);
    }
    let parted = !options.has("q") && !["cat", "json", "json-pretty"].contains(&form.as_str());
    let mut last: Option<&Line> = None;
    for line in found {
        // Where another boot begins, the pages say so.
        if parted && last.is_some_and(|last| last.boot != line.boot) {
            call.line(&format!("-- Boot {} --", bare(&line.boot)));
        }
        let text = written(call, line, &form, nameless);
        call.line(&text);
        last = Some(line);
    }
    Ok(0)
}

fn list_boots(call: &mut Call<'_, '_>, all: &[Line], boots: &[String]) -> Done {
    let stamp =
        |line: Option<&Line>| line.map_or_else(String::new, |line| dates::shown("%a %Y-%m-%d %H:%M:%S UTC", line.at));
    call.line(&format!("{:>3} {:<32} {:<27} {}", "IDX", "BOOT ID", "FIRST ENTRY", "LAST ENTRY"));
    for (at, boot) in boots.iter().enumerate() {
        let number = boots.len() - 1 - at;
        let number = if number == 0 { "0".to_owned() } else { format!("-{number}") };
        let mut of_boot = all.iter().filter(|line| line.boot == *boot);
        let first = of_boot.next();
        let last = of_boot.next_back().or(first);
        call.line(&format!("{number:>3} {} {} {}", bare(boot), stamp(first), stamp(last)));
    }
    Ok(0)
}

/// Prints what there is and waits for more.
fn follow(call: &mut Call<'_, '_>, found: &[&Line], form: &str, nameless: bool) -> Done {
    let first = call.plan(|_| Ok(vec![vec![found.first().map_or(0, |line| line.at.as_micros()).to_string()]]))?;
    let from: u128 = first[0][0].parse().unwrap_or(0);
    for line in found.iter().filter(|line| line.at.as_micros() >= from) {
        let text = written(call, line, form, nameless);
        call.line(&text);
    }
    Err(Stop::Wait(Wait::Look(call.sys.now() + Duration::from_millis(250))))
}

/// `-5m`, `-5min` and their like.
fn ago(text: &str, now: Duration) -> Option<dates::Parts> {
    let back = numbers::time(text.strip_prefix('-')?.trim_end_matches("in"))?;
    Some(dates::parts(now.saturating_sub(back)))
}
