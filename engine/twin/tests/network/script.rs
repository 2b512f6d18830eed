//! A written state: machines, commands, servers and probes, one a line.

use crate::place::Place;
use crate::probe::Question;
use std::net::Ipv4Addr;

/// What a line does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Command(String),
    Serve { tcp: bool, addr: Ipv4Addr, port: u16 },
    Probe(Question),
    Cable(bool),
}

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) text: String,
    pub(crate) place: Place,
    pub(crate) act: Act,
    /// The beginning of the answer, where the author says one.
    pub(crate) expected: Option<String>,
}

/// A state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) machines: Vec<String>,
    pub(crate) lines: Vec<Line>,
}

/// Reads a file; `== name` begins another state. A first part before any name belongs to all.
pub(crate) fn read(file: &str, text: &str) -> Vec<(String, Script)> {
    let mut common = Script::default();
    let mut states: Vec<(String, Script)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("== ") {
            states.push((format!("{file}: {name}"), common.clone()));
            continue;
        }
        let script = states.last_mut().map_or(&mut common, |(_, script)| script);
        line_into(script, number + 1, line)
            .unwrap_or_else(|| panic!("{file}.net:{}: cannot read `{line}`", number + 1));
    }
    if states.is_empty() {
        states.push((file.to_owned(), common));
    }
    states
}

/// Adds a line to a state.
pub(crate) fn line_into(script: &mut Script, number: usize, line: &str) -> Option<()> {
    if let Some(machines) = line.strip_prefix("machines ") {
        script.machines = machines.split_whitespace().map(str::to_owned).collect();
        return Some(());
    }
    let (asked, expected) = match line.split_once(" -> ") {
        Some((asked, expected)) if !line.contains(": ") || line.starts_with("probe ") => {
            (asked, Some(expected.trim().to_owned()))
        }
        _ => (line, None),
    };
    let words: Vec<&str> = asked.split_whitespace().collect();
    let (place, act) = match words.as_slice() {
        ["serve", place, transport, port] => {
            let (addr, port) = port.rsplit_once(':').unwrap_or(("0.0.0.0", port));
            let act = Act::Serve { tcp: *transport == "tcp", addr: addr.parse().ok()?, port: port.parse().ok()? };
            (*place, act)
        }
        ["probe", place, rest @ ..] => (*place, Act::Probe(Question::read(rest)?)),
        ["cut", place] => (*place, Act::Cable(false)),
        ["plug", place] => (*place, Act::Cable(true)),
        _ => {
            let (place, command) = asked.split_once(": ")?;
            (place, Act::Command(command.trim().to_owned()))
        }
    };
    let place = Place::read(place);
    script.machines.contains(&place.machine).then_some(())?;
    script.lines.push(Line { number, text: line.to_owned(), place, act, expected });
    Some(())
}
