//! `probe::compare`: what is worse than before.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, code};

use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::compare",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["before: list", "after: list"], gives: "map" }],
    options: &[],
    doc: r#"
        Compares answers with those of a baseline: `#{ok, detail, worse, unknown, missing, better, same}`.

        `worse` was so before and is not so now, `unknown` was so and could not be asked now, `missing` was so and was not
        asked. `ok` only where all three are empty: what could not be asked is no success. What was not so before and is
        not so now is the `same`, and no trouble of yours. A check takes the whole map.

        ```rhai
        let way = |ok, known| #{ from: "pod on n1", to: "pod on n2", kind: "pod", ok: ok, known: known, why: "", ms: 1 };
        if !probe::compare([way.call(true, true)], [way.call(true, true)]).ok { throw "it is the same"; }
        let lost = probe::compare([way.call(true, true)], [way.call(false, false)]);
        if lost.ok || lost.unknown.len() != 1 { throw lost.detail; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("compare").set_into_module(module, |ctx: NativeCallContext, before: Array, after: Array| {
        give(&ctx, compare(&before, &after).map(Dynamic::from_map))
    });
}

/// An answer, and by what it is found again.
pub(super) struct Read {
    pub(super) kind: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) ok: bool,
    pub(super) known: bool,
    pub(super) why: String,
    pub(super) ms: Option<i64>,
    whole: Dynamic,
}

/// The answers in a list; refuses what is none.
pub(super) fn read(answers: &Array) -> Result<Vec<Read>, Failure> {
    let one = |(nth, answer): (usize, &Dynamic)| {
        let wrong = || {
            let what = format!("number {} of the list is no answer of a probe", nth + 1);
            Failure::new(code::WORD_ARGUMENT, what).hint("give what a word of `probe::` gave, unchanged")
        };
        let map = answer.as_map_ref().map_err(|_| wrong())?;
        let text = |key: &str| map.get(key).and_then(|value| value.clone().into_string().ok());
        let truth = |key: &str| map.get(key).and_then(|value| value.as_bool().ok());
        let (Some(kind), Some(from), Some(to)) = (text("kind"), text("from"), text("to")) else { return Err(wrong()) };
        let (Some(ok), Some(known)) = (truth("ok"), truth("known")) else { return Err(wrong()) };
        let ms = map.get("ms").and_then(|value| value.as_int().ok());
        let why = text("why").unwrap_or_default();
        drop(map);
        Ok(Read { kind, from, to, ok: ok && known, known, why, ms, whole: answer.clone() })
    };
    answers.iter().enumerate().map(one).collect()
}

fn compare(before: &Array, after: &Array) -> Result<Map, Failure> {
    let (before, after) = (read(before)?, read(after)?);
    let key = |one: &Read| (one.kind.clone(), one.from.clone(), one.to.clone());
    let mut now: BTreeMap<_, Read> = after.into_iter().map(|one| (key(&one), one)).collect();
    let (mut worse, mut unknown, mut missing) = (Array::new(), Array::new(), Array::new());
    let (mut better, mut same, mut first) = (Array::new(), 0i64, None);
    for was in &before {
        let is = now.remove(&key(was));
        let lost = match &is {
            Some(is) if is.ok == was.ok => {
                same += 1;
                continue;
            }
            Some(is) if is.ok => {
                better.push(is.whole.clone());
                continue;
            }
            Some(is) if is.known => {
                worse.push(is.whole.clone());
                format!("{} from {} to {}: {}", is.kind, is.from, is.to, is.why)
            }
            Some(is) => {
                unknown.push(is.whole.clone());
                format!("{} from {} to {} is not known: {}", is.kind, is.from, is.to, is.why)
            }
            None if !was.ok => continue,
            None => {
                missing.push(was.whole.clone());
                format!("{} from {} to {} was not asked again", was.kind, was.from, was.to)
            }
        };
        first.get_or_insert(lost);
    }
    let ok = worse.is_empty() && unknown.is_empty() && missing.is_empty();
    let detail = match first {
        None => format!("{same} as before, {} better", better.len()),
        Some(first) => {
            let counts =
                format!("{} worse, {} not known, {} not asked again", worse.len(), unknown.len(), missing.len());
            format!("{counts}, of {}; the first: {first}", before.len())
        }
    };
    Ok(Map::from_iter([
        ("ok".into(), ok.into()),
        ("detail".into(), detail.into()),
        ("worse".into(), worse.into()),
        ("unknown".into(), unknown.into()),
        ("missing".into(), missing.into()),
        ("better".into(), better.into()),
        ("same".into(), Dynamic::from_int(same)),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(to: &str, ok: bool, known: bool) -> Dynamic {
        let texts = [("kind", "pod"), ("from", "n1"), ("to", to), ("why", "x")];
        let mut map: Map = texts.into_iter().map(|(key, text)| (key.into(), text.into())).collect();
        map.insert("ok".into(), ok.into());
        map.insert("known".into(), known.into());
        Dynamic::from_map(map)
    }

    #[test]
    fn what_cannot_be_asked_again_is_no_success() {
        let was =
            vec![answer("a", true, true), answer("b", true, true), answer("c", true, true), answer("d", false, true)];
        let is = vec![answer("a", true, true), answer("b", false, false), answer("d", true, true)];
        let found = compare(&was, &is).unwrap();
        assert_eq!(found["ok"].as_bool(), Ok(false));
        let count = |key: &str| found[key].as_array_ref().unwrap().len();
        assert_eq!([count("worse"), count("unknown"), count("missing"), count("better")], [0, 1, 1, 1]);
        assert!(found["detail"].to_string().contains("is not known"), "{}", found["detail"]);
    }

    #[test]
    fn an_answer_that_says_ok_of_what_is_not_known_is_not_believed() {
        let lie = vec![answer("a", true, false)];
        assert!(!read(&lie).unwrap()[0].ok);
        assert_eq!(read(&vec![Dynamic::ONE]).err().unwrap().code, code::WORD_ARGUMENT);
    }
}
