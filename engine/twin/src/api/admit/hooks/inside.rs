//! Webhooks inside the cluster: they answer as a scene says, and where nobody is behind them they are down.

use super::super::super::request::Heard;
use crate::json::{Value, json};
use crate::world::{Key, World};

/// What a webhook with a service in the cluster answers; none for one outside.
///
/// The object `services` of the kind `catalogues.twin` says under `services` what those behind `NAMESPACE/NAME` do: its
/// `hook` is the response of an `AdmissionReview`, such as `{"allowed": true}`.
pub(super) fn answer(world: &mut World, hook: &Value, review: &Value) -> Option<Heard> {
    let service = hook["clientConfig"].get("service").filter(|service| service.is_object())?;
    let (namespace, name) = (service["namespace"].as_str()?, service["name"].as_str()?);
    let failed = |why: String| Some(Heard::Failed(why));
    let Some(object) = world.get("services", namespace, name).cloned() else {
        return failed(format!("service \"{name}\" not found"));
    };
    let said = world.at(&Key::new("catalogues.twin", "", "services"));
    let said = said.map(|all| all["services"][format!("{namespace}/{name}")]["hook"].clone()).unwrap_or_default();
    if said.is_object() {
        let mut response = said;
        response["uid"] = review["request"]["uid"].clone();
        let body = json!({"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response});
        return Some(Heard::Said { code: 200, body: body.to_string() });
    }
    if !has_ready(world, namespace, name) {
        return failed(format!("no endpoints available for service \"{name}\""));
    }
    // Pods are behind it, and nobody knows what they would say.
    world.note_unknown(&format!("what the webhook behind the service {namespace}/{name} says"));
    let address = object["spec"]["clusterIP"].as_str().unwrap_or_default();
    let port = service["port"].as_u64().unwrap_or(443);
    failed(format!("dial tcp {address}:{port}: connect: connection refused"))
}

fn has_ready(world: &World, namespace: &str, service: &str) -> bool {
    let mut slices = world
        .list("endpointslices.discovery.k8s.io", namespace)
        .filter(|slice| slice.label("kubernetes.io/service-name") == Some(service));
    slices.any(|slice| {
        let mut endpoints = slice["endpoints"].as_array().into_iter().flatten();
        endpoints.any(|endpoint| endpoint["conditions"]["ready"] != false)
    })
}
