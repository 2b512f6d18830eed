//! `machine`: one machine, by its name or by its node.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, code};

use crate::bench::Answer;
use crate::frame::{Frame, fail};
use crate::options::Options;
use crate::register::of_value;
use crate::site::{Said, Wanted};
use crate::value::to_dynamic;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "machine",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["machine: text, or a node"], gives: "a map" },
        Form { params: &["machine: text, or a node", "options: map"], gives: "a map" },
    ],
    options: &[
        Opt { name: "address", takes: "text", doc: "what `ssh` is given to connect to" },
        Opt {
            name: "internal_ip",
            takes: "a boolean",
            doc: "whether a node that the site does not have is reached at its `InternalIP`",
        },
        Opt {
            name: "jump",
            takes: "text",
            doc: "the machines that are jumped over on the way, as `ssh -J` takes them",
        },
        Opt { name: "port", takes: "a whole number", doc: "the port" },
        Opt { name: "sudo", takes: "a boolean", doc: "whether what is done there is done through `sudo`" },
        Opt { name: "user", takes: "text", doc: "the user to log in as" },
    ],
    doc: r#"
        A machine: `#{name, address, user, port, sudo, node, labels}`. Nothing is connected yet.

        With a site, it is the machine of this name, or of this node, and one that the site does not have is refused.
        Without a site its name is what `ssh` would be given, so the user's own ssh configuration says the rest. A node
        of Kubernetes is looked for by its name; its `InternalIP` is used only where that is asked for. What the options
        say goes before what the site says.

        Every word of `ssh::` also takes the name itself, or a node.

        ```rhai
        let m = machine("m0", #{ user: "root" });
        if m.name != "m0" || m.user != "root" { throw m; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value(module, "machine", machine);
}

fn machine(ctx: &NativeCallContext, given: &Dynamic, options: Map) -> Answer {
    let frame = Frame::of(ctx)?;
    let hands = &frame.bench().hands;
    let found = wanted(given, options).and_then(|mut wanted| match hands.machine(&wanted) {
        Err(_) if wanted.internal_ip.is_some() => {
            wanted.said.address = wanted.internal_ip.clone();
            hands.machine(&wanted)
        }
        Ok(_) if wanted.internal_ip.is_some() && hands.aim().site.is_none() => {
            wanted.said.address = wanted.internal_ip.clone();
            hands.machine(&wanted)
        }
        found => found,
    });
    found.map(|found| to_dynamic(&found.to_value())).map_err(|failure| fail(ctx, &failure))
}

/// The machine that is meant, with an internal address only where that is asked for.
fn wanted(given: &Dynamic, options: Map) -> Result<Wanted, Failure> {
    let mut wanted = Wanted::read(&WORD, given)?;
    let options = Options::new(&WORD, options)?;
    let port = options.count("port")?.map(|port| {
        u16::try_from(port).ok().filter(|port| *port > 0).ok_or_else(|| {
            Failure::new(code::WORD_OPTION, format!("option `port` of `machine` takes 1 to 65535, not {port}"))
        })
    });
    let said = Said {
        address: options.text("address")?,
        user: options.text("user")?,
        port: port.transpose()?,
        jump: options.text("jump")?,
        sudo: options.truth("sudo")?,
    };
    let before = std::mem::take(&mut wanted.said);
    wanted.said = Said {
        address: said.address.or(before.address),
        user: said.user.or(before.user),
        port: said.port.or(before.port),
        jump: said.jump.or(before.jump),
        sudo: said.sudo.or(before.sudo),
    };
    if !options.truth("internal_ip")?.unwrap_or(false) {
        wanted.internal_ip = None;
    } else if wanted.internal_ip.is_none() {
        let what = format!("`{}` says no `InternalIP`", wanted.name);
        return Err(
            Failure::new(code::WORD_ARGUMENT, what).hint("give `machine` the node itself, as `kube::get` gives it")
        );
    }
    Ok(wanted)
}
