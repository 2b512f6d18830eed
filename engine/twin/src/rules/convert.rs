//! What going through the server's internal types does to an object.

use crate::json::{Map, Value, json};

use crate::shapes::Kind;

/// Makes the object what it is after a conversion there and back.
pub(super) fn convert(object: &mut Value, kind: &Kind) {
    accounts(object, kind);
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Secret") => secret(object),
        ("", "Pod") => first(object.get_mut("status"), "podIP", "podIPs", |one| json!({"ip": one}), |item| &item["ip"]),
        ("", "Node") => first(object.get_mut("spec"), "podCIDR", "podCIDRs", Value::clone, |item| item),
        ("apps", "DaemonSet") => {
            generation(object);
            if let Some(Value::Object(rolling)) = object.pointer_mut("/spec/updateStrategy/rollingUpdate") {
                for key in ["maxUnavailable", "maxSurge"] {
                    rolling.entry(key).or_insert(json!(0));
                }
            }
        }
        _ => {}
    }
}

/// Gives pods, and templates of pods, both names of their service account.
pub(crate) fn accounts(object: &mut Value, kind: &Kind) {
    let of_pod = match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => "/spec",
        ("batch", "CronJob") => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };
    if let Some(spec) = object.pointer_mut(of_pod) {
        account(spec);
    }
}

/// What there was one of once is the first of a list now: where both say something, the one counts.
fn first(
    part: Option<&mut Value>,
    one: &str,
    all: &str,
    item: impl Fn(&Value) -> Value,
    of: impl for<'a> Fn(&'a Value) -> &'a Value,
) {
    let Some(Value::Object(fields)) = part else { return };
    let is = fields.get(all).and_then(|all| all.get(0));
    match fields.get(one).filter(|one| one.as_str().is_some_and(|one| !one.is_empty())).map(item) {
        Some(wanted) if is != Some(&wanted) => drop(fields.insert(all, json!([wanted]))),
        Some(_) => {}
        None => {
            if let Some(said) =
                is.map(|is| of(is).clone()).filter(|said| said.as_str().is_some_and(|said| !said.is_empty()))
            {
                fields.insert(one, said);
            }
        }
    }
}

/// Where a daemon set counts its templates, for clients of old.
pub(super) const TEMPLATES: &str = "deprecated.daemonset.template.generation";

fn generation(object: &mut Value) {
    let Value::Object(metadata) = &mut object["metadata"] else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(annotations) = annotations {
        annotations.entry(TEMPLATES).or_insert(json!("0"));
    }
}

/// What a secret says in plain text becomes data.
fn secret(object: &mut Value) {
    let Value::Object(fields) = object else { return };
    let Some(Value::Object(plain)) = fields.remove("stringData") else { return };
    let data = fields.entry("data").or_insert_with(|| Value::Object(Map::new()));
    if !data.is_object() {
        *data = Value::Object(Map::new());
    }
    for (key, text) in plain {
        data[key] = json!(super::bytes::encode(text.as_str().unwrap_or_default().as_bytes()));
    }
}

/// The old name of a pod's service account says the same as the new one.
fn account(spec: &mut Value) {
    let Value::Object(fields) = spec else { return };
    let name = ["serviceAccountName", "serviceAccount"]
        .iter()
        .find_map(|key| fields.get(key).filter(|name| name.as_str().is_some_and(|name| !name.is_empty())).cloned());
    if let Some(name) = name {
        fields.insert("serviceAccount".to_owned(), name.clone());
        fields.insert("serviceAccountName".to_owned(), name);
    }
}
