//! What `cilium-dbg status` says. It says `Ok` of much that is not: that too is as the real one does it.

use super::super::host::Host;
use super::agent::{Agent, Peer};
use super::maps;
use crate::json::{Value, json};
use crate::net::{Outcome, Probe};
use std::net::Ipv4Addr;

/// What an agent tells of itself.
pub(crate) struct Status {
    agent: Agent,
    version: String,
    controllers: Vec<(String, Option<String>)>,
    endpoints: usize,
    reached: (usize, usize),
    /// Those that are not, with whether the machine itself and its health endpoint are.
    missed: Vec<(String, Ipv4Addr, bool, bool)>,
    tunnel: Option<String>,
    now: i64,
}

/// Looks at an agent, and asks the other machines whether they are there.
pub(crate) fn look(host: &mut Host<'_>, peers: &[Peer], version: &str) -> Option<Status> {
    let agent = Agent::of(host)?;
    let tunnel = maps::of(host)?.tunnel.clone();
    let endpoints = maps::of(host)?.endpoints.len();
    let trouble = agent.tunnel_trouble.clone().or_else(|| {
        let name = tunnel.clone()?;
        let up = host.net.space(host.space()).named(&name).is_some_and(|link| link.up);
        (!up).then(|| format!("{name} is down"))
    });
    let mut controllers: Vec<(String, Option<String>)> = NAMES.iter().map(|name| ((*name).to_owned(), None)).collect();
    if let Some(trouble) = trouble {
        let said = format!("failed to setup vxlan tunnel device: {trouble}");
        let regeneration = "regeneration recovery failed".to_owned();
        for (name, told) in &mut controllers {
            if name.ends_with("regeneration-recovery") {
                *told = Some(regeneration.clone());
            } else if name == "cilium-health-ep" {
                *told = Some(said.clone());
            }
        }
    }
    let space = host.space();
    let mut missed = Vec::new();
    for peer in peers {
        let mut answers = |to: Ipv4Addr| host.net.probe(&Probe::ping(space, to), host.now).outcome == Outcome::Reached;
        let (node, health) = (answers(peer.node), peer.health.is_none_or(&mut answers));
        if !(node && health) {
            missed.push((peer.name.clone(), peer.node, node, health));
        }
    }
    let reached = (peers.len() + 1 - missed.len(), peers.len() + 1);
    Some(Status { agent, version: version.to_owned(), controllers, endpoints, reached, missed, tunnel, now: host.now })
}

const NAMES: [&str; 17] = [
    "cilium-health-ep",
    "ct-map-pressure",
    "daemon-validate-config",
    "dns-garbage-collector-job",
    "endpoint-1-regeneration-recovery",
    "endpoint-2-regeneration-recovery",
    "endpoint-gc",
    "endpoint-periodic-regeneration",
    "ep-bpf-prog-watchdog",
    "ipcache-inject-labels",
    "k8s-heartbeat",
    "link-cache",
    "neighbor-table-refresh",
    "node-neighbor-link-updater",
    "resolve-identity-1",
    "sync-policymap-1",
    "write-cni-file",
];

/// What of the API an agent watches.
const APIS: &str = r#"["EndpointSliceOrEndpoint", "cilium/v2::CiliumCIDRGroup", "cilium/v2::CiliumClusterwideNetworkPolicy", "cilium/v2::CiliumEndpoint", "cilium/v2::CiliumNetworkPolicy", "cilium/v2::CiliumNode", "core/v1::Pods", "networking.k8s.io/v1::NetworkPolicy"]"#;

impl Status {
    fn failing(&self) -> Vec<&(String, Option<String>)> {
        self.controllers.iter().filter(|(_, trouble)| trouble.is_some()).collect()
    }

    /// As `-o json` says it.
    pub(crate) fn json(&self) -> Value {
        let options = self.agent.options();
        let controllers: Vec<Value> = self
            .controllers
            .iter()
            .map(|(name, trouble)| {
                let (failed, said) = trouble.as_ref().map_or((0, ""), |said| (3, said.as_str()));
                json!({"name": name, "configuration": {"error-retry": true, "error-retry-base": "0s", "interval": "0s"},
                    "status": {"consecutive-failure-count": failed, "failure-count": failed,
                        "last-failure-msg": said, "success-count": 1}})
            })
            .collect();
        let proxy = if options.replaces_proxy() { "True" } else { "False" };
        let health =
            if self.failing().is_empty() { ("Ok", "") } else { ("Warning", "cilium-health daemon unreachable") };
        json!({
            "cilium": {"state": "Ok", "msg": format!("{} (v{})", self.version, self.version)},
            "cluster": {"ciliumHealth": {"state": health.0, "msg": health.1}, "self": self.agent.node},
            "cni-chaining": {"mode": "none"},
            "cni-file": {"state": self.cni().0, "msg": self.cni().1},
            "container-runtime": {},
            "controllers": controllers,
            "encryption": {"mode": "Disabled"},
            "ipam": {"status": self.ipam(), "ipv4": [], "ipv6": []},
            "kube-proxy-replacement": {"mode": proxy, "devices": self.agent.devices},
            "kubernetes": {"state": "Ok"},
            "kvstore": {"state": "Disabled", "msg": ""},
            "masquerading": {"enabled": true, "mode": "IPTables"},
            "nodeMonitor": {"state": "Disabled"},
            "routing": {"intra-host-routing-mode": "BPF", "inter-host-routing-mode": self.routing()},
            "stale": {},
        })
    }

    fn cni(&self) -> (&'static str, String) {
        match self.agent.options().writes_conf() {
            None => ("Disabled", "CNI configuration management disabled".to_owned()),
            Some(file) => ("Ok", format!("successfully wrote CNI configuration file to /host/etc/cni/net.d/{file}")),
        }
    }

    fn ipam(&self) -> String {
        let range = self.agent.ranges.first().cloned().unwrap_or_default();
        // The health endpoint is one of them, the router is not.
        format!("IPv4: {}/254 allocated from {range}, ", self.endpoints + 1)
    }

    fn routing(&self) -> String {
        match &self.tunnel {
            Some(name) => format!("Tunnel [{}]", name.trim_start_matches("cilium_")),
            None => "Native".to_owned(),
        }
    }

    /// As it says it to people.
    pub(crate) fn text(&self) -> String {
        let options = self.agent.options();
        let proxy = if options.replaces_proxy() { "True" } else { "False" };
        let host = if options.is("enable-host-legacy-routing") || !options.replaces_proxy() { "Legacy" } else { "BPF" };
        let ill = self.failing().len();
        let (health, degraded) =
            if ill == 0 { ("Ok".to_owned(), 0) } else { ("Warning   cilium-health daemon unreachable".to_owned(), 3) };
        let mode = if options.is("enable-bpf-masquerade") { "BPF" } else { "IPTables" };
        let lines = [
            ("KVStore", "Disabled".to_owned()),
            ("Kubernetes", "Ok         1.34 (v1.34.4) [linux/amd64]".to_owned()),
            ("Kubernetes APIs", APIS.to_owned()),
            ("KubeProxyReplacement", format!("{proxy}   ")),
            ("Host firewall", "Disabled".to_owned()),
            ("SRv6", "Disabled".to_owned()),
            ("CNI Chaining", "none".to_owned()),
            ("CNI Config file", self.cni().1),
            ("Cilium", format!("Ok    {} (v{})", self.version, self.version)),
            ("NodeMonitor", "Disabled".to_owned()),
            ("Cilium health daemon", health),
            ("IPAM", self.ipam()),
            ("IPv4 BIG TCP", "Disabled".to_owned()),
            ("IPv6 BIG TCP", "Disabled".to_owned()),
            ("BandwidthManager", "Disabled".to_owned()),
            ("Routing", format!("Network: {}   Host: {host}", self.routing())),
            ("Attach Mode", "TCX".to_owned()),
            ("Device Mode", "veth".to_owned()),
            ("Masquerading", format!("{mode} [IPv4: Enabled, IPv6: Disabled]")),
            ("Controller Status", format!("{}/{} healthy", self.controllers.len() - ill, self.controllers.len())),
            ("Proxy Status", "No managed proxy redirect".to_owned()),
            ("Global Identity Range", "min 256, max 65535".to_owned()),
            ("Hubble", "Disabled        Metrics: Disabled".to_owned()),
            ("Encryption", "Disabled        ".to_owned()),
            ("Cluster health", self.health()),
            ("Modules Health", format!("Stopped(11) Degraded({degraded}) OK({})", 69 - degraded)),
        ];
        lines.iter().map(|(name, value)| format!("{:<25}{value}\n", format!("{name}:"))).collect()
    }

    /// How many of the others answer, how often they are asked, and who does not.
    fn health(&self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a cluster has not that many machines")]
        let between = 60.0 * (2.0 * self.reached.1 as f64).ln_1p();
        let minutes = (between / 60.0).floor();
        let every = format!("{minutes}m{:.9}s", between - 60.0 * minutes);
        let at = crate::world::Moment(self.now * 1000).text();
        let (ours, all) = self.reached;
        let mut text = format!("{ours}/{all} reachable   ({at})   (Probe interval: {every})");
        if !self.missed.is_empty() {
            text.push_str("\nName                     IP              Node                     Endpoints");
        }
        for (name, at, node, health) in &self.missed {
            let (node, health) = (usize::from(*node), usize::from(*health));
            text.push_str(&format!("\n  {name:<23}{at:<16}{:<25}{health}/1", format!("{node}/1")));
        }
        text
    }

    /// What `--verbose` says besides of what stands for kube-proxy.
    pub(crate) fn verbose(&self, host: &Host<'_>) -> String {
        if !self.agent.options().replaces_proxy() {
            return String::new();
        }
        let space = host.net.space(host.space());
        let early = |device: &String| space.named(device).is_some_and(|link| link.early().is_some());
        let speed = if self.agent.devices.iter().any(early) { "Native" } else { "Disabled" };
        let lines = [
            ("Status", "True"),
            ("Socket LB", "Enabled"),
            ("Devices", &self.agent.devices.join(", ")),
            ("Mode", "SNAT"),
            ("Backend Selection", "Random"),
            ("Session Affinity", "Enabled"),
            ("XDP Acceleration", speed),
        ];
        let lines: String =
            lines.iter().map(|(name, value)| format!("  {:<24}{value}\n", format!("{name}:"))).collect();
        format!("KubeProxyReplacement Details:\n{lines}")
    }

    /// As `--brief` says it: one line, and success whatever it is.
    pub(crate) fn brief(&self) -> String {
        match self.failing().last() {
            None => "OK\n".to_owned(),
            Some((name, _)) => format!("error in controller {name}\n"),
        }
    }
}
