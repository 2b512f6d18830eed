//! Empties a node: says first what that means, then asks its pods to leave.
//!
//! Promises: a budget is honoured, and asked again until the time is over. Of a workload with several pods the last ready
//! one goes when another is ready. Pods of DaemonSets and those the kubelet runs by itself stay. What would lose data, or
//! would not come back, is refused before the first pod is asked.
//! It does not cordon: that is a change of its own.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use runbook_model::{Failure, Value, code};

use super::discovery::items;
use super::evict::budget;
use super::volumes::{self, ticked};
use super::{Cluster, Evicted, Progress, Ref, Result, Select, Wait, error, mates, object};

/// How long after a budget has said no it is asked again.
const AGAIN: Duration = Duration::from_secs(5);
/// The mark of a pod that the kubelet runs by itself.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// How to drain.
#[derive(Clone)]
pub struct Drain {
    /// Whether what pods keep in an `emptyDir` may be lost.
    pub empty_dirs: bool,
    /// Whether pods that nobody makes again may go.
    pub unmanaged: bool,
    /// Whether the last ready pod of a workload with several may go before another is ready.
    pub last: bool,
    /// How many seconds each has to end; its own where it is not said.
    pub grace: Option<i64>,
    /// How long all of it may take.
    pub within: Duration,
    /// Only pods with these labels.
    pub labels: String,
    /// How long after a budget has said no it is asked again.
    pub again: Duration,
    /// Told which pod left and what blocks another.
    pub progress: Option<Progress>,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            empty_dirs: false,
            unmanaged: false,
            last: false,
            grace: None,
            within: Duration::from_secs(600),
            labels: String::new(),
            again: AGAIN,
            progress: None,
        }
    }
}

/// A pod of a node, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Which of its name it is.
    pub uid: String,
    /// Why it stays, or may not go, or what goes with it; empty where there is nothing to say.
    pub why: String,
    /// The workload that it is a ready pod of.
    pub(super) maker: Option<Ref>,
}

/// What draining a node means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The node.
    pub node: String,
    /// Pods that are asked to leave.
    pub leave: Vec<Item>,
    /// Pods that stay.
    pub stay: Vec<Item>,
    /// Pods that may not go as things are.
    pub refused: Vec<Item>,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Pods that left, as `namespace/name`.
    pub left: Vec<String>,
    /// Pods that stay, as `namespace/name`.
    pub stay: Vec<String>,
}

impl Plan {
    /// As a script sees it: `#{node, leave, stay, refused}` with `#{namespace, name, why}` each.
    pub fn to_value(&self) -> Value {
        let one = |item: &Item| {
            Value::from([
                ("namespace", Value::from(item.namespace.as_str())),
                ("name", Value::from(item.name.as_str())),
                ("why", Value::from(item.why.as_str())),
            ])
        };
        let list = |items: &[Item]| Value::List(items.iter().map(one).collect());
        Value::from([
            ("node", Value::from(self.node.as_str())),
            ("leave", list(&self.leave)),
            ("stay", list(&self.stay)),
            ("refused", list(&self.refused)),
        ])
    }

    /// The failure of a plan that must not be carried out as it is.
    fn refusal(&self) -> Option<Failure> {
        let first = self.refused.first()?;
        let what =
            format!("node `{}` cannot be drained: pod `{}/{}` {}", self.node, first.namespace, first.name, first.why);
        let failure = self.refused.iter().skip(1).fold(Failure::new(code::KUBE_BLOCKED, what), |failure, item| {
            failure.because(format!("pod `{}/{}` {}", item.namespace, item.name, item.why))
        });
        let lossy = self.refused.iter().any(|item| item.why.contains("emptyDir"));
        let hint = if lossy { "allow the loss with `empty_dirs: true`" } else { "allow it with `unmanaged: true`" };
        Some(failure.hint(hint))
    }
}

impl Cluster {
    /// What draining a node means now.
    pub async fn drain_plan(&self, node: &str, how: &Drain) -> Result<Plan> {
        let select =
            Select { labels: how.labels.clone(), ..Select::of("v1/Pod").with_fields(format!("spec.nodeName={node}")) };
        let pods = self.list(&select).await?;
        let mut plan = Plan { node: node.to_owned(), ..Plan::default() };
        let mut sets = BTreeMap::new();
        for pod in pods.iter() {
            let of = |key: &str| object::meta(&pod, key).unwrap_or_default().to_owned();
            let (verdict, mut why) = match self.of_daemon_set(&pod, &mut sets).await? {
                Some(there) => daemon(&pod, there, how),
                None => judge(&pod, how),
            };
            if matches!(verdict, Fate::Leaves) {
                let bound = self.bound_claims(&pod).await?;
                if !bound.is_empty() {
                    let and = if why.is_empty() { "" } else { "; " };
                    why.push_str(&format!(
                        "{and}cannot start elsewhere, for its claim {} is of this node",
                        ticked(&bound)
                    ));
                }
            }
            let maker = mates::maker(&pod);
            let item = Item { namespace: of("namespace"), name: of("name"), uid: of("uid"), why, maker };
            match verdict {
                Fate::Leaves => plan.leave.push(item),
                Fate::Stays => plan.stay.push(item),
                Fate::Refused => plan.refused.push(item),
            }
        }
        Ok(plan)
    }

    /// Whether the pod belongs to a DaemonSet, and whether that is still there.
    async fn of_daemon_set(&self, pod: &Value, known: &mut BTreeMap<String, bool>) -> Result<Option<bool>> {
        let Some(owner) = controller(pod).filter(|owner| object::text(owner, &["kind"]) == Some("DaemonSet")) else {
            return Ok(None);
        };
        let name = object::text(owner, &["name"]).unwrap_or_default();
        let namespace = object::meta(pod, "namespace").unwrap_or_default();
        let key = format!("{namespace}/{name}");
        if let Some(there) = known.get(&key) {
            return Ok(Some(*there));
        }
        let there = self.exists(&Ref::new("apps/v1/DaemonSet", namespace, name)).await?;
        known.insert(key, there);
        Ok(Some(there))
    }

    /// Asks the pods of a node to leave, all at once, and waits until they have. Asks again those that a budget holds,
    /// and the last ready ones of their workloads.
    pub async fn drain(&self, node: &str, how: &Drain) -> Result<Drained> {
        let plan = self.drain_plan(node, how).await?;
        if let Some(refusal) = plan.refusal() {
            return Err(refusal);
        }
        let ends = self.clock().now() + how.within;
        let keepers = if how.last { BTreeMap::new() } else { mates::keepers(&plan.leave) };
        let leaves = |item| self.leaves(item, &plan.leave, &keepers, how, ends);
        let mut leaving: FuturesUnordered<_> = plan.leave.iter().map(leaves).collect();
        let (mut left, mut failures) = (Vec::new(), Vec::new());
        while let Some(answer) = leaving.next().await {
            match answer {
                Ok(name) => {
                    tell(how, &format!("pod `{name}` has left"));
                    left.push(name);
                }
                Err(failure) => failures.push(failure),
            }
        }
        left.sort();
        let stay = plan.stay.iter().map(|item| format!("{}/{}", item.namespace, item.name)).collect();
        match failures.split_first() {
            None => Ok(Drained { left, stay }),
            Some((first, rest)) => Err(undrained(node, &left, first, rest)),
        }
    }

    async fn leaves(
        &self,
        item: &Item,
        leave: &[Item],
        keepers: &BTreeMap<&Ref, &str>,
        how: &Drain,
        ends: Instant,
    ) -> Result<String> {
        let name = format!("{}/{}", item.namespace, item.name);
        let keeps = item.maker.as_ref().filter(|&maker| keepers.get(maker) == Some(&item.uid.as_str()));
        loop {
            let asked = async {
                if let Some(maker) = keeps {
                    self.quiet().has_mate(maker, &name, leave).await?;
                }
                self.quiet().evict(&item.namespace, &item.name, Some(&item.uid), how.grace).await
            };
            let failure = match asked.await {
                Ok(Evicted::Already) => return Ok(name),
                Ok(Evicted::Ending) => break,
                // A pod whose namespace ends is ending too.
                Err(failure) if error::says(&failure, "because it is being terminated") => break,
                Err(failure) => failure,
            };
            // An eviction that may have come through is asked for again: it is of this very pod.
            let passing = failure.code == code::KUBE_BLOCKED || error::is_passing(&failure);
            if !passing || self.clock().now() + how.again > ends {
                return Err(failure);
            }
            tell(how, &failure.what);
            self.clock().sleep(how.again).await;
        }
        let rest = ends.saturating_duration_since(self.clock().now());
        let gone = Wait::until_gone(Some(item.uid.clone())).within(rest);
        let gone = self.wait(&Ref::new("v1/Pod", &item.namespace, &item.name), &gone).await;
        gone.map(|_| name).map_err(Failure::may_have_acted)
    }
}

fn tell(how: &Drain, line: &str) {
    if let Some(progress) = &how.progress {
        progress(line);
    }
}

fn undrained(node: &str, left: &[String], first: &Failure, rest: &[Failure]) -> Failure {
    let what = match budget(first) {
        Some(budget) => format!("node `{node}` is not empty: the disruption budget `{budget}` does not let a pod go"),
        None => format!("node `{node}` is not empty: {}", first.what),
    };
    let failure = Failure { data: first.data.clone(), ..Failure::new(code::KUBE_BLOCKED, what).retryable() };
    let failure = std::iter::once(first).chain(rest).fold(failure, |failure, each| {
        each.causes.iter().take(1).fold(failure.because(&each.what), |failure, cause| failure.because(cause))
    });
    let failure = if left.is_empty() { failure } else { failure.because(format!("{} pods have left", left.len())) };
    Failure {
        may_have_acted: !left.is_empty() || first.may_have_acted || rest.iter().any(|each| each.may_have_acted),
        ..failure
    }
    .hint("bring the other pods to be ready, or give it more time with `timeout`")
}

enum Fate {
    Leaves,
    Stays,
    Refused,
}

/// Whoever makes a pod again.
pub(super) fn controller(pod: &Value) -> Option<&Value> {
    items(object::at(pod, &["metadata", "ownerReferences"]))
        .find(|owner| owner.get("controller") == Some(&Value::Bool(true)))
}

fn has_ended(pod: &Value) -> bool {
    matches!(object::text(pod, &["status", "phase"]), Some("Succeeded" | "Failed"))
}

/// Whether somebody has it deleted: nothing that it keeps can be saved by leaving it alone.
pub(super) fn is_going(pod: &Value) -> bool {
    object::at(pod, &["metadata", "deletionTimestamp"]).is_some()
}

/// What becomes of a pod of a DaemonSet: it would be made again on the same node.
fn daemon(pod: &Value, there: bool, how: &Drain) -> (Fate, String) {
    match () {
        () if has_ended(pod) => (Fate::Leaves, "has ended".into()),
        () if !there && is_going(pod) => (Fate::Leaves, "is on its way out already".into()),
        () if there => (Fate::Stays, "belongs to a DaemonSet".into()),
        () if how.unmanaged => (Fate::Leaves, "belongs to a DaemonSet that is gone".into()),
        () => (Fate::Refused, "belongs to a DaemonSet that is gone, so nobody makes it again".into()),
    }
}

/// What becomes of any other pod.
fn judge(pod: &Value, how: &Drain) -> (Fate, String) {
    if object::at(pod, &["metadata", "annotations", MIRROR]).is_some() {
        return (Fate::Stays, "is run by the kubelet itself".into());
    }
    if has_ended(pod) {
        return (Fate::Leaves, "has ended".into());
    }
    if is_going(pod) {
        return (Fate::Leaves, "is on its way out already".into());
    }
    if controller(pod).is_none() && !how.unmanaged {
        return (Fate::Refused, "has no controller, so nobody makes it again".into());
    }
    let empty = volumes::of_sort(pod, "emptyDir");
    if !empty.is_empty() && !how.empty_dirs {
        return (Fate::Refused, format!("keeps data in the emptyDir {}, which would be lost", ticked(&empty)));
    }
    let mut said = Vec::new();
    if !empty.is_empty() {
        said.push(format!("loses what is in the emptyDir {}", ticked(&empty)));
    }
    let local = volumes::of_sort(pod, "hostPath");
    if !local.is_empty() {
        said.push(format!("leaves what is on this node behind: {}", ticked(&local)));
    }
    (Fate::Leaves, said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(json: &str, how: &Drain) -> (&'static str, String) {
        let (fate, why) = judge(&super::super::plain::read(json).unwrap(), how);
        let word = match fate {
            Fate::Leaves => "leaves",
            Fate::Stays => "stays",
            Fate::Refused => "refused",
        };
        (word, why)
    }

    const OWNED: &str = r#""ownerReferences":[{"controller":true,"kind":"ReplicaSet"}]"#;

    #[test]
    fn what_would_be_lost_or_not_come_back_needs_consent() {
        let bare = r#"{"metadata":{},"spec":{}}"#;
        let empty = format!(r#"{{"metadata":{{{OWNED}}},"spec":{{"volumes":[{{"name":"cache","emptyDir":{{}}}}]}}}}"#);
        let strict = Drain::default();
        assert_eq!(fate(bare, &strict).0, "refused");
        assert_eq!(
            fate(&empty, &strict),
            ("refused", "keeps data in the emptyDir `cache`, which would be lost".into())
        );
        let loose = Drain { empty_dirs: true, unmanaged: true, ..Drain::default() };
        assert_eq!(fate(bare, &loose).0, "leaves");
        assert_eq!(fate(&empty, &loose), ("leaves", "loses what is in the emptyDir `cache`".into()));
    }

    #[test]
    fn mirrors_stay_and_what_has_ended_goes() {
        let mirror = r#"{"metadata":{"annotations":{"kubernetes.io/config.mirror":"x"}}}"#;
        assert_eq!(fate(mirror, &Drain::default()).0, "stays");
        assert_eq!(fate(r#"{"metadata":{},"status":{"phase":"Succeeded"}}"#, &Drain::default()).0, "leaves");
        let local = format!(r#"{{"metadata":{{{OWNED}}},"spec":{{"volumes":[{{"name":"d","hostPath":{{}}}}]}}}}"#);
        assert!(fate(&local, &Drain::default()).1.contains("`d`"));
    }
}
