//! What Calico's agent and its plugin share on a machine.

use super::super::host::Host;
use serde::{Deserialize, Serialize};

/// Where the twin keeps it: what the real ones ask their datastore for.
const PATH: &str = "/var/run/calico/state.json";
/// By which file the plugin sees that the agent has been here.
pub(crate) const NODENAME: &str = "/var/lib/calico/nodename";

/// The state of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The block of addresses that is this machine's.
    pub(crate) block: String,
    /// The address of its tunnel, which is the block's first.
    pub(crate) tunnel: Option<String>,
    /// What fits into a packet of a pod.
    pub(crate) mtu: u32,
}

impl State {
    /// What is written down on a machine.
    pub(crate) fn of(host: &Host<'_>) -> Option<State> {
        crate::json::from_str(&host.machine.text(PATH)).ok()
    }

    /// Writes it down.
    pub(crate) fn keep(&self, host: &mut Host<'_>) {
        let text = crate::json::to_string(self).unwrap_or_default();
        host.machine.write(PATH, text.as_bytes());
    }
}
