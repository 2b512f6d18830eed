//! What a distribution of Kubernetes puts on a machine: units, files and programs, as its installer leaves them.

mod k3s;
mod kubeadm;
mod rke2;
mod talos;

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
    /// One binary that starts the control plane as static pods.
    Rke2,
    /// A system that is nothing but Kubernetes: no shell, no systemd, one API.
    Talos,
}

/// The distributions by the words a scene uses.
pub(super) const WORDS: [(&str, Distribution); 5] = [
    ("k3s", Distribution::K3s),
    ("kubeadm", Distribution::Kubeadm),
    ("none", Distribution::Nothing),
    ("rke2", Distribution::Rke2),
    ("talos", Distribution::Talos),
];

/// What differs from node to node.
pub(super) struct Place<'a> {
    pub(super) version: &'a str,
    /// Whether the control plane runs here.
    pub(super) control: bool,
    /// The address of the control plane.
    pub(super) server: &'a str,
    pub(super) address: &'a str,
    /// The flags its unit has, beside those of every one.
    pub(super) flags: &'a [String],
    /// Whether its network is to be installed by somebody else.
    pub(super) bare: bool,
}

impl Distribution {
    /// Installs it.
    pub(super) fn install(self, machine: &mut Machine, place: &Place<'_>) {
        match self {
            Self::Nothing => {}
            Self::Kubeadm => kubeadm::install(machine, place),
            Self::K3s => k3s::install(machine, place),
            Self::Rke2 => rke2::install(machine, place),
            Self::Talos => talos::install(machine, place),
        }
    }

    /// The version that its nodes say they have, of a version of Kubernetes.
    pub(super) fn version(self, version: &str) -> String {
        match self {
            Self::K3s => format!("{version}+k3s1"),
            Self::Rke2 => format!("{version}+rke2r1"),
            Self::Nothing | Self::Kubeadm | Self::Talos => version.to_owned(),
        }
    }

    /// The container runtime as its nodes name it.
    pub(super) fn runtime(self) -> &'static str {
        match self {
            Self::K3s | Self::Rke2 => "containerd://2.1.4-k3s1",
            Self::Nothing | Self::Kubeadm | Self::Talos => "containerd://2.1.4",
        }
    }

    /// The range of the services, and the address of the API among them; none where there is no cluster.
    pub(super) fn services(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Nothing => None,
            Self::K3s | Self::Rke2 => Some(("10.43.0.0/16", "10.43.0.1")),
            Self::Kubeadm => Some(("10.96.0.0/16", "10.96.0.1")),
            Self::Talos => Some(("10.96.0.0/12", "10.96.0.1")),
        }
    }

    /// The range of the pods of a node that names none, by its number.
    pub(super) fn pods(self, number: u32) -> String {
        match self {
            Self::Talos => format!("10.244.{number}.0/24"),
            Self::Nothing | Self::Kubeadm | Self::K3s | Self::Rke2 => format!("10.42.{number}.0/24"),
        }
    }
}

/// Writes a file that the scene itself did not write.
fn write_new(machine: &mut Machine, path: &str, text: &str) {
    if !machine.has(path) {
        machine.write(path, text.as_bytes());
    }
}

/// A unit that runs already; later starts take their time.
fn start(machine: &mut Machine, name: &str, unit: Unit) {
    let takes = unit.takes;
    machine.add_unit(name, Unit { takes: std::time::Duration::ZERO, ..unit });
    machine.start_unit(name);
    machine.change_unit(name, |unit| unit.takes = takes);
}

fn conf(server: &str, port: u16, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: kubernetes\n  cluster:\n    server: https://{server}:{port}\ncontexts:\n- name: \
         {user}@kubernetes\n  context:\n    cluster: kubernetes\n    user: {user}\ncurrent-context: {user}@kubernetes\nusers:\n- name: \
         {user}\n  user: {{}}\n"
    )
}
