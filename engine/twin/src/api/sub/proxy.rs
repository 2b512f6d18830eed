//! Requests that the API server hands on: to a pod, to a pod of a service, to a node.

use super::super::answer::Answer;
use super::super::forward::{behind, reply};
use super::super::get;
use super::super::kinds::Served;
use super::super::request::Request;
use super::super::target::Target;
use crate::json::{Value, json};
use crate::world::{Key, Object, Refusal, World, strings};
use std::sync::Arc;

pub(crate) fn answer(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let path = request.path.split_once("/proxy").map_or_else(String::new, |(_, rest)| rest.to_owned());
    if !request.header("upgrade").is_empty() {
        world.note_unknown(&format!("an upgraded connection through the proxy to {}", request.path));
        return Err(Refusal::new(501, "NotImplemented", "upgraded connections are not handed on here"));
    }
    let (name, port) = split(&target.name);
    let named = Target { name: name.to_owned(), ..target.clone() };
    let object = get::object(world, served, &named)?;
    let nowhere = served.plural == "pods" && object["status"]["podIP"].as_str().is_none_or(str::is_empty);
    if path.is_empty() && !nowhere {
        // A relative link on the page that answers would lead astray.
        let place = format!("{}/", request.path);
        return Ok(Answer::bytes(301, "text/html; charset=utf-8", Vec::new()).with("location", place));
    }
    match served.plural.as_str() {
        "pods" => of_pod(world, &object, port, &path),
        "services" => of_service(world, &object, port, &path),
        _ => of_node(world, &object, &path),
    }
}

/// `http:web:80` is the port 80 of `web`, and so is `web:80`.
fn split(name: &str) -> (&str, &str) {
    let pieces: Vec<&str> = name.split(':').collect();
    match pieces.as_slice() {
        [_, name, port] => (name, port),
        [name, port] => (name, port),
        _ => (name, ""),
    }
}

fn unavailable(why: impl Into<String>) -> Refusal {
    Refusal::new(503, "ServiceUnavailable", why)
}

fn given(serves: &Value, path: &str) -> Answer {
    let (code, kind, body) = reply(serves, path);
    Answer::bytes(code, &kind, body.into_bytes())
}

fn unreachable(address: &str, port: &str) -> Refusal {
    unavailable(format!("error trying to reach service: dial tcp {address}:{port}: connect: connection refused"))
}

fn of_pod(world: &World, pod: &Object, port: &str, path: &str) -> Result<Answer, Refusal> {
    let first = &pod["spec"]["containers"][0]["ports"][0]["containerPort"];
    let port = if port.is_empty() { first.as_u64().unwrap_or(80).to_string() } else { port.to_owned() };
    let address = pod["status"]["podIP"].as_str().unwrap_or_default();
    if address.is_empty() {
        return Err(Refusal::bad_request("address not allowed"));
    }
    let key = Key::new("pods", pod.namespace(), pod.name());
    let serves = port.parse().ok().and_then(|port| behind(world, &key, port));
    serves.map(|serves| given(&serves, path)).ok_or_else(|| unreachable(address, &port))
}

fn of_service(world: &World, service: &Object, port: &str, path: &str) -> Result<Answer, Refusal> {
    let ports: Vec<Value> = service["spec"]["ports"].as_array().cloned().unwrap_or_default();
    let fits =
        |one: &&Value| one["name"] == port || one["port"].as_u64().is_some_and(|number| number.to_string() == port);
    let name = service.name();
    let chosen = match (port, ports.as_slice()) {
        ("", [only]) => Some(only),
        _ => ports.iter().find(fits),
    };
    let Some(chosen) = chosen else {
        return Err(unavailable(format!("no service port \"{port}\" found for service \"{name}\"")));
    };
    let of_service = |slice: &&Arc<Object>| slice.label("kubernetes.io/service-name") == Some(name);
    let slices: Vec<Arc<Object>> =
        world.list("endpointslices.discovery.k8s.io", service.namespace()).filter(of_service).cloned().collect();
    let mut tried = None;
    for slice in &slices {
        let ports = slice["ports"].as_array().into_iter().flatten();
        let wanted = chosen["name"].as_str().unwrap_or_default();
        let Some(port) =
            ports.filter(|one| one["name"].as_str().unwrap_or_default() == wanted).find_map(|one| one["port"].as_u64())
        else {
            continue;
        };
        for endpoint in slice["endpoints"].as_array().into_iter().flatten() {
            if endpoint["conditions"]["ready"] == false {
                continue;
            }
            let pod = Key::new("pods", service.namespace(), endpoint["targetRef"]["name"].as_str().unwrap_or_default());
            if let Some(serves) = u16::try_from(port).ok().and_then(|port| behind(world, &pod, port)) {
                return Ok(given(&serves, path));
            }
            let address = strings(&endpoint["addresses"]).next().unwrap_or_default().to_owned();
            tried.get_or_insert((address, port.to_string()));
        }
    }
    Err(match tried {
        Some((address, port)) => unreachable(&address, &port),
        None => unavailable(format!("no endpoints available for service \"{name}\"")),
    })
}

/// What a kubelet says of itself, as far as it is known here.
fn of_node(world: &mut World, node: &Object, path: &str) -> Result<Answer, Refusal> {
    let plain = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    let quiet = node.condition("Ready").is_some_and(|ready| ready == "Unknown");
    if quiet {
        let address = node.internal_ip().unwrap_or_default();
        return Err(unavailable(format!(
            "error trying to reach service: dial tcp {address}:10250: connect: no route to host"
        )));
    }
    match plain {
        "/healthz" => Ok(Answer::text(200, "ok")),
        "/pods" => {
            let pods: Vec<Value> = world.on_node(node.name()).map(|pod| (**pod).clone().whole()).collect();
            Ok(Answer::json(200, &json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods})))
        }
        _ => {
            let what = format!("what the kubelet of {} says at {plain}", node.name());
            world.note_unknown(&what);
            Err(Refusal::new(501, "NotImplemented", format!("{what} is not known here")))
        }
    }
}
