//! A write from the wire to what is to be stored: decode, patch, defaults, owners, strategy, validation.
//!
//! Promises: a function of values. It does not do admission, allocation (cluster addresses, node ports) or storing.

use crate::json::{Value, json};

use super::{Refusal, body, defaults, keep, patch, settle, strategy};
use crate::fields::{self, Who};
use crate::shapes::{Kind, Shapes};

/// How the object is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// POST.
    Create,
    /// PUT.
    Update,
    /// PATCH with a JSON patch.
    Json,
    /// PATCH with a JSON merge patch.
    Merge,
    /// PATCH with a strategic merge patch.
    Strategic,
    /// Server-side apply.
    Apply {
        /// Whether to take fields from others.
        force: bool,
    },
}

/// What is done about fields that nobody knows or that come twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// Nothing.
    Ignore,
    /// A warning is given.
    Warn,
    /// The write is refused.
    Strict,
}

/// Admission: changes the object before its strategy sees it, or refuses it; the second is what is there.
pub type Admit<'a> = &'a dyn Fn(&mut Value, Option<&Value>) -> Result<(), Refusal>;

/// The last word: refuses the object as it would be stored, once it is valid; the second is what is there.
pub type Judge<'a> = &'a dyn Fn(&Value, Option<&Value>) -> Result<(), Refusal>;

/// A write.
#[derive(Clone)]
pub struct Write<'a> {
    /// The kind.
    pub kind: &'a Kind,
    /// How.
    pub verb: Verb,
    /// The part written to, or nothing.
    pub sub: &'a str,
    /// The namespace of the path, or nothing.
    pub namespace: &'a str,
    /// The name of the path; nothing when it is a creation.
    pub name: &'a str,
    /// Who writes: the field manager, or the start of the user agent.
    pub manager: &'a str,
    /// What is done about unknown fields.
    pub validation: Validation,
    /// The time, as RFC 3339 with seconds.
    pub now: &'a str,
    /// The id of the object if it comes to be by this.
    pub uid: &'a str,
    /// The end of its name if only the start is given.
    pub suffix: &'a str,
    /// What was sent, as JSON.
    pub body: &'a [u8],
    /// What is said of the keys of YAML that came twice.
    pub twice: &'a [String],
    /// Admission, after owners are known and before validation.
    pub admit: Option<Admit<'a>>,
    /// What judges the object after validation.
    pub judge: Option<Judge<'a>>,
}

/// What came of a write.
#[derive(Debug)]
pub struct Outcome {
    /// The object to store.
    pub object: Value,
    /// Whether it differs from the one that was there.
    pub changed: bool,
    /// What the client is warned of.
    pub warnings: Vec<String>,
}

/// What is to be stored when this is written to the object that is there.
pub fn write(shapes: &Shapes, before: Option<&Value>, write: &Write<'_>) -> Result<Outcome, Refusal> {
    let _ = shapes;
    // What was found out on the way is told even where the write is refused in the end.
    let mut warnings = deprecation(write.kind).into_iter().collect();
    let made = match before {
        None => create(write, &mut warnings),
        Some(before) => change(before, write, &mut warnings),
    };
    match made {
        Ok((object, changed)) => Ok(Outcome { object, changed, warnings }),
        Err(mut refusal) => {
            warnings.append(&mut refusal.warnings);
            Err(Refusal { warnings, ..refusal })
        }
    }
}

/// What is sent to a part that speaks a kind of its own, such as a scale: read, or patched onto what is there, and held
/// against kind and path; and what the client is warned of.
pub fn spoken(before: Option<&Value>, write: &Write<'_>) -> Result<(Value, Vec<String>), Refusal> {
    let mut warnings = Vec::new();
    let mut value = match (write.verb, before) {
        (Verb::Json | Verb::Merge | Verb::Strategic, Some(before)) => patched(before, write, &mut warnings)?,
        _ => {
            let read = body::read(write)?;
            warnings = read.warnings;
            read.value
        }
    };
    keep::identify(&mut value, write)?;
    Ok((value, warnings))
}

fn create(write: &Write<'_>, warnings: &mut Vec<String>) -> Result<(Value, bool), Refusal> {
    let read = body::read(write)?;
    warnings.extend(read.warnings);
    let blank = empty(write);
    let mut object = match write.verb {
        Verb::Apply { force } => apply(&blank, &read.value, write, force)?,
        _ => {
            let mut object = prepared(read.value, write);
            keep::identify(&mut object, write)?;
            let owners = fields::owners(&object["metadata"]["managedFields"]).unwrap_or_default();
            own(&blank, &mut object, owners, write);
            object
        }
    };
    keep::identify(&mut object, write)?;
    let metadata = &mut object["metadata"];
    metadata["creationTimestamp"] = json!(write.now);
    metadata["uid"] = json!(write.uid);
    if let Value::Object(fields) = metadata {
        for gone in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
            fields.remove(gone);
        }
    }
    if let Some(admit) = write.admit {
        admit(&mut object, None)?;
    }
    strategy::created(&mut object, write.kind, write.now);
    let object = finished(object, write);
    super::validate::created(&object, write.kind)?;
    if let Some(judge) = write.judge {
        judge(&object, None)?;
    }
    let object = strategy::shown(object, write.kind);
    warnings.extend(super::warn::warnings(&object, None, write.kind));
    Ok((object, true))
}

/// What every request to a kind is warned of.
pub fn deprecation(kind: &Kind) -> Option<String> {
    if let Some(version) = &kind.custom {
        return version["deprecationWarning"].as_str().filter(|_| version["deprecated"] == true).map(str::to_owned);
    }
    let old = kind.group.is_empty() && kind.kind == "Endpoints";
    old.then(|| "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned())
}

/// An object of the kind with nothing in it.
fn empty(write: &Write<'_>) -> Value {
    let mut blank = json!({"metadata": {}});
    if !write.kind.is_custom() {
        blank = settle(blank, write.kind.shape());
    }
    blank["apiVersion"] = json!(write.kind.api_version());
    blank["kind"] = json!(write.kind.kind);
    blank
}

/// As the server's types keep it, with defaults.
fn prepared(value: Value, write: &Write<'_>) -> Value {
    let kind = write.kind;
    if let Some(version) = &kind.custom {
        let mut object = settle(value, kind.shape());
        super::custom::prune(&mut object, &version["schema"]["openAPIV3Schema"]);
        if !matches!(write.verb, Verb::Apply { .. }) {
            super::custom::without_nulls(&mut object, &version["schema"]["openAPIV3Schema"]);
        }
        super::custom::default(&mut object, &version["schema"]["openAPIV3Schema"]);
        return object;
    }
    let mut object = settle(value, kind.shape());
    super::convert::convert(&mut object, kind);
    defaults::defaults(&mut object, kind);
    settle(object, kind.shape())
}

/// Once more through the types, after the strategy.
fn finished(object: Value, write: &Write<'_>) -> Value {
    super::stored(settle(object, write.kind.shape()), write.kind.shape())
}

fn who<'a>(write: &Write<'a>, ignored: &'a fields::Set, version: &'a str) -> Who<'a> {
    Who { manager: write.manager, api_version: version, sub: write.sub, now: write.now, ignored }
}

fn own(before: &Value, object: &mut Value, owners: Vec<fields::Owner>, write: &Write<'_>) {
    let ignored = strategy::ignored(write.kind, write.sub);
    let version = write.kind.api_version();
    let who = who(write, &ignored, &version);
    let owners = fields::updated(before, object, owners, Some(write.kind.shape()), &who);
    list(object, &owners);
}

fn list(object: &mut Value, owners: &[fields::Owner]) {
    if owners.is_empty() {
        if let Value::Object(metadata) = &mut object["metadata"] {
            metadata.remove("managedFields");
        }
    } else {
        object["metadata"]["managedFields"] = fields::entries(owners);
    }
}

fn change(before: &Value, write: &Write<'_>, warnings: &mut Vec<String>) -> Result<(Value, bool), Refusal> {
    if write.verb == Verb::Strategic && write.kind.is_custom() {
        return Err(body::unknown_format());
    }
    let mut object = match write.verb {
        Verb::Create => return Err(keep::exists(write, before)),
        Verb::Apply { force } => {
            let read = body::read(write)?;
            warnings.extend(read.warnings);
            apply(before, &read.value, write, force)?
        }
        verb => {
            let given = match verb {
                Verb::Update => {
                    let read = body::read(write)?;
                    warnings.extend(read.warnings);
                    read.value
                }
                _ => patched(before, write, warnings)?,
            };
            let reset = given["metadata"]["managedFields"].as_array().is_some_and(Vec::is_empty);
            let mut object = prepared(given, write);
            keep::keep(&mut object, before, write)?;
            // Where what is sent is not of the types it should be, the server loses sight of who owns what, though some of
            // it may never be stored.
            let lost = write.kind.is_custom() && super::typed::check(&object, write.kind).is_err();
            let owners = if reset || lost { Vec::new() } else { asked(&object, before, write) };
            if owners.is_empty() {
                list(&mut object, &owners);
            } else {
                own(before, &mut object, owners, write);
            }
            object
        }
    };
    keep::keep(&mut object, before, write)?;
    if let Some(admit) = write.admit {
        admit(&mut object, Some(before))?;
    }
    strategy::changed(&mut object, before, write.kind, write.sub);
    let mut object = finished(object, write);
    super::validate::changed(&object, before, write.kind, write.sub)?;
    if let Some(judge) = write.judge {
        judge(&object, Some(before))?;
    }
    warnings.extend(super::warn::warnings(&object, Some(before), write.kind));
    let changed = settled_owners(&mut object, before);
    Ok((object, changed))
}

/// The owners that a writer may have put into the object; else those that are there.
fn asked(object: &Value, before: &Value, write: &Write<'_>) -> Vec<fields::Owner> {
    let there = || fields::owners(&before["metadata"]["managedFields"]).unwrap_or_default();
    let given = &object["metadata"]["managedFields"];
    if !write.sub.is_empty() {
        return there();
    }
    if given.as_array().is_some_and(|entries| matches!(entries.as_slice(), [one] if blank(one))) {
        return Vec::new();
    }
    match fields::owners(given) {
        Some(owners) if !owners.is_empty() => owners,
        _ => there(),
    }
}

fn blank(entry: &Value) -> bool {
    entry.as_object().is_some_and(|fields| fields.values().all(|value| value.is_null() || value == ""))
}

fn patched(before: &Value, write: &Write<'_>, warnings: &mut Vec<String>) -> Result<Value, Refusal> {
    let patch = body::patch(write)?;
    let result = match write.verb {
        Verb::Json => patch::json(before.clone(), &patch.value)?,
        Verb::Strategic => patch::strategic(before.clone(), &patch.value, write.kind.shape())?,
        _ => {
            if patch.value.is_null() {
                return Err(Refusal::bad_request("Invalid JSON Patch"));
            }
            if !patch.value.is_object() {
                return Err(body::no_object(&patch.value));
            }
            patch::merge(before.clone(), &patch.value)
        }
    };
    body::patched(result, &patch, write, warnings)
}

/// Restores the times of owners if nothing else has changed; whether something has.
fn settled_owners(object: &mut Value, before: &Value) -> bool {
    let timeless = |value: &Value| {
        let mut value = value.clone();
        for entry in value["metadata"]["managedFields"].as_array_mut().into_iter().flatten() {
            entry.as_object_mut().map(|entry| entry.remove("time"));
        }
        value
    };
    if timeless(object) == timeless(before) {
        *object = before.clone();
        return false;
    }
    true
}

fn apply(before: &Value, config: &Value, write: &Write<'_>, force: bool) -> Result<Value, Refusal> {
    super::applying::apply(before, config, write, force, &|value| prepared(value, write))
}

/// Puts the owners into the object and names who applies.
pub(super) fn with_owners(mut object: Value, owners: &[fields::Owner]) -> Value {
    list(&mut object, owners);
    object
}

/// Who applies, for the other half of this file.
pub(super) fn applier<'a>(write: &Write<'a>, ignored: &'a fields::Set, version: &'a str) -> Who<'a> {
    who(write, ignored, version)
}
