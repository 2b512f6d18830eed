//! What containers have written.

use super::super::answer::{Answer, Body};
use super::super::follow::Follow;
use super::super::get;
use super::super::kinds::Served;
use super::super::options;
use super::super::request::Request;
use super::super::target::Target;
use crate::json::Value;
use crate::world::{Cause, Key, Moment, Object, Refusal, World};

pub(crate) fn answer(world: &World, served: &Served, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    check(target, request)?;
    let pod = get::object(world, served, target)?;
    let container = container(&pod, request.query.get("container").unwrap_or_default())?;
    if pod["spec"]["nodeName"].as_str().unwrap_or_default().is_empty() {
        return Ok(Answer { code: 204, headers: Vec::new(), body: Body::Bytes(Vec::new()) });
    }
    if let Some(reason) = waiting(&pod, &container) {
        let said = format!("container \"{container}\" in pod \"{}\" is waiting to start: {reason}", pod.name());
        return Err(Refusal::bad_request(said));
    }
    let key = Key::new("pods", &target.namespace, &target.name);
    let (bytes, follow) = Follow::begin(world, key, &container, &request.query);
    let mut answer = Answer::bytes(200, "text/plain", Vec::new());
    answer.body = if request.query.is("follow") { Body::Follow(bytes, Box::new(follow)) } else { Body::Bytes(bytes) };
    Ok(answer)
}

fn check(target: &Target, request: &Request) -> Result<(), Refusal> {
    let query = &request.query;
    let mut causes = Vec::new();
    if let Some(time) = query.get("sinceTime").filter(|time| !time.is_empty() && Moment::read(time).is_none()) {
        let layout = "2006-01-02T15:04:05Z07:00";
        let said = format!("parsing time {time:?} as {layout:?}: cannot parse {time:?} as \"2006\"");
        return Err(Refusal::bad_request(said));
    }
    for field in ["tailLines", "limitBytes", "sinceSeconds"] {
        let number = options::number(query, field)?;
        let least = if field == "tailLines" { 0 } else { 1 };
        if let Some(number) = number.filter(|number| *number < least) {
            let than = if least == 0 { "greater than or equal to 0" } else { "greater than 0" };
            causes.push(Cause::new("FieldValueInvalid", field, format!("Invalid value: {number}: must be {than}")));
        }
    }
    if query.get("sinceSeconds").is_some() && query.get("sinceTime").is_some() {
        let message = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified";
        causes.push(Cause::new("FieldValueForbidden", "[]", message));
    }
    // Streams are told apart only where a gate is open that is shut by itself.
    if query.get("stream").is_some() {
        causes.push(Cause::new("FieldValueForbidden", "stream", "Forbidden: may not be specified"));
    }
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid("", "PodLogOptions", &target.name, causes)) }
}

/// The container that is meant.
///
/// # Failures
/// 400 when it is not there, or when there are several and none is named.
fn container(pod: &Object, asked: &str) -> Result<String, Refusal> {
    meant(pod, asked).map_err(|names| {
        let mut said = format!("a container name must be specified for pod {}", pod.name());
        let lists = ["", "or one of the init containers", "or one of the ephemeral containers"];
        for (what, names) in lists.iter().zip(&names).filter(|(_, names)| !names.is_empty()) {
            let what = if what.is_empty() { ", choose one of" } else { what };
            let gap = if what.starts_with(',') { "" } else { " " };
            said.push_str(&format!("{gap}{what}: [{}]", names.join(" ")));
        }
        Refusal::bad_request(said)
    })?
}

/// The container that is meant, where a command is to be run or joined in it.
///
/// # Failures
/// 400 when it is not there, or when there are several and none is named.
pub(super) fn joined(pod: &Object, asked: &str) -> Result<String, Refusal> {
    meant(pod, asked).map_err(|[main, before, beside]| {
        let names = [before, main, beside].concat().join(" ");
        let name = pod.name();
        Refusal::bad_request(format!("a container name must be specified for pod {name}, choose one of: [{names}]"))
    })?
}

/// The container that is meant; all of them by their lists, where nobody says which.
fn meant(pod: &Object, asked: &str) -> Result<Result<String, Refusal>, [Vec<String>; 3]> {
    let names = |field: &str| -> Vec<String> {
        let all = pod["spec"][field].as_array().into_iter().flatten();
        all.filter_map(|one| one["name"].as_str()).map(str::to_owned).collect()
    };
    let main = names("containers");
    if asked.is_empty() {
        if let Some(name) =
            pod.annotation("kubectl.kubernetes.io/default-container").filter(|name| main.iter().any(|one| one == name))
        {
            return Ok(Ok(name.to_owned()));
        }
        return match main.as_slice() {
            [one] => Ok(Ok(one.clone())),
            _ => Err([main, names("initContainers"), names("ephemeralContainers")]),
        };
    }
    let all = [main, names("initContainers"), names("ephemeralContainers")].concat();
    let known = all.iter().any(|one| one == asked);
    let wrong = || Refusal::bad_request(format!("container {asked} is not valid for pod {}", pod.name()));
    Ok(known.then(|| asked.to_owned()).ok_or_else(wrong))
}

/// Why a container has not started; none when it has.
fn waiting(pod: &Object, container: &str) -> Option<String> {
    let fields = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let statuses = fields.iter().flat_map(|field| pod["status"][*field].as_array().into_iter().flatten());
    let status: Option<&Value> = statuses.into_iter().find(|one| one["name"] == container);
    match status {
        None => Some("ContainerCreating".to_owned()),
        Some(status) => {
            let started = status["state"]["running"].is_object()
                || status["state"]["terminated"].is_object()
                || status["lastState"]["terminated"].is_object();
            let reason = status["state"]["waiting"]["reason"].as_str().unwrap_or("ContainerCreating");
            (!started).then(|| reason.to_owned())
        }
    }
}
