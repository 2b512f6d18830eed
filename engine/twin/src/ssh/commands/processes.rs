//! `ps`, `pgrep`, `pkill`, `pidof`, `kill`, `killall`, `uptime`.

use super::call::{Call, Done};
use super::{Command, dates, once};
use crate::machines::process::{Pid, Process};
use crate::machines::signal;
use crate::ssh::shell::send_signal;

pub(super) const COMMANDS: &[Command] = &[
    once("kill", "/usr/bin", kill),
    once("killall", "/usr/bin", killall),
    once("pgrep", "/usr/bin", pgrep),
    once("pidof", "/usr/bin", pidof),
    once("pkill", "/usr/bin", pgrep),
    once("ps", "/usr/bin", ps),
    once("uptime", "/usr/bin", uptime),
];

fn kill(call: &mut Call<'_, '_>) -> Done {
    let mut words = call.args.clone();
    let mut number = signal::TERM;
    match words.first().map(String::as_str) {
        Some("-l" | "-L") => {
            let all: Vec<&str> = signal::SIGNALS.iter().map(|(name, _)| *name).collect();
            call.line(&all.join(" "));
            return Ok(0);
        }
        Some("-s") => {
            number = match words.get(1).and_then(|word| signal::number(word)) {
                Some(number) => number,
                None => return call.fail(1, "unknown signal name"),
            };
            words.drain(..2);
        }
        Some("--") => {
            words.remove(0);
        }
        Some(word) if word.starts_with('-') && words.len() > 1 => {
            number = match signal::number(&word[1..]) {
                Some(number) => number,
                None => return call.fail(1, &format!("unknown signal name {}", &word[1..])),
            };
            words.remove(0);
        }
        _ => {}
    }
    if words.first().is_some_and(|word| word == "--") {
        words.remove(0);
    }
    if words.is_empty() {
        return call.usage("not enough arguments");
    }
    let mut status = 0;
    for word in words {
        let Ok(pid) = word.parse::<i64>() else { return call.fail(1, &format!("failed to parse argument: '{word}'")) };
        if let Err(error) = send_signal(call.sys, pid, number) {
            call.say(&format!("sending signal to {pid} failed: {error}"));
            status = 1;
        }
    }
    Ok(status)
}

fn all(call: &Call<'_, '_>) -> Vec<Process> {
    call.sys.machine.procs.values().cloned().collect()
}

fn killall(call: &mut Call<'_, '_>) -> Done {
    let mut words = call.args.clone();
    let mut number = signal::TERM;
    let mut quiet = false;
    while let Some(word) = words.first().filter(|word| word.starts_with('-')).cloned() {
        words.remove(0);
        if word == "-q" {
            quiet = true;
        } else if let Some(found) = signal::number(&word[1..]) {
            number = found;
        } else {
            return call.unknown(&format!("option `{word}`"));
        }
    }
    let mut status = 0;
    for name in words {
        let pids: Vec<Pid> =
            all(call).iter().filter(|process| process.name == name).map(|process| process.pid).collect();
        if pids.is_empty() {
            if !quiet {
                call.say_line(&format!("{name}: no process found"));
            }
            status = 1;
        }
        for pid in pids {
            let _ = send_signal(call.sys, i64::from(pid), number);
        }
    }
    Ok(status)
}

fn pidof(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("sx", &[])?;
    let mut found: Vec<Pid> =
        all(call).iter().filter(|process| options.rest.contains(&process.name)).map(|process| process.pid).collect();
    found.sort_unstable_by_key(|pid| std::cmp::Reverse(*pid));
    if options.has("s") {
        found.truncate(1);
    }
    if found.is_empty() {
        return Ok(1);
    }
    let text: Vec<String> = found.iter().map(ToString::to_string).collect();
    call.line(&text.join(" "));
    Ok(0)
}

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn pgrep(call: &mut Call<'_, '_>) -> Done {
    let kills = call.name == "pkill";
    let mut number = signal::TERM;
    if kills {
        let at = call
            .args
            .iter()
            .position(|word| word.len() > 1 && word.starts_with('-') && signal::number(&word[1..]).is_some());
        if let Some(at) = at {
            number = signal::number(&call.args.remove(at)[1..]).unwrap_or(number);
        }
    }
    let long = [
        ("full", "f"),
        ("exact", "x"),
        ("list-name", "l"),
        ("list-full", "a"),
        ("count", "c"),
        ("parent=", "P"),
        ("user=", "u"),
        ("newest", "n"),
        ("oldest", "o"),
        ("signal=", "s"),
        ("uid=", "u"),
        ("inverse", "v"),
        ("delimiter=", "d"),
    ];
    let options = call.options("fxlacP:u:U:nos:vid:g:", &long)?;
    if let Some(word) = options.value("s") {
        number = signal::number(word).unwrap_or(number);
    }
    let pattern = options.rest.first().cloned();
    if pattern.is_none() && !options.has("P") && !options.has("u") && !options.has("g") {
        return call.usage("no matching criteria specified");
    }
    let regex = match pattern.as_deref().map(|pattern| {
        let text = if options.has("x") { format!("^({pattern})$") } else { pattern.to_owned() };
        super::posix::regex(&text, true, options.has("i"))
    }) {
        Some(Ok(regex)) => Some(regex),
        Some(Err(why)) => return call.fail(2, &why),
        None => None,
    };
    let user = options.value("u").map(|name| {
        let known = call.sys.machine.users().into_iter().find(|user| user.name == name).map(|user| user.uid);
        known.or(name.parse().ok()).unwrap_or(u32::MAX)
    });
    let own = call.sys.pid;
    let hits = |process: &Process| {
        let text = if options.has("f") { process.line() } else { process.name.clone() };
        process.pid != own
            && !process.is_ended()
            && regex.as_ref().is_none_or(|regex| regex.is_match(text.as_bytes())) != options.has("v")
            && options
                .value("P")
                .is_none_or(|parents| parents.split(',').any(|parent| parent == process.parent.to_string()))
            && options.value("g").is_none_or(|group| group == process.pgid.to_string())
            && user.is_none_or(|uid| uid == process.cred.uid)
    };
    let mut found: Vec<Process> = all(call).into_iter().filter(hits).collect();
    if options.has("n") {
        found = found.pop().into_iter().collect();
    } else if options.has("o") {
        found.truncate(1);
    }
    if options.has("c") {
        call.line(&found.len().to_string());
    }
    let mut text = Vec::new();
    for process in &found {
        if kills {
            let _ = send_signal(call.sys, i64::from(process.pid), number);
        } else if options.has("a") {
            text.push(format!("{} {}", process.pid, process.line()));
        } else if options.has("l") {
            text.push(format!("{} {}", process.pid, process.name));
        } else {
            text.push(process.pid.to_string());
        }
    }
    if !text.is_empty() && !options.has("c") {
        call.line(&text.join(options.value("d").unwrap_or("\n")));
    }
    Ok(i32::from(found.is_empty()))
}

fn uptime(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("psV", &[("since", "s"), ("pretty", "p")])?;
    let machine = &call.sys.machine;
    let up = machine.now.saturating_sub(machine.booted).as_secs();
    let (days, hours, minutes) = (up / 86_400, up / 3600 % 24, up / 60 % 60);
    let text = if options.has("s") {
        dates::shown("%Y-%m-%d %H:%M:%S", machine.booted)
    } else if options.has("p") {
        let unit =
            |count: u64, name: &str| (count > 0).then(|| format!("{count} {name}{}", if count > 1 { "s" } else { "" }));
        let parts: Vec<String> =
            [unit(days, "day"), unit(hours, "hour"), unit(minutes, "minute")].into_iter().flatten().collect();
        format!("up {}", parts.join(", "))
    } else {
        let days = if days > 0 { format!("{days} day{}, ", if days > 1 { "s" } else { "" }) } else { String::new() };
        let clock = if hours > 0 { format!("{hours:2}:{minutes:02}") } else { format!("{minutes} min") };
        format!(" {} up {days}{clock},  1 user,  load average: 0.08, 0.03, 0.01", dates::shown("%H:%M:%S", machine.now))
    };
    call.line(&text);
    Ok(0)
}

const COLUMNS: [(&str, &str, bool); 20] = [
    ("pid", "PID", true),
    ("ppid", "PPID", true),
    ("pgid", "PGID", true),
    ("sid", "SID", true),
    ("uid", "UID", true),
    ("user", "USER", false),
    ("comm", "COMMAND", false),
    ("args", "COMMAND", false),
    ("cmd", "CMD", false),
    ("command", "COMMAND", false),
    ("stat", "STAT", false),
    ("state", "S", false),
    ("etime", "ELAPSED", true),
    ("etimes", "ELAPSED", true),
    ("rss", "RSS", true),
    ("vsz", "VSZ", true),
    ("ni", "NI", true),
    ("time", "TIME", true),
    ("tty", "TT", false),
    ("cgroup", "CGROUP", false),
];

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn ps(call: &mut Call<'_, '_>) -> Done {
    let (mut every, mut columns, mut titles, mut pids, mut names) =
        (false, None::<Vec<(String, Option<String>)>>, true, None::<Vec<String>>, None::<Vec<String>>);
    let mut style = "";
    let mut words = call.args.clone().into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "aux" | "auxww" | "-aux" | "auxf" | "ax" => {
                (every, style) = (true, if word == "ax" { "ax" } else { "aux" })
            }
            "-e" | "-A" | "-ax" => every = true,
            "-ef" | "-efww" | "-eF" => (every, style) = (true, "f"),
            "-f" => style = "f",
            "-o" | "-eo" | "o" | "axo" | "--format" => {
                every |= word == "-eo" || word == "axo";
                let spec = words.next().unwrap_or_default();
                let list = spec.split([',', ' ']).filter(|name| !name.is_empty());
                let named = list.map(|one| {
                    one.split_once('=')
                        .map_or((one.to_owned(), None), |(name, title)| (name.to_owned(), Some(title.to_owned())))
                });
                columns.get_or_insert_default().extend(named);
            }
            "-p" | "--pid" => {
                pids.get_or_insert_default().extend(words.next().unwrap_or_default().split(',').map(str::to_owned))
            }
            "-C" => {
                names.get_or_insert_default().extend(words.next().unwrap_or_default().split(',').map(str::to_owned))
            }
            "--no-headers" | "--no-heading" | "h" => titles = false,
            "-w" | "-ww" | "--forest" => {}
            odd => return call.unknown(&format!("option `{odd}`")),
        }
    }
    let usual: &[&str] = match style {
        "aux" => &["user", "pid", "vsz", "rss", "tty", "stat", "time", "command"],
        "f" => &["user", "pid", "ppid", "tty", "time", "cmd"],
        _ => &["pid", "tty", "time", "comm"],
    };
    let columns = columns.unwrap_or_else(|| usual.iter().map(|name| ((*name).to_owned(), None)).collect());
    if let Some((odd, _)) = columns.iter().find(|(name, _)| !COLUMNS.iter().any(|(known, ..)| known == name)) {
        return call.unknown(&format!("column `{odd}`"));
    }
    let sid = call.sys.me().sid;
    let wanted = |process: &&Process| match (&pids, &names) {
        (None, None) => every || process.sid == sid,
        (pids, names) => {
            pids.as_ref().is_some_and(|pids| pids.contains(&process.pid.to_string()))
                || names.as_ref().is_some_and(|names| names.contains(&process.name))
        }
    };
    let every = all(call);
    let shown: Vec<&Process> = every.iter().filter(wanted).collect();
    let mut rows: Vec<Vec<String>> =
        shown.iter().map(|process| columns.iter().map(|(name, _)| cell(call, process, name)).collect()).collect();
    let title = |(name, own): &(String, Option<String>)| match own {
        Some(own) => own.clone(),
        None => COLUMNS
            .iter()
            .find(|(known, ..)| known == name)
            .map(|(_, title, _)| (*title).to_owned())
            .unwrap_or_default(),
    };
    let heads: Vec<String> = columns.iter().map(title).collect();
    if titles && heads.iter().any(|head| !head.is_empty()) {
        rows.insert(0, heads);
    }
    let widths: Vec<usize> =
        (0..columns.len()).map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0)).collect();
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .map(|(at, text)| {
                    let right = COLUMNS.iter().any(|(name, _, right)| *name == columns[at].0 && *right);
                    let width = widths[at];
                    if at + 1 == columns.len() && !right {
                        text.clone()
                    } else if right {
                        format!("{text:>width$}")
                    } else {
                        format!("{text:<width$}")
                    }
                })
                .collect();
            cells.join(" ")
        })
        .collect();
    lines.iter().for_each(|line| call.line(line));
    Ok(i32::from(shown.is_empty()))
}

fn cell(call: &Call<'_, '_>, process: &Process, name: &str) -> String {
    let age = call.sys.now().saturating_sub(process.began).as_secs();
    match name {
        "pid" => process.pid.to_string(),
        "ppid" => process.parent.to_string(),
        "pgid" => process.pgid.to_string(),
        "sid" => process.sid.to_string(),
        "uid" => process.cred.uid.to_string(),
        "user" => call
            .sys
            .machine
            .names_of_ids()
            .0
            .get(&process.cred.uid)
            .cloned()
            .unwrap_or_else(|| process.cred.uid.to_string()),
        "comm" => process.name.clone(),
        "stat" => format!("{}{}", process.letter(), if process.pid == process.sid { "s" } else { "" }),
        "state" => process.letter().to_string(),
        "etimes" => age.to_string(),
        "etime" => {
            let (days, hours, minutes, seconds) = (age / 86_400, age / 3600 % 24, age / 60 % 60, age % 60);
            if days > 0 {
                format!("{days}-{hours:02}:{minutes:02}:{seconds:02}")
            } else if hours > 0 {
                format!("{hours:02}:{minutes:02}:{seconds:02}")
            } else {
                format!("{minutes:02}:{seconds:02}")
            }
        }
        "rss" => process.memory.to_string(),
        "vsz" => (process.memory * 2).to_string(),
        "ni" => process.nice.to_string(),
        "time" => "00:00:00".into(),
        "tty" => "?".into(),
        "cgroup" => format!("0::{}", process.cgroup),
        _ => process.line(),
    }
}
