//! The faults, one by one: where, what is seen, and what heals.

use super::bench::Heal::{self, Boot, Delete, Option, Restart, Run, Set, Unset};
use super::bench::See::{self, Event, Log, Lost, Object, Says, Unready};

/// One fault on one scene.
pub(crate) struct Case {
    /// As it is typed.
    pub(crate) fault: &'static str,
    pub(crate) scene: &'static str,
    /// What is planted before, to make it fit.
    pub(crate) before: &'static [&'static str],
    pub(crate) sees: &'static [See],
    /// Nothing for what only a new machine heals.
    pub(crate) heals: &'static [Heal],
}

const fn case(scene: &'static str, fault: &'static str, sees: &'static [See], heals: &'static [Heal]) -> Case {
    Case { fault, scene, before: &[], sees, heals }
}

const AGENT: &str = "cilium-agent";
const DAEMONSET: &str = "daemonsets.apps";
const DEPLOYMENT: &str = "deployments.apps";
const SYSTEM: &str = "kube-system";
const IMAGES: &str = "catalogues.twin";
const IMAGE: &str = "/images/quay.io~1cilium~1cilium:v1.18.4";
const ENV: &str = "/spec/template/spec/containers/0/env";

pub(crate) const OF_CILIUM: &[Case] = &[
    case(
        "cilium",
        "cilium-routing-mode",
        &[Log(AGENT, "invalid routing mode \"vxlan\""), Unready(AGENT)],
        &[Option("routing-mode", "tunnel")],
    ),
    case(
        "cilium",
        "cilium-masquerade",
        &[Log(AGENT, "BPF masquerade requires NodePort"), Unready(AGENT)],
        &[Option("enable-bpf-masquerade", "false")],
    ),
    case(
        "cilium",
        "cilium-dsr",
        &[Log(AGENT, "mode cannot be used with vxlan tunneling"), Unready(AGENT)],
        &[Option("bpf-lb-mode", "snat"), Option("kube-proxy-replacement", "false")],
    ),
    case(
        "cilium",
        "cilium-acceleration",
        &[Log(AGENT, "Invalid value for --bpf-lb-acceleration"), Unready(AGENT)],
        &[Option("bpf-lb-acceleration", "disabled")],
    ),
    case(
        "cilium",
        "cilium-range-missing node=n2",
        &[Log(AGENT, "required IPv4 PodCIDR not available"), Unready(AGENT)],
        &[],
    ),
    case(
        "cilium",
        "cilium-devices",
        &[Object("configmaps", SYSTEM, "cilium-config", "/data/devices", "10.0.0.0/24")],
        &[Option("devices", "")],
    ),
    case(
        "cilium",
        "cilium-kinds-gone",
        &[Log(AGENT, "could not find the requested resource"), Unready(AGENT)],
        &[Set(DEPLOYMENT, SYSTEM, "cilium-operator", "/spec/replicas", "2"), Restart("k8s-app", "cilium")],
    ),
    case(
        "cilium",
        "cilium-not-compiled",
        &[Log(AGENT, "'CALLS_MAP' macro redefined"), Log(AGENT, "Failed to compile bpf_lxc.o")],
        &[
            Set(IMAGES, "", "images", concat!("/images/quay.io~1cilium~1cilium:v1.18.4", "/programs"), "true"),
            Restart("k8s-app", "cilium"),
        ],
    ),
    case(
        "cilium",
        "agents-short-of-memory",
        &[Unready(AGENT)],
        &[Unset(IMAGES, "", "images", IMAGE), Restart("k8s-app", "cilium")],
    ),
    case(
        "cilium",
        "agents-without-api",
        &[Log(AGENT, "dial tcp 10.255.255.1:443: i/o timeout"), Unready(AGENT)],
        &[Set(DAEMONSET, SYSTEM, "cilium", ENV, "[]"), Restart("k8s-app", "cilium")],
    ),
    case(
        "cilium",
        "agents-ask-localhost",
        &[Log(AGENT, "dial tcp 127.0.0.1:6443: connect: connection refused"), Unready(AGENT)],
        &[Set(DAEMONSET, SYSTEM, "cilium", ENV, "[]"), Restart("k8s-app", "cilium")],
    ),
    case(
        "cilium",
        "agents-gone machine=n2",
        &[Event("unable to connect to Cilium agent")],
        &[Unset(DAEMONSET, SYSTEM, "cilium", "/spec/template/spec/nodeSelector/twin.test~1nowhere")],
    ),
    case(
        "cilium",
        "maps-gone machine=n2",
        &[Lost],
        &[Unset(DAEMONSET, SYSTEM, "cilium", "/spec/template/spec/nodeSelector/twin.test~1nowhere"), Boot("n2")],
    ),
    case(
        "cilium",
        "tunnel-port-taken machine=n2",
        &[Lost, Says("n2", "ip -br link show cilium_vxlan", "DOWN")],
        &[Run("n2", "ip link del other.1"), Restart("k8s-app", "cilium")],
    ),
    case(
        "cilium",
        "overlay-blocked machine=n2",
        &[Lost],
        &[Run("n2", "iptables -D INPUT -p udp --dport 8473 -j DROP")],
    ),
    case(
        "cilium",
        "cilium-across machine=n2 gateway=10.0.0.100",
        &[Log(AGENT, "contains gateway 10.0.0.100, must be directly reachable"), Lost],
        &[
            Run("n2", "ip route del 10.0.0.1; ip route del 10.0.0.3"),
            Option("auto-direct-node-routes", "false"),
            Option("routing-mode", "tunnel"),
        ],
    ),
    case("cilium", "cilium-pool-of-machines", &[Lost], &[]),
    case("cilium", "kernel-locked-down machine=n2", &[Log(AGENT, "bpf: operation not permitted"), Unready(AGENT)], &[]),
    case(
        "cilium",
        "operator-other-version",
        &[Log("cilium-operator", "missing unit in duration \"15\""), Unready("cilium-operator")],
        &[Set(
            DEPLOYMENT,
            SYSTEM,
            "cilium-operator",
            "/spec/template/spec/containers/0/image",
            "quay.io/cilium/operator-generic:v1.18.4",
        )],
    ),
    case(
        "cilium",
        "operator-other-image",
        &[Object(DEPLOYMENT, SYSTEM, "cilium-operator", "/spec/template/spec/containers/0/image", "v1.18.0-own")],
        &[Set(
            DEPLOYMENT,
            SYSTEM,
            "cilium-operator",
            "/spec/template/spec/containers/0/image",
            "quay.io/cilium/operator-generic:v1.18.4",
        )],
    ),
    case(
        "cilium",
        "operator-replicas",
        &[Event("didn't match pod anti-affinity rules")],
        &[Set(DEPLOYMENT, SYSTEM, "cilium-operator", "/spec/replicas", "2")],
    ),
    case(
        "cilium",
        "policies-asleep",
        &[Object("configmaps", SYSTEM, "cilium-config", "/data/enable-policy", "never")],
        &[Option("enable-policy", "default")],
    ),
    case(
        "cilium",
        "mask-too-wide machine=n2",
        &[Says("n2", "ip route", "10.0.0.0/8 dev eth0")],
        &[Run("n2", "ip route del 10.0.0.0/8 dev eth0")],
    ),
    case(
        "cilium",
        "mtu-small machine=n2",
        &[Says("n2", "ip link show eth0", "mtu 1400")],
        &[Run("n2", "ip link set eth0 mtu 1500")],
    ),
    case(
        "cilium",
        "rp-filter machine=n2",
        &[Says("n2", "cat /proc/sys/net/ipv4/conf/cilium_host/rp_filter", "1")],
        &[Run(
            "n2",
            "for f in /proc/sys/net/ipv4/conf/lxc*/rp_filter /proc/sys/net/ipv4/conf/cilium_*/rp_filter; do echo 0 >$f; done",
        )],
    ),
    case(
        "cilium",
        "rules-left machine=n2 of=flannel",
        &[Says("n2", "iptables-save", "FLANNEL-POSTRTG")],
        &[Run("n2", "iptables-save | grep -v FLANNEL | iptables-restore")],
    ),
    case(
        "cilium",
        "rules-left machine=n2 of=kube-router",
        &[Says("n2", "iptables-save", "KUBE-ROUTER-FORWARD")],
        &[Run("n2", "iptables-save | grep -v -e KUBE-ROUTER -e KUBE-NWPLCY | iptables-restore")],
    ),
    case(
        "cilium",
        "conf-foreign machine=n2",
        &[Event("failed to find plugin \"antrea\" in path")],
        &[Run("n2", "rm /etc/cni/net.d/00-antrea.conflist"), Delete("pods", "default", "new-on-n2")],
    ),
    case(
        "cilium",
        "release-pending",
        &[Object("secrets", SYSTEM, "sh.helm.release.v1.cilium.v2", "/metadata/labels/status", "pending-upgrade")],
        &[Delete("secrets", SYSTEM, "sh.helm.release.v1.cilium.v2")],
    ),
    case(
        "cilium",
        "release-foreign",
        &[Object(DAEMONSET, SYSTEM, "cilium", "/metadata/annotations/meta.helm.sh~1release-name", "before")],
        &[Set(DAEMONSET, SYSTEM, "cilium", "/metadata/annotations/meta.helm.sh~1release-name", "cilium")],
    ),
    case("cilium", "mtu-misspelt", &[], &[]),
    case(
        "cilium",
        "webhook-unreached",
        &[Object(
            "validatingwebhookconfigurations.admissionregistration.k8s.io",
            "",
            "guard",
            "/webhooks/0/name",
            "guard",
        )],
        &[Delete("validatingwebhookconfigurations.admissionregistration.k8s.io", "", "guard")],
    ),
    case(
        "cilium",
        "card-down machine=n2",
        &[Log(AGENT, "attaching XDP program to interface eth9: network is down"), Unready(AGENT)],
        &[Option("devices", "eth0")],
    ),
    case(
        "cilium",
        "card-without-xdp machine=n2",
        &[Log(AGENT, "attaching XDP program to interface eth0: operation not supported"), Unready(AGENT)],
        &[Option("bpf-lb-acceleration", "best-effort")],
    ),
    Case {
        fault: "driver-reset machine=n2",
        scene: "cilium",
        before: &[
            "cilium-option key=kube-proxy-replacement value=true",
            "cilium-option key=bpf-lb-acceleration value=native",
        ],
        sees: &[],
        heals: &[Restart("k8s-app", "cilium")],
    },
    case(
        "cilium",
        "balancer-without-pool",
        &[Object("services", "default", "late", "/status/loadBalancer", "{}")],
        &[Delete("services", "default", "late")],
    ),
    case(
        "cilium",
        "dns-away",
        &[Object(DEPLOYMENT, SYSTEM, "coredns", "/spec/replicas", "0")],
        &[Set(DEPLOYMENT, SYSTEM, "coredns", "/spec/replicas", "2")],
    ),
];

pub(crate) const OF_FLANNEL: &[Case] = &[
    case(
        "flannel",
        "xdp-pinned machine=n2",
        &[Says("n2", "ip link set eth0 xdp off", "Can't replace active BPF XDP link")],
        &[],
    ),
    case(
        "flannel",
        "leases-leaked machine=n2",
        &[Event("no IP addresses available in range set")],
        &[
            Run("n2", "grep -l ^0000 /var/lib/cni/networks/cbr0/10.* | xargs rm"),
            Delete("pods", "default", "new-on-n2"),
        ],
    ),
    case(
        "flannel",
        "conf-gone machine=n2",
        &[Object("nodes", "", "n2", "/status/conditions", "cni plugin not initialized")],
        &[Restart("app", "flannel")],
    ),
    case(
        "flannel",
        "taint-left node=n2",
        &[Object("nodes", "", "n2", "/spec/taints", "node.cilium.io/agent-not-ready")],
        &[Set("nodes", "", "n2", "/spec/taints", "[]")],
    ),
    case(
        "flannel",
        "sockets-left machine=n2",
        &[Lost, Says("n2", "ls /sys/fs/bpf/cilium/socketlb/links/cgroup", "cil_sock4_connect")],
        &[Boot("n2")],
    ),
    case(
        "flannel",
        "network-unavailable node=n2",
        &[Object("nodes", "", "n2", "/status/conditions", "CalicoIsDown")],
        &[Restart("app", "flannel")],
    ),
    case(
        "flannel",
        "apiservice-stale",
        &[Object(
            "apiservices.apiregistration.k8s.io",
            "",
            "v1beta1.metrics.k8s.io",
            "/status/conditions/0/status",
            "False",
        )],
        &[Delete("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io")],
    ),
    case(
        "flannel",
        "namespace-stuck",
        &[Object("namespaces", "", "cilium-secrets", "/status/conditions", "NamespaceDeletionDiscoveryFailure")],
        &[Delete("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io")],
    ),
    case(
        "shop",
        "budget-holds namespace=shop",
        &[Object("poddisruptionbudgets.policy", "shop", "holds-all", "/status/disruptionsAllowed", "0")],
        &[Delete("poddisruptionbudgets.policy", "shop", "holds-all")],
    ),
    case("shop", "image-never-pulled namespace=shop deployment=web", &[Event("ErrImageNeverPull")], &[]),
    case("flannel", "machine-lost machine=n2", &[Lost], &[]),
    case("flannel", "link-down machine=n2", &[Lost], &[]),
];

pub(crate) const OF_CALICO: &[Case] = &[case(
    "calico",
    "calico-astray machine=n2",
    &[Object("nodes", "", "n2", "/metadata/annotations/projectcalico.org~1IPv4Address", "10.245.1.36")],
    &[Run("n2", "ip link del cilium_host"), Restart("k8s-app", "calico-node")],
)];

pub(crate) const OF_OTHERS: &[Case] = &[
    case("talos-flux", "announcements-gone", &[], &[]),
    case("talos-flux", "proxy-lost", &[Lost], &[Option("kube-proxy-replacement", "true")]),
    case(
        "arm-k3s",
        "vip-away",
        &[],
        &[Unset(DAEMONSET, SYSTEM, "kube-vip", "/spec/template/spec/nodeSelector/twin.test~1nowhere")],
    ),
    case(
        "arm-k3s",
        "replica-lost volume=pvc-influxdb",
        &[Object("volumes.longhorn.io", "longhorn-system", "pvc-influxdb", "/status/robustness", "degraded")],
        &[Run("opi01", "true")],
    ),
    case(
        "calico-k3s",
        "calico-operator-gone",
        &[Object("installations.operator.tigera.io", "", "default", "/metadata/deletionTimestamp", "Z")],
        &[],
    ),
    case("arm-k3s", "server-flags-differ machine=opi01", &[Says("opi01", "systemctl is-active k3s", "failed")], &[]),
    case("cilium", "pod-unmanaged namespace=shop pod=cart", &[Lost], &[Restart("app", "cart")]),
];
