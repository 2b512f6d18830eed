//! Orders to the parts of a control plane, as the one of the tests takes them: `kill`, `start`, `pause` and `resume`.

use super::Running;
use crate::json::{Value, json};
use crate::laws::LAWS;
use std::path::Path;

/// The laws each part of a control plane does.
fn laws(part: &str) -> Option<Vec<&'static str>> {
    const OTHERS: [&str; 9] =
        ["apiservice", "container", "definition", "event", "heartbeat", "kubelet", "machine", "runtime", "scheduler"];
    match part {
        "kube-scheduler" => Some(vec!["scheduler"]),
        "kwok" => Some(vec!["container", "heartbeat", "kubelet"]),
        "kube-controller-manager" => {
            Some(LAWS.iter().map(|law| law.name).filter(|law| !OTHERS.contains(law)).collect())
        }
        _ => None,
    }
}

impl Running {
    /// What it says of itself, as that control plane does: its kubeconfigs in `folder`, its address, its nodes.
    #[must_use]
    pub fn told(&self, folder: &Path) -> Value {
        let file = |name: &str| folder.join(name).display().to_string();
        let nodes: Vec<String> = self.world().list("nodes", "").map(|node| node.name().to_owned()).collect();
        json!({
            "kubeconfig": file("token.kubeconfig"), "limited": file("limited.kubeconfig"),
            "certificate": file("kubeconfig"), "expired": file("expired.kubeconfig"),
            "stranger": file("stranger.kubeconfig"), "server": format!("https://{}", self.address),
            "ca": file("ca.crt"), "tokens": {"admin": self.token}, "nodes": nodes, "pids": {},
            "dir": folder.display().to_string(),
        })
    }

    /// Does to a part what an order says: `kill kube-apiserver`, `start kube-scheduler`.
    ///
    /// # Errors
    /// When there is no such order or part, in words; then nothing was done.
    pub fn obey(&self, order: &str) -> Result<(), String> {
        let (verb, part) = order.split_once(' ').unwrap_or((order, ""));
        let stops = match verb {
            "kill" | "pause" => true,
            "start" | "resume" => false,
            _ => return Err(format!("`{verb}` is no order; say kill, start, pause or resume")),
        };
        if part == "kube-apiserver" && ["kill", "start"].contains(&verb) {
            if stops {
                self.close();
                return Ok(());
            }
            return self.open().map_err(|error| format!("the door does not open: {error}"));
        }
        let laws = laws(part).ok_or_else(|| format!("a twin has no part `{part}` that obeys `{verb}`"))?;
        self.change(|world| {
            for law in laws {
                if stops { world.hold(law) } else { world.release(law) }
            }
        });
        Ok(())
    }
}
