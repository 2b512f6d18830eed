//! What `crictl -o json` says: the answers of the runtime's own interface, field by field.

use super::call::{Call, Done};
use super::options::Options;
use super::runtime::{fits, fits_pod};
use crate::machines::containers::{Container, Sandbox};
use serde_json::{Value, json};

/// What a verb shows, as JSON; forms other than that are not known.
pub(super) fn show(call: &mut Call<'_, '_>, verb: &str, options: &Options) -> Done {
    if options.value("o") != Some("json") {
        return call.unknown(&format!("output `{}`", options.value("o").unwrap_or_default()));
    }
    let known = call.sys.machine.containers.clone();
    let value = match verb {
        "ps" => {
            let of = |one: &Container| known.pods.iter().find(|pod| pod.id == one.pod).cloned().unwrap_or_default();
            let all = known.all.iter().rev().map(|one| (one, of(one)));
            let shown: Vec<Value> = all
                .filter(|(one, pod)| fits(one, pod, options))
                .map(|(one, pod)| {
                    let id = known.images.get(&one.image).map_or(&one.image, |image| &image.id);
                    container(one, &pod, id)
                })
                .collect();
            json!({"containers": shown})
        }
        "pods" => {
            let shown: Vec<Value> = known.pods.iter().rev().filter(|pod| fits_pod(pod, options)).map(sandbox).collect();
            json!({"items": shown})
        }
        "images" | "image" | "img" => {
            let shown: Vec<Value> = known
                .images
                .iter()
                .map(|(name, image)| {
                    json!({
                        "id": image.id, "repoTags": [name], "repoDigests": [], "size": image.size.to_string(),
                        "uid": null, "username": "", "pinned": false,
                    })
                })
                .collect();
            json!({"images": shown})
        }
        _ => return call.unknown(&format!("option `-o` of `{verb}`")),
    };
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    call.line(&text);
    Ok(0)
}

fn nanoseconds(created: std::time::Duration) -> String {
    created.as_nanos().to_string()
}

fn labels(pod: &Sandbox) -> Value {
    json!({"io.kubernetes.pod.name": pod.name, "io.kubernetes.pod.namespace": pod.namespace})
}

fn container(one: &Container, pod: &Sandbox, image: &str) -> Value {
    let mut labels = labels(pod);
    labels["io.kubernetes.container.name"] = one.name.as_str().into();
    json!({
        "id": one.id, "podSandboxId": one.pod, "metadata": {"name": one.name, "attempt": one.attempt},
        "image": {"image": image, "annotations": {}, "userSpecifiedImage": one.image, "runtimeHandler": ""},
        "imageRef": image, "state": format!("CONTAINER_{}", one.state.to_uppercase()),
        "createdAt": nanoseconds(one.created), "labels": labels, "annotations": {},
    })
}

fn sandbox(pod: &Sandbox) -> Value {
    let state = if pod.ready { "SANDBOX_READY" } else { "SANDBOX_NOTREADY" };
    json!({
        "id": pod.id, "metadata": {"name": pod.name, "namespace": pod.namespace, "attempt": pod.attempt},
        "state": state, "createdAt": nanoseconds(pod.created), "labels": labels(pod), "annotations": {},
        "runtimeHandler": "",
    })
}
