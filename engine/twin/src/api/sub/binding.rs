//! Binding a pod to a node.

use super::super::answer::Answer;
use super::super::request::Request;
use super::super::target::Target;
use super::super::{accept, body, encode, options};
use crate::world::{Key, Refusal, World};

pub(crate) fn answer(world: &mut World, name: &str, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let options = options::read(request, "CreateOptions")?;
    let binding = body::value(request)?.unwrap_or_default();
    let name = if name.is_empty() { binding["metadata"]["name"].as_str().unwrap_or_default() } else { name }.to_owned();
    let node = binding["target"]["name"].as_str().unwrap_or_default().to_owned();
    let kind = binding["target"]["kind"].as_str().unwrap_or_default();
    if binding["metadata"]["name"].as_str().is_some_and(|other| !other.is_empty() && other != name) {
        return Err(Refusal::bad_request("name in URL does not match name in Binding object"));
    }
    let mut wrong = Vec::new();
    if !["", "Node"].contains(&kind) {
        wrong.push(format!("target.kind: Unsupported value: \"{kind}\": supported values: \"Node\", \"<empty>\""));
    }
    if node.is_empty() {
        wrong.push("target.name: Required value".to_owned());
    }
    match wrong.as_slice() {
        [] => {}
        [one] => return Err(Refusal::new(500, "", one.as_str())),
        several => return Err(Refusal::new(500, "", format!("[{}]", several.join(", ")))),
    }
    let key = Key::new("pods", &target.namespace, &name);
    let Some(pod) = world.at(&key).cloned() else {
        return Err(Refusal::not_found(&"pods".into(), &name));
    };
    let uid = binding["metadata"]["uid"].as_str().unwrap_or_default();
    if !uid.is_empty() && uid != pod.uid() {
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /pods/{}/{name}, ResourceVersion: 0, AdditionalErrorMsg: \
             Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            target.namespace,
            pod.uid()
        );
        return Err(Refusal::conflict(&"pods".into(), &name, &why));
    }
    let conflict = |why: String| Refusal::conflict(&"pods/binding".into(), &name, &why);
    if pod.is_going() {
        return Err(conflict(format!("pod {name} is being deleted, cannot be assigned to a host")));
    }
    if let Some(has) = pod["spec"]["nodeName"].as_str().filter(|has| !has.is_empty()) {
        return Err(conflict(format!("pod {name} is already assigned to node \"{has}\"")));
    }
    if pod["spec"]["schedulingGates"].as_array().is_some_and(|gates| !gates.is_empty()) {
        return Err(conflict(format!("pod {name} has non-empty .spec.schedulingGates")));
    }
    let now = world.now();
    if !options.dry_run {
        world.change(&key, |pod| {
            pod["spec"]["nodeName"] = node.as_str().into();
            pod.set_condition(now, "PodScheduled", "True", "", "");
            let conditions = pod["status"]["conditions"].as_array_mut();
            if let Some(scheduled) = conditions.and_then(|all| all.iter_mut().find(|one| one["type"] == "PodScheduled"))
            {
                scheduled["lastProbeTime"] = crate::json::Value::Null;
            }
        })?;
    }
    Ok(encode::value(201, &super::done(), wanted))
}
