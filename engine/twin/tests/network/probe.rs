//! A question of a state, and how its answer is written.

use std::net::Ipv4Addr;

/// How it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Ping,
    Tcp(u16),
    Udp(u16),
}

/// `ping 10.0.0.2 [whole | looks] [size N] [ttl N] [from A] [by LINK]`, `tcp 10.0.0.2 80`, `udp 10.0.0.2 53 [port N]`.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) by: By,
    pub(crate) to: Ipv4Addr,
    pub(crate) size: Option<u32>,
    /// As `ping -M` says it: who may cut it.
    pub(crate) cut: &'static str,
    pub(crate) ttl: Option<u8>,
    pub(crate) from: Option<Ipv4Addr>,
    pub(crate) from_port: Option<u16>,
    pub(crate) link: Option<String>,
}

impl Question {
    pub(crate) fn read(words: &[&str]) -> Option<Question> {
        let (by, to, mut rest) = match words {
            ["ping", to, rest @ ..] => (By::Ping, to, rest),
            ["tcp", to, port, rest @ ..] => (By::Tcp(port.parse().ok()?), to, rest),
            ["udp", to, port, rest @ ..] => (By::Udp(port.parse().ok()?), to, rest),
            _ => return None,
        };
        let mut question = Question {
            by,
            to: to.parse().ok()?,
            size: None,
            cut: "dont",
            ttl: None,
            from: None,
            from_port: None,
            link: None,
        };
        loop {
            rest = match rest {
                [] => return Some(question),
                ["whole", more @ ..] => {
                    question.cut = "do";
                    more
                }
                ["looks", more @ ..] => {
                    question.cut = "want";
                    more
                }
                ["size", size, more @ ..] => {
                    question.size = Some(size.parse().ok()?);
                    more
                }
                ["ttl", ttl, more @ ..] => {
                    question.ttl = Some(ttl.parse().ok()?);
                    more
                }
                ["from", from, more @ ..] => {
                    question.from = Some(from.parse().ok()?);
                    more
                }
                ["port", port, more @ ..] => {
                    question.from_port = Some(port.parse().ok()?);
                    more
                }
                ["by", link, more @ ..] => {
                    question.link = Some((*link).to_owned());
                    more
                }
                _ => return None,
            };
        }
    }
}
