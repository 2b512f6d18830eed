//! Facts about pods, as every controller reads them.

use crate::json::Value;
use crate::world::{Moment, Object};

/// Whether the pod is ready.
pub(in crate::laws) fn is_ready(pod: &Object) -> bool {
    pod.condition("Ready") == Some("True")
}

/// Since when the pod is ready.
pub(in crate::laws) fn ready_since(pod: &Object) -> Option<Moment> {
    let ready = condition(pod, "Ready").filter(|ready| ready["status"] == "True")?;
    Moment::read(ready["lastTransitionTime"].as_str()?)
}

/// A condition of the pod.
pub(in crate::laws) fn condition<'a>(pod: &'a Object, kind: &str) -> Option<&'a Value> {
    pod["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)
}

/// When the pod is available, if it is ready: at once, or when it has been ready for so many seconds.
pub(in crate::laws) fn available_at(pod: &Object, min_ready: i64) -> Option<Moment> {
    ready_since(pod).map(|since| if min_ready == 0 { Moment::default() } else { since.plus_seconds(min_ready) })
}

/// Its phase.
pub(in crate::laws) fn phase(pod: &Object) -> &str {
    pod["status"]["phase"].as_str().unwrap_or("Pending")
}

/// Whether it has ended, well or badly.
pub(in crate::laws) fn has_ended(pod: &Object) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Whether it counts as one of its controller's: it has not ended and is not going.
pub(in crate::laws) fn is_active(pod: &Object) -> bool {
    !has_ended(pod) && !pod.is_going()
}

/// The node it is on, or nothing.
pub(in crate::laws) fn node(pod: &Object) -> &str {
    pod["spec"]["nodeName"].as_str().unwrap_or_default()
}

/// How often its containers were restarted, at most.
pub(in crate::laws) fn restarts(pod: &Object) -> i64 {
    let statuses = pod["status"]["containerStatuses"].as_array();
    statuses.into_iter().flatten().filter_map(|status| status["restartCount"].as_i64()).max().unwrap_or(0)
}

/// Whether one of the tolerations takes the taint.
pub(in crate::laws) fn tolerates(tolerations: &Value, taint: &Value) -> bool {
    toleration(tolerations, taint).is_some()
}

/// The first of the tolerations that takes the taint.
pub(in crate::laws) fn toleration<'a>(tolerations: &'a Value, taint: &Value) -> Option<&'a Value> {
    tolerations.as_array()?.iter().find(|one| {
        let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let (effect, key) = (text(one, "effect"), text(one, "key"));
        (effect.is_empty() || effect == text(taint, "effect"))
            && (key.is_empty() || key == text(taint, "key"))
            && (one["operator"] == "Exists" || (!key.is_empty() && text(one, "value") == text(taint, "value")))
    })
}

/// Whether all of the selector's labels are among these: the selectors of services, without reading them anew each time.
pub(in crate::laws) fn has_labels(labels: &Value, selector: &Value) -> bool {
    selector.as_object().is_some_and(|selector| {
        !selector.is_empty() && selector.iter().all(|(name, value)| labels.get(name) == Some(value))
    })
}
