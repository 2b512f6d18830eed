//! Rollouts of Deployments, DaemonSets and StatefulSets: how far they are, and starting one.

use runbook_model::{Failure, Value, code};

use super::patch::Form;
use super::wait::Verdict;
use super::{Applied, Cluster, Ref, Result, object};

/// The mark `kubectl` leaves for a restart, so that both see each other's.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// How far the rollout of an object is. The rules are those of `kubectl rollout status`.
pub fn status(object: &Value) -> Verdict {
    let generation = object::number(object, &["metadata", "generation"]).unwrap_or(0);
    let seen = object::number(object, &["status", "observedGeneration"]).unwrap_or(0);
    let kind = object::text(object, &["kind"]).unwrap_or_default();
    if !matches!(kind, "Deployment" | "DaemonSet" | "StatefulSet") {
        return never(object, code::KUBE_KIND, "has no rollout: it is neither Deployment, DaemonSet nor StatefulSet");
    }
    let strategy = object::text(object, &["spec", "updateStrategy", "type"]);
    if kind != "Deployment" && strategy.is_some_and(|strategy| strategy != "RollingUpdate") {
        return never(object, code::KUBE_ROLLOUT, "is updated only as its pods are deleted by hand");
    }
    if generation > seen || (kind == "StatefulSet" && seen == 0) {
        return Verdict::NotYet("its controller has not seen the last change yet".into());
    }
    match kind {
        "Deployment" => deployment(object),
        "DaemonSet" => daemon_set(object),
        _ => stateful_set(object),
    }
}

fn count(object: &Value, key: &str) -> i64 {
    object::number(object, &["status", key]).unwrap_or(0)
}

fn not_yet(lack: String) -> Verdict {
    Verdict::NotYet(lack)
}

fn never(object: &Value, code: &str, trouble: &str) -> Verdict {
    let of = |path: &[&str]| object::text(object, path).unwrap_or_default().to_owned();
    let name =
        format!("{} `{}/{}`", of(&["kind"]).to_lowercase(), of(&["metadata", "namespace"]), of(&["metadata", "name"]));
    Verdict::Never(Box::new(Failure::new(code, format!("{name} {trouble}"))))
}

fn deployment(object: &Value) -> Verdict {
    if let Some(progress) = object::condition(object, "Progressing")
        && object::text(progress, &["reason"]) == Some("ProgressDeadlineExceeded")
    {
        let Verdict::Never(failure) = never(object, code::KUBE_ROLLOUT, "made no progress within its deadline") else {
            return Verdict::Yes;
        };
        let why = object::text(progress, &["message"]).unwrap_or_default();
        return Verdict::Never(Box::new(failure.because(why).hint("look at the events and logs of its newest pods")));
    }
    let wanted = object::number(object, &["spec", "replicas"]);
    let (all, updated) = (count(object, "replicas"), count(object, "updatedReplicas"));
    let available = count(object, "availableReplicas");
    match wanted {
        Some(wanted) if updated < wanted => not_yet(format!("{updated} of {wanted} new replicas are made")),
        _ if all > updated => not_yet(format!("{} old replicas still end", all - updated)),
        _ if available < updated => not_yet(format!("{available} of {updated} new replicas are available")),
        _ => Verdict::Yes,
    }
}

fn daemon_set(object: &Value) -> Verdict {
    let wanted = count(object, "desiredNumberScheduled");
    let (updated, available) = (count(object, "updatedNumberScheduled"), count(object, "numberAvailable"));
    if updated < wanted {
        not_yet(format!("{updated} of {wanted} new pods are made"))
    } else if available < wanted {
        not_yet(format!("{available} of {wanted} new pods are available"))
    } else {
        Verdict::Yes
    }
}

fn stateful_set(object: &Value) -> Verdict {
    let wanted = object::number(object, &["spec", "replicas"]);
    let (ready, updated) = (count(object, "readyReplicas"), count(object, "updatedReplicas"));
    if let Some(wanted) = wanted.filter(|wanted| ready < *wanted) {
        return not_yet(format!("{ready} of {wanted} pods are ready"));
    }
    let kept = object::number(object, &["spec", "updateStrategy", "rollingUpdate", "partition"]).unwrap_or(0);
    if let Some(wanted) = wanted.filter(|_| kept > 0) {
        let due = wanted - kept;
        return if updated < due { not_yet(format!("{updated} of {due} pods are new")) } else { Verdict::Yes };
    }
    let revision = |key: &str| object::text(object, &["status", key]).unwrap_or_default();
    if revision("updateRevision") != revision("currentRevision") {
        return not_yet(format!("{updated} pods are at revision `{}`", revision("updateRevision")));
    }
    Verdict::Yes
}

impl Cluster {
    /// Has all pods of an object made anew, one after another as its strategy says. `stamp` tells this restart from
    /// every other: with the same stamp nothing happens again.
    pub async fn rollout_restart(&self, object: &Ref, stamp: &str) -> Result<Applied> {
        let target = self.target(object).await?;
        let live = self.live(&target).await?;
        if object::at(live.as_ref().unwrap_or(&Value::Unit), &["spec", "paused"]) == Some(&Value::Bool(true)) {
            let failure = Failure::new(code::KUBE_ROLLOUT, format!("{target} is paused, so it cannot be restarted"));
            return Err(failure.hint("resume it first: patch `spec.paused` to `false`"));
        }
        let path = ["spec", "template", "metadata", "annotations", RESTARTED];
        if live.as_ref().is_some_and(|live| object::text(live, &path) == Some(stamp)) {
            return Ok(Applied::nothing(&target, live));
        }
        let mark = Value::from([(RESTARTED, Value::from(stamp))]);
        let mut patch = Value::Unit;
        object::put(&mut patch, &["spec", "template", "metadata", "annotations"], mark);
        self.patch_seen(&target, live, Form::Merge, "", &patch).await
    }

    /// The stamp of the last restart of an object, whoever asked for it.
    pub async fn restarted_at(&self, object: &Ref) -> Result<Option<String>> {
        let live = self.get(object).await?;
        let path = ["spec", "template", "metadata", "annotations", RESTARTED];
        Ok(object::text(&live, &path).map(str::to_owned))
    }

    /// How many there should be.
    pub async fn scale(&self, object: &Ref, replicas: i64) -> Result<Applied> {
        let target = self.target(object).await?;
        let live = self.live(&target).await?;
        if object::number(live.as_ref().unwrap_or(&Value::Unit), &["spec", "replicas"]) == Some(replicas) {
            return Ok(Applied::nothing(&target, live));
        }
        let patch = Value::from([("spec", Value::from([("replicas", Value::Int(replicas))]))]);
        self.patch_seen(&target, live, Form::Merge, "scale", &patch).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(json: &str) -> Verdict {
        status(&super::super::plain::read(json).unwrap())
    }

    fn lack(json: &str) -> String {
        match look(json) {
            Verdict::NotYet(lack) => lack,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_deployment_is_rolled_out_when_all_is_new_and_available() {
        let with = |status: &str| {
            format!(
                r#"{{"kind":"Deployment","metadata":{{"generation":2}},"spec":{{"replicas":3}},"status":{status}}}"#
            )
        };
        let stale = with(r#"{"observedGeneration":1,"updatedReplicas":3,"replicas":3,"availableReplicas":3}"#);
        assert!(lack(&stale).contains("not seen"));
        assert_eq!(lack(&with(r#"{"observedGeneration":2,"updatedReplicas":1}"#)), "1 of 3 new replicas are made");
        let old = with(r#"{"observedGeneration":2,"updatedReplicas":3,"replicas":4}"#);
        assert_eq!(lack(&old), "1 old replicas still end");
        let slow = with(r#"{"observedGeneration":2,"updatedReplicas":3,"replicas":3,"availableReplicas":2}"#);
        assert_eq!(lack(&slow), "2 of 3 new replicas are available");
        let done = with(r#"{"observedGeneration":2,"updatedReplicas":3,"replicas":3,"availableReplicas":3}"#);
        assert_eq!(look(&done), Verdict::Yes);
        let stuck = with(
            r#"{"observedGeneration":2,"conditions":[{"type":"Progressing","reason":"ProgressDeadlineExceeded"}]}"#,
        );
        assert!(matches!(look(&stuck), Verdict::Never(failure) if failure.code == code::KUBE_ROLLOUT));
    }

    #[test]
    fn a_daemon_set_is_rolled_out_when_every_node_has_the_new_pod() {
        let with = |updated: i64, available: i64| {
            format!(
                r#"{{"kind":"DaemonSet","spec":{{"updateStrategy":{{"type":"RollingUpdate"}}}},"status":{{
                "desiredNumberScheduled":2,"updatedNumberScheduled":{updated},"numberAvailable":{available}}}}}"#
            )
        };
        assert_eq!(lack(&with(1, 2)), "1 of 2 new pods are made");
        assert_eq!(lack(&with(2, 1)), "1 of 2 new pods are available");
        assert_eq!(look(&with(2, 2)), Verdict::Yes);
        let by_hand = r#"{"kind":"DaemonSet","spec":{"updateStrategy":{"type":"OnDelete"}}}"#;
        assert!(matches!(look(by_hand), Verdict::Never(_)));
    }

    #[test]
    fn a_stateful_set_is_rolled_out_as_far_as_its_partition() {
        let with = |partition: i64, updated: i64, current: &str| {
            format!(
                r#"{{"kind":"StatefulSet","spec":{{"replicas":3,"updateStrategy":{{"type":"RollingUpdate",
                "rollingUpdate":{{"partition":{partition}}}}}}},"status":{{"observedGeneration":1,"readyReplicas":3,
                "updatedReplicas":{updated},"updateRevision":"b","currentRevision":"{current}"}}}}"#
            )
        };
        assert_eq!(lack(&with(0, 1, "a")), "1 pods are at revision `b`");
        assert_eq!(look(&with(0, 3, "b")), Verdict::Yes);
        assert_eq!(lack(&with(1, 1, "a")), "1 of 2 pods are new");
        assert_eq!(look(&with(1, 2, "a")), Verdict::Yes);
    }
}
