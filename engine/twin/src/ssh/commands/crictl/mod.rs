//! `crictl`: what the container runtime has, as the kubelet sees it, and what somebody does to it by hand.
//!
//! Promises: what is stopped or removed is, and the kubelet does about it what it always does; each verb takes the flags
//! the real one knows as far as they are modelled, and refuses the others.

mod act;
mod enter;
mod find;
mod inspect;
mod json;
mod list;
mod logs;
mod show;
mod stats;

use super::call::{Call, Done, Stop};
use super::options::Options;

/// The flags of a verb: letters, then long ones.
type Flags = (&'static str, &'static [(&'static str, &'static str)]);

/// What a verb does with its options.
type Act = fn(&mut Call<'_, '_>, &Options) -> Done;

/// A verb: its names, its flags, what it does.
struct Verb {
    names: &'static [&'static str],
    flags: Flags,
    act: Act,
}

const LIST: Flags = (
    "aqp:s:o:ln:v",
    &[
        ("all", "a"),
        ("quiet", "q"),
        ("name=", "name"),
        ("namespace=", "namespace"),
        ("pod=", "p"),
        ("state=", "s"),
        ("output=", "o"),
        ("id=", "id"),
        ("image=", "image"),
        ("label=", "label"),
        ("latest", "l"),
        ("last=", "n"),
        ("no-trunc", "no-trunc"),
        ("verbose", "v"),
    ],
);
const INSPECT: Flags = (
    "qo:p:s:ln:a",
    &[
        ("quiet", "q"),
        ("output=", "o"),
        ("template=", "template"),
        ("name=", "name"),
        ("namespace=", "namespace"),
        ("pod=", "p"),
        ("state=", "s"),
        ("id=", "id"),
        ("image=", "image"),
        ("label=", "label"),
        ("latest", "l"),
        ("last=", "n"),
        ("all", "a"),
    ],
);
const LOGS: Flags = (
    "ftpr",
    &[
        ("follow", "f"),
        ("tail=", "tail"),
        ("since=", "since"),
        ("timestamps", "t"),
        ("previous", "p"),
        ("limit-bytes=", "limit"),
    ],
);
const REMOVE: Flags = ("fak", &[("force", "f"), ("all", "a"), ("keep-logs", "k")]);
const IMAGES: Flags = (
    "qo:v",
    &[
        ("quiet", "q"),
        ("output=", "o"),
        ("digests", "digests"),
        ("no-trunc", "no-trunc"),
        ("verbose", "v"),
        ("prune", "prune"),
        ("all", "a"),
    ],
);
const STATS: Flags = (
    "ap:o:s:",
    &[("all", "a"), ("id=", "id"), ("pod=", "p"), ("output=", "o"), ("seconds=", "s"), ("label=", "label")],
);
const EXEC: Flags = ("sti", &[("sync", "s"), ("tty", "t"), ("interactive", "i"), ("timeout=", "timeout")]);

const VERBS: &[Verb] = &[
    Verb { names: &["ps"], flags: LIST, act: list::containers },
    Verb { names: &["pods"], flags: LIST, act: list::pods },
    Verb { names: &["images", "image", "img"], flags: IMAGES, act: list::images },
    Verb { names: &["inspect"], flags: INSPECT, act: inspect::containers },
    Verb { names: &["inspectp"], flags: INSPECT, act: inspect::pods },
    Verb { names: &["inspecti"], flags: INSPECT, act: inspect::images },
    Verb { names: &["logs"], flags: LOGS, act: logs::logs },
    Verb { names: &["exec"], flags: EXEC, act: enter::exec },
    Verb { names: &["stop"], flags: ("t:a", &[("timeout=", "t"), ("all", "a")]), act: act::stop },
    Verb { names: &["rm"], flags: REMOVE, act: act::remove },
    Verb { names: &["stopp"], flags: ("", &[]), act: act::stop_pods },
    Verb { names: &["rmp"], flags: REMOVE, act: act::remove_pods },
    Verb { names: &["rmi"], flags: IMAGES, act: act::remove_images },
    Verb { names: &["pull"], flags: ("", &[]), act: act::pull },
    Verb { names: &["stats"], flags: STATS, act: stats::containers },
    Verb { names: &["statsp"], flags: STATS, act: stats::pods },
    Verb { names: &["info"], flags: ("qo:", &[("quiet", "q"), ("output=", "o")]), act: inspect::info },
    Verb { names: &["version"], flags: ("", &[]), act: version },
];

/// Runs it with these words.
pub(super) fn crictl(call: &mut Call<'_, '_>) -> Done {
    let globals = [
        ("runtime-endpoint=", "r"),
        ("image-endpoint=", "i"),
        ("timeout=", "t"),
        ("config=", "c"),
        ("debug", "D"),
        ("version", "v"),
    ];
    let asked = call.options_first("r:i:t:c:Dv", &globals)?;
    if asked.has("v") {
        call.line("crictl version v1.34.0");
        return Ok(0);
    }
    let Some((verb, rest)) = asked.rest.split_first() else {
        return call.unknown("`crictl` alone");
    };
    let Some(known) = VERBS.iter().find(|known| known.names.contains(&verb.as_str())) else {
        return call.unknown(&format!("verb `{verb}`"));
    };
    let words = std::mem::replace(&mut call.args, rest.to_vec());
    // What comes behind the name of a container is a command with flags of its own.
    let options = if verb == "exec" {
        call.options_first(known.flags.0, known.flags.1)
    } else {
        call.options(known.flags.0, known.flags.1)
    };
    call.args = words;
    let options = options?;
    is_there(call)?;
    (known.act)(call, &options)
}

/// Ends where the runtime does not answer, or not this user.
pub(super) fn is_there(call: &mut Call<'_, '_>) -> Result<(), Stop> {
    if call.sys.me().cred.uid != 0 {
        let text = "validate service connection: validate CRI v1 runtime API: rpc error: code = Unavailable desc = connection \
                    error: desc = \"transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: \
                    permission denied\"";
        return fatal(call, text);
    }
    match call.sys.machine.containers.down.clone() {
        Some(why) => fatal(call, &why),
        None => Ok(()),
    }
}

/// Ends in the words of the program's log.
fn fatal<T>(call: &mut Call<'_, '_>, text: &str) -> Result<T, Stop> {
    call.fail_line(1, &format!("FATA[0000] {text}"))
}

/// Whether the output is one that is known; tells it.
fn form<'a>(call: &mut Call<'_, '_>, options: &'a Options, known: &[&str], usual: &'a str) -> Result<&'a str, Stop> {
    let asked = options.value("o").unwrap_or(usual);
    if known.contains(&asked) { Ok(asked) } else { call.unknown(&format!("output `{asked}`")) }
}

fn version(call: &mut Call<'_, '_>, _: &Options) -> Done {
    let version = runtime_version(call);
    call.print(&format!(
        "Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  {version}\nRuntimeApiVersion:  v1\n"
    ));
    Ok(0)
}

/// The version of the runtime, as its node tells it.
pub(super) fn runtime_version(call: &mut Call<'_, '_>) -> String {
    let name = call.sys.machine.name.clone();
    let node = call.sys.machine.world().and_then(|world| world.get("nodes", "", &name).cloned());
    let told = node.and_then(|node| {
        node["status"]["nodeInfo"]["containerRuntimeVersion"].as_str()?.strip_prefix("containerd://").map(str::to_owned)
    });
    format!("v{}", told.unwrap_or_else(|| "2.1.4".to_owned()))
}
