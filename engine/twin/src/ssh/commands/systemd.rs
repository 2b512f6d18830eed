//! `systemctl`, `journalctl`, `systemd-run`, `reboot`, `shutdown`, `poweroff`.

use super::call::{Call, Done, Stop, start};
use super::options::Options;
use super::{Command, dates, numbers, once};
use crate::machines::process::Wait;
use crate::machines::units::{Line, Unit, whole_name};
use std::time::Duration;

pub(super) const COMMANDS: &[Command] = &[
    once("journalctl", "/usr/bin", journalctl),
    once("reboot", "/usr/sbin", reboot),
    once("shutdown", "/usr/sbin", reboot),
    once("systemctl", "/usr/bin", systemctl),
    once("systemd-run", "/usr/bin", systemd_run),
];

fn reboot(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    if call.sys.me().cred.uid != 0 {
        return call.fail(1, "Access denied");
    }
    if call.name == "shutdown" && !words.iter().any(|word| word == "-r") {
        return call.unknown("turning a machine off");
    }
    // It goes down a moment later, so that whoever asked hears that it will.
    call.sys.machine.reboot_at = Some(call.sys.now() + Duration::from_millis(200));
    Ok(0)
}

const LONG: [(&str, &str); 22] = [
    ("quiet", "q"), ("no-ask-password", "nap"), ("property=", "p"), ("value", "value"), ("now", "now"), ("no-block", "nb"),
    ("no-pager", "np"), ("no-legend", "nl"), ("legend=", "legend"), ("plain", "plain"), ("failed", "failed"),
    ("state=", "state"), ("type=", "t"), ("all", "a"), ("full", "l"), ("lines=", "n"), ("force", "f"), ("output=", "o"),
    ("system", "sys"), ("signal=", "s"), ("kill-who=", "kw"), ("kill-whom=", "kw"),
];

fn systemctl(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("qp:at:lfn:o:s:", &LONG)?;
    let mut rest = options.rest.clone();
    let verb = if rest.is_empty() { "list-units".to_owned() } else { rest.remove(0) };
    match verb.as_str() {
        "start" | "stop" | "restart" | "reload" | "try-restart" | "reload-or-restart" | "kill" => {
            changes(call, &verb, &rest, &options)
        }
        "enable" | "disable" | "mask" | "unmask" => files(call, &verb, &rest, &options),
        "is-active" | "is-enabled" | "is-failed" => asks(call, &verb, &rest, &options),
        "show" => show(call, &rest, &options),
        "status" => status(call, &rest, &options),
        "cat" => {
            for name in &rest {
                let path = format!("/etc/systemd/system/{}", whole_name(name));
                match call.sys.machine.read(&path) {
                    Some(bytes) => {
                        call.line(&format!("# {path}"));
                        call.out.extend(bytes);
                    }
                    None => return call.fail_plain(1, &format!("No files found for {}.", whole_name(name))),
                }
            }
            Ok(0)
        }
        "list-units" | "list-unit-files" | "list-timers" => list(call, &verb, &rest, &options),
        "daemon-reload" | "daemon-reexec" => {
            reload(call);
            Ok(0)
        }
        "reset-failed" => {
            let names: Vec<String> = call.sys.machine.units.all.keys().cloned().collect();
            for name in names.into_iter().filter(|name| rest.is_empty() || rest.iter().any(|word| whole_name(word) == *name)) {
                call.sys.machine.change_unit(&name, |unit| {
                    if unit.active == "failed" {
                        (unit.active, unit.sub) = ("inactive".into(), "dead".into());
                    }
                });
            }
            Ok(0)
        }
        "is-system-running" => {
            let failed = call.sys.machine.units.all.values().any(|unit| unit.active == "failed");
            call.line(if failed { "degraded" } else { "running" });
            Ok(i32::from(failed))
        }
        "reboot" => reboot(call),
        "--version" => {
            call.line("systemd 257 (257.8-1~deb13u2)");
            Ok(0)
        }
        other => call.unknown(&format!("verb `{other}`")),
    }
}

impl Call<'_, '_> {
    /// Ends with a line that does not begin with its name.
    fn fail_plain<T>(&mut self, status: i32, text: &str) -> Result<T, Stop> {
        self.say_line(text);
        Err(Stop::Exit(status))
    }
}

/// Takes in units that were put there as files.
fn reload(call: &mut Call<'_, '_>) {
    let root = crate::machines::user::Cred::root();
    for folder in ["/usr/lib/systemd/system", "/etc/systemd/system"] {
        let names = call.sys.machine.walk(&root, "/", folder, true).and_then(|spot| call.sys.machine.names_at(&root, &spot));
        for name in names.unwrap_or_default() {
            if call.sys.machine.units.all.contains_key(&name) || !name.contains('.') || name.ends_with(".wants") {
                continue;
            }
            let text = call.sys.machine.text(&format!("{folder}/{name}"));
            let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim().to_owned();
            let command: Vec<String> = value("ExecStart=").split_whitespace().map(str::to_owned).collect();
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            let mut unit = Unit::service(&value("Description="), &words, false);
            unit.oneshot = value("Type=") == "oneshot";
            std::sync::Arc::make_mut(&mut call.sys.machine.units).all.insert(name, unit);
        }
    }
}

fn missing(call: &mut Call<'_, '_>, verb: &str, name: &str) -> Done {
    let text = match verb {
        "enable" | "disable" => format!("Failed to {verb} unit: Unit {name} does not exist"),
        _ => format!("Failed to {verb} {name}: Unit {name} not found."),
    };
    let status = if ["enable", "disable", "mask"].contains(&verb) { 1 } else { 5 };
    call.fail_plain(status, &text)
}

fn changes(call: &mut Call<'_, '_>, verb: &str, names: &[String], options: &Options) -> Done {
    if names.is_empty() {
        return call.fail_plain(1, "Too few arguments.");
    }
    if call.sys.me().cred.uid != 0 {
        return call.fail_plain(4, &format!("Failed to {verb} {}: Access denied", whole_name(&names[0])));
    }
    let mut waits = Vec::new();
    for name in names.iter().map(|name| whole_name(name)) {
        let Some(unit) = call.sys.machine.units.all.get(&name).cloned() else { return missing(call, verb, &name) };
        if unit.enabled == "masked" && verb != "stop" {
            return call.fail_plain(1, &format!("Failed to {verb} {name}: Unit {name} is masked."));
        }
        if call.is_first() {
            match verb {
                "stop" => call.sys.machine.stop_unit(&name),
                "start" => call.sys.machine.start_unit(&name),
                "reload" if unit.active != "active" => {
                    return call.fail_plain(1, &format!("{name} is not active, cannot reload."));
                }
                "reload" => {}
                "kill" => {
                    let number = options.value("s").and_then(crate::machines::signal::number).unwrap_or(15);
                    call.sys.machine.signal(unit.pid, number);
                }
                "try-restart" if unit.active != "active" => {}
                _ => {
                    call.sys.machine.stop_unit(&name);
                    call.sys.machine.change_unit(&name, |unit| {
                        if unit.active == "failed" {
                            unit.active = "inactive".into();
                        }
                    });
                    call.sys.machine.start_unit(&name);
                }
            }
        }
        if let Some(unit) = call.sys.machine.units.all.get(&name) {
            match (unit.until, unit.active.as_str()) {
                (Some(until), "activating") if !options.has("nb") => waits.push(Wait::Until(until + Duration::from_micros(1))),
                (_, "failed") if verb != "stop" => {
                    let text = format!(
                        "Job for {name} failed because the control process exited with error code.\n\
                         See \"systemctl status {name}\" and \"journalctl -xeu {name}\" for details."
                    );
                    return call.fail_plain(1, &text);
                }
                _ => {}
            }
        }
    }
    match waits.pop() {
        Some(wait) => Err(Stop::Wait(wait)),
        None => Ok(0),
    }
}

fn files(call: &mut Call<'_, '_>, verb: &str, names: &[String], options: &Options) -> Done {
    if call.sys.me().cred.uid != 0 {
        return call.fail_plain(1, &format!("Failed to {verb} unit: Access denied"));
    }
    for name in names.iter().map(|name| whole_name(name)) {
        let known = call.sys.machine.units.all.contains_key(&name);
        if !known && verb != "mask" {
            return missing(call, verb, &name);
        }
        let to = match verb {
            "enable" => "enabled",
            "mask" => "masked",
            _ => "disabled",
        };
        let before = call.sys.machine.units.all.get(&name).map(|unit| unit.enabled.clone()).unwrap_or_default();
        if before == "masked" && verb == "enable" {
            return call.fail_plain(1, &format!("Failed to enable unit: Unit /etc/systemd/system/{name} is masked"));
        }
        if !known {
            std::sync::Arc::make_mut(&mut call.sys.machine.units).all.insert(name.clone(), Unit::service("", &[], false));
        }
        call.sys.machine.change_unit(&name, |unit| unit.enabled = to.into());
        let link = format!("/etc/systemd/system/multi-user.target.wants/{name}");
        match verb {
            "enable" if before != "enabled" => {
                call.sys.machine.put_folder("/etc/systemd/system/multi-user.target.wants", 0o755);
                let file = format!("/etc/systemd/system/{name}");
                call.sys.machine.put(&link, crate::machines::files::Kind::Link(file.clone()), 0o777);
                if !options.has("q") {
                    call.say_line(&format!("Created symlink '{link}' \u{2192} '{file}'."));
                }
            }
            "disable" => {
                let root = crate::machines::user::Cred::root();
                if let Ok(spot) = call.sys.machine.walk(&root, "/", &link, false)
                    && call.sys.machine.remove(&root, &spot, false).is_ok()
                    && !options.has("q")
                {
                    call.say_line(&format!("Removed '{link}'."));
                }
            }
            "mask" if !options.has("q") => {
                call.say_line(&format!("Created symlink '/etc/systemd/system/{name}' \u{2192} '/dev/null'."));
            }
            _ => {}
        }
        if options.has("now") && call.is_first() {
            match verb {
                "enable" => call.sys.machine.start_unit(&name),
                "disable" | "mask" => call.sys.machine.stop_unit(&name),
                _ => {}
            }
        }
    }
    Ok(0)
}

fn asks(call: &mut Call<'_, '_>, verb: &str, names: &[String], options: &Options) -> Done {
    let mut good = false;
    for name in names.iter().map(|name| whole_name(name)) {
        let unit = call.sys.machine.units.all.get(&name).cloned();
        let (text, holds) = match (&unit, verb) {
            (None, "is-enabled") => {
                call.say_line("not-found");
                return Ok(4);
            }
            (None, _) => ("inactive".to_owned(), false),
            (Some(unit), "is-enabled") => {
                let holds = ["enabled", "static", "alias", "indirect"].contains(&unit.enabled.as_str());
                (unit.enabled.clone(), holds)
            }
            (Some(unit), "is-failed") => (unit.active.clone(), unit.active == "failed"),
            (Some(unit), _) => (unit.active.clone(), unit.active == "active"),
        };
        if !options.has("q") {
            call.line(&text);
        }
        good |= holds;
        if !holds && unit.is_none() && verb == "is-active" && names.len() == 1 {
            return Ok(4);
        }
    }
    Ok(match (good, verb) {
        (true, _) => 0,
        (false, "is-active") => 3,
        (false, _) => 1,
    })
}

fn properties(name: &str, unit: Option<&Unit>) -> Vec<(&'static str, String)> {
    let nothing = Unit { active: "inactive".into(), sub: "dead".into(), ..Unit::default() };
    let found = unit.unwrap_or(&nothing);
    let load = match unit {
        None => "not-found",
        Some(unit) if unit.enabled == "masked" => "masked",
        Some(_) => "loaded",
    };
    let stamp = |moment: Duration| if unit.is_none() || moment.is_zero() { String::new() } else { dates::shown("%a %Y-%m-%d %H:%M:%S UTC", moment) };
    vec![
        ("Type", if found.oneshot { "oneshot" } else { "notify" }.into()),
        ("Restart", "always".into()),
        ("NRestarts", found.restarts.to_string()),
        ("MainPID", found.pid.to_string()),
        ("Result", if found.result.is_empty() { "success".into() } else { found.result.clone() }),
        ("ExecStart", format!("{{ path={} ; argv[]={} }}", found.command.first().cloned().unwrap_or_default(), found.command.join(" "))),
        ("ExecMainStatus", i32::from(found.result == "exit-code").to_string()),
        ("Id", name.to_owned()),
        ("Names", name.to_owned()),
        ("Description", if unit.is_some() { found.description.clone() } else { name.to_owned() }),
        ("LoadState", load.into()),
        ("ActiveState", found.active.clone()),
        ("SubState", found.sub.clone()),
        ("FragmentPath", if unit.is_some() { format!("/etc/systemd/system/{name}") } else { String::new() }),
        ("UnitFileState", found.enabled.clone()),
        ("ActiveEnterTimestamp", if found.active == "active" { stamp(found.since) } else { String::new() }),
        ("StateChangeTimestamp", stamp(found.since)),
        ("InvocationID", String::new()),
        ("ControlGroup", if found.pid > 0 { format!("/system.slice/{name}") } else { String::new() }),
        ("ExecMainStartTimestamp", stamp(found.since)),
    ]
}

fn show(call: &mut Call<'_, '_>, names: &[String], options: &Options) -> Done {
    let wanted: Vec<String> =
        options.values("p").iter().flat_map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>()).collect();
    if names.is_empty() {
        return call.unknown("`show` without a unit");
    }
    for (at, name) in names.iter().map(|name| whole_name(name)).enumerate() {
        if at > 0 {
            call.line("");
        }
        let unit = call.sys.machine.units.all.get(&name).cloned();
        let all = properties(&name, unit.as_ref());
        if let Some(odd) = wanted.iter().find(|wanted| !all.iter().any(|(known, _)| known == wanted)) {
            return call.unknown(&format!("property `{odd}`"));
        }
        for (key, value) in all {
            if wanted.is_empty() || wanted.iter().any(|wanted| wanted == key) {
                call.line(&if options.has("value") { value } else { format!("{key}={value}") });
            }
        }
    }
    Ok(0)
}

fn status(call: &mut Call<'_, '_>, names: &[String], options: &Options) -> Done {
    if names.is_empty() {
        return call.unknown("`status` without a unit");
    }
    let mut code = 0;
    for name in names.iter().map(|name| whole_name(name)) {
        let Some(unit) = call.sys.machine.units.all.get(&name).cloned() else {
            call.say_line(&format!("Unit {name} could not be found."));
            code = 4;
            continue;
        };
        let dot = match unit.active.as_str() {
            "failed" => "\u{d7}",
            "active" | "activating" => "\u{25cf}",
            _ => "\u{25cb}",
        };
        call.line(&format!("{dot} {name} - {}", unit.description));
        call.line(&format!("     Loaded: loaded (/etc/systemd/system/{name}; {}; preset: enabled)", unit.enabled));
        let since = dates::shown("%a %Y-%m-%d %H:%M:%S UTC", unit.since);
        let ago = call.sys.now().saturating_sub(unit.since).as_secs();
        let ago = if ago < 120 { format!("{ago}s ago") } else { format!("{}min ago", ago / 60) };
        let why = if unit.active == "failed" { format!(" (Result: {})", unit.result) } else { format!(" ({})", unit.sub) };
        call.line(&format!("     Active: {}{why} since {since}; {ago}", unit.active));
        if unit.pid > 0 {
            let program = unit.command.first().map_or("", |path| path.rsplit('/').next().unwrap_or(path));
            call.line(&format!("   Main PID: {} ({program})", unit.pid));
            call.line("      Tasks: 1 (limit: 9512)");
            call.line(&format!("     CGroup: /system.slice/{name}"));
            call.line(&format!("             \u{2514}\u{2500}{} {}", unit.pid, unit.command.join(" ")));
        }
        let count: usize = options.value("n").and_then(|text| text.parse().ok()).unwrap_or(10);
        let journal = call.sys.machine.journal.clone();
        let own: Vec<&Line> = journal.iter().filter(|line| line.unit == name).collect();
        if !own.is_empty() && count > 0 {
            call.line("");
        }
        for line in &own[own.len().saturating_sub(count)..] {
            let text = shown(call, line, "short");
            call.line(&text);
        }
        if code == 0 && unit.active != "active" && unit.active != "activating" {
            code = 3;
        }
    }
    Ok(code)
}

fn list(call: &mut Call<'_, '_>, verb: &str, patterns: &[String], options: &Options) -> Done {
    let state = if options.has("failed") { Some("failed") } else { options.value("state") };
    let kind = options.value("t").map(str::to_owned).or((verb == "list-timers").then(|| "timer".into()));
    let units = call.sys.machine.units.clone();
    let fits = |name: &str, unit: &Unit| {
        let named = patterns.is_empty()
            || patterns.iter().any(|p| crate::ssh::shell::pattern::matches(p, name) || whole_name(p) == name);
        let stated = match (verb, state) {
            ("list-unit-files", Some(state)) => unit.enabled == state,
            (_, Some(state)) => unit.active == state || unit.sub == state,
            ("list-units", None) => options.has("a") || unit.active != "inactive",
            _ => true,
        };
        named && stated && kind.as_ref().is_none_or(|kind| name.ends_with(&format!(".{kind}")))
    };
    let found: Vec<(&String, &Unit)> = units.all.iter().filter(|(name, unit)| fits(name, unit)).collect();
    let legend = !options.has("nl") && options.value("legend") != Some("false");
    let width = found.iter().map(|(name, _)| name.len()).max().unwrap_or(4).max(4);
    if verb == "list-unit-files" {
        if legend {
            call.line(&format!("{:<width$} STATE    PRESET", "UNIT FILE"));
        }
        for (name, unit) in &found {
            call.line(&format!("{name:<width$} {:<8} enabled", unit.enabled));
        }
    } else {
        let lead = |unit: &Unit| if options.has("plain") { "" } else if unit.active == "failed" { "\u{25cf} " } else { "  " };
        if legend {
            call.line(&format!("  {:<width$} LOAD   ACTIVE SUB     DESCRIPTION", "UNIT"));
        }
        for (name, unit) in &found {
            call.line(&format!("{}{name:<width$} loaded {} {:<7} {}", lead(unit), unit.active, unit.sub, unit.description));
        }
    }
    if legend {
        let what = if verb == "list-unit-files" { "unit files listed." } else { "loaded units listed." };
        call.line(&format!("\n{} {what}", found.len()));
    }
    Ok(0)
}

fn shown(call: &Call<'_, '_>, line: &Line, form: &str) -> String {
    let host = call.sys.machine.hostname();
    match form {
        "cat" => line.text.clone(),
        "short-iso" => {
            let at = dates::shown("%Y-%m-%dT%H:%M:%S+00:00", line.at);
            format!("{at} {host} {}[{}]: {}", line.name, line.pid, line.text)
        }
        "short-unix" => format!("{}.{:06} {host} {}[{}]: {}", line.at.as_secs(), line.at.subsec_micros(), line.name, line.pid, line.text),
        _ => format!("{} {host} {}[{}]: {}", dates::shown("%b %d %H:%M:%S", line.at), line.name, line.pid, line.text),
    }
}

fn journalctl(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("unit=", "u"), ("lines=", "n"), ("no-pager", "np"), ("output=", "o"), ("quiet", "q"), ("since=", "S"), ("until=", "U"),
        ("boot", "b"), ("boot=", "boot"), ("follow", "f"), ("grep=", "g"), ("priority=", "p"), ("dmesg", "k"), ("reverse", "r"),
        ("catalog", "x"), ("pager-end", "e"), ("no-hostname", "nh"), ("utc", "utc"), ("all", "a"), ("identifier=", "t"),
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
            None => call.fail_plain(1, &format!("Failed to parse timestamp: {text}")),
        }
    };
    let (since, until) = (moment(call, "S")?, moment(call, "U")?);
    let names: Vec<String> = options.values("u").iter().map(|name| whole_name(name)).collect();
    let grep = match options.value("g").map(|text| super::posix::regex(text, true, !text.contains(char::is_uppercase))) {
        Some(Ok(regex)) => Some(regex),
        Some(Err(why)) => return call.fail_plain(1, &why),
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
    Err(Stop::Wait(Wait::Until(call.sys.now() + Duration::from_millis(250))))
}

/// `-5m`, `5 min ago` and their like.
fn ago(text: &str, now: Duration) -> Option<dates::Parts> {
    let back = numbers::time(text.strip_prefix('-')?.trim_end_matches("in"))?;
    Some(dates::parts(now.saturating_sub(back)))
}

fn systemd_run(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("unit=", "u"), ("on-active=", "active"), ("scope", "scope"), ("wait", "w"), ("pipe", "P"), ("collect", "G"),
        ("quiet", "q"), ("property=", "p"), ("description=", "d"), ("no-block", "nb"), ("timer-property=", "tp"),
        ("uid=", "uid"), ("setenv=", "E"), ("slice=", "slice"), ("service-type=", "st"), ("same-dir", "sd"),
    ];
    let options = call.options_first("u:p:GqPE:d", &long)?;
    if options.rest.is_empty() {
        return call.usage("Command line to execute required.");
    }
    let number = call.sys.machine.chance() & 0xffff_ffff;
    let name = options.value("u").map_or_else(|| format!("run-r{number:08x}"), str::to_owned);
    let base = name.trim_end_matches(".service").trim_end_matches(".timer").to_owned();
    let env = call.env();
    if options.has("scope") {
        return Err(Stop::Become(options.rest, env));
    }
    if call.sys.machine.units.all.get(&format!("{base}.service")).is_some_and(|unit| unit.active == "active") && call.is_first() {
        return call.fail_plain(1, &format!("Failed to start transient service unit: Unit {base}.service was already loaded or has a fragment file."));
    }
    let delay = match options.value("active") {
        Some(text) => match numbers::time(text.trim_end_matches("sec").trim_end_matches("in")) {
            Some(delay) => Some(delay),
            None => return call.fail_plain(1, &format!("Failed to parse timer value: {text}")),
        },
        None => None,
    };
    let waits = options.has("w") || options.has("P");
    if waits {
        // With `--pipe` or `--wait` it is nothing but a child here.
        return call.child(&options.rest, env, None);
    }
    let words = match delay {
        Some(delay) => {
            let inner: Vec<String> = options.rest.iter().map(|word| crate::ssh::shell::quoted(word)).collect();
            vec!["sh".into(), "-c".into(), format!("sleep {}; exec {}", delay.as_secs_f64(), inner.join(" "))]
        }
        None => options.rest.clone(),
    };
    match start(&words, env, None, call.sys) {
        Ok(pid) => {
            let unit = if delay.is_some() { format!("{base}.timer") } else { format!("{base}.service") };
            super::detach(call.sys, pid, &format!("/system.slice/{base}.service"));
            let shown: Vec<&str> = options.rest.iter().map(String::as_str).collect();
            let mut made = Unit::service(&options.rest.join(" "), &shown, false);
            (made.active, made.sub, made.pid, made.enabled) = ("active".into(), "running".into(), pid, "transient".into());
            made.since = call.sys.now();
            std::sync::Arc::make_mut(&mut call.sys.machine.units).all.insert(unit.clone(), made);
            if let Some(process) = call.sys.machine.proc_mut(pid) {
                process.unit = Some(unit.clone());
            }
            if !options.has("q") {
                let verb = if delay.is_some() { "timer" } else { "service" };
                call.say_line(&format!("Running {verb} as unit: {unit}"));
            }
            Ok(0)
        }
        Err((status, why)) => call.fail(status, &why),
    }
}
