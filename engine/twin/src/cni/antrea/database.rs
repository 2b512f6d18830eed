//! The database of Open vSwitch on a machine: which ports its bridge is to have. It is in a folder that a boot empties.

use super::super::host::Host;
use crate::net::Mac;
use crate::net::maps::Endpoint;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// The folder of its files.
pub(super) const FOLDER: &str = "/var/run/antrea/openvswitch";

fn path() -> String {
    format!("{FOLDER}/conf.db")
}

/// What is in it; the twin keeps it in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Database {
    /// Its bridge, where it has one.
    pub(crate) bridge: Option<String>,
    /// The links of pods that are its ports, and the Ethernet addresses of their pods, by the addresses of these.
    pub(crate) ports: BTreeMap<Ipv4Addr, (String, String)>,
}

impl Database {
    /// What a machine has.
    pub(crate) fn of(host: &Host<'_>) -> Database {
        crate::json::from_str(&host.machine.text(&path())).unwrap_or_default()
    }

    /// Changes it.
    pub(super) fn change(host: &mut Host<'_>, change: impl FnOnce(&mut Database)) {
        let had = Database::of(host);
        let mut has = had.clone();
        change(&mut has);
        if has != had || !host.machine.has(&path()) {
            let text = crate::json::to_string(&has).unwrap_or_default();
            host.machine.write(&path(), text.as_bytes());
        }
    }

    /// Its ports as the bridge has them, while nobody has said who may speak to whom.
    pub(super) fn endpoints(&self) -> BTreeMap<Ipv4Addr, Endpoint> {
        let one = |(addr, (link, mac)): (&Ipv4Addr, &(String, String))| {
            Some((*addr, Endpoint { link: link.clone(), mac: Mac::read(mac)?, ingress: None, egress: None }))
        };
        self.ports.iter().filter_map(one).collect()
    }
}
