//! `ssh::facts`: what a machine is like.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::Called;
use crate::bench::{Answer, allow};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::facts",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map"], gives: "map" }],
    options: &[],
    doc: r#"
        What a machine is like, in one round trip: kernel and its configuration, processors, memory, disks, clock, units,
        settings, interfaces, routes, filters and what attaches to them, and the folders of its container network.

        What the machine does not have, or does not show to whom it is reached as, is left out and never guessed: ask with
        `facts.contains("iptables")`. It needs leave, `ssh = ["facts"]`.

        ```rhai
        let facts = ssh::facts("m0");
        say(`${facts.kernel} on ${facts.architecture}, ${facts.cpus} processors`);
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("facts").with_volatility(true).set_into_module(module, facts);
}

fn facts(ctx: NativeCallContext, machine: Dynamic) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[], Map::new())?;
    allow(&ctx, "ssh", "facts", &called.found.machine.name)?;
    called.read("", |remote| async move { remote.facts().await })
}
