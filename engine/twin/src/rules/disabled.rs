//! Fields that a server knows and drops: what they ask for is not switched on as it is delivered.

use crate::json::Value;

use crate::shapes::Kind;

/// Drops them, from pods and templates of pods too, unless what is there has them already.
pub(super) fn drop_fields(object: &mut Value, before: Option<&Value>, kind: &Kind) {
    if kind.group == "apps" && kind.kind == "StatefulSet" {
        let rolling = "/spec/updateStrategy/rollingUpdate";
        let had = before.and_then(|before| before.pointer(rolling)).is_some_and(|old| !old["maxUnavailable"].is_null());
        if let Some(rolling) = object.pointer_mut(rolling).filter(|_| !had) {
            remove(rolling, "maxUnavailable");
        }
    }
    if kind.group == "coordination.k8s.io" && kind.kind == "Lease" {
        for key in ["strategy", "preferredHolder"] {
            let had = before.is_some_and(|before| !before["spec"][key].is_null());
            if let Some(spec) = object.get_mut("spec").filter(|_| !had) {
                remove(spec, key);
            }
        }
    }
    if kind.group.is_empty() && kind.kind == "PersistentVolumeClaim" && before.is_none() {
        source(&mut object["spec"]);
    }
    let path: &[&str] = match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => &["spec"],
        ("", "PodTemplate") => &["template", "spec"],
        ("", "ReplicationController")
        | ("apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
        | ("batch", "Job") => &["spec", "template", "spec"],
        ("batch", "CronJob") => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => return,
    };
    let old = path.iter().fold(before.unwrap_or(&Value::Null), |value, key| &value[*key]);
    let Some(spec) = path.iter().try_fold(object, |value, key| value.get_mut(*key)) else { return };
    if old["hostnameOverride"].is_null() {
        remove(spec, "hostnameOverride");
    }
    if !restarts(old) {
        each(spec, |list, container| {
            remove(container, "restartPolicyRules");
            if list != "initContainers" || container["restartPolicy"] != "Always" {
                remove(container, "restartPolicy");
            }
        });
    }
    if !any(old, |container| !container["lifecycle"]["stopSignal"].is_null()) {
        each(spec, |_, container| {
            let Some(lifecycle) = container.get_mut("lifecycle") else { return };
            remove(lifecycle, "stopSignal");
            if lifecycle.as_object().is_some_and(|fields| fields.is_empty()) {
                remove(container, "lifecycle");
            }
        });
    }
    let from_file = |one: &Value| !one["valueFrom"]["fileKeyRef"].is_null();
    if !any(old, |container| container["env"].as_array().is_some_and(|all| all.iter().any(from_file))) {
        each(spec, |_, container| {
            let variables = container.get_mut("env").and_then(Value::as_array_mut);
            for one in variables.into_iter().flatten() {
                if let Some(from) = one.get_mut("valueFrom") {
                    remove(from, "fileKeyRef");
                }
            }
        });
    }
}

/// What a claim is filled from: nothing but another claim and a picture of a volume, if it is said in the old way; and
/// what is said in one way is said in the other too.
fn source(claim: &mut Value) {
    let (old, new) = ("dataSource", "dataSourceRef");
    if claim[new].is_null() && !claim[old].is_null() {
        let of = |group: &str, kind: &str| {
            claim[old]["apiGroup"].as_str().unwrap_or_default() == group && claim[old]["kind"] == kind
        };
        if !of("", "PersistentVolumeClaim") && !of("snapshot.storage.k8s.io", "VolumeSnapshot") {
            remove(claim, old);
            return;
        }
        claim[new] = claim[old].clone();
    } else if claim[old].is_null() && !claim[new].is_null() && claim[new]["namespace"].is_null() {
        claim[old] = claim[new].clone();
    }
}

const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

fn remove(of: &mut Value, key: &str) {
    if let Value::Object(fields) = of {
        drop(fields.remove(key));
    }
}

fn each(spec: &mut Value, mut what: impl FnMut(&str, &mut Value)) {
    for list in LISTS {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            what(list, container);
        }
    }
}

fn any(spec: &Value, what: impl Fn(&Value) -> bool) -> bool {
    LISTS.iter().any(|list| spec[*list].as_array().is_some_and(|all| all.iter().any(&what)))
}

/// Whether containers of a spec have rules of their own about being started again.
fn restarts(spec: &Value) -> bool {
    let own = |one: &Value| !one["restartPolicy"].is_null();
    let before = |one: &Value| (own(one) && one["restartPolicy"] != "Always") || !one["restartPolicyRules"].is_null();
    let all = |list: &str| spec[list].as_array().cloned().unwrap_or_default();
    all("initContainers").iter().any(before) || all("containers").iter().any(own)
}
