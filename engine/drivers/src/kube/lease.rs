//! A lock that stands in the cluster itself, so that two who share nothing else exclude each other.
//!
//! Promises: it is taken only where it is free, or its holder let its time run out, or is told to be taken over; two
//! who try at once do not both get it. Whoever holds it says so, and since when. The API being away loses nothing:
//! a renewal that does not reach it fails as `kube.unreachable`, and the lock is whosoever it was.
//! The times come from the caller: this never reads the clock.

use http::Method;
use runbook_model::{Failure, Value, code};

use super::call::Call;
use super::names::{Target, with_query};
use super::{Cluster, MANAGER, Ref, Result, error, object};

/// A lock that is held, or was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Who holds it; empty where nobody does.
    pub holder: String,
    /// Since when, as RFC 3339 with microseconds.
    pub since: String,
    /// When it was last renewed.
    pub renewed: String,
    /// How many seconds it stays without being renewed.
    pub seconds: i64,
    /// How often it has changed hands; a holder from before a change is told by it.
    pub epoch: i64,
    version: String,
}

impl Lease {
    fn read(target: &Target, object: &Value) -> Self {
        let text = |key: &str| object::text(object, &["spec", key]).unwrap_or_default().to_owned();
        let number = |key: &str| object::number(object, &["spec", key]).unwrap_or(0);
        Self {
            namespace: target.namespace.clone().unwrap_or_default(),
            name: target.name.clone(),
            holder: text("holderIdentity"),
            since: text("acquireTime"),
            renewed: text("renewTime"),
            seconds: number("leaseDurationSeconds"),
            epoch: number("leaseTransitions"),
            version: object::meta(object, "resourceVersion").unwrap_or_default().to_owned(),
        }
    }

    fn write(&self) -> Value {
        let time = |text: &str| if text.is_empty() { Value::Unit } else { Value::from(text) };
        let spec = Value::from([
            ("holderIdentity", Value::from(self.holder.as_str())),
            ("acquireTime", time(&self.since)),
            ("renewTime", time(&self.renewed)),
            ("leaseDurationSeconds", Value::Int(self.seconds)),
            ("leaseTransitions", Value::Int(self.epoch)),
        ]);
        let mut meta = Value::from([
            ("name", Value::from(self.name.as_str())),
            ("namespace", Value::from(self.namespace.as_str())),
        ]);
        if !self.version.is_empty() {
            object::put(&mut meta, &["resourceVersion"], Value::from(self.version.as_str()));
        }
        Value::from([
            ("apiVersion", Value::from("coordination.k8s.io/v1")),
            ("kind", Value::from("Lease")),
            ("metadata", meta),
            ("spec", spec),
        ])
    }

    /// As a script sees it: `#{name, holder, since, renewed, seconds, epoch}`.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("name", Value::from(self.name.as_str())),
            ("holder", Value::from(self.holder.as_str())),
            ("since", Value::from(self.since.as_str())),
            ("renewed", Value::from(self.renewed.as_str())),
            ("seconds", Value::Int(self.seconds)),
            ("epoch", Value::Int(self.epoch)),
        ])
    }

    fn held(&self) -> Failure {
        let what = format!("the lock `{}` of the cluster is held by `{}`", self.name, self.holder);
        Failure::new(code::LOCK_HELD, what)
            .because(format!("since {}, last renewed {}", self.since, self.renewed))
            .hint("wait for its end, or take it over if you know that its holder is dead")
    }
}

/// How a lock is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Who takes it.
    pub holder: String,
    /// Now, as RFC 3339 with microseconds.
    pub now: String,
    /// How many seconds it stays without being renewed.
    pub seconds: i64,
    /// The last renewal of another that makes its lock worthless: one renewed before this has run out.
    pub stale_before: Option<String>,
    /// Whether it is taken whoever holds it.
    pub take_over: bool,
}

impl Cluster {
    /// The lock as it stands, or nothing where nobody ever took it.
    pub async fn lease(&self, namespace: &str, name: &str) -> Result<Option<Lease>> {
        let target = self.target(&Ref::new("coordination.k8s.io/v1/Lease", namespace, name)).await?;
        Ok(self.live(&target).await?.map(|object| Lease::read(&target, &object)))
    }

    /// Takes the lock. One who holds it already keeps it, and it is renewed. `lock.held` names who holds it.
    pub async fn acquire_lease(&self, namespace: &str, name: &str, claim: &Claim) -> Result<Lease> {
        let target = self.target(&Ref::new("coordination.k8s.io/v1/Lease", namespace, name)).await?;
        let known = self.live(&target).await?.map(|object| Lease::read(&target, &object));
        let Some(known) = known else {
            let first = Lease {
                namespace: target.namespace.clone().unwrap_or_default(),
                name: name.to_owned(),
                holder: claim.holder.clone(),
                since: claim.now.clone(),
                renewed: claim.now.clone(),
                seconds: claim.seconds,
                epoch: 0,
                version: String::new(),
            };
            return self.put_lease(&target, &first).await;
        };
        if known.holder == claim.holder {
            return self
                .put_lease(&target, &Lease { renewed: claim.now.clone(), seconds: claim.seconds, ..known })
                .await;
        }
        let stale = claim.stale_before.as_ref().is_some_and(|limit| known.renewed < *limit);
        if !known.holder.is_empty() && !stale && !claim.take_over {
            return Err(known.held());
        }
        let taken = Lease {
            holder: claim.holder.clone(),
            since: claim.now.clone(),
            renewed: claim.now.clone(),
            seconds: claim.seconds,
            epoch: known.epoch + 1,
            ..known
        };
        self.put_lease(&target, &taken).await
    }

    /// Says that the holder is still there. `lock.held` where another has taken it meanwhile.
    pub async fn renew_lease(&self, lease: &Lease, now: &str) -> Result<Lease> {
        let target = self.target(&Ref::new("coordination.k8s.io/v1/Lease", &lease.namespace, &lease.name)).await?;
        let Some(known) = self.live(&target).await?.map(|object| Lease::read(&target, &object)) else {
            // Someone deleted it; nobody else has it, so it is ours again.
            return self
                .put_lease(&target, &Lease { version: String::new(), renewed: now.into(), ..lease.clone() })
                .await;
        };
        if known.holder != lease.holder || known.epoch != lease.epoch {
            return Err(known.held());
        }
        self.put_lease(&target, &Lease { renewed: now.to_owned(), ..known }).await
    }

    /// Gives the lock up, where it is still ours.
    pub async fn release_lease(&self, lease: &Lease) -> Result<()> {
        let target = self.target(&Ref::new("coordination.k8s.io/v1/Lease", &lease.namespace, &lease.name)).await?;
        let known = self.live(&target).await?.map(|object| Lease::read(&target, &object));
        let Some(known) = known.filter(|known| known.holder == lease.holder && known.epoch == lease.epoch) else {
            return Ok(());
        };
        self.put_lease(&target, &Lease { holder: String::new(), seconds: 1, ..known }).await.map(|_| ())
    }

    /// The server takes it only where nobody wrote since it was looked at.
    async fn put_lease(&self, target: &Target, lease: &Lease) -> Result<Lease> {
        let query = [("fieldManager", MANAGER)];
        let call = if lease.version.is_empty() {
            Call::new(Method::POST, with_query(&target.kind.path(target.namespace.as_deref())?, &query))
        } else {
            Call::new(Method::PUT, with_query(&target.path("")?, &query))
        };
        let failure = match self.value(&call.json(&lease.write()).on(target)).await {
            Ok(object) => return Ok(Lease::read(target, &object)),
            Err(failure) => failure,
        };
        let lost = failure.code == code::KUBE_EXISTS || error::is_outdated(&failure);
        let ours = |known: &Lease| known.holder == lease.holder && known.epoch == lease.epoch;
        match self.live(target).await {
            // A request that somebody on the way sent twice finds what it made itself.
            Ok(Some(object)) if failure.code == code::KUBE_EXISTS && ours(&Lease::read(target, &object)) => {
                Ok(Lease::read(target, &object))
            }
            Ok(Some(object)) if lost && object::text(&object, &["spec", "holderIdentity"]) != Some(&lease.holder) => {
                Err(Lease::read(target, &object).held())
            }
            _ => Err(failure),
        }
    }
}
