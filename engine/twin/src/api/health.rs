//! The paths that name no resource: health, version, the list of paths.

use super::answer::Answer;
use super::request::Request;

/// The checks the server names, in its order.
const CHECKS: [&str; 33] = [
    "ping",
    "log",
    "etcd",
    "etcd-readiness",
    "informer-sync",
    "poststarthook/start-apiserver-admission-initializer",
    "poststarthook/generic-apiserver-start-informers",
    "poststarthook/priority-and-fairness-config-consumer",
    "poststarthook/priority-and-fairness-filter",
    "poststarthook/storage-object-count-tracker-hook",
    "poststarthook/start-apiextensions-informers",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/crd-informer-synced",
    "poststarthook/start-system-namespaces-controller",
    "poststarthook/start-cluster-authentication-info-controller",
    "poststarthook/start-kube-apiserver-identity-lease-controller",
    "poststarthook/start-kube-apiserver-identity-lease-garbage-collector",
    "poststarthook/start-legacy-token-tracking-controller",
    "poststarthook/start-service-ip-repair-controllers",
    "poststarthook/rbac/bootstrap-roles",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
    "poststarthook/priority-and-fairness-config-producer",
    "poststarthook/bootstrap-controller",
    "poststarthook/start-kubernetes-service-cidr-controller",
    "poststarthook/start-kube-aggregator-informers",
    "poststarthook/apiservice-status-local-available-controller",
    "poststarthook/apiservice-status-remote-available-controller",
    "poststarthook/apiservice-registration-controller",
    "poststarthook/apiservice-discovery-controller",
    "poststarthook/kube-apiserver-autoregistration",
    "autoregister-completion",
    "poststarthook/apiservice-openapi-controller",
    "poststarthook/apiservice-openapiv3-controller",
];

/// What the version says, in the order in which people read it.
const VERSION: [&str; 13] = [
    "major",
    "minor",
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];

/// The answer of a path that names no resource; none when there is nothing.
pub(crate) fn answer(request: &Request) -> Option<Answer> {
    let path = request.path.trim_end_matches('/');
    let (of, check) = match path.strip_prefix('/')?.split_once('/') {
        Some((of, check)) => (of, Some(check)),
        None => (path.strip_prefix('/')?, None),
    };
    match (of, check) {
        ("version", None) => Some(version()),
        ("healthz" | "livez" | "readyz", None) => Some(health(of, request)),
        ("healthz" | "livez" | "readyz", Some(check)) if applies(of, check) => Some(plain("ok".to_owned())),
        _ => None,
    }
}

/// Written for people, as no other answer is.
fn version() -> Answer {
    let known = crate::shapes::document::version();
    let lines = VERSION.map(|name| format!("  {name:?}: {}", known[name]));
    Answer::bytes(200, "application/json", format!("{{\n{}\n}}", lines.join(",\n")).into_bytes())
}

fn plain(text: String) -> Answer {
    Answer::text(200, text)
}

/// Readiness alone asks for the store's readiness, the informers and the shutdown.
fn applies(of: &str, check: &str) -> bool {
    let ready_only = ["etcd-readiness", "informer-sync", "shutdown"].contains(&check);
    (CHECKS.contains(&check) || check == "shutdown") && (of == "readyz" || !ready_only)
}

fn health(of: &str, request: &Request) -> Answer {
    if request.query.get("verbose").is_none() {
        return plain("ok".to_owned());
    }
    let left_out: Vec<&str> = request.query.all("exclude").collect();
    let mut text = String::new();
    for check in CHECKS.iter().copied().chain(["shutdown"]).filter(|check| applies(of, check)) {
        let said = if left_out.contains(&check) { "excluded: ok" } else { "ok" };
        text.push_str(&format!("[+]{check} {said}\n"));
    }
    text.push_str(of);
    text.push_str(" check passed\n");
    plain(text)
}
