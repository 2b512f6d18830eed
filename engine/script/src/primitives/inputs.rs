//! `inputs`: what the run was given.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use crate::bench::Answer;
use crate::frame::Frame;
use crate::value::to_dynamic;
use crate::word::{Form, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "inputs",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &[], gives: "a map" }],
    options: &[],
    doc: r#"
        The inputs of the run, by name, as the front matter describes them.

        They are recorded when the run is opened, and are the same on every resume.
        An input of type `secret` holds only where the secret lies; `secret(inputs().name)` reads it.

        ```rhai
        let given = inputs();
        if type_of(given) != "map" { throw given; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("inputs")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext| inputs(&ctx));
}

fn inputs(ctx: &NativeCallContext) -> Answer {
    let frame = Frame::of(ctx)?;
    let inputs = frame.bench().inputs.iter().map(|(name, value)| (name.as_str().into(), to_dynamic(value)));
    Ok(Dynamic::from_map(inputs.collect::<Map>()))
}
