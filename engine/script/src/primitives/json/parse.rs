//! `json::parse`: the value that a JSON text means.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::value::DEPTH_MAX;
use runbook_model::{Failure, Repeat, Value};

use crate::primitives::pure::{bad, give, unreadable};
use crate::value::to_dynamic;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "json::parse",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "any" }],
    options: &[],
    doc: r#"
        The value that a JSON text means.

        A number without fraction is a whole number, `1.0` stays a number with one; what does not fit in 64 bits becomes
        a number with fraction. `null` is `()`.

        ```rhai
        let pod = json::parse(`{"name": "db-0", "ports": [5432]}`);
        if pod.ports[0] != 5432 { throw pod; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("parse")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, parse(text).map(dynamic)));
}

fn dynamic(value: Value) -> Dynamic {
    to_dynamic(&value)
}

/// The value that `text` means.
pub(in crate::primitives) fn parse(text: &str) -> Result<Value, Failure> {
    let json: serde_json::Value = serde_json::from_str(text).map_err(|trouble| {
        let why = trouble.to_string();
        let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why);
        let failure = unreadable("JSON", text, trouble.line(), trouble.column().max(1), why);
        match why {
            "key must be a string" => {
                failure.hint("JSON has its keys in double quotes; `yaml::parse` takes them without")
            }
            _ => failure,
        }
    })?;
    if deeper_than(&json, DEPTH_MAX) {
        return Err(bad(format!("the JSON is nested deeper than {DEPTH_MAX} levels")));
    }
    Ok(Value::from_plain_json(json))
}

fn deeper_than(json: &serde_json::Value, levels: usize) -> bool {
    match json {
        serde_json::Value::Array(items) => levels == 0 || items.iter().any(|item| deeper_than(item, levels - 1)),
        serde_json::Value::Object(map) => levels == 0 || map.values().any(|item| deeper_than(item, levels - 1)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_panics(text in ".*") {
            let _ = parse(&text);
        }

        #[test]
        fn any_brackets_are_read_or_refused_and_never_panic(text in r#"[\[\]{}:,"0-9a-z.e-]{0,200}"#) {
            let _ = parse(&text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_pointed_at() {
        let failure = parse("{\n  \"a\": 1,\n  b\n}").unwrap_err();
        assert_eq!(failure.what, "the JSON cannot be read at line 3, column 3: key must be a string");
        assert_eq!(failure.causes, ["line 3 is `  b`"]);
        assert_eq!(failure.data, Some(Value::from([("line", Value::Int(3)), ("column", Value::Int(3))])));
    }

    #[test]
    fn whole_numbers_and_numbers_with_a_fraction_stay_what_they_are() {
        let list = |text| parse(text).unwrap();
        assert_eq!(list("[1, 1.0]"), Value::List(vec![Value::Int(1), Value::Float(1.0)]));
        assert_eq!(list("18446744073709551615"), Value::Float(18_446_744_073_709_551_615.0));
    }

    #[test]
    fn nesting_has_a_limit() {
        assert!(parse(&format!("{}{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX))).is_ok());
        assert!(parse(&format!("{}{}", "[".repeat(DEPTH_MAX + 1), "]".repeat(DEPTH_MAX + 1))).is_err());
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }
}
