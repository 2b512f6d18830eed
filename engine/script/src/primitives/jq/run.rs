//! Runs a compiled filter within its limits, on a thread of its own whose stack we know.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use jaq_core::{Ctx, Filter, Vars};
use jaq_json::{Map as Object, Num, Val};
use runbook_model::value::{BYTES_MAX, DEPTH_MAX};
use runbook_model::{Failure, Value};

use super::filter::compiled;
use super::limits::{Meter, Metered, STACK_BYTES, Spent, spent};
use crate::primitives::pure::{bad, shown};

/// The most outputs a filter may give.
const OUTPUTS_MAX: usize = 100_000;

/// What a filter is run on.
pub(super) struct Question<'q> {
    /// The filter.
    pub(super) code: &'q str,
    /// Its input.
    pub(super) input: Value,
    /// Its variables, by name with the `$`.
    pub(super) variables: Vec<(String, Value)>,
    /// Whether only the first output is wanted.
    pub(super) first: bool,
}

/// The outputs of the filter, in order.
pub(super) fn outputs(question: Question<'_>) -> Result<Vec<Value>, Failure> {
    // One at a time: the stack of each is large, and evaluation would not gain from company.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let run = || catch_unwind(AssertUnwindSafe(|| answer(&question)));
    let ended = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run);
        thread.map(|thread| thread.join().and_then(|ended| ended))
    });
    let code = shown(question.code);
    let ended = ended.map_err(|trouble| bad(format!("no thread for the filter {code}: {trouble}")).retryable())?;
    ended.unwrap_or_else(|carried| {
        Err(match spent(&*carried) {
            Some(Spent::Terms) => bad(format!("the filter {code} does too much: it seems to go on without end"))
                .hint("bound it, for example with `limit(100; …)`"),
            Some(Spent::Stack) => bad(format!("the filter {code} nests too deep: it seems to call itself without end")),
            None => bad(format!("the filter {code} cannot be run: the jq engine gave up on it")),
        })
    })
}

fn answer(question: &Question<'_>) -> Result<Vec<Value>, Failure> {
    let names: Vec<String> = question.variables.iter().map(|(name, _)| name.clone()).collect();
    let filter: &Filter<Metered> = &*compiled(question.code, &names)?;
    let meter = Meter::new(&filter.lut, &question.input);
    let variables = Vars::new(question.variables.iter().map(|(_, value)| to_val(value)));
    let context = Ctx::<Metered>::new(&meter, variables);
    let code = shown(question.code);
    let mut given = Vec::new();
    let mut left = BYTES_MAX;
    for output in filter.id.run((context, to_val(&question.input))) {
        let output = output.map_err(|stopped| match stopped.get_err() {
            Ok(error) => bad(format!("the filter {code} failed: {error}")),
            Err(_) => bad(format!("the filter {code} broke off")),
        })?;
        if given.len() == OUTPUTS_MAX {
            return Err(bad(format!("the filter {code} gives more than {OUTPUTS_MAX} outputs"))
                .hint("bound it, for example with `limit(100; …)`"));
        }
        given
            .push(from_val(&output, 0, &mut left).map_err(|why| bad(format!("an output of the filter {code} {why}")))?);
        if question.first {
            break;
        }
    }
    Ok(given)
}

/// A value as jaq has it.
pub(super) fn to_val(value: &Value) -> Val {
    match value {
        Value::Unit => Val::Null,
        Value::Bool(b) => Val::Bool(*b),
        Value::Int(n) => Val::Num(Num::from_integral(*n)),
        Value::Float(x) => Val::Num(Num::Float(*x)),
        Value::Char(c) => Val::utf8_str(c.to_string()),
        Value::Text(text) => Val::utf8_str(text.clone()),
        Value::Blob(bytes) => Val::byte_str(bytes.clone()),
        Value::List(items) => items.iter().map(to_val).collect(),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, item)| (Val::utf8_str(key.clone()), to_val(item)));
            Val::obj(entries.collect::<Object>())
        }
    }
}

fn from_val(val: &Val, depth: usize, left: &mut usize) -> Result<Value, String> {
    let mut cost = |bytes: usize| -> Result<(), String> {
        *left = left.checked_sub(bytes + 2).ok_or_else(|| format!("is larger than {} MiB", BYTES_MAX >> 20))?;
        Ok(())
    };
    if depth > DEPTH_MAX {
        return Err(format!("is nested deeper than {DEPTH_MAX} levels"));
    }
    cost(0)?;
    Ok(match val {
        Val::Null => Value::Unit,
        Val::Bool(b) => Value::Bool(*b),
        Val::Num(Num::Int(n)) => i64::try_from(*n).map_err(|_| "is too large a number".to_owned())?.into(),
        Val::Num(Num::Float(x)) => Value::Float(*x),
        Val::Num(number) => {
            Value::Float(number.to_string().parse().map_err(|_| "is a number that cannot be kept".to_owned())?)
        }
        Val::BStr(bytes) => {
            cost(bytes.len())?;
            Value::Blob(bytes.to_vec())
        }
        Val::TStr(text) => {
            cost(text.len())?;
            Value::Text(String::from_utf8_lossy(text).into_owned())
        }
        Val::Arr(items) => {
            Value::List(items.iter().map(|item| from_val(item, depth + 1, left)).collect::<Result<_, _>>()?)
        }
        Val::Obj(object) => {
            let entry = |(key, item): (&Val, &Val)| match key {
                Val::TStr(key) => Ok((String::from_utf8_lossy(key).into_owned(), from_val(item, depth + 1, left)?)),
                other => Err(format!("has the key `{other}`, which is no text")),
            };
            Value::Map(object.iter().map(entry).collect::<Result<_, String>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::primitives::samples::plain_value;

    fn run(code: &str, input: Value) -> Result<Vec<Value>, Failure> {
        outputs(Question { code, input, variables: Vec::new(), first: false })
    }

    proptest! {
        #[test]
        fn identity_gives_any_value_back(value in plain_value()) {
            prop_assert_eq!(run(".", value.clone()).unwrap(), [value]);
        }
    }

    #[test]
    fn a_filter_without_end_is_stopped() {
        for endless in [
            "[range(1e12)]",
            "last(range(1e12))",
            "[limit(1e12; repeat(1))]",
            "last(repeat(1))",
            "def f: f; f",
            "until(false; .)",
            "reduce repeat(1) as $x (0; . + 1)",
            "[range(0; 1; 0)]",
        ] {
            let failure = run(endless, Value::Unit).unwrap_err();
            assert!(failure.what.contains("go on without end"), "{endless}: {failure}");
        }
        assert!(run("range(1e12)", Value::Unit).unwrap_err().what.contains("more than 100000 outputs"));
    }

    #[test]
    fn a_filter_without_bottom_is_stopped() {
        for deep in ["def f: 1 + f; f", "def f: [f]; f", "[recurse([.])] | length", "def f(g): f(g | .); f(.)"] {
            let failure = run(deep, Value::Unit).unwrap_err();
            assert!(failure.what.contains("without end"), "{deep}: {failure}");
        }
        let brackets = Value::from("[".repeat(100_000));
        assert!(run("fromjson", brackets).is_err());
    }

    #[test]
    fn only_what_is_asked_for_is_computed() {
        let first = Question { code: "repeat(1)", input: Value::Unit, variables: Vec::new(), first: true };
        assert_eq!(outputs(first).unwrap(), [Value::Int(1)]);
    }

    #[test]
    fn numbers_keep_their_kind() {
        let given = run(
            ".[0], .[1], .[0] + .[0], 1e1, 10000000000000000000",
            Value::List(vec![Value::Int(i64::MAX), Value::Float(1.0)]),
        );
        let given = given.unwrap();
        assert_eq!(given[..2], [Value::Int(i64::MAX), Value::Float(1.0)]);
        assert!(given[2..].iter().all(|x| matches!(x, Value::Float(_))), "{given:?}");
    }

    #[test]
    fn a_failure_of_the_filter_says_what_it_met() {
        let failure = run(".a", Value::from("text")).unwrap_err();
        assert_eq!(failure.what, "the filter `.a` failed: cannot index \"text\" with \"a\"");
        assert_eq!(run("error(\"no\")", Value::Unit).unwrap_err().what, "the filter `error(\"no\")` failed: \"no\"");
        assert!(run("{(1): 2}", Value::Unit).is_err());
        assert!(run("break $x", Value::Unit).is_err());
    }
}
