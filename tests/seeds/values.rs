//! Values of the procedures for Cilium's chart: what is asked before a move names them, and nothing has changed.

use super::before;

/// A claim about values.
struct Claim<'a> {
    scene: &'a str,
    version: &'a str,
    alone: bool,
    /// As they are written.
    values: &'a str,
    /// What is said of them.
    says: &'a str,
    /// Values that are right.
    right: &'a str,
    /// The version that is right; the same where none is said.
    newer: &'a str,
}

const BESIDE: Claim<'static> =
    Claim { scene: "shop", version: "1.18.4", alone: false, values: "{}", says: "", right: "{}", newer: "" };
const ALONE: Claim<'static> = Claim { alone: true, ..BESIDE };

/// That the values are refused, and those that are right are not.
#[track_caller]
fn refused(claim: &Claim<'_>) {
    seen(claim, "error[preflight.no]: C28 ", 1);
}

/// That the values are warned of, and those that are right are not.
#[track_caller]
fn warned(claim: &Claim<'_>) {
    seen(claim, "C28b ", 0);
}

#[track_caller]
fn seen(claim: &Claim<'_>, mark: &str, ends: i32) {
    let set = |name: &str, value: &str| ["--set".to_owned(), format!("{name}={value}")];
    let words = [
        set("values", claim.values),
        set("version", claim.version),
        set("right", claim.right),
        set("newer", claim.newer),
        set("alone", if claim.alone { "true" } else { "false" }),
    ];
    let words: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
    let (text, code) = before(claim.scene, &words);
    let told = text.lines().find(|line| line.contains(mark) && !line.contains("right: ")).unwrap_or_default();
    assert!(code == ends && told.contains(claim.says), "{}: {code} {told}\n{text}", claim.values);
    let right: Vec<&str> = text.lines().filter(|line| line.contains("right: ")).collect();
    assert!(!right.iter().any(|line| line.contains(claim.says)), "{}: {right:?}", claim.right);
}

macro_rules! claims {
    ($how:ident $base:ident: $($claim:ident($values:expr, $says:expr, $right:expr $(, $field:ident: $value:expr)*);)*) => {
        $(#[test]
        fn $claim() {
            $how(&Claim { values: $values, says: $says, right: $right $(, $field: $value)*, ..$base });
        })*
    };
}

claims! { refused BESIDE:
    the_key_is_mtu(r#"{"mtu": 1400}"#, "mtu: the chart has no `mtu`", "{}");
    the_routing_mode_is_vxlan(r#"{"routingMode": "vxlan"}"#, "`vxlan` is no routing mode", r#"{"routingMode": "tunnel"}"#);
    tunnel_is_disabled(r#"{"tunnel": "disabled"}"#, "tunnel: 1.15 has no such key any more", "{}");
    acceleration_is_a_matter_of_node_ports(
        r#"{"nodePort": {"acceleration": "native"}}"#, "nodePort.acceleration: the chart has no", "{}");
    links_are_switched_back_to_the_old_kind(r#"{"bpf": {"legacyBPFLink": true}}"#, "bpf.legacyBPFLink", "{}");
    the_tunnel_is_accelerated_by_a_value(
        r#"{"vxlanAcceleration": {"enabled": true, "queues": 1}}"#, "vxlanAcceleration: the chart has no such key", "{}");
    the_ui_of_hubble_has_resources(
        r#"{"hubble": {"ui": {"resources": {"limits": {"memory": "128Mi"}}}}}"#, "hubble.ui.resources", "{}");
    the_pool_of_cilium_may_be_that_of_the_pods_there_are(
        r#"{"ipam": {"operator": {"clusterPoolIPv4PodCIDRList": ["10.244.0.0/16"]}}}"#, "two pods would have one address",
        r#"{"ipam": {"operator": {"clusterPoolIPv4PodCIDRList": ["10.245.0.0/16"]}}}"#);
    the_pool_is_10_0_0_0_8(
        r#"{"ipam": {"operator": {"clusterPoolIPv4PodCIDRList": ["10.0.0.0/8"]}}}"#, "the machines are in 10.0.0.0/8",
        r#"{"ipam": {"operator": {"clusterPoolIPv4PodCIDRList": ["10.245.0.0/16"]}}}"#);
    masquerading_by_programs_needs_nothing(
        r#"{"bpf": {"masquerade": true}}"#, "before 1.19 it wants the replacement of kube-proxy", r#"{"bpf": {"masquerade": false}}"#);
    masquerading_by_programs_is_off_at_first_and_that_is_enough(
        r#"{"bpf": {"masquerade": false, "hostLegacyRouting": false}}"#, "bpf.hostLegacyRouting", r#"{"bpf": {"masquerade": false}}"#);
    agents_may_take_their_nodes_at_once(
        r#"{"cni": {"customConf": false}}"#, "every agent would take its node", r#"{"cni": {"exclusive": true}}"#);
    policies_are_enforced_from_the_start(
        r#"{"policyEnforcementMode": "default"}"#, "policies would drop", r#"{"policyEnforcementMode": "never"}"#);
    agents_bear_noschedule(
        r#"{"tolerations": [{"operator": "Exists", "effect": "NoSchedule"}]}"#, "no agent comes to a node with a taint of NoExecute",
        r#"{"tolerations": [{"operator": "Exists"}]}"#);
    acceleration_is_generic(
        r#"{"loadBalancer": {"acceleration": "generic"}}"#, "`generic` is no value of it",
        r#"{"loadBalancer": {"acceleration": "best-effort"}}"#);
    acceleration_works_beside_kube_proxy(
        r#"{"loadBalancer": {"acceleration": "native"}}"#, "no early program is attached at all",
        r#"{"loadBalancer": {"acceleration": "disabled"}}"#);
    devices_are_named_by_their_addresses(
        r#"{"devices": "40:a6:b7:41:09:60"}"#, "`40:a6:b7:41:09:60` is an address", r#"{"devices": "eth0"}"#);
    devices_take_ranges(r#"{"devices": "10.0.0.0/8"}"#, "`10.0.0.0/8` is an address", r#"{"devices": "eth+"}"#);
    monitors_are_installed_before_their_kinds(
        r#"{"prometheus": {"serviceMonitor": {"enabled": true}}}"#, "the API does not know ServiceMonitor",
        r#"{"prometheus": {"enabled": true}}"#);
    gateways_are_enabled_before_their_kinds(
        r#"{"kubeProxyReplacement": true, "k8sServiceHost": "10.0.0.1", "k8sServicePort": 6443, "gatewayAPI": {"enabled": true}}"#,
        "the kinds of Gateway API must be there",
        r#"{"kubeProxyReplacement": true, "k8sServiceHost": "10.0.0.1", "k8sServicePort": 6443}"#);
    the_host_of_the_api_is_127_0_0_1_by_default(
        r#"{"kubeProxyReplacement": true}"#, "k8sServiceHost: the chart has none",
        r#"{"kubeProxyReplacement": true, "k8sServiceHost": "10.0.0.1", "k8sServicePort": 6443}"#);
    the_host_of_the_api_is_127_0_0_1_everywhere(
        r#"{"k8sServiceHost": "127.0.0.1", "k8sServicePort": 6443}"#, "only servers answer at port 6443",
        r#"{"k8sServiceHost": "127.0.0.1", "k8sServicePort": 6444}"#, scene: "k3s-shop");
    the_replacement_of_kube_proxy_is_strict(
        r#"{"kubeProxyReplacement": "strict"}"#, "`strict` is no value any more", r#"{"kubeProxyReplacement": false}"#);
}

claims! { refused ALONE:
    native_routing_is_all_there_is_to_say(
        r#"{"routingMode": "native", "autoDirectNodeRoutes": true, "ipam": {"mode": "kubernetes"}}"#, "ipv4NativeRoutingCIDR: without it",
        r#"{"routingMode": "native", "autoDirectNodeRoutes": true, "ipam": {"mode": "kubernetes"}, "ipv4NativeRoutingCIDR": "10.244.0.0/16"}"#);
    the_native_range_is_10_0_0_0_8(
        r#"{"routingMode": "native", "autoDirectNodeRoutes": true, "ipam": {"mode": "kubernetes"}, "ipv4NativeRoutingCIDR": "10.0.0.0/8"}"#,
        "the machines are in 10.0.0.0/8 themselves",
        r#"{"routingMode": "native", "autoDirectNodeRoutes": true, "ipam": {"mode": "kubernetes"}, "ipv4NativeRoutingCIDR": "10.244.0.0/16"}"#);
    no_pool_is_needed(
        r#"{"ipam": {"mode": "cluster-pool"}}"#, "the machines are in 10.0.0.0/8", r#"{"ipam": {"mode": "kubernetes"}}"#);
    answering_directly_goes_with_any_mode(
        r#"{"ipam": {"mode": "kubernetes"}, "loadBalancer": {"mode": "dsr"}}"#, "DSR does not go through a VXLAN tunnel",
        r#"{"ipam": {"mode": "kubernetes"}, "tunnelProtocol": "geneve", "loadBalancer": {"mode": "dsr"}}"#);
    announcements_go_with_kube_proxy(
        r#"{"ipam": {"mode": "kubernetes"}, "l2announcements": {"enabled": true}}"#, "only where kube-proxy is replaced",
        r#"{"ipam": {"mode": "kubernetes"}, "l2announcements": {"enabled": false}}"#);
    talos_needs_no_list_of_capabilities(
        r#"{"ipam": {"mode": "kubernetes"}, "k8sServiceHost": "localhost", "k8sServicePort": 7445}"#, "Talos gives nobody SYS_MODULE",
        r#"{"ipam": {"mode": "kubernetes"}, "k8sServiceHost": "localhost", "k8sServicePort": 7445, "upgradeCompatibility": "1.15", "securityContext": {"capabilities": {"ciliumAgent": ["CHOWN", "NET_ADMIN"]}}}"#,
        scene: "talos-flux");
}

claims! { warned BESIDE:
    an_mtu_of_1400_is_mandatory(r#"{"MTU": 1400}"#, "MTU: it is fixed, and nothing needs it to be", r#"{"MTU": 0}"#);
    an_empty_affinity_takes_the_charts_away(r#"{"affinity": {}}"#, "affinity: an empty map changes nothing", "{}");
    the_operator_is_put_on_the_host(
        r#"{"operator": {"hostNetwork": true}}"#, "operator.hostNetwork: before 1.16 the chart has it fixed", "{}", version: "1.15.19");
    the_list_of_ranges_counts_in_kubernetes_mode(
        r#"{"ipam": {"mode": "kubernetes"}}"#, "no list is read", "{}");
    agents_get_along_with_512_mi(
        r#"{"resources": {"limits": {"memory": "512Mi"}}}"#, "512Mi are too few", r#"{"resources": {"limits": {"memory": "2Gi"}}}"#);
    k3s_needs_its_own_control_groups(
        r#"{"cgroup": {"autoMount": {"enabled": false}, "hostRoot": "/sys/fs/cgroup"}}"#, "only Talos wants it so", "{}",
        scene: "k3s-shop");
    the_operator_may_have_more_replicas_than_nodes(
        r#"{"operator": {"replicas": 4}}"#, "one waits for ever", r#"{"operator": {"replicas": 1}}"#);
    the_agents_image_is_the_only_one(
        r#"{"image": {"override": "quay.io/cilium/cilium:own", "pullPolicy": "Never"}}"#, "operator.image.override: the agent's image is your own",
        r#"{"image": {"override": "quay.io/cilium/cilium:own", "pullPolicy": "Never"}, "operator": {"image": {"override": "quay.io/cilium/operator-generic:own"}}}"#);
    version_1_16_11_is_the_latest_stable(
        "{}", "1.16.11 is of a line that gets no more fixes", "{}", version: "1.16.11", newer: "1.19.0");
}

claims! { warned ALONE:
    announcements_are_a_matter_of_neighbour_discovery(
        r#"{"ipam": {"mode": "kubernetes"}, "kubeProxyReplacement": true, "k8sServiceHost": "10.0.0.1", "l2announcements": {"enabled": true}, "l2NeighDiscovery": {"enabled": false}}"#,
        "has nothing to do with L2 announcements",
        r#"{"ipam": {"mode": "kubernetes"}, "kubeProxyReplacement": true, "k8sServiceHost": "10.0.0.1", "l2announcements": {"enabled": true}}"#);
    acceleration_is_native_or_disabled(
        r#"{"ipam": {"mode": "kubernetes"}, "kubeProxyReplacement": true, "k8sServiceHost": "10.0.0.1", "loadBalancer": {"acceleration": "native"}}"#,
        "write best-effort",
        r#"{"ipam": {"mode": "kubernetes"}, "kubeProxyReplacement": true, "k8sServiceHost": "10.0.0.1", "loadBalancer": {"acceleration": "best-effort"}}"#);
    the_address_of_the_control_plane_is_that_of_kube_vip(
        r#"{"ipam": {"mode": "kubernetes"}, "k8sServiceHost": "10.1.0.5", "k8sServicePort": 6443}"#, "while 10.1.0.5 is away or moves",
        r#"{"ipam": {"mode": "kubernetes"}, "k8sServiceHost": "127.0.0.1", "k8sServicePort": 6444}"#, scene: "k3s-shop");
}
