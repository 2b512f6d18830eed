//! `ovs-vsctl` and `ovs-dpctl`, as the containers of Antrea have them.

use super::call::{Call, Done};
use super::{Command, once};

pub(super) const COMMANDS: &[Command] = &[once("ovs-dpctl", "", run), once("ovs-vsctl", "", run)];

fn run(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    let (machine, _) = call.sys.machine.place_of(Some(call.sys.pid));
    let program = call.name.clone();
    let Some(world) = call.sys.machine.world() else { return call.unknown("a bridge without a world") };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if world.machine(&machine).is_none() {
        // Whoever asks by `crictl` does so while the machine itself is at work.
        return call.unknown("a bridge that is asked from its own machine; `kubectl exec` asks it");
    }
    match crate::cni::ovs(world, &machine, &program, &words) {
        Some((out, err, code)) => {
            call.print(&out);
            call.err.extend(crate::machines::text::to_bytes(&err));
            Ok(code)
        }
        None => call.unknown(&format!("command `{}`", words.join(" "))),
    }
}
