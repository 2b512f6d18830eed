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

fn read<'a>(words: &[&'a str]) -> Asked<'a> {
    let mut asked = Asked { to: None, count: 4, quiet: false, size: 56, whole: false, from: None, by: None };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-c" => asked.count = words.next().and_then(|n| n.parse().ok()).unwrap_or(4),
            "-s" => asked.size = words.next().and_then(|n| n.parse().ok()).unwrap_or(56),
            "-M" => asked.whole = words.next() == Some("do"),
            "-I" => {
                let word = words.next().unwrap_or_default();
                asked.from = word.parse::<Ipv4Addr>().ok();
                asked.by = asked.from.is_none().then(|| word.to_owned());
            }
            "-W" | "-w" | "-i" | "-t" | "-Q" | "-p" | "-m" | "-l" | "-S" => drop(words.next()),
            word if word.starts_with("-c") => asked.count = word[2..].parse().unwrap_or(4),
            word if word.starts_with('-') => asked.quiet |= word.contains('q'),
            word => asked.to = Some(word),
        }
    }
    asked
}

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(space) = net.find(call.machine, call.namespace) else { return Output::default() };
    let Asked { to, count, quiet, size, whole, from, by } = read(words);
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
