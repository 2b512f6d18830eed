//! Evicting a pod, as far as disruption budgets let it go.

use super::super::answer::Answer;
use super::super::kinds::Served;
use super::super::request::Request;
use super::super::target::Target;
use super::super::{accept, admit, body, delete, encode, options};
use super::spoken::{self, Sent};
use crate::json::{Value, json};
use crate::laws::disruption::budgets_of;
use crate::rules::Verb;
use crate::world::{Cause, Deletion, Key, Object, Refusal, World};
use std::sync::Arc;

const BUDGETS: &str = "poddisruptionbudgets.policy";

pub(crate) fn answer(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let eviction = sent(served, target, request)?;
    let name = eviction["metadata"]["name"].as_str().unwrap_or_default();
    if name != target.name {
        return Err(Refusal::bad_request("name in URL does not match name in Eviction object"));
    }
    let key = Key::new("pods", &target.namespace, &target.name);
    let Some(pod) = world.at(&key).cloned() else {
        return Err(Refusal::not_found(&"pods".into(), &target.name));
    };
    let options = &eviction["deleteOptions"];
    let text = |field: &str| options["preconditions"][field].as_str().map(str::to_owned);
    let how = Deletion {
        grace: options["gracePeriodSeconds"].as_i64(),
        uid: text("uid"),
        revision: text("resourceVersion"),
        ..Deletion::default()
    };
    let dry = crate::world::strings(&options["dryRun"]).next().is_some() || request.query.get("dryRun").is_some();
    let mut copy = dry.then(|| world.clone());
    let world = copy.as_mut().unwrap_or(world);
    admit::delete(world, served, &key, key.name(), request, dry, &mut request.heard.iter())?;
    if !ignores_budgets(&pod) {
        spend(world, &pod)?;
    }
    let now = world.now();
    if !ignores_budgets(&pod) {
        world.change(&key, |pod| {
            pod.set_condition(now, "DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting");
            for condition in pod["status"]["conditions"].as_array_mut().into_iter().flatten() {
                if condition["type"] == "DisruptionTarget" {
                    condition["lastProbeTime"] = crate::json::Value::Null;
                }
            }
        })?;
    }
    delete::one(world, served, &key, &how)?;
    Ok(encode::value(201, &super::done(), wanted))
}

/// What was sent; of both versions, which are the same.
fn sent(served: &Served, target: &Target, request: &Request) -> Result<Value, Refusal> {
    let mut bytes = body::json(request, served)?.bytes;
    let old = |value: &Value| value["apiVersion"] == "policy/v1beta1" && value["kind"] == "Eviction";
    if let Some(mut value) = crate::json::from_slice::<Value>(&bytes).ok().filter(old) {
        value["apiVersion"] = "policy/v1".into();
        bytes = value.to_string().into_bytes();
    }
    let kind = Served::spoken("policy", "v1", "Eviction");
    let validation = options::read(request, "CreateOptions")?.validation;
    let sent = Sent { verb: Verb::Create, bytes: &bytes, validation };
    spoken::read(&kind, target, &sent, None).map(|(eviction, _)| eviction)
}

/// A pod that does not run, or is on its way out, disrupts nothing.
fn ignores_budgets(pod: &Object) -> bool {
    ["Pending", "Succeeded", "Failed"].contains(&pod["status"]["phase"].as_str().unwrap_or_default()) || pod.is_going()
}

/// Takes one disruption from the pod's budget, or refuses.
fn spend(world: &mut World, pod: &Object) -> Result<(), Refusal> {
    let budgets: Vec<Arc<Object>> = budgets_of(world, pod).into_iter().map(|(_, budget)| budget).collect();
    let [budget] = budgets.as_slice() else {
        if budgets.is_empty() {
            return Ok(());
        }
        let said = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        return Err(Refusal::new(500, "", said));
    };
    let status = |field: &str| budget["status"][field].as_i64().unwrap_or(0);
    if pod.condition("Ready") != Some("True") {
        let always = budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow";
        let healthy = status("currentHealthy") >= status("desiredHealthy") && status("desiredHealthy") > 0;
        if always || healthy {
            return Ok(());
        }
    }
    if status("observedGeneration") < budget.generation() {
        let cause = format!("The disruption budget {} is still being processed by the server.", budget.name());
        return Err(too_many(&cause, 10));
    }
    if status("disruptionsAllowed") <= 0 {
        let cause = format!(
            "The disruption budget {} needs {} healthy pods and has {} currently",
            budget.name(),
            status("desiredHealthy"),
            status("currentHealthy")
        );
        return Err(too_many(&cause, 0));
    }
    let (now, left, name) = (world.now(), status("disruptionsAllowed") - 1, pod.name().to_owned());
    world.change_as(&Key::new(BUDGETS, budget.namespace(), budget.name()), "kube-apiserver", "status", |budget| {
        budget["status"]["disruptionsAllowed"] = left.into();
        budget["status"]["disruptedPods"][&name] = now.text().into();
        let (status, reason) = if left > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
        budget.set_condition(now, "DisruptionAllowed", status, reason, "");
        let generation = budget.generation();
        for condition in budget["status"]["conditions"].as_array_mut().into_iter().flatten() {
            condition["message"] = "".into();
            condition["observedGeneration"] = generation.into();
        }
    })?;
    Ok(())
}

fn too_many(cause: &str, wait: i64) -> Refusal {
    let said = "Cannot evict pod as it would violate the pod's disruption budget.";
    let mut refusal = Refusal::new(429, "TooManyRequests", said);
    refusal.details = if wait > 0 { json!({"retryAfterSeconds": wait}) } else { json!({}) };
    refusal.causes.push(Cause::new("DisruptionBudget", "", cause));
    refusal
}
