//! Reads YAML into values.
//!
//! Only `true` and `false` are booleans, as in YAML 1.2: `on`, `off`, `yes`, `no`, `y` and `n` are text. `kubectl` and
//! `helm` read those unquoted as booleans, which is why `yaml::text` always quotes them: what we write means the same
//! to everybody. Anchors and merge keys are resolved. A key that is a number or a boolean becomes text, as in JSON.

use std::collections::BTreeMap;
use std::fmt;

use runbook_model::value::DEPTH_MAX;
use runbook_model::{Failure, Value};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::options::{MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, Options, budget};

use crate::language::LIST_ITEMS_MAX;
use crate::primitives::pure::unreadable;

/// The most events one parse may meet, aliases followed: what stops a small text that unfolds into gigabytes.
const EVENTS_MAX: usize = 3 * LIST_ITEMS_MAX;

/// The value of the only document in `text`; nothing for an empty one.
pub(super) fn one(text: &str) -> Result<Value, Failure> {
    let Node(value) =
        serde_saphyr::from_str_with_options(text, options()).map_err(|trouble| failure(text, &trouble))?;
    Ok(value)
}

/// The values of all documents in `text`; those with nothing in them are left out.
pub(super) fn all(text: &str) -> Result<Vec<Value>, Failure> {
    let nodes: Vec<Node> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(|trouble| failure(text, &trouble))?;
    Ok(nodes.into_iter().map(|Node(value)| value).filter(|value| *value != Value::Unit).collect())
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: budget! { max_depth: DEPTH_MAX, max_events: EVENTS_MAX, max_nodes: EVENTS_MAX },
        strict_booleans: true,
        merge_keys: MergeKeyPolicy::Merge,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

fn failure(text: &str, trouble: &Error) -> Failure {
    let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let (line, column) = trouble.location().map_or((0, 0), |place| (at(place.line()), at(place.column())));
    match trouble {
        Error::MultipleDocuments { .. } => unreadable("YAML", text, line, column, "a second document begins here")
            .hint("read a text of several documents with `yaml::parse_all`"),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().map_or_else(|| "a key".to_owned(), |key| format!("the key `{key}`"));
            unreadable("YAML", text, line, column, &format!("{key} stands twice"))
        }
        _ => {
            let why = trouble.to_string();
            let why = why.split(" at line ").next().unwrap_or_default();
            unreadable("YAML", text, line, column, why)
        }
    }
}

/// A value as YAML says it, without the tags of our own JSON.
struct Node(Value);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader).map(Node)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Unit)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Unit)
    }
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "beyond 64 signed bits only a float can hold it")]
        Ok(i64::try_from(n).map_or(Value::Float(n as f64), Value::Int))
    }
    fn visit_f64<E>(self, x: f64) -> Result<Value, E> {
        Ok(Value::Float(x))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Node(item)) = from.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(Node(key)) = from.next_key()? {
            let key = match key {
                Value::Text(text) => text,
                Value::Unit => "null".to_owned(),
                Value::Bool(_) | Value::Int(_) | Value::Float(_) => key.to_string(),
                Value::Char(_) | Value::Blob(_) | Value::List(_) | Value::Map(_) => {
                    return Err(A::Error::custom("a list or a map cannot be a key"));
                }
            };
            let Node(item) = from.next_value()?;
            if map.insert(key.clone(), item).is_some() {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(text: &str) -> String {
        one(text).unwrap().to_string()
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_panics(text in ".*") {
            let _ = (one(&text), all(&text));
        }

        #[test]
        fn any_syntax_is_read_or_refused_and_never_panics(text in "[-\\[\\]{}:,&*<!|>'\"%?#~ \\n\\ta0.x]{0,60}") {
            let _ = (one(&text), all(&text));
        }
    }

    #[test]
    fn only_true_and_false_are_booleans() {
        assert_eq!(json("[true, False, on, off, yes, no, y, n]"), r#"[true,false,"on","off","yes","no","y","n"]"#);
    }

    #[test]
    fn anchors_and_merge_keys_are_resolved() {
        assert_eq!(json("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}"), r#"{"a":{"b":1,"c":2},"d":{"b":1,"c":3}}"#);
    }

    #[test]
    fn keys_that_are_no_text_become_text() {
        assert_eq!(json("80: a\ntrue: b\n~: c\non: d"), r#"{"80":"a","null":"c","on":"d","true":"b"}"#);
        assert!(one("1: a\n'1': b").is_err());
        assert!(one("? [a]\n: b").is_err());
    }

    #[test]
    fn documents_are_read_one_by_one_and_empty_ones_left_out() {
        assert_eq!(all("---\n---\na: 1\n---\n# nothing\n---\nb").unwrap().len(), 2);
        assert_eq!(all("").unwrap(), []);
        assert_eq!(one("").unwrap(), Value::Unit);
        let failure = one("a\n---\nb").unwrap_err();
        assert_eq!(failure.hints, ["read a text of several documents with `yaml::parse_all`"]);
    }

    #[test]
    fn what_cannot_be_read_is_pointed_at() {
        let failure = one("a: 1\nb: [1,\nc: 2").unwrap_err();
        assert_eq!(failure.what, "the YAML cannot be read at line 2, column 4: unclosed bracket '['");
        assert_eq!(failure.causes, ["line 2 is `b: [1,`"]);
        let twice = one("a: 1\na: 2").unwrap_err();
        assert_eq!(twice.what, "the YAML cannot be read at line 2, column 1: the key `a` stands twice");
    }

    #[test]
    fn a_small_text_that_unfolds_into_a_huge_value_is_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let list = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{list}]\n"));
        }
        assert!(one(&bomb).is_err());
        assert!(one(&"[".repeat(100_000)).is_err());
        assert!(one(&"- ".repeat(100_000)).is_err());
        assert!(one("&a [*a]").is_err());
    }
}
