//! Where kubectl was not built: those of its words that these tests need to look at a twin from beside, said to its API
//! as values, without any connection.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use runbook_twin::api::{self, Body, Query, Request, User};
use serde_json::{Value, json};

use super::twin::Twin;
use crate::place::Ended;

/// How long something is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What kubectl would have said.
pub(super) fn answer(twin: &Twin, args: &[&str], input: &str) -> Ended {
    let asked = Asked::read(args);
    match asked.said(twin, input) {
        Ok(out) => Ended { code: Some(0), out, err: String::new() },
        Err(err) => Ended { code: Some(1), out: String::new(), err },
    }
}

/// What was typed: words, and flags by their names.
struct Asked {
    words: Vec<String>,
    flags: BTreeMap<String, String>,
}

/// A kind's path, and an object's name.
struct Place {
    path: String,
    name: String,
}

type Said = Result<String, String>;

impl Asked {
    fn read(args: &[&str]) -> Self {
        let (mut words, mut flags) = (Vec::new(), BTreeMap::new());
        let mut rest = args.iter();
        while let Some(word) = rest.next() {
            match word.strip_prefix('-') {
                None => words.push((*word).to_owned()),
                Some(flag) => {
                    let flag = flag.trim_start_matches('-');
                    let lone = ["no-headers", "server-side", "force-conflicts", "A"].contains(&flag);
                    let (name, value) = match flag.split_once('=') {
                        Some((name, value)) => (name, value),
                        None if lone => (flag, "true"),
                        None => (flag, rest.next().copied().unwrap_or_default()),
                    };
                    flags.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        Self { words, flags }
    }

    fn flag(&self, name: &str) -> &str {
        self.flags.get(name).map(String::as_str).unwrap_or_default()
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map(String::as_str).unwrap_or_default()
    }

    fn said(&self, twin: &Twin, input: &str) -> Said {
        match self.word(0) {
            "get" => self.get(twin),
            "create" => self.create(twin),
            "delete" => self.delete(twin),
            "patch" => {
                let place = self.place(twin)?;
                let kind = if self.flag("type") == "merge" { "merge" } else { "strategic-merge" };
                let kind = format!("application/{kind}-patch+json");
                ask(twin, "PATCH", &place.whole(), &kind, self.flag("p")).map(|_| "patched\n".to_owned())
            }
            "label" => {
                let place = self.place(twin)?;
                let (key, value) = self.words.last().and_then(|word| word.split_once('=')).ok_or("no label")?;
                let patch = json!({"metadata": {"labels": {key: value}}}).to_string();
                ask(twin, "PATCH", &place.whole(), "application/merge-patch+json", &patch).map(|_| String::new())
            }
            "apply" => self.apply(twin, input),
            "wait" => self.wait(twin),
            "logs" => {
                let place = Place::of(twin, "pods", self.word(1), self.flag("n"))?;
                answered(twin, "GET", &format!("{}/log", place.whole()), "", "")
            }
            "api-resources" => {
                let world = twin.running.world();
                Ok(world.shapes().all().map(|kind| format!("{}\n", kind.plural)).collect())
            }
            "rollout" => self.rolled_out(twin),
            _ => Err(format!("nobody can say `{}` here, for kubectl was not built", self.words.join(" "))),
        }
    }

    /// The object that `cm/a` or `cm a` names, as the words after the first.
    fn place(&self, twin: &Twin) -> Result<Place, String> {
        let (kind, name) = self.word(1).split_once('/').unwrap_or((self.word(1), self.word(2)));
        Place::of(twin, kind, name, self.flag("n"))
    }

    fn get(&self, twin: &Twin) -> Said {
        let place = self.place(twin)?;
        let mut query = Vec::new();
        for (flag, parameter) in [("l", "labelSelector"), ("field-selector", "fieldSelector")] {
            if !self.flag(flag).is_empty() {
                query.push((parameter.to_owned(), self.flag(flag).to_owned()));
            }
        }
        let found = asked(twin, "GET", &place.whole(), "", "", query)?;
        match self.flag("o") {
            "name" => {
                let items = found["items"].as_array().cloned().unwrap_or_default();
                let name = |one: &Value| one["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                Ok(items.iter().map(|one| format!("{}/{}\n", self.word(1), name(one))).collect())
            }
            format => Ok(match format.strip_prefix("jsonpath=") {
                Some(path) => filled(path, &found),
                None => found.to_string(),
            }),
        }
    }

    fn create(&self, twin: &Twin) -> Said {
        let (kind, name) = (self.word(1), self.words.last().cloned().unwrap_or_default());
        let mut object = json!({"metadata": {"name": name}});
        if let Some((key, value)) = self.flag("from-literal").split_once('=') {
            object[if kind == "secret" { "stringData" } else { "data" }] = json!({ key: value });
        }
        let place = Place::of(twin, kind, "", self.flag("n"))?;
        ask(twin, "POST", &place.path, "application/json", &object.to_string()).map(|_| "created\n".to_owned())
    }

    fn delete(&self, twin: &Twin) -> Said {
        let place = self.place(twin)?;
        ask(twin, "DELETE", &place.whole(), "application/json", r#"{"propagationPolicy":"Background"}"#)?;
        if self.flag("wait") != "false" {
            until(|| ask(twin, "GET", &place.whole(), "", "").is_err().then_some(()))?;
        }
        Ok("deleted\n".to_owned())
    }

    fn apply(&self, twin: &Twin, input: &str) -> Said {
        let text = match self.flag("f") {
            "-" => input.to_owned(),
            file => std::fs::read_to_string(file).map_err(|error| error.to_string())?,
        };
        for document in text.split("\n---").filter(|document| !document.trim().is_empty()) {
            let object: Value = serde_saphyr::from_str(document).map_err(|error| error.to_string())?;
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            let namespace = object["metadata"]["namespace"].as_str().unwrap_or(self.flag("n"));
            let kind = object["kind"].as_str().unwrap_or_default();
            let group =
                object["apiVersion"].as_str().and_then(|version| version.split_once('/')).map(|(group, _)| group);
            let kind = group.map_or_else(|| kind.to_owned(), |group| format!("{kind}.{group}"));
            let place = Place::of(twin, &kind, name, namespace)?;
            let manager = if self.flag("field-manager").is_empty() { "kubectl" } else { self.flag("field-manager") };
            let query = vec![
                ("fieldManager".to_owned(), manager.to_owned()),
                ("force".to_owned(), (!self.flag("force-conflicts").is_empty()).to_string()),
            ];
            asked(twin, "PATCH", &place.whole(), "application/apply-patch+yaml", &object.to_string(), query)?;
        }
        Ok("applied\n".to_owned())
    }

    fn wait(&self, twin: &Twin) -> Said {
        let place = self.place(twin)?;
        let wanted = self.flag("for").to_owned();
        until(|| {
            let found = ask(twin, "GET", &place.whole(), "", "");
            let holds = match (&found, wanted.as_str()) {
                (found, "delete") => found.is_err(),
                (Err(_), _) => false,
                (Ok(_), "create") => true,
                (Ok(found), other) => match other.strip_prefix("condition=") {
                    Some(kind) => {
                        let mut all = found["status"]["conditions"].as_array().into_iter().flatten();
                        all.any(|one| one["type"] == kind && one["status"] == "True")
                    }
                    None => other
                        .strip_prefix("jsonpath=")
                        .and_then(|rest| rest.rsplit_once('='))
                        .is_some_and(|(path, value)| filled(path, found) == value),
                },
            };
            holds.then(|| "met\n".to_owned())
        })
    }

    fn rolled_out(&self, twin: &Twin) -> Said {
        let (kind, name) = self.word(2).split_once('/').ok_or("no deployment")?;
        let place = Place::of(twin, kind, name, self.flag("n"))?;
        until(|| {
            let found = ask(twin, "GET", &place.whole(), "", "").ok()?;
            let (wanted, is) = (&found["spec"]["replicas"], &found["status"]);
            let done =
                is["updatedReplicas"] == *wanted && is["availableReplicas"] == *wanted && is["replicas"] == *wanted;
            let seen = is["observedGeneration"] == found["metadata"]["generation"];
            (done && seen).then(|| "successfully rolled out\n".to_owned())
        })
    }
}

impl Place {
    fn of(twin: &Twin, word: &str, name: &str, namespace: &str) -> Result<Self, String> {
        let word = word.to_lowercase();
        let kind = twin.running.change(|world| world.shapes().meant(&word)).ok_or(format!("no kind `{word}`"))?;
        let root = if kind.group.is_empty() { "/api" } else { "/apis" };
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        let within = if kind.namespaced { format!("/namespaces/{namespace}") } else { String::new() };
        let path = format!("{root}/{}{within}/{}", kind.api_version(), kind.plural);
        Ok(Self { path, name: name.to_owned() })
    }

    fn whole(&self) -> String {
        if self.name.is_empty() { self.path.clone() } else { format!("{}/{}", self.path, self.name) }
    }
}

fn until<T>(mut look: impl FnMut() -> Option<T>) -> Result<T, String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(found) = look() {
            return Ok(found);
        }
        std::thread::yield_now();
    }
    Err("timed out waiting for the condition".to_owned())
}

fn ask(twin: &Twin, method: &str, path: &str, kind: &str, body: &str) -> Result<Value, String> {
    asked(twin, method, path, kind, body, Vec::new())
}

fn asked(
    twin: &Twin,
    method: &str,
    path: &str,
    kind: &str,
    body: &str,
    query: Vec<(String, String)>,
) -> Result<Value, String> {
    let text = sent(twin, method, path, kind, body, query)?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn answered(twin: &Twin, method: &str, path: &str, kind: &str, body: &str) -> Said {
    sent(twin, method, path, kind, body, Vec::new())
}

fn sent(twin: &Twin, method: &str, path: &str, kind: &str, body: &str, query: Vec<(String, String)>) -> Said {
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: Query(query),
        headers: vec![
            ("content-type".to_owned(), kind.to_owned()),
            ("user-agent".to_owned(), "kubectl/witness".to_owned()),
        ],
        body: body.as_bytes().to_vec(),
        user: User::known("kubernetes-admin", &["system:masters"]),
        ..Request::default()
    };
    let (code, bytes) = twin.running.change(|world| {
        let answer = api::answer(world, &request);
        (
            answer.code,
            match answer.body {
                Body::Watch(_) => Vec::new(),
                body => body.bytes(),
            },
        )
    });
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if code < 300 {
        return Ok(text);
    }
    let status: Value = serde_json::from_str(&text).unwrap_or_default();
    let part = |name: &str| status[name].as_str().unwrap_or_default().to_owned();
    Err(format!("Error from server ({}): {}", part("reason"), part("message")))
}

/// A template of kubectl: text, paths in braces, and one range.
fn filled(template: &str, value: &Value) -> String {
    if let Some((_, rest)) = template.split_once("{range ")
        && let Some((path, rest)) = rest.split_once('}')
        && let Some((inner, _)) = rest.split_once("{end}")
    {
        return found(path, value).iter().map(|one| filled(inner, one)).collect();
    }
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (path, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        let shown: Vec<String> =
            found(path, value).iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
        out.push_str(&shown.join(" "));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The values at a path such as `.items[*].metadata.labels.a\.b`.
fn found<'v>(path: &str, value: &'v Value) -> Vec<&'v Value> {
    let path = path.trim().replace("\\.", "\u{1}").replace('[', ".[");
    let mut all = vec![value];
    for piece in path.split('.').filter(|piece| !piece.is_empty()) {
        let piece = piece.replace('\u{1}', ".");
        all = all
            .into_iter()
            .flat_map(|value| match piece.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some("*") => value.as_array().into_iter().flatten().collect::<Vec<_>>(),
                Some(at) => at.parse::<usize>().ok().and_then(|at| value.get(at)).into_iter().collect(),
                None => value.get(&piece).into_iter().collect(),
            })
            .collect();
    }
    all
}
