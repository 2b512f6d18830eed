//! What a webhook is asked, and where.

use super::Attempt;
use crate::json::{Value, json};
use crate::world::World;

/// The question, as an `AdmissionReview`.
pub(super) fn review(world: &mut World, hook: &Value, attempt: &Attempt<'_>, object: &Value) -> Value {
    let served = attempt.served;
    let kind = json!({"group": served.group, "version": served.version, "kind": served.kind});
    let resource = json!({"group": served.group, "version": served.version, "resource": served.plural});
    let mut request = json!({
        "uid": world.chance().uid(), "kind": kind, "resource": resource, "requestKind": kind,
        "requestResource": resource, "operation": attempt.operation, "userInfo": who(attempt),
        "object": object, "oldObject": attempt.before, "dryRun": attempt.dry_run, "options": options(attempt),
    });
    for (field, text) in [("name", attempt.name), ("namespace", attempt.namespace)] {
        if !text.is_empty() {
            request[field] = text.into();
        }
    }
    if !attempt.sub.is_empty() {
        request["subResource"] = attempt.sub.into();
        request["requestSubResource"] = attempt.sub.into();
    }
    let versions = || crate::world::strings(&hook["admissionReviewVersions"]);
    let version = versions().find(|version| ["v1", "v1beta1"].contains(version)).unwrap_or("v1");
    json!({"kind": "AdmissionReview", "apiVersion": format!("admission.k8s.io/{version}"), "request": request})
}

fn who(attempt: &Attempt<'_>) -> Value {
    let user = attempt.user;
    let mut who = json!({"username": user.name, "groups": user.groups});
    if !user.uid.is_empty() {
        who["uid"] = user.uid.as_str().into();
    }
    if !user.extra.is_empty() {
        who["extra"] = user.extra.iter().map(|(key, values)| (key.clone(), json!(values))).collect();
    }
    who
}

fn options(attempt: &Attempt<'_>) -> Value {
    let kind = match attempt.operation {
        "CREATE" => "CreateOptions",
        "DELETE" => "DeleteOptions",
        _ => "UpdateOptions",
    };
    let mut options = json!({"kind": kind, "apiVersion": "meta.k8s.io/v1"});
    if attempt.operation != "DELETE" {
        options["fieldManager"] = attempt.manager.into();
    }
    if attempt.dry_run {
        options["dryRun"] = json!(["All"]);
    }
    options
}

/// How long a webhook may take, in seconds.
pub(super) fn seconds(hook: &Value) -> u64 {
    hook["timeoutSeconds"].as_u64().unwrap_or(10).clamp(1, 30)
}

/// Where a webhook is asked.
pub(super) fn address(hook: &Value) -> String {
    let client = &hook["clientConfig"];
    let base = match client["url"].as_str() {
        Some(url) => url.to_owned(),
        None => {
            let service = &client["service"];
            let text = |field: &str| service[field].as_str().unwrap_or_default();
            let port = service["port"].as_u64().unwrap_or(443);
            let path = text("path").trim_start_matches('/');
            format!("https://{}.{}.svc:{port}/{path}", text("name"), text("namespace"))
        }
    };
    let more = if base.contains('?') { '&' } else { '?' };
    // A path is always there on the wire.
    let base = match base.strip_prefix("https://") {
        Some(rest) if !rest.contains(['/', '?']) => format!("{base}/"),
        _ => base,
    };
    format!("{base}{more}timeout={}s", seconds(hook))
}
