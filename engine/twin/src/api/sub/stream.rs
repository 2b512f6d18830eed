//! Commands in containers, attaching to them, and their ports: all over connections that are upgraded.

use super::super::answer::{Answer, Body};
use super::super::exec::Exec;
use super::super::forward::Forward;
use super::super::get;
use super::super::kinds::Served;
use super::super::request::Request;
use super::super::speaks::{self, Channels, Speaks};
use super::super::target::Target;
use crate::world::{Cause, Key, Object, Refusal, World};

pub(crate) fn answer(world: &World, served: &Served, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let ports = target.sub == "portforward";
    let forwarded = if ports { named(request)? } else { Vec::new() };
    let pod = get::object(world, served, target)?;
    let asked = request.query.get("container").unwrap_or_default();
    let container = if ports { String::new() } else { super::logs::joined(&pod, asked)? };
    if pod["spec"]["nodeName"].as_str().unwrap_or_default().is_empty() {
        return Err(Refusal::bad_request(format!("pod {} does not have a host assigned", pod.name())));
    }
    if request.header("upgrade").is_empty() {
        return Err(Refusal::bad_request("Upgrade request required"));
    }
    let key = Key::new("pods", &target.namespace, &target.name);
    let (speaks, headers) = match speaks::agreed(request, ports)? {
        Ok(agreed) => agreed,
        Err(answer) => return Ok(answer),
    };
    if ports {
        return Ok(upgraded(headers, Body::Forward(Box::new(Forward::new(key, forwarded)), speaks)));
    }
    let (runs, path) = (begins(&pod, &container, request), format!("{}/{}/{container}", target.namespace, target.name));
    let answers = answers(world, &pod, speaks, &format!("{}/{path}", target.sub));
    let mut exec = Exec::new(world, key, container, request, target.sub == "attach");
    match answers.and(runs) {
        // Over the newest channels the server speaks with the client before it asks the kubelet.
        Err(refusal) if matches!(speaks, Speaks::Channels(Channels { fifth: true, .. })) => exec.refuse(&refusal),
        answer => answer?,
    }
    Ok(upgraded(headers, Body::Exec(Box::new(exec), speaks)))
}

fn upgraded(headers: Vec<(&'static str, String)>, body: Body) -> Answer {
    Answer { code: 101, headers, body }
}

/// Refuses where the kubelet does not answer.
fn answers(world: &World, pod: &Object, speaks: Speaks, path: &str) -> Result<(), Refusal> {
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    let why = match world.machine(node) {
        Some(machine) if !machine.is_up() => "no route to host",
        Some(machine) if !machine.has_kubelet() => "connection refused",
        _ => return Ok(()),
    };
    let address = world.get("nodes", "", node).and_then(|node| node.internal_ip()).unwrap_or_default();
    let what = match speaks {
        Speaks::Channels(Channels { fifth: true, .. }) => {
            format!("error sending request: Post \"https://{address}:10250/{path}\"")
        }
        _ => "error dialing backend".to_owned(),
    };
    Err(broken(&format!("{what}: dial tcp {address}:10250: connect: {why}")))
}

/// Refuses where there is nothing to say, or no container to speak with.
fn begins(pod: &Object, container: &str, request: &Request) -> Result<(), Refusal> {
    if !["stdin", "stdout", "stderr"].into_iter().any(|stream| request.query.is(stream)) {
        return Err(broken("unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr"));
    }
    let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let mut statuses = lists.iter().flat_map(|list| pod["status"][*list].as_array().into_iter().flatten());
    if statuses.any(|one| one["name"] == *container && one["state"]["running"].is_object()) {
        return Ok(());
    }
    Err(broken(&format!("unable to upgrade connection: container not found (\"{container}\")")))
}

fn broken(why: &str) -> Refusal {
    let mut refusal = Refusal::new(500, "InternalError", format!("Internal error occurred: {why}"));
    refusal.causes.push(Cause { message: why.to_owned(), ..Cause::default() });
    refusal
}

/// The ports that are named beforehand, which only one of the ways needs.
fn named(request: &Request) -> Result<Vec<u16>, Refusal> {
    let mut ports = Vec::new();
    for text in request.query.all("ports").flat_map(|text| text.split(',')) {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let why = if digits { "value out of range" } else { "invalid syntax" };
        let said = format!("cannot convert to []int32: strconv.ParseUint: parsing {text:?}: {why}");
        ports.push(text.parse::<u16>().map_err(|_| Refusal::bad_request(said))?);
    }
    // Channels are numbered with one byte.
    ports.truncate(100);
    Ok(ports)
}
