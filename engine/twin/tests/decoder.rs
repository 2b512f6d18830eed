//! The decoder of requests on hostile input: recorded requests, bent at random. Nothing may panic or hang.

use runbook_twin::api::{self, Query, Request, User};
use runbook_twin::clock::Clock;
use runbook_twin::json::{Value, json};
use runbook_twin::scene;
use runbook_twin::world::Chance;
use std::fs;
use std::path::PathBuf;

fn requests() -> Vec<Request> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/likeness/cases");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let session: Value = runbook_twin::json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        for step in session["steps"].as_array().unwrap() {
            let (method, path) = step["do"].as_str().unwrap().split_once(' ').unwrap();
            let path = path.replace("{ns}", "default");
            let (path, query) = path.split_once('?').unwrap_or((&path, ""));
            let body = if step["body"].is_null() {
                step["raw"].as_str().unwrap_or_default().to_owned()
            } else {
                step["body"].to_string()
            };
            let header = |name: &str, field: &str| {
                (name.to_owned(), step[field].as_str().unwrap_or("application/json").to_owned())
            };
            all.push(Request {
                method: method.to_owned(),
                path: path.to_owned(),
                query: Query::read(query),
                headers: vec![header("accept", "accept"), header("content-type", "type")],
                body: body.replace("{ns}", "default").into_bytes(),
                user: User::known("admin", &["system:masters"]),
                ..Request::default()
            });
        }
    }
    all
}

/// Another value where one was: what clients with bugs send.
fn bent(value: &mut Value, chance: &mut Chance, depth: usize) {
    if chance.below(6) == 0 || depth > 12 {
        *value = match chance.below(9) {
            0 => Value::Null,
            1 => json!(-1),
            2 => json!(u64::MAX),
            3 => json!(1.5),
            4 => json!([]),
            5 => json!({}),
            6 => json!(["x", null, 1]),
            7 => json!({"": {"": ""}}),
            _ => json!("\u{0}é"),
        };
        return;
    }
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let at = usize::try_from(chance.below(fields.len() as u64)).unwrap();
            bent(fields.values_mut().nth(at).unwrap(), chance, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            let at = usize::try_from(chance.below(items.len() as u64)).unwrap();
            bent(&mut items[at], chance, depth + 1);
        }
        _ => {}
    }
}

fn scrambled(bytes: &mut Vec<u8>, chance: &mut Chance) {
    for _ in 0..=chance.below(4) {
        let at = usize::try_from(chance.below(bytes.len() as u64 + 1)).unwrap();
        let byte = u8::try_from(chance.below(256)).unwrap();
        match chance.below(3) {
            0 => bytes.insert(at, byte),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            _ if at < bytes.len() => bytes[at] = byte,
            _ => {}
        }
    }
}

#[test]
fn bent_requests_are_answered_or_refused_and_never_break_the_twin() {
    let requests = requests();
    let mut chance = Chance::new(11);
    let mut world = scene::bare(7, Clock::today());
    let kinds = [
        "application/json",
        "application/yaml",
        "application/vnd.kubernetes.protobuf",
        "application/merge-patch+json",
        "application/json-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
    ];
    let rounds = std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    for round in 0..rounds {
        for request in &requests {
            let mut request = request.clone();
            if let (true, Ok(mut value)) = (chance.below(4) > 0, runbook_twin::json::from_slice::<Value>(&request.body))
            {
                for _ in 0..=chance.below(3) {
                    bent(&mut value, &mut chance, 0);
                }
                request.body = value.to_string().into_bytes();
            } else {
                scrambled(&mut request.body, &mut chance);
            }
            if chance.below(8) == 0 {
                let mut path = request.path.into_bytes();
                scrambled(&mut path, &mut chance);
                request.path = String::from_utf8_lossy(&path).into_owned();
            }
            if chance.below(8) == 0 {
                request.headers[1].1 = kinds[usize::try_from(chance.below(kinds.len() as u64)).unwrap()].to_owned();
            }
            if chance.below(8) == 0 && !request.query.0.is_empty() {
                let mut value = std::mem::take(&mut request.query.0[0].1).into_bytes();
                scrambled(&mut value, &mut chance);
                request.query.0[0].1 = String::from_utf8_lossy(&value).into_owned();
            }
            let said = format!(
                "round {round}: {} {} {}",
                request.method,
                request.path,
                String::from_utf8_lossy(&request.body)
            );
            let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let answer = api::answer(&mut world, &request);
                world.settle(1000);
                (answer.code, answer.body.bytes())
            }));
            let (code, _) = answer.unwrap_or_else(|_| panic!("it panicked: {said}"));
            assert!((200..600).contains(&code), "{code}: {said}");
        }
    }
}
