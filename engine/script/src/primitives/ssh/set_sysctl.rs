//! `ssh::set_sysctl`: changes a setting of a machine's kernel.

use std::sync::Arc;

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, Value, code};

use super::Called;
use crate::bench::{Answer, Bench, allow};
use crate::word::{Doing, Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::set_sysctl",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: Some("ssh::set_sysctl"),
    put_back: Some(put_back),
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "name: text", "value: text or number"], gives: "map" }],
    options: &[],
    doc: r#"
        Sets a setting of a machine's kernel, and gives `#{was, changed}`.

        It holds until the machine boots: what is to stay stands in a file of `/etc/sysctl.d` too. An undo sets it back,
        unless someone else has set it since. It needs leave, `ssh = ["sysctl NAME"]`.

        ```rhai
        let was = ssh::sysctl("m0", "net.ipv4.ip_forward");
        step("keep it as it is", || ssh::set_sysctl("m0", "net.ipv4.ip_forward", was));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("set_sysctl").with_volatility(true).set_into_module(module, set_sysctl);
}

fn set_sysctl(ctx: NativeCallContext, machine: Dynamic, name: &str, value: Dynamic) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[name.into(), value.clone()], Map::new())?;
    if !value.is_string() && !value.is_int() {
        let what = format!("`{}` takes text or a whole number for `{name}`", WORD.name);
        return Err(called.thrown(&Failure::new(code::WORD_ARGUMENT, what)));
    }
    allow(&ctx, "ssh", "sysctl", name)?;
    let (name, value) = (name.to_owned(), value.to_string());
    let (found, to) = (name.clone(), value.clone());
    called.change(
        &format!("{name} = {value}"),
        |remote| async move {
            let known = remote.sysctls(&[&found]).await?;
            let was = known.get(&found).map_or(Value::Unit, |was| Value::from(was.as_str()));
            Ok(Value::from([("name", Value::from(found.as_str())), ("was", was), ("to", Value::from(to.as_str()))]))
        },
        |remote| async move {
            let was = remote.set_sysctl(&name, &value).await?;
            let changed = Value::Bool(words(&was) != words(&value));
            Ok(Value::from([("was", Value::Text(was)), ("changed", changed)]))
        },
    )
}

/// The words of a setting: the kernel writes them apart in its own way.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Sets it back, unless it is neither what it was nor what we made it.
fn put_back(bench: Arc<Bench>, before: Value, _written: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move {
        let text = |key: &str| before.get(key).and_then(Value::as_text);
        let (Some(name), Some(was), Some(to)) = (text("name"), text("was"), text("to")) else { return Ok(()) };
        let remote = bench.hands.remote_of(before.get("machine"))?;
        let now = remote.sysctls(&[name]).await?.remove(name).unwrap_or_default();
        if words(&now) == words(was) {
            return Ok(());
        }
        if words(&now) != words(to) {
            let what = format!("`{name}` of `{}` was set to `{now}` since by someone else", remote.machine().name);
            return Err(Failure::new(code::SSH_TRAMPLED, what).hint("find out who did, then set it back by hand"));
        }
        remote.set_sysctl(name, was).await.map(|_| ())
    })
}
