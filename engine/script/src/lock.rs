//! The lock of a run in the cluster: a Lease that two who share nothing but the cluster both see.
//!
//! Promises: it belongs to a run and not to a process, so that a run which was killed, or waits for a person, still
//! has it; of another run it is taken only when a person says so. While the process lives it is renewed. An API that is
//! away ends nothing: it is told once that it is, and once that it is back. A run whose lock somebody else took halts
//! at its next safe point.
//! Never: takes the lock of another run because of what a clock says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runbook_drivers::kube::{Claim, Cluster, Lease};
use runbook_model::{Failure, code};
use runbook_run::{Clock, Halt, Stop};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::bench::{begin, wait_for};
use crate::hands::Hands;

/// The namespace of the locks.
const NAMESPACE: &str = "kube-system";
/// How many seconds a lock counts as fresh after a renewal.
const SECONDS: i64 = 40;
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(5);
/// How long one look or write may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How long the end of a run waits for an API that is away.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// Who asks for a lock.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The name of the run.
    pub run: String,
    /// Who runs it, and where: `ann@laptop`.
    pub who: String,
}

impl Owner {
    /// As it stands in the Lease.
    fn identity(&self) -> String {
        format!("{}, run {}", self.who, self.run)
    }

    fn read(identity: &str) -> Option<Self> {
        let (who, run) = identity.rsplit_once(", run ")?;
        Some(Self { who: who.to_owned(), run: run.to_owned() })
    }
}

/// What the keeping of a lock has to say, for the records.
pub type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// The lock of a run in its cluster.
pub struct Lock {
    name: String,
    owner: Owner,
    hands: Arc<Hands>,
    lease: Arc<Mutex<Option<Lease>>>,
    was_ours: bool,
    over: CancellationToken,
    keeping: Mutex<Option<JoinHandle<()>>>,
}

impl Lock {
    /// Takes the lock `name`. `lock.held` says who holds it, since when, and whether that one still renews it.
    pub fn take(hands: &Arc<Hands>, name: &str, owner: Owner, take_over: bool) -> Result<Self, Failure> {
        let (lease, was_ours) = wait_for(take(hands, name, &owner, take_over))?;
        Ok(Self::of(hands, name, owner, Some(lease), was_ours))
    }

    /// The same for a run that held it before: where the API cannot be reached the run goes on, and the lock is taken
    /// as soon as it can.
    pub fn take_again(hands: &Arc<Hands>, name: &str, owner: Owner, take_over: bool) -> Result<Self, Failure> {
        match Self::take(hands, name, owner.clone(), take_over) {
            Err(failure) if is_away(&failure) => Ok(Self::of(hands, name, owner, None, true)),
            taken => taken,
        }
    }

    fn of(hands: &Arc<Hands>, name: &str, owner: Owner, lease: Option<Lease>, was_ours: bool) -> Self {
        Self {
            name: name.to_owned(),
            owner,
            hands: Arc::clone(hands),
            lease: Arc::new(Mutex::new(lease)),
            was_ours,
            over: CancellationToken::new(),
            keeping: Mutex::default(),
        }
    }

    /// Whether the run had it before it was taken.
    pub fn was_ours(&self) -> bool {
        self.was_ours
    }

    /// Renews it until [`Self::rest`]; halts the run by `stop` once somebody else has it.
    pub fn keep(&self, stop: Stop, tell: Tell) {
        let keeper = Keeper {
            name: self.name.clone(),
            owner: self.owner.clone(),
            hands: Arc::clone(&self.hands),
            lease: Arc::clone(&self.lease),
            tell,
        };
        let over = self.over.clone();
        let keeping = begin(async move {
            if let Some(failure) = keeper.keep(&over).await {
                stop.halt(Halt::Lock(Box::new(failure)));
            }
        });
        *self.keeping.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeping);
    }

    /// Renews it no more. It stays the run's.
    pub fn rest(&self) {
        self.over.cancel();
        let keeping = self.keeping.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(keeping) = keeping {
            // It ends with the renewal that is under way; one that panicked has ended too.
            let _ = wait_for(keeping);
        }
    }

    /// Gives it up at the end of the run.
    pub fn free(&self) -> Result<(), Failure> {
        self.rest();
        wait_for(free(&self.hands, &self.name, &self.owner.run))
    }
}

/// Gives up the lock `name` where the run called `run` has it.
pub fn free_of(hands: &Hands, name: &str, run: &str) -> Result<(), Failure> {
    wait_for(free(hands, name, run))
}

async fn free(hands: &Hands, name: &str, run: &str) -> Result<(), Failure> {
    let cluster = hands.cluster_within(LAST_PATIENCE, None).await?.with_limit(LIMIT);
    let lease = cluster.lease(NAMESPACE, &object(name)).await?;
    let ours = lease.filter(|lease| Owner::read(&lease.holder).is_some_and(|owner| owner.run == run));
    match ours {
        Some(lease) => cluster.release_lease(&lease).await,
        None => Ok(()),
    }
}

/// The object that is the lock.
fn object(name: &str) -> String {
    format!("runbook-{name}")
}

/// The lock, and whether the run had it already.
async fn take(hands: &Hands, name: &str, owner: &Owner, take_over: bool) -> Result<(Lease, bool), Failure> {
    let cluster = reach(hands).await?;
    let known = cluster.lease(NAMESPACE, &object(name)).await.map_err(|failure| explain(failure, name))?;
    let holder = known.as_ref().and_then(|lease| Owner::read(&lease.holder));
    let same_run = holder.as_ref().is_some_and(|holder| holder.run == owner.run);
    let same_place = same_run && holder.as_ref().is_some_and(|holder| holder.who == owner.who);
    if let Some(lease) = known.as_ref().filter(|lease| !lease.holder.is_empty()) {
        // The same run elsewhere is the same run only once it has gone quiet there.
        let may = same_place || take_over || (same_run && !is_fresh(lease));
        if !may {
            return Err(held(name, lease));
        }
    }
    let claim = Claim {
        // Of one process and the next the text is the same, and the change of hands counts only between places.
        holder: owner.identity(),
        now: now(),
        seconds: SECONDS,
        stale_before: None,
        take_over: take_over || same_run,
    };
    let taken = cluster.acquire_lease(NAMESPACE, &object(name), &claim).await;
    let lease = match taken {
        Err(failure) if failure.code == code::LOCK_HELD => {
            return Err(cluster.lease(NAMESPACE, &object(name)).await?.map_or(failure, |lease| held(name, &lease)));
        }
        taken => taken.map_err(|failure| explain(failure, name))?,
    };
    Ok((lease, same_run))
}

async fn reach(hands: &Hands) -> Result<Cluster, Failure> {
    Ok(hands.cluster_within(Duration::ZERO, None).await?.with_limit(LIMIT))
}

/// Whether nothing but the way to the API stands between us and the lock.
fn is_away(failure: &Failure) -> bool {
    matches!(
        failure.code.as_str(),
        code::KUBE_UNREACHABLE | code::KUBE_LOST | code::KUBE_TIMEOUT | code::KUBE_SERVER | code::KUBE_TOO_MANY
    )
}

fn explain(failure: Failure, name: &str) -> Failure {
    if failure.code != code::KUBE_FORBIDDEN {
        return failure;
    }
    failure.hint(format!(
        "the lock `{name}` is the Lease `{NAMESPACE}/{}`: it takes leave to get, create and update `leases`",
        object(name)
    ))
}

fn now() -> String {
    let stamp = jiff::Timestamp::from_millisecond(Clock::start(0).now()).unwrap_or_default();
    stamp.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// How many seconds ago the lock was renewed, by our own clock; nothing where it does not say.
fn age(lease: &Lease) -> Option<i64> {
    let renewed: jiff::Timestamp = lease.renewed.parse().ok()?;
    Some(Clock::start(0).now() / 1000 - renewed.as_second())
}

fn is_fresh(lease: &Lease) -> bool {
    age(lease).is_some_and(|age| age <= lease.seconds)
}

/// Why the lock cannot be had.
fn held(name: &str, lease: &Lease) -> Failure {
    let by = match Owner::read(&lease.holder) {
        Some(owner) => format!("run `{}` of {}", owner.run, owner.who),
        None => format!("`{}`", lease.holder),
    };
    let failure = Failure::new(code::LOCK_HELD, format!("lock `{name}` of the cluster is held by {by}"));
    let failure = failure.because(format!("since {}, last renewed {}", lease.since, lease.renewed));
    if is_fresh(lease) {
        failure
            .because("it was renewed a moment ago: the run goes on, or was cut off just now")
            .hint("wait for its end, or ask whoever runs it")
            .hint("if you know that it will never go on, add `--take-over`")
    } else {
        failure
            .because("nobody renews it: the run stopped before its end, was killed, or does not reach the cluster")
            .hint("let it be finished, undone or given up where it ran: a run that stopped half-way keeps its lock")
            .hint("if you know that it will never go on, add `--take-over`")
    }
}

/// What renews a lock.
struct Keeper {
    name: String,
    owner: Owner,
    hands: Arc<Hands>,
    lease: Arc<Mutex<Option<Lease>>>,
    tell: Tell,
}

impl Keeper {
    /// Renews until it is over, or the lock is lost; then it says to whom.
    async fn keep(&self, over: &CancellationToken) -> Option<Failure> {
        let mut away = self.known().is_none();
        if away {
            (self.tell)(&format!(
                "lock `{}` of the cluster cannot be checked: the API is away; the run goes on",
                self.name
            ));
        }
        loop {
            tokio::select! {
                biased;
                () = over.cancelled() => return None,
                () = tokio::time::sleep(RENEW) => {}
            }
            match self.renew().await {
                Ok(lease) => {
                    *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = Some(lease);
                    if std::mem::take(&mut away) {
                        (self.tell)(&format!(
                            "lock `{}` of the cluster is reached again, and is still ours",
                            self.name
                        ));
                    }
                }
                Err(failure) if failure.code == code::LOCK_HELD => return Some(self.lost(&failure)),
                Err(failure) if !std::mem::replace(&mut away, true) => {
                    let told = "the run goes on and holds it";
                    (self.tell)(&format!("lock `{}` of the cluster cannot be renewed: {failure}; {told}", self.name));
                }
                Err(_) => {}
            }
        }
    }

    fn known(&self) -> Option<Lease> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn renew(&self) -> Result<Lease, Failure> {
        match self.known() {
            Some(lease) => reach(&self.hands).await?.renew_lease(&lease, &now()).await,
            None => Ok(take(&self.hands, &self.name, &self.owner, false).await?.0),
        }
    }

    fn lost(&self, failure: &Failure) -> Failure {
        let mut lost =
            Failure::new(code::LOCK_HELD, format!("lock `{}` of the cluster was taken by another", self.name));
        lost = lost.because(&failure.what);
        failure.causes.iter().fold(lost, Failure::because).hint("ask whoever took it before you go on")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_reads_as_it_was_written_whatever_its_name() {
        for who in ["ann@laptop", "a, run b@c", ""] {
            let owner = Owner { run: "web-7k2mp".into(), who: who.into() };
            let read = Owner::read(&owner.identity()).unwrap();
            assert_eq!((read.run, read.who), (owner.run, owner.who));
        }
        assert!(Owner::read("").is_none());
        assert!(Owner::read("kube-scheduler").is_none());
    }
}
