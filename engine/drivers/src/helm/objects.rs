//! The objects of a manifest, and what two manifests differ in. Pure.

use std::collections::BTreeMap;

use runbook_model::value::DEPTH_MAX;
use runbook_model::{Failure, Value, code};
use serde_json::Value as Json;
use serde_saphyr::budget;

/// The most a text may unfold into: what stops a small one that means gigabytes.
const NODES_MAX: usize = 3_000_000;

/// What becomes of one object, or of the values.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The object, `Deployment shop/web`.
    pub object: String,
    /// `added`, `removed` or `changed`.
    pub how: &'static str,
    /// What changes in it; empty where all of it comes or goes.
    pub paths: Vec<Changed>,
}

/// One changed place.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The place, `spec.replicas`.
    pub path: String,
    /// What stands there now; nothing where nothing does.
    pub from: Json,
    /// What will stand there; nothing where nothing will.
    pub to: Json,
}

impl Difference {
    /// What a script gets of it.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("object", Value::Text(self.object.clone())),
            ("how", Value::Text(self.how.to_owned())),
            ("paths", Value::List(self.paths.iter().map(Changed::to_value).collect())),
        ])
    }
}

impl Changed {
    /// What a script gets of it.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("path", Value::Text(self.path.clone())),
            ("from", Value::from_plain_json(self.from.clone())),
            ("to", Value::from_plain_json(self.to.clone())),
        ])
    }
}

/// The YAML documents of `text`.
pub(super) fn documents(text: &str) -> Result<Vec<Json>, Failure> {
    let options = serde_saphyr::options! {
        budget: budget! { max_depth: DEPTH_MAX, max_events: NODES_MAX, max_nodes: NODES_MAX },
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|trouble| {
        Failure::new(code::HELM_CHART, "what helm rendered is not YAML that can be read").because(trouble.to_string())
    })
}

/// What the objects of `next` differ in from those of `now`, by object. An object whose place the manifest does not
/// say lies in `namespace`.
pub(super) fn differ(now: &str, next: &str, namespace: &str) -> Result<Vec<Difference>, Failure> {
    let (now, next) = (by_name(documents(now)?, namespace), by_name(documents(next)?, namespace));
    let mut found = Vec::new();
    for (object, old) in &now {
        match next.get(object) {
            None => found.push(Difference { object: object.clone(), how: "removed", paths: Vec::new() }),
            Some(new) => {
                let paths = changed(old, new);
                if !paths.is_empty() {
                    found.push(Difference { object: object.clone(), how: "changed", paths });
                }
            }
        }
    }
    let added = next.keys().filter(|object| !now.contains_key(*object));
    found.extend(added.map(|object| Difference { object: object.clone(), how: "added", paths: Vec::new() }));
    found.sort_by(|a, b| a.object.cmp(&b.object));
    Ok(found)
}

fn by_name(objects: Vec<Json>, namespace: &str) -> BTreeMap<String, Json> {
    let text = |object: &Json, path: &str| object.pointer(path).and_then(Json::as_str).map(str::to_owned);
    let objects = objects.into_iter().filter(Json::is_object);
    let named = objects.map(|object| {
        let kind = text(&object, "/kind").unwrap_or_default();
        let place = text(&object, "/metadata/namespace").unwrap_or_else(|| namespace.to_owned());
        let name = text(&object, "/metadata/name").unwrap_or_default();
        (format!("{kind} {place}/{name}"), object)
    });
    named.collect()
}

/// The places where `new` differs from `old`, in their order.
pub fn changed(old: &Json, new: &Json) -> Vec<Changed> {
    let mut found = Vec::new();
    walk(String::new(), old, new, &mut found);
    found
}

fn walk(path: String, old: &Json, new: &Json, found: &mut Vec<Changed>) {
    match (old, new) {
        (Json::Object(below), Json::Object(above)) => {
            let mut keys: Vec<&String> = below.keys().chain(above.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(at, below.get(key).unwrap_or(&Json::Null), above.get(key).unwrap_or(&Json::Null), found);
            }
        }
        (Json::Array(below), Json::Array(above)) => {
            for nth in 0..below.len().max(above.len()) {
                let at = format!("{path}[{nth}]");
                walk(at, below.get(nth).unwrap_or(&Json::Null), above.get(nth).unwrap_or(&Json::Null), found);
            }
        }
        _ if old == new => {}
        _ => found.push(Changed { path, from: old.clone(), to: new.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_told_apart_by_kind_place_and_name_and_compared_by_place() {
        let now =
            "kind: ConfigMap\nmetadata: {name: a}\ndata: {x: '1', y: '2'}\n---\nkind: Service\nmetadata: {name: s}\n";
        let next = "---\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '3', y: '2'}\n---\n# nothing\n---\nkind: Role\nmetadata: {name: r, namespace: other}\n";
        let found = differ(now, next, "ns").unwrap();
        let all: Vec<_> = found.iter().map(|one| (one.object.as_str(), one.how)).collect();
        assert_eq!(all, [("ConfigMap ns/a", "changed"), ("Role other/r", "added"), ("Service ns/s", "removed")]);
        let place = Changed { path: "data.x".into(), from: json!("1"), to: json!("3") };
        assert_eq!(found[0].paths, [place]);
    }

    #[test]
    fn lists_are_compared_place_by_place() {
        let paths = |old, new| changed(&old, &new).into_iter().map(|one| one.path).collect::<Vec<_>>();
        assert_eq!(paths(json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 3}, 4]})), ["a[1].b", "a[2]"]);
        assert!(paths(json!([1]), json!([1])).is_empty());
    }

    #[test]
    fn text_that_is_no_yaml_is_refused() {
        assert_eq!(documents("a: [").unwrap_err().code, code::HELM_CHART);
    }
}
