//! The list of what can be made to go wrong: each with what it is told, and which rows of the catalogue it brings about.

use super::{Fault, api, balancer, cilium, cluster, fault, machine, network, release, speed};

/// What is told of a pod.
const POD: (&[&str], &[&str]) = (&["namespace", "pod"], &[]);
/// What is told of a machine.
const MACHINE: (&[&str], &[&str]) = (&["machine"], &[]);
/// What is told of a node.
const NODE: (&[&str], &[&str]) = (&["node"], &[]);
/// Of what nothing is told.
const NONE: (&[&str], &[&str]) = (&[], &[]);
/// What is told of a release.
const RELEASE: (&[&str], &[&str]) = (&[], &["release"]);

/// All faults, sorted by name.
pub const FAULTS: &[Fault] = &[
    fault(
        "agents-ask-localhost",
        "Cilium's agents are told that the API is at 127.0.0.1:6443",
        NONE,
        cilium::asks_localhost,
    )
    .shows(&["E12"], 90),
    fault(
        "agents-gone",
        "no node takes Cilium's agents any more, and their configuration stays; a pod begins on a machine",
        (&[], &["machine"]),
        cilium::gone,
    )
    .shows(&["S10", "S11"], 60),
    fault("agents-short-of-memory", "Cilium's agents need more memory than they may have", NONE, cilium::memory)
        .shows(&["S13"], 90),
    fault(
        "agents-without-api",
        "Cilium's agents are told an address of the API that nobody answers at",
        NONE,
        cilium::unreached_api,
    )
    .shows(&["E5"], 90),
    fault(
        "announcements-gone",
        "nobody says any more which node answers for the addresses of services",
        NONE,
        balancer::announcements_gone,
    )
    .shows(&["S20"], 5),
    fault("api-away", "nobody reaches the API for so long", (&["time"], &[]), api::away),
    fault("api-cut", "the connection of a request breaks before it has an effect", (&[], api::WHICH), api::cut),
    fault(
        "api-forgets",
        "the API has forgotten the version a client goes on from: 410",
        (&[], api::WHICH),
        api::forgets,
    ),
    fault("api-hangs", "a request is never answered", (&[], api::WHICH), api::hangs),
    fault("api-loses-reply", "a request has its effect, and its answer is lost", (&[], api::WHICH), api::loses_reply),
    fault("api-refuses", "a request is refused: 500, or the code it is told", (&[], REFUSES), api::refuses),
    fault(
        "api-twice",
        "a request is done twice, as by somebody between who tried again",
        (&[], api::WHICH),
        api::twice,
    ),
    fault(
        "apiservice-stale",
        "an aggregated API is registered and its service is not there",
        NONE,
        cluster::apiservice_stale,
    )
    .shows(&["S38"], 30),
    fault(
        "balancer-without-pool",
        "the pools of addresses are gone, and another service wants one",
        NONE,
        balancer::without_pool,
    )
    .shows(&["S19"], 30),
    fault(
        "budget-holds",
        "a disruption budget of a namespace lets nothing be sent away",
        (&["namespace"], &[]),
        cluster::budget_holds,
    )
    .shows(&["S33"], 10),
    fault(
        "calico-astray",
        "Cilium's link appears on a machine whose Calico was not told which address is its own",
        MACHINE,
        network::calico_astray,
    )
    .shows(&["S29"], 130),
    fault(
        "calico-operator-gone",
        "Calico's operator goes before the Installation that it is to take away",
        NONE,
        cluster::operator_gone,
    )
    .shows(&["S28"], 60),
    fault(
        "card-down",
        "a machine has a card without a cable, and Cilium's programs are to be on all cards",
        MACHINE,
        speed::down,
    )
    .shows(&["E6"], 60),
    fault(
        "card-without-xdp",
        "the card of a machine takes no early programs, and Cilium is to have them everywhere",
        (&["machine"], &["link"]),
        speed::driver,
    )
    .shows(&["E15"], 60),
    fault("cilium-acceleration", "the option of acceleration has a value that is none", NONE, cilium::acceleration)
        .shows(&["E16"], 60),
    fault(
        "cilium-across",
        "a machine reaches the others by a gateway only, and Cilium wants to reach them directly",
        (&["gateway", "machine"], &[]),
        cilium::across,
    )
    .shows(&["S08"], 60),
    fault("cilium-devices", "the option of devices is a range of addresses, and not names", NONE, cilium::devices)
        .shows(&["E10", "E11"], 60),
    fault(
        "cilium-dsr",
        "services are to be answered directly, through a tunnel that cannot carry that",
        NONE,
        cilium::dsr,
    )
    .shows(&["S04"], 60),
    fault("cilium-kinds-gone", "Cilium's operator is away, and the kinds it makes are gone", NONE, cilium::kinds_gone)
        .shows(&["S47"], 60),
    fault(
        "cilium-masquerade",
        "masquerading is to be done by programs, without the replacement of kube-proxy",
        NONE,
        cilium::masquerade,
    )
    .shows(&["S03"], 60),
    fault("cilium-not-compiled", "the programs of Cilium cannot be built on any node", NONE, cilium::not_compiled)
        .shows(&["S01"], 60),
    fault(
        "cilium-option",
        "an option of Cilium's agents is another, and they begin anew",
        (&["key", "value"], &[]),
        cilium::option,
    )
    .shows(&[], 60),
    fault(
        "cilium-pool-of-machines",
        "Cilium's pool is the default 10.0.0.0/8, which holds the machines",
        NONE,
        cilium::pool_of_machines,
    )
    .shows(&[], 90),
    fault(
        "cilium-range-missing",
        "a node has no range for pods, and Cilium is to take that of Kubernetes",
        NODE,
        cilium::of_kubernetes,
    )
    .shows(&["S05"], 60),
    fault("cilium-routing-mode", "the mode of routing has a value that is none", NONE, cilium::routing_mode)
        .shows(&["S02"], 60),
    fault(
        "conf-foreign",
        "a configuration of a network that is not there sorts first on a machine, and a pod begins there",
        (&["machine"], &["of"]),
        network::conf_foreign,
    )
    .shows(&["E14"], 45),
    fault("conf-gone", "a machine loses the configuration of its network", MACHINE, network::conf_gone)
        .shows(&["S09"], 60),
    fault(
        "disk-slow",
        "what is written to a machine's disk takes so long to be there",
        (&["machine", "time"], &[]),
        machine::disk_slow,
    ),
    fault("dns-away", "the servers of names are scaled to nothing", NONE, cluster::dns_away).shows(&[], 60),
    fault(
        "driver-reset",
        "the driver of a card begins anew and loses its early program",
        (&["machine"], &["link"]),
        speed::reset,
    )
    .shows(&["E9"], 10),
    fault(
        "image-missing",
        "an image, or all that begin so, with a star, cannot be pulled",
        (&["image"], &["why"]),
        cluster::image_missing,
    ),
    fault(
        "image-never-pulled",
        "a deployment wants an image that was never imported, and may not pull it",
        (&["deployment", "namespace"], &[]),
        cluster::image_never_pulled,
    )
    .shows(&["S24"], 45),
    fault("image-slow", "an image takes so long to be pulled", (&["image", "time"], &[]), cluster::image_slow),
    fault(
        "kernel-locked-down",
        "the kernel of a machine refuses programs, and Cilium's agent there begins anew",
        MACHINE,
        network::lockdown,
    )
    .shows(&["S14"], 60),
    fault(
        "leases-leaked",
        "all addresses of a machine's range are given to pods that are no more, and a pod begins there",
        MACHINE,
        network::leases_leaked,
    )
    .shows(&["S06"], 45),
    fault("link-down", "the cable of a machine's card is pulled", (&["machine"], &["link"]), machine::link_down)
        .shows(&["S48"], 0),
    fault("machine-lost", "a machine goes down and does not come back", (&["machine"], &[]), machine::machine_lost)
        .shows(&["E3"], 0),
    fault(
        "maps-gone",
        "Cilium's agents are away, and on a machine its maps are gone before its programs",
        MACHINE,
        cilium::maps_gone,
    )
    .shows(&["E2"], 60),
    fault(
        "mask-too-wide",
        "the range of a machine's own link holds the ranges of pods",
        MACHINE,
        network::mask_too_wide,
    )
    .shows(&["E18"], 10),
    fault(
        "mtu-misspelt",
        "the value `mtu`, which means nothing, is given to Cilium's chart",
        RELEASE,
        release::mtu_misspelt,
    )
    .shows(&["E4"], 10),
    fault(
        "mtu-small",
        "the link of a machine takes less than those of the others",
        (&["machine"], &["link"]),
        network::mtu_small,
    )
    .shows(&["S30"], 10),
    fault(
        "namespace-stuck",
        "a namespace is deleted while an aggregated API does not answer",
        NONE,
        cluster::namespace_stuck,
    )
    .shows(&["E7", "S38"], 60),
    fault(
        "network-unavailable",
        "a network that is gone has said of a node that it has none",
        NODE,
        cluster::network_unavailable,
    )
    .shows(&["S44"], 10),
    fault(
        "node-silent",
        "the kubelet of a node neither says nor does anything",
        (&["node"], &[]),
        cluster::node_silent,
    ),
    fault(
        "operator-other-image",
        "Cilium's operator is of another build than its agents",
        NONE,
        cilium::operator_other_image,
    )
    .shows(&["S26"], 60),
    fault(
        "operator-other-version",
        "Cilium's operator is of a version that does not read what the chart writes",
        NONE,
        cilium::operator_other_version,
    )
    .shows(&["E13"], 60),
    fault("operator-replicas", "there are to be more operators of Cilium than nodes", NONE, cilium::operator_replicas)
        .shows(&["E5b"], 60),
    fault("overlay-blocked", "a machine drops what comes through Cilium's tunnel", MACHINE, cilium::overlay_blocked)
        .shows(&["S31"], 30),
    fault(
        "pod-never-ends",
        "a pod, or all with these labels, is told to end and does not",
        (&["namespace"], &["labels", "pod"]),
        cluster::pod_never_ends,
    ),
    fault(
        "pod-unmanaged",
        "Cilium knows nothing of a pod that runs, the first whose name begins so",
        POD,
        cilium::unmanaged,
    )
    .shows(&["S36"], 10),
    fault("policies-asleep", "Cilium enforces no policy", NONE, cilium::policies_asleep).shows(&["S22"], 60),
    fault(
        "proxy-lost",
        "the replacement of kube-proxy is off again, and there is no kube-proxy",
        NONE,
        cilium::proxy_lost,
    )
    .shows(&["S32"], 60),
    fault(
        "reboot-never-returns",
        "the next boot of a machine does not end",
        (&["machine"], &[]),
        machine::reboot_never_returns,
    ),
    fault("release-foreign", "the objects of a release say that they are another's", RELEASE, release::foreign)
        .shows(&["E8b"], 10),
    fault("release-pending", "an upgrade was cut off: helm says it is under way", RELEASE, release::pending)
        .shows(&["E8"], 10),
    fault(
        "replica-lost",
        "a replica of a volume has failed, and is built anew",
        (&["volume"], &[]),
        cluster::replica_lost,
    )
    .shows(&["S34"], 5),
    fault("rp-filter", "packets of pods are checked for the way they came on a machine", MACHINE, network::rp_filter)
        .shows(&["S45"], 10),
    fault(
        "rules-left",
        "a machine has rules of a network that is not installed",
        (&["machine", "of"], &[]),
        network::rules_left,
    )
    .shows(&["S15"], 10),
    fault(
        "runtime-down",
        "the container runtime of a machine does not answer",
        (&["machine"], &["why"]),
        machine::runtime_down,
    ),
    fault(
        "server-flags-differ",
        "a server of k3s is configured otherwise than the others, and does not start",
        MACHINE,
        machine::flags_differ,
    )
    .shows(&["S27"], 60),
    fault(
        "sockets-left",
        "the programs by which Cilium turns services are still there, with services of before",
        MACHINE,
        network::sockets_left,
    )
    .shows(&["S16"], 10),
    fault(
        "ssh-cut",
        "all connections to a machine are lost once, after a program, or one with these words, begins",
        (&["machine"], &["words", "after"]),
        machine::ssh_cut,
    ),
    fault("taint-left", "a node has the taint of Cilium, which is not there", NODE, cilium::taint_left)
        .shows(&["S12"], 10),
    fault(
        "tunnel-port-taken",
        "another tunnel has the port of Cilium's on a machine, and the agent there begins anew",
        MACHINE,
        network::tunnel_port_taken,
    )
    .shows(&["S07"], 60),
    fault(
        "unit-broken",
        "a unit of a machine fails at its next start",
        (&["machine", "unit"], &["why"]),
        machine::unit_broken,
    ),
    fault("vip-away", "kube-vip is nowhere, and nobody has the address of the control plane", NONE, cluster::vip_away)
        .shows(&["S18"], 90),
    fault("watch-cut", "a watch breaks after so many events", (&[], WATCH_CUT), api::watch_cut),
    fault("webhook-unreached", "the API is to ask a webhook that nobody serves", NONE, cluster::webhook_unreached)
        .shows(&["S37"], 10),
    fault(
        "xdp-pinned",
        "an early program of an agent that is gone is still held at a card",
        (&["machine"], &["link"]),
        speed::pinned,
    )
    .shows(&["E1"], 10),
];

const REFUSES: &[&str] =
    &["after", "code", "kind", "name", "namespace", "path", "skip", "sub", "times", "user", "verb", "why"];
const WATCH_CUT: &[&str] = &["events", "kind", "name", "namespace", "path", "skip", "sub", "times", "user", "verb"];
