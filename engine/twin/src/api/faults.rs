//! Where faults meet requests: one place, before anything is looked at.

use super::answer::{Answer, Body, Broken};
use super::request::Request;
use super::target::target;
use super::{list, route};
use crate::json::json;
use crate::world::{Met, Refusal, What, World};

/// What a client and a container talk over.
const TALKS: [&str; 3] = ["attach", "exec", "portforward"];

/// Answers a request, unless something is to go wrong with it.
pub(super) fn answer(world: &mut World, request: &Request) -> Answer {
    // One that comes again, because somebody had to be asked, was met already.
    let met = if request.luck.is_some() { None } else { meet(world, request) };
    match met {
        None => route::plainly(world, request),
        Some(What::Refuse { code, message, retry_after }) => refused(code, message, retry_after),
        Some(What::Hang { done }) => broken(world, request, done, Broken::Hung),
        Some(What::Cut { done }) => broken(world, request, done, Broken::Cut),
        Some(What::Twice) => {
            // What is talked over cannot come twice.
            let talks = target(&request.path).is_some_and(|target| TALKS.contains(&target.sub.as_str()));
            if !talks {
                drop(route::plainly(world, request));
            }
            route::plainly(world, request)
        }
        Some(What::EndWatch { events, torn }) => {
            let mut answer = route::plainly(world, request);
            if let Body::Watch(watch) = &mut answer.body {
                watch.end_after(events, torn);
            }
            answer
        }
        Some(What::Forget) => forgotten(world, request),
    }
}

fn meet(world: &mut World, request: &Request) -> Option<What> {
    world.faults().next()?;
    let target = target(&request.path);
    let kind = target.as_ref().map_or_else(String::new, |target| match target.group.as_str() {
        "" => target.plural.clone(),
        group => format!("{}.{group}", target.plural),
    });
    let mut met =
        Met { method: &request.method, path: &request.path, kind: &kind, user: &request.user.name, ..Met::default() };
    if let Some(target) = &target {
        met = Met {
            verb: route::verb(request, target),
            sub: &target.sub,
            namespace: &target.namespace,
            name: &target.name,
            ..met
        };
    }
    world.meet(&met)
}

fn broken(world: &mut World, request: &Request, done: bool, how: Broken) -> Answer {
    if done {
        drop(route::plainly(world, request));
    }
    Answer { code: 500, headers: Vec::new(), body: Body::Broken(how) }
}

/// A refusal in the words the server has for its code.
fn refused(code: u16, message: Option<String>, retry_after: Option<u32>) -> Answer {
    if code == 429 && message.is_none() {
        let answer = Answer::text(429, "Too many requests, please try again later.\n");
        return answer.with("retry-after", retry_after.unwrap_or(1).to_string());
    }
    let (reason, usual) = match code {
        408 | 504 => {
            ("Timeout", "Timeout: request did not complete within requested timeout - context deadline exceeded")
        }
        429 => ("TooManyRequests", ""),
        500 => ("InternalError", "Internal error occurred: etcdserver: request timed out"),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        _ => ("", "the server refuses this on purpose"),
    };
    let mut refusal = Refusal::new(code, reason, message.unwrap_or_else(|| usual.to_owned()));
    if let Some(seconds) = retry_after {
        refusal.details = json!({"retryAfterSeconds": seconds});
    }
    refusal.into()
}

/// What is said of a version that is too old: in the stream of a watch, or instead of a list.
fn forgotten(world: &mut World, request: &Request) -> Answer {
    let asked = request.query.get("resourceVersion").and_then(|text| text.parse().ok()).unwrap_or(1);
    let refusal = list::too_old(asked, world.revision());
    let watched = target(&request.path).is_some_and(|target| route::verb(request, &target) == "watch");
    if !watched {
        return refusal.into();
    }
    let line = format!("{}\n", json!({"type": "ERROR", "object": refusal.status()}));
    Answer::bytes(200, "application/json", line.into_bytes())
}
