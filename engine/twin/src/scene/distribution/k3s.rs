//! k3s: one binary that is all of it. A server is a node too; an agent learns everything from its server when it starts.

use super::{Place, conf, start, write_new};
use crate::machines::Machine;
use crate::machines::files::{Content, Kind};
use crate::machines::units::Unit;

/// Where everything of it lies.
const DATA: &str = "/var/lib/rancher/k3s";
/// What its installer leaves beside it, to be rid of it again.
const KILL_ALL: &str = include_str!("k3s-killall.sh");
const UNINSTALL: &str = include_str!("k3s-uninstall.sh");

/// Installs it.
pub(super) fn install(machine: &mut Machine, place: &Place<'_>) {
    machine.put_program("/usr/local/bin/k3s", "k3s");
    for name in ["crictl", "ctr", "kubectl"] {
        machine.put(&format!("/usr/local/bin/{name}"), Kind::Link("k3s".to_owned()), 0o777);
    }
    let uninstall = if place.control { "k3s-uninstall.sh" } else { "k3s-agent-uninstall.sh" };
    for (name, text) in [("k3s-killall.sh", KILL_ALL), (uninstall, UNINSTALL)] {
        let content = Content::Bytes(std::sync::Arc::new(text.as_bytes().to_vec()));
        machine.put(&format!("/usr/local/bin/{name}"), Kind::File(content), 0o755);
    }
    machine.write("/etc/rancher/k3s/version", format!("{}\n", place.version).as_bytes());
    // Without flannel it leaves the runtime to look where everybody's does.
    let own = "\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n  bin_dirs = ['/var/lib/rancher/k3s/data/cni']\n  conf_dir = '/var/lib/rancher/k3s/agent/etc/cni/net.d'\n";
    let text = format!("version = 3\n{}", if place.bare { "" } else { own });
    machine.write(&format!("{DATA}/agent/etc/containerd/config.toml"), text.as_bytes());
    if place.bare {
        crate::cni::usual_plugins(machine);
        machine.put_folder("/etc/cni/net.d", 0o755);
    }
    machine.put_folder(&format!("{DATA}/agent/etc/cni/net.d"), 0o755);
    machine.put_folder(&format!("{DATA}/agent/images"), 0o755);
    for name in ["bandwidth", "bridge", "flannel", "host-local", "loopback", "portmap"] {
        machine.put_program(&format!("{DATA}/data/cni/{name}"), "true");
    }
    let (name, word) = if place.control {
        machine.write(&format!("{DATA}/server/node-token"), b"K10twin::server:token\n");
        machine.write("/etc/rancher/k3s/k3s.yaml", conf("127.0.0.1", 6443, "default").as_bytes());
        write_new(machine, "/etc/rancher/k3s/config.yaml", "write-kubeconfig-mode: \"0600\"\n");
        machine.put_folder(&format!("{DATA}/server/manifests"), 0o700);
        ("k3s.service", "server")
    } else {
        let text = format!("server: https://{}:6443\ntoken: K10twin::server:token\n", place.server);
        write_new(machine, "/etc/rancher/k3s/config.yaml", &text);
        ("k3s-agent.service", "agent")
    };
    let mut words = vec!["/usr/local/bin/k3s", word];
    words.extend(place.flags.iter().map(String::as_str));
    machine.write(&format!("/etc/systemd/system/{name}"), unit_file(&words).as_bytes());
    let mut unit = Unit::service("Lightweight Kubernetes", &words, true);
    unit.takes = std::time::Duration::from_secs(8);
    start(machine, name, unit);
}

/// The unit as its installer writes it: what it started lives on when it is stopped.
fn unit_file(words: &[&str]) -> String {
    let line = words.join(" \\\n    ");
    format!(
        "[Unit]\nDescription=Lightweight Kubernetes\nDocumentation=https://k3s.io\nWants=network-online.target\n\
         After=network-online.target\n\n[Install]\nWantedBy=multi-user.target\n\n[Service]\nType=notify\nKillMode=process\n\
         Delegate=yes\nLimitNOFILE=1048576\nLimitNPROC=infinity\nTasksMax=infinity\nTimeoutStartSec=0\nRestart=always\n\
         RestartSec=5s\nExecStart={line}\n"
    )
}
