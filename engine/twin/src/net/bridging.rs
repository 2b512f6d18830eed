//! A bridge and its ports: what they are set to.

use super::link::Mac;
use std::collections::BTreeMap;

/// An entry of a bridge's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Station {
    pub(crate) port: u32,
    /// `permanent`, `static`, or nothing where it was learned and is forgotten again.
    pub(crate) noted: &'static str,
}

impl Station {
    /// Whether somebody wrote it down: what was learned is forgotten.
    pub(crate) fn fixed(&self) -> bool {
        !self.noted.is_empty()
    }
}

/// A bridge.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Bridge {
    pub(crate) fdb: BTreeMap<Mac, Station>,
    pub(crate) mac_set: bool,
    pub(crate) mtu_set: bool,
    /// What is not as it is for a new one.
    pub(crate) options: BTreeMap<&'static str, u32>,
}

impl Bridge {
    /// What it can be set to: the word, its key in JSON, and how a new one has it.
    pub(crate) const OPTIONS: &[(&str, &str, u32)] = &[
        ("forward_delay", "forward_delay", 1500),
        ("hello_time", "hello_time", 200),
        ("max_age", "max_age", 2000),
        ("ageing_time", "ageing_time", 30000),
        ("stp_state", "stp_state", 0),
        ("priority", "priority", 32768),
        ("vlan_filtering", "vlan_filtering", 0),
        ("group_fwd_mask", "group_fwd_mask", 0),
        ("mcast_snooping", "mcast_snooping", 1),
        ("no_linklocal_learn", "no_linklocal_learn", 0),
        ("mcast_vlan_snooping", "mcast_vlan_snooping", 0),
        ("mcast_router", "mcast_router", 1),
        ("mcast_query_use_ifaddr", "mcast_query_use_ifaddr", 0),
        ("mcast_querier", "mcast_querier", 0),
        ("mcast_hash_elasticity", "mcast_hash_elasticity", 16),
        ("mcast_hash_max", "mcast_hash_max", 4096),
        ("mcast_last_member_count", "mcast_last_member_cnt", 2),
        ("mcast_startup_query_count", "mcast_startup_query_cnt", 2),
        ("mcast_last_member_interval", "mcast_last_member_intvl", 100),
        ("mcast_membership_interval", "mcast_membership_intvl", 26000),
        ("mcast_querier_interval", "mcast_querier_intvl", 25500),
        ("mcast_query_interval", "mcast_query_intvl", 12500),
        ("mcast_query_response_interval", "mcast_query_response_intvl", 1000),
        ("mcast_startup_query_interval", "mcast_startup_query_intvl", 3124),
        ("mcast_stats_enabled", "mcast_stats_enabled", 0),
        ("mcast_igmp_version", "mcast_igmp_version", 2),
        ("mcast_mld_version", "mcast_mld_version", 1),
        ("nf_call_iptables", "nf_call_iptables", 0),
        ("nf_call_ip6tables", "nf_call_ip6tables", 0),
        ("nf_call_arptables", "nf_call_arptables", 0),
    ];

    pub(crate) fn option(&self, word: &str) -> u32 {
        let first = || Self::OPTIONS.iter().find(|(name, ..)| *name == word).map_or(0, |(.., first)| *first);
        self.options.get(word).copied().unwrap_or_else(first)
    }
}

/// How a bridge treats a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) hairpin: bool,
    pub(crate) isolated: bool,
    pub(crate) learning: bool,
    pub(crate) flood: bool,
    /// Whether what is for everybody goes out by it.
    pub(crate) broadcast: bool,
    pub(crate) cost: u32,
    pub(crate) priority: u32,
    /// The place of its state among [`Port::STATES`].
    pub(crate) state: u8,
}

impl Port {
    pub(crate) const STATES: [&str; 5] = ["disabled", "listening", "learning", "forwarding", "blocking"];
    /// The state in which it only hears who is where.
    pub(crate) const LEARNING: u8 = 2;
    /// The state in which it takes and sends.
    pub(crate) const FORWARDING: u8 = 3;
}

impl Default for Port {
    fn default() -> Port {
        Port {
            hairpin: false,
            isolated: false,
            learning: true,
            flood: true,
            broadcast: true,
            cost: 2,
            priority: 32,
            state: Port::FORWARDING,
        }
    }
}
