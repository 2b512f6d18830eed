//! Calls that the front matter's `needs` do not allow, where what they reach is written out.

use super::text::{Arg, Call};
use super::{Finding, Seen};
use crate::primitives::word;

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let needs = &seen.header.needs;
    for (file, body) in seen.text.reached() {
        for call in body.calls.iter().filter(|call| !call.is_method) {
            let Some(family) = word(&call.name).and_then(|word| word.needs) else { continue };
            let asked = asked(family, call).into_iter();
            for (action, target) in asked.filter(|(action, target)| !needs.allows(family, action, target)) {
                findings.push(seen.error(file, call.at, needs.refuse(family, action, target)));
            }
        }
    }
}

/// What a call asks leave for, where that is written out; what a probe may reach is known only in a run.
fn asked<'c>(family: &str, call: &'c Call) -> Vec<(&'c str, &'c str)> {
    let literal =
        |nth: usize| call.args.get(nth).and_then(|arg| if let Arg::Literal(text) = arg { Some(&**text) } else { None });
    let name = call.name.rsplit("::").next().unwrap_or(&call.name);
    let asks: &[(&str, usize)] = match (family, name) {
        ("file", "copy") => &[("read", 0), ("write", 1)],
        ("file", "write" | "remove" | "mkdir") => &[("write", 0)],
        ("file", _) => &[("read", 0)],
        ("local" | "http", _) => {
            return literal(0).filter(|target| !target.is_empty()).map(|target| (name, target)).into_iter().collect();
        }
        ("ssh", "run" | "query") => &[("run", 1)],
        ("ssh", "read" | "read_bytes" | "exists" | "stat" | "list" | "download") => &[("read", 1)],
        ("ssh", "write" | "mkdir" | "remove") => &[("write", 1)],
        ("ssh", "upload") => &[("write", 2)],
        ("ssh", "move") => &[("write", 1), ("write", 2)],
        ("ssh", "service" | "unit") => &[("service", 1)],
        ("ssh", "sysctl" | "set_sysctl") => &[("sysctl", 1)],
        ("ssh", "reboot") => &[("reboot", 0)],
        ("ssh", "facts" | "interfaces") => &[("facts", 0)],
        _ => &[],
    };
    let one = |(action, nth): &(&'c str, usize)| {
        let target = literal(*nth)?;
        let target = if *action == "service" { target.strip_suffix(".service").unwrap_or(target) } else { target };
        // Relative paths lie in the run's own folder, and need no leave; on a machine they are refused as they are.
        let is_path = ["read", "write"].contains(action);
        (!is_path || target.starts_with('/')).then_some((*action, target))
    };
    asks.iter().filter_map(one).collect()
}
