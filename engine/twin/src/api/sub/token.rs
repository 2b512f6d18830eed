//! Tokens of a service account.

use super::super::answer::Answer;
use super::super::request::Request;
use super::super::target::Target;
use super::super::token::{Claim, make};
use super::super::{accept, body, encode};
use crate::json::{Value, json};
use crate::world::{Cause, Refusal, World};

pub(crate) fn answer(world: &mut World, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let asked = body::value(request)?.unwrap_or_default();
    let Some(account) = world.get("serviceaccounts", &target.namespace, &target.name).cloned() else {
        return Err(Refusal::not_found(&"serviceaccounts".into(), &target.name));
    };
    let seconds = asked["spec"]["expirationSeconds"].as_i64().unwrap_or(3600);
    let wrong = |message: &str| {
        let cause =
            Cause::new("FieldValueInvalid", "spec.expirationSeconds", format!("Invalid value: {seconds}: {message}"));
        Refusal::invalid("authentication.k8s.io", "TokenRequest", "", vec![cause])
    };
    if seconds < 600 {
        return Err(wrong("may not specify a duration less than 10 minutes"));
    }
    if seconds > 1 << 32 {
        return Err(wrong("may not specify a duration larger than 2^32 seconds"));
    }
    let audiences = match asked["spec"]["audiences"].as_array() {
        Some(list) if !list.is_empty() => asked["spec"]["audiences"].clone(),
        _ => json!(["https://kubernetes.default.svc.cluster.local"]),
    };
    let bound = bound(world, target, &asked["spec"]["boundObjectRef"])?;
    let until = world.now().plus_seconds(seconds);
    let claim = Claim {
        namespace: &target.namespace,
        name: &target.name,
        uid: account.uid(),
        audiences: audiences.clone(),
        until,
        bound,
    };
    let token = make(world, &claim);
    let metadata = json!({"name": target.name, "namespace": target.namespace, "uid": account.uid(), "creationTimestamp": world.now().text()});
    let made = json!({
        "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": metadata,
        "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": asked["spec"]["boundObjectRef"]},
        "status": {"token": token, "expirationTimestamp": until.text()},
    });
    Ok(encode::value(201, &made, wanted))
}

fn bound(world: &World, target: &Target, reference: &Value) -> Result<Option<(&'static str, String, String)>, Refusal> {
    let name = reference["name"].as_str().unwrap_or_default();
    let (kind, field, within) = match reference["kind"].as_str() {
        Some("Pod") => ("pods", "pod", target.namespace.as_str()),
        Some("Secret") => ("secrets", "secret", target.namespace.as_str()),
        Some("Node") => ("nodes", "node", ""),
        _ => return Ok(None),
    };
    let Some(object) = world.get(kind, within, name) else {
        return Err(Refusal::not_found(&kind.into(), name));
    };
    Ok(Some((field, name.to_owned(), object.uid().to_owned())))
}
