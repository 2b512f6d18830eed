//! Volumes that outlive pods, what is asked of them, and their classes.

use crate::json::{Text, Value};

use super::report::{Report, pairs, said, text};
use super::selector::selector;
use super::{names, placing, volume as source};
use crate::rules::inner;
use crate::rules::quantity::Quantity;

pub(super) fn created(report: &mut Report, object: &Value, kind: &str) {
    match kind {
        "StorageClass" => class(report, object),
        "PersistentVolume" => volume(report, &object["spec"]),
        _ => claim(report, &object["spec"], "spec"),
    }
}

pub(super) fn changed(report: &mut Report, after: &Value, before: &Value, kind: &str) {
    if kind == "StorageClass" {
        created(report, after, kind);
        for key in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
            if after[key] != before[key] && key == "volumeBindingMode" {
                report.invalid(key, &after[key], "field is immutable");
            } else if after[key] != before[key] {
                report.forbidden(key, &format!("updates to {key} are forbidden."));
            }
        }
        return;
    }
    // The server looks at it twice.
    created(report, after, kind);
    created(report, after, kind);
    if kind == "PersistentVolumeClaim" {
        claim_changed(report, after, before);
    } else if sources(after) != sources(before) {
        let differ = inner::difference(&before["spec"], &after["spec"], "PersistentVolumeSource");
        let why = format!("spec.persistentvolumesource is immutable after creation\n{differ}");
        report.forbidden("spec.persistentvolumesource", &why);
    }
    if after["spec"]["volumeMode"] != before["spec"]["volumeMode"] {
        report.invalid("volumeMode", &after["spec"]["volumeMode"], "field is immutable");
    }
    let nodes = |object: &Value| object["spec"]["nodeAffinity"].clone();
    if kind == "PersistentVolume" && !nodes(before).is_null() && nodes(after) != nodes(before) {
        let shown = inner::shown(&nodes(after), "VolumeNodeAffinity");
        report.raw("nodeAffinity", &shown, "field is immutable, except for updating from beta label to GA");
    }
}

fn sources(object: &Value) -> Vec<(&Text, &Value)> {
    pairs(object, "spec").filter(|(key, _)| !OWN.contains(&key.as_str())).collect()
}

fn class(report: &mut Report, object: &Value) {
    let provisioner = text(object, "provisioner").to_lowercase();
    if provisioner.is_empty() {
        report.required("provisioner", "");
    } else {
        report.all("provisioner", &provisioner, names::qualified(&provisioner));
    }
    if pairs(object, "parameters").any(|(key, _)| key.is_empty()) {
        report.wrong("parameters", "", "field can not be empty.");
    }
    report.one_of("reclaimPolicy", &object["reclaimPolicy"], &["Delete", "Retain"]);
    report.one_of("volumeBindingMode", &object["volumeBindingMode"], &["Immediate", "WaitForFirstConsumer"]);
}

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const POLICIES: [&str; 3] = ["Delete", "Recycle", "Retain"];
const KINDS: [&str; 2] = ["Block", "Filesystem"];
const OWN: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

fn modes(report: &mut Report, spec: &Value, path: &str) {
    let all = spec["accessModes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let at = format!("{path}.accessModes");
    for mode in all {
        report.one_of(&at, mode, &MODES);
    }
    if all.len() > 1 && all.iter().any(|mode| mode == "ReadWriteOncePod") {
        report.forbidden(&at, "may not use ReadWriteOncePod with other access modes");
    }
}

fn volume(report: &mut Report, spec: &Value) {
    if !said(spec, "accessModes") {
        report.required("spec.accessModes", "");
    }
    modes(report, spec, "spec");
    let capacity = &spec["capacity"];
    if capacity.as_object().is_none_or(crate::json::Map::is_empty) {
        report.required("spec.capacity", "");
    }
    if capacity.get("storage").is_none() || capacity.as_object().is_some_and(|all| all.len() > 1) {
        report.unsupported("spec.capacity", capacity, &["storage"]);
    }
    for (name, amount) in pairs(spec, "capacity") {
        let at = format!("spec.capacity[{name}]");
        if let Some(below) = amount.as_str().and_then(|amount| amount.parse::<i64>().ok()).filter(|amount| *amount < 0)
        {
            report.invalid(&at, &Value::from(below), "must be a valid resource quantity");
        }
        positive(report, amount, &at);
    }
    let policy = &spec["persistentVolumeReclaimPolicy"];
    report.one_of("spec.persistentVolumeReclaimPolicy", policy, &POLICIES);
    let nodes = &spec["nodeAffinity"];
    if nodes.is_object() {
        if nodes["required"].is_object() {
            placing::node_selector(report, &nodes["required"], "spec.nodeAffinity.required");
        } else {
            report.required("spec.nodeAffinity.required", "must specify required node constraints");
        }
    }
    contents(report, spec);
    let path = text(&spec["hostPath"], "path");
    if !path.is_empty() && path.split('/').all(|part| part.is_empty() || part == ".") && *policy == "Recycle" {
        let why = "may not be 'recycle' for a hostPath mount of '/'";
        report.forbidden("spec.persistentVolumeReclaimPolicy", why);
    }
    class_named(report, spec, "spec");
    report.one_of("spec.volumeMode", &spec["volumeMode"], &KINDS);
}

/// What a volume is made of, in the order in which the server looks for it.
fn contents(report: &mut Report, spec: &Value) {
    const ORDER: [&str; 5] = ["hostPath", "nfs", "iscsi", "local", "csi"];
    let place = |key: &str| ORDER.iter().position(|one| *one == key).unwrap_or(2);
    let mut all: Vec<(&Text, &Value)> =
        spec.as_object().into_iter().flatten().filter(|(key, _)| !OWN.contains(&key.as_str())).collect();
    all.sort_by_key(|(key, _)| place(key));
    if all.is_empty() {
        report.required("spec", "must specify a volume type");
    }
    for (index, (key, one)) in all.into_iter().enumerate() {
        let at = format!("spec.{key}");
        if index > 0 {
            report.forbidden(&at, "may not specify more than 1 volume type");
            continue;
        }
        source::one(report, key, one, &at);
        if key == "csi" && !said(one, "volumeHandle") {
            report.required("spec.csi.volumeHandle", "");
        }
        if key == "local" && !spec["nodeAffinity"].is_object() {
            report.required("spec.nodeAffinity", "Local volume requires node affinity");
        }
    }
}

fn positive(report: &mut Report, amount: &Value, path: &str) {
    if amount.as_str().and_then(Quantity::read).is_some_and(|amount| amount.is_negative() || amount.is_zero()) {
        report.invalid(path, amount, "must be greater than zero");
    }
}

fn class_named(report: &mut Report, spec: &Value, path: &str) {
    let class = text(spec, "storageClassName");
    if !class.is_empty() {
        report.all(&format!("{path}.storageClassName"), class, names::subdomain(class));
    }
}

/// Whether a claim may be.
pub(super) fn claim(report: &mut Report, spec: &Value, path: &str) {
    let at = |key: &str| format!("{path}.{key}");
    if !said(spec, "accessModes") {
        report.required(&at("accessModes"), "at least 1 access mode is required");
    }
    selector(report, &spec["selector"], &at("selector"));
    modes(report, spec, path);
    let storage = &spec["resources"]["requests"]["storage"];
    if storage.as_str().and_then(Quantity::read).is_none() {
        report.required(&at("resources[storage]"), "");
    }
    positive(report, storage, &at("resources[storage]"));
    class_named(report, spec, path);
    report.one_of(&at("volumeMode"), &spec["volumeMode"], &KINDS);
}

/// What may not be changed of a claim.
const FIXED: &str =
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n";

fn claim_changed(report: &mut Report, after: &Value, before: &Value) {
    let bound = after["status"]["phase"] == "Bound";
    let (new, mut old) = (&after["spec"], before["spec"].clone());
    if !said(&old, "volumeName") && said(new, "volumeName") {
        old["volumeName"] = new["volumeName"].clone();
    }
    let mut like = new.clone();
    if bound {
        if like["resources"]["requests"].is_object() {
            like["resources"]["requests"]["storage"] = old["resources"]["requests"]["storage"].clone();
        }
        let class = "volumeAttributesClassName";
        match old.get(class) {
            Some(had) => like[class] = had.clone(),
            None => drop(like.as_object_mut().map(|fields| fields.remove(class))),
        }
    }
    if like != old {
        report.forbidden("spec", &format!("{FIXED}{}", inner::difference(&old, &like, "PersistentVolumeClaimSpec")));
    }
    let amount = |of: &Value| Quantity::read(of.as_str().unwrap_or_default());
    let size = |spec: &Value| amount(&spec["resources"]["requests"]["storage"]);
    let has = amount(&after["status"]["capacity"]["storage"]);
    let fits = |wanted: &Quantity| has.as_ref().is_none_or(|has| wanted.compare(has).is_le());
    if let (Some(wanted), Some(had)) = (size(new), size(&old))
        && wanted.compare(&had).is_lt()
        && has.is_some()
        && fits(&wanted)
    {
        report.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
    }
}
