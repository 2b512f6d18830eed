//! A plain cluster as kubeadm makes it: containerd and a kubelet as units, the control plane as static pods.

use super::{Place, conf, start};
use crate::machines::Machine;
use crate::machines::units::Unit;

pub(super) fn install(machine: &mut Machine, place: &Place<'_>) {
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
