//! The other pods of a workload: whether one of them is ready when a pod is to leave.
//!
//! A drain asks all pods of a node to leave at once. Where all ready pods of a workload are on that node, and no budget
//! holds the last, nobody would answer until a new one is ready.

use std::collections::BTreeMap;

use runbook_model::{Failure, Value, code};

use super::drain::{Item, controller, is_going};
use super::{Cluster, Ref, Result, Select, object};

/// Who makes pods again elsewhere, as many as it is told.
const MAKERS: [&str; 3] = ["ReplicaSet", "ReplicationController", "StatefulSet"];

/// The workload of a ready pod, where it makes pods again elsewhere.
pub(super) fn maker(pod: &Value) -> Option<Ref> {
    let owner = controller(pod).filter(|_| !is_going(pod) && is_ready(pod))?;
    let kind = object::text(owner, &["kind"]).filter(|kind| MAKERS.contains(kind))?;
    let kind = format!("{}/{kind}", object::text(owner, &["apiVersion"])?);
    Some(Ref::new(kind, object::meta(pod, "namespace")?, object::text(owner, &["name"])?))
}

fn is_ready(pod: &Value) -> bool {
    object::condition(pod, "Ready").and_then(|it| object::text(it, &["status"])) == Some("True")
}

/// Of the pods that are to leave, the one of each workload that leaves last.
pub(super) fn keepers(leave: &[Item]) -> BTreeMap<&Ref, &str> {
    leave.iter().filter_map(|item| Some((item.maker.as_ref()?, item.uid.as_str()))).collect()
}

impl Cluster {
    /// Refuses where a workload that wants several pods has none ready but those that are to leave.
    pub(super) async fn has_mate(&self, maker: &Ref, name: &str, leave: &[Item]) -> Result<()> {
        let Some(owner) = self.find(maker).await? else { return Ok(()) };
        if object::number(&owner, &["spec", "replicas"]).unwrap_or(1) < 2 {
            return Ok(());
        }
        let select = Select { namespace: maker.namespace.clone(), ..Select::of("v1/Pod").labelled(labels(&owner)) };
        let pods = self.list(&select).await?;
        let stays = |pod: &Value| leave.iter().all(|item| Some(item.uid.as_str()) != object::meta(pod, "uid"));
        if pods.iter().any(|pod| stays(&pod) && self::maker(&pod).as_ref() == Some(maker)) {
            return Ok(());
        }
        let of = maker.kind.rsplit('/').next().unwrap_or_default();
        let what = format!("pod `{name}` may not leave now: it is the last ready one of {of} `{}`", maker.name);
        Err(Failure::new(code::KUBE_BLOCKED, what)
            .retryable()
            .hint("wait until another is ready, or let the last one go with `last: true`"))
    }
}

/// The labels by which a workload finds its pods. What they do not tell apart, their owner does.
fn labels(owner: &Value) -> String {
    let Some(Value::Map(labels)) =
        object::at(owner, &["spec", "selector", "matchLabels"]).or_else(|| object::at(owner, &["spec", "selector"]))
    else {
        return String::new();
    };
    let pairs = labels.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_text()?)));
    pairs.collect::<Vec<_>>().join(",")
}
