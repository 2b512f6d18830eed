//! `ssh::unit`: how a unit of a machine's systemd stands.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::Called;
use crate::bench::{Answer, allow};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::unit",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "unit: text"], gives: "map" }],
    options: &[],
    doc: r#"
        How a unit of a machine's systemd stands: `#{load, active, sub, enabled, pid}`, in the words of `systemctl`.

        A unit that is not there has `load: "not-found"`. A machine without systemd fails with `ssh.service`. It needs
        leave, `ssh = ["service UNIT"]`.

        ```rhai
        let tried = attempt(|| ssh::unit("m0", "kubelet"));
        say(if tried.ok { tried.value.active } else { tried.error.what });
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("unit").with_volatility(true).set_into_module(module, unit);
}

fn unit(ctx: NativeCallContext, machine: Dynamic, name: &str) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[name.into()], Map::new())?;
    allow(&ctx, "ssh", "service", name.strip_suffix(".service").unwrap_or(name))?;
    let name = name.to_owned();
    called.read(&name.clone(), |remote| async move { Ok(remote.unit(&name).await?.to_value()) })
}
