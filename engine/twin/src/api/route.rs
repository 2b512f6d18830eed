//! From a request to the verb that answers it: what kind, who may, which verb, which subresource.

use super::access::{self, Attempt};
use super::answer::{Answer, Body};
use super::kinds::{self, Served};
use super::request::Request;
use super::target::{Target, target};
use super::{
    collection, components, delete, discovery, faults, get, health, impersonate, list, openapi, own, protobuf, reviews,
    sub, watch, write,
};
use crate::rules;
use crate::world::{Refusal, World};
use std::sync::Arc;

/// Answers a request, changing the world where it asks for that; what is to go wrong on purpose goes wrong.
pub fn answer(world: &mut World, request: &Request) -> Answer {
    let answer = protobuf::liked(faults::answer(world, request), request);
    // Who asks for the head alone is given no body.
    if request.method == "HEAD" { Answer { body: Body::Bytes(Vec::new()), ..answer } } else { answer }
}

/// Answers a request with nothing going wrong.
pub(super) fn plainly(world: &mut World, request: &Request) -> Answer {
    let answer = match impersonate::user(world, request) {
        Ok(None) => routed(world, request),
        Ok(Some(user)) => routed(world, &Request { user, ..request.clone() }),
        Err(refusal) => Err(refusal),
    };
    answer.unwrap_or_else(Answer::from)
}

fn routed(world: &mut World, request: &Request) -> Result<Answer, Refusal> {
    if let Some(watched) = old_watch(request) {
        return routed(world, &watched);
    }
    let Some(target) = target(&request.path) else {
        return elsewhere(world, request);
    };
    let found = kinds::find(world, &target.group, &target.version, &target.plural);
    let verb = verb(request, &target);
    let attempt = match &found {
        Some(served) => Attempt::on(verb, served, &target),
        None => Attempt {
            verb: verb.to_owned(),
            group: target.group.clone(),
            plural: target.plural.clone(),
            sub: target.sub.clone(),
            namespace: target.namespace.clone(),
            name: target.name.clone(),
            path: String::new(),
        },
    };
    access::check(world, &request.user, &with_selected_name(attempt, request))?;
    let old = deprecated(&target).map(str::to_owned);
    let old = old.or_else(|| found.as_deref().filter(|kind| kind.is_custom()).and_then(rules::deprecation));
    let answer = resource(world, request, &target, found, verb).unwrap_or_else(Answer::from);
    Ok(match old {
        Some(said) if answer.code != 405 => write::warn(answer, vec![said]),
        _ => answer,
    })
}

/// What is said of kinds that are on their way out.
fn deprecated(target: &Target) -> Option<&'static str> {
    match (target.group.as_str(), target.plural.as_str()) {
        ("", "endpoints") => Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
        ("", "componentstatuses") => Some("v1 ComponentStatus is deprecated in v1.19+"),
        _ => None,
    }
}

fn resource(
    world: &mut World,
    request: &Request,
    target: &Target,
    found: Option<Arc<Served>>,
    verb: &str,
) -> Result<Answer, Refusal> {
    let Some(served) = found else {
        if discovery::is_unreachable(world, &target.group, &target.version) {
            return Ok(discovery::unavailable());
        }
        return if discovery::has_group(world, &target.group) { Err(nothing()) } else { Ok(Answer::nowhere()) };
    };
    if !target.rest.is_empty() && target.sub != "proxy" {
        return Err(nothing());
    }
    if served.is_custom() && !target.sub.is_empty() && served.sub(&target.sub).is_none() {
        return Err(Refusal::not_found(&kinds::named(&served), &target.name));
    }
    if target.sub.is_empty()
        && target.name.is_empty()
        && let Some(answer) = reviews::answer(world, &served, target, request)
    {
        return answer;
    }
    if served.plural == "bindings" && verb == "create" {
        return sub::bind(world, "", target, request);
    }
    if target.sub.is_empty() || target.sub == "status" {
        plain(world, &served, target, request, verb)
    } else {
        sub::answer(world, &served, target, request, verb)
    }
}

/// The old way to watch: `/api/v1/watch/…` is the list's path with `watch` in it.
fn old_watch(request: &Request) -> Option<Request> {
    let mut pieces: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let at = match *pieces.first()? {
        "api" => 2,
        "apis" => 3,
        _ => return None,
    };
    if pieces.get(at) != Some(&"watch") {
        return None;
    }
    pieces.remove(at);
    let mut watched = request.clone();
    watched.path = format!("/{}", pieces.join("/"));
    watched.query.0.push(("watch".to_owned(), "true".to_owned()));
    // Of one object, it is a watch of all that have its name.
    if let Some(named) = target(&watched.path).filter(|target| !target.name.is_empty()) {
        watched.path.truncate(watched.path.len() - named.name.len() - 1);
        watched.query.0.push(("fieldSelector".to_owned(), format!("metadata.name={}", named.name)));
    }
    Some(watched)
}

/// A list of one name asks for that name.
fn with_selected_name(mut attempt: Attempt, request: &Request) -> Attempt {
    if ["list", "watch", "deletecollection"].contains(&attempt.verb.as_str()) && attempt.name.is_empty() {
        let fields = request.query.get("fieldSelector").unwrap_or_default();
        if let Some(name) = fields.strip_prefix("metadata.name=").filter(|name| !name.contains([',', '='])) {
            attempt.name = name.to_owned();
        }
    }
    attempt
}

pub(super) fn verb(request: &Request, target: &Target) -> &'static str {
    let watched = watch::is_asked(&request.query);
    match (request.method.as_str(), target.name.is_empty()) {
        ("GET" | "HEAD", true) if watched && target.sub.is_empty() => "watch",
        ("GET" | "HEAD", true) => "list",
        ("GET" | "HEAD", false) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", true) => "deletecollection",
        ("DELETE", false) => "delete",
        _ => "",
    }
}

fn plain(
    world: &mut World,
    served: &Arc<Served>,
    target: &Target,
    request: &Request,
    verb: &str,
) -> Result<Answer, Refusal> {
    let verbs = match target.sub.as_str() {
        "" => Some(&served.verbs),
        sub => served.sub(sub).map(|sub| &sub.verbs),
    };
    let Some(verbs) = verbs else {
        return Err(nothing());
    };
    if !served.namespaced && served.plural != "namespaces" && !target.namespace.is_empty() {
        return Err(nothing());
    }
    let whole_cluster = served.namespaced && target.namespace.is_empty();
    // Where nothing can be done with one object, there is no place for one.
    let single = ["get", "update", "patch", "delete"].iter().any(|one| verbs.iter().any(|verb| verb == one));
    if !target.name.is_empty() && (whole_cluster || !single) {
        return Err(nothing());
    }
    if request.method == "HEAD"
        || !verbs.iter().any(|one| one == verb)
        || (whole_cluster && !["list", "watch"].contains(&verb))
        || (target.name.is_empty() && ["update", "patch"].contains(&verb))
        || (verb == "create" && !target.name.is_empty())
    {
        return Err(not_allowed());
    }
    match verb {
        "get" | "list" if served.plural == "componentstatuses" => components::answer(world, served, target, request),
        "get" => get::get(world, served, target, request),
        "list" => list::list(world, served, target, request),
        "watch" => watch::watch(world, served, target, request),
        "create" => write::create(world, served, target, request),
        "update" => write::update(world, served, target, request),
        "patch" => write::patch(world, served, target, request),
        "delete" => delete::delete(world, served, target, request),
        "deletecollection" => collection::collection(world, served, target, request),
        _ => Err(not_allowed()),
    }
}

/// 404 where there is no such resource, though its group is known.
pub(crate) fn nothing() -> Refusal {
    let mut refusal = Refusal::new(404, "NotFound", "the server could not find the requested resource");
    refusal.details = crate::json::json!({});
    refusal
}

/// 405.
pub(crate) fn not_allowed() -> Refusal {
    let mut refusal =
        Refusal::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
    refusal.details = crate::json::json!({});
    refusal
}

fn elsewhere(world: &World, request: &Request) -> Result<Answer, Refusal> {
    let verb = match request.method.as_str() {
        "POST" => "post",
        "PUT" => "put",
        "PATCH" => "patch",
        "DELETE" => "delete",
        "HEAD" => "head",
        _ => "get",
    };
    let attempt = Attempt { verb: verb.to_owned(), path: request.path.clone(), ..Attempt::default() };
    access::check(world, &request.user, &attempt)?;
    if request.path.starts_with("//") {
        return Ok(Answer::nowhere());
    }
    if let Some(answer) = health::answer(request).or_else(|| own::answer(world, request)) {
        let asks = request.method == "GET" || request.path != "/version";
        return if asks { Ok(answer) } else { Err(not_allowed()) };
    }
    if let Some(answer) = discovery::answer(world, request) {
        return if request.method == "GET" || answer.is_err() { answer } else { Err(not_allowed()) };
    }
    Ok(openapi::answer(world, request).unwrap_or_else(Answer::nowhere))
}

/// The address the client used.
pub(crate) fn address(request: &Request) -> String {
    request.header("host").to_owned()
}
