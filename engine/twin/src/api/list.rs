//! Listing: now or in the past, whole or page by page.

use super::answer::Answer;
use super::encode::ListMeta;
use super::kinds::{Served, stored};
use super::request::{Query, Request};
use super::select::{self, Selection};
use super::target::Target;
use super::{accept, encode};
use crate::json::{Value, json};
use crate::world::{Cause, Object, Refusal, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;

type Entry = (Arc<str>, Arc<Object>);

pub(crate) fn list(world: &World, served: &Arc<Served>, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let wanted = accept::wanted_of_many(request)?;
    let query = &request.query;
    check(query)?;
    let selection = select::read(query, served)?;
    let (objects, meta) = page(world, served, &target.namespace_of(served), &selection, query)?;
    Ok(encode::list(served, world.now(), objects, meta, wanted, query))
}

/// Refuses options that make no sense together.
///
/// # Failures
/// 422.
pub(crate) fn check(query: &Query) -> Result<(), Refusal> {
    let get = |name: &str| query.get(name).unwrap_or_default();
    super::options::number(query, "timeoutSeconds")?;
    let (revision, matching, next) = (get("resourceVersion"), get("resourceVersionMatch"), get("continue"));
    let watch = query.is("watch");
    let mut causes = Vec::new();
    let mut forbidden = |field: &str, said: &str| {
        causes.push(Cause::new("FieldValueForbidden", field, format!("Forbidden: {said}")));
    };
    if !get("sendInitialEvents").is_empty() {
        if !watch {
            if !matching.is_empty() && revision.is_empty() {
                forbidden(
                    "resourceVersionMatch",
                    "resourceVersionMatch is forbidden unless resourceVersion is provided",
                );
            }
            forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        } else if matching != "NotOlderThan" {
            forbidden(
                "resourceVersionMatch",
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            );
        }
    } else if !matching.is_empty() {
        if watch {
            forbidden(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            );
        } else if revision.is_empty() {
            forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
        } else if !next.is_empty() {
            forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
        } else if !["Exact", "NotOlderThan"].contains(&matching) {
            let message =
                format!("Unsupported value: \"{matching}\": supported values: \"Exact\", \"NotOlderThan\", \"\"");
            causes.push(Cause::new("FieldValueNotSupported", "resourceVersionMatch", message));
        } else if matching == "Exact" && revision == "0" {
            forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }
    }
    if watch && !next.is_empty() && causes.is_empty() {
        let said = "Forbidden: resourceVersionMatch is forbidden when continue is provided";
        causes.push(Cause::new("FieldValueForbidden", "resourceVersionMatch", said));
    }
    if watch && !["", "NotOlderThan"].contains(&matching) {
        let message = format!("Unsupported value: \"{matching}\": supported values: \"NotOlderThan\"");
        causes.push(Cause::new("FieldValueNotSupported", "resourceVersionMatch", message));
    }
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid("meta.k8s.io", "ListOptions", "", causes)) }
}

/// The number a resource version is.
///
/// # Failures
/// 500 for what is no number.
pub(crate) fn number(text: &str) -> Result<u64, Refusal> {
    if text.is_empty() {
        return Ok(0);
    }
    let said = format!("Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax");
    text.parse().map_err(|_| Refusal::new(500, "", format!("resourceVersion: {said}")))
}

/// The resource version that is asked for.
///
/// # Failures
/// 500 for what is no number, 504 for what has not happened yet.
pub(crate) fn revision(world: &World, text: &str) -> Result<u64, Refusal> {
    let number = number(text)?;
    if number > world.revision() {
        let said = format!("Timeout: Too large resource version: {number}, current: {}", world.revision());
        let mut refusal = Refusal::new(504, "Timeout", said);
        refusal.details = json!({"retryAfterSeconds": 1});
        refusal.causes.push(Cause::new("ResourceVersionTooLarge", "", "Too large resource version"));
        return Err(refusal);
    }
    Ok(number)
}

/// What is there, or a page of it.
///
/// # Failures
/// All that can be wrong with what is asked.
pub(crate) fn page(
    world: &World,
    served: &Served,
    namespace: &str,
    selection: &Selection,
    query: &Query,
) -> Result<(Vec<Arc<Object>>, ListMeta), Refusal> {
    let kind = stored(served);
    let get = |name: &str| query.get(name).unwrap_or_default();
    let limit: usize = get("limit").parse().unwrap_or(0);
    let (mut at, mut start) = (world.revision(), String::new());
    if get("limit").parse::<i64>().is_err() && !get("limit").is_empty() {
        let why = format!("strconv.ParseInt: parsing \"{}\": invalid syntax", get("limit"));
        return Err(Refusal::bad_request(why));
    }
    let asked = revision(world, get("resourceVersion")).map_err(|refusal| match refusal.code {
        500 => Refusal::bad_request(format!("invalid resource version: {}", refusal.message)),
        _ => refusal,
    })?;
    let (kind, mut then) = (kind.as_str(), None);
    if get("continue").is_empty() {
        if get("resourceVersionMatch") == "Exact"
            || (limit > 0 && asked > 0 && get("resourceVersionMatch").is_empty() && asked < at)
        {
            (at, then) = (asked, Some(asked));
        }
    } else {
        if asked > 0 {
            return Err(Refusal::bad_request("specifying resource version is not allowed when using continue"));
        }
        let (revision, from) = read_token(get("continue"))?;
        start = from;
        if revision > 0 {
            (at, then) = (revision, Some(revision));
        }
    }
    let mut rest: Box<dyn Iterator<Item = Entry> + '_> = match then {
        None => now(world, kind, namespace, selection, &start),
        Some(then) => {
            let forgotten =
                || if start.is_empty() { too_old(at, world.history().oldest(kind)) } else { expired(world, &start) };
            Box::new(world.past(kind, namespace, Some(then), &start).ok_or_else(forgotten)?)
        }
    };
    let mut meta = ListMeta { revision: at.to_string(), ..ListMeta::default() };
    if limit == 0 || (get("resourceVersion") == "0" && get("continue").is_empty()) {
        return Ok((rest.map(|(_, object)| object).filter(|object| selection.takes(object)).collect(), meta));
    }
    let mut page: Vec<Arc<Object>> = Vec::new();
    let mut last = None;
    while page.len() < limit
        && let Some((path, object)) = rest.next()
    {
        last = Some(path);
        if selection.takes(&object) {
            page.push(object);
        }
    }
    let remaining = if selection.is_everything() { rest.count() } else { usize::from(rest.next().is_some()) };
    if let (Some(last), true) = (last, remaining > 0) {
        meta.next = Some(token(at, &last));
        meta.remaining = selection.is_everything().then_some(remaining as u64);
    }
    Ok((page, meta))
}

fn path_of(object: &Object) -> Arc<str> {
    let (namespace, name) = (object.namespace(), object.name());
    if namespace.is_empty() { name.into() } else { format!("{namespace}/{name}").into() }
}

/// What is there now, from a place on; by node or name when the selection names one.
pub(crate) fn now<'a>(
    world: &'a World,
    kind: &'a str,
    namespace: &'a str,
    selection: &Selection,
    start: &'a str,
) -> Box<dyn Iterator<Item = Entry> + 'a> {
    let entry = |object: &Arc<Object>| (path_of(object), object.clone());
    if let (true, Some(name)) = (!namespace.is_empty(), selection.name()) {
        let one = world.get(kind, namespace, name).map(entry);
        return Box::new(one.into_iter().filter(move |(path, _)| **path >= *start));
    }
    if let (true, Some(node)) = (kind == "pods", selection.node()) {
        let on_node = world.on_node(node).filter(|pod| namespace.is_empty() || pod.namespace() == namespace);
        let mut entries: Vec<Entry> = on_node.map(entry).filter(|(path, _)| **path >= *start).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        return Box::new(entries.into_iter());
    }
    Box::new(world.past(kind, namespace, None, start).into_iter().flatten())
}

/// 410 for a revision that is forgotten.
pub(crate) fn too_old(asked: u64, oldest: u64) -> Refusal {
    Refusal::new(410, "Expired", format!("too old resource version: {asked} ({oldest})"))
}

fn token(revision: u64, last: &str) -> String {
    let value = json!({"v": "meta.k8s.io/v1", "rv": revision, "start": format!("{last}\u{0}")});
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// What a reader of JSON says of the letter that cannot be there: the first, in a token that somebody made up.
fn odd(bytes: &[u8]) -> String {
    let shown = match bytes.first() {
        None => return "unexpected end of JSON input".to_owned(),
        Some(b'{') => return "invalid character".to_owned(),
        Some(b'\'') => "'\\''".to_owned(),
        Some(byte) if byte.is_ascii_graphic() || *byte == b' ' => format!("'{}'", char::from(*byte)),
        Some(byte @ 0x80..) if *byte > 0xa0 && *byte != 0xad => format!("'{}'", char::from(*byte)),
        Some(byte @ 0x80..) => format!("'\\u{byte:04x}'"),
        Some(byte) => format!("'\\x{byte:02x}'"),
    };
    format!("invalid character {shown} looking for beginning of value")
}

fn read_token(text: &str) -> Result<(u64, String), Refusal> {
    let broken = |why: &str| Refusal::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
    let bytes = URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| broken("illegal base64 data at input byte 0"))?;
    let value: Value = crate::json::from_slice(&bytes).map_err(|_| broken(&odd(&bytes)))?;
    if value["v"] != "meta.k8s.io/v1" {
        let version = value["v"].as_str().unwrap_or_default();
        return Err(broken(&format!("server does not recognize this encoded version {version}")));
    }
    let start = value["start"].as_str().unwrap_or_default();
    if start.is_empty() {
        return Err(broken("encoded start key empty (version meta.k8s.io/v1)"));
    }
    // A token for a fresh, inconsistent list carries the revision -1.
    Ok((value["rv"].as_u64().unwrap_or(0), start.to_owned()))
}

/// 410 for a page of a list that is forgotten, with a token to go on inconsistently.
fn expired(_world: &World, start: &str) -> Refusal {
    let said = "The provided continue parameter is too old to display a consistent list result. You can start a new list \
                without the continue parameter, or use the continue token in this response to retrieve the remainder of \
                the results. Continuing with the provided token results in an inconsistent list - objects that were \
                created, modified, or deleted between the time the first chunk was returned and now may show up in the \
                list.";
    let mut refusal = Refusal::new(410, "Expired", said);
    let value = json!({"v": "meta.k8s.io/v1", "rv": -1, "start": start});
    refusal.next = Some(URL_SAFE_NO_PAD.encode(value.to_string()));
    refusal
}
