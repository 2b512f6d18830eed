//! `nc`, as the OpenBSD one is: ask whether a port is open, or listen.

use super::{Call, Output};
use crate::net::filter::set::short_address;
use crate::net::network::Network;
use crate::net::services::{name_of, port_of};
use crate::net::socket::{Listener, Transport};
use crate::net::walk::{Answer, Outcome, Probe};
use std::net::Ipv4Addr;

const USAGE: &str = "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
\t  [destination] [port]
";
/// What is modelled of its options, as its help tells them.
const OPTIONS: &str = "\tCommand Summary:
\t\t-h\t\tthis text
\t\t-k\t\tgo on listening after the first connection
\t\t-l\t\tlisten
\t\t-N\t\tclose when the input ends
\t\t-n\t\tlook no names up
\t\t-p port\t\tport on this side
\t\t-s sourceaddr\taddress on this side
\t\t-u\t\tUDP
\t\t-v\t\tsay more
\t\t-w timeout\tseconds to wait for a connection
\t\t-z\t\tonly look whether somebody listens
";
const VERSION: &str = "OpenBSD netcat (Debian patchlevel 1.219-1)\n";

/// What is asked of `nc`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// It waits for connections.
    pub(crate) listens: bool,
    /// It goes on after the first.
    pub(crate) keeps: bool,
    pub(crate) udp: bool,
    /// It only looks whether somebody listens.
    pub(crate) looks: bool,
    /// For how many seconds it waits for a connection.
    pub(crate) wait: Option<u64>,
    /// Host and ports.
    pub(crate) plain: Vec<String>,
    loud: bool,
    six: bool,
    source: Option<Ipv4Addr>,
    port: Option<u16>,
}

fn no(text: impl std::fmt::Display) -> Output {
    Output::failed(1, format!("nc: {text}"))
}

/// Reads the words behind `nc`.
pub(crate) fn read(words: &[String]) -> Result<Asked, Output> {
    let mut asked = Asked::default();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word == "--" {
            asked.plain.extend(words.by_ref().map(str::to_owned));
            break;
        }
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            asked.plain.push(word.to_owned());
            continue;
        };
        for (at, letter) in letters.char_indices() {
            if "IiMmOPpqsTVWwXx".contains(letter) {
                let value = Some(&letters[at + 1..]).filter(|value| !value.is_empty()).or_else(|| words.next());
                let lacks = || Output::failed(1, format!("nc: option requires an argument -- '{letter}'\n{USAGE}"));
                asked.take(letter, value.ok_or_else(lacks)?)?;
                break;
            }
            match letter {
                'h' => return Err(Output { stderr: format!("{VERSION}{USAGE}{OPTIONS}"), ..Output::default() }),
                'l' => asked.listens = true,
                'k' => asked.keeps = true,
                'u' => asked.udp = true,
                'v' => asked.loud = true,
                'z' => asked.looks = true,
                '6' => asked.six = true,
                'U' | 'F' | 'S' | 'Z' if asked.plain.is_empty() && letter != 'Z' => {
                    return Err(no(format!("`-{letter}` is not modelled")));
                }
                '4' | 'b' | 'C' | 'D' | 'd' | 'N' | 'n' | 'r' | 't' | 'Z' => {}
                odd => return Err(Output::failed(1, format!("nc: invalid option -- '{odd}'\n{USAGE}"))),
            }
        }
    }
    if asked.listens && asked.looks {
        return Err(no("cannot use -z and -l"));
    }
    if asked.plain.is_empty() && !(asked.listens && asked.port.is_some()) {
        return Err(Output::failed(1, USAGE));
    }
    Ok(asked)
}

impl Asked {
    fn take(&mut self, letter: char, value: &str) -> Result<(), Output> {
        match letter {
            'p' => self.port = Some(port(value, self.udp)?),
            'w' => self.wait = Some(value.parse().map_err(|_| no(format!("timeout invalid: {value}")))?),
            's' => {
                let odd = || no(format!("getaddrinfo for host \"{value}\" port (null): Name or service not known"));
                self.source = Some(short_address(value).ok_or_else(odd)?);
            }
            'q' if value.parse::<i32>().is_err() => return Err(no(format!("quit timer invalid: {value}"))),
            'V' => return Err(no("no alternate routing table support available")),
            'X' | 'x' | 'P' | 'M' | 'm' => return Err(no(format!("`-{letter}` is not modelled"))),
            _ => {}
        }
        Ok(())
    }

    fn transport(&self) -> Transport {
        if self.udp { Transport::Udp } else { Transport::Tcp }
    }
}

fn port(word: &str, udp: bool) -> Result<u16, Output> {
    let known = port_of(word, if udp { Transport::Udp } else { Transport::Tcp });
    match (known, word.parse::<i64>()) {
        (Some(port), _) => Ok(port),
        (_, Ok(number)) if number < 1 => Err(no(format!("port number too small: {word}"))),
        (_, Ok(number)) => u16::try_from(number).map_err(|_| no(format!("port number too large: {word}"))),
        _ => Err(no(format!("port number invalid: {word}"))),
    }
}

/// The ports of `80`, `http` or `80-90`, as many words as there are.
fn ports(words: &[String], udp: bool) -> Result<Vec<u16>, Output> {
    let mut all = Vec::new();
    for word in words {
        let range = word.split_once('-').filter(|(from, to)| !from.is_empty() && !to.is_empty());
        match range.filter(|_| port_of(word, Transport::Tcp).is_none()) {
            Some((from, to)) => {
                let odd = |_| no(format!("port number invalid: {word}"));
                let (from, to) = (port(from, udp).map_err(odd)?, port(to, udp).map_err(odd)?);
                all.extend(from.min(to)..=from.max(to));
            }
            None => all.push(port(word, udp)?),
        }
    }
    Ok(all)
}

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let asked = match read(&words) {
        Ok(asked) => asked,
        Err(output) => return output,
    };
    let done = if asked.listens { listen(net, call, &asked) } else { look(net, call, &asked) };
    done.unwrap_or_else(|output| output)
}

fn listen(net: &mut Network, call: Call<'_>, asked: &Asked) -> Result<Output, Output> {
    let Some(space) = net.find(call.machine, call.namespace) else { return Ok(Output::default()) };
    let (addr, number) = match (asked.plain.as_slice(), asked.port) {
        ([], Some(port)) => (asked.source.unwrap_or(Ipv4Addr::UNSPECIFIED), port),
        ([addr], Some(port)) => (short_address(addr).unwrap_or(Ipv4Addr::UNSPECIFIED), port),
        ([_], None) if asked.source.is_some() => return Err(Output::failed(1, USAGE)),
        ([number], None) => (Ipv4Addr::UNSPECIFIED, port(number, asked.udp)?),
        ([addr, number], _) => {
            let odd = || no(format!("getaddrinfo for host \"{addr}\" port {number}: Name or service not known"));
            (short_address(addr).ok_or_else(odd)?, port(number, asked.udp)?)
        }
        _ => return Err(Output::failed(1, USAGE)),
    };
    let space_has =
        |addr: Ipv4Addr| addr.is_unspecified() || net.space(space).kind_of(addr) == crate::net::route::RouteKind::Local;
    if !space_has(addr) {
        return Err(no("Cannot assign requested address"));
    }
    let listener = Listener { transport: asked.transport(), addr, port: number, owner: "nc".to_owned() };
    // It shares its port with others of its kind.
    let shares = |other: &Listener| other.clashes(&listener) && other.owner.starts_with("nc#");
    if net.space(space).listeners.iter().any(shares) {
        net.space_mut(space).listeners.push(listener);
        return Ok(Output::default());
    }
    if net.listen(space, listener) { Ok(Output::default()) } else { Err(no("Address already in use")) }
}

fn look(net: &mut Network, call: Call<'_>, asked: &Asked) -> Result<Output, Output> {
    let Some(space) = net.find(call.machine, call.namespace) else { return Ok(Output::default()) };
    let [host, numbers @ ..] = asked.plain.as_slice() else { return Err(Output::failed(1, USAGE)) };
    if numbers.is_empty() {
        return Err(no("missing port number"));
    }
    let all = ports(numbers, asked.udp)?;
    let first = all.first().copied().unwrap_or_default();
    let nobody = |why| no(format!("getaddrinfo for host \"{host}\" port {first}: {why}"));
    if asked.six {
        return Err(nobody("Address family for hostname not supported"));
    }
    let addr = short_address(host).ok_or_else(|| nobody("Name or service not known"))?;
    let mut out = Output { code: 1, ..Output::default() };
    for number in all {
        let mut probe = Probe::port(space, addr, asked.transport(), number);
        (probe.from, probe.from_port) = (asked.source, asked.port);
        let answer = net.probe(&probe, call.now);
        let (text, open) = told(asked, (host, addr), number, &answer);
        if text.is_some_and(|text| {
            out.stderr.push_str(&text);
            text.starts_with("nc: bind")
        }) {
            return Err(out);
        }
        if open {
            out.code = 0;
        }
        if open && !asked.looks {
            break;
        }
    }
    Ok(out)
}

/// What is said of one port, and whether it counts as open.
fn told(asked: &Asked, (host, addr): (&str, Ipv4Addr), port: u16, answer: &Answer) -> (Option<String>, bool) {
    let word = if asked.udp { "udp" } else { "tcp" };
    let place = if host == addr.to_string() { host.to_owned() } else { format!("{host} ({addr})") };
    // Whoever is not at home is asked for during three seconds.
    let hurried = asked.wait.is_some_and(|wait| wait < 3);
    let late = "timed out: Operation now in progress";
    let trouble = match &answer.outcome {
        Outcome::NotSent(text) if text == "Cannot assign requested address" && asked.source.is_some() => {
            return (Some(format!("nc: bind failed: {text}\n")), false);
        }
        Outcome::NotSent(text) if text == "Permission denied" && !asked.udp => "failed: Network is unreachable",
        // It does not look whether what it read could be sent.
        Outcome::NotSent(text) if asked.udp && !asked.looks && !asked.loud && text == "Operation not permitted" => "",
        Outcome::NotSent(text) => &format!("failed: {text}"),
        // Nobody is told that a datagram was refused before there is a second one.
        Outcome::Refused if asked.udp => return (None, !asked.loud),
        Outcome::Reached => "",
        _ if asked.udp => "",
        Outcome::Refused => "failed: Connection refused",
        Outcome::HostUnreachable(_) if hurried && answer.late => late,
        Outcome::HostUnreachable(_) | Outcome::Prohibited(_) | Outcome::HostProhibited(_) | Outcome::Expired(_) => {
            "failed: No route to host"
        }
        Outcome::NetUnreachable(_) | Outcome::NetProhibited(_) => "failed: Network is unreachable",
        Outcome::NoProtocol(_) => "failed: Protocol not available",
        Outcome::Silence | Outcome::TooLong(..) if asked.wait.is_some() => late,
        Outcome::Silence | Outcome::TooLong(..) => "failed: Connection timed out",
    };
    if !trouble.is_empty() {
        return (asked.loud.then(|| format!("nc: connect to {place} port {port} ({word}) {trouble}\n")), false);
    }
    let name = name_of(port, asked.transport()).unwrap_or("*");
    (asked.loud.then(|| format!("Connection to {place} {port} port [{word}/{name}] succeeded!\n")), true)
}
