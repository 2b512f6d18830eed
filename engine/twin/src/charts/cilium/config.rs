//! `cilium-config`: the values as the options of agents and operator.

use super::object;
use crate::charts::Release;
use crate::json::{Map, Value, json};

/// Options that are one value, as it is.
const PLAIN: [(&str, &str); 27] = [
    ("agent-not-ready-taint-key", "agentNotReadyTaintKey"),
    ("auto-direct-node-routes", "autoDirectNodeRoutes"),
    ("bpf-lb-acceleration", "loadBalancer.acceleration"),
    ("bpf-lb-algorithm", "loadBalancer.algorithm"),
    ("bpf-lb-mode", "loadBalancer.mode"),
    ("cluster-id", "cluster.id"),
    ("cluster-name", "cluster.name"),
    ("cni-exclusive", "cni.exclusive"),
    ("custom-cni-conf", "cni.customConf"),
    ("datapath-mode", "bpf.datapathMode"),
    ("debug", "debug.enabled"),
    ("devices", "devices"),
    ("direct-routing-skip-unreachable", "directRoutingSkipUnreachable"),
    ("enable-bandwidth-manager", "bandwidthManager.enabled"),
    ("enable-endpoint-routes", "endpointRoutes.enabled"),
    ("enable-host-legacy-routing", "bpf.hostLegacyRouting"),
    ("enable-hubble", "hubble.enabled"),
    ("enable-ipv4", "ipv4.enabled"),
    ("enable-ipv4-masquerade", "enableIPv4Masquerade"),
    ("enable-ipv6", "ipv6.enabled"),
    ("enable-l2-announcements", "l2announcements.enabled"),
    ("enable-policy", "policyEnforcementMode"),
    ("enable-tcx", "bpf.enableTCX"),
    ("enable-wireguard", "encryption.wireguard"),
    ("ipam", "ipam.mode"),
    ("ipv4-native-routing-cidr", "ipv4NativeRoutingCIDR"),
    ("kube-proxy-replacement", "kubeProxyReplacement"),
];

/// The ConfigMap.
pub(super) fn config(release: &Release<'_>) -> Value {
    let mut data = Map::new();
    let mut say = |key: &str, text: String| drop(data.insert(key.to_owned(), text.into()));
    for (key, path) in PLAIN {
        let text = release.text(path);
        if !text.is_empty() {
            say(key, text);
        }
    }
    if release.is("bpf.masquerade") {
        say("enable-bpf-masquerade", "true".to_owned());
    }
    let port = release.text("tunnelPort");
    let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
    say("routing-mode", or(release.text("routingMode"), "tunnel"));
    if release.text("routingMode") != "native" {
        say("tunnel-protocol", or(release.text("tunnelProtocol"), "vxlan"));
        if !["", "0"].contains(&port.as_str()) {
            say("tunnel-port", port);
        }
    }
    let mtu = release.text("MTU");
    if !["", "0"].contains(&mtu.as_str()) {
        say("mtu", mtu);
    }
    if release.text("ipam.mode") == "cluster-pool" {
        say("cluster-pool-ipv4-cidr", release.text("ipam.operator.clusterPoolIPv4PodCIDRList"));
        say("cluster-pool-ipv4-mask-size", release.text("ipam.operator.clusterPoolIPv4MaskSize"));
    }
    if !release.is("cni.customConf") {
        let file = format!("{}/05-cilium.conflist", release.text("cni.hostConfDirMountPath"));
        say("write-cni-conf-when-ready", file);
    }
    say("cni-log-file", "/var/run/cilium/cilium-cni.log".to_owned());
    say("unmanaged-pod-watcher-interval", watcher(release));
    if release.since(1, 16) {
        say("external-envoy-proxy", super::agent::has_envoy(release).to_string());
    }
    let mut map = object(release, "v1", "ConfigMap", "cilium-config");
    map["data"] = Value::Object(data);
    map["metadata"]["labels"] = json!({});
    map
}

/// How often the operator looks for pods that are not Cilium's: seconds, from 1.19 on a length of time.
fn watcher(release: &Release<'_>) -> String {
    let on = release.is("operator.unmanagedPodWatcher.restart");
    let seconds = if on { release.text("operator.unmanagedPodWatcher.intervalSeconds") } else { "0".to_owned() };
    if release.since(1, 19) { format!("{}s", seconds.trim_end_matches('s')) } else { seconds }
}
