//! What helm says when it fails, and what of it is known.

use std::time::Duration;

use runbook_model::{Failure, Value, code};

/// How much of what helm said a failure carries, in characters.
const SAID_CHARS_MAX: usize = 1500;

/// Whether the verb that was cut off or refused changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Looks,
    Changes,
}

/// What the program printed on its error channel before it ended.
fn said(trouble: &Failure) -> Option<String> {
    let data = trouble.data.as_ref()?;
    let text = data.get("stderr").and_then(Value::as_text)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The failure of `brief`, from what became of the process.
pub(super) fn of(trouble: Failure, brief: &str, program: &str, verb: Verb) -> Failure {
    let acts = verb == Verb::Changes;
    match trouble.code.as_str() {
        code::LOCAL_MISSING => {
            let mut failure = Failure::new(code::HELM_MISSING, format!("`{program}` could not be started"));
            failure.causes = trouble.causes;
            failure.hint("install helm 3 or 4, or say where it is with `RUNBOOK_HELM`")
        }
        code::LOCAL_EXIT => refused(brief, &said(&trouble).unwrap_or(trouble.what), acts),
        code::LOCAL_TIMEOUT => late(brief, None, acts),
        code::LOCAL_SIGNAL | code::LOCAL_OUTPUT => {
            let mut failure = Failure::new(code::HELM_FAILED, format!("`{brief}` did not end by itself"));
            failure.may_have_acted = acts;
            failure.because(trouble.what).retryable().hint("look at the release with `helm history`")
        }
        _ => trouble,
    }
}

/// The failure of `brief`, which was not heard of in time.
pub(super) fn late(brief: &str, limit: Option<Duration>, acts: bool) -> Failure {
    let time = limit.map_or(String::new(), |limit| format!(" within {limit:?}"));
    let mut failure = Failure::new(code::HELM_TIMEOUT, format!("`{brief}` did not end{time} and was ended"));
    failure.may_have_acted = acts;
    failure.retryable().hint("give it more time with `timeout`, or look at what it waits for with `kubectl get pods`")
}

/// What one sentence of helm means.
struct Meaning {
    any: &'static [&'static str],
    code: &'static str,
    what: &'static str,
    hint: &'static str,
    retryable: bool,
    /// Whether its end is unknown when the verb changes something.
    unknown: bool,
}

const fn known(
    any: &'static [&'static str],
    code: &'static str,
    what: &'static str,
    hint: &'static str,
    retryable: bool,
) -> Meaning {
    Meaning { any, code, what, hint, retryable, unknown: false }
}

/// From the most certain to the least.
const MEANINGS: [Meaning; 11] = [
    known(
        &["another operation (install/upgrade/rollback) is in progress"],
        code::HELM_CONFLICT,
        "someone else is changing the release",
        "wait until it is over; `helm::status` says who began it, `helm::repair` ends one that nobody works at",
        true,
    ),
    known(
        &["kubernetes cluster unreachable"],
        code::HELM_UNREACHABLE,
        "the cluster cannot be reached",
        "check that it can be reached with `kubectl version`",
        true,
    ),
    known(
        &[
            "invalid ownership metadata",
            "cannot be imported into the current release",
            "conflict with \"",
            "conflicts with \"",
        ],
        code::HELM_OWNED,
        "an object of the chart belongs to someone else",
        "adopt or remove the object that is named, or give the release another name",
        false,
    ),
    known(
        &["has no deployed releases", "release: not found", "release has no"],
        code::HELM_RELEASE,
        "there is no such release or revision",
        "see what there is with `helm::list` and `helm::history`",
        false,
    ),
    known(
        &["values don't meet the specifications", "error converting yaml to json", "cannot load values"],
        code::HELM_VALUES,
        "the chart does not take these values",
        "correct the values that are named",
        false,
    ),
    // Helm 4 says it of what failed for good, in the words of what is late.
    known(
        &["status: failed"],
        code::HELM_FAILED,
        "something it made failed",
        "look at what failed with `kubectl describe`",
        true,
    ),
    known(
        &[
            "timed out waiting",
            "context deadline exceeded",
            "would exceed context deadline",
            "resource not ready",
            "not ready. status",
        ],
        code::HELM_TIMEOUT,
        "what it waited for did not come true in time",
        "look at what is not ready with `kubectl get pods`, then give it more time with `timeout`",
        true,
    ),
    Meaning {
        any: &[
            "connection refused",
            "connection reset",
            "i/o timeout",
            "no route to host",
            "network is unreachable",
            "no such host",
            "tls handshake timeout",
            ": eof",
            "http2: client connection lost",
        ],
        code: code::HELM_UNREACHABLE,
        what: "the connection to a server was lost or refused",
        hint: "check that the cluster and the chart's repository can be reached",
        retryable: true,
        unknown: true,
    },
    known(
        &[
            "failed to download",
            "not found in repository",
            "no chart name found",
            "chart.yaml file is missing",
            "no chart version found",
            "non-absolute urls",
            "error: repo ",
            "cannot find chart",
            "failed to fetch",
            "could not find protocol handler",
            "chart metadata",
            "no such file or directory",
            "found in chart.yaml, but missing",
            "path \"",
        ],
        code::HELM_CHART,
        "the chart cannot be found or read",
        "check the chart's name and version with `helm show chart`; for a repository run `helm repo update`",
        false,
    ),
    known(
        &["template:", "execution error at", "parse error at", "yaml parse error"],
        code::HELM_CHART,
        "the chart cannot be rendered",
        "correct the values, or the chart, at the place that is named",
        false,
    ),
    known(&[""], code::HELM_FAILED, "helm refused or failed", "look at the release with `helm history`", true),
];

/// The failure of a helm that ended by itself and said why.
fn refused(brief: &str, said: &str, acts: bool) -> Failure {
    let low = said.to_lowercase();
    let meaning = MEANINGS.iter().find(|meaning| meaning.any.iter().any(|part| low.contains(part)));
    let meaning = meaning.unwrap_or(&MEANINGS[MEANINGS.len() - 1]);
    let mut failure = Failure::new(meaning.code, format!("`{brief}` failed: {}", meaning.what)).because(tail(said));
    failure.retryable = meaning.retryable;
    failure.may_have_acted = meaning.unknown && acts;
    failure.hint(meaning.hint)
}

/// The last of what helm said, without its own warnings where more than those was said.
fn tail(said: &str) -> String {
    let worth: Vec<&str> =
        said.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("WARNING:")).collect();
    let text = if worth.is_empty() { said.trim().to_owned() } else { worth.join("\n") };
    let text = text.strip_prefix("Error: ").unwrap_or(&text);
    let skip = text.chars().count().saturating_sub(SAID_CHARS_MAX);
    text.chars().skip(skip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_text(said: &str) -> Failure {
        refused("helm upgrade a", said, true)
    }

    #[test]
    fn what_helm_says_is_told_apart() {
        let said = [
            ("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", code::HELM_CONFLICT),
            (
                "Error: Kubernetes cluster unreachable: Get \"https://[::1]\": connection refused",
                code::HELM_UNREACHABLE,
            ),
            ("Error: path \"./nochart\" not found", code::HELM_CHART),
            (
                "Error: UPGRADE FAILED: pre-upgrade hooks failed: timed out waiting for the condition",
                code::HELM_TIMEOUT,
            ),
            ("Error: UPGRADE FAILED: \"a\" has no deployed releases", code::HELM_RELEASE),
            ("Error: something of tomorrow", code::HELM_FAILED),
            ("", code::HELM_FAILED),
        ];
        for (text, code) in said {
            assert_eq!(of_text(text).code, code, "{text}");
        }
    }

    #[test]
    fn a_refusal_is_a_known_end_and_a_lost_connection_is_not() {
        assert!(!of_text("Error: Kubernetes cluster unreachable: connection refused").may_have_acted);
        assert!(!of_text("Error: UPGRADE FAILED: timed out waiting for the condition").may_have_acted);
        assert!(of_text("Error: UPGRADE FAILED: Get \"https://x\": connection refused").may_have_acted);
        assert!(!refused("helm template a", "Get: connection refused", false).may_have_acted);
    }
}
