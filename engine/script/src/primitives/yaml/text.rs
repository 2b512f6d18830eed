//! `yaml::text`: the YAML text of a value.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, Value};
use serde::{Serialize, Serializer};
use serde_saphyr::{SerializerOptions, ser_options};

use crate::primitives::pure::{bad, bounded, give};
use crate::value::to_value;
use crate::word::{Form, Touches, Word};

/// The word. Not `yaml::print`: `print` is a reserved word of Rhai and cannot stand after `::`.
pub(in crate::primitives) const WORD: Word = Word {
    name: "yaml::text",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["value: any"], gives: "text" }],
    options: &[],
    doc: r#"
        The YAML text of a value: one document in block style, keys sorted.

        Equal values give equal text, and `yaml::parse` gives the value back. Text that some reader of YAML would take
        for a boolean, a number or a date is quoted. Bytes become base64 text.

        ```rhai
        let text = yaml::text(#{ replicas: 2, args: ["-v", "on"] });
        if text != "args:\n- -v\n- \"on\"\nreplicas: 2\n" { throw text; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("text").set_into_module(module, |ctx: NativeCallContext, value: Dynamic| {
        give(&ctx, to_value(&value).and_then(|value| text(&value)))
    });
}

/// The YAML text of `value`.
pub(in crate::primitives) fn text(value: &Value) -> Result<String, Failure> {
    let text = serde_saphyr::to_string_with_options(&Plain(value), options())
        .map_err(|trouble| bad(format!("the value cannot be written as YAML: {trouble}")))?;
    bounded(text)
}

fn options() -> SerializerOptions {
    // Folded lines read badly in a diff, and hide what a long value really is.
    ser_options! { folded_wrap_chars: usize::MAX }
}

/// A value without the tags of our own JSON; what is no finite number stays one, for YAML can say it.
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Float(x) => to.serialize_f64(*x),
            Value::List(items) => to.collect_seq(items.iter().map(Plain)),
            Value::Map(map) => to.collect_map(map.iter().map(|(key, item)| (key, Plain(item)))),
            other => other.to_plain_json().serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::read;
    use super::*;
    use crate::primitives::samples::plain_value;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn a_value_survives_the_round_trip(value in plain_value()) {
            let text = text(&value).unwrap();
            let back = read::one(&text).map_err(|failure| TestCaseError::fail(format!("{failure}\n{text}")))?;
            prop_assert_eq!(back, value, "{}", text);
        }
    }

    #[test]
    fn what_others_take_for_something_else_is_quoted() {
        for word in ["on", "No", "y", "off", "~", "null", "1", "1.0", "0o17", "1_000", "1:30", "2024-01-01", ".inf"] {
            let text = text(&Value::from(word)).unwrap();
            assert_eq!(text.trim_end(), format!("\"{word}\""));
        }
    }

    #[test]
    fn text_of_several_lines_is_a_block() {
        let script = Value::from([("script", Value::from("set -e\necho hi\n"))]);
        assert_eq!(text(&script).unwrap(), "script: |\n  set -e\n  echo hi\n");
    }

    #[test]
    fn what_is_no_finite_number_stays_one() {
        let text = text(&Value::List(vec![Value::Float(f64::INFINITY), Value::Float(f64::NAN)])).unwrap();
        assert_eq!(text, "- .inf\n- .nan\n");
    }
}
