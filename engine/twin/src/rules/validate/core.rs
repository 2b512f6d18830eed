//! Config maps, secrets, namespaces, nodes, quotas, limits.

use crate::json::Value;

use super::report::{Report, items, pairs, said, text};
use super::{meta, names};
use crate::rules::{bytes, inner};

pub(super) fn created(report: &mut Report, object: &Value, kind: &str) {
    match kind {
        "ConfigMap" => config_map(report, object),
        "Secret" => secret(report, object),
        "Namespace" => {
            for (_, one) in items(&object["spec"], "finalizers", "spec") {
                meta::finalizer(report, "spec.finalizers", one.as_str().unwrap_or_default());
            }
        }
        "Node" => {
            node(report, object);
            networks(report, &object["spec"]);
        }
        "ResourceQuota" => super::quota::quota(report, &object["spec"]),
        "LimitRange" => super::limits::range(report, &object["spec"]),
        "ReplicationController" => controller(report, &object["spec"]),
        "Event" => super::event::created(report, object, false),
        _ => {}
    }
}

pub(super) fn changed(report: &mut Report, after: &Value, before: &Value, kind: &str) {
    match kind {
        "ConfigMap" | "Secret" => {
            if kind == "Secret" && after["type"] != before["type"] {
                report.invalid("type", &after["type"], "field is immutable");
            }
            if before["immutable"] == true {
                let why = "field is immutable when `immutable` is set";
                if after["immutable"] != true {
                    report.forbidden("immutable", why);
                }
                for key in ["data", "binaryData"] {
                    if after[key] != before[key] {
                        report.forbidden(key, why);
                    }
                }
            }
            created(report, after, kind);
        }
        "Node" => {
            // The server looks at much of it twice, at its networks once.
            node(report, after);
            networks(report, &after["spec"]);
            node(report, after);
            if after["spec"]["externalID"] != before["spec"]["externalID"] {
                report.forbidden("spec.externalID", "may not be updated");
            }
            for (key, is) in [("podCIDRs", "podCIDR"), ("providerID", "providerID")] {
                if said(&before["spec"], key) && after["spec"][key] != before["spec"][key] {
                    let why = format!("node updates may not change {is} except from \"\" to valid");
                    report.forbidden(&format!("spec.{key}"), &why);
                }
            }
        }
        "ResourceQuota" => {
            created(report, after, kind);
            super::quota::changed(report, after, before);
        }
        "ReplicationController" => {
            created(report, after, kind);
            created(report, after, kind);
        }
        _ => created(report, after, kind),
    }
}

fn keys(report: &mut Report, object: &Value, field: &str) {
    for (key, _) in pairs(object, field) {
        report.all(&format!("{field}[{key}]"), key, names::config_key(key));
    }
}

const MOST: usize = 1024 * 1024;

fn config_map(report: &mut Report, object: &Value) {
    for (key, _) in pairs(object, "data") {
        let at = format!("data[{key}]");
        report.all(&at, key, names::config_key(key));
        if object["binaryData"].get(key).is_some() {
            report.wrong(&at, key, "duplicate of key present in binaryData");
        }
    }
    keys(report, object, "binaryData");
    let size = |field: &str| pairs(object, field).filter_map(|(_, value)| value.as_str()).map(str::len).sum::<usize>();
    if size("data") + size("binaryData") / 4 * 3 > MOST {
        report.causes.push(too_long(""));
    }
}

fn too_long(field: &str) -> crate::rules::Cause {
    crate::rules::Cause {
        reason: "FieldValueTooLong",
        message: format!("Too long: may not be more than {MOST} bytes"),
        field: field.to_owned(),
    }
}

fn secret(report: &mut Report, object: &Value) {
    keys(report, object, "data");
    let size: usize =
        pairs(object, "data").filter_map(|(_, value)| value.as_str()).map(|text| text.len() / 4 * 3).sum();
    if size > MOST {
        report.causes.push(too_long("data"));
    }
    let has = |key: &str| object["data"].get(key).is_some();
    match text(object, "type") {
        "kubernetes.io/tls" => {
            for key in ["tls.crt", "tls.key"] {
                if !has(key) {
                    report.required(&format!("data[{key}]"), "");
                }
            }
        }
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => {
            report.required("data[username]", "");
            report.required("data[password]", "");
        }
        "kubernetes.io/ssh-auth" if !has("ssh-privatekey") => report.required("data[ssh-privatekey]", ""),
        "kubernetes.io/dockerconfigjson" => json(report, object, ".dockerconfigjson"),
        "kubernetes.io/dockercfg" => json(report, object, ".dockercfg"),
        "kubernetes.io/service-account-token"
            if !said(&object["metadata"]["annotations"], "kubernetes.io/service-account.name") =>
        {
            report.required("metadata.annotations[kubernetes.io/service-account.name]", "");
        }
        _ => {}
    }
}

fn json(report: &mut Report, object: &Value, key: &str) {
    let at = format!("data[{key}]");
    let Some(said) = object["data"][key].as_str() else {
        report.required(&at, "");
        return;
    };
    let read = bytes::decode(said).unwrap_or_default();
    if let Some(why) = unread(&read) {
        report.wrong(&at, "<secret contents redacted>", &why);
    }
}

/// Why bytes are no JSON.
fn unread(read: impl AsRef<[u8]>) -> Option<String> {
    let read = read.as_ref();
    if crate::json::from_slice::<Value>(read).is_ok() {
        return None;
    }
    let word =
        read.first().and_then(|first| ["null", "true", "false"].into_iter().find(|word| word.as_bytes()[0] == *first));
    let astray = word.and_then(|word| {
        let at = (1..word.len()).find(|at| read.get(*at) != word.as_bytes().get(*at))?;
        let (found, wanted) = (char::from(*read.get(at)?), char::from(word.as_bytes()[at]));
        Some(format!("invalid character {found:?} in literal {word} (expecting {wanted:?})"))
    });
    Some(match (read.first(), astray) {
        (_, Some(why)) => why,
        (None, _) => "unexpected end of JSON input".to_owned(),
        (Some(byte), _) => format!("invalid character {:?} looking for beginning of value", char::from(*byte)),
    })
}

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

fn node(report: &mut Report, object: &Value) {
    let spec = &object["spec"];
    const AVOIDS: &str = "scheduler.alpha.kubernetes.io/preferAvoidPods";
    let avoids = text(&object["metadata"]["annotations"], AVOIDS);
    if let Some(why) = unread(avoids).filter(|_| !avoids.is_empty()) {
        report.wrong("metadata.annotations.AvoidPods", AVOIDS, &why);
    }
    let mut seen: Vec<(&Value, &Value)> = Vec::new();
    for (path, taint) in items(spec, "taints", "metadata") {
        let key = text(taint, "key");
        report.all(&format!("{path}.key"), key, names::qualified(key));
        let value = text(taint, "value");
        report.all(&format!("{path}.value"), value, names::label_value(value));
        match text(taint, "effect") {
            "" => report.required(&format!("{path}.effect"), ""),
            _ => report.one_of(&format!("{path}.effect"), &taint["effect"], &EFFECTS),
        }
        let pair = (&taint["key"], &taint["effect"]);
        if seen.contains(&pair) {
            report.causes.push(crate::rules::Cause {
                reason: "FieldValueDuplicate",
                message: format!(
                    "Duplicate value: {}: taints must be unique by key and effect pair",
                    inner::shown(taint, "Taint")
                ),
                field: path,
            });
        }
        seen.push(pair);
    }
}

/// One network of each family.
fn networks(report: &mut Report, spec: &Value) {
    for (path, one) in items(spec, "podCIDRs", "spec") {
        let range = one.as_str().unwrap_or_default();
        report.all(&path, range, names::range(range));
    }
    let ranges: Vec<&str> = spec["podCIDRs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let wide = ranges.iter().filter(|range| range.contains(':')).count();
    if wide > 1 || ranges.len() - wide > 1 {
        let why = "may specify no more than one CIDR for each IP family";
        report.invalid("spec.podCIDRs", &spec["podCIDRs"], why);
    }
}

fn controller(report: &mut Report, spec: &Value) {
    report.counts("spec.minReadySeconds", &spec["minReadySeconds"]);
    if spec["selector"].as_object().is_none_or(crate::json::Map::is_empty) {
        report.required("spec.selector", "");
    }
    report.counts("spec.replicas", &spec["replicas"]);
    if spec["template"].is_null() {
        report.required("spec.template", "");
        return;
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if pairs(spec, "selector").any(|(key, value)| labels.get(key) != Some(value)) {
        report.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
    }
    super::pod::template(report, &spec["template"], "spec.template");
}
