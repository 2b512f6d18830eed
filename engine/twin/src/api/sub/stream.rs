//! Commands in containers, attaching to them, and their ports.

use super::super::answer::{Answer, Body};
use super::super::exec::Exec;
use super::super::get;
use super::super::kinds::Served;
use super::super::request::Request;
use super::super::target::Target;
use crate::world::{Key, Refusal, World};

/// The protocols that are spoken, the best first.
const SPOKEN: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

pub(crate) fn answer(world: &World, served: &Served, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let pod = get::object(world, served, target)?;
    let asked = request.query.get("container").unwrap_or_default();
    let container = if target.sub == "portforward" { String::new() } else { super::logs::container(&pod, asked)? };
    if pod["spec"]["nodeName"].as_str().unwrap_or_default().is_empty() {
        return Err(Refusal::bad_request(format!("pod {} does not have a host assigned", pod.name())));
    }
    if request.header("upgrade").is_empty() {
        return Err(Refusal::bad_request("Upgrade request required"));
    }
    if target.sub == "portforward" {
        return Err(Refusal::new(501, "NotImplemented", "port forwarding is not spoken here"));
    }
    let ended = ["Succeeded", "Failed"].contains(&pod["status"]["phase"].as_str().unwrap_or_default());
    if ended {
        let phase = pod["status"]["phase"].as_str().unwrap_or_default();
        return Err(Refusal::bad_request(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let statuses = pod["status"]["containerStatuses"].as_array();
    let runs =
        statuses.into_iter().flatten().any(|one| one["name"] == *container && one["state"]["running"].is_object());
    if !runs {
        let said =
            format!("Internal error occurred: unable to upgrade connection: container not found (\"{container}\")");
        return Err(Refusal::new(500, "InternalError", said));
    }
    let offered: Vec<&str> = request.header("sec-websocket-protocol").split(',').map(str::trim).collect();
    let websocket = request.header("upgrade").eq_ignore_ascii_case("websocket");
    let protocol = SPOKEN.into_iter().find(|one| offered.contains(one));
    let (Some(protocol), true) = (protocol, websocket) else {
        return Err(Refusal::bad_request(
            "unable to upgrade: only WebSocket with v5.channel.k8s.io or v4.channel.k8s.io is spoken",
        ));
    };
    let pod = Key::new("pods", &target.namespace, &target.name);
    let exec = Exec::new(world, pod, container, request, target.sub == "attach");
    let headers = vec![("sec-websocket-protocol", protocol.to_owned())];
    Ok(Answer { code: 101, headers, body: Body::Exec(Box::new(exec)) })
}
