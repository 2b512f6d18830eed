//! What an object is called by the path it is written to, and what of it no writer may change.

use crate::json::{Value, json};

use super::write::{Verb, Write};
use super::{Cause, Refusal};

/// Gives a new object its name and namespace, or says that they are not those of the path.
pub(super) fn identify(object: &mut Value, write: &Write<'_>) -> Result<(), Refusal> {
    named(object, write)?;
    let metadata = &mut object["metadata"];
    if metadata["name"].as_str().is_none_or(str::is_empty)
        && let Some(start) = metadata["generateName"].as_str().filter(|start| !start.is_empty())
    {
        let start: String = start.chars().take(58).collect();
        metadata["name"] = json!(format!("{start}{}", write.suffix));
    }
    Ok(())
}

/// The name and the namespace are those of the path.
fn named(object: &mut Value, write: &Write<'_>) -> Result<(), Refusal> {
    let metadata = &mut object["metadata"];
    let said = metadata["name"].as_str().unwrap_or_default().to_owned();
    if !write.name.is_empty() {
        if said.is_empty() {
            return Err(Refusal::bad_request(format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                write.name
            )));
        } else if said != write.name {
            return Err(Refusal::bad_request(format!(
                "the name of the object ({said}) does not match the name on the URL ({})",
                write.name
            )));
        }
    }
    let said = metadata["namespace"].as_str().unwrap_or_default().to_owned();
    if said.is_empty() {
        if write.kind.namespaced && !write.namespace.is_empty() {
            metadata["namespace"] = json!(write.namespace);
        }
    } else if said != write.namespace {
        return Err(Refusal::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// Keeps of the object that is there what no writer may change, and holds the version against it.
pub(super) fn keep(object: &mut Value, before: &Value, write: &Write<'_>) -> Result<(), Refusal> {
    named(object, write)?;
    let old = &before["metadata"];
    let metadata = &mut object["metadata"];
    let said = metadata["uid"].as_str().unwrap_or_default();
    if !said.is_empty() && said != old["uid"].as_str().unwrap_or_default() {
        let message = format!(
            "Precondition failed: UID in precondition: {said}, UID in object meta: {}",
            old["uid"].as_str().unwrap_or_default()
        );
        if write.verb != Verb::Update {
            let message = format!("Invalid value: {said:?}: field is immutable");
            let field = "metadata.uid".to_owned();
            return Err(immutable(write, &[Cause { reason: "FieldValueInvalid", message, field }]));
        }
        let group = if write.kind.is_custom() { format!("{}/", write.kind.group) } else { String::new() };
        let key =
            format!("/registry/{group}{}/{}/{}", write.kind.plural, write.namespace, write.name).replace("//", "/");
        return Err(conflict(
            write,
            &format!(
                "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: {message}"
            ),
        ));
    }
    let fixed: Vec<Cause> = ["deletionTimestamp", "deletionGracePeriodSeconds"]
        .into_iter()
        // Of what is being deleted already, the time stays as it is whatever is said of it.
        .filter(|field| *field != "deletionTimestamp" || old[*field].is_null())
        .filter(|field| !metadata[*field].is_null() && metadata[*field] != old[*field])
        .map(|field| {
            let message = format!("Invalid value: {}: field is immutable", metadata[field]);
            Cause { reason: "FieldValueInvalid", message, field: format!("metadata.{field}") }
        })
        .collect();
    if !fixed.is_empty() {
        return Err(immutable(write, &fixed));
    }
    let version = metadata["resourceVersion"].as_str().unwrap_or_default();
    if !version.is_empty() && version.parse::<u64>().is_err() {
        return Err(Refusal::unforeseen(format!("strconv.ParseUint: parsing {version:?}: invalid syntax")));
    }
    // None at all, but said aloud.
    let version = if version == "0" { "" } else { version };
    if !version.is_empty() && version != old["resourceVersion"].as_str().unwrap_or_default() {
        let message = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(conflict(write, message));
    }
    if version.is_empty() && write.verb == Verb::Update && !unconditional(write) {
        let cause = Cause {
            reason: "FieldValueInvalid",
            message: "Invalid value: 0: must be specified for an update".to_owned(),
            field: "metadata.resourceVersion".to_owned(),
        };
        return Err(Refusal::invalid(&write.kind.qualified(), write.name, &[cause]));
    }
    let Value::Object(fields) = metadata else { return Ok(()) };
    for kept in
        ["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"]
    {
        match old.get(kept) {
            Some(value) => fields.insert(kept.to_owned(), value.clone()),
            None => fields.remove(kept),
        };
    }
    Ok(())
}

/// Whether an update may leave out which version it changes.
fn unconditional(write: &Write<'_>) -> bool {
    const NOT: [&str; 14] = [
        "APIService",
        "CSIDriver",
        "CSINode",
        "CustomResourceDefinition",
        "Lease",
        "MutatingWebhookConfiguration",
        "PodDisruptionBudget",
        "RuntimeClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "FlowSchema",
        "PriorityLevelConfiguration",
    ];
    !write.kind.is_custom() && !NOT.contains(&write.kind.kind.as_str())
}

fn immutable(write: &Write<'_>, causes: &[Cause]) -> Refusal {
    // The server looks at these twice, and says so twice.
    Refusal::invalid(&write.kind.qualified_kind(), write.name, &[causes, causes].concat())
}

fn about(write: &Write<'_>, name: &str) -> Value {
    let mut details = json!({"name": name, "kind": write.kind.plural});
    if !write.kind.group.is_empty() {
        details["group"] = json!(write.kind.group);
    }
    details
}

fn conflict(write: &Write<'_>, why: &str) -> Refusal {
    let message = format!("Operation cannot be fulfilled on {} {:?}: {why}", write.kind.qualified(), write.name);
    Refusal { details: Some(about(write, write.name)), ..Refusal::new(409, "Conflict", message) }
}

/// What is said of a creation of what is there.
pub(super) fn exists(write: &Write<'_>, before: &Value) -> Refusal {
    let name = before["metadata"]["name"].as_str().unwrap_or_default();
    let message = format!("{} {name:?} already exists", write.kind.qualified());
    Refusal { details: Some(about(write, name)), ..Refusal::new(409, "AlreadyExists", message) }
}
