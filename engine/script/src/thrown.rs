//! Between our failures and what a script throws and catches.

use rhai::{Dynamic, EvalAltResult, Map, Position};
use runbook_model::{Failure, Value, code};

use crate::value::{to_dynamic, to_value};

/// The keys of a thrown map that are the failure's own; all others are its `data`.
const OWN: [&str; 7] = ["code", "what", "causes", "retryable", "may_have_acted", "hints", "step"];

/// What a script's `catch` gets for `failure`, thrown at `at`.
pub fn throw(failure: &Failure, at: Position) -> Box<EvalAltResult> {
    EvalAltResult::ErrorRuntime(Dynamic::from_map(to_map(failure)), at).into()
}

/// The map a script sees of a failure: `#{code, what, causes, retryable, may_have_acted, hints}` and its data.
pub fn to_map(failure: &Failure) -> Map {
    let texts = |list: &[String]| Dynamic::from_array(list.iter().map(|text| text.as_str().into()).collect());
    let mut map = Map::new();
    if let Some(Value::Map(data)) = &failure.data {
        map.extend(data.iter().map(|(key, value)| (key.as_str().into(), to_dynamic(value))));
    }
    map.insert("code".into(), failure.code.as_str().into());
    map.insert("what".into(), failure.what.as_str().into());
    map.insert("causes".into(), texts(&failure.causes));
    map.insert("retryable".into(), failure.retryable.into());
    map.insert("may_have_acted".into(), failure.may_have_acted.into());
    map.insert("hints".into(), texts(&failure.hints));
    if let Some(step) = &failure.step {
        map.insert("step".into(), step.as_str().into());
    }
    map
}

/// The failure that a thrown value means; `throw "text"` and `throw #{…}` of a script included.
pub fn from_thrown(thrown: &Dynamic) -> Failure {
    if let Ok(text) = thrown.as_immutable_string_ref() {
        return Failure::new(code::SCRIPT_THROWN, text.as_str()).retryable();
    }
    let Ok(map) = thrown.as_map_ref() else {
        let what = to_value(thrown).map_or_else(|failure| failure.what, |value| value.to_string());
        return Failure::new(code::SCRIPT_THROWN, what).retryable();
    };
    let text = |key: &str| map.get(key).and_then(|v| v.as_immutable_string_ref().ok().map(|t| t.to_string()));
    let truth = |key: &str| map.get(key).and_then(|v| v.as_bool().ok());
    let texts = |key: &str| -> Vec<String> {
        let list = map.get(key).and_then(|v| v.as_array_ref().ok().map(|list| list.clone()));
        list.into_iter().flatten().map(|item| item.to_string()).collect()
    };
    let data: std::collections::BTreeMap<String, Value> = map
        .iter()
        .filter(|(key, _)| !OWN.contains(&key.as_str()))
        .filter_map(|(key, value)| Some((key.to_string(), to_value(value).ok()?)))
        .collect();
    let what = text("what").or_else(|| text("message"));
    Failure {
        code: text("code").or_else(|| text("kind")).unwrap_or_else(|| code::SCRIPT_THROWN.into()),
        what: what.unwrap_or_else(|| Value::Map(data.clone()).to_string()),
        causes: texts("causes"),
        // A script that says nothing of it throws something worth another try; a failure of ours says so itself.
        retryable: truth("retryable").unwrap_or(true),
        may_have_acted: truth("may_have_acted").unwrap_or(false),
        // Whoever throws has called nothing by that.
        acted: false,
        hints: texts("hints"),
        frames: Vec::new(),
        step: text("step").map(|step| runbook_model::Key::from_text(&step)),
        data: (!data.is_empty()).then_some(Value::Map(data)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_survives_being_thrown_caught_and_thrown_again() {
        let mut failure =
            Failure::new(code::LOCAL_EXIT, "`false` ended with 1").because("b").hint("c").may_have_acted();
        failure.data = Some(Value::from([("status", Value::Int(1))]));
        failure.step = Some(runbook_model::Key::from_text("a/b"));
        assert_eq!(from_thrown(&Dynamic::from_map(to_map(&failure))), failure);
    }

    #[test]
    fn text_that_a_script_throws_is_worth_another_try() {
        let failure = from_thrown(&"not ready".into());
        assert_eq!((failure.code.as_str(), failure.what.as_str()), (code::SCRIPT_THROWN, "not ready"));
        assert!(failure.retryable);
    }
}
