//! Which kind of the remaining ones is looked at where, and the rules of those that have only a few.

use crate::json::Value;

use super::report::{Report, items, pairs, said, text};
use super::{definition, names, network, placing, webhook};
use crate::rules::inner;
use crate::rules::quantity::Quantity;
use crate::shapes::Kind;

pub(super) fn created(report: &mut Report, object: &Value, kind: &Kind) {
    match kind.kind.as_str() {
        "NetworkPolicy" => network::policy(report, &object["spec"]),
        "Ingress" => network::ingress(report, &object["spec"]),
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
            for (index, webhook) in object["webhooks"].as_array().into_iter().flatten().enumerate() {
                webhook::webhook(report, webhook, &format!("webhooks[{index}]"));
            }
        }
        "IngressClass" => network::class(report, &object["spec"]),
        "RuntimeClass" => runtime(report, object),
        "VolumeAttachment" => {
            attachment(report, &object["spec"]);
            let attacher = text(&object["spec"], "attacher");
            if attacher.is_empty() {
                report.required("spec.attacher", "");
            }
            report.all("spec.attacher", attacher, names::subdomain(&attacher.to_lowercase()));
            if let Some(volume) = object["spec"]["source"]["persistentVolumeName"].as_str() {
                report.all("spec.source.persistentVolumeName", volume, names::subdomain(volume));
            }
        }
        "ValidatingAdmissionPolicy" => admission(report, &object["spec"]),
        "ValidatingAdmissionPolicyBinding" => {
            match text(&object["spec"], "policyName") {
                "" => report.required("spec.policyName", ""),
                name => report.all("spec.policyName", name, names::subdomain(name)),
            }
            if !said(&object["spec"], "validationActions") {
                report.required("spec.validationActions", "at least one validation action is required");
            }
            for (path, one) in items(&object["spec"], "validationActions", "spec") {
                report.one_of(&path, one, &["Audit", "Deny", "Warn"]);
            }
        }
        "CustomResourceDefinition" => definition::definition(report, object, true),
        _ => {}
    }
}

const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

fn runtime(report: &mut Report, object: &Value) {
    let handler = text(object, "handler");
    report.all("handler", handler, names::label(handler));
    for (name, amount) in pairs(&object["overhead"], "podFixed") {
        if amount.as_str().and_then(Quantity::read).is_some_and(|amount| amount.is_negative()) {
            report.invalid(&format!("overhead.limits[{name}]"), amount, "must be greater than or equal to 0");
        }
    }
    placing::labels(report, &object["scheduling"], "scheduling");
    placing::tolerations(report, &object["scheduling"], "scheduling");
}

fn attachment(report: &mut Report, spec: &Value) {
    let attacher = text(spec, "attacher");
    if attacher.is_empty() {
        report.required("spec.attacher", "");
    }
    let (source, at) = (&spec["source"], "spec.source");
    let which = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    match (&source["inlineVolumeSpec"], &source["persistentVolumeName"]) {
        (Value::Null, Value::Null) => report.required(at, which),
        (Value::Null, name) if *name == "" => {
            let why = "must specify non empty persistentVolumeName";
            report.required(&format!("{at}.persistentVolumeName"), why);
        }
        (Value::Null, _) | (_, Value::Null) => {}
        _ => report.forbidden(at, which),
    }
    let node = text(spec, "nodeName");
    report.all("spec.nodeName", node, names::subdomain(node));
}

fn admission(report: &mut Report, spec: &Value) {
    if spec["matchConstraints"].is_null() {
        report.required("spec.matchConstraints", "");
    }
    for (path, rule) in items(&spec["matchConstraints"], "resourceRules", "spec.matchConstraints") {
        for (path, one) in items(rule, "operations", &path) {
            report.one_of(&path, one, &OPERATIONS);
        }
        for key in ["operations", "apiGroups", "apiVersions", "resources"] {
            if !said(rule, key) {
                report.required(&format!("{path}.{key}"), "");
            }
        }
        for (path, one) in items(rule, "apiVersions", &path) {
            if one == "" {
                report.required(&path, "");
            }
        }
    }
    if !said(spec, "validations") && !said(spec, "auditAnnotations") {
        for key in ["validations", "auditAnnotations"] {
            let why = "validations or auditAnnotations must contain at least one item";
            report.required(&format!("spec.{key}"), why);
        }
    }
    for (path, one) in items(spec, "validations", "spec") {
        if text(one, "expression").trim().is_empty() {
            report.required(&format!("{path}.expression"), "expression is not specified");
        }
    }
}

/// What may not be changed of the kinds of this file.
pub(super) fn changed(report: &mut Report, after: &Value, before: &Value, kind: &Kind) {
    match kind.kind.as_str() {
        "CustomResourceDefinition" => {
            definition::definition(report, after, false);
            let versions = after["spec"]["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
            for (index, stored) in after["status"]["storedVersions"].as_array().into_iter().flatten().enumerate() {
                if !versions.iter().any(|version| version["name"] == *stored) {
                    let name = stored.as_str().unwrap_or_default();
                    let why = format!(
                        "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
                    );
                    report.invalid(&format!("status.storedVersions[{index}]"), stored, &why);
                }
            }
            for key in ["group", "scope"] {
                if after["spec"][key] != before["spec"][key] {
                    report.invalid(&format!("spec.{key}"), &after["spec"][key], "field is immutable");
                }
            }
            for key in ["kind", "plural"] {
                let value = &after["spec"]["names"][key];
                if *value != before["spec"]["names"][key] {
                    report.invalid(&format!("spec.names.{key}"), value, "field is immutable");
                }
            }
            return;
        }
        "IngressClass" if after["spec"]["controller"] != before["spec"]["controller"] => {
            report.wrong("spec.controller", text(&after["spec"], "controller"), "field is immutable");
        }
        _ => {}
    }
    if kind.kind == "VolumeAttachment" {
        attachment(report, &after["spec"]);
    } else {
        created(report, after, kind);
    }
    match kind.kind.as_str() {
        "RuntimeClass" if after["handler"] != before["handler"] => {
            report.invalid("handler", &after["handler"], "field is immutable");
        }
        "VolumeAttachment" if after["spec"] != before["spec"] => {
            attachment(report, &after["spec"]);
            let all = inner::shown(&after["spec"], "VolumeAttachmentSpec");
            report.raw("spec", &all, "field is immutable");
        }
        _ => {}
    }
}
