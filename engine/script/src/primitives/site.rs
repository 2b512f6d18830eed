//! `site`: where the run acts.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use crate::bench::Answer;
use crate::frame::Frame;
use crate::site::Said;
use crate::value::to_dynamic;
use crate::word::{Form, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "site",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &[], gives: "a map" }],
    options: &[],
    doc: r#"
        Where the run acts: `#{name, machines, kubeconfig, context}`. The machines are maps, as `machine` gives them.

        It is what the file of `--site FILE` said when the run was begun, and the same on every resume that names no
        other. Without one its `name` is `"local"`, and it has no machines.

        ```rhai
        say(`acting on ${site().name}, which has ${site().machines.len()} machines`);
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("site").with_volatility(true).set_into_module(module, |ctx: NativeCallContext| site(&ctx));
}

fn site(ctx: &NativeCallContext) -> Answer {
    let frame = Frame::of(ctx)?;
    let hands = &frame.bench().hands;
    let aim = hands.aim();
    let machines = aim.site.iter().flat_map(|site| &site.machines);
    let machines = machines.map(|(name, described)| hands.found(name, described, &Said::default()).to_value());
    let text = |text: &Option<String>| text.clone().map_or(Value::Unit, Value::Text);
    Ok(to_dynamic(&Value::from([
        ("name", Value::from(aim.site.as_ref().map_or("local", |site| site.name.as_str()))),
        ("machines", Value::List(machines.collect())),
        ("kubeconfig", text(&aim.kubeconfig)),
        ("context", text(&aim.context)),
    ])))
}
