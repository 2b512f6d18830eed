//! `cilium-dbg` and `cilium-health`, as the containers of Cilium's agent have them.

use super::call::{Call, Done};
use super::{Command, once};

pub(super) const COMMANDS: &[Command] = &[once("cilium-dbg", "", run), once("cilium-health", "", run)];

fn run(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    let (machine, _) = call.sys.machine.place_of(Some(call.sys.pid));
    let Some(world) = call.sys.machine.world() else { return call.unknown("an agent without a world") };
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if call.name == "cilium-health" {
        words.insert(0, "health");
    }
    match crate::cni::cilium_dbg(world, &machine, &words) {
        Some((out, err, code)) => {
            call.print(&out);
            call.err.extend(crate::machines::text::to_bytes(&err));
            Ok(code)
        }
        None => call.unknown(&format!("command `{}`", words.join(" "))),
    }
}
