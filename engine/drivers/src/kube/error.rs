//! What goes wrong with a call, and what of it is known.
//!
//! An answer that came back is a known end, unless the server says that it broke while it worked. A connection that
//! was never made did nothing. One that was lost after a change went out leaves its end unknown.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use http::StatusCode;
use kube::core::Status;
use kube::core::response::StatusCause;
use runbook_model::{Failure, Value, code};

use super::call::Call;
use super::{Cluster, config};

/// What a trouble of the client means for `call`.
pub(super) fn of(cluster: &Cluster, call: &Call, trouble: kube::Error) -> Failure {
    match trouble {
        kube::Error::Api(status) if status.code == 401 => {
            let failure = refused(call, &status).because(cluster.place());
            match cluster.good_until() {
                Some(last) => failure.because(format!("its client certificate is good until {last}")),
                None => failure,
            }
        }
        kube::Error::Api(status) => refused(call, &status),
        kube::Error::Auth(trouble) => config::credentials(cluster.place(), &trouble),
        other => connection(cluster, call, &other),
    }
}

/// Whether the server cannot be reached just now, and certainly did nothing.
pub(super) fn is_away(failure: &Failure) -> bool {
    failure.code == code::KUBE_UNREACHABLE && failure.retryable && !failure.may_have_acted
}

/// Whether a server that is there cannot answer now, and has certainly done nothing: it has too much to do, or begins, or
/// the one before it has nobody to ask.
pub(super) fn is_busy(failure: &Failure, call: &Call) -> bool {
    match failure.code.as_str() {
        // Its container may be about to run.
        _ if not_begun(failure, "container not found") => true,
        // A budget says no with the same word, and means it.
        code::KUBE_TOO_MANY => !says(failure, "disruption budget"),
        code::KUBE_SERVER => {
            let status = failure.data.as_ref().and_then(|data| data.get("status"));
            // A command that was not even begun has changed nothing, whatever it would have done.
            (!call.changes || call.begins) && matches!(status, Some(Value::Int(502..=503)))
        }
        code::KUBE_LOST => !call.changes,
        _ => false,
    }
}

/// Whether the kubelet of a pod could not be asked, or does not know the pod yet, as it is while its machine boots: the
/// command was not begun.
pub(super) fn is_kubelet_away(failure: &Failure) -> bool {
    not_begun(failure, ": dial tcp ") || not_begun(failure, "connection: pod does not exist")
}

/// Whether the server says that it never came to the command, for this reason.
fn not_begun(failure: &Failure, why: &str) -> bool {
    const AT: [&str; 3] = ["unable to upgrade connection", "error dialing backend", "error sending request"];
    let said = |text: &str| text.contains(why) && AT.iter().any(|at| text.contains(at));
    failure.causes.iter().any(|cause| said(cause)) || message(failure).is_some_and(said)
}

/// Whether a read that failed so may be asked again: the server is away, or busy, or broke off.
pub(super) fn is_passing(failure: &Failure) -> bool {
    failure.retryable
        && matches!(
            failure.code.as_str(),
            code::KUBE_UNREACHABLE | code::KUBE_LOST | code::KUBE_TIMEOUT | code::KUBE_TOO_MANY | code::KUBE_SERVER
        )
}

/// Whether the object is not there.
pub(super) fn is_missing(failure: &Failure) -> bool {
    failure.code == code::KUBE_NOT_FOUND
}

/// Whether the object is no longer as it was seen; nothing was done.
pub fn is_outdated(failure: &Failure) -> bool {
    failure.code == code::KUBE_CONFLICT && failure.retryable
}

/// Whether the server said this of its refusal.
pub(super) fn says(failure: &Failure, words: &str) -> bool {
    message(failure).is_some_and(|said| said.contains(words))
}

fn message(failure: &Failure) -> Option<&str> {
    failure.data.as_ref()?.get("message")?.as_text()
}

/// No whole answer in time.
pub(super) fn late(call: &Call, limit: Duration) -> Failure {
    let what = format!("`{}` was not answered within {limit:?}", call.brief());
    unknown(Failure::new(code::KUBE_TIMEOUT, what).retryable(), call)
}

/// An answer that cannot be read.
pub(super) fn garbled(call: &Call, trouble: &serde_json::Error) -> Failure {
    let what = format!("the answer to `{}` cannot be read", call.brief());
    unknown(Failure::new(code::KUBE_SERVER, what).because(trouble), call)
        .hint("check that the address is that of an API server, and not of a proxy before it")
}

/// A request that cannot be made.
pub(super) fn unsendable(call: &Call, trouble: &http::Error) -> Failure {
    Failure::new(code::VALUE_BAD, format!("`{}` cannot be sent", call.brief())).because(trouble)
}

fn unknown(failure: Failure, call: &Call) -> Failure {
    Failure { may_have_acted: call.changes, ..failure }
}

fn connection(cluster: &Cluster, call: &Call, trouble: &kube::Error) -> Failure {
    let mut chain = std::iter::successors(trouble.source(), |&trouble| trouble.source());
    if let Some(trouble) = chain.find_map(|link| link.downcast_ref::<kube::client::AuthError>()) {
        return config::credentials(cluster.place(), trouble);
    }
    let why = root(trouble);
    let mut chain = std::iter::successors(trouble.source(), |&trouble| trouble.source());
    let dialled = chain.find_map(|link| link.downcast_ref::<hyper_util::client::legacy::Error>());
    if !dialled.is_some_and(hyper_util::client::legacy::Error::is_connect) {
        let what = format!("the connection was lost before `{}` was answered", call.brief());
        return unknown(Failure::new(code::KUBE_LOST, what).because(why).retryable(), call);
    }
    let what = format!("the API at `{}` cannot be reached", cluster.server());
    let failure = Failure::new(code::KUBE_UNREACHABLE, what).because(&why).because(cluster.place());
    if why.contains("certificate") {
        return failure.hint("check `certificate-authority` in the kubeconfig, and the clock of this machine");
    }
    failure.retryable().hint("check that the API server runs and that this machine can reach it")
}

/// What stands at the end of a chain of troubles, in the words of who met it.
pub(super) fn root(trouble: &(dyn std::error::Error + 'static)) -> String {
    let last = std::iter::successors(Some(trouble), |&trouble| trouble.source()).last();
    let Some(last) = last else { return trouble.to_string() };
    // An input-output trouble hides what it wraps from the chain.
    match last.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => wrapped.to_string(),
        None => last.to_string(),
    }
}

/// What the server's refusal means.
pub(super) fn refused(call: &Call, status: &Status) -> Failure {
    let on = if call.on.is_empty() { format!("`{}`", call.brief()) } else { call.on.clone() };
    let causes = status.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default();
    let failure = match (status.code, status.reason.as_str()) {
        (401, _) => Failure::new(code::KUBE_UNAUTHORIZED, "the cluster does not accept who we say we are")
            .hint("renew the credentials of the kubeconfig; `kubectl auth whoami` shows them"),
        (403, _) if causes.iter().any(|cause| cause.reason == "NamespaceTerminating") => {
            let what = format!("{on} cannot be made: its namespace is being deleted");
            Failure::new(code::KUBE_FORBIDDEN, what)
                .retryable()
                .hint("wait until the namespace is gone, then make it anew")
        }
        (403, _) => Failure::new(code::KUBE_FORBIDDEN, format!("{on} is forbidden to us"))
            .hint("ask for a role that allows it; `kubectl auth can-i --list` shows what is allowed"),
        (_, "AlreadyExists") => Failure::new(code::KUBE_EXISTS, format!("{on} is there already")),
        (409, _) => conflict(&on, causes),
        (404, _) => Failure::new(code::KUBE_NOT_FOUND, format!("{} is not there", missing(&on, call, status))),
        (410, _) => Failure::new(code::KUBE_GONE, format!("{on} cannot be read on from where it was")).retryable(),
        (429, _) => Failure::new(code::KUBE_TOO_MANY, format!("{on} is refused for now")).retryable(),
        (504, _) => {
            unknown(Failure::new(code::KUBE_TIMEOUT, format!("{on} took the server too long")), call).retryable()
        }
        (400..500, _) => Failure::new(code::KUBE_INVALID, format!("{on} is not accepted")),
        _ => broken(&on, call, status),
    };
    let mut failure = failure.because(said(call, status));
    if failure.code != code::KUBE_CONFLICT {
        failure.causes.extend(causes.iter().map(cause).filter(|cause| !status.message.contains(cause.as_str())));
    }
    failure.data = Some(data(status, causes));
    failure
}

/// What is missing: a change may lack the namespace it should happen in.
fn missing(on: &str, call: &Call, status: &Status) -> String {
    match &status.details {
        Some(details) if details.kind == "namespaces" && !call.path.contains("/namespaces?") && call.changes => {
            format!("namespace `{}`", details.name)
        }
        _ => on.to_owned(),
    }
}

/// A server that fails while it works says nothing of how far it came; except where the failure came before the work.
fn broken(on: &str, call: &Call, status: &Status) -> Failure {
    let failure = Failure::new(code::KUBE_SERVER, format!("the server failed at {on}"));
    // What does not fit the schema is refused before anything is done, whatever its status says.
    if status.message.contains("failed to create typed patch object") {
        return Failure::new(code::KUBE_INVALID, format!("{on} is not accepted"));
    }
    if status.message.contains("failed calling webhook") {
        return failure.retryable().hint("look at the webhook it names: its server does not answer");
    }
    unknown(failure.retryable(), call)
}

fn conflict(on: &str, causes: &[StatusCause]) -> Failure {
    let owned: Vec<&StatusCause> = causes.iter().filter(|cause| cause.reason == "FieldManagerConflict").collect();
    if owned.is_empty() {
        let what = format!("{on} was changed by someone else meanwhile");
        return Failure::new(code::KUBE_CONFLICT, what).retryable().hint("read it again, then decide again");
    }
    let mut owners: Vec<&str> = owned.iter().map(|cause| owner(&cause.message)).collect();
    owners.sort_unstable();
    owners.dedup();
    let owners = owners.iter().map(|owner| format!("`{owner}`")).collect::<Vec<_>>().join(", ");
    let failure = Failure::new(code::KUBE_CONFLICT, format!("{on} has fields that belong to {owners}"));
    let failure = owned.iter().fold(failure, |failure, cause| {
        failure.because(format!("`{}` belongs to `{}`", cause.field, owner(&cause.message)))
    });
    failure.hint("leave these fields out, or take them over with `force: true`")
}

/// The owner a server names in `conflict with "helm" using apps/v1`.
fn owner(message: &str) -> &str {
    message.split('"').nth(1).unwrap_or(message)
}

fn said(call: &Call, status: &Status) -> String {
    let name = StatusCode::from_u16(status.code).map_or_else(|_| status.code.to_string(), |status| status.to_string());
    let message: String = status.message.chars().take(1000).collect();
    let end = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("`{}` answered {name}{end}", call.brief())
}

fn cause(cause: &StatusCause) -> String {
    if cause.field.is_empty() { cause.message.clone() } else { format!("`{}`: {}", cause.field, cause.message) }
}

fn data(status: &Status, causes: &[StatusCause]) -> Value {
    let text = |text: &str| Value::from(text);
    let one = |cause: &StatusCause| {
        Value::from([("reason", text(&cause.reason)), ("field", text(&cause.field)), ("message", text(&cause.message))])
    };
    let after = status.details.as_ref().map_or(0, |details| i64::from(details.retry_after_seconds));
    Value::from([
        ("status", Value::Int(i64::from(status.code))),
        ("reason", text(&status.reason)),
        ("message", text(&status.message)),
        ("causes", Value::List(causes.iter().map(one).collect())),
        ("retry_after", Value::Int(after)),
    ])
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn status(json: &str) -> Status {
        serde_json::from_str(json).unwrap()
    }

    fn change() -> Call {
        Call::new(Method::PATCH, "/apis/apps/v1/namespaces/shop/deployments/web?force=false")
            .on("deployment `shop/web`")
    }

    #[test]
    fn a_conflict_of_owners_names_them_and_their_fields() {
        let failure = refused(
            &change(),
            &status(
                r#"{"code":409,"reason":"Conflict","message":"Apply failed with 2 conflicts","details":{"causes":[
                {"reason":"FieldManagerConflict","field":".spec.replicas","message":"conflict with \"helm\" using apps/v1"},
                {"reason":"FieldManagerConflict","field":".spec.paused","message":"conflict with \"argo\""}]}}"#,
            ),
        );
        assert_eq!(failure.code, code::KUBE_CONFLICT);
        assert_eq!(failure.what, "deployment `shop/web` has fields that belong to `argo`, `helm`");
        assert_eq!(failure.causes[0], "`.spec.replicas` belongs to `helm`");
        assert!(!failure.retryable && !failure.may_have_acted);
    }

    #[test]
    fn a_refusal_is_a_known_end_and_a_broken_server_is_not() {
        let of = |code: u16, reason: &str, message: &str| {
            let json = serde_json::json!({"code": code, "reason": reason, "message": message}).to_string();
            let failure = refused(&change(), &status(&json));
            (failure.code.clone(), failure.retryable, failure.may_have_acted)
        };
        assert_eq!(of(401, "Unauthorized", ""), ("kube.unauthorized".into(), false, false));
        assert_eq!(of(403, "Forbidden", ""), ("kube.forbidden".into(), false, false));
        assert_eq!(of(404, "NotFound", ""), ("kube.not_found".into(), false, false));
        assert_eq!(of(409, "AlreadyExists", ""), ("kube.exists".into(), false, false));
        assert_eq!(of(409, "Conflict", ""), ("kube.conflict".into(), true, false));
        assert_eq!(of(422, "Invalid", ""), ("kube.invalid".into(), false, false));
        assert_eq!(of(429, "TooManyRequests", ""), ("kube.too_many".into(), true, false));
        assert_eq!(of(500, "InternalError", "etcdserver: request timed out"), ("kube.server".into(), true, true));
        assert_eq!(of(500, "InternalError", "failed calling webhook \"x\""), ("kube.server".into(), true, false));
        assert_eq!(of(504, "Timeout", ""), ("kube.timeout".into(), true, true));
    }

    #[test]
    fn a_refusal_says_what_was_asked_and_what_the_server_said() {
        let failure = refused(&change(), &status(r#"{"code":404,"reason":"NotFound","message":"web not found"}"#));
        assert_eq!(failure.what, "deployment `shop/web` is not there");
        let call = "`PATCH /apis/apps/v1/namespaces/shop/deployments/web` answered 404 Not Found: web not found";
        assert_eq!(failure.causes, [call]);
        assert_eq!(failure.data.unwrap().get("status"), Some(&Value::Int(404)));
    }
}
