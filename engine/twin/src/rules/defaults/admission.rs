//! Webhooks, admission policies, custom definitions, aggregated services.

use crate::json::{Value, json};

use super::{each, part, set, some};

pub(super) fn defaults(object: &mut Value, kind: &str) {
    match kind {
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
            for webhook in each(object, "webhooks") {
                self::webhook(webhook, kind.starts_with("Mutating"));
            }
        }
        "ValidatingAdmissionPolicy" => {
            let Some(spec) = some(object, "spec") else { return };
            set(spec, "failurePolicy", json!("Fail"));
            constraints(spec, "matchConstraints");
        }
        "ValidatingAdmissionPolicyBinding" => {
            if let Some(spec) = some(object, "spec") {
                constraints(spec, "matchResources");
            }
        }
        _ => {}
    }
}

fn webhook(webhook: &mut Value, mutating: bool) {
    set(webhook, "failurePolicy", json!("Fail"));
    set(webhook, "matchPolicy", json!("Equivalent"));
    set(webhook, "namespaceSelector", json!({}));
    set(webhook, "objectSelector", json!({}));
    set(webhook, "timeoutSeconds", json!(10));
    if mutating {
        set(webhook, "reinvocationPolicy", json!("Never"));
    }
    for rule in each(webhook, "rules") {
        set(rule, "scope", json!("*"));
    }
    if let Some(service) = some(webhook, "clientConfig").and_then(|client| some(client, "service")) {
        set(service, "port", json!(443));
    }
}

fn constraints(spec: &mut Value, key: &str) {
    let Some(matches) = some(spec, key) else { return };
    set(matches, "matchPolicy", json!("Equivalent"));
    set(matches, "namespaceSelector", json!({}));
    set(matches, "objectSelector", json!({}));
    for list in ["resourceRules", "excludeResourceRules"] {
        for rule in each(matches, list) {
            set(rule, "scope", json!("*"));
        }
    }
}

pub(super) fn definition(object: &mut Value) {
    let Some(spec) = some(object, "spec") else { return };
    if let Some(names) = part(spec, "names") {
        let kind = names["kind"].as_str().unwrap_or_default().to_owned();
        if !kind.is_empty() {
            set(names, "singular", json!(kind.to_lowercase()));
            set(names, "listKind", json!(format!("{kind}List")));
        }
    }
    if let Some(conversion) = part(spec, "conversion") {
        set(conversion, "strategy", json!("None"));
        if let Some(service) = some(conversion, "webhook")
            .and_then(|webhook| some(webhook, "clientConfig"))
            .and_then(|client| some(client, "service"))
        {
            set(service, "port", json!(443));
        }
    }
}

pub(super) fn service(object: &mut Value) {
    if let Some(service) = some(object, "spec").and_then(|spec| some(spec, "service")) {
        set(service, "port", json!(443));
    }
}
