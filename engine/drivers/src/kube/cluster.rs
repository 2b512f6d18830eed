//! A connection to one cluster, shared by all that speak with it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use tokio::sync::Mutex;

use super::feed::Feeds;
use super::kinds::Kinds;
use super::{Progress, Result, config};
use crate::Clock;

/// How long one call may take where it is not said.
const LIMIT: Duration = Duration::from_secs(30);

/// How to reach a cluster.
#[derive(Clone, Debug)]
pub struct Options {
    /// The kubeconfig; where it is not said, `$KUBECONFIG`, `~/.kube/config`, or that of the pod this runs in.
    pub kubeconfig: Option<PathBuf>,
    /// Its context; the current one where it is not said.
    pub context: Option<String>,
    /// How long one call may take.
    pub limit: Duration,
    /// How long a call waits for an API that cannot be reached.
    pub patience: Duration,
    /// Whose time its waits go by.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { kubeconfig: None, context: None, limit: LIMIT, patience: Duration::ZERO, clock: Clock::default() }
    }
}

/// A cluster that can be spoken with. Copies share one connection.
#[derive(Clone)]
pub struct Cluster {
    shared: Arc<Shared>,
    limit: Duration,
    patience: Duration,
    progress: Option<Progress>,
}

struct Shared {
    client: Client,
    server: String,
    place: String,
    namespace: String,
    good_until: Option<String>,
    kinds: Mutex<Option<Arc<Kinds>>>,
    feeds: Feeds,
    clock: Clock,
}

impl Cluster {
    /// Reads the kubeconfig and makes a client of it; the cluster itself is first asked by the first verb. A plugin
    /// that gives credentials is run now.
    pub async fn connect(options: Options) -> Result<Self> {
        let (limit, patience) = (options.limit, options.patience);
        let clock = options.clock.clone();
        let found = config::load(&options).await?;
        let (server, place, namespace) = (found.server, found.place, found.namespace);
        let good_until = found.good_until;
        let shared = Shared {
            good_until,
            client: found.client,
            server,
            place,
            namespace,
            kinds: Mutex::default(),
            feeds: Feeds::default(),
            clock,
        };
        Ok(Self { shared: Arc::new(shared), limit, patience, progress: None })
    }

    /// The same cluster, with calls that may take this long each.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The same cluster, with calls that wait this long for an API that cannot be reached, and tell that they do.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration, progress: Option<Progress>) -> Self {
        self.patience = patience;
        self.progress = progress;
        self
    }

    /// The address of the API.
    pub fn server(&self) -> &str {
        &self.shared.server
    }

    /// The namespace of the context.
    pub fn namespace(&self) -> &str {
        &self.shared.namespace
    }

    /// Where the configuration is from, for messages.
    pub(super) fn place(&self) -> &str {
        &self.shared.place
    }

    /// The last moment our client certificate is good for, as it says itself.
    pub(super) fn good_until(&self) -> Option<&str> {
        self.shared.good_until.as_deref()
    }

    pub(super) fn client(&self) -> &Client {
        &self.shared.client
    }

    pub(super) fn known_kinds(&self) -> &Mutex<Option<Arc<Kinds>>> {
        &self.shared.kinds
    }

    pub(super) fn feeds(&self) -> &Feeds {
        &self.shared.feeds
    }

    /// The same cluster without patience and without progress, for those who have their own.
    pub(super) fn quiet(&self) -> Self {
        Self { patience: Duration::ZERO, progress: None, ..self.clone() }
    }

    /// Whose time its waits go by.
    pub(crate) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn tell(&self, line: &str) {
        if let Some(progress) = &self.progress {
            progress(line);
        }
    }
}
