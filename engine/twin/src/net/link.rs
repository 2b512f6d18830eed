//! One network interface: what `ip link` shows, and what the walk asks of it.

pub(crate) use super::bridging::{Bridge, Port, Station};
use super::network::SpaceId;
use super::prefix::Prefix;
pub(crate) use super::qdisc::Qdisc;
use crate::mix::{START, mixed};
use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// An Ethernet address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Mac(pub(crate) [u8; 6]);

impl Mac {
    pub(crate) const BROADCAST: Mac = Mac([0xff; 6]);
    pub(crate) const ZERO: Mac = Mac([0; 6]);

    pub(crate) fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }

    pub(crate) fn read(text: &str) -> Option<Mac> {
        let mut octets = [0; 6];
        let mut parts = text.split(':');
        for octet in &mut octets {
            *octet = u8::from_str_radix(parts.next()?, 16).ok()?;
        }
        parts.next().is_none().then_some(Mac(octets))
    }

    /// An address made from words, the same for the same words: locally administered, never a group.
    pub(crate) fn made_of(words: &[&str]) -> Mac {
        let mut hash = mixed(START, words.iter().flat_map(|word| word.bytes().chain([0])));
        hash ^= hash >> 29;
        let bytes = hash.to_be_bytes();
        Mac([(bytes[2] & 0xfc) | 2, bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]])
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// How far an address or a route reaches; a smaller number reaches further.
pub(crate) mod scope {
    pub(crate) const UNIVERSE: u8 = 0;
    pub(crate) const SITE: u8 = 200;
    pub(crate) const LINK: u8 = 253;
    pub(crate) const HOST: u8 = 254;
    pub(crate) const NOWHERE: u8 = 255;
}

/// An address on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) local: Prefix,
    /// The other end of a point-to-point address.
    pub(crate) peer: Option<Prefix>,
    pub(crate) broadcast: Option<Ipv4Addr>,
    pub(crate) scope: u8,
    pub(crate) secondary: bool,
    pub(crate) noprefixroute: bool,
    pub(crate) label: String,
    pub(crate) metric: u32,
    /// When it ends to be valid and to be preferred, in milliseconds, where it was given for a time.
    pub(crate) until: Option<[Option<i64>; 2]>,
}

impl Address {
    /// The prefix that lies behind the link.
    pub(crate) fn subnet(&self) -> Prefix {
        self.peer.unwrap_or(self.local).network()
    }
}

/// Where a VXLAN device sends what it has for an Ethernet address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) addr: Ipv4Addr,
    pub(crate) port: Option<u16>,
    pub(crate) vni: Option<u32>,
    /// The link it is sent by, whatever the routes say.
    pub(crate) via: Option<u32>,
    pub(crate) learned: bool,
    pub(crate) noted: &'static str,
}

/// A VXLAN device, or a GENEVE one, which differs in its header and its port, and learns nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vxlan {
    pub(crate) geneve: bool,
    pub(crate) vni: u32,
    pub(crate) port: u16,
    pub(crate) local: Option<Ipv4Addr>,
    pub(crate) lower: Option<u32>,
    pub(crate) learning: bool,
    pub(crate) external: bool,
    pub(crate) ttl: u8,
    pub(crate) tos: u8,
    pub(crate) ageing: u32,
    /// Its word of whether what it sends may be cut, where it has one.
    pub(crate) df: Option<&'static str>,
    /// Whoever sends by it takes all of it along: it is shared until somebody learns.
    pub(crate) fdb: Arc<BTreeMap<Mac, Vec<Remote>>>,
    /// The namespace of its UDP socket: where it was made, wherever it is moved to.
    pub(crate) home: SpaceId,
}

/// A device that wraps packets in packets, with nothing between the headers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Ipip {
    pub(crate) local: Option<Ipv4Addr>,
    /// Where all of it goes; without one each packet goes to the gateway of its route.
    pub(crate) remote: Option<Ipv4Addr>,
    pub(crate) lower: Option<u32>,
    pub(crate) ttl: u8,
    /// Whether what it sends may never be cut.
    pub(crate) whole: bool,
    /// The one that the module brings with it, and that goes with it alone.
    pub(crate) base: bool,
}

impl Ipip {
    /// The name of the one that comes with the module.
    pub(crate) const BASE: &str = "tunl0";
}

/// What a link is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Loopback,
    /// A card on a shared Ethernet segment of that name.
    Physical {
        segment: String,
        cable: bool,
        driver: String,
    },
    Dummy,
    Ifb,
    Veth {
        space: SpaceId,
        index: u32,
    },
    Bridge(Bridge),
    Vxlan(Vxlan),
    Ipip(Ipip),
    /// One that a datapath of Open vSwitch brings with it, and that goes with it alone.
    Ovs,
    Vlan {
        lower: u32,
        id: u16,
    },
    /// Kept as data: no kernel here has it to be asked.
    Unproven {
        kind: String,
        words: Vec<String>,
    },
}

impl Kind {
    /// The word after `type`.
    pub(crate) fn word(&self) -> &str {
        match self {
            Kind::Loopback | Kind::Physical { .. } => "",
            Kind::Dummy => "dummy",
            Kind::Ifb => "ifb",
            Kind::Veth { .. } => "veth",
            Kind::Bridge(_) => "bridge",
            Kind::Vxlan(tunnel) => {
                if tunnel.geneve {
                    "geneve"
                } else {
                    "vxlan"
                }
            }
            Kind::Ipip(_) => "ipip",
            Kind::Ovs => "openvswitch",
            Kind::Vlan { .. } => "vlan",
            Kind::Unproven { kind, .. } => kind,
        }
    }

    /// The smallest and the greatest MTU that it tells of; 0 is none.
    pub(crate) fn mtus(&self) -> (u32, u32) {
        match self {
            Kind::Loopback | Kind::Dummy => (0, 0),
            Kind::Ipip(_) => (68, 65515),
            _ => (68, 65535),
        }
    }
}

/// Where a program sits on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    /// What comes in, after the link took it.
    Ingress,
    /// What goes out.
    Egress,
    /// What comes in, before anything else.
    Xdp,
}

/// A program at a seat: the place where a CNI's own data path is modelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// Known by its name alone; lets everything pass.
    Named(String),
    /// Drops everything: what a program does that cannot read its maps.
    Drops(String),
    /// One of Cilium's: does what the maps of its machine say.
    Cilium(Duty),
}

/// What a program of Cilium's is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// What a pod sends.
    FromContainer,
    /// What the machine sends to pods.
    FromHost,
    /// What comes out of the tunnel.
    FromOverlay,
    /// What comes in by a card.
    FromNetdev,
    /// What goes out by a card.
    ToNetdev,
}

impl Duty {
    /// Its name in the kernel.
    pub fn name(self) -> &'static str {
        match self {
            Duty::FromContainer => "cil_from_container",
            Duty::FromHost => "cil_from_host",
            Duty::FromOverlay => "cil_from_overlay",
            Duty::FromNetdev => "cil_from_netdev",
            Duty::ToNetdev => "cil_to_netdev",
        }
    }
}

impl Program {
    /// Its name in the kernel.
    pub fn name(&self) -> &str {
        match self {
            Program::Named(name) | Program::Drops(name) => name,
            Program::Cilium(duty) => duty.name(),
        }
    }
}

/// The tag of a program: the kernel takes it from the program's text, we from its number.
pub(crate) fn tag_of(number: u32) -> String {
    format!("{:016x}", u64::from(number) * 0x9e37_79b9)
}

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) mac: Mac,
    pub(crate) mtu: u32,
    pub(crate) up: bool,
    pub(crate) master: Option<u32>,
    pub(crate) port: Port,
    pub(crate) addresses: Vec<Address>,
    pub(crate) programs: Vec<(Seat, Program)>,
    /// The number the kernel has given to the early one of them.
    pub(crate) early: u32,
    /// Those that somebody has put there.
    pub(crate) qdiscs: Vec<Qdisc>,
    /// Whether it has been up here: only then it gets what holds what it sends.
    pub(crate) was_up: bool,
    pub(crate) promisc: bool,
    pub(crate) allmulti: bool,
    pub(crate) multicast: bool,
    pub(crate) group: u32,
    pub(crate) altnames: Vec<String>,
    pub(crate) noarp: bool,
    pub(crate) alias: Option<String>,
    pub(crate) txqlen: u32,
    pub(crate) features: BTreeMap<String, bool>,
}

impl Link {
    pub(crate) fn new(index: u32, name: &str, kind: Kind, mac: Mac) -> Link {
        Link {
            index,
            name: name.to_owned(),
            noarp: matches!(kind, Kind::Ifb | Kind::Dummy | Kind::Ipip(_)),
            multicast: !matches!(kind, Kind::Ifb | Kind::Dummy | Kind::Ipip(_) | Kind::Loopback),
            kind,
            mac,
            mtu: 1500,
            up: false,
            master: None,
            port: Port::default(),
            addresses: Vec::new(),
            programs: Vec::new(),
            early: 0,
            qdiscs: Vec::new(),
            was_up: false,
            promisc: false,
            allmulti: false,
            group: 0,
            altnames: Vec::new(),
            alias: None,
            txqlen: 1000,
            features: BTreeMap::new(),
        }
    }

    /// The number and the name of its early program.
    pub(crate) fn early(&self) -> Option<(u32, &str)> {
        let (_, program) = self.programs.iter().find(|(seat, _)| *seat == Seat::Xdp)?;
        Some((self.early, program.name()))
    }

    /// What holds what it sends; nothing as long as it has never been up.
    pub(crate) fn root_qdisc(&self) -> Option<Qdisc> {
        let own = self.qdiscs.iter().find(|qdisc| qdisc.root).cloned();
        let kind = if matches!(self.kind, Kind::Physical { .. }) { "fq_codel" } else { "noqueue" };
        own.or_else(|| (self.up || self.was_up).then(|| Qdisc { kind, major: 0, root: true, settings: String::new() }))
    }

    /// Whether it goes by a name, be it another one.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.altnames.iter().any(|other| other == name)
    }

    pub(crate) fn is_loopback(&self) -> bool {
        matches!(self.kind, Kind::Loopback)
    }

    pub(crate) fn bridge(&self) -> Option<&Bridge> {
        if let Kind::Bridge(bridge) = &self.kind { Some(bridge) } else { None }
    }

    pub(crate) fn bridge_mut(&mut self) -> Option<&mut Bridge> {
        if let Kind::Bridge(bridge) = &mut self.kind { Some(bridge) } else { None }
    }

    pub(crate) fn vxlan(&self) -> Option<&Vxlan> {
        if let Kind::Vxlan(vxlan) = &self.kind { Some(vxlan) } else { None }
    }

    pub(crate) fn vxlan_mut(&mut self) -> Option<&mut Vxlan> {
        if let Kind::Vxlan(vxlan) = &mut self.kind { Some(vxlan) } else { None }
    }

    pub(crate) fn ipip(&self) -> Option<&Ipip> {
        if let Kind::Ipip(tunnel) = &self.kind { Some(tunnel) } else { None }
    }

    /// The driver of a card, by the name its kind has where it is none.
    pub(crate) fn driver(&self) -> &str {
        match &self.kind {
            Kind::Physical { driver, .. } => driver,
            other => other.word(),
        }
    }

    /// The address of its hardware, as it is shown: a tunnel of packets in packets has an address of the network for it.
    pub(crate) fn hardware(&self) -> String {
        match &self.kind {
            Kind::Ipip(tunnel) => tunnel.local.unwrap_or(Ipv4Addr::UNSPECIFIED).to_string(),
            _ => self.mac.to_string(),
        }
    }

    /// The other end's, or everybody's.
    pub(crate) fn far_hardware(&self) -> String {
        match &self.kind {
            Kind::Ipip(tunnel) => tunnel.remote.unwrap_or(Ipv4Addr::UNSPECIFIED).to_string(),
            Kind::Loopback => Mac::ZERO.to_string(),
            _ => Mac::BROADCAST.to_string(),
        }
    }

    /// Whether there is a cable in it, where it is a card.
    pub(crate) fn has_cable(&self) -> bool {
        !matches!(self.kind, Kind::Physical { cable: false, .. })
    }

    pub(crate) fn owns(&self, addr: Ipv4Addr) -> bool {
        self.addresses.iter().any(|a| a.local.addr == addr)
    }
}
