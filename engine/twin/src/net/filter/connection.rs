//! What `-m conntrack` asks of a connection beside its state.

use super::text::range;
use super::track::Flow;
use crate::net::prefix::Prefix;
use std::fmt;
use std::net::Ipv4Addr;

/// An end of one direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    OrigSrc,
    OrigDst,
    ReplySrc,
    ReplyDst,
}

/// The ends by the words that options begin with, in the order they are written.
pub(crate) const SIDES: [(&str, Side); 4] = [
    ("ctorigsrc", Side::OrigSrc),
    ("ctorigdst", Side::OrigDst),
    ("ctreplsrc", Side::ReplySrc),
    ("ctrepldst", Side::ReplyDst),
];

impl Side {
    fn word(self) -> &'static str {
        SIDES.iter().find(|(_, side)| *side == self).map_or("", |(word, _)| word)
    }

    fn of(self, flow: &Flow) -> (Ipv4Addr, u16) {
        match self {
            Side::OrigSrc => (flow.orig.src, flow.orig.from),
            Side::OrigDst => (flow.orig.dst, flow.orig.to),
            Side::ReplySrc => (flow.reply.src, flow.reply.from),
            Side::ReplyDst => (flow.reply.dst, flow.reply.to),
        }
    }
}

/// What a connection went through, by the bits of the kernel.
pub(crate) mod status {
    pub(crate) const EXPECTED: u8 = 1;
    pub(crate) const SEEN_REPLY: u8 = 2;
    pub(crate) const CONFIRMED: u8 = 8;
    pub(crate) const NAMES: [(&str, u8); 3] =
        [("EXPECTED", EXPECTED), ("SEEN_REPLY", SEEN_REPLY), ("CONFIRMED", CONFIRMED)];
}

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Proto(u8),
    Address(Side, Prefix),
    Ports(Side, u16, u16),
    Status(u8),
    /// Whether the packet goes the way of the answers.
    Reply(bool),
}

impl Asked {
    /// The place in which it is written.
    pub(crate) fn rank(&self) -> usize {
        let place = |side: &Side| SIDES.iter().position(|(_, known)| known == side).unwrap_or(0);
        match self {
            Asked::Proto(_) => 1,
            Asked::Address(side, _) => 2 + place(side),
            Asked::Ports(side, ..) => 6 + place(side),
            Asked::Status(_) => 10,
            Asked::Reply(_) => 11,
        }
    }

    pub(super) fn fits(&self, flow: &Flow, reply: bool) -> bool {
        match self {
            Asked::Proto(number) => flow.orig.proto == *number,
            Asked::Address(side, prefix) => prefix.holds(side.of(flow).0),
            Asked::Ports(side, from, to) => (from..=to).contains(&&side.of(flow).1),
            Asked::Status(bits) => {
                let is = |on: bool, bit: u8| if on { bit } else { 0 };
                (is(flow.answered, status::SEEN_REPLY) | is(flow.confirmed, status::CONFIRMED)) & bits != 0
            }
            Asked::Reply(asked) => reply == *asked,
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asked::Proto(number) => write!(f, "ctproto {number}"),
            Asked::Address(side, prefix) if prefix.len == 32 => write!(f, "{} {}", side.word(), prefix.addr),
            Asked::Address(side, prefix) => write!(f, "{} {}/{}", side.word(), prefix.addr, prefix.len),
            Asked::Ports(side, from, to) => write!(f, "{}port {}", side.word(), range(*from, *to)),
            Asked::Status(bits) => {
                let names = status::NAMES.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| *name);
                write!(f, "ctstatus {}", names.collect::<Vec<_>>().join(","))
            }
            Asked::Reply(reply) => write!(f, "ctdir {}", if *reply { "REPLY" } else { "ORIGINAL" }),
        }
    }
}
