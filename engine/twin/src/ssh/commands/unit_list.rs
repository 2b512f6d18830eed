//! `systemctl list-units`, `list-unit-files` and `list-timers`.

use super::call::{Call, Done};
use super::dates;
use super::options::Options;
use crate::machines::units::{Unit, whole_name};
use std::time::Duration;

/// The ends of a legend that explains the states of units.
const LEGEND: &str = "
Legend: LOAD   \u{2192} Reflects whether the unit definition was properly loaded.
        ACTIVE \u{2192} The high-level unit activation state, i.e. generalization of SUB.
        SUB    \u{2192} The low-level unit activation state, values depend on unit type.
";

fn named(patterns: &[String], name: &str) -> bool {
    let fits = |p: &String| crate::ssh::shell::pattern::matches(p, name) || whole_name(p) == name;
    patterns.is_empty() || patterns.iter().any(fits)
}

/// `list-units` and `list-unit-files`.
pub(super) fn list(call: &mut Call<'_, '_>, verb: &str, patterns: &[String], options: &Options) -> Done {
    let state = if options.has("failed") { Some("failed") } else { options.value("state") };
    let kind = options.value("t").map(str::to_owned);
    let units = call.sys.machine.units.clone();
    let fits = |name: &str, unit: &Unit| {
        let stated = match (verb, state) {
            ("list-unit-files", Some(state)) => state.split(',').any(|state| unit.enabled == state),
            (_, Some(state)) => state.split(',').any(|state| unit.active == state || unit.sub == state),
            ("list-units", None) => options.has("a") || unit.active != "inactive",
            _ => true,
        };
        named(patterns, name)
            && stated
            && kind.as_ref().is_none_or(|kind| kind.split(',').any(|kind| name.ends_with(&format!(".{kind}"))))
    };
    let found: Vec<(&String, &Unit)> = units.all.iter().filter(|(name, unit)| fits(name, unit)).collect();
    let legend = !options.has("nl") && options.value("legend") != Some("false");
    let wide =
        |least: usize, text: fn(&(&String, &Unit)) -> usize| found.iter().map(text).max().unwrap_or(0).max(least);
    if verb == "list-unit-files" {
        let width = wide(9, |(name, _)| name.len());
        if legend {
            call.line(&format!("{:<width$} STATE    PRESET", "UNIT FILE"));
        }
        for (name, unit) in &found {
            call.line(&format!("{name:<width$} {:<8} enabled", unit.enabled));
        }
        if legend {
            call.line(&format!("\n{} unit files listed.", found.len()));
        }
        return Ok(0);
    }
    let (width, active, sub) =
        (wide(4, |(name, _)| name.len()), wide(6, |(_, unit)| unit.active.len()), wide(3, |(_, unit)| unit.sub.len()));
    let plain = options.has("plain");
    if legend {
        let lead = if plain { "" } else { "  " };
        call.line(&format!("{lead}{:<width$} LOAD   {:<active$} {:<sub$} DESCRIPTION", "UNIT", "ACTIVE", "SUB"));
    }
    for (name, unit) in &found {
        let lead = match unit.active.as_str() {
            _ if plain => "",
            "failed" => "\u{25cf} ",
            _ => "  ",
        };
        let load = if unit.enabled == "masked" { "masked" } else { "loaded" };
        call.line(&format!(
            "{lead}{name:<width$} {load} {:<active$} {:<sub$} {}",
            unit.active, unit.sub, unit.description
        ));
    }
    if legend {
        if found.is_empty() {
            call.line("\n0 loaded units listed.");
        } else {
            let all = options.has("a") || state.is_some();
            let more = if all { "" } else { " Pass --all to see loaded but inactive units, too." };
            call.line(&format!("{LEGEND}\n{} loaded units listed.{more}", found.len()));
        }
        if !options.has("failed") && state.is_none() {
            call.line("To show all installed unit files use 'systemctl list-unit-files'.");
        }
    }
    Ok(0)
}

/// A span of time as lists of timers have it: its largest parts.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}min", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `list-timers`.
pub(super) fn timers(call: &mut Call<'_, '_>, patterns: &[String], options: &Options) -> Done {
    let (units, now) = (call.sys.machine.units.clone(), call.sys.now());
    let fits = |name: &str, unit: &Unit| {
        name.ends_with(".timer") && named(patterns, name) && (options.has("a") || unit.active == "active")
    };
    let stamp = |at: Duration| dates::shown("%a %Y-%m-%d %H:%M:%S UTC", at);
    let mut rows = vec![["NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES"].map(str::to_owned)];
    for (name, unit) in units.all.iter().filter(|(name, unit)| fits(name, unit)) {
        let service = name.replace(".timer", ".service");
        let last = units.all.get(&service).map(|unit| unit.since).filter(|since| !since.is_zero());
        let next = unit.until.filter(|_| unit.active == "active");
        rows.push([
            next.map_or_else(|| "-".to_owned(), stamp),
            next.map_or_else(|| "-".to_owned(), |at| span(at.saturating_sub(now))),
            last.map_or_else(|| "-".to_owned(), stamp),
            last.map_or_else(|| "-".to_owned(), |at| format!("{} ago", span(now.saturating_sub(at)))),
            name.clone(),
            service,
        ]);
    }
    let legend = !options.has("nl") && options.value("legend") != Some("false");
    let count = rows.len() - 1;
    let width = |at: usize| rows.iter().map(|row| row[at].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    for row in rows.iter().skip(usize::from(!legend || count == 0)) {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        call.line(cells.join(" ").trim_end());
    }
    if legend {
        call.line(&format!("\n{count} timers listed."));
        if !options.has("a") {
            call.line("Pass --all to see loaded but inactive timers, too.");
        }
    }
    Ok(0)
}
