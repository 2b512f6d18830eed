//! `systemctl`, `reboot`, `poweroff`, `halt`, `shutdown`.

use super::call::{Call, Done, Stop};
use super::options::Options;
use super::unit::{show, status};
use super::{Command, numbers, once};
use crate::machines::power::Fault;
use crate::machines::process::Wait;
use crate::machines::units::{Unit, whole_name};
use std::time::Duration;

pub(super) const COMMANDS: &[Command] = &[
    once("halt", "/usr/sbin", power_off),
    once("poweroff", "/usr/sbin", power_off),
    once("reboot", "/usr/sbin", reboot),
    once("shutdown", "/usr/sbin", reboot),
    once("systemctl", "/usr/bin", systemctl),
];

fn reboot(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("force", "f"),
        ("reboot", "r"),
        ("poweroff", "P"),
        ("halt", "H"),
        ("no-wall", "no-wall"),
        ("no-sync", "n"),
        ("no-wtmp", "d"),
    ];
    let options = call.options("frndhPH", &long)?;
    let of_itself = call.name != "shutdown";
    let off = if of_itself { options.has("P") || options.has("H") } else { !options.has("r") };
    let minutes = match options.rest.first().map(String::as_str) {
        _ if of_itself => 0,
        None => 1,
        Some("now") => 0,
        Some(time) => match time.trim_start_matches('+').parse() {
            Ok(minutes) => minutes,
            Err(_) => return call.unknown(&format!("the time `{time}`")),
        },
    };
    go_down(call, off, minutes)
}

fn power_off(call: &mut Call<'_, '_>) -> Done {
    call.options("fnd", &[("force", "f"), ("no-wall", "no-wall"), ("no-sync", "n"), ("no-wtmp", "d")])?;
    go_down(call, true, 0)
}

/// Goes down; whoever is turned off does not come back by itself.
fn go_down(call: &mut Call<'_, '_>, off: bool, minutes: u64) -> Done {
    if call.sys.me().cred.uid != 0 {
        return call.fail(1, "Access denied");
    }
    if off {
        call.sys.machine.plant(Fault::NoReturn);
    }
    // It goes down a moment later, so that whoever asked hears that it will.
    call.sys.machine.reboot_at = Some(call.sys.now() + Duration::from_secs(minutes * 60) + Duration::from_millis(200));
    Ok(0)
}

const LONG: [(&str, &str); 22] = [
    ("quiet", "q"),
    ("no-ask-password", "nap"),
    ("property=", "p"),
    ("value", "value"),
    ("now", "now"),
    ("no-block", "nb"),
    ("no-pager", "np"),
    ("no-legend", "nl"),
    ("legend=", "legend"),
    ("plain", "plain"),
    ("failed", "failed"),
    ("state=", "state"),
    ("type=", "t"),
    ("all", "a"),
    ("full", "l"),
    ("lines=", "n"),
    ("force", "f"),
    ("output=", "o"),
    ("runtime", "runtime"),
    ("signal=", "s"),
    ("kill-who=", "kw"),
    ("kill-whom=", "kw"),
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
                let name = whole_name(name);
                let own = call.sys.machine.units.all.get(&name).and_then(|unit| unit.file.clone());
                let folders = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"];
                let usual = folders.map(|folder| format!("{folder}/{name}"));
                let found = own.into_iter().chain(usual).find_map(|path| Some((call.sys.machine.read(&path)?, path)));
                match found {
                    Some((bytes, path)) => {
                        call.line(&format!("# {path}"));
                        call.out.extend(bytes);
                    }
                    None => return call.fail_line(1, &format!("No files found for {name}.")),
                }
            }
            Ok(0)
        }
        "list-units" | "list-unit-files" => super::unit_list::list(call, &verb, &rest, &options),
        "list-timers" => super::unit_list::timers(call, &rest, &options),
        "daemon-reload" | "daemon-reexec" => {
            reload(call);
            Ok(0)
        }
        "reset-failed" => {
            let names: Vec<String> = call.sys.machine.units.all.keys().cloned().collect();
            for name in
                names.into_iter().filter(|name| rest.is_empty() || rest.iter().any(|word| whole_name(word) == *name))
            {
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
        "reboot" => go_down(call, false, 0),
        "poweroff" | "halt" => go_down(call, true, 0),
        "--version" => {
            call.line("systemd 257 (257.8-1~deb13u2)");
            Ok(0)
        }
        other => call.unknown(&format!("verb `{other}`")),
    }
}

/// Takes in units that were put there as files, and forgets those whose files are gone.
fn reload(call: &mut Call<'_, '_>) {
    let root = crate::machines::user::Cred::root();
    let mut found = Vec::new();
    for folder in ["/usr/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system"] {
        let names =
            call.sys.machine.walk(&root, "/", folder, true).and_then(|spot| call.sys.machine.names_at(&root, &spot));
        found.extend(names.unwrap_or_default().into_iter().map(|name| (format!("{folder}/{name}"), name)));
    }
    let gone = |unit: &Unit| unit.file.as_ref().is_some_and(|file| !found.iter().any(|(path, _)| path == file));
    let units = std::sync::Arc::make_mut(&mut call.sys.machine.units);
    units.all.retain(|_, unit| unit.active == "active" || !gone(unit));
    for (path, name) in found {
        let known = call.sys.machine.units.all.get(&name).cloned();
        let ours = name.ends_with(".service") || name.ends_with(".timer");
        if !ours || known.as_ref().is_some_and(|unit| unit.file.is_none()) {
            continue;
        }
        let text = call.sys.machine.text(&path);
        let value =
            |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned());
        let command = value("ExecStart=").unwrap_or_default();
        let words: Vec<&str> = command.split_whitespace().collect();
        let fresh = Unit::service(&value("Description=").unwrap_or_else(|| name.clone()), &words, false);
        let mut unit = known.unwrap_or_default();
        (unit.description, unit.command) = (fresh.description, fresh.command);
        if unit.active.is_empty() {
            (unit.active, unit.sub, unit.enabled) = (fresh.active, fresh.sub, fresh.enabled);
        }
        unit.oneshot = value("Type=").as_deref() == Some("oneshot");
        unit.fires = value("OnActiveSec=").and_then(|text| numbers::time(&text));
        unit.file = Some(path);
        std::sync::Arc::make_mut(&mut call.sys.machine.units).all.insert(name, unit);
    }
}

/// The folder in which a unit is linked that starts with the machine.
fn wants(call: &Call<'_, '_>, name: &str) -> String {
    let file = call.sys.machine.units.all.get(name).and_then(|unit| unit.file.clone());
    let file = file.unwrap_or_else(|| format!("/etc/systemd/system/{name}"));
    let text = call.sys.machine.text(&file);
    let target = text.lines().find_map(|line| line.strip_prefix("WantedBy=")).unwrap_or("multi-user.target").trim();
    let folder = file.rsplit_once('/').map_or("/etc/systemd/system", |(folder, _)| folder);
    format!("{folder}/{target}.wants")
}

fn missing(call: &mut Call<'_, '_>, verb: &str, name: &str) -> Done {
    let text = match verb {
        "enable" | "disable" => format!("Failed to {verb} unit: Unit {name} does not exist"),
        _ => format!("Failed to {verb} {name}: Unit {name} not found."),
    };
    let status = if ["enable", "disable", "mask"].contains(&verb) { 1 } else { 5 };
    call.fail_line(status, &text)
}

fn changes(call: &mut Call<'_, '_>, verb: &str, names: &[String], options: &Options) -> Done {
    if names.is_empty() {
        return call.fail_line(1, "Too few arguments.");
    }
    if call.sys.me().cred.uid != 0 {
        return call.fail_line(4, &format!("Failed to {verb} {}: Access denied", whole_name(&names[0])));
    }
    let mut waits = Vec::new();
    for name in names.iter().map(|name| whole_name(name)) {
        let Some(unit) = call.sys.machine.units.all.get(&name).cloned() else { return missing(call, verb, &name) };
        if unit.enabled == "masked" && verb != "stop" {
            return call.fail_line(1, &format!("Failed to {verb} {name}: Unit {name} is masked."));
        }
        if call.is_first() {
            match verb {
                "stop" => call.sys.machine.stop_unit(&name),
                "start" => call.sys.machine.start_unit(&name),
                "reload" if unit.active != "active" => {
                    return call.fail_line(1, &format!("{name} is not active, cannot reload."));
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
                (Some(until), "activating") if !options.has("nb") => {
                    waits.push(Wait::Until(until + Duration::from_micros(1)))
                }
                (_, "failed") if verb != "stop" => {
                    let text = format!(
                        "Job for {name} failed because the control process exited with error code.\n\
                         See \"systemctl status {name}\" and \"journalctl -xeu {name}\" for details."
                    );
                    return call.fail_line(1, &text);
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
        return call.fail_line(1, &format!("Failed to {verb} unit: Access denied"));
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
            return call.fail_line(1, &format!("Failed to enable unit: Unit /etc/systemd/system/{name} is masked"));
        }
        if !known {
            std::sync::Arc::make_mut(&mut call.sys.machine.units)
                .all
                .insert(name.clone(), Unit::service("", &[], false));
        }
        call.sys.machine.change_unit(&name, |unit| match verb {
            // A unit that is unmasked is what it was before.
            "mask" if before != "masked" => unit.unmasked = std::mem::replace(&mut unit.enabled, to.into()),
            "unmask" if before == "masked" => unit.enabled = std::mem::take(&mut unit.unmasked),
            "unmask" | "mask" => {}
            _ => unit.enabled = to.into(),
        });
        let folder = wants(call, &name);
        let link = format!("{folder}/{name}");
        match verb {
            "enable" if before != "enabled" => {
                call.sys.machine.put_folder(&folder, 0o755);
                let file = call.sys.machine.units.all.get(&name).and_then(|unit| unit.file.clone());
                let file = file.unwrap_or_else(|| format!("/etc/systemd/system/{name}"));
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
            "unmask" if before == "masked" && !options.has("q") => {
                call.say_line(&format!("Removed '/etc/systemd/system/{name}'."));
            }
            "mask" if before != "masked" && !options.has("q") => {
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
