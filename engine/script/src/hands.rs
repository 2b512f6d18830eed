//! What a run reaches the world with: connections that are made when they are first needed, and then shared.
//!
//! Promises: a run speaks with the cluster it was begun for, or not at all.

use runbook_drivers::kube::{Cluster, Options};
use runbook_model::record::Aim;
use runbook_model::{Failure, code};
use tokio::sync::OnceCell;

/// The connections of one run.
#[derive(Default)]
pub struct Hands {
    aim: Aim,
    cluster: OnceCell<Cluster>,
}

impl Hands {
    /// Hands that reach for what `aim` names.
    pub fn new(aim: Aim) -> Self {
        Self { aim, cluster: OnceCell::new() }
    }

    /// The cluster of the run.
    pub async fn cluster(&self) -> Result<&Cluster, Failure> {
        self.cluster
            .get_or_try_init(|| async {
                let options = Options {
                    kubeconfig: self.aim.kubeconfig.as_deref().map(Into::into),
                    context: self.aim.context.clone(),
                    ..Options::default()
                };
                let cluster = Cluster::connect(options).await?;
                match &self.aim.cluster {
                    Some(begun) => same(begun, &cluster).await.map(|()| cluster),
                    None => Ok(cluster),
                }
            })
            .await
    }

    /// What it reaches for, with the identity of the cluster; it is asked who it is.
    pub fn identified(&self) -> Result<Aim, Failure> {
        let uid = crate::bench::wait_for(async { self.cluster().await?.uid().await })?;
        Ok(Aim { cluster: Some(uid), ..self.aim.clone() })
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
