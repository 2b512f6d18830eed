//! An object of a list, kept as the text the server sent until something of it is asked.
//!
//! Fifty thousand pods as maps take many times the memory of their text, and a runbook looks at two keys of each.
//! Promises: to a script it is a map: what it reads, compares, prints and stores is what the map would have; writing to
//! one makes a map of that one. Never: keeps more than one object in both forms, for each thread.

use std::cell::RefCell;
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, ImmutableString, Map};
use runbook_drivers::kube::Objects;
use runbook_model::Value;

use crate::value::to_dynamic;

/// An object of a list.
#[derive(Clone)]
pub struct Listed(Form);

#[derive(Clone)]
enum Form {
    /// As the server sent it.
    Kept { list: Arc<Objects>, at: usize },
    /// As a script has changed it.
    Made(Map),
}

thread_local! {
    /// The object that was asked last: a closure asks several things of one before it goes on to the next.
    static LAST: RefCell<Option<(Arc<Objects>, usize, Map)>> = const { RefCell::new(None) };
}

/// The objects of a list, each kept as it is.
pub fn all(list: Objects) -> Array {
    let list = Arc::new(list);
    (0..list.len()).map(|at| Dynamic::from(Listed(Form::Kept { list: Arc::clone(&list), at }))).collect()
}

impl Listed {
    /// The bytes of its text and what it holds, for what has to keep it; nothing for one that a script has changed.
    pub fn kept(&self) -> Option<(usize, Value)> {
        match &self.0 {
            Form::Kept { list, at } => Some((list.text(*at).map_or(0, str::len), list.get(*at)?)),
            Form::Made(_) => None,
        }
    }

    /// Looks at it as a map.
    pub fn with<T>(&self, look: impl FnOnce(&Map) -> T) -> T {
        let (list, at) = match &self.0 {
            Form::Made(map) => return look(map),
            Form::Kept { list, at } => (list, *at),
        };
        LAST.with_borrow_mut(|last| match last {
            Some((known, of, map)) if Arc::ptr_eq(known, list) && *of == at => look(map),
            last => {
                let object = list.get(at).map(|object| to_dynamic(&object)).unwrap_or_default();
                let (_, _, map) = last.insert((Arc::clone(list), at, object.try_cast().unwrap_or_default()));
                look(map)
            }
        })
    }

    /// It as a map of its own.
    pub fn to_map(&self) -> Map {
        self.with(Map::clone)
    }

    /// What is at a key; nothing where it has none.
    fn get(&self, key: &str) -> Dynamic {
        self.with(|map| map.get(key).cloned().unwrap_or_default())
    }

    fn set(&mut self, key: &str, value: Dynamic) {
        let mut map = self.to_map();
        map.insert(key.into(), value);
        self.0 = Form::Made(map);
    }

    /// Whether it holds the same as another.
    pub fn same(&self, other: &Self) -> bool {
        if let (Form::Kept { list, at }, Form::Kept { list: others, at: of }) = (&self.0, &other.0)
            && Arc::ptr_eq(list, others)
        {
            return at == of;
        }
        let (map, others) = (self.to_map(), other.to_map());
        text(&map) == text(&others)
    }
}

/// A map as Rhai prints it, which tells apart all that comes from a cluster.
fn text(map: &Map) -> String {
    format!("{:?}", Dynamic::from_map(map.clone()))
}

/// Teaches `engine` what a script may do with one.
pub fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Listed>("map");
    engine.register_indexer_get(|of: &mut Listed, key: ImmutableString| of.get(&key));
    engine.register_indexer_set(|of: &mut Listed, key: ImmutableString, value: Dynamic| of.set(&key, value));
    engine.register_fn("get", |of: &mut Listed, key: ImmutableString| of.get(&key));
    engine.register_fn("set", |of: &mut Listed, key: ImmutableString, value: Dynamic| of.set(&key, value));
    engine
        .register_fn("contains", |of: &mut Listed, key: ImmutableString| of.with(|map| map.contains_key(key.as_str())));
    engine.register_fn("len", |of: &mut Listed| of.with(|map| i64::try_from(map.len()).unwrap_or(i64::MAX)));
    engine.register_fn("is_empty", |of: &mut Listed| of.with(Map::is_empty));
    engine.register_fn("keys", |of: &mut Listed| {
        of.with(|map| map.keys().map(|key| key.as_str().into()).collect::<Array>())
    });
    engine.register_fn("values", |of: &mut Listed| of.with(|map| map.values().cloned().collect::<Array>()));
    engine.register_fn("to_string", |of: &mut Listed| of.with(text));
    engine.register_fn("to_debug", |of: &mut Listed| of.with(text));
    engine.register_fn("remove", |of: &mut Listed, key: ImmutableString| {
        let mut map = of.to_map();
        let gone = map.remove(key.as_str()).unwrap_or_default();
        of.0 = Form::Made(map);
        gone
    });
    engine.register_fn("+", |of: Listed, more: Map| {
        let mut map = of.to_map();
        map.extend(more);
        map
    });
    engine.register_fn("==", |a: Listed, b: Listed| a.same(&b));
    engine.register_fn("!=", |a: Listed, b: Listed| !a.same(&b));
    engine.register_fn("==", |a: Listed, b: Map| a.with(|map| text(map) == text(&b)));
    engine.register_fn("!=", |a: Listed, b: Map| a.with(|map| text(map) != text(&b)));
    engine.register_fn("==", |a: Map, b: Listed| b.with(|map| text(map) == text(&a)));
    engine.register_fn("!=", |a: Map, b: Listed| b.with(|map| text(map) != text(&a)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(script: &str) -> Dynamic {
        let pod = |name: &str, phase: &str| {
            format!(r#"{{"metadata":{{"name":"{name}","labels":{{"app":"web"}}}},"status":{{"phase":"{phase}"}}}}"#)
        };
        let list = Objects::of("v1", "Pod", [pod("a", "Running"), pod("b", "Pending")]);
        let mut engine = crate::language::engine();
        engine.set_strict_variables(false);
        let mut scope = rhai::Scope::new();
        scope.push("pods", all(list));
        engine.eval_with_scope::<Dynamic>(&mut scope, script).unwrap_or_else(|trouble| panic!("{script}: {trouble}"))
    }

    #[test]
    fn a_script_cannot_tell_it_from_a_map() {
        for (script, expected) in [
            ("pods.len()", "2"),
            ("pods[0].metadata.name", "a"),
            ("pods[-1].status.phase", "Pending"),
            ("pods.filter(|p| p.status.phase == \"Running\").len()", "1"),
            ("pods.map(|p| p.metadata.name).join(\" \")", "a b"),
            ("let n = \"\"; for p in pods { n += p.metadata.labels[\"app\"]; } n", "webweb"),
            ("pods[0][\"kind\"]", "Pod"),
            ("pods[0].kind", "Pod"),
            ("pods[0].nothing == ()", "true"),
            ("pods[0]?.nothing?.at?.all == ()", "true"),
            ("\"status\" in pods[0]", "true"),
            ("pods[0].keys().len()", "4"),
            ("type_of(pods[0])", "map"),
            ("pods[0] == pods[0] && pods[0] != pods[1]", "true"),
            ("pods[0] in pods", "true"),
            ("let p = pods[0]; p.metadata.name = \"c\"; p.metadata.name + pods[0].metadata.name", "ca"),
            ("let p = pods[0]; p.extra = 1; p.extra + p.len()", "6"),
            ("pods[0].metadata.name = \"d\"; pods[0].metadata.name", "d"),
            ("let p = pods[0] + #{ extra: 1 }; p.extra", "1"),
            ("`${pods[1]}`.contains(\"Pending\")", "true"),
            ("pods.sort(|a, b| if a.metadata.name > b.metadata.name { -1 } else { 1 }); pods[0].metadata.name", "b"),
            ("let p = pods[0]; p.remove(\"status\"); p.status == ()", "true"),
            ("switch pods[0].status.phase { \"Running\" => 1, _ => 2 }", "1"),
        ] {
            assert_eq!(asked(script).to_string(), expected, "{script}");
        }
    }

    #[test]
    fn what_keeps_one_keeps_the_map() {
        let kept = crate::value::to_value(&asked("pods")).unwrap();
        let made = crate::value::to_value(&asked("pods.map(|p| p + #{})")).unwrap();
        assert_eq!(kept, made);
        let changed = crate::value::to_value(&asked("let p = pods[0]; p.x = 1; [p]")).unwrap();
        assert!(changed.to_string().contains("\"x\""), "{changed}");
    }
}
