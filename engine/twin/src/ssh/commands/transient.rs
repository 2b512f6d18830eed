//! `systemd-run`: programs as units that live as long as they run.

use super::call::{Call, Done, Stop};
use super::once::start;
use super::{Command, numbers, once};
use crate::machines::units::Unit;

pub(super) const COMMANDS: &[Command] = &[once("systemd-run", "/usr/bin", systemd_run)];

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn systemd_run(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("unit=", "u"),
        ("on-active=", "active"),
        ("scope", "scope"),
        ("wait", "w"),
        ("pipe", "P"),
        ("collect", "G"),
        ("quiet", "q"),
        ("property=", "p"),
        ("description=", "d"),
        ("no-block", "nb"),
        ("timer-property=", "tp"),
        ("uid=", "uid"),
        ("setenv=", "E"),
        ("slice=", "slice"),
        ("service-type=", "st"),
        ("same-dir", "sd"),
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
    if call.sys.machine.units.all.get(&format!("{base}.service")).is_some_and(|unit| unit.active == "active")
        && call.is_first()
    {
        return call.fail_line(
            1,
            &format!(
                "Failed to start transient service unit: Unit {base}.service was already loaded or has a fragment file."
            ),
        );
    }
    let delay = match options.value("active") {
        Some(text) => match numbers::time(text.trim_end_matches("sec").trim_end_matches("in")) {
            Some(delay) => Some(delay),
            None => return call.fail_line(1, &format!("Failed to parse timer value: {text}")),
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
            (made.active, made.sub, made.pid, made.enabled) =
                ("active".into(), "running".into(), pid, "transient".into());
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
