//! The file in which the daemon tells the plugin what it has.

use crate::net::Prefix;

/// Where it is.
pub(crate) const PATH: &str = "/run/flannel/subnet.env";

/// What is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Env {
    /// The range of all pods.
    pub(crate) network: Prefix,
    /// The range of this machine's pods, with the bridge's address in it.
    pub(crate) subnet: Prefix,
    /// What fits into a packet of a pod.
    pub(crate) mtu: u32,
    /// Whether the daemon masquerades, so that the plugin need not.
    pub(crate) masquerades: bool,
}

impl Env {
    /// Reads the file.
    pub(crate) fn read(text: &str) -> Option<Env> {
        let value = |key: &str| {
            text.lines().find_map(|line| line.trim().split_once('=').filter(|(name, _)| *name == key)).map(|(_, v)| v)
        };
        Some(Env {
            network: Prefix::read(value("FLANNEL_NETWORK")?)?,
            subnet: Prefix::read(value("FLANNEL_SUBNET")?)?,
            mtu: value("FLANNEL_MTU").and_then(|mtu| mtu.parse().ok()).unwrap_or(1450),
            masquerades: value("FLANNEL_IPMASQ") == Some("true"),
        })
    }

    /// The file's text.
    pub(crate) fn text(&self) -> String {
        format!(
            "FLANNEL_NETWORK={}\nFLANNEL_SUBNET={}\nFLANNEL_MTU={}\nFLANNEL_IPMASQ={}\n",
            self.network, self.subnet, self.mtu, self.masquerades
        )
    }
}
