//! What a run reaches the world with: connections that are made when they are first needed, and then shared.
//!
//! Promises: a run speaks with the cluster it was begun for, or not at all.

use std::sync::Arc;
use std::time::Duration;

use runbook_drivers::Clock;
use runbook_drivers::helm::{self, Helm, Secrets};
use runbook_drivers::kube::{Cluster, Delete, Options, Progress, Ref, Select};
use runbook_drivers::ssh;
use runbook_model::record::Aim;
use runbook_model::{Failure, Time, Value, code};
use runbook_run::identity;
use tokio::sync::OnceCell;

/// The variable that says which helm is driven.
const PROGRAM: &str = "RUNBOOK_HELM";

/// How long a call waits for an API that is away: while the network of a cluster is moved, that is normal.
pub(crate) const AWAY: Duration = Duration::from_secs(120);

/// The connections of one run.
pub struct Hands {
    reach: Arc<Reach>,
    helm: Helm,
    machines: ssh::Machines,
    clock: Clock,
}

/// One cluster, and how it is reached.
#[derive(Default)]
struct Reach {
    aim: Aim,
    cluster: OnceCell<Cluster>,
    clock: Clock,
}

impl Default for Hands {
    fn default() -> Self {
        Self::new(Aim::default(), None)
    }
}

impl Hands {
    /// Hands that reach for what `aim` names, in the time of whoever leads it where somebody does.
    pub fn new(aim: Aim, led: Option<Arc<dyn Time>>) -> Self {
        let clock = Clock::of(led);
        let program = std::env::var(PROGRAM).ok().filter(|path| !path.is_empty());
        let options = helm::Options {
            program: program.unwrap_or_else(|| "helm".to_owned()),
            kubeconfig: aim.kubeconfig.as_deref().map(Into::into),
            context: aim.context.clone(),
            place: format!("{}@{}", identity::user(), identity::host()),
        };
        let reach = Arc::new(Reach { aim, cluster: OnceCell::new(), clock: clock.clone() });
        let helm = Helm::new(options, secrets(&reach));
        let settings = ssh::Settings { clock: clock.clone(), ..ssh::Settings::default() };
        Self { reach, helm, machines: ssh::Machines::new(settings), clock }
    }

    /// Whose time its waits go by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The cluster of the run. What asks it waits for an API that is away.
    pub async fn cluster(&self) -> Result<Cluster, Failure> {
        self.cluster_within(AWAY, None).await
    }

    /// The same, that waits no longer than `patience` and says that it does.
    pub(crate) async fn cluster_within(&self, patience: Duration, told: Option<Progress>) -> Result<Cluster, Failure> {
        self.reach.cluster(patience, told).await
    }

    /// Helm, on the same cluster.
    pub fn helm(&self) -> &Helm {
        &self.helm
    }

    /// A machine, not yet connected.
    pub(crate) fn remote(&self, machine: &ssh::Machine) -> ssh::Remote {
        self.machines.machine(machine)
    }

    /// What it reaches for.
    pub(crate) fn aim(&self) -> &Aim {
        &self.reach.aim
    }

    /// Whatever the cluster answers at a path.
    pub fn asked(&self, path: &str) -> Result<Value, Failure> {
        crate::bench::wait_for(async { self.cluster_within(Duration::ZERO, None).await?.raw(path).await })
    }

    /// What it reaches for, with the identity of the cluster; it is asked who it is.
    pub fn identified(&self) -> Result<Aim, Failure> {
        let uid = crate::bench::wait_for(async { self.cluster_within(Duration::ZERO, None).await?.uid().await })?;
        Ok(Aim { cluster: Some(uid), ..self.reach.aim.clone() })
    }
}

impl Reach {
    /// Whoever is first asks who the cluster is, with the same patience.
    async fn cluster(&self, patience: Duration, told: Option<Progress>) -> Result<Cluster, Failure> {
        let patient = |cluster: &Cluster| cluster.clone().with_patience(patience, told.clone());
        let known = self
            .cluster
            .get_or_try_init(|| async {
                let options = Options {
                    kubeconfig: self.aim.kubeconfig.as_deref().map(Into::into),
                    context: self.aim.context.clone(),
                    clock: self.clock.clone(),
                    ..Options::default()
                };
                let cluster = Cluster::connect(options).await?;
                match &self.aim.cluster {
                    Some(begun) => same(begun, &patient(&cluster)).await.map(|()| cluster),
                    None => Ok(cluster),
                }
            })
            .await;
        known.map(patient)
    }
}

/// The secrets in which helm keeps its releases.
fn secrets(reach: &Arc<Reach>) -> Secrets {
    let (listing, deleting) = (Arc::clone(reach), Arc::clone(reach));
    Secrets {
        list: Arc::new(move |namespace, labels| {
            let reach = Arc::clone(&listing);
            Box::pin(async move {
                let select = Select { namespace, ..Select::of("v1/Secret").labelled(labels) };
                let found = reach.cluster(AWAY, None).await?.list(&select).await?;
                Ok(found.iter().map(|secret| secret.to_plain_json()).collect())
            })
        }),
        delete: Arc::new(move |namespace, name| {
            let reach = Arc::clone(&deleting);
            Box::pin(async move {
                let secret = Ref::new("v1/Secret", namespace, name);
                reach.cluster(AWAY, None).await?.delete(&secret, &Delete::default()).await.map(drop)
            })
        }),
    }
}

/// Refuses a cluster that is not the one the run was begun for.
async fn same(begun: &str, cluster: &Cluster) -> Result<(), Failure> {
    let uid = cluster.uid().await?;
    if uid == begun {
        return Ok(());
    }
    let what = format!("`{}` is not the cluster this run was begun for", cluster.server());
    Err(Failure::new(code::KUBE_OTHER, what)
        .because(format!("the run knows the cluster `{begun}`, and this is `{uid}`"))
        .hint("name the right one with `--context`, or begin a new run"))
}
