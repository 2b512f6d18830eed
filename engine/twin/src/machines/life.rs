//! A machine as the node of a cluster: which of the cluster's parts run on it.

use super::Machine;
use crate::json::{Value, json};
use crate::world::Key;

/// The units that are a kubelet, or have one in them.
const KUBELETS: [&str; 5] =
    ["k3s-agent.service", "k3s.service", "kubelet.service", "rke2-agent.service", "rke2-server.service"];
/// The units that have a container runtime in them, or are one.
const RUNTIMES: [&str; 5] =
    ["containerd.service", "k3s-agent.service", "k3s.service", "rke2-agent.service", "rke2-server.service"];

impl Machine {
    fn one_is_active(&self, names: &[&str]) -> bool {
        let active = |name: &&str| self.units.all.get(*name).is_some_and(|unit| unit.active == "active");
        self.is_up() && names.iter().any(active)
    }

    /// Whether its kubelet works: it says that the node lives, and looks after its pods.
    pub fn has_kubelet(&self) -> bool {
        self.one_is_active(&KUBELETS) && self.has_runtime()
    }

    /// Whether it takes connections over ssh: there are systems that nobody logs in to.
    pub fn takes_ssh(&self) -> bool {
        self.one_is_active(&["ssh.service"])
    }

    /// Whether its container runtime works.
    pub fn has_runtime(&self) -> bool {
        self.one_is_active(&RUNTIMES) && self.containers.down.is_none()
    }

    /// Whether the control plane works, where it is this machine that has it. The containers of a control plane live on
    /// without their kubelet; the one binary that is all of it does not.
    pub fn has_plane(&self) -> bool {
        let whole = "k3s.service";
        if self.units.all.contains_key(whole) {
            return self.one_is_active(&[whole]);
        }
        self.is_up() && (self.plane_began == self.boot_id || self.has_kubelet())
    }

    /// Whether somebody answers for the cluster, as seen from this machine while it runs.
    pub(crate) fn is_served(&mut self) -> bool {
        let (name, plane) = (self.name.clone(), self.has_plane());
        self.world().is_some_and(|world| world.is_served() || plane && world.serves_from(&name))
    }

    /// Tells the cluster which images it has, where it is one of its nodes.
    pub(crate) fn tell_images(&mut self) {
        let one =
            |(name, image): (&String, &super::containers::Image)| json!({"names": [name], "sizeBytes": image.size});
        let images: Vec<Value> = self.containers.images.iter().map(one).collect();
        let key = Key::new("nodes", "", &self.name);
        if let Some(world) = self.world() {
            // A machine that is no node has nobody to tell.
            drop(world.change(&key, |node| node["status"]["images"] = images.into()));
        }
    }

    /// What its system calls itself.
    pub fn system(&self) -> String {
        let text = self.text("/etc/os-release");
        let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
        line.unwrap_or("Linux").trim_matches('"').to_owned()
    }
}
