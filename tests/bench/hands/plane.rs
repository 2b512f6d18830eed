//! A control plane for measuring: the API with its store, and nothing that looks at what is put there.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use runbook_drivers::kube::{Cluster, Options};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::Trouble;

/// A control plane that runs until this is dropped.
pub(crate) struct Plane {
    child: Child,
    said: Value,
    /// What waits for the hands.
    pub runtime: Runtime,
    /// A hand.
    pub cluster: Cluster,
}

/// A program beside the control plane.
pub(crate) fn bin(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/plane/bin").join(name)
}

impl Plane {
    /// Starts one, where one was built.
    pub(crate) fn start() -> Result<Option<Self>, Trouble> {
        if !bin("plane").exists() {
            return Ok(None);
        }
        let mut command = Command::new(bin("plane"));
        command.args(["up", "--nodes", "1"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("standard output is gone")?).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let kubeconfig = said["kubeconfig"].as_str().map(PathBuf::from);
        let cluster = runtime.block_on(Cluster::connect(Options { kubeconfig, ..Options::default() }));
        let cluster = cluster.map_err(|failure| failure.to_string())?;
        Ok(Some(Self { child, said, runtime, cluster }))
    }

    /// A file it named.
    pub(crate) fn file(&self, name: &str) -> Result<&str, Trouble> {
        Ok(self.said[name].as_str().ok_or("the control plane does not name that file")?)
    }

    /// kubectl with these words.
    pub(crate) fn kubectl(&self, words: &[&str]) -> Result<Command, Trouble> {
        let mut command = Command::new(bin("kubectl"));
        command.args(words).env("KUBECONFIG", self.file("kubeconfig")?).env("KUBECACHEDIR", self.file("dir")?);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        Ok(command)
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        // It ends when its standard input does.
        self.child.stdin = None;
        let _ = self.child.wait();
    }
}
