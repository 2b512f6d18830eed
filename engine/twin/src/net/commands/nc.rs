//! `nc`, as the OpenBSD one is: ask whether a port is open, or listen.

use super::{Call, Output};
use crate::net::network::Network;
use crate::net::socket::{Listener, Transport};
use crate::net::walk::{Outcome, Probe};
use std::net::Ipv4Addr;

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(space) = net.find(call.machine, call.namespace) else { return Output::default() };
    let (mut listen, mut udp, mut loud, mut source) = (false, false, false, None);
    let mut port = None;
    let mut plain = Vec::new();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-s" => source = words.next().and_then(|w| w.parse::<Ipv4Addr>().ok()),
            "-p" => port = words.next().and_then(|w| w.parse::<u16>().ok()),
            "-w" | "-i" | "-q" | "-I" | "-O" | "-X" | "-x" | "-T" | "-W" | "-m" | "-M" => drop(words.next()),
            word if word.starts_with('-') => {
                listen |= word.contains('l');
                udp |= word.contains('u');
                loud |= word.contains('v');
                if word.ends_with('p') {
                    port = words.next().and_then(|w| w.parse::<u16>().ok());
                } else if word.ends_with('w') {
                    words.next();
                }
            }
            word => plain.push(word),
        }
    }
    let transport = if udp { Transport::Udp } else { Transport::Tcp };
    if listen {
        let (addr, number) = match plain.as_slice() {
            [number] => ("0.0.0.0", number.parse().ok()),
            [addr, number, ..] => (*addr, number.parse().ok()),
            [] => ("0.0.0.0", port),
        };
        let (Ok(addr), Some(number)) = (addr.parse::<Ipv4Addr>(), number.or(port)) else {
            return Output::failed(1, "nc: missing port number");
        };
        let listener = Listener { transport, addr, port: number, owner: "nc".to_owned() };
        return if net.listen(space, listener) {
            Output::default()
        } else {
            Output::failed(1, "nc: Address already in use")
        };
    }
    let [host, number, ..] = plain.as_slice() else { return Output::failed(1, "nc: missing hostname and port") };
    let Ok(number) = number.parse::<u16>() else {
        return Output::failed(1, format!("nc: port number invalid: {number}"));
    };
    let Ok(addr) = host.parse::<Ipv4Addr>() else {
        return Output::failed(
            1,
            format!("nc: getaddrinfo for host \"{host}\" port {number}: Name or service not known"),
        );
    };
    let mut probe = Probe::port(space, addr, transport, number);
    probe.from = source;
    probe.from_port = port;
    let answer = net.probe(&probe, call.now);
    let word = if udp { "udp" } else { "tcp" };
    let trouble = match answer.outcome {
        Outcome::Reached => None,
        Outcome::Silence if udp => None,
        Outcome::Refused => Some("Connection refused"),
        Outcome::HostUnreachable(_) | Outcome::Prohibited(_) => Some("No route to host"),
        Outcome::NetUnreachable(_) => Some("Network is unreachable"),
        Outcome::NotSent(text) => return told(host, number, word, loud, &text),
        Outcome::Silence | Outcome::Expired(_) | Outcome::TooLong(..) => Some("Connection timed out"),
    };
    match trouble {
        Some(text) => told(host, number, word, loud, text),
        None if loud => {
            let said = format!("Connection to {host} {number} port [{word}/*] succeeded!\n");
            Output { stdout: String::new(), stderr: said, code: 0 }
        }
        None => Output::default(),
    }
}

fn told(host: &str, port: u16, word: &str, loud: bool, text: &str) -> Output {
    let said = if loud { format!("nc: connect to {host} port {port} ({word}) failed: {text}") } else { String::new() };
    Output::failed(1, said)
}
