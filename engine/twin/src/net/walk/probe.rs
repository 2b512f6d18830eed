//! A question put to the network: does this reach that, and if not, who said no.

use super::packet::{Body, Packet, Segment, Trouble};
use super::{Walk, Why};
use crate::net::errno::Errno;
use crate::net::network::{Network, SpaceId};
use crate::net::route::RouteKind;
use crate::net::socket::Transport;
use crate::net::sysctl::Plain;
use std::net::Ipv4Addr;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// From which namespace.
    pub space: SpaceId,
    /// To which address.
    pub to: Ipv4Addr,
    /// `None` for an ICMP echo, else the transport and its port.
    pub port: Option<(Transport, u16)>,
    /// A source address of one's own choice.
    pub from: Option<Ipv4Addr>,
    /// A source port of one's own choice.
    pub from_port: Option<u16>,
    /// A link to send by.
    pub by: Option<String>,
    /// Bytes behind the headers; the echo of `ping` has 56.
    pub size: u32,
    /// Whether nobody may cut it into pieces.
    pub whole: bool,
    /// Whether anybody may cut it. Where neither is said the kernel looks for what the way takes: it cuts what it knows to
    /// be too long, and lets nobody cut what it does not.
    pub loose: bool,
    /// How many hops it may take; as many as the namespace gives its packets when none is said.
    pub ttl: Option<u8>,
}

impl Probe {
    /// An ICMP echo.
    pub fn ping(space: SpaceId, to: Ipv4Addr) -> Probe {
        let (from, from_port, by, ttl) = (None, None, None, None);
        Probe { space, to, port: None, from, from_port, by, size: 56, whole: false, loose: false, ttl }
    }

    /// A TCP connection or a UDP datagram.
    pub fn port(space: SpaceId, to: Ipv4Addr, transport: Transport, port: u16) -> Probe {
        Probe { port: Some((transport, port)), size: 1, ..Probe::ping(space, to) }
    }
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There and back.
    Reached,
    /// Reached, and nothing listens there, or a filter says so.
    Refused,
    /// Somebody on the way said that the host cannot be reached: who.
    HostUnreachable(Ipv4Addr),
    /// Somebody on the way has no route: who.
    NetUnreachable(Ipv4Addr),
    /// Somebody on the way does not let it pass: who.
    Prohibited(Ipv4Addr),
    /// The same, said of the whole network.
    NetProhibited(Ipv4Addr),
    /// The same, said of the host.
    HostProhibited(Ipv4Addr),
    /// Reached, and the host says that it does not know the protocol: who says so.
    NoProtocol(Ipv4Addr),
    /// The time to live ran out at that machine.
    Expired(Ipv4Addr),
    /// Too long for the way: what would fit, and who said so (`None`: this namespace itself).
    TooLong(u32, Option<Ipv4Addr>),
    /// The kernel refused to send: its text.
    NotSent(String),
    /// Nobody ever answers.
    Silence,
}

/// The answer to a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How it went.
    pub outcome: Outcome,
    /// The source address that the receiver saw.
    pub seen: Option<Ipv4Addr>,
    /// For every "no": where, and what said it.
    pub why: Option<Why>,
    /// The address it was sent from.
    pub sent_from: Option<Ipv4Addr>,
    /// The namespace and the port that heard it.
    pub at: Option<(SpaceId, u16)>,
    /// Whether that was said only after the seconds in which a neighbour was asked for in vain.
    pub late: bool,
    /// Whether a filter of its own namespace kept it back and had that said.
    pub kept: bool,
    /// Who sent the packet that settled it, and the hops that packet had left.
    pub said_by: Option<(Ipv4Addr, u8)>,
}

/// The answer to a probe, and what it rests on.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) answer: Answer,
    /// The namespaces that had a part in it, sorted, each with the addresses that were asked for or seen there.
    pub(crate) visited: Vec<(SpaceId, Ipv4Addr)>,
    /// The ports that packets were for when chains judged them.
    pub(crate) ports: Vec<u16>,
    /// When the first of the neighbours that were trusted in is to be asked again.
    pub(crate) fades: i64,
}

impl Network {
    /// Puts a question to the network. What the packets teach it on their way (neighbours, flows, path MTUs) stays.
    pub fn probe(&mut self, probe: &Probe, now: i64) -> Answer {
        self.probe_and_tell(probe, now).answer
    }

    /// The same, with what the answer rests on.
    pub(crate) fn probe_and_tell(&mut self, probe: &Probe, now: i64) -> Told {
        let mut visited: Vec<(SpaceId, Ipv4Addr)> =
            self.sockets_of(probe.space).map(|host| (host, probe.to)).into_iter().collect();
        let turned = match self.turned_at_the_socket(probe) {
            None => None,
            Some(Some(turned)) => Some(turned),
            Some(None) => {
                let why = Why {
                    place: self.place(probe.space),
                    said: format!("the service {} has nothing behind it", probe.to),
                };
                let outcome = Outcome::NotSent(Errno::HostUnreachable.text().to_owned());
                let (seen, at, said_by) = (None, None, None);
                let (late, kept, sent_from) = (false, false, None);
                let answer = Answer { outcome, seen, why: Some(why), sent_from, at, late, kept, said_by };
                return Told { answer, visited, ports: Vec::new(), fades: i64::MAX };
            }
        };
        let probe = turned.as_ref().unwrap_or(probe);
        for id in std::mem::take(&mut self.loose) {
            if self.space(id).flows.iter().any(|flow| !flow.confirmed) {
                self.taught(id).flows.retain(|flow| flow.confirmed);
            }
        }
        let mut walk = Walk::new(self, now);
        let sent = walk.begin(probe);
        let (from, answer) = match sent {
            Ok(from) => (Some(from), None),
            Err((errno, from)) => (from, Some(errno)),
        };
        walk.settle();
        visited.append(walk.visited.get_mut());
        visited.sort_unstable();
        visited.dedup();
        let (ports, fades) = (std::mem::take(&mut walk.ports), walk.fades);
        Told { answer: walk.conclude(probe, from, answer), visited, ports, fades }
    }
}

impl Network {
    /// The machine of a namespace, where programs of Cilium's sit at its sockets.
    fn sockets_of(&self, space: SpaceId) -> Option<SpaceId> {
        let host = self.find(&self.space(space).machine, "")?;
        self.space(host).maps.as_ref().is_some_and(|maps| maps.sockets).then_some(host)
    }

    /// What Cilium's programs at the sockets of a machine make of a connection to a service, in all its namespaces:
    /// the same to a backend, or nothing where there is none.
    fn turned_at_the_socket(&self, probe: &Probe) -> Option<Option<Probe>> {
        let (transport, port) = probe.port?;
        let maps = self.space(self.sockets_of(probe.space)?).maps.as_ref()?;
        let chance = self.space(probe.space).next_port;
        let chosen = maps.backend((probe.to, port, transport), chance)?;
        Some(chosen.map(|(to, port)| Probe { to, port: Some((transport, port)), ..probe.clone() }))
    }
}

/// A refusal to send, with the source it would have had.
type NotSent = (Sent, Option<Ipv4Addr>);

enum Sent {
    No(Errno),
    TooLong(u32),
}

impl Walk<'_> {
    fn begin(&mut self, probe: &Probe) -> Result<Ipv4Addr, NotSent> {
        let id = probe.space;
        let oif = match &probe.by {
            None => None,
            Some(name) => Some(self.net.space(id).index(name).ok_or((Sent::No(Errno::NoDevice), None))?),
        };
        if let Some(from) = probe.from
            && self.net.space(id).kind_of(from) != RouteKind::Local
        {
            return Err((Sent::No(Errno::NotAvailable), None));
        }
        let echo = probe.port.is_none();
        let head = if matches!(probe.port, Some((Transport::Tcp, _))) { 60 } else { 28 + probe.size };
        let space = self.net.taught(id);
        space.next_port = if space.next_port >= 60_999 { 32_768 } else { space.next_port + 1 };
        let number = probe.from_port.unwrap_or(space.next_port);
        let body = match probe.port {
            None => Body::Echo { id: number, reply: false },
            Some((transport, to)) => {
                let segment = if transport == Transport::Tcp { Segment::Syn } else { Segment::Data };
                Body::Ports { transport, from: number, to, segment }
            }
        };
        let mut packet = Packet::new(probe.from.unwrap_or(Ipv4Addr::UNSPECIFIED), probe.to, head, body);
        packet.ttl = probe.ttl.unwrap_or_else(|| self.hops(id));
        let found = self.route_out(id, &packet, oif).map_err(|errno| (Sent::No(errno), None))?;
        if found.kind == RouteKind::Broadcast {
            return Err((Sent::No(Errno::Access), None));
        }
        self.set_source(id, &mut packet, &found).map_err(|errno| (Sent::No(errno), None))?;
        let src = packet.src;
        let mtu = self.path_mtu(id, probe.to, &found, true);
        if probe.whole && head > mtu {
            return Err((Sent::TooLong(mtu), Some(src)));
        }
        // `ping` says which it wants.
        let looks = !probe.loose && (echo || !self.net.space(id).sysctls.is_on(Plain::NO_PMTU_DISC));
        packet.df = probe.whole || (looks && head <= mtu);
        // What the chains do to an echo after its program has chosen the way reaches no program.
        let told = |errno| (Sent::No(if echo { Errno::Perm } else { errno }), Some(src));
        self.send_found(id, packet, &found).map_err(told)?;
        Ok(src)
    }

    fn conclude(mut self, probe: &Probe, from: Option<Ipv4Addr>, not_sent: Option<Sent>) -> Answer {
        let (mut seen, mut at, mut said_by) = (None, None, None);
        let (mut outcome, mut late) = (None, false);
        for heard in std::mem::take(&mut self.heard) {
            match &heard.packet.body {
                Body::Echo { reply: false, .. } if probe.port.is_none() => seen = seen.or(Some(heard.packet.src)),
                Body::Ports { segment: Segment::Syn | Segment::Data, to, .. } => {
                    at = at.or(Some((heard.space, *to)));
                    seen = seen.or(Some(heard.packet.src));
                }
                _ => {}
            }
            if heard.space == probe.space && outcome.is_none() {
                outcome = self.outcome(probe, from, &heard.packet);
                late =
                    outcome.is_some() && matches!(heard.packet.body, Body::Error { trouble: Trouble::Neighbour, .. });
                said_by = outcome.as_ref().map(|_| (heard.packet.src, heard.packet.ttl));
            }
        }
        let tcp = matches!(probe.port, Some((Transport::Tcp, _)));
        let kept = outcome.is_some() && probe.port.is_none() && matches!(not_sent, Some(Sent::No(Errno::Perm)));
        let outcome = match (outcome, not_sent) {
            (Some(outcome), _) if tcp || kept => outcome,
            (_, Some(Sent::No(Errno::Perm))) if tcp => Outcome::Silence,
            (_, Some(Sent::No(errno))) => Outcome::NotSent(errno.text().to_owned()),
            (_, Some(Sent::TooLong(mtu))) => Outcome::TooLong(mtu, None),
            (Some(outcome), None) => outcome,
            (None, None) => Outcome::Silence,
        };
        let why = if outcome == Outcome::Reached { None } else { self.reason(probe, &outcome) };
        Answer { outcome, seen, why, sent_from: from, at, late, kept, said_by }
    }

    fn reason(&mut self, probe: &Probe, outcome: &Outcome) -> Option<Why> {
        if let Some(first) = self.why.first() {
            return Some(first.clone());
        }
        let said = match outcome {
            Outcome::NotSent(text) => format!("the kernel refuses to send: {text}"),
            Outcome::TooLong(mtu, _) => format!("too long: {mtu} bytes would pass"),
            _ => "nothing came back".to_owned(),
        };
        Some(Why { place: self.net.place(probe.space), said })
    }

    fn outcome(&self, probe: &Probe, from: Option<Ipv4Addr>, packet: &Packet) -> Option<Outcome> {
        let ours = from.is_none_or(|from| packet.dst == from);
        match &packet.body {
            Body::Echo { reply: true, .. } if probe.port.is_none() && ours => Some(Outcome::Reached),
            Body::Ports { segment: Segment::SynAck, .. } if packet.src == probe.to && ours => Some(Outcome::Reached),
            Body::Ports { segment: Segment::Rst, .. } if packet.src == probe.to && ours => Some(Outcome::Refused),
            Body::Error {
                trouble: Trouble::Net | Trouble::Host | Trouble::Neighbour | Trouble::TooLong(_) | Trouble::Ttl,
                ..
            } if matches!(probe.port, Some((Transport::Udp, _))) => None,
            Body::Error { trouble, about } if about.dst == probe.to && from.is_none_or(|from| about.src == from) => {
                Some(match trouble {
                    Trouble::Net => Outcome::NetUnreachable(packet.src),
                    Trouble::Host | Trouble::Neighbour => Outcome::HostUnreachable(packet.src),
                    Trouble::Port => Outcome::Refused,
                    Trouble::Protocol => Outcome::NoProtocol(packet.src),
                    Trouble::TooLong(mtu) => Outcome::TooLong(*mtu, Some(packet.src)),
                    Trouble::NetProhibited => Outcome::NetProhibited(packet.src),
                    Trouble::HostProhibited => Outcome::HostProhibited(packet.src),
                    Trouble::Prohibited => Outcome::Prohibited(packet.src),
                    Trouble::Ttl => Outcome::Expired(packet.src),
                })
            }
            _ => None,
        }
    }
}
