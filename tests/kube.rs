//! The Kubernetes driver against a real control plane, with kubectl as a second witness.
//!
//! `on("name", async |site| …)` runs a test in a namespace of its own; where no control plane was built it does nothing.

mod applying;
mod changing;
mod connecting;
mod cutting;
mod doubt;
mod draining;
mod locking;
mod looking;
mod probing;
mod reaching_in;
mod secrets;
mod waiting;
mod words;

use runbook_drivers::kube::{Apply, Cluster, Manifests, Options, Ref};
use runbook_model::Value;

use crate::plane::{Plane, Space};

/// A namespace of a real cluster, and a hand that reaches it.
pub(crate) struct Site {
    /// The hand.
    pub cluster: Cluster,
    /// The namespace, as kubectl sees it.
    pub space: Space,
    /// The whole cluster, as kubectl sees it.
    pub plane: &'static Plane,
}

impl Site {
    /// An object in this namespace.
    pub(crate) fn object(&self, kind: &str, name: &str) -> Ref {
        Ref::new(kind, &self.space.name, name)
    }

    /// How to apply in this namespace.
    pub(crate) fn here(&self) -> Apply {
        Apply { namespace: Some(self.space.name.clone()), ..Apply::default() }
    }

    /// Applies manifests and says what became of each object.
    pub(crate) async fn apply(&self, text: &str) -> Vec<&'static str> {
        let manifests = Manifests::from_text(text).unwrap();
        let applied = self.cluster.apply(&manifests, &self.here()).await.unwrap();
        applied.iter().map(runbook_drivers::kube::Applied::word).collect()
    }

    /// What kubectl says is at a path of an object.
    pub(crate) fn seen(&self, object: &str, path: &str) -> String {
        self.space.kubectl(&["get", object, "-o", &format!("jsonpath={path}")]).exits(0).out
    }
}

/// Runs a test in a namespace of its own.
pub(crate) fn on(name: &str, test: impl AsyncFnOnce(Site)) {
    let Some(plane) = Plane::get() else { return };
    let space = plane.space(name);
    running(async {
        let options = Options { kubeconfig: Some(plane.file("kubeconfig").into()), ..Options::default() };
        test(Site { cluster: Cluster::connect(options).await.unwrap(), space, plane }).await;
    });
}

/// Runs a future to its end.
pub(crate) fn running<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// The text at a path of keys.
pub(crate) fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    path.iter().try_fold(value, |within, key| within.get(key)).and_then(Value::as_text).unwrap_or_default()
}

/// A Deployment of `web` with as many replicas.
pub(crate) fn web(replicas: u32) -> String {
    format!(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{{name: main, image: "localhost/test:1"}}]
"#
    )
}
