//! One session: its requests in order to a fresh world, each answer held against the recorded one.

use crate::hooks;
use crate::normal::normal;
use runbook_twin::api::{self, Answer, Body, Polled, Query, Request, User};
use runbook_twin::clock::Clock;
use runbook_twin::json::{Value, json};
use runbook_twin::laws::LAWS;
use runbook_twin::scene;
use runbook_twin::world::{Object, World};
use std::collections::BTreeMap;

/// Plays a session; for each step its number and the first difference, if there is one.
pub(crate) fn play(name: &str, session: &Value, answers: &Value) -> Vec<(usize, Option<String>)> {
    let mut world = scene::bare(7, Clock::today());
    // The recorded plane held its controllers still; what is left is what the API server does itself.
    for law in LAWS.iter().filter(|law| !["apiservice", "definition"].contains(&law.name)) {
        world.hold(law.name);
    }
    furnish(&mut world);
    let mut kept = BTreeMap::from([("ns".to_owned(), format!("like-{name}"))]);
    // Where the recorded answers say that the webhooks are.
    kept.insert("hooks".to_owned(), "https://hooks.test".to_owned());
    kept.insert("key".to_owned(), "Q0E=".to_owned());
    for setup in [
        json!({"do": "POST /api/v1/namespaces", "body": {"metadata": {"name": "{ns}"}}}),
        json!({"do": "POST /api/v1/namespaces/{ns}/serviceaccounts", "body": {"metadata": {"name": "default"}}}),
    ] {
        ask(&mut world, &setup, &kept);
        world.settle(10_000);
    }
    let mut found = Vec::new();
    for (at, (step, recorded)) in
        session["steps"].as_array().unwrap().iter().zip(answers.as_array().unwrap()).enumerate()
    {
        let answer = ask(&mut world, step, &kept);
        world.settle(10_000);
        let said = heard(&mut world, answer);
        found.push((at, differs(&said, recorded).map(|difference| format!("{} — {difference}", step["do"]))));
        for (name, path) in step["keep"].as_object().into_iter().flatten() {
            let value = path.as_str().unwrap().split('.').fold(&said["json"], |value, piece| &value[piece]);
            kept.insert(name.to_string(), value.as_str().unwrap_or_default().to_owned());
        }
    }
    found
}

/// What the recorded control plane has besides: the user who may do little.
fn furnish(world: &mut World) {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "limited"},
        "rules": [{"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": ["get", "list", "watch"]}],
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "limited"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "limited"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "limited"}],
    });
    world.create("clusterroles.rbac.authorization.k8s.io", Object::new(role)).unwrap();
    world.create("clusterrolebindings.rbac.authorization.k8s.io", Object::new(binding)).unwrap();
}

fn filled(text: &str, kept: &BTreeMap<String, String>) -> String {
    kept.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

fn ask(world: &mut World, step: &Value, kept: &BTreeMap<String, String>) -> Answer {
    let text = |name: &str| step[name].as_str().unwrap_or_default();
    let (method, path) = text("do").split_once(' ').unwrap();
    let path = filled(path, kept);
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let body = if step["body"].is_null() { text("raw").to_owned() } else { step["body"].to_string() };
    let body = filled(&body, kept);
    let or = |given: &str, other: &str| if given.is_empty() { other.to_owned() } else { given.to_owned() };
    let mut headers = vec![
        ("user-agent".to_owned(), "likeness/1.0".to_owned()),
        ("accept".to_owned(), or(text("accept"), "application/json")),
        ("host".to_owned(), "127.0.0.1:6443".to_owned()),
    ];
    if !body.is_empty() || !text("type").is_empty() {
        headers.push(("content-type".to_owned(), or(text("type"), "application/json")));
    }
    let user = match text("as") {
        "" | "admin" => User::known("admin", &["system:masters"]),
        "limited" => User::known("limited", &[]),
        "wrong" => return runbook_twin::world::Refusal::new(401, "Unauthorized", "Unauthorized").into(),
        _ => User::anonymous(),
    };
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: Query::read(query),
        headers,
        body: body.into_bytes(),
        user,
        ..Request::default()
    };
    loop {
        let answer = api::answer(world, &request);
        let Body::Ask(question) = &answer.body else { return answer };
        request.luck = Some(question.luck);
        request.heard.push(hooks::answer(question));
    }
}

/// An answer in the form of the recordings.
fn heard(world: &mut World, answer: Answer) -> Value {
    let mut headers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in &answer.headers {
        if ["content-type", "warning", "retry-after"].contains(name) {
            headers.entry(name).or_default().push(value.clone());
        }
    }
    let mut said = json!({"status": answer.code, "headers": headers});
    let bytes = match answer.body {
        Body::Watch(mut watch) => {
            let mut all = Vec::new();
            loop {
                match watch.poll(world) {
                    Polled::More(bytes) => all.extend(bytes),
                    Polled::Last(bytes) => break all.extend(bytes),
                    Polled::Quiet => break,
                }
            }
            all
        }
        body => body.bytes(),
    };
    let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_slice(&bytes).into_iter().collect();
    match values {
        Ok(values) if values.len() == 1 && !(values[0]["object"].is_object() && values[0]["type"].is_string()) => {
            said["json"] = values[0].clone();
        }
        Ok(values) if values.is_empty() => {}
        Ok(values) => said["lines"] = values.into(),
        Err(_) => said["text"] = String::from_utf8_lossy(&bytes).into_owned().into(),
    }
    said
}

/// The first difference between what was said and what was recorded.
fn differs(said: &Value, recorded: &Value) -> Option<String> {
    let (said, recorded) = (normal(said), normal(recorded));
    let mut all = Vec::new();
    compare("", &said, &recorded, &mut all);
    if all.is_empty() { None } else { Some(all.into_iter().take(4).collect::<Vec<_>>().join("; ")) }
}

fn compare(path: &str, said: &Value, recorded: &Value, all: &mut Vec<String>) {
    let short = |value: &Value| value.to_string().chars().take(300).collect::<String>();
    match (said, recorded) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                match b.get(name) {
                    Some(other) => compare(&format!("{path}.{name}"), value, other, all),
                    None => all.push(format!("{path}.{name} is too much: {}", short(value))),
                }
            }
            for (name, value) in b.iter().filter(|(name, _)| !a.contains_key(name)) {
                all.push(format!("{path}.{name} is missing: {}", short(value)));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (one, other)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{at}]"), one, other, all);
            }
        }
        (a, b) if a != b => all.push(format!("{path} is {} and should be {}", short(a), short(b))),
        _ => {}
    }
}
