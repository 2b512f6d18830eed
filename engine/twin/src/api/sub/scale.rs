//! The scale of things: how many there should be and are.

use super::super::answer::Answer;
use super::super::kinds::{Served, named, stored};
use super::super::options::{self, Options};
use super::super::request::Request;
use super::super::route::not_allowed;
use super::super::target::Target;
use super::super::write::{self, Job};
use super::super::{accept, body, encode};
use super::spoken::{self, Sent};
use crate::json::{Text, Value, json};
use crate::rules::Verb;
use crate::world::{Cause, Key, Object, Refusal, World};

pub(crate) fn answer(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
    verb: &str,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let key = Key::new(stored(served), &target.namespace_of(served), &target.name);
    let Some(object) = world.at(&key).cloned() else {
        return Err(Refusal::not_found(&named(served), &target.name));
    };
    let paths = Paths::of(served);
    if verb == "get" && served.is_custom() && at(&object, &paths.wanted).is_null() {
        let said = format!("the spec replicas field \".{}\" does not exist", paths.wanted.join("."));
        let mut refusal = Refusal::new(500, "InternalError", format!("Internal error occurred: {said}"));
        refusal.causes.push(Cause::new("", "", said));
        return Err(refusal);
    }
    let before = scale(&object, &paths);
    if verb == "get" {
        return Ok(encode::value(200, &before, wanted));
    }
    let options = options::read(request, if verb == "patch" { "PatchOptions" } else { "UpdateOptions" })?;
    let (scale, mut warnings) = sent(served, target, request, verb, &options, &before)?;
    let number = scale["spec"]["replicas"].as_i64().unwrap_or(0);
    if number < 0 {
        let message = format!("Invalid value: {number}: must be greater than or equal to 0");
        let cause = Cause::new("FieldValueInvalid", "spec.replicas", message);
        return Err(Refusal::invalid("autoscaling", "Scale", &target.name, vec![cause]));
    }
    let place = Key::new(named(served), key.namespace(), key.name());
    check(&scale, &object, &place, served)?;
    let (after, more) = set(world, served, target, &object, &paths, number, &options, request)?;
    warnings.extend(more);
    Ok(write::warn(encode::value(200, &self::scale(&after, &paths), wanted), warnings))
}

/// The scale that is wanted, and what the client is warned of.
fn sent(
    served: &Served,
    target: &Target,
    request: &Request,
    verb: &str,
    options: &Options,
    before: &Value,
) -> Result<(Value, Vec<String>), Refusal> {
    let kind = Served::spoken("autoscaling", "v1", "Scale");
    let (verb, bytes) = match (verb, request.content_type()) {
        ("update", _) => (Verb::Update, body::json(request, served)?.bytes),
        ("patch", "application/json-patch+json") => (Verb::Json, body::patch(request, false)?.bytes),
        ("patch", write::APPLY) => (Verb::Merge, body::patch(request, true)?.bytes),
        ("patch", "application/strategic-merge-patch+json") => (Verb::Strategic, body::patch(request, false)?.bytes),
        ("patch", _) => (Verb::Merge, body::patch(request, false)?.bytes),
        _ => return Err(not_allowed()),
    };
    let sent = Sent { verb, bytes: &bytes, validation: options.validation };
    spoken::read(&kind, target, &sent, Some(before))
}

/// Holds what a scale says of the object against it.
fn check(scale: &Value, object: &Object, place: &Key, served: &Served) -> Result<(), Refusal> {
    let text = |field: &str| scale["metadata"][field].as_str().unwrap_or_default();
    let (revision, uid) = (text("resourceVersion"), text("uid"));
    if !revision.is_empty() && revision.parse::<u64>().is_err() {
        return Err(Refusal::new(500, "", format!("strconv.ParseUint: parsing {revision:?}: invalid syntax")));
    }
    if !uid.is_empty() && uid != object.uid() {
        let path = format!("/registry/{}/{}/{}", served.plural, place.namespace(), place.name());
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {path}, ResourceVersion: 0, AdditionalErrorMsg: Precondition \
             failed: UID in precondition: {uid}, UID in object meta: {}",
            object.uid()
        );
        return Err(Refusal::conflict(&place.kind, place.name(), &why));
    }
    if !revision.is_empty() && revision != object.version() {
        return Err(Refusal::modified(place));
    }
    Ok(())
}

/// Where the numbers stand in an object.
struct Paths {
    wanted: Vec<String>,
    is: Vec<String>,
    selector: Vec<String>,
}

impl Paths {
    fn of(served: &Served) -> Self {
        let scale = served.custom.as_ref().map(|version| version["subresources"]["scale"].clone()).unwrap_or_default();
        let path = |field: &str, other: &str| {
            let text = scale[field].as_str().unwrap_or(other);
            text.trim_start_matches('.').split('.').map(str::to_owned).collect()
        };
        let selector = if served.is_custom() { path("labelSelectorPath", "") } else { Vec::new() };
        Self {
            wanted: path("specReplicasPath", ".spec.replicas"),
            is: path("statusReplicasPath", ".status.replicas"),
            selector,
        }
    }
}

fn at<'a>(object: &'a Object, path: &[String]) -> &'a Value {
    let (first, rest) = path.split_first().map_or(("", [].as_slice()), |(first, rest)| (first.as_str(), rest));
    rest.iter().fold(&object[first], |value, piece| &value[piece.as_str()])
}

fn scale(object: &Object, paths: &Paths) -> Value {
    let mut metadata = json!({"name": object.name(), "namespace": object.namespace()});
    for field in ["uid", "creationTimestamp"] {
        metadata[field] = object["metadata"][field].clone();
    }
    metadata["resourceVersion"] = object.version().into();
    let selector = if paths.selector.is_empty() {
        words(&object["spec"]["selector"])
    } else {
        at(object, &paths.selector).as_str().unwrap_or_default().to_owned()
    };
    let mut status = json!({"replicas": at(object, &paths.is).as_i64().unwrap_or(0)});
    if !selector.is_empty() {
        status["selector"] = selector.into();
    }
    let mut spec = json!({});
    if let Some(number) = at(object, &paths.wanted).as_i64().filter(|number| *number != 0) {
        spec["replicas"] = number.into();
    }
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status})
}

/// A label selector in one line.
fn words(selector: &Value) -> String {
    let labels = selector.get("matchLabels").unwrap_or(selector).as_object();
    let plain = |(key, value): (&Text, &Value)| value.as_str().map(|value| format!("{key}={value}"));
    let mut all: Vec<String> = labels.into_iter().flatten().filter_map(plain).collect();
    for one in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = one["key"].as_str().unwrap_or_default();
        let values = crate::world::strings(&one["values"]).collect::<Vec<_>>().join(",");
        all.push(match one["operator"].as_str() {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("DoesNotExist") => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    all.join(",")
}

/// A conflict over the number in an object is one over the number of its scale.
fn in_scale(mut refusal: Refusal) -> Refusal {
    let (place, version) = (".spec.replicas", " using autoscaling/v1");
    for cause in refusal.details["causes"].as_array_mut().into_iter().flatten() {
        let (field, said) = (cause["field"].clone(), cause["message"].clone());
        if cause["reason"] == "FieldManagerConflict"
            && let (Some(field), Some(said)) = (field.as_str(), said.as_str())
        {
            refusal.message = refusal.message.replace(field, place);
            cause["field"] = place.into();
            if let Some((owner, other)) = said.split_once(" using ") {
                cause["message"] = format!("{owner}{version}").into();
                refusal.message = refusal.message.replace(&format!(" using {other}"), version);
            }
        }
    }
    refusal
}

#[expect(clippy::too_many_arguments, reason = "one write with all that a write needs")]
fn set(
    world: &mut World,
    served: &Served,
    target: &Target,
    object: &std::sync::Arc<Object>,
    paths: &Paths,
    number: i64,
    options: &Options,
    request: &Request,
) -> Result<write::Kept, Refusal> {
    let mut patch = paths.wanted.iter().rev().fold(json!(number), |value, piece| json!({ (piece.as_str()): value }));
    let whole = Target { sub: "scale".to_owned(), ..target.clone() };
    let job = Job { served, target: &whole, options, request, twice: &[] };
    let mut verb = Verb::Merge;
    if request.content_type() == write::APPLY {
        verb = Verb::Apply { force: options.force.unwrap_or(false) };
        for field in ["apiVersion", "kind"] {
            patch[field] = object[field].clone();
        }
        patch["metadata"] = json!({"name": object.name()});
    }
    let applies = matches!(verb, Verb::Apply { .. });
    if applies && served.is_custom() {
        // The real server cannot do it, and finds out when it has looked at everything else.
        job.change(&mut world.clone(), object, verb, patch.to_string().as_bytes()).map_err(in_scale)?;
        let said = format!(
            "failed to convert new object (/{}; autoscaling/v1, Kind=Scale) to proper version: request to convert CR to \
             an invalid group/version: autoscaling/v1",
            object.name()
        );
        return Err(Refusal::new(500, "", said));
    }
    let made = job.change(world, object, verb, patch.to_string().as_bytes());
    if applies { made.map_err(in_scale) } else { made }
}
