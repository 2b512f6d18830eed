//! `ping`, as iputils writes it.

use super::{Call, Output};
use crate::net::network::Network;
use crate::net::walk::{Outcome, Probe};
use std::net::Ipv4Addr;

struct Asked<'a> {
    to: Option<&'a str>,
    count: u32,
    quiet: bool,
    size: u32,
    whole: bool,
    from: Option<Ipv4Addr>,
    by: Option<String>,
}

/// Letters that take a value; of those, what the network does not look at is read and left.
const WITH_VALUE: &str = "cFIiLlMmpQsStWwe";
/// Letters that take none.
const PLAIN: &str = "46aABbdDfhHnOqrRUvV";

fn read<'a>(words: &[&'a str]) -> Result<Asked<'a>, String> {
    let mut asked = Asked { to: None, count: 4, quiet: false, size: 56, whole: false, from: None, by: None };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            asked.to = Some(word);
            continue;
        };
        for (at, letter) in letters.char_indices() {
            if WITH_VALUE.contains(letter) {
                let value = match &letters[at + 1..] {
                    "" => words.next().ok_or_else(|| format!("option requires an argument -- '{letter}'"))?,
                    value => value,
                };
                asked.take(letter, value)?;
                break;
            }
            if !PLAIN.contains(letter) {
                return Err(format!("invalid option -- '{letter}'"));
            }
            asked.quiet |= letter == 'q';
        }
    }
    Ok(asked)
}

impl Asked<'_> {
    fn take(&mut self, letter: char, value: &str) -> Result<(), String> {
        match letter {
            'c' => self.count = value.parse().map_err(|_| format!("invalid argument: '{value}'"))?,
            's' => self.size = value.parse().map_err(|_| format!("invalid argument: '{value}'"))?,
            'M' => self.whole = value == "do",
            'I' => {
                self.from = value.parse::<Ipv4Addr>().ok();
                self.by = self.from.is_none().then(|| value.to_owned());
            }
            _ => {}
        }
        Ok(())
    }
}

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(space) = net.find(call.machine, call.namespace) else { return Output::default() };
    let Asked { to, count, quiet, size, whole, from, by } = match read(words) {
        Ok(asked) => asked,
        Err(why) => return Output::failed(2, format!("ping: {why}")),
    };
    let Some(name) = to else { return Output::failed(1, "ping: usage error: Destination address required") };
    let Ok(addr) = name.parse::<Ipv4Addr>() else {
        return Output::failed(2, format!("ping: {name}: Name or service not known"));
    };
    if let Some(link) = by.as_deref().filter(|link| net.space(space).index(link).is_none()) {
        return Output::failed(2, format!("ping: unknown iface: {link}"));
    }
    let probe = Probe { size, whole, from, by, ..Probe::ping(space, addr) };
    let count = count.clamp(1, 1000);
    let mut out = Output::default();
    let (mut received, mut errors, mut body) = (0, 0, String::new());
    for seq in 1..=count {
        let answer = net.probe(&probe, call.now + i64::from(seq) * 1000);
        let line = match answer.outcome {
            Outcome::Reached => {
                received += 1;
                format!("{} bytes from {addr}: icmp_seq={seq} ttl=64 time=0.300 ms", size + 8)
            }
            Outcome::NotSent(text) if text == "Operation not permitted" => continue,
            Outcome::NotSent(text) if text == "Cannot assign requested address" => {
                return Output::failed(2, format!("ping: bind: {text}"));
            }
            Outcome::NotSent(text) if text == "Permission denied" => {
                return Output::failed(
                    2,
                    "ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules",
                );
            }
            Outcome::NotSent(text) => return Output::failed(2, format!("ping: connect: {text}")),
            Outcome::TooLong(mtu, None) => {
                errors += 1;
                out.stderr.push_str(&format!("ping: local error: message too long, mtu={mtu}\n"));
                continue;
            }
            outcome => match said(&outcome, seq) {
                Some(text) => {
                    errors += 1;
                    text
                }
                None => continue,
            },
        };
        if !quiet {
            body.push_str(&format!("{line}\n"));
        }
    }
    let source = probe.from.map(|from| format!(" from {from} :")).unwrap_or_default();
    out.stdout = format!("PING {name} ({addr}){source} {size}({}) bytes of data.\n{body}", size + 28);
    out.stdout.push_str(&statistics(name, count, received, errors));
    out.code = i32::from(received == 0);
    out
}

fn statistics(name: &str, count: u32, received: u32, errors: u32) -> String {
    let lost = (count - received) * 100 / count;
    let wrong = if errors > 0 { format!("+{errors} errors, ") } else { String::new() };
    let time = (count - 1) * 1000;
    let last = if received > 0 { "rtt min/avg/max/mdev = 0.300/0.300/0.300/0.000 ms" } else { "" };
    let sums = format!("{count} packets transmitted, {received} received, {wrong}{lost}% packet loss, time {time}ms");
    format!("\n--- {name} ping statistics ---\n{sums}\n{last}\n")
}

fn said(outcome: &Outcome, seq: u32) -> Option<String> {
    Some(match outcome {
        Outcome::HostUnreachable(who) => format!("From {who} icmp_seq={seq} Destination Host Unreachable"),
        Outcome::NetUnreachable(who) => format!("From {who} icmp_seq={seq} Destination Net Unreachable"),
        Outcome::Prohibited(who) => format!("From {who} icmp_seq={seq} Packet filtered"),
        Outcome::Expired(who) => format!("From {who} icmp_seq={seq} Time to live exceeded"),
        Outcome::Refused => format!("icmp_seq={seq} Destination Port Unreachable"),
        Outcome::TooLong(mtu, Some(who)) => format!("From {who} icmp_seq={seq} Frag needed and DF set (mtu = {mtu})"),
        Outcome::Reached | Outcome::Silence | Outcome::NotSent(_) | Outcome::TooLong(_, None) => return None,
    })
}
