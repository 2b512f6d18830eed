//! What `cilium-dbg status` says. It says `Ok` of much that is not: that too is as the real one does it.

use super::super::host::Host;
use super::agent::{Agent, Peer};
use super::maps;
use crate::net::{Outcome, Probe};
use serde_json::{Value, json};
use std::net::Ipv4Addr;

/// What an agent tells of itself.
pub(crate) struct Status {
    agent: Agent,
    version: String,
    controllers: Vec<(String, Option<String>)>,
    endpoints: usize,
    reached: (usize, usize),
    tunnel: Option<String>,
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
    let mut reached = (1, peers.len() + 1);
    for peer in peers {
        let targets: Vec<Ipv4Addr> = [Some(peer.node), peer.health].into_iter().flatten().collect();
        let all =
            targets.iter().all(|to| host.net.probe(&Probe::ping(space, *to), host.now).outcome == Outcome::Reached);
        reached.0 += usize::from(all);
    }
    Some(Status { agent, version: version.to_owned(), controllers, endpoints, reached, tunnel })
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
        format!("IPv4: {}/254 allocated from {range}, ", self.endpoints + 2)
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
            ("KubeProxyReplacement", proxy.to_owned()),
            ("Host firewall", "Disabled".to_owned()),
            ("CNI Chaining", "none".to_owned()),
            ("CNI Config file", self.cni().1),
            ("Cilium", format!("Ok   {} (v{})", self.version, self.version)),
            ("NodeMonitor", "Disabled".to_owned()),
            ("Cilium health daemon", health),
            ("IPAM", self.ipam()),
            ("Routing", format!("Network: {}   Host: {host}", self.routing())),
            ("Attach Mode", "TCX".to_owned()),
            ("Device Mode", "veth".to_owned()),
            ("Masquerading", format!("{mode} [IPv4: Enabled, IPv6: Disabled]")),
            ("Controller Status", format!("{}/{} healthy", self.controllers.len() - ill, self.controllers.len())),
            ("Proxy Status", "No managed proxy redirect".to_owned()),
            ("Global Identity Range", "min 256, max 65535".to_owned()),
            ("Hubble", "Disabled".to_owned()),
            ("Encryption", "Disabled".to_owned()),
            ("Cluster health", format!("{}/{} reachable", self.reached.0, self.reached.1)),
            ("Modules Health", format!("Stopped(0) Degraded({degraded}) OK({})", 60 - degraded)),
        ];
        lines.iter().map(|(name, value)| format!("{:<25}{value}\n", format!("{name}:"))).collect()
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
