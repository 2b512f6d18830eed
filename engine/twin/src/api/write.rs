//! Writing: create, replace, patch and apply, from the body to the world.
//!
//! What an object becomes is the affair of `rules`; here are the path, the dry run, admission and keeping.

use super::admit::{Admission, hooks};
use super::answer::Answer;
use super::kinds::{Served, named, stored};
use super::options::{self, Options};
use super::request::Request;
use super::sub::spoken::{self, Sent};
use super::target::Target;
use super::{accept, body, convert, encode};
use crate::json::Value;
use crate::rules::{self, Verb};
use crate::world::{Cause, Key, Object, Refusal, World};
use std::sync::Arc;

impl From<rules::Refusal> for Refusal {
    fn from(refusal: rules::Refusal) -> Self {
        let details = refusal.details.unwrap_or_default();
        let (code, reason, warnings) = (refusal.code, refusal.reason, refusal.warnings);
        Self { code, reason, message: refusal.message, details, warnings, ..Self::default() }
    }
}

impl From<Refusal> for rules::Refusal {
    fn from(refusal: Refusal) -> Self {
        let mut details = refusal.status()["details"].take();
        let details = (!details.is_null()).then(|| details.take());
        let (code, reason, warnings) = (refusal.code, refusal.reason, refusal.warnings);
        Self { code, reason, message: refusal.message, details, warnings }
    }
}

/// A write on its way.
pub(crate) struct Job<'a> {
    pub(crate) served: &'a Served,
    pub(crate) target: &'a Target,
    pub(crate) options: &'a Options,
    pub(crate) request: &'a Request,
    /// What is said of the keys of YAML that came twice.
    pub(crate) twice: &'a [String],
}

/// What was kept, and what the client is warned of.
pub(crate) type Kept = (Arc<Object>, Vec<String>);

pub(crate) fn create(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let options = options::read(request, "CreateOptions")?;
    let body::Sent { bytes, twice } = body::json(request, served)?;
    let job = Job { served, target, options: &options, request, twice: &twice };
    let (object, warnings) = job.new_object(world, Verb::Create, &bytes)?;
    Ok(warn(encode::object(201, world, served, &object, wanted, &request.query), warnings))
}

pub(crate) fn update(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let options = options::read(request, "UpdateOptions")?;
    let body::Sent { bytes, twice } = body::json(request, served)?;
    let job = Job { served, target, options: &options, request, twice: &twice };
    let before = world.at(&job.key()).cloned();
    let (code, (object, warnings)) = match before {
        Some(before) => {
            job.check_revision(&bytes)?;
            (200, job.change(world, &before, Verb::Update, &bytes)?)
        }
        None if creates(served) && target.sub.is_empty() => (201, job.new_object(world, Verb::Update, &bytes)?),
        None => {
            // What cannot be read is refused before anybody looks what it is for.
            let sent = Sent { verb: Verb::Update, bytes: &bytes, validation: options.validation };
            spoken::read(served, target, &sent, None)?;
            return Err(Refusal::not_found(&named(served), &target.name));
        }
    };
    Ok(warn(encode::object(code, world, served, &object, wanted, &request.query), warnings))
}

const JSON: &str = "application/json-patch+json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
pub(crate) const APPLY: &str = "application/apply-patch+yaml";

pub(crate) fn patch(world: &mut World, served: &Served, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let kind = request.content_type();
    let spoken: &[&str] = if served.is_custom() { &[JSON, MERGE, APPLY] } else { &[JSON, MERGE, STRATEGIC, APPLY] };
    if !spoken.contains(&kind) {
        if served.is_custom() {
            return Err(body::unknown(&spoken.join(", ")));
        }
        let mut refusal = Refusal::new(415, "UnsupportedMediaType", "415: Unsupported Media Type");
        refusal.details = crate::json::json!({});
        return Err(refusal);
    }
    let wanted = accept::wanted(request)?;
    let options = options::read(request, "PatchOptions")?;
    let body::Sent { bytes, twice } = body::patch(request, kind == APPLY)?;
    let job = Job { served, target, options: &options, request, twice: &twice };
    let before = world.at(&job.key()).cloned();
    let verb = match kind {
        JSON => Verb::Json,
        MERGE => Verb::Merge,
        STRATEGIC => Verb::Strategic,
        _ => Verb::Apply { force: options.force.unwrap_or(false) },
    };
    let (code, (object, warnings)) = match before {
        Some(before) => (200, job.change(world, &before, verb, &bytes)?),
        None if kind == APPLY && target.sub.is_empty() => (201, job.new_object(world, verb, &bytes)?),
        None => return Err(Refusal::not_found(&named(served), &target.name)),
    };
    Ok(warn(encode::object(code, world, served, &object, wanted, &request.query), warnings))
}

/// Tells of warnings in headers.
pub(crate) fn warn(mut answer: Answer, warnings: Vec<String>) -> Answer {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        let said = format!("299 - \"{quoted}\"");
        if !answer.headers.iter().any(|(name, value)| *name == "warning" && *value == said) {
            answer = answer.with("warning", said);
        }
    }
    answer
}

/// The kinds whose objects a replacement may make.
fn creates(served: &Served) -> bool {
    let kinds = [
        "clusterrolebindings",
        "clusterroles",
        "endpoints",
        "endpointslices",
        "events",
        "leases",
        "limitranges",
        "rolebindings",
        "roles",
    ];
    kinds.contains(&served.plural.as_str()) && !served.is_custom()
}

/// Whether an update must say which version it replaces.
fn needs_revision(served: &Served) -> bool {
    let kinds = ["apiservices", "customresourcedefinitions", "leases"];
    served.is_custom() || kinds.contains(&served.plural.as_str())
}

/// A new object has no version yet.
fn check_new_revision(bytes: &[u8]) -> Result<(), Refusal> {
    if !bytes.windows(15).any(|window| window == b"resourceVersion") {
        return Ok(());
    }
    let value: Value = crate::json::from_slice(bytes).unwrap_or_default();
    match value["metadata"]["resourceVersion"].as_str().map(str::parse::<u64>) {
        // What is no version is none.
        None | Some(Err(_) | Ok(0)) => Ok(()),
        Some(Ok(_)) => Err(Refusal::new(500, "", "resourceVersion should not be set on objects to be created")),
    }
}

/// What holds a namespace back is what its finalizing says, and nothing else changes by it.
fn finalize(outcome: &mut rules::Outcome, bytes: &[u8]) {
    let value: Value = crate::json::from_slice(bytes).unwrap_or_default();
    let wanted = value["spec"]["finalizers"].clone();
    let changed = outcome.object["spec"]["finalizers"] != wanted;
    match wanted.as_array().filter(|all| !all.is_empty()) {
        Some(_) => outcome.object["spec"] = crate::json::json!({"finalizers": wanted}),
        None => outcome.object["spec"] = crate::json::json!({}),
    }
    outcome.changed |= changed;
}

impl Job<'_> {
    fn key(&self) -> Key {
        Key::new(stored(self.served), &self.target.namespace_of(self.served), &self.target.name)
    }

    fn check_revision(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let revision = || {
            let value: Value = crate::json::from_slice(bytes).ok()?;
            value["metadata"]["resourceVersion"].as_str().map(str::to_owned)
        };
        if !needs_revision(self.served) || revision().is_some_and(|revision| !revision.is_empty() && revision != "0") {
            return Ok(());
        }
        let message = "Invalid value: 0: must be specified for an update";
        let cause = Cause::new("FieldValueInvalid", "metadata.resourceVersion", message);
        Err(Refusal::invalid(&self.served.group, &self.served.plural, &self.target.name, vec![cause]))
    }

    /// What comes of the write, admission included.
    fn write(
        &self,
        world: &mut World,
        before: Option<&Object>,
        verb: Verb,
        bytes: &[u8],
    ) -> Result<rules::Outcome, Refusal> {
        if !hooks::any(world) {
            return self.admitted(world, before, verb, bytes);
        }
        hooks::with_luck(world, self.request.luck, |world| self.admitted(world, before, verb, bytes))
    }

    fn admitted(
        &self,
        world: &mut World,
        before: Option<&Object>,
        verb: Verb,
        bytes: &[u8],
    ) -> Result<rules::Outcome, Refusal> {
        let namespace = self.target.namespace_of(self.served);
        let (now, uid, suffix) = (world.now().text(), world.chance().uid(), world.chance().suffix(5));
        let shapes = world.shapes().clone();
        let shown =
            before.map(|object| convert::converted(object, self.served).unwrap_or_else(|| object.clone()).whole());
        let admission = Admission::new(world, self, before, shown.as_ref());
        let admit = |value: &mut Value, _: Option<&Value>| admission.change(value);
        let judge = |value: &Value, _: Option<&Value>| admission.judge(value);
        let write = rules::Write {
            kind: self.served,
            verb,
            sub: &self.target.sub,
            namespace: &namespace,
            name: &self.target.name,
            manager: &self.options.manager,
            validation: self.options.validation,
            now: &now,
            uid: &uid,
            suffix: &suffix,
            body: bytes,
            twice: self.twice,
            admit: Some(&admit),
            judge: Some(&judge),
        };
        let outcome = rules::write(&shapes, shown.as_ref(), &write);
        admission.end(outcome)
    }

    /// Makes and keeps a new object.
    ///
    /// # Failures
    /// All that can be wrong with one.
    pub(crate) fn new_object(&self, world: &mut World, verb: Verb, bytes: &[u8]) -> Result<Kept, Refusal> {
        // What a dry run does, it does to a copy.
        let mut copy = self.options.dry_run.then(|| world.clone());
        let world = copy.as_mut().unwrap_or(world);
        // Who applies may name a version even of what is not there.
        if !matches!(verb, Verb::Apply { .. }) {
            check_new_revision(bytes)?;
        }
        let outcome = self.write(world, None, verb, bytes)?;
        let warnings = outcome.warnings;
        let object = Object::new(convert::stored(world, self.served, outcome.object));
        self.check_kind(world, object.name())?;
        let kind = stored(self.served);
        let refused = |refusal| Refusal { warnings: warnings.clone(), ..self.renamed(refusal) };
        let made = world.keep(kind, object).map_err(refused)?;
        if self.options.dry_run {
            let mut shown = (*made).clone();
            shown.set_version("");
            return Ok((Arc::new(shown), warnings));
        }
        Ok((made, warnings))
    }

    /// Refuses new objects of a kind that is about to go.
    fn check_kind(&self, world: &World, name: &str) -> Result<(), Refusal> {
        let definition = format!("{}.{}", self.served.plural, self.served.group);
        let ends = self.served.is_custom()
            && world
                .get("customresourcedefinitions.apiextensions.k8s.io", "", &definition)
                .is_some_and(|definition| definition.condition("Terminating") == Some("True"));
        if !ends {
            return Ok(());
        }
        let why = "create not allowed while custom resource definition is terminating";
        Err(Refusal::forbidden(&named(self.served), name, why))
    }

    fn renamed(&self, refusal: Refusal) -> Refusal {
        let name = refusal.details["name"].as_str().unwrap_or_default();
        if refusal.reason == "AlreadyExists" { Refusal::already_exists(&named(self.served), name) } else { refusal }
    }

    /// Changes and keeps an object.
    ///
    /// # Failures
    /// All that can be wrong with a change.
    pub(crate) fn change(
        &self,
        world: &mut World,
        before: &Arc<Object>,
        verb: Verb,
        bytes: &[u8],
    ) -> Result<Kept, Refusal> {
        let mut copy = self.options.dry_run.then(|| world.clone());
        let world = copy.as_mut().unwrap_or(world);
        let mut outcome = self.write(world, Some(before), verb, bytes)?;
        if self.target.sub == "finalize" {
            finalize(&mut outcome, bytes);
        }
        let warnings = outcome.warnings;
        let object = Object::new(convert::stored(world, self.served, outcome.object));
        let made = if outcome.changed || object != **before {
            world.put_if_changed(self.key(), before, object)?
        } else {
            before.clone()
        };
        if self.options.dry_run {
            let mut shown = (*made).clone();
            shown.set_version(before.version());
            return Ok((Arc::new(shown), warnings));
        }
        Ok((made, warnings))
    }
}
