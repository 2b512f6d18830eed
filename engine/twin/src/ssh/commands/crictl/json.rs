//! What `crictl -o json` says: the answers of the runtime's own interface, field by field.

use crate::json::{Value, json};
use crate::machines::containers::{Container, Containers, Sandbox};
use crate::ssh::commands::call::{Call, Done};

/// Prints it.
pub(super) fn print(call: &mut Call<'_, '_>, value: &Value) -> Done {
    let text = crate::json::to_string_pretty(value).unwrap_or_default();
    call.line(&text);
    Ok(0)
}

/// What `ps` found.
pub(super) fn containers(known: &Containers, found: &[(Container, Sandbox)]) -> Value {
    let shown: Vec<Value> = found.iter().map(|(one, pod)| container(known, one, pod)).collect();
    json!({"containers": shown})
}

/// What `pods` found.
pub(super) fn pods(found: &[Sandbox]) -> Value {
    json!({"items": found.iter().map(sandbox).collect::<Vec<Value>>()})
}

/// What `images` found.
pub(super) fn images(known: &Containers, fits: impl Fn(&str) -> bool) -> Value {
    let one = |(name, image): (&String, &crate::machines::containers::Image)| {
        json!({
            "id": image.id, "pinned": false, "repoDigests": [], "repoTags": [name], "size": image.size.to_string(),
            "spec": null, "uid": null, "username": "",
        })
    };
    json!({"images": known.images.iter().filter(|(name, _)| fits(name)).map(one).collect::<Vec<Value>>()})
}

/// The labels that the kubelet gives a sandbox, and a container in it.
pub(super) fn labels(pod: &Sandbox, container: Option<&str>) -> Value {
    let mut labels = json!({"io.kubernetes.pod.name": pod.name, "io.kubernetes.pod.namespace": pod.namespace});
    if let Some(name) = container {
        labels["io.kubernetes.container.name"] = name.into();
    }
    labels
}

fn container(known: &Containers, one: &Container, pod: &Sandbox) -> Value {
    let image = known.images.get(&one.image).map_or(&one.image, |image| &image.id);
    json!({
        "id": one.id, "podSandboxId": one.pod, "metadata": {"name": one.name, "attempt": one.attempt},
        "image": {"image": image, "annotations": {}, "userSpecifiedImage": one.image, "runtimeHandler": ""},
        "imageRef": image, "imageId": image, "state": format!("CONTAINER_{}", one.state.to_uppercase()),
        "createdAt": one.created.as_nanos().to_string(), "labels": labels(pod, Some(&one.name)), "annotations": {},
    })
}

fn sandbox(pod: &Sandbox) -> Value {
    let state = if pod.ready { "SANDBOX_READY" } else { "SANDBOX_NOTREADY" };
    json!({
        "id": pod.id, "metadata": {"name": pod.name, "namespace": pod.namespace, "attempt": pod.attempt},
        "state": state, "createdAt": pod.created.as_nanos().to_string(), "labels": labels(pod, None),
        "annotations": {}, "runtimeHandler": "",
    })
}
