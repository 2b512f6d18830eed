//! `ssh::sysctl`: a setting of a machine's kernel.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::Called;
use crate::bench::{Answer, allow};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::sysctl",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "name: text"], gives: "text, or nothing" }],
    options: &[],
    doc: r#"
        A setting of a machine's kernel as it is now; nothing, `()`, where the kernel does not have it.

        It needs leave, `ssh = ["sysctl NAME"]`.

        ```rhai
        let kind = ssh::sysctl("m0", "kernel.ostype");
        if kind != "Linux" { throw `it is ${kind}`; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("sysctl").with_volatility(true).set_into_module(module, sysctl);
}

fn sysctl(ctx: NativeCallContext, machine: Dynamic, name: &str) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[name.into()], Map::new())?;
    allow(&ctx, "ssh", "sysctl", name)?;
    let name = name.to_owned();
    called.read(&name.clone(), |remote| async move {
        let mut known = remote.sysctls(&[&name]).await?;
        Ok(known.remove(&name).map_or(Value::Unit, Value::Text))
    })
}
