//! One exchange with the API server.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, Request, header};
use runbook_model::{Failure, Value};

use super::{Cluster, Result, error, plain};

/// Told what a call waits for, one line at a time.
pub type Progress = Arc<dyn Fn(&str) + Send + Sync>;

/// How long to wait before dialling again, the first time and at most.
const REDIAL: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How long a server that is there may say that it cannot answer now.
const BUSY: Duration = Duration::from_secs(10);

/// What is asked of the server.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// The path with its query.
    pub(super) path: String,
    /// What it is about, as messages name it.
    pub(super) on: String,
    body: Option<(&'static str, Vec<u8>)>,
    accept: &'static str,
    /// Whether it is meant to change something.
    pub(super) changes: bool,
    /// Whether its answer is but the beginning: where the server says no, nothing of it was done.
    pub(super) begins: bool,
}

impl Call {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        let changes = method != Method::GET;
        Self {
            method,
            path: path.into(),
            on: String::new(),
            body: None,
            accept: "application/json",
            changes,
            begins: false,
        }
    }

    /// Its answer is but the beginning.
    #[must_use]
    pub(super) fn begins(mut self) -> Self {
        self.begins = true;
        self
    }

    /// What messages say it is about.
    #[must_use]
    pub(super) fn on(mut self, what: impl fmt::Display) -> Self {
        self.on = what.to_string();
        self
    }

    #[must_use]
    pub(super) fn json(self, body: &Value) -> Self {
        self.body("application/json", body)
    }

    #[must_use]
    pub(super) fn body(mut self, kind: &'static str, body: &Value) -> Self {
        self.body = Some((kind, body.to_plain_json().to_string().into_bytes()));
        self
    }

    #[must_use]
    pub(super) fn accept(mut self, kinds: &'static str) -> Self {
        self.accept = kinds;
        self
    }

    /// A question in the form of a change, a dry run for one: it changes nothing.
    #[must_use]
    pub(super) fn harmless(mut self) -> Self {
        self.changes = false;
        self
    }

    pub(super) fn request(&self) -> Result<Request<Vec<u8>>> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        request = request.header(header::ACCEPT, self.accept);
        if let Some((kind, _)) = &self.body {
            request = request.header(header::CONTENT_TYPE, *kind);
        }
        let body = self.body.as_ref().map(|(_, body)| body.clone()).unwrap_or_default();
        request.body(body).map_err(|trouble| error::unsendable(self, &trouble))
    }

    /// The method and the path, without the query.
    pub(super) fn brief(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap_or_default())
    }
}

impl Cluster {
    /// The answer as a value.
    pub(super) async fn value(&self, call: &Call) -> Result<Value> {
        let text = self.text(call).await?;
        plain::read(&text).map_err(|trouble| error::garbled(call, &trouble))
    }

    /// The answer as it is.
    pub(super) async fn text(&self, call: &Call) -> Result<String> {
        let mut patience = Patience::new(self);
        loop {
            let request = call.request()?;
            let failure = match tokio::time::timeout(self.limit(), self.client().request_text(request)).await {
                Ok(Ok(text)) => return Ok(text),
                Ok(Err(trouble)) => error::of(self, call, trouble),
                Err(_) => return Err(error::late(call, self.limit())),
            };
            patience.wait(self, call, failure).await?;
        }
    }
}

/// How long a call that failed is tried again: dialled for as long as there is patience while the server cannot be reached,
/// and asked for a moment while it is too busy. Both certainly did nothing.
pub(super) struct Patience {
    begun: Instant,
    pause: Duration,
}

impl Patience {
    pub(super) fn new(cluster: &Cluster) -> Self {
        Self { begun: cluster.clock().now(), pause: REDIAL.0 }
    }

    /// Waits until it may be tried again; gives the failure back where that has no use.
    pub(super) async fn wait(&mut self, cluster: &Cluster, call: &Call, failure: Failure) -> Result<()> {
        let patience = match () {
            () if error::is_away(&failure) || error::is_kubelet_away(&failure) => cluster.patience(),
            () if error::is_busy(&failure, call) => cluster.patience().min(BUSY),
            () => return Err(failure),
        };
        if cluster.clock().now().saturating_duration_since(self.begun) + self.pause > patience {
            return Err(failure);
        }
        if self.pause == REDIAL.0 {
            cluster.tell(&format!("{failure}; it is tried again for {patience:?}"));
        }
        cluster.clock().sleep(self.pause).await;
        self.pause = (self.pause * 2).min(REDIAL.1);
        Ok(())
    }
}
