//! The real server beside the twin, where one was built.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use runbook_twin::json::Value;

use crate::Trouble;
use crate::client::Server;

/// A control plane that runs until this is dropped.
pub(crate) struct Plane {
    child: Child,
    /// Its door.
    pub server: Server,
    /// The processes that answer: the API and its store.
    pub parts: Vec<u32>,
}

impl Plane {
    /// Starts one; none where none was built. `RUNBOOK_PLANE` may say where it lies.
    pub(crate) fn start() -> Result<Option<Self>, Trouble> {
        let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/plane/bin/plane");
        let program = std::env::var_os("RUNBOOK_PLANE").map_or_else(|| PathBuf::from(beside), PathBuf::from);
        if !program.exists() {
            return Ok(None);
        }
        let mut command = Command::new(program);
        command.args(["up", "--nodes", "1"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("standard output is gone")?).read_line(&mut line)?;
        let said: Value = runbook_twin::json::from_str(&line)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("the control plane does not say it");
        let address =
            text(&said["server"])?.trim_start_matches("https://").replace("localhost", "127.0.0.1").parse()?;
        let authority = std::fs::read_to_string(text(&said["ca"])?)?;
        let server = Server { address, authority, token: text(&said["tokens"]["admin"])? };
        let pids = said["pids"].as_object().into_iter().flatten();
        let parts = pids.filter(|(name, _)| ["kube-apiserver", "etcd"].contains(&name.as_str()));
        let parts = parts.filter_map(|(_, pid)| u32::try_from(pid.as_u64()?).ok()).collect();
        Ok(Some(Self { child, server, parts }))
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        // It ends when its standard input does.
        self.child.stdin = None;
        drop(self.child.wait());
    }
}
