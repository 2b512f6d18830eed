//! Bodies that nobody honest would send: each is answered, none brings us down.

use crate::json::{Value, json};

use super::{Validation, Verb, Write, write};
use crate::shapes::Shapes;

const DEFINITIONS: &str = include_str!("cases/definitions.json");

const KINDS: [(&str, &str, &str); 12] = [
    ("", "v1", "pods"),
    ("", "v1", "services"),
    ("", "v1", "secrets"),
    ("", "v1", "namespaces"),
    ("", "v1", "nodes"),
    ("apps", "v1", "deployments"),
    ("apps", "v1", "daemonsets"),
    ("batch", "v1", "jobs"),
    ("batch", "v1", "cronjobs"),
    ("rbac.authorization.k8s.io", "v1", "rolebindings"),
    ("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
    ("cases.example", "v1", "widgets"),
];

/// Values that fit nowhere, to be put everywhere.
fn oddities() -> Vec<Value> {
    vec![
        json!(null),
        json!(1),
        json!(""),
        json!("\u{0}é"),
        json!([]),
        json!([null, 1, "x", [], {}]),
        json!({}),
        json!({"name": {"name": 1}, "spec": [], "template": null}),
    ]
}

/// The object with one value put at each place of it in turn.
fn spoiled(object: &Value, odd: &Value) -> Vec<Value> {
    let mut all = vec![odd.clone()];
    let each = |key: &dyn Fn(&mut Value) -> Option<&mut Value>, inner: &Value, all: &mut Vec<Value>| {
        for one in spoiled(inner, odd) {
            let mut copy = object.clone();
            if let Some(place) = key(&mut copy) {
                *place = one;
                all.push(copy);
            }
        }
    };
    match object {
        Value::Object(fields) => {
            for (key, inner) in fields.iter().filter(|(key, _)| *key != "apiVersion" && *key != "kind") {
                each(&|copy| copy.get_mut(key), inner, &mut all);
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                each(&|copy| copy.get_mut(at), inner, &mut all);
            }
        }
        _ => {}
    }
    all
}

fn sample(kind: &crate::shapes::Kind) -> Value {
    let pod = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i",
        "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}], "ports": [{"containerPort": 1}]}], "volumes": [{"name": "v"}]}});
    json!({"apiVersion": kind.api_version(), "kind": kind.kind,
        "metadata": {"name": "a", "labels": {"a": "b"}, "annotations": {"x": "y"}, "finalizers": ["a/b"], "managedFields": [],
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "y"}]},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": pod, "containers": pod["spec"]["containers"], "ports": [{"port": 1}],
            "jobTemplate": {"spec": {"template": pod}}, "versions": [{"name": "v1", "schema": {"openAPIV3Schema": {}}}], "size": 1,
            "keyed": [{"id": "a"}], "set": ["a"], "taints": [{"key": "a"}], "finalizers": ["x"]},
        "status": {"conditions": [{"type": "A"}], "storedVersions": ["v1"]}, "stringData": {"a": "b"}, "subjects": [{"kind": "User"}], "roleRef": {"name": "x"}})
}

#[test]
fn whatever_is_sent_is_answered() {
    let definitions: Vec<Value> = crate::json::from_str(DEFINITIONS).expect("definitions");
    let shapes = definitions.iter().fold(Shapes::new(), |shapes, definition| shapes.with(definition));
    for (group, version, plural) in KINDS {
        let kind = shapes.resource(group, version, plural).expect("a kind");
        let good = sample(&kind);
        let mut before = good.clone();
        before["metadata"]["uid"] = json!("u");
        before["metadata"]["resourceVersion"] = json!("1");
        for odd in oddities() {
            for (number, body) in spoiled(&good, &odd).into_iter().enumerate() {
                let root = json!([{"op": "add", "path": "", "value": body}]).to_string();
                let text = body.to_string();
                let verbs =
                    [Verb::Create, Verb::Apply { force: true }, Verb::Update, Verb::Merge, Verb::Strategic, Verb::Json];
                let verb = verbs[number % verbs.len()];
                let there = (verb != Verb::Create && number % 4 > 0).then_some(&before);
                if there.is_none() && !matches!(verb, Verb::Create | Verb::Apply { .. }) {
                    continue;
                }
                let asked = Write {
                    kind: &kind,
                    verb,
                    sub: if number % 5 == 0 { "status" } else { "" },
                    namespace: if kind.namespaced { "d" } else { "" },
                    name: if verb == Verb::Create { "" } else { "a" },
                    manager: "m",
                    validation: Validation::Warn,
                    now: "2026-01-01T00:00:00Z",
                    uid: "u",
                    suffix: "abcde",
                    body: if verb == Verb::Json { root.as_bytes() } else { text.as_bytes() },
                    twice: &[],
                    admit: None,
                    judge: None,
                };
                if let Err(refusal) = write(&shapes, there, &asked) {
                    assert!((400..=500).contains(&refusal.code), "{} of {text}", refusal.message);
                }
            }
        }
    }
}
