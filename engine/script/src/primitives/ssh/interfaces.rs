//! `ssh::interfaces`: the network interfaces of a machine.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::Called;
use crate::bench::{Answer, allow};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::interfaces",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map"], gives: "list of maps" }],
    options: &[],
    doc: r#"
        The network interfaces of a machine, as `ssh::facts` has them: `#{name, state, carrier, mtu, mac, driver, …}`.

        It needs leave, `ssh = ["facts"]`.

        ```rhai
        let up = ssh::interfaces("m0").filter(|one| one.state == "up").map(|one| one.name);
        say(up.join(", "));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("interfaces").with_volatility(true).set_into_module(module, interfaces);
}

fn interfaces(ctx: NativeCallContext, machine: Dynamic) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[], Map::new())?;
    allow(&ctx, "ssh", "facts", &called.found.machine.name)?;
    called.read("", |remote| async move { remote.interfaces().await })
}
