//! RKE2: one binary that starts containerd, a kubelet, and the control plane as static pods. Its folders for networks are
//! the usual ones, its API is reached on every node as `localhost:6443`.

use super::{Place, conf, start, write_new};
use crate::machines::Machine;
use crate::machines::files::Kind;
use crate::machines::units::Unit;

/// Where everything of it lies.
const DATA: &str = "/var/lib/rancher/rke2";

/// Installs it.
pub(super) fn install(machine: &mut Machine, place: &Place<'_>) {
    crate::cni::usual_plugins(machine);
    // A unit starts it, and nobody calls it.
    machine.put_program("/usr/local/bin/rke2", "true");
    for name in ["crictl", "ctr", "kubectl"] {
        machine.put_program(&format!("{DATA}/bin/{name}"), name);
        machine.put(&format!("/usr/local/bin/{name}"), Kind::Link(format!("{DATA}/bin/{name}")), 0o777);
    }
    machine.write(
        &format!("{DATA}/agent/etc/containerd/config.toml"),
        b"version = 3\n\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n  bin_dirs = ['/opt/cni/bin']\n  conf_dir = '/etc/cni/net.d'\n",
    );
    machine.write(
        &format!("{DATA}/agent/etc/crictl.yaml"),
        b"runtime-endpoint: unix:///run/k3s/containerd/containerd.sock\n",
    );
    machine.put_folder("/etc/cni/net.d", 0o755);
    machine.put_folder(&format!("{DATA}/agent/images"), 0o755);
    let (name, word) = if place.control {
        machine.write(&format!("{DATA}/server/node-token"), b"K10twin::server:token\n");
        machine.write("/etc/rancher/rke2/rke2.yaml", conf("127.0.0.1", 6443, "default").as_bytes());
        write_new(machine, "/etc/rancher/rke2/config.yaml", "write-kubeconfig-mode: \"0600\"\n");
        machine.put_folder(&format!("{DATA}/server/manifests"), 0o700);
        machine.put_folder(&format!("{DATA}/agent/pod-manifests"), 0o700);
        ("rke2-server.service", "server")
    } else {
        let text = format!("server: https://{}:9345\ntoken: K10twin::server:token\n", place.server);
        write_new(machine, "/etc/rancher/rke2/config.yaml", &text);
        ("rke2-agent.service", "agent")
    };
    let mut words = vec!["/usr/local/bin/rke2", word];
    words.extend(place.flags.iter().map(String::as_str));
    let mut unit = Unit::service("Rancher Kubernetes Engine v2", &words, true);
    unit.takes = std::time::Duration::from_secs(20);
    start(machine, name, unit);
}
