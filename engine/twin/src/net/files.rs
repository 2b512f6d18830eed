//! The network as files show it: `/proc/sys/net`, `/proc/net` and `/sys/class/net`.

use super::link::{Kind, Link};
use super::network::{Network, SpaceId};
use super::prefix::mask;
use super::route::{RouteKind, table};
use super::socket::Transport;
use super::space::NeighState;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// The files a link has in its folder of `/sys/class/net`.
const OF_LINK: [&str; 15] = [
    "addr_len",
    "address",
    "broadcast",
    "carrier",
    "dev_id",
    "duplex",
    "flags",
    "ifalias",
    "ifindex",
    "iflink",
    "mtu",
    "operstate",
    "speed",
    "tx_queue_len",
    "type",
];

/// The path below `/proc/sys` of a setting's dotted name; the name of a link may have dots of its own.
pub(super) fn path_of(name: &str) -> String {
    match name.strip_prefix("net.ipv4.conf.").and_then(|rest| rest.rsplit_once('.')) {
        Some((link, word)) => format!("net/ipv4/conf/{link}/{word}"),
        None => name.replace('.', "/"),
    }
}

/// An address as `/proc/net` writes it: the bytes as they lie, in hexadecimal.
fn turned(addr: Ipv4Addr) -> String {
    format!("{:08X}", u32::from(addr).swap_bytes())
}

impl Network {
    /// The settings of a namespace, by their paths below `/proc/sys`.
    pub fn settings(&self, space: SpaceId) -> Vec<String> {
        self.space(space).sysctls.names().iter().map(|name| path_of(name)).collect()
    }

    /// Whether there are settings below a folder of `/proc/sys`, which ends with a slash.
    pub fn has_settings_below(&self, space: SpaceId, folder: &str) -> bool {
        self.space(space).sysctls.has_below(folder)
    }

    /// A setting by its path below `/proc/sys`.
    pub fn setting(&self, space: SpaceId, path: &str) -> Option<String> {
        self.space(space).sysctls.get(&path.replace('/', "."))
    }

    /// Sets a setting by its path below `/proc/sys`; false where there is none, or none of that value.
    pub fn set_setting(&mut self, space: SpaceId, path: &str, value: &str) -> bool {
        Arc::make_mut(&mut self.space_mut(space).sysctls).take(&path.replace('/', "."), value)
    }

    /// The links of a namespace.
    pub fn link_names(&self, space: SpaceId) -> Vec<String> {
        self.space(space).links.values().map(|link| link.name.clone()).collect()
    }

    /// The names of the files of a link.
    pub fn link_files() -> &'static [&'static str] {
        &OF_LINK
    }

    /// Where `master` and `device/driver` of a link lead, by the last part of the path.
    pub fn link_leads(&self, space: SpaceId, link: &str, name: &str) -> Option<String> {
        let here = self.space(space);
        let link = here.named(link)?;
        match (name, &link.kind) {
            ("master", _) => link.master.map(|master| here.link_name(master).to_owned()),
            ("driver", Kind::Physical { driver, .. }) => Some(driver.clone()),
            _ => None,
        }
    }

    /// What a file of a link says.
    pub fn link_file(&self, space: SpaceId, link: &str, file: &str) -> Option<String> {
        let link = self.space(space).named(link)?;
        let carrier = self.carrier(space, link.index);
        Some(match file {
            "addr_len" => if link.ipip().is_some() { "4" } else { "6" }.to_owned(),
            "address" => link.hardware(),
            "broadcast" => link.far_hardware(),
            // The kernel has no word on the carrier of a link that is down.
            "carrier" => return link.up.then(|| u8::from(carrier).to_string()),
            "dev_id" => "0x0".to_owned(),
            "duplex" => matches!(link.kind, Kind::Physical { .. }).then(|| "full".to_owned())?,
            "flags" => format!("0x{:x}", flags(link)),
            "ifalias" => link.alias.clone().unwrap_or_default(),
            "ifindex" => link.index.to_string(),
            "iflink" => match link.kind {
                Kind::Veth { index, .. } => index.to_string(),
                Kind::Vlan { lower, .. } => lower.to_string(),
                Kind::Ipip(ref tunnel) => tunnel.lower.unwrap_or(0).to_string(),
                _ => link.index.to_string(),
            },
            "mtu" => link.mtu.to_string(),
            "operstate" => match (&link.kind, link.up, carrier) {
                (Kind::Loopback | Kind::Dummy | Kind::Ifb | Kind::Vxlan(_) | Kind::Ipip(_) | Kind::Ovs, true, _) => {
                    "unknown"
                }
                (_, true, true) => "up",
                _ => "down",
            }
            .to_owned(),
            "speed" => matches!(link.kind, Kind::Physical { .. }).then(|| "10000".to_owned())?,
            "tx_queue_len" => link.txqlen.to_string(),
            "type" => match link.kind {
                Kind::Loopback => "772",
                Kind::Ipip(_) => "768",
                _ => "1",
            }
            .to_owned(),
            _ => return None,
        })
    }

    /// What a file of `/proc/net` says.
    pub fn table_file(&self, space: SpaceId, file: &str) -> Option<String> {
        Some(match file {
            "arp" => self.arp(space),
            "dev" => self.dev(space),
            "route" => self.routes_file(space),
            "tcp" => self.sockets(space, Transport::Tcp),
            "udp" => self.sockets(space, Transport::Udp),
            _ => return None,
        })
    }

    fn arp(&self, space: SpaceId) -> String {
        let here = self.space(space);
        let mut text = "IP address       HW type     Flags       HW address            Mask     Device\n".to_owned();
        for ((index, addr), near) in &here.neighbours {
            let flags = match near.state {
                NeighState::Permanent => "0x6",
                NeighState::Failed => "0x0",
                NeighState::Noarp | NeighState::Reachable | NeighState::Stale => "0x2",
            };
            let (mac, link) = (near.mac.to_string(), here.link_name(*index));
            text.push_str(&format!("{:<16} 0x1         {flags:<10}  {mac}     *        {link}\n", addr.to_string()));
        }
        text
    }

    fn dev(&self, space: SpaceId) -> String {
        let mut text = "Inter-|   Receive                                                |  Transmit\n face \
                        |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo \
                        colls carrier compressed\n"
            .to_owned();
        for link in self.space(space).links.values() {
            text.push_str(&format!(
                "{:>6}: {:>7} {:>7} {} {:>7} {:>7} {}\n",
                link.name,
                0,
                0,
                "   0    0    0     0          0         0",
                0,
                0,
                "   0    0    0     0       0          0"
            ));
        }
        text
    }

    fn routes_file(&self, space: SpaceId) -> String {
        let here = self.space(space);
        let mut text =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n".to_owned();
        for route in here.table(table::MAIN) {
            for hop in route.hops.iter().take(1) {
                let via = hop.via.unwrap_or(Ipv4Addr::UNSPECIFIED);
                let flags = 1 + 2 * u32::from(hop.via.is_some()) + 4 * u32::from(route.dst.len == 32);
                text.push_str(&format!(
                    "{}\t{}\t{}\t{flags:04X}\t0\t0\t{}\t{}\t0\t0\t0\n",
                    here.link_name(hop.dev),
                    turned(route.dst.network().addr),
                    turned(via),
                    route.metric,
                    turned(Ipv4Addr::from(mask(route.dst.len))),
                ));
            }
            if route.kind == RouteKind::Unreachable {
                let (to, wide) = (turned(route.dst.network().addr), turned(Ipv4Addr::from(mask(route.dst.len))));
                text.push_str(&format!("*\t{to}\t00000000\t0200\t0\t0\t{}\t{wide}\t0\t0\t0\n", route.metric));
            }
        }
        text
    }

    fn sockets(&self, space: SpaceId, transport: Transport) -> String {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
        let here = self.space(space);
        let mut open: Vec<(Ipv4Addr, u16)> =
            here.listeners.iter().filter(|it| it.transport == transport).map(|it| (it.addr, it.port)).collect();
        if transport == Transport::Udp {
            let tunnels = self.all().flat_map(|(_, other)| other.links.values()).filter(|link| link.up);
            let ours = tunnels.filter_map(Link::vxlan).filter(|vxlan| vxlan.home == space);
            open.extend(ours.map(|vxlan| (Ipv4Addr::UNSPECIFIED, vxlan.port)));
        }
        open.sort();
        open.dedup();
        let state = if transport == Transport::Tcp { "0A" } else { "07" };
        let line = |(number, (addr, port)): (usize, &(Ipv4Addr, u16))| {
            format!(
                "{number:4}: {}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {}\n",
                turned(*addr),
                20_000 + number
            )
        };
        format!("{head}{}", open.iter().enumerate().map(line).collect::<String>())
    }
}

fn flags(link: &Link) -> u32 {
    let mut flags = u32::from(link.up);
    flags |= match &link.kind {
        Kind::Loopback => 0x48,
        Kind::Ipip(tunnel) => 0x10 * u32::from(tunnel.remote.is_some()),
        _ => 0x1002,
    };
    flags |= 0x80 * u32::from(link.noarp) + 0x100 * u32::from(link.promisc);
    flags
}
