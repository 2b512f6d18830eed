//! The programs that only the containers of agents have: `cilium-dbg` and `cilium-health` of Cilium's, `ovs-vsctl` and
//! `ovs-dpctl` of Antrea's.

use super::call::{Call, Done};
use super::{Command, once};

pub(super) const COMMANDS: &[Command] = &[
    once("cilium-dbg", "", run),
    once("cilium-health", "", run),
    once("ovs-dpctl", "", run),
    once("ovs-vsctl", "", run),
];

fn run(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    let (machine, _) = call.sys.machine.place_of(Some(call.sys.pid));
    let program = call.name.clone();
    let Some(world) = call.sys.machine.world() else { return call.unknown("an agent without a world") };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if world.machine(&machine).is_none() {
        // Whoever asks by `crictl` does so while the machine itself is at work.
        return call.unknown("an agent that is asked from its own machine; `kubectl exec` asks it");
    }
    match crate::cni::of_agent(world, &machine, &program, &words) {
        Some((out, err, code)) => {
            call.print(&out);
            call.err.extend(crate::machines::text::to_bytes(&err));
            Ok(code)
        }
        None => call.unknown(&format!("command `{}`", words.join(" "))),
    }
}
