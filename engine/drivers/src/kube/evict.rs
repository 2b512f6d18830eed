//! Asks a pod to leave, if its disruption budgets let it.

use http::Method;
use runbook_model::{Failure, Value, code};

use super::call::Call;
use super::{Cluster, Ref, Result, error};

/// What became of the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evicted {
    /// It was asked to end, and ends.
    Ending,
    /// It was not there any more.
    Already,
}

impl Cluster {
    /// Asks a pod to leave. `uid` says which one is meant, and `grace` how many seconds it has. Where a budget does not
    /// let it go now that is `kube.blocked`, which names the budget; nothing was done then.
    pub async fn evict(&self, namespace: &str, pod: &str, uid: Option<&str>, grace: Option<i64>) -> Result<Evicted> {
        let target = self.target(&Ref::new("v1/Pod", namespace, pod)).await?;
        let mut options = Value::Map([].into());
        if let Some(uid) = uid {
            super::object::put(&mut options, &["preconditions", "uid"], Value::from(uid));
        }
        if let Some(grace) = grace {
            super::object::put(&mut options, &["gracePeriodSeconds"], Value::Int(grace));
        }
        let meta = Value::from([("name", Value::from(pod)), ("namespace", Value::from(namespace))]);
        let body = Value::from([
            ("apiVersion", Value::from("policy/v1")),
            ("kind", Value::from("Eviction")),
            ("metadata", meta),
            ("deleteOptions", options),
        ]);
        let call = Call::new(Method::POST, target.path("eviction")?).json(&body).on(&target);
        match self.text(&call).await {
            Ok(_) => Ok(Evicted::Ending),
            Err(failure) if error::is_missing(&failure) || error::says(&failure, "Precondition failed: UID") => {
                Ok(Evicted::Already)
            }
            Err(failure) if failure.code == code::KUBE_TOO_MANY && error::says(&failure, "disruption budget") => {
                // Budgets are asked before the identity is: another pod of this name may be the one that is held.
                match self.live(&target).await? {
                    Some(now) if uid.is_none_or(|uid| super::object::meta(&now, "uid") == Some(uid)) => {
                        Err(blocked(&target.to_string(), failure))
                    }
                    _ => Ok(Evicted::Already),
                }
            }
            Err(failure) => Err(failure),
        }
    }
}

/// The refusal with the budgets it names.
fn blocked(pod: &str, refused: Failure) -> Failure {
    let causes = refused.data.as_ref().and_then(|data| data.get("causes"));
    let said: Vec<&str> = super::discovery::items(causes)
        .filter(|cause| super::object::text(cause, &["reason"]) == Some("DisruptionBudget"))
        .filter_map(|cause| super::object::text(cause, &["message"]))
        .collect();
    let budget = said.iter().find_map(|said| said.split("The disruption budget ").nth(1)?.split(' ').next());
    let what = match budget {
        Some(budget) => format!("{pod} may not leave now: the disruption budget `{budget}` does not let it"),
        None => format!("{pod} may not leave now"),
    };
    let failure = Failure { data: refused.data.clone(), ..Failure::new(code::KUBE_BLOCKED, what).retryable() };
    let failure = said.iter().fold(failure, |failure, said| failure.because(said));
    let failure = refused.causes.first().map_or(failure.clone(), |first| failure.because(first));
    failure.hint("bring the budget's other pods to be ready, or run more of them")
}

/// The budget a refusal names.
pub(super) fn budget(failure: &Failure) -> Option<&str> {
    failure.what.split("the disruption budget `").nth(1)?.split('`').next()
}
