//! Resource quotas: what the objects of a namespace come to, and whether one more may be.

use super::Law;
use super::kit::numbers::{amount, thousandths};
use super::kit::pods;
use crate::json::Value;
use crate::world::{Again, Change, Key, Kind, Object, Refusal, World};
use std::collections::BTreeMap;

/// The law.
pub(super) const LAW: Law = Law { name: "quota", hears, acts };

const QUOTAS: &str = "resourcequotas";

/// What is used, by the names quotas have for it.
type Uses = BTreeMap<String, i128>;

fn hears(world: &World, change: &Change) -> Vec<Key> {
    if change.key.kind == QUOTAS {
        return vec![change.key.clone()];
    }
    let namespace = change.key.namespace();
    if world.list(QUOTAS, namespace).next().is_none() {
        return Vec::new();
    }
    let same = match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            before["spec"] == after["spec"] && pods::has_ended(before) == pods::has_ended(after)
        }
        _ => false,
    };
    if namespace.is_empty() || same {
        return Vec::new();
    }
    world.entries(QUOTAS, namespace).map(|(key, _)| key).collect()
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(quota) = world.at(key).cloned() else {
        return Again::Never;
    };
    let hard = quota["spec"]["hard"].clone();
    let names: Vec<String> = hard.as_object().into_iter().flatten().map(|(name, _)| name.to_string()).collect();
    let mut used = Uses::new();
    let kinds: Vec<Kind> = names.iter().map(|name| kind_of(name)).collect();
    let mut seen: Vec<&Kind> = Vec::new();
    for kind in &kinds {
        if seen.contains(&kind) {
            continue;
        }
        seen.push(kind);
        for object in world.list(kind.as_str(), key.namespace()) {
            for (name, more) in uses(kind, object) {
                *used.entry(name).or_default() += more;
            }
        }
    }
    let shown: crate::json::Map =
        names.iter().map(|name| (name.clone(), show(name, used.get(name).copied().unwrap_or(0)))).collect();
    drop(world.change(key, |quota| {
        quota["status"]["hard"] = hard;
        quota["status"]["used"] = shown.into();
    }));
    Again::Never
}

fn show(name: &str, used: i128) -> Value {
    amount(used, name.contains("memory") || name.contains("storage")).into()
}

/// The kind whose objects count under a name.
fn kind_of(name: &str) -> Kind {
    if let Some(counted) = name.strip_prefix("count/") {
        return Kind::from(counted);
    }
    Kind::from(match name {
        "configmaps" | "secrets" | "services" | QUOTAS | "replicationcontrollers" | "persistentvolumeclaims" => name,
        "requests.storage" => "persistentvolumeclaims",
        "services.nodeports" | "services.loadbalancers" => "services",
        _ if name.contains(".storageclass.storage.k8s.io/") => "persistentvolumeclaims",
        _ => "pods",
    })
}

/// What one object comes to.
fn uses(kind: &Kind, object: &Object) -> Uses {
    let mut uses = Uses::new();
    let mut add = |name: &str, more: i128| *uses.entry(name.to_owned()).or_default() += more;
    add(&format!("count/{kind}"), 1000);
    match kind.as_str() {
        "pods" => {
            if pods::has_ended(object) {
                return uses;
            }
            add("pods", 1000);
            for container in object["spec"]["containers"].as_array().into_iter().flatten() {
                for part in ["requests", "limits"] {
                    for (name, value) in container["resources"][part].as_object().into_iter().flatten() {
                        add(&format!("{part}.{name}"), thousandths(value));
                        if part == "requests" {
                            add(name, thousandths(value));
                        }
                    }
                }
            }
        }
        "persistentvolumeclaims" => {
            let size = thousandths(&object["spec"]["resources"]["requests"]["storage"]);
            add("persistentvolumeclaims", 1000);
            add("requests.storage", size);
            if let Some(class) = object["spec"]["storageClassName"].as_str() {
                add(&format!("{class}.storageclass.storage.k8s.io/persistentvolumeclaims"), 1000);
                add(&format!("{class}.storageclass.storage.k8s.io/requests.storage"), size);
            }
        }
        "services" => {
            add("services", 1000);
            let ports = object["spec"]["ports"].as_array().into_iter().flatten();
            let ports = ports.filter(|port| port["nodePort"].as_i64().unwrap_or(0) > 0).count();
            add("services.nodeports", 1000 * i128::try_from(ports).unwrap_or(0));
            add("services.loadbalancers", if object["spec"]["type"] == "LoadBalancer" { 1000 } else { 0 });
        }
        other => add(other, 1000),
    }
    uses
}

/// Whether the quotas of its namespace let one more object be; what it comes to is noted at once.
///
/// # Failures
/// `Forbidden`, in the server's words.
pub(crate) fn charge(world: &mut World, kind: &Kind, object: &Object) -> Result<(), Refusal> {
    let quotas: Vec<Key> = world.entries(QUOTAS, object.namespace()).map(|(key, _)| key).collect();
    if quotas.is_empty() {
        return Ok(());
    }
    // Quotas are looked at when the name has been generated.
    let generated = object["metadata"]["generateName"].as_str().unwrap_or_default().to_owned();
    let name = match object.name() {
        "" => format!("{generated}{}", world.chance().suffix(5)),
        name => name.to_owned(),
    };
    let more = uses(kind, object);
    for key in &quotas {
        let Some(quota) = world.at(key) else { continue };
        check(quota, kind, object, &more).map_err(|why| Refusal::forbidden(kind, &name, &why))?;
    }
    for key in &quotas {
        drop(world.change_as(key, "kube-apiserver", "status", |quota| {
            let used = quota["status"]["used"].as_object().cloned().unwrap_or_default();
            for (name, had) in used {
                if let Some(more) = more.get(name.as_str()) {
                    quota["status"]["used"][&name] = show(&name, thousandths(&had) + more);
                }
            }
        }));
    }
    Ok(())
}

fn check(quota: &Object, kind: &Kind, object: &Object, more: &Uses) -> Result<(), String> {
    let (hard, used) = (&quota["status"]["hard"], &quota["status"]["used"]);
    let limits = || hard.as_object().into_iter().flatten();
    if *kind == "pods" {
        let mut lacking: Vec<String> = Vec::new();
        for (name, _) in limits().filter(|(name, _)| ["cpu", "memory"].iter().any(|one| name.ends_with(one))) {
            let (part, what) = name.split_once('.').unwrap_or(("requests", name));
            let without = object["spec"]["containers"].as_array().into_iter().flatten();
            let without: Vec<&str> = without
                .filter(|container| container["resources"][part][what].is_null())
                .filter_map(|container| container["name"].as_str())
                .collect();
            if !without.is_empty() {
                lacking.push(format!("{name} for: {}", without.join(",")));
            }
        }
        if !lacking.is_empty() {
            return Err(format!("failed quota: {}: must specify {}", quota.name(), lacking.join("; ")));
        }
    }
    let (mut asked, mut had, mut most) = (Vec::new(), Vec::new(), Vec::new());
    for (name, limit) in limits() {
        let wants = more.get(name.as_str()).copied().unwrap_or(0);
        if wants > 0 && thousandths(&used[name]) + wants > thousandths(limit) {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            asked.push(format!("{name}={}", text(&show(name, wants))));
            had.push(format!("{name}={}", if used[name].is_null() { "0".to_owned() } else { text(&used[name]) }));
            most.push(format!("{name}={}", text(limit)));
        }
    }
    if asked.is_empty() {
        return Ok(());
    }
    Err(format!(
        "exceeded quota: {}, requested: {}, used: {}, limited: {}",
        quota.name(),
        asked.join(","),
        had.join(","),
        most.join(",")
    ))
}
