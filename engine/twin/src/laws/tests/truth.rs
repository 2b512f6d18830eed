//! The laws against the real controllers: `truth/<law>.input.yaml` is played on a world through the API, and what came of
//! it must be `truth/<law>.output.yaml`, which a real control plane wrote.
//!
//! Recorded anew by `RECORD=<kubeconfig of tests/plane> KUBECTL=<kubectl> cargo test -p runbook-twin laws::tests::truth`.
//! An input is a list of steps: `make` an object, `change` one by a merge patch, `delete` one, `pass` some seconds,
//! `show` parts of all objects of a kind. Names, uids, times and hashes that differ from run to run are made the same.

use crate::api::{Query, Request, User, answer};
use crate::json::{Value, json};
use crate::world::{Moment, Settled, World};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What the steps are played on.
enum Stage {
    Twin(Box<World>),
    Real { kubectl: String, config: String },
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/laws/truth")
}

fn play(law: &str) {
    let read = |end: &str| std::fs::read_to_string(folder().join(format!("{law}.{end}.yaml")));
    let steps: Vec<Value> = serde_saphyr::from_str(&read("input").unwrap()).unwrap();
    let real = std::env::var("RECORD").ok().zip(std::env::var("KUBECTL").ok());
    let recording = real.is_some();
    let mut stage = match real {
        Some((config, kubectl)) => Stage::Real { kubectl, config },
        None => Stage::Twin(Box::new(twin())),
    };
    let mut shown = Vec::new();
    for step in &steps {
        stage.step(law, step, &mut shown);
    }
    if law != "namespace" {
        stage.step(law, &json!({"delete": {"kind": "Namespace", "name": law}}), &mut shown);
    }
    let written = serde_saphyr::to_string(&level(Value::from(shown))).unwrap();
    if recording {
        std::fs::write(folder().join(format!("{law}.output.yaml")), written).unwrap();
        return;
    }
    let expected = read("output").unwrap();
    let (mine, real): (Value, Value) =
        (serde_saphyr::from_str(&written).unwrap(), serde_saphyr::from_str(&expected).unwrap());
    for (place, (mine, real)) in mine.as_array().unwrap().iter().zip(real.as_array().unwrap()).enumerate() {
        assert!(mine == real, "shown {place} of `{law}` differs:\n--- real\n{}\n--- twin\n{}", text(real), text(mine));
    }
}

fn text(value: &Value) -> String {
    serde_saphyr::to_string(value).unwrap()
}

/// A world as the real plane is at its start: three nodes.
fn twin() -> World {
    let mut world = crate::scene::bare(7, Moment::seconds(1_800_000_000));
    for number in 1..=3 {
        super::make(&mut world, "nodes", super::node(number));
    }
    // Where the real plane has no images there is nothing to pull.
    super::make(&mut world, "catalogues.twin", json!({"metadata": {"name": "images"}, "images": {"*": {"pull": 0}}}));
    super::quiet(&mut world);
    world
}

impl Stage {
    fn step(&mut self, law: &str, step: &Value, shown: &mut Vec<Value>) {
        let (verb, what) = step.as_object().unwrap().iter().next().unwrap();
        match verb.as_str() {
            "make" => drop(self.call("POST", what, law, what.to_string())),
            "change" => {
                let patch = what["with"].to_string();
                drop(self.call("PATCH", what, law, patch));
            }
            "delete" => {
                let how = what["how"].as_str().unwrap_or("Background");
                drop(self.call("DELETE", what, law, json!({"propagationPolicy": how}).to_string()));
            }
            "pass" => self.pass(what.as_i64().unwrap()),
            "show" => {
                let list = self.call("GET", what, law, String::new());
                let mut items: Vec<Value> = list["items"].as_array().cloned().unwrap_or_default();
                // The real nodes are played, and tell nothing.
                items.retain(|item| item["source"]["component"] != "kubelet");
                items.retain(|item| what["name"].is_null() || what["name"] == item["metadata"]["name"]);
                items.retain(|item| what["of"].is_null() || what["of"] == item["involvedObject"]["kind"]);
                items.sort_by_key(|item| {
                    (item["metadata"]["creationTimestamp"].to_string(), item["metadata"]["name"].to_string())
                });
                let only = what["only"].as_array().cloned().unwrap_or_default();
                let picked: Vec<Value> = items.iter().map(|item| pick(item, &only)).collect();
                shown.push(json!({"shown": what["kind"], "objects": sorted(picked)}));
            }
            other => panic!("`{other}` is no step"),
        }
    }

    fn pass(&mut self, seconds: i64) {
        match self {
            Self::Twin(world) => super::pass(world, seconds),
            Self::Real { .. } => std::thread::sleep(std::time::Duration::from_secs(seconds.unsigned_abs())),
        }
    }

    /// One request to either; the answer as JSON.
    fn call(&mut self, method: &str, what: &Value, law: &str, body: String) -> Value {
        let path = path(method, what, law);
        match self {
            Self::Twin(world) => {
                let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
                let request = Request {
                    method: method.to_owned(),
                    path,
                    query: Query::default(),
                    headers: vec![
                        ("content-type".to_owned(), kind.to_owned()),
                        ("accept".to_owned(), "application/json".to_owned()),
                    ],
                    body: body.into_bytes(),
                    user: User::known("admin", &["system:masters"]),
                    ..Request::default()
                };
                let answer = answer(world, &request);
                let code = answer.code;
                let value: Value = crate::json::from_slice(&answer.body.bytes()).unwrap_or_default();
                assert!(code < 300, "{method} {}: {value}", request.path);
                assert_eq!(world.settle(1_000_000), Settled::Quiet);
                value
            }
            Self::Real { kubectl, config } => real(kubectl, config, method, what, law, &path, &body),
        }
    }
}

fn real(kubectl: &str, config: &str, method: &str, what: &Value, law: &str, path: &str, body: &str) -> Value {
    let mut command = Command::new(kubectl);
    command.args(["--kubeconfig", config]);
    let name = what["name"].as_str().unwrap_or_default();
    match method {
        "GET" => command.args(["get", "--raw", path]),
        "POST" => command.args(["create", "--raw", path, "-f", "-"]),
        "DELETE" => command.args(["delete", "--raw", path, "-f", "-"]),
        _ => {
            let kind = what["kind"].as_str().unwrap_or_default();
            command.args(["patch", kind, name, "-n", law, "--type=merge", "-o", "json", "-p", body])
        }
    };
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{method} {path}: {}", String::from_utf8_lossy(&out.stderr));
    crate::json::from_slice(&out.stdout).unwrap_or_default()
}

/// The path of an object or of a kind, in the law's own namespace.
fn path(method: &str, what: &Value, law: &str) -> String {
    let kind = what["kind"].as_str().unwrap();
    let shapes = crate::shapes::Shapes::new();
    let named = shapes.all().filter(|one| one.kind == kind && !one.version.contains("beta"));
    let found = named.min_by_key(|one| one.group.len()).unwrap_or_else(|| panic!("`{kind}`"));
    let root = if found.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", found.group) };
    let within = if found.namespaced { format!("/namespaces/{law}") } else { String::new() };
    let name = match method {
        "PATCH" | "DELETE" => format!("/{}", what["name"].as_str().unwrap()),
        _ => String::new(),
    };
    format!("{root}/{}{within}/{}{name}", found.version, found.plural)
}

/// Parts of an object by their paths, or all of it.
fn pick(item: &Value, only: &[Value]) -> Value {
    let mut picked = crate::json::Map::new();
    for path in only.iter().filter_map(Value::as_str) {
        let place = format!("/{}", path.replace('.', "/"));
        if let Some(value) = item.pointer(&place) {
            picked.insert(path.to_owned(), value.clone());
        }
    }
    if only.is_empty() { item.clone() } else { picked.into() }
}

/// In the order of what they say once names and times are made the same.
fn sorted(picked: Vec<Value>) -> Value {
    let mut keyed: Vec<(String, Value)> = picked.into_iter().map(|one| (level(one.clone()).to_string(), one)).collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    // The same told again is one event or several, as it happens.
    keyed.dedup_by(|a, b| a.0 == b.0 && a.1.get("reason").is_some());
    keyed.into_iter().map(|(_, one)| one).collect::<Vec<_>>().into()
}

/// Makes equal what differs from run to run.
fn level(value: Value) -> Value {
    let mut hashes = BTreeMap::new();
    levelled(value, &mut hashes)
}

fn levelled(value: Value, hashes: &mut BTreeMap<String, String>) -> Value {
    match value {
        Value::Object(map) => {
            let dropped = ["uid", "resourceVersion", "managedFields", "creationTimestamp"];
            let kept = map.into_iter().filter(|(name, _)| !dropped.contains(&name.as_str()));
            let level = |(name, value): (crate::json::Text, Value)| {
                let mut value = levelled(value, hashes);
                // The server keeps these in the order of a hash that is its own.
                if let Some(list) =
                    value.as_array_mut().filter(|_| ["subsets", "addresses", "ports"].contains(&name.as_str()))
                {
                    list.sort_by_key(Value::to_string);
                }
                (name, value)
            };
            kept.map(level).collect::<crate::json::Map>().into()
        }
        Value::Array(list) => list.into_iter().map(|one| levelled(one, hashes)).collect::<Vec<_>>().into(),
        Value::String(text) => words(&text, hashes).into(),
        other => other,
    }
}

/// A text word by word: times, uids, hashes and generated ends get names of their own.
fn words(text: &str, hashes: &mut BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() || (letter == '-' || letter == ':' || letter == '.') && !word.is_empty() {
            word.push(letter);
            continue;
        }
        out.push_str(&level_word(&word, hashes));
        word.clear();
        out.push(letter);
    }
    out.pop();
    out
}

fn level_word(word: &str, hashes: &mut BTreeMap<String, String>) -> String {
    if word.parse::<std::net::Ipv4Addr>().is_ok() {
        return "IP".to_owned();
    }
    if Moment::read(word).is_some() {
        return "TIME".to_owned();
    }
    let is_uid = word.len() == 36 && word.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    if is_uid {
        return "UID".to_owned();
    }
    let letters = "bcdfghjklmnpqrstvwxz2456789";
    let made = |part: &str| part.chars().all(|letter| letters.contains(letter));
    let parts: Vec<String> = word
        .split('-')
        .map(|part| {
            let has_digit = part.contains(|letter: char| letter.is_ascii_digit());
            if made(part) && has_digit && (8..=10).contains(&part.len()) {
                let next = format!("HASH{}", hashes.len() + 1);
                hashes.entry(part.to_owned()).or_insert(next).clone()
            } else {
                part.to_owned()
            }
        })
        .collect();
    let mut parts = parts;
    // Five letters of chance end generated names: behind a hash, or behind a name with a digit among them.
    if parts.len() > 1
        && let Some(last) = parts.last_mut()
        && last.len() == 5
        && made(last)
    {
        *last = "CHANCE".to_owned();
    }
    parts.join("-")
}

macro_rules! truths {
    ($($law:ident),*) => {$(
        #[test]
        fn $law() {
            play(stringify!($law));
        }
    )*};
}

truths!(daemonset, deployment, disruption, endpoints, job, namespace, replicaset, scheduler, statefulset);
