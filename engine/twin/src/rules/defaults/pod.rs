//! Pods and what is made of them.

use crate::json::{Value, json};

use super::{each, part, set, some};

const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

pub(super) fn pod(object: &mut Value) {
    let Some(spec) = some(object, "spec") else { return };
    self::spec(spec);
    if spec["terminationGracePeriodSeconds"].as_i64().is_some_and(|seconds| seconds < 0) {
        spec["terminationGracePeriodSeconds"] = json!(1);
    }
    let host = spec["hostNetwork"] == true;
    for list in ["initContainers", "containers"] {
        for container in each(spec, list) {
            requests(container);
            for port in each(container, "ports").filter(|_| host) {
                let number = port["containerPort"].clone();
                set(port, "hostPort", number);
            }
        }
    }
    requests(spec);
    set(spec, "enableServiceLinks", json!(true));
}

/// What is limited and not requested is requested as it is limited.
fn requests(of: &mut Value) {
    let Some(resources) = some(of, "resources") else { return };
    let Some(limits) = some(resources, "limits").cloned() else { return };
    let Some(requests) = part(resources, "requests") else { return };
    for (name, amount) in limits.as_object().into_iter().flatten() {
        set(requests, name, amount.clone());
    }
}

/// The pod template in a field.
pub(super) fn template(object: &mut Value, key: &str) {
    if let Some(spec) = some(object, key).and_then(|template| some(template, "spec")) {
        self::spec(spec);
    }
}

fn spec(spec: &mut Value) {
    set(spec, "dnsPolicy", json!("ClusterFirst"));
    set(spec, "restartPolicy", json!("Always"));
    set(spec, "securityContext", json!({}));
    set(spec, "terminationGracePeriodSeconds", json!(30));
    set(spec, "schedulerName", json!("default-scheduler"));
    for list in LISTS {
        for container in each(spec, list) {
            self::container(container);
        }
    }
    for volume in each(spec, "volumes") {
        self::volume(volume);
    }
    for spread in each(spec, "topologySpreadConstraints") {
        set(spread, "whenUnsatisfiable", json!("DoNotSchedule"));
    }
}

fn container(container: &mut Value) {
    set(container, "terminationMessagePath", json!("/dev/termination-log"));
    set(container, "terminationMessagePolicy", json!("File"));
    let policy = if latest(container["image"].as_str().unwrap_or_default()) { "Always" } else { "IfNotPresent" };
    set(container, "imagePullPolicy", json!(policy));
    for port in each(container, "ports") {
        set(port, "protocol", json!("TCP"));
    }
    for variable in each(container, "env") {
        if let Some(field) = some(variable, "valueFrom").and_then(|from| some(from, "fieldRef")) {
            set(field, "apiVersion", json!("v1"));
        }
        if let Some(file) = some(variable, "valueFrom").and_then(|from| some(from, "fileKeyRef")) {
            set(file, "optional", json!(false));
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = some(container, name) {
            self::probe(probe);
        }
    }
    if let Some(lifecycle) = some(container, "lifecycle") {
        for name in ["postStart", "preStop"] {
            if let Some(hook) = some(lifecycle, name) {
                http(hook);
            }
        }
    }
}

/// Whether an image's tag says nothing of its version.
fn latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let (rest, name) = image.rsplit_once('/').unwrap_or(("", image));
    let (name, tag) = name.split_once(':').unwrap_or((name, "latest"));
    let low = |part: &str| {
        let ends = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let bytes = part.as_bytes();
        let within =
            bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(byte));
        ends(bytes.first()) && ends(bytes.last()) && within
    };
    let host = |part: &str| part.contains(['.', ':']) || part == "localhost";
    let mut folders = rest.split('/').filter(|_| !rest.is_empty());
    let first = folders.next().is_none_or(|part| low(part) || host(part));
    // What is no name of an image has no tag either.
    tag == "latest" && low(name) && first && folders.all(low)
}

fn probe(probe: &mut Value) {
    set(probe, "timeoutSeconds", json!(1));
    set(probe, "periodSeconds", json!(10));
    set(probe, "successThreshold", json!(1));
    set(probe, "failureThreshold", json!(3));
    http(probe);
    if let Some(grpc) = some(probe, "grpc") {
        set(grpc, "service", json!(""));
    }
}

fn http(hook: &mut Value) {
    if let Some(get) = some(hook, "httpGet") {
        set(get, "path", json!("/"));
        set(get, "scheme", json!("HTTP"));
    }
}

const MODE: u32 = 0o644;

fn volume(volume: &mut Value) {
    if volume.as_object().is_some_and(|fields| fields.keys().all(|key| key == "name")) {
        set(volume, "emptyDir", json!({}));
    }
    for name in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = some(volume, name) {
            set(source, "defaultMode", json!(MODE));
            downward(source);
            for source in each(source, "sources") {
                if let Some(token) = some(source, "serviceAccountToken") {
                    set(token, "expirationSeconds", json!(3600));
                }
                if let Some(source) = some(source, "downwardAPI") {
                    downward(source);
                }
            }
        }
    }
    if let Some(path) = some(volume, "hostPath") {
        set(path, "type", json!(""));
    }
    if let Some(image) = some(volume, "image") {
        let policy = if latest(image["reference"].as_str().unwrap_or_default()) { "Always" } else { "IfNotPresent" };
        set(image, "pullPolicy", json!(policy));
    }
    if let Some(claim) = some(volume, "ephemeral").and_then(|ephemeral| some(ephemeral, "volumeClaimTemplate"))
        && let Some(spec) = some(claim, "spec")
    {
        set(spec, "volumeMode", json!("Filesystem"));
    }
    sources(volume);
}

fn downward(source: &mut Value) {
    for item in each(source, "items") {
        if let Some(field) = some(item, "fieldRef") {
            set(field, "apiVersion", json!("v1"));
        }
    }
}

/// The sources that volumes of pods and persistent volumes share.
pub(super) fn sources(of: &mut Value) {
    if let Some(iscsi) = some(of, "iscsi") {
        set(iscsi, "iscsiInterface", json!("default"));
    }
    if let Some(rbd) = some(of, "rbd") {
        set(rbd, "pool", json!("rbd"));
        set(rbd, "user", json!("admin"));
        set(rbd, "keyring", json!("/etc/ceph/keyring"));
    }
    if let Some(disk) = some(of, "azureDisk") {
        set(disk, "cachingMode", json!("ReadWrite"));
        set(disk, "kind", json!("Shared"));
        set(disk, "fsType", json!("ext4"));
        set(disk, "readOnly", json!(false));
    }
    if let Some(scale) = some(of, "scaleIO") {
        set(scale, "storageMode", json!("ThinProvisioned"));
        set(scale, "fsType", json!("xfs"));
    }
}
