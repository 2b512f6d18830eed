//! `kubectl` on a machine, as far as somebody at a node's shell needs it: looking, cordoning, deleting. It asks the API of
//! the cluster its machine is in; what it does not know it refuses loudly.

use super::call::{Call, Done};
use super::{Command, once};
use crate::api::{self, Body, Query, Request, User};
use crate::json::Value;

/// Only machines of a cluster have it; a scene installs it.
pub(super) const COMMANDS: &[Command] = &[once("kubectl", "", kubectl)];

/// What is asked for.
struct Asked {
    words: Vec<String>,
    namespace: String,
    everywhere: bool,
    output: String,
    labels: String,
    headless: bool,
    config: Option<String>,
}

fn read(call: &mut Call<'_, '_>) -> Result<Asked, super::call::Stop> {
    let mut asked = Asked {
        words: Vec::new(),
        namespace: "default".to_owned(),
        everywhere: false,
        output: String::new(),
        labels: String::new(),
        headless: false,
        config: None,
    };
    let mut words = call.args.clone().into_iter();
    while let Some(word) = words.next() {
        let (name, given) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (word.clone(), None),
        };
        let mut value = || given.clone().or_else(|| words.next()).unwrap_or_default();
        match name.as_str() {
            "-n" | "--namespace" => asked.namespace = value(),
            "-A" | "--all-namespaces" => asked.everywhere = true,
            "-o" | "--output" => asked.output = value(),
            "-l" | "--selector" => asked.labels = value(),
            "--kubeconfig" => asked.config = Some(value()),
            "--no-headers" => asked.headless = true,
            _ if name.starts_with("-o") => asked.output = name[2..].to_owned(),
            _ if name.starts_with('-') => return call.unknown(&format!("flag `{word}`")),
            _ => asked.words.push(word),
        }
    }
    Ok(asked)
}

/// The configurations that are looked for, the first first.
fn config(call: &Call<'_, '_>, asked: &Asked) -> Option<String> {
    let env = call.env();
    let home = format!("{}/.kube/config", env.get("HOME").map_or("/root", String::as_str));
    let paths = [
        asked.config.clone(),
        env.get("KUBECONFIG").cloned(),
        Some(home),
        call.sys.machine.read("/usr/local/bin/k3s").map(|_| "/etc/rancher/k3s/k3s.yaml".to_owned()),
    ];
    paths.into_iter().flatten().find(|path| call.sys.machine.read(path).is_some())
}

pub(super) fn kubectl(call: &mut Call<'_, '_>) -> Done {
    let asked = read(call)?;
    let refused = |server: &str| {
        format!("The connection to the server {server} was refused - did you specify the right host or port?")
    };
    let Some(path) = config(call, &asked) else {
        return call.fail_line(1, &refused("localhost:8080"));
    };
    if call.sys.me().cred.uid != 0 && path.starts_with("/etc/") {
        return call
            .fail_line(1, &format!("error: error loading config file \"{path}\": open {path}: permission denied"));
    }
    let text = call.sys.machine.text(&path);
    let server = text.lines().find_map(|line| line.trim().strip_prefix("server: https://")).unwrap_or("").to_owned();
    if !call.sys.machine.is_served() {
        return call.fail_line(1, &refused(&server));
    }
    let words: Vec<&str> = asked.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["get", kinds, names @ ..] => get(call, &asked, kinds, names),
        ["delete", kind, names @ ..] if !names.is_empty() => {
            for name in names {
                let Some((kind, path)) = place(call, &asked, kind, Some(*name))? else { return no_kind(call, kind) };
                let answer = ask(call, "DELETE", &path, "", "");
                if let Some(status) = told(call, &answer) {
                    return Ok(status);
                }
                call.line(&format!("{kind} \"{name}\" deleted"));
            }
            Ok(0)
        }
        [verb @ ("cordon" | "uncordon"), node] => {
            let body = if *verb == "cordon" {
                "{\"spec\":{\"unschedulable\":true}}"
            } else {
                "{\"spec\":{\"unschedulable\":null}}"
            };
            let answer = ask(call, "PATCH", &format!("/api/v1/nodes/{node}"), "", body);
            if let Some(status) = told(call, &answer) {
                return Ok(status);
            }
            call.line(&format!("node/{node} {verb}ed"));
            Ok(0)
        }
        ["version"] => {
            let answer = ask(call, "GET", "/version", "", "");
            let version = answer.1["gitVersion"].as_str().unwrap_or_default().to_owned();
            call.line(&format!("Client Version: {version}\nKustomize Version: v5.7.1\nServer Version: {version}"));
            Ok(0)
        }
        other => {
            let what = format!("`kubectl {}`", other.join(" "));
            call.unknown(&what)
        }
    }
}

fn no_kind(call: &mut Call<'_, '_>, kind: &str) -> Done {
    call.fail_line(1, &format!("error: the server doesn't have a resource type \"{kind}\""))
}

/// The kind a word means, and the path of its objects.
fn place(
    call: &mut Call<'_, '_>,
    asked: &Asked,
    word: &str,
    name: Option<&str>,
) -> Result<Option<(String, String)>, super::call::Stop> {
    let Some(kind) = call.sys.machine.world().and_then(|world| world.shapes().meant(word)) else { return Ok(None) };
    let version = kind.api_version();
    let mut path = if kind.group.is_empty() { format!("/api/{version}") } else { format!("/apis/{version}") };
    if kind.namespaced && !asked.everywhere {
        path.push_str(&format!("/namespaces/{}", asked.namespace));
    }
    path.push_str(&format!("/{}", kind.plural));
    if let Some(name) = name {
        path.push_str(&format!("/{name}"));
    }
    Ok(Some((kind.singular.clone(), path)))
}

/// Asks the API as the administrator: the status, and what it said.
fn ask(call: &mut Call<'_, '_>, method: &str, path: &str, accept: &str, body: &str) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let headers = [
        ("accept", accept),
        ("content-type", if method == "PATCH" { "application/merge-patch+json" } else { "application/json" }),
    ];
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: Query::read(query),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: body.as_bytes().to_vec(),
        user: User::known("system:admin", &["system:masters"]),
        ..Request::default()
    };
    let Some(world) = call.sys.machine.world() else { return (503, Value::Null) };
    let answer = api::answer(world, &request);
    let code = answer.code;
    let bytes = match answer.body {
        Body::Bytes(bytes) => bytes,
        Body::Later(make) => make(),
        _ => Vec::new(),
    };
    (code, crate::json::from_slice(&bytes).unwrap_or_default())
}

/// Says why something was refused; the status it ends with then.
fn told(call: &mut Call<'_, '_>, answer: &(u16, Value)) -> Option<i32> {
    if answer.0 < 400 {
        return None;
    }
    let (reason, message) = (answer.1["reason"].as_str().unwrap_or_default(), answer.1["message"].as_str());
    call.say_line(&format!("Error from server ({reason}): {}", message.unwrap_or_default()));
    Some(1)
}

fn get(call: &mut Call<'_, '_>, asked: &Asked, kinds: &str, names: &[&str]) -> Done {
    let (kinds, one) = kinds.split_once('/').unwrap_or((kinds, ""));
    let mut names = names.to_vec();
    names.extend(Some(one).filter(|one| !one.is_empty()));
    let accept = match asked.output.as_str() {
        "" | "wide" => "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        "json" | "name" => "application/json",
        other => return call.unknown(&format!("output `{other}`")),
    };
    let places: Vec<Option<&str>> = if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
    let mut status = 0;
    for kind in kinds.split(',') {
        for name in &places {
            let Some((kind, mut path)) = place(call, asked, kind, *name)? else { return no_kind(call, kind) };
            if !asked.labels.is_empty() && name.is_none() {
                path.push_str(&format!("?labelSelector={}", asked.labels.replace('=', "%3D").replace(',', "%2C")));
            }
            let answer = ask(call, "GET", &path, accept, "");
            if let Some(code) = told(call, &answer) {
                status = code;
                continue;
            }
            show(call, asked, &kind, &answer.1);
        }
    }
    Ok(status)
}

fn show(call: &mut Call<'_, '_>, asked: &Asked, kind: &str, said: &Value) {
    match asked.output.as_str() {
        "json" => {
            let text = crate::json::to_string_pretty(said).unwrap_or_default();
            call.line(&text);
        }
        "name" => {
            let many = said["items"].as_array();
            let all: Vec<&Value> = many.map_or_else(|| vec![said], |items| items.iter().collect());
            for one in all {
                call.line(&format!("{kind}/{}", one["metadata"]["name"].as_str().unwrap_or_default()));
            }
        }
        _ => table(call, asked, said),
    }
}

fn table(call: &mut Call<'_, '_>, asked: &Asked, said: &Value) {
    let each = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (columns, rows) = (each(&said["columnDefinitions"]), each(&said["rows"]));
    if rows.is_empty() {
        let place = if asked.everywhere { String::new() } else { format!(" in {} namespace", asked.namespace) };
        call.say_line(&format!("No resources found{place}."));
        return;
    }
    let shown: Vec<usize> = (0..columns.len())
        .filter(|at| asked.output == "wide" || columns[*at]["priority"].as_i64().unwrap_or(0) == 0)
        .collect();
    let text = |value: &Value| match value {
        Value::String(text) => text.to_string(),
        Value::Null => "<none>".to_owned(),
        other => other.to_string(),
    };
    let mut lines: Vec<Vec<String>> = Vec::new();
    let first = asked.everywhere.then(|| "NAMESPACE".to_owned());
    let names = shown.iter().map(|at| columns[*at]["name"].as_str().unwrap_or_default().to_uppercase());
    if !asked.headless {
        lines.push(first.into_iter().chain(names).collect());
    }
    for row in &rows {
        let space = asked.everywhere.then(|| text(&row["object"]["metadata"]["namespace"]));
        lines.push(space.into_iter().chain(shown.iter().map(|at| text(&row["cells"][*at]))).collect());
    }
    let count = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..count).map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0) + 3).collect();
    for line in lines {
        let cells: String = line.iter().zip(&widths).map(|(cell, wide)| format!("{cell:<wide$}")).collect();
        call.line(cells.trim_end());
    }
}
