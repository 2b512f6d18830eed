//! The options of an agent: `cilium-config`, with those over it that are meant for its node. Read once, at its start.

use crate::net::Prefix;
use std::collections::BTreeMap;

/// The option that says of which version the agent is.
pub(crate) const VERSION: &str = "agent-version";

/// The options of one agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options(pub(crate) BTreeMap<String, String>);

impl Options {
    /// The text of an option; empty where there is none.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// Whether an option is on.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.text(key) == "true"
    }

    /// The protocol of the tunnel, where there is one.
    pub(crate) fn tunnel(&self) -> Option<&str> {
        let protocol = self.text("tunnel-protocol");
        (self.text("routing-mode") != "native").then_some(if protocol.is_empty() { "vxlan" } else { protocol })
    }

    /// The port of the tunnel.
    pub(crate) fn port(&self) -> u16 {
        let own = if self.tunnel() == Some("geneve") { 6081 } else { 8472 };
        self.text("tunnel-port").parse().ok().filter(|port| *port > 0).unwrap_or(own)
    }

    /// Whether services are Cilium's.
    pub(crate) fn replaces_proxy(&self) -> bool {
        matches!(self.text("kube-proxy-replacement"), "true" | "strict")
    }

    /// Whether its programs look at what leaves by the machine's ways out.
    pub(crate) fn looks_at_what_leaves(&self) -> bool {
        let others =
            ["enable-host-firewall", "enable-bandwidth-manager", "enable-ipv4-egress-gateway", "enable-wireguard"];
        self.replaces_proxy() || others.iter().any(|key| self.is(key))
    }

    /// Whether policies are enforced.
    pub(crate) fn enforces(&self) -> bool {
        self.text("enable-policy") != "never"
    }

    /// Where the agent writes the configuration for pods, as the machine sees the file; `None` where it writes none.
    pub(crate) fn writes_conf(&self) -> Option<String> {
        let path = self.text("write-cni-conf-when-ready");
        let written = !path.is_empty() && !self.is("custom-cni-conf");
        written.then(|| path.rsplit('/').next().unwrap_or(path).to_owned())
    }

    /// Whether the configurations of others are put away.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.text("cni-exclusive") != "false"
    }

    /// The range within which nothing is masqueraded, where one is said.
    pub(crate) fn native_range(&self) -> Option<Prefix> {
        Prefix::read(self.text("ipv4-native-routing-cidr"))
    }

    /// Whether the agent is of a version or a later one; one that says no version is of an older.
    pub(crate) fn since(&self, major: u32, minor: u32) -> bool {
        let mut parts = self.text(VERSION).split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (major, minor)
    }

    /// The MTU that was said.
    pub(crate) fn mtu(&self) -> Option<u32> {
        self.text("mtu").parse().ok().filter(|mtu| *mtu > 0)
    }

    /// Why an agent with these options ends at once, in the words of its log.
    pub(crate) fn fault(&self) -> Option<String> {
        let mode = self.text("routing-mode");
        if !matches!(mode, "" | "tunnel" | "native") {
            return Some(format!("invalid routing mode \"{mode}\", valid modes = [native tunnel]"));
        }
        let speed = self.text("bpf-lb-acceleration");
        if !matches!(speed, "" | "disabled" | "native" | "generic" | "best-effort") {
            return Some(format!("Invalid value for --bpf-lb-acceleration: {speed}"));
        }
        if self.text("bpf-lb-mode") == "dsr" && self.replaces_proxy() && self.tunnel() == Some("vxlan") {
            return Some("Node Port \"dsr\" mode cannot be used with vxlan tunneling.".to_owned());
        }
        if self.is("enable-bpf-masquerade") && !self.replaces_proxy() && !self.since(1, 19) {
            return Some("BPF masquerade requires NodePort (--enable-node-port=\"true\")".to_owned());
        }
        None
    }
}
