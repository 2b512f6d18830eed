//! Limit ranges: what containers and claims of a namespace get that say nothing, and how much they may ask for.

use crate::json::{Value, json};
use crate::laws::kit::numbers::amount;
use crate::world::{Kind, Object, Refusal, World, map, thousandths};
use std::collections::BTreeMap;
use std::sync::Arc;

fn ranges(world: &World, namespace: &str) -> Vec<Arc<Object>> {
    world.list("limitranges", namespace).cloned().collect()
}

fn items<'a>(range: &'a Object, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    range["spec"]["limits"].as_array().into_iter().flatten().filter(move |item| item["type"] == kind)
}

/// Gives a new pod's containers what the namespace's ranges give to those that ask for nothing.
pub(crate) fn complete(world: &World, pod: &mut Object) {
    for range in ranges(world, pod.namespace()) {
        let mut said = Vec::new();
        for item in items(&range, "Container") {
            for (list, what) in [("containers", "container"), ("initContainers", "init container")] {
                for container in pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                    said.extend(complete_one(container, item, what));
                }
            }
        }
        if !said.is_empty() {
            pod.set_annotation("kubernetes.io/limit-ranger", &format!("LimitRanger plugin set: {}", said.join("; ")));
        }
    }
}

fn complete_one(container: &mut Value, item: &Value, what: &str) -> Vec<String> {
    let mut said = Vec::new();
    let name = container["name"].as_str().unwrap_or_default().to_owned();
    for (part, from, word) in [("requests", "defaultRequest", "request"), ("limits", "default", "limit")] {
        let mut given = Vec::new();
        for (resource, amount) in item[from].as_object().into_iter().flatten() {
            let resources = map(map(&mut container["resources"]).entry(part).or_insert_with(|| json!({})));
            if !resources.contains_key(resource) {
                resources.insert(resource.clone(), amount.clone());
                given.push(resource.clone());
            }
        }
        if !given.is_empty() {
            given.sort();
            said.push(format!("{} {word} for {what} {name}", given.join(", ")));
        }
    }
    said
}

/// Refuses new pods and claims that ask for less or more than they may.
///
/// # Failures
/// 403.
pub(crate) fn check(world: &World, kind: &Kind, object: &Object) -> Result<(), Refusal> {
    if !["pods", "persistentvolumeclaims"].contains(&kind.as_str()) {
        return Ok(());
    }
    for range in ranges(world, object.namespace()) {
        let mut wrong = if *kind == "pods" { of_pod(&range, object) } else { of_claim(&range, object) };
        wrong.dedup();
        let why = match wrong.as_slice() {
            [] => continue,
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let generated = object["metadata"]["generateName"].as_str().unwrap_or_default();
        let name = if object.name().is_empty() { generated } else { object.name() };
        return Err(Refusal::forbidden(kind, name, &why));
    }
    Ok(())
}

fn of_pod(range: &Object, pod: &Object) -> Vec<String> {
    let mut wrong = Vec::new();
    let containers = |list: &str| pod["spec"][list].as_array().map(Vec::as_slice).unwrap_or_default();
    for item in range["spec"]["limits"].as_array().into_iter().flatten() {
        match item["type"].as_str() {
            Some("Container") => {
                for container in containers("containers").iter().chain(containers("initContainers")) {
                    let resources = &container["resources"];
                    wrong.extend(of_amounts(item, &resources["requests"], &resources["limits"]));
                }
            }
            Some("Pod") => {
                let sum = |part: &str| total(containers("containers"), containers("initContainers"), part);
                wrong.extend(of_amounts(item, &sum("requests"), &sum("limits")));
            }
            _ => {}
        }
    }
    wrong
}

/// What a pod comes to: its containers together, or its largest init container.
fn total(main: &[Value], init: &[Value], part: &str) -> Value {
    let mut all: BTreeMap<&str, i128> = BTreeMap::new();
    for (name, amount) in main.iter().filter_map(|one| one["resources"][part].as_object()).flatten() {
        *all.entry(name).or_default() += thousandths(amount);
    }
    for (name, amount) in init.iter().filter_map(|one| one["resources"][part].as_object()).flatten() {
        let most = all.entry(name).or_default();
        *most = (*most).max(thousandths(amount));
    }
    let shown = |(name, sum): (&str, i128)| {
        (name.to_owned(), Value::from(amount(sum, name.contains("memory") || name.contains("storage"))))
    };
    Value::Object(all.into_iter().map(shown).collect())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn of_amounts(item: &Value, requests: &Value, limits: &Value) -> Vec<String> {
    let kind = item["type"].as_str().unwrap_or_default();
    let mut wrong = Vec::new();
    let each = |field: &str| item[field].as_object().cloned().unwrap_or_default();
    for (name, least) in each("min") {
        let said = format!("minimum {name} usage per {kind} is {}", text(&least));
        let (request, limit) = (&requests[&name], &limits[&name]);
        if request.is_null() {
            wrong.push(format!("{said}.  No request is specified"));
        } else if thousandths(request) < thousandths(&least) {
            wrong.push(format!("{said}, but request is {}", text(request)));
        } else if !limit.is_null() && thousandths(limit) < thousandths(&least) {
            wrong.push(format!("{said}, but limit is {}", text(limit)));
        }
    }
    for (name, most) in each("max") {
        let said = format!("maximum {name} usage per {kind} is {}", text(&most));
        let (request, limit) = (&requests[&name], &limits[&name]);
        if limit.is_null() {
            wrong.push(format!("{said}.  No limit is specified"));
        } else if thousandths(limit) > thousandths(&most) {
            wrong.push(format!("{said}, but limit is {}", text(limit)));
        } else if !request.is_null() && thousandths(request) > thousandths(&most) {
            wrong.push(format!("{said}, but request is {}", text(request)));
        }
    }
    for (name, ratio) in each("maxLimitRequestRatio") {
        let said = format!("{name} max limit to request ratio per {kind} is {}", text(&ratio));
        let (request, limit) = (thousandths(&requests[&name]), thousandths(&limits[&name]));
        if request == 0 {
            wrong.push(format!("{said}, but no request is specified or request is 0"));
        } else if limit == 0 {
            wrong.push(format!("{said}, but no limit is specified or limit is 0"));
        } else if limit * 1000 > thousandths(&ratio) * request {
            // Numbers of this size are far from where fractions of doubles end.
            #[expect(clippy::cast_precision_loss, reason = "it is only shown")]
            let shown = limit as f64 / request as f64;
            wrong.push(format!("{said}, but provided ratio is {shown:.6}"));
        }
    }
    wrong
}

fn of_claim(range: &Object, claim: &Object) -> Vec<String> {
    let mut wrong = Vec::new();
    let asked = &claim["spec"]["resources"]["requests"];
    for item in items(range, "PersistentVolumeClaim") {
        let kind = "PersistentVolumeClaim";
        for (name, least) in item["min"].as_object().into_iter().flatten() {
            let said = format!("minimum {name} usage per {kind} is {}", text(least));
            if asked[name].is_null() {
                wrong.push(format!("{said}.  No request is specified"));
            } else if thousandths(&asked[name]) < thousandths(least) {
                wrong.push(format!("{said}, but request is {}", text(&asked[name])));
            }
        }
        for (name, most) in item["max"].as_object().into_iter().flatten() {
            let said = format!("maximum {name} usage per {kind} is {}", text(most));
            if asked[name].is_null() {
                wrong.push(format!("{said}.  No request is specified"));
            } else if thousandths(&asked[name]) > thousandths(most) {
                wrong.push(format!("{said}, but request is {}", text(&asked[name])));
            }
        }
    }
    wrong
}
