//! What `systemctl show` and `systemctl status` tell of a unit.

use std::time::Duration;

use super::call::{Call, Done};
use super::dates;
use super::journal::shown;
use super::options::Options;
use crate::machines::units::{Line, Unit, whole_name};

fn properties(name: &str, unit: Option<&Unit>) -> Vec<(&'static str, String)> {
    let nothing = Unit { active: "inactive".into(), sub: "dead".into(), ..Unit::default() };
    let found = unit.unwrap_or(&nothing);
    let load = match unit {
        None => "not-found",
        Some(unit) if unit.enabled == "masked" => "masked",
        Some(_) => "loaded",
    };
    let stamp = |moment: Duration| {
        if unit.is_none() || moment.is_zero() {
            String::new()
        } else {
            dates::shown("%a %Y-%m-%d %H:%M:%S UTC", moment)
        }
    };
    vec![
        ("Type", if found.oneshot { "oneshot" } else { "notify" }.into()),
        ("Restart", "always".into()),
        ("NRestarts", found.restarts.to_string()),
        ("MainPID", found.pid.to_string()),
        ("Result", if found.result.is_empty() { "success".into() } else { found.result.clone() }),
        (
            "ExecStart",
            format!(
                "{{ path={} ; argv[]={} }}",
                found.command.first().cloned().unwrap_or_default(),
                found.command.join(" ")
            ),
        ),
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

/// `systemctl show`.
pub(super) fn show(call: &mut Call<'_, '_>, names: &[String], options: &Options) -> Done {
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

/// `systemctl status`.
pub(super) fn status(call: &mut Call<'_, '_>, names: &[String], options: &Options) -> Done {
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
        let why =
            if unit.active == "failed" { format!(" (Result: {})", unit.result) } else { format!(" ({})", unit.sub) };
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
