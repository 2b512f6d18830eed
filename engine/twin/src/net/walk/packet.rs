//! What travels: frames, and packets with as much in them as a decision needs.

use crate::net::link::Mac;
use crate::net::socket::Transport;
use std::net::Ipv4Addr;

/// The state of a TCP segment or datagram that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Syn,
    SynAck,
    Rst,
    Data,
}

/// What an ICMP error says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Net,
    Host,
    /// As [`Trouble::Host`], said after the three seconds in which a neighbour was asked for in vain.
    Neighbour,
    Port,
    TooLong(u32),
    NetProhibited,
    HostProhibited,
    Prohibited,
    Ttl,
    Protocol,
}

/// What a packet carries.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Echo {
        id: u16,
        reply: bool,
    },
    Error {
        trouble: Trouble,
        about: Box<Packet>,
    },
    Ports {
        transport: Transport,
        from: u16,
        to: u16,
        segment: Segment,
    },
    /// Another packet, wrapped.
    Inside(Box<Packet>),
    Tunnel {
        from: u16,
        to: u16,
        vni: u32,
        geneve: bool,
        frame: Box<Frame>,
    },
}

/// A packet.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) src: Ipv4Addr,
    pub(crate) dst: Ipv4Addr,
    pub(crate) ttl: u8,
    pub(crate) df: bool,
    /// Its whole length, and the length of its greatest piece on the wire.
    pub(crate) len: u32,
    pub(crate) piece: u32,
    pub(crate) mark: u32,
    pub(crate) tracked: Tracked,
    /// The port of a bridge it came in by, while it is in that namespace.
    pub(crate) port: Option<u32>,
    pub(crate) body: Body,
}

/// What connection tracking made of a packet in this namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tracked {
    Unseen,
    Untracked,
    Invalid,
    Flow { id: u64, reply: bool, related: bool },
}

impl Packet {
    pub(crate) fn new(src: Ipv4Addr, dst: Ipv4Addr, len: u32, body: Body) -> Packet {
        Packet { src, dst, ttl: 64, df: false, len, piece: len, mark: 0, tracked: Tracked::Unseen, port: None, body }
    }

    /// Source and destination port, or the number of an echo as both.
    pub(crate) fn ports(&self) -> (u16, u16) {
        match &self.body {
            Body::Echo { id, .. } => (*id, *id),
            Body::Error { .. } | Body::Inside(_) => (0, 0),
            Body::Ports { from, to, .. } | Body::Tunnel { from, to, .. } => (*from, *to),
        }
    }

    /// The number of its protocol.
    pub(crate) fn protocol(&self) -> u8 {
        match &self.body {
            Body::Echo { .. } | Body::Error { .. } => 1,
            Body::Inside(_) => 4,
            Body::Ports { transport: Transport::Tcp, .. } => 6,
            Body::Ports { transport: Transport::Udp, .. } | Body::Tunnel { .. } => 17,
        }
    }

    /// What tracking and marks lose when a packet leaves a namespace or a tunnel.
    pub(crate) fn scrub(&mut self, marks_too: bool) {
        self.tracked = Tracked::Unseen;
        self.port = None;
        if marks_too {
            self.mark = 0;
        }
    }
}

/// What an Ethernet frame carries.
#[derive(Clone, Debug)]
pub(crate) enum Load {
    Ask { sender: (Mac, Ipv4Addr), target: Ipv4Addr },
    Tell { sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr) },
    Ip(Packet),
}

/// An Ethernet frame.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) src: Mac,
    pub(crate) dst: Mac,
    pub(crate) vlan: Option<u16>,
    pub(crate) load: Load,
}

impl Frame {
    /// The length that an MTU is held against.
    pub(crate) fn len(&self) -> u32 {
        match &self.load {
            Load::Ask { .. } | Load::Tell { .. } => 28,
            Load::Ip(packet) => packet.piece,
        }
    }

    pub(crate) fn scrub(&mut self, marks_too: bool) {
        if let Load::Ip(packet) = &mut self.load {
            packet.scrub(marks_too);
        }
    }
}
