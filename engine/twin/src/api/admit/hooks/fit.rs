//! Which webhooks a request is for: rules, scope, and the labels of the namespace and of the object.

use super::Attempt;
use crate::json::Value;
use crate::world::{Refusal, Selector, World};

/// Whether a webhook is to be asked about an attempt.
///
/// # Failures
/// 501 for a condition that cannot be judged here.
pub(super) fn fits(world: &mut World, hook: &Value, attempt: &Attempt<'_>, object: &Value) -> Result<bool, Refusal> {
    if !is_ruled(&hook["rules"], attempt) || !is_selected(world, hook, attempt, object) {
        return Ok(false);
    }
    let conditions = hook["matchConditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    for condition in conditions {
        let rule = condition["expression"].as_str().unwrap_or_default();
        match crate::rules::condition(rule, &names(attempt, object)) {
            Some(true) => {}
            Some(false) => return Ok(false),
            None => {
                let name = hook["name"].as_str().unwrap_or_default();
                let said = format!("the condition of the webhook \"{name}\" cannot be judged here: {rule}");
                world.note_unknown(&said);
                return Err(Refusal::new(501, "NotImplemented", said));
            }
        }
    }
    Ok(true)
}

/// Whether one of these rules is about an attempt.
pub(super) fn is_ruled(rules: &Value, attempt: &Attempt<'_>) -> bool {
    rules.as_array().into_iter().flatten().any(|rule| rule_fits(rule, attempt))
}

/// Whether the selectors of a hook or a policy take an attempt.
pub(super) fn is_selected(world: &World, of: &Value, attempt: &Attempt<'_>, object: &Value) -> bool {
    namespace_fits(world, of, attempt, object) && objects_fit(of, attempt, object)
}

/// What a condition may speak of.
pub(super) fn names(attempt: &Attempt<'_>, object: &Value) -> [(&'static str, Value); 3] {
    let request = crate::json::json!({
        "operation": attempt.operation, "name": attempt.name, "namespace": attempt.namespace,
        "subResource": attempt.sub, "dryRun": attempt.dry_run,
        "kind": {"group": attempt.served.group, "version": attempt.served.version, "kind": attempt.served.kind},
        "resource": {
            "group": attempt.served.group, "version": attempt.served.version, "resource": attempt.served.plural,
        },
        "userInfo": {"username": attempt.user.name, "groups": attempt.user.groups},
    });
    [("object", object.clone()), ("oldObject", attempt.before.cloned().unwrap_or(Value::Null)), ("request", request)]
}

fn has(list: &Value, wanted: &str) -> bool {
    crate::world::strings(list).any(|one| one == "*" || one == wanted)
}

fn rule_fits(rule: &Value, attempt: &Attempt<'_>) -> bool {
    let served = attempt.served;
    let scope = match rule["scope"].as_str().unwrap_or("*") {
        "Namespaced" => served.namespaced,
        // A namespace counts as a thing of the whole cluster.
        "Cluster" => !served.namespaced,
        _ => true,
    };
    let named = rule["resourceNames"]
        .as_array()
        .is_none_or(|names| names.is_empty() || has(&rule["resourceNames"], attempt.name));
    scope
        && named
        && has(&rule["operations"], attempt.operation)
        && has(&rule["apiGroups"], &served.group)
        // What changes every version of a kind is told of all of them.
        && (has(&rule["apiVersions"], &served.version) || served.is_custom())
        && crate::world::strings(&rule["resources"]).any(|one| resource_fits(one, &served.plural, attempt.sub))
}

fn resource_fits(rule: &str, plural: &str, sub: &str) -> bool {
    let (of, part) = rule.split_once('/').unwrap_or((rule, ""));
    let part_fits = match (part, sub) {
        ("", sub) => sub.is_empty(),
        ("*", _) => true,
        (part, sub) => part == sub,
    };
    (of == "*" || of == plural) && part_fits
}

fn namespace_fits(world: &World, hook: &Value, attempt: &Attempt<'_>, object: &Value) -> bool {
    let selector = Selector::of(&hook["namespaceSelector"]);
    if hook["namespaceSelector"].is_null() || selector.is_everything() {
        return true;
    }
    if attempt.served.plural == "namespaces" && attempt.served.group.is_empty() {
        // A namespace is chosen by its own labels.
        let labels = if object.is_null() { attempt.before.map(labels) } else { Some(labels(object)) };
        return labels.is_none_or(|labels| selector.takes_labels(labels));
    }
    if attempt.namespace.is_empty() {
        return true;
    }
    let namespace = world.get("namespaces", "", attempt.namespace);
    namespace.is_some_and(|namespace| selector.takes_labels(&namespace["metadata"]["labels"]))
}

fn labels(object: &Value) -> &Value {
    &object["metadata"]["labels"]
}

fn objects_fit(hook: &Value, attempt: &Attempt<'_>, object: &Value) -> bool {
    let selector = Selector::of(&hook["objectSelector"]);
    if hook["objectSelector"].is_null() || selector.is_everything() {
        return true;
    }
    let new = !object.is_null() && selector.takes_labels(labels(object));
    new || attempt.before.is_some_and(|before| selector.takes_labels(labels(before)))
}
