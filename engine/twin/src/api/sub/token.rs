//! Tokens of a service account.

use super::super::answer::Answer;
use super::super::request::Request;
use super::super::target::Target;
use super::super::token::{Claim, make};
use super::super::{accept, body, encode, options};
use crate::json::{Value, json};
use crate::rules;
use crate::shapes::Kind;
use crate::world::{Cause, Refusal, World};

pub(crate) fn answer(world: &mut World, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let (asked, record) = asked(world, target, request)?;
    let Some(account) = world.get("serviceaccounts", &target.namespace, &target.name).cloned() else {
        return Err(Refusal::not_found(&"serviceaccounts".into(), &target.name));
    };
    let name = asked["metadata"]["name"].as_str().unwrap_or_default();
    if !name.is_empty() && name != target.name {
        let why = "must match the service account name if specified";
        let cause = Cause::new("FieldValueInvalid", "metadata.name", format!("Invalid value: {name:?}: {why}"));
        return Err(Refusal::invalid("authentication.k8s.io", "TokenRequest", &target.name, vec![cause]));
    }
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
    let mut metadata = json!({"name": target.name, "namespace": target.namespace, "uid": account.uid(), "creationTimestamp": world.now().text()});
    if !record.is_null() {
        metadata["managedFields"] = record;
    }
    let made = json!({
        "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": metadata,
        "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": asked["spec"]["boundObjectRef"]},
        "status": {"token": token, "expirationTimestamp": until.text()},
    });
    Ok(encode::value(201, &made, wanted))
}

/// What is asked for, and the record of who asks.
fn asked(world: &World, target: &Target, request: &Request) -> Result<(Value, Value), Refusal> {
    let kind = Kind::spoken("authentication.k8s.io", "v1", "TokenRequest");
    let options = options::read(request, "CreateOptions")?;
    let sent = body::json(request, &kind)?;
    // It may be nameless, and what is nameless elsewhere is refused.
    let bytes = if sent.bytes.is_empty() { b"{}".to_vec() } else { sent.bytes };
    let mut given = crate::json::from_slice::<Value>(&bytes).unwrap_or_default();
    let asked = given.clone();
    if given.is_object() {
        given["metadata"] = json!({"name": target.name});
        if (given["spec"].is_object() || given["spec"].is_null()) && given["spec"]["expirationSeconds"].is_null() {
            given["spec"]["expirationSeconds"] = json!(3600);
        }
    }
    let bytes = if given.is_object() { given.to_string().into_bytes() } else { bytes };
    let now = world.now().text();
    let write = rules::Write {
        kind: &kind,
        verb: rules::Verb::Create,
        sub: "token",
        namespace: &target.namespace,
        name: "",
        manager: &options.manager,
        validation: options.validation,
        now: &now,
        uid: "",
        suffix: "",
        body: &bytes,
        twice: &sent.twice,
        admit: None,
        judge: None,
    };
    let mut made = rules::write(world.shapes(), None, &write)?.object;
    let record = made["metadata"]["managedFields"].take();
    made["metadata"] = asked["metadata"].clone();
    Ok((made, record))
}

fn bound(world: &World, target: &Target, reference: &Value) -> Result<Option<(&'static str, String, String)>, Refusal> {
    let name = reference["name"].as_str().unwrap_or_default();
    let (kind, field, within) = match reference["kind"].as_str() {
        Some("Pod") => ("pods", "pod", target.namespace.as_str()),
        Some("Secret") => ("secrets", "secret", target.namespace.as_str()),
        Some("Node") => ("nodes", "node", ""),
        Some(kind) => {
            let version = reference["apiVersion"].as_str().unwrap_or_default();
            let version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
            return Err(Refusal::bad_request(format!("cannot bind token to object of type {version}, Kind={kind}")));
        }
        None => return Ok(None),
    };
    let Some(object) = world.get(kind, within, name) else {
        return Err(Refusal::not_found(&kind.into(), name));
    };
    Ok(Some((field, name.to_owned(), object.uid().to_owned())))
}
