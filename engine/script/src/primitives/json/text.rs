//! `json::text`: the JSON text of a value.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use crate::primitives::pure::{bad, bounded, give, switch};
use crate::value::to_value;
use crate::word::{Form, Opt, Touches, Word};

/// The word. Not `json::print`: `print` is a reserved word of Rhai and cannot stand after `::`.
pub(in crate::primitives) const WORD: Word = Word {
    name: "json::text",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["value: any"], gives: "text" },
        Form { params: &["value: any", "options: map"], gives: "text" },
    ],
    options: &[Opt { name: "pretty", takes: "a boolean", doc: "one entry a line, indented by two" }],
    doc: r#"
        The JSON text of a value, on one line.

        Keys are sorted, so equal values give equal text. Bytes become base64; what is no finite number becomes text.

        ```rhai
        let value = #{ replicas: 3, name: "web" };
        if json::text(value) != `{"name":"web","replicas":3}` { throw json::text(value); }
        if json::parse(json::text(value, #{ pretty: true })) != value { throw "not the same"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("text")
        .set_into_module(module, |ctx: NativeCallContext, value: Dynamic| give(&ctx, text(&value, Map::new())));
    FuncRegistration::new("text").set_into_module(module, |ctx: NativeCallContext, value: Dynamic, options: Map| {
        give(&ctx, text(&value, options))
    });
}

fn text(value: &Dynamic, options: Map) -> Result<String, Failure> {
    let pretty = switch(&WORD, options, "pretty")?;
    let json = to_value(value)?.to_plain_json();
    let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) };
    bounded(text.map_err(|trouble| bad(format!("the value cannot be written as JSON: {trouble}")))?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse::parse;
    use super::*;
    use crate::primitives::samples::plain_value;
    use crate::value::to_dynamic;

    proptest! {
        #[test]
        fn a_value_survives_the_round_trip(value in plain_value(), pretty: bool) {
            let options = Map::from([("pretty".into(), pretty.into())]);
            prop_assert_eq!(parse(&text(&to_dynamic(&value), options).unwrap()).unwrap(), value);
        }
    }

    #[test]
    fn what_has_no_json_is_refused_with_its_path() {
        let function = Dynamic::from(rhai::FnPtr::new("f").unwrap());
        let failure = text(&Dynamic::from_array(vec![function]), Map::new()).unwrap_err();
        assert_eq!(failure.what, "[0]: a function cannot be stored");
    }
}
