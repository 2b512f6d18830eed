//! `/proc/sys/net`, `/proc/net` and `/sys/class/net`: what the network around the machine says of it.

use super::Computed;
use crate::machines::Machine;
use crate::machines::errno::Errno;
use crate::net::{Network, SpaceId};

impl Machine {
    /// The namespace of whoever looks, in the network around the machine.
    fn own_space(&self) -> Option<(&Network, SpaceId)> {
        let network = self.network()?;
        let (machine, namespace) = self.place_of(self.running);
        Some((network, network.find(&machine, &namespace)?))
    }

    /// A setting of the network, by its path below `/proc/sys`.
    pub(crate) fn net_setting(&self, path: &str) -> Option<String> {
        let (network, space) = self.own_space()?;
        network.setting(space, path)
    }

    /// The settings of the network, by their paths below `/proc/sys`.
    pub(super) fn net_settings(&self) -> Vec<String> {
        self.own_space().map(|(network, space)| network.settings(space)).unwrap_or_default()
    }

    /// Whether the network has settings below a folder, which ends with a slash.
    pub(super) fn has_net_settings_below(&self, folder: &str) -> bool {
        self.own_space().is_some_and(|(network, space)| network.has_settings_below(space, folder))
    }

    /// Sets a setting of the network; `None` where it is none of the network's.
    pub(super) fn set_net_setting(&mut self, path: &str, value: &str) -> Option<Result<(), Errno>> {
        self.net_setting(path)?;
        let (_, space) = self.own_space()?;
        let taken = self.network_mut()?.set_setting(space, path, value);
        Some(if taken { Ok(()) } else { Err(Errno::Invalid) })
    }

    /// What is below `/proc/net`.
    pub(super) fn net_table(&self, file: &str) -> Option<String> {
        let (network, space) = self.own_space()?;
        network.table_file(space, file)
    }

    /// What is below `/sys/class/net`.
    pub(super) fn link_thing(&self, rest: &str) -> Option<Computed> {
        let (network, space) = self.own_space()?;
        let (link, rest) = rest.split_once('/').unwrap_or((rest, ""));
        network.link_file(space, link, "ifindex")?;
        let is_card = network.link_leads(space, link, "driver").is_some();
        match rest {
            "" | "statistics" => Some(Computed::folder()),
            "device" => is_card.then(Computed::folder),
            "device/driver" => network
                .link_leads(space, link, "driver")
                .map(|driver| Computed::link(&format!("/sys/bus/virtio/drivers/{driver}"))),
            "master" => network.link_leads(space, link, "master").map(|to| Computed::link(&format!("../{to}"))),
            file if Network::link_files().contains(&file) => Some(Computed::file(0o644)),
            _ => rest
                .strip_prefix("statistics/")
                .is_some_and(|file| COUNTERS.contains(&file))
                .then(|| Computed::file(0o444)),
        }
    }

    /// The names in a folder below `/sys/class/net`.
    pub(super) fn link_things(&self, rest: &str) -> Vec<String> {
        let Some((network, space)) = self.own_space() else { return Vec::new() };
        if rest.is_empty() {
            return network.link_names(space);
        }
        let (link, below) = rest.split_once('/').unwrap_or((rest, ""));
        match below {
            "" => {
                let mut names: Vec<String> = Network::link_files().iter().map(|name| (*name).to_owned()).collect();
                names.push("statistics".to_owned());
                if network.link_leads(space, link, "driver").is_some() {
                    names.push("device".to_owned());
                }
                if network.link_leads(space, link, "master").is_some() {
                    names.push("master".to_owned());
                }
                names
            }
            "device" => vec!["driver".to_owned()],
            "statistics" => COUNTERS.iter().map(|name| (*name).to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// What a file below `/sys/class/net` says.
    pub(super) fn link_text(&self, rest: &str) -> Option<String> {
        let (network, space) = self.own_space()?;
        let (link, file) = rest.split_once('/')?;
        if file.starts_with("statistics/") {
            return Some("0\n".to_owned());
        }
        network.link_file(space, link, file).map(|text| format!("{text}\n"))
    }
}

const COUNTERS: [&str; 6] = ["rx_bytes", "rx_dropped", "rx_packets", "tx_bytes", "tx_dropped", "tx_packets"];
