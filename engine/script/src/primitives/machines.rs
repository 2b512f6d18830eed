//! `machines`: the machines of the site, or those with certain labels.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, Value};

use crate::bench::Answer;
use crate::frame::{Frame, fail};
use crate::site::{Said, Selector};
use crate::value::to_dynamic;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "machines",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &[], gives: "a list of maps" },
        Form { params: &["labels: map"], gives: "a list of maps" },
        Form { params: &["labels: text"], gives: "a list of maps" },
    ],
    options: &[],
    doc: r#"
        The machines of the site, in the order of their names; with labels, those that have them.

        Labels are a map, `#{ pool: "blue" }`, or text as Kubernetes takes it, `"pool=blue,!old"`. That none has them is
        an empty list. Without a site (`--site FILE`) it fails.

        ```rhai
        let blue = machines(#{ pool: "blue" });
        if blue.len() > machines().len() { throw "more than all"; }
        say(blue.map(|m| m.name).join(", "));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("machines")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext| machines(&ctx, Ok(Selector::default())));
    FuncRegistration::new("machines").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, labels: Map| {
            let selector = Selector::of_map(&WORD, &labels);
            machines(&ctx, selector)
        },
    );
    FuncRegistration::new("machines").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, labels: &str| {
            let selector = Selector::of_text(&WORD, labels);
            machines(&ctx, selector)
        },
    );
}

fn machines(ctx: &NativeCallContext, selector: Result<Selector, Failure>) -> Answer {
    let frame = Frame::of(ctx)?;
    let hands = &frame.bench().hands;
    let chosen = selector.and_then(|selector| {
        let chosen = hands.site(&WORD)?.machines.iter().filter(|(_, machine)| selector.chooses(&machine.labels));
        let values = chosen.map(|(name, machine)| hands.found(name, machine, &Said::default()).to_value());
        Ok::<Dynamic, Failure>(to_dynamic(&Value::List(values.collect())))
    });
    chosen.map_err(|failure| fail(ctx, &failure))
}
