//! Talos: a system that is nothing but Kubernetes. There is no ssh and no shell on its machines, and no systemd either: what
//! stands here for units stands for its own services. The API is reached on every node as `localhost:7445`.

use super::{Place, start};
use crate::machines::Machine;
use crate::machines::units::Unit;
use std::sync::Arc;

/// What `/etc/os-release` says.
const SYSTEM: &str = "NAME=\"Talos\"\nID=talos\nVERSION_ID=v1.11.5\nPRETTY_NAME=\"Talos (v1.11.5)\"\n\
                      HOME_URL=\"https://www.talos.dev/\"\n";

/// Installs it.
pub(super) fn install(machine: &mut Machine, place: &Place<'_>) {
    // Nobody logs in.
    Arc::make_mut(&mut machine.units).all.clear();
    machine.write("/etc/os-release", SYSTEM.as_bytes());
    crate::cni::usual_plugins(machine);
    machine.write(
        "/etc/containerd/config.toml",
        b"version = 3\n\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n  bin_dirs = ['/opt/cni/bin']\n  conf_dir = '/etc/cni/net.d'\n",
    );
    machine.put_folder("/etc/cni/net.d", 0o755);
    machine.put_folder("/etc/kubernetes/manifests", 0o755);
    start(machine, "containerd.service", Unit::service("containerd", &["/usr/bin/containerd"], true));
    let role = if place.control { "controlplane" } else { "worker" };
    let mut kubelet = Unit::service(&format!("kubelet of a {role}"), &["/usr/local/bin/kubelet"], true);
    kubelet.takes = std::time::Duration::from_secs(3);
    start(machine, "kubelet.service", kubelet);
}
