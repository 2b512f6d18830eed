//! What a distribution of Kubernetes puts on a machine: units, files and programs, as its installer leaves them.

use crate::machines::Machine;
use crate::machines::units::Unit;

/// The distributions a scene may name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Distribution {
    /// Nothing is installed.
    #[default]
    Nothing,
    /// A plain cluster: containerd and a kubelet as units, the control plane as static pods.
    Kubeadm,
    /// One binary that is all of it.
    K3s,
}

/// The distributions by the words a scene uses.
pub(super) const WORDS: [(&str, Distribution); 3] =
    [("k3s", Distribution::K3s), ("kubeadm", Distribution::Kubeadm), ("none", Distribution::Nothing)];

/// What differs from node to node.
pub(super) struct Place<'a> {
    pub(super) version: &'a str,
    /// Whether the control plane runs here.
    pub(super) control: bool,
    /// The address of the control plane.
    pub(super) server: &'a str,
    pub(super) address: &'a str,
}

impl Distribution {
    /// Installs it.
    pub(super) fn install(self, machine: &mut Machine, place: &Place<'_>) {
        match self {
            Self::Nothing => {}
            Self::Kubeadm => kubeadm(machine, place),
            Self::K3s => k3s(machine, place),
        }
    }
}

/// A unit that runs already; later starts take their time.
fn start(machine: &mut Machine, name: &str, unit: Unit) {
    let takes = unit.takes;
    machine.add_unit(name, Unit { takes: std::time::Duration::ZERO, ..unit });
    machine.start_unit(name);
    machine.change_unit(name, |unit| unit.takes = takes);
}

fn kubeadm(machine: &mut Machine, place: &Place<'_>) {
    crate::cni::usual_plugins(machine);
    for (name, program) in [("crictl", "crictl"), ("ctr", "ctr"), ("kubectl", "kubectl")] {
        machine.put_program(&format!("/usr/bin/{name}"), program);
    }
    // They stand for themselves: a unit starts them, and nobody calls them.
    for path in ["/usr/bin/containerd", "/usr/bin/kubelet", "/usr/bin/kubeadm", "/usr/bin/runc"] {
        machine.put_program(path, "true");
    }
    machine.write(
        "/etc/containerd/config.toml",
        b"version = 3\n\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n  bin_dirs = ['/opt/cni/bin']\n  conf_dir = '/etc/cni/net.d'\n",
    );
    machine.write(
        "/etc/crictl.yaml",
        b"runtime-endpoint: unix:///run/containerd/containerd.sock\nimage-endpoint: unix:///run/containerd/containerd.sock\n",
    );
    machine.write(
        "/var/lib/kubelet/config.yaml",
        b"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: systemd\nclusterDNS:\n- 10.96.0.10\nclusterDomain: cluster.local\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\nstaticPodPath: /etc/kubernetes/manifests\n",
    );
    machine.write("/var/lib/kubelet/kubeadm-flags.env", b"KUBELET_KUBEADM_ARGS=\"\"\n");
    machine.write("/etc/kubernetes/kubelet.conf", conf(place.server, 6443, "kubelet").as_bytes());
    machine.put_folder("/etc/kubernetes/manifests", 0o755);
    if place.control {
        machine.write("/etc/kubernetes/admin.conf", conf(place.server, 6443, "admin").as_bytes());
        for part in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
            let text = manifest(part, place);
            machine.write(&format!("/etc/kubernetes/manifests/{part}.yaml"), text.as_bytes());
        }
        for name in ["ca.crt", "ca.key", "apiserver.crt", "apiserver.key", "front-proxy-ca.crt", "sa.pub"] {
            machine.write(&format!("/etc/kubernetes/pki/{name}"), b"");
        }
        machine.put_folder("/var/lib/etcd", 0o700);
    }
    start(machine, "containerd.service", Unit::service("containerd container runtime", &["/usr/bin/containerd"], true));
    let words =
        ["/usr/bin/kubelet", "--config=/var/lib/kubelet/config.yaml", "--kubeconfig=/etc/kubernetes/kubelet.conf"];
    let mut kubelet = Unit::service("kubelet: The Kubernetes Node Agent", &words, true);
    kubelet.takes = std::time::Duration::from_secs(2);
    start(machine, "kubelet.service", kubelet);
}

fn manifest(part: &str, place: &Place<'_>) -> String {
    let flags = match part {
        "kube-apiserver" => {
            format!("    - --advertise-address={}\n    - --service-cluster-ip-range=10.96.0.0/16\n", place.address)
        }
        "kube-controller-manager" => {
            "    - --allocate-node-cidrs=true\n    - --cluster-cidr=10.42.0.0/16\n    - --service-cluster-ip-range=10.96.0.0/16\n".to_owned()
        }
        _ => String::new(),
    };
    let image = if part == "etcd" { "etcd:3.6.5-0".to_owned() } else { format!("{part}:{}", place.version) };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {part}\n  namespace: kube-system\nspec:\n  hostNetwork: true\n  containers:\n  \
         - name: {part}\n    image: registry.k8s.io/{image}\n    command:\n    - {part}\n{flags}"
    )
}

fn conf(server: &str, port: u16, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: kubernetes\n  cluster:\n    server: https://{server}:{port}\ncontexts:\n- name: \
         {user}@kubernetes\n  context:\n    cluster: kubernetes\n    user: {user}\ncurrent-context: {user}@kubernetes\nusers:\n- name: \
         {user}\n  user: {{}}\n"
    )
}

fn k3s(machine: &mut Machine, place: &Place<'_>) {
    machine.put_program("/usr/local/bin/k3s", "k3s");
    for name in ["crictl", "ctr", "kubectl"] {
        machine.put(&format!("/usr/local/bin/{name}"), crate::machines::files::Kind::Link("k3s".to_owned()), 0o777);
    }
    machine.write("/etc/rancher/k3s/version", format!("{}\n", place.version).as_bytes());
    for (path, text) in [
        (
            "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
            "version = 3\n\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n  bin_dirs = ['/var/lib/rancher/k3s/data/cni']\n  conf_dir = '/var/lib/rancher/k3s/agent/etc/cni/net.d'\n",
        ),
        ("/var/lib/rancher/k3s/server/node-token", if place.control { "K10twin::server:token\n" } else { "" }),
    ] {
        if !text.is_empty() {
            machine.write(path, text.as_bytes());
        }
    }
    machine.put_folder("/var/lib/rancher/k3s/agent/etc/cni/net.d", 0o755);
    for name in ["bandwidth", "bridge", "flannel", "host-local", "loopback", "portmap"] {
        machine.put_program(&format!("/var/lib/rancher/k3s/data/cni/{name}"), "true");
    }
    let (name, word, what) = if place.control {
        machine.write("/etc/rancher/k3s/k3s.yaml", conf("127.0.0.1", 6443, "default").as_bytes());
        machine.write("/etc/rancher/k3s/config.yaml", b"write-kubeconfig-mode: \"0600\"\n");
        machine.put_folder("/var/lib/rancher/k3s/server/manifests", 0o700);
        ("k3s.service", "server", "Lightweight Kubernetes")
    } else {
        let text = format!("server: https://{}:6443\ntoken: K10twin::server:token\n", place.server);
        machine.write("/etc/rancher/k3s/config.yaml", text.as_bytes());
        ("k3s-agent.service", "agent", "Lightweight Kubernetes")
    };
    let mut unit = Unit::service(what, &["/usr/local/bin/k3s", word], true);
    unit.takes = std::time::Duration::from_secs(8);
    start(machine, name, unit);
}
