//! `ping`, as iputils writes it.

use super::{Call, Output};
use crate::net::filter::set::short_address;
use crate::net::network::Network;
use crate::net::sysctl::Plain;
use crate::net::walk::{Outcome, Probe};
use std::net::Ipv4Addr;

struct Asked<'a> {
    to: Option<&'a str>,
    count: u32,
    quiet: bool,
    size: u32,
    whole: bool,
    /// Whether anybody may cut it, where that was said.
    loose: Option<bool>,
    from: Option<Ipv4Addr>,
    by: Option<String>,
    /// For how many seconds it waits for an answer.
    wait: Option<u32>,
    broadcast: bool,
    /// It prints the moment before each line.
    dated: bool,
    pattern: Option<&'a str>,
    ttl: Option<u8>,
    unknown: Option<char>,
}

const VERSION: &str = "ping from iputils 20221126
libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes
";

const USAGE: &str = "
Usage
  ping [options] <destination>

Options:
  <destination>      dns name or ip address
  -a                 use audible ping
  -A                 use adaptive ping
  -B                 sticky source address
  -c <count>         stop after <count> replies
  -C                 call connect() syscall on socket creation
  -D                 print timestamps
  -d                 use SO_DEBUG socket option
  -e <identifier>    define identifier for ping session, default is random for
                     SOCK_RAW and kernel defined for SOCK_DGRAM
                     Imply using SOCK_RAW (for IPv4 only for identifier 0)
  -f                 flood ping
  -h                 print help and exit
  -I <interface>     either interface name or address
  -i <interval>      seconds between sending each packet
  -L                 suppress loopback of multicast packets
  -l <preload>       send <preload> number of packages while waiting replies
  -m <mark>          tag the packets going out
  -M <pmtud opt>     define mtu discovery, can be one of <do|dont|want>
  -n                 no dns name resolution
  -O                 report outstanding replies
  -p <pattern>       contents of padding byte
  -q                 quiet output
  -Q <tclass>        use quality of service <tclass> bits
  -s <size>          use <size> as number of data bytes to be sent
  -S <size>          use <size> as SO_SNDBUF socket option value
  -t <ttl>           define time to live
  -U                 print user-to-user latency
  -v                 verbose output
  -V                 print version and exit
  -w <deadline>      reply wait <deadline> in seconds
  -W <timeout>       time to wait for response

IPv4 options:
  -4                 use IPv4
  -b                 allow pinging broadcast
  -R                 record route
  -T <timestamp>     define timestamp, can be one of <tsonly|tsandaddr|tsprespec>

IPv6 options:
  -6                 use IPv6
  -F <flowlabel>     define flow label, default is random
  -N <nodeinfo opt>  use icmp6 node info query, try <help> as argument

For more details see ping(8).
";

/// Letters that take a value; of those, what the network does not look at is read and left.
const WITH_VALUE: &str = "cFIiLlMmpQsStWwe";
/// Letters that take none.
const PLAIN: &str = "46aABbdDfhHnOqrRUvV";

/// Why it does nothing, behind its status.
type No = (i32, String);

fn read<'a>(words: &[&'a str]) -> Result<Asked<'a>, No> {
    let mut asked = Asked {
        to: None,
        count: 4,
        quiet: false,
        size: 56,
        whole: false,
        loose: None,
        from: None,
        by: None,
        wait: None,
        broadcast: false,
        dated: false,
        pattern: None,
        ttl: None,
        unknown: None,
    };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            asked.to = Some(word);
            continue;
        };
        for (at, letter) in letters.char_indices() {
            if WITH_VALUE.contains(letter) {
                let value = match &letters[at + 1..] {
                    "" => words
                        .next()
                        .ok_or_else(|| (2, format!("option requires an argument -- '{letter}'\n{USAGE}")))?,
                    value => value,
                };
                asked.take(letter, value)?;
                break;
            }
            if !PLAIN.contains(letter) {
                return Err((2, format!("invalid option -- '{letter}'\n{USAGE}")));
            }
            match letter {
                'q' => asked.quiet = true,
                'b' => asked.broadcast = true,
                'D' => asked.dated = true,
                'h' => return Err((2, USAGE.trim_start().to_owned())),
                'V' => return Err((0, String::new())),
                'R' => asked.unknown = Some(letter),
                _ => {}
            }
        }
    }
    Ok(asked)
}

/// A number within bounds.
fn number(value: &str, least: u64, most: u64) -> Result<u64, No> {
    let bounds = || (1, format!("invalid argument: '{value}': out of range: {least} <= value <= {most}"));
    let odd = |_| (1, format!("invalid argument: '{value}'"));
    let number = value.parse::<i128>().map_err(odd)?;
    u64::try_from(number).ok().filter(|number| (least..=most).contains(number)).ok_or_else(bounds)
}

impl<'a> Asked<'a> {
    fn take(&mut self, letter: char, value: &'a str) -> Result<(), No> {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        match letter {
            'c' => self.count = small(number(value, 1, i64::MAX as u64)?),
            's' => self.size = small(number(value, 0, 2_147_483_647)?),
            'W' => self.wait = value.split('.').next().and_then(|seconds| seconds.parse().ok()),
            'p' => self.pattern = Some(value),
            't' => self.ttl = u8::try_from(number(value, 0, 255)?).ok(),
            'Q' if super::words::number(value) != Some(0) => self.unknown = Some(letter),
            'M' if !["do", "dont", "want"].contains(&value) => {
                return Err((2, format!("invalid -M argument: {value}")));
            }
            'M' => (self.whole, self.loose) = (value == "do", Some(value == "dont")),
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
    let asked = match read(words) {
        Ok(asked) => asked,
        Err((0, _)) => return Output::done(VERSION.to_owned()),
        Err((code, why)) if why.starts_with("Usage") => return Output::failed(code, format!("\n{why}")),
        Err((code, why)) => return Output::failed(code, format!("ping: {why}")),
    };
    if let Some(letter) = asked.unknown {
        return Output::failed(2, format!("ping: `-{letter}` is not modelled"));
    }
    if asked.ttl == Some(0) {
        return Output::failed(2, "ping: cannot set unicast time-to-live: Invalid argument");
    }
    let Some(name) = asked.to else { return Output::failed(1, "ping: usage error: Destination address required") };
    let Some(addr) = short_address(name) else {
        return Output::failed(2, format!("ping: {name}: Name or service not known"));
    };
    // Nobody in particular is oneself.
    let addr = if addr.is_unspecified() { Ipv4Addr::LOCALHOST } else { addr };
    if let Some(link) = asked.by.as_deref().filter(|link| net.space(space).index(link).is_none()) {
        return Output::failed(2, format!("ping: SO_BINDTODEVICE {link}: No such device"));
    }
    let Asked { size, whole, from, ttl, .. } = asked;
    let loose = asked.loose.unwrap_or_else(|| net.space(space).sysctls.is_on(Plain::NO_PMTU_DISC));
    let probe = Probe { size, whole, loose, from, ttl, by: asked.by.clone(), ..Probe::ping(space, addr) };
    send(net, call, &asked, (name, addr), &probe)
}

/// The first line.
fn head(net: &Network, asked: &Asked<'_>, (name, addr): (&str, Ipv4Addr), probe: &Probe) -> String {
    let pattern = asked.pattern.map(|bytes| format!("PATTERN: 0x{bytes}\n")).unwrap_or_default();
    let link = asked.by.as_deref().and_then(|by| net.space(probe.space).named(by));
    let own = link.and_then(|link| Some((link.addresses.first()?.local.addr, link.name.as_str())));
    let source = match (probe.from, own) {
        (Some(from), _) => format!(" from {from} :"),
        (None, Some((from, link))) => format!(" from {from} {link}:"),
        (None, None) => String::new(),
    };
    let size = asked.size;
    format!("{pattern}PING {name} ({addr}){source} {size}({}) bytes of data.\n", u64::from(size) + 28)
}

fn send(net: &mut Network, call: Call<'_>, asked: &Asked<'_>, to: (&str, Ipv4Addr), probe: &Probe) -> Output {
    let (name, addr) = to;
    let count = asked.count.min(1000);
    // A neighbour is asked for during three seconds: who leaves before that hears nothing.
    let hurried = asked.wait.is_some_and(|wait| count - 1 + wait <= 3);
    let mut out = Output::default();
    let (mut received, mut errors, mut body) = (0, 0, String::new());
    for seq in 1..=count {
        // More bytes than a packet has room for are never sent.
        if asked.size > 65_507 {
            break;
        }
        let moment = call.now + i64::from(seq) * 1000;
        let answer = net.probe(probe, moment);
        let (who, hops) = answer.said_by.unwrap_or((addr, 64));
        let line = match answer.outcome {
            Outcome::Reached => {
                received += 1;
                format!("{} bytes from {addr}: icmp_seq={seq} ttl={hops} time=0.300 ms", asked.size + 8)
            }
            Outcome::NotSent(text) if text == "Operation not permitted" => continue,
            Outcome::NotSent(text) if text == "Cannot assign requested address" => {
                return Output::failed(2, format!("ping: bind: {text}"));
            }
            Outcome::NotSent(text) if text == "Permission denied" && asked.broadcast => continue,
            Outcome::NotSent(text) if text == "Permission denied" => {
                let said = "ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules";
                return Output::failed(2, said);
            }
            Outcome::NotSent(text) => return Output::failed(2, format!("ping: connect: {text}")),
            Outcome::TooLong(mtu, None) => {
                errors += 1;
                out.stderr.push_str(&format!("ping: local error: message too long, mtu={mtu}\n"));
                continue;
            }
            Outcome::HostUnreachable(_) if hurried && answer.late => continue,
            outcome => match said(&outcome, who, seq) {
                Some(text) => {
                    errors += 1;
                    text
                }
                None => continue,
            },
        };
        if !asked.quiet {
            let date =
                if asked.dated { format!("[{}.{:06}] ", moment / 1000, moment % 1000 * 1000) } else { String::new() };
            body.push_str(&format!("{date}{line}\n"));
            if answer.kept {
                out.stderr.push_str("ping: sendmsg: Operation not permitted\n");
            }
        }
    }
    if asked.broadcast && net.space(probe.space).kind_of(addr) == crate::net::route::RouteKind::Broadcast {
        out.stderr.push_str("WARNING: pinging broadcast address\n");
    }
    out.stdout = head(net, asked, to, probe) + &body;
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

fn said(outcome: &Outcome, by: Ipv4Addr, seq: u32) -> Option<String> {
    Some(match outcome {
        Outcome::HostUnreachable(who) => format!("From {who} icmp_seq={seq} Destination Host Unreachable"),
        Outcome::NetUnreachable(who) => format!("From {who} icmp_seq={seq} Destination Net Unreachable"),
        Outcome::Prohibited(who) => format!("From {who} icmp_seq={seq} Packet filtered"),
        Outcome::Expired(who) => format!("From {who} icmp_seq={seq} Time to live exceeded"),
        Outcome::NetProhibited(who) => format!("From {who} icmp_seq={seq} Destination Net Prohibited"),
        Outcome::HostProhibited(who) => format!("From {who} icmp_seq={seq} Destination Host Prohibited"),
        Outcome::NoProtocol(who) => format!("From {who} icmp_seq={seq} Destination Protocol Unreachable"),
        Outcome::Refused => format!("From {by} icmp_seq={seq} Destination Port Unreachable"),
        Outcome::TooLong(mtu, Some(who)) => format!("From {who} icmp_seq={seq} Frag needed and DF set (mtu = {mtu})"),
        Outcome::Reached | Outcome::Silence | Outcome::NotSent(_) | Outcome::TooLong(_, None) => return None,
    })
}
