//! `conntrack`: the connections a namespace remembers.

use super::words::{beyond, number};
use super::{Call, Output};
use crate::net::filter::Flow;
use crate::net::network::Network;
use crate::net::prefix::Prefix;

const VERSION: &str = "conntrack v1.4.7 (conntrack-tools)";

fn no(why: &str) -> Output {
    let more = "Try `conntrack -h' or 'conntrack --help' for more information.";
    Output::failed(2, format!("{VERSION}: {why}\n{more}"))
}

/// Which flows, and what of them.
#[derive(Default)]
struct Asked {
    command: Option<char>,
    proto: Option<u8>,
    src: Option<Prefix>,
    dst: Option<Prefix>,
    reply_src: Option<Prefix>,
    reply_dst: Option<Prefix>,
    from: Option<u16>,
    to: Option<u16>,
    mark: Option<u32>,
    state: Option<&'static str>,
    /// A word of what is to be kept to.
    narrowed: Option<&'static str>,
}

impl Asked {
    fn read(words: &[&str]) -> Result<Asked, Output> {
        let mut asked = Asked::default();
        let mut words = words.iter().copied().peekable();
        while let Some(word) = words.next() {
            let command = match word {
                "-L" | "--dump" => 'L',
                "-D" | "--delete" => 'D',
                "-F" | "--flush" => 'F',
                "-C" | "--count" => 'C',
                "-V" | "--version" => 'V',
                "-n" | "--src-nat" | "-g" | "--dst-nat" | "-j" | "--any-nat" | "-u" | "--status" | "-w" | "--zone"
                | "-G" | "--get" | "-I" | "--create" | "-U" | "--update" | "-E" | "--event" | "-S" | "--stats"
                | "-l" | "--label" | "-h" | "--help" => return Err(beyond("conntrack", word)),
                "-z" | "--zero" => continue,
                _ => {
                    let short = word.starts_with('-');
                    if !short {
                        return Err(no(&format!("unknown option `{word}'")));
                    }
                    asked.take(word, &mut words)?;
                    continue;
                }
            };
            if asked.command.replace(command).is_some() {
                return Err(no("Invalid commands combination"));
            }
            if let Some(table) = words.next_if(|next| !next.starts_with('-')) {
                match table {
                    "conntrack" => {}
                    "expect" | "dying" | "unconfirmed" => return Err(beyond("conntrack", table)),
                    _ => return Err(no(&format!("unknown type `{table}'"))),
                }
            }
        }
        Ok(asked)
    }

    fn take<'a>(&mut self, word: &str, words: &mut impl Iterator<Item = &'a str>) -> Result<(), Output> {
        let mut value = || words.next().ok_or_else(|| no(&format!("option `{word}' requires an argument")));
        let addr = |text: &str| Prefix::read(text).map(Some).ok_or_else(|| no(&format!("Invalid IP address `{text}'")));
        // What is no number is none.
        let port = |text: &str| Some(text.parse().unwrap_or(0));
        match word {
            "-s" | "--src" | "--orig-src" => (self.src, self.narrowed) = (addr(value()?)?, Some("--src")),
            "-d" | "--dst" | "--orig-dst" => (self.dst, self.narrowed) = (addr(value()?)?, Some("--dst")),
            "-r" | "--reply-src" => (self.reply_src, self.narrowed) = (addr(value()?)?, Some("--reply-src")),
            "-q" | "--reply-dst" => (self.reply_dst, self.narrowed) = (addr(value()?)?, Some("--reply-dst")),
            "-p" | "--protonum" | "--proto" => {
                let word = value()?;
                self.proto = Some(match word {
                    "tcp" => 6,
                    "udp" => 17,
                    "icmp" => 1,
                    other => other.parse().map_err(|_| no(&format!("`{word}' unsupported protocol")))?,
                });
                self.narrowed = Some("--proto");
            }
            "-m" | "--mark" => self.mark = Some(value().map(number)?.unwrap_or(0)),
            "-f" | "--family" => match value()? {
                "ipv4" => {}
                "ipv6" => return Err(beyond("conntrack", "ipv6")),
                other => return Err(no(&format!("`{other}' unsupported protocol"))),
            },
            "-o" | "--output" => match value()? {
                "extended" => {}
                word @ ("xml" | "save" | "id" | "timestamp" | "ktimestamp" | "labels" | "userspace") => {
                    return Err(beyond("conntrack", word));
                }
                other => return Err(no(&format!("Bad parameter `{other}'"))),
            },
            "--sport" | "--orig-port-src" if self.has_ports() => self.from = port(value()?),
            "--dport" | "--orig-port-dst" if self.has_ports() => self.to = port(value()?),
            "--state" if self.proto == Some(6) => {
                let word = value()?;
                let known = ["NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK"];
                let known = known.into_iter().chain(["TIME_WAIT", "CLOSE", "LISTEN"]).find(|known| *known == word);
                self.state = Some(known.ok_or_else(|| no(&format!("unknown TCP state `{word}'")))?);
            }
            _ => return Err(no(&format!("unknown option `{word}'"))),
        }
        Ok(())
    }

    fn has_ports(&self) -> bool {
        matches!(self.proto, Some(6 | 17))
    }

    fn fits(&self, flow: &Flow) -> bool {
        let holds = |prefix: Option<Prefix>, addr| prefix.is_none_or(|prefix| prefix.holds(addr));
        self.proto.is_none_or(|proto| proto == flow.orig.proto)
            && holds(self.src, flow.orig.src)
            && holds(self.dst, flow.orig.dst)
            && holds(self.reply_src, flow.reply.src)
            && holds(self.reply_dst, flow.reply.dst)
            && self.from.is_none_or(|port| port == flow.orig.from)
            && self.to.is_none_or(|port| port == flow.orig.to)
            && self.mark.is_none_or(|mark| mark == flow.mark)
            && self.state.is_none_or(|word| word == state(flow))
    }
}

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let asked = match Asked::read(words) {
        Ok(asked) => asked,
        Err(told) => return told,
    };
    if let (Some('F' | 'C'), Some(word)) = (asked.command, asked.narrowed) {
        return no(&format!("Illegal option `{word}' with this command"));
    }
    let lives = |flow: &&Flow| flow.confirmed && flow.until > call.now;
    let picked: Vec<&Flow> = net.space(id).flows.iter().filter(lives).filter(|flow| asked.fits(flow)).collect();
    let count = picked.len();
    let stdout: String = picked.iter().map(|flow| line(flow, call.now)).collect();
    let told = |word: &str| format!("{VERSION}: {count} flow entries have been {word}.\n");
    match asked.command {
        Some('L') => Output { stdout, stderr: told("shown"), code: 0 },
        Some('D') => {
            net.space_mut(id).flows.retain(|flow| !asked.fits(flow));
            Output { stdout, stderr: told("deleted"), code: i32::from(count == 0) }
        }
        Some('F') => {
            net.space_mut(id).flows.clear();
            let stderr = format!("{VERSION}: connection tracking table has been emptied.\n");
            Output { stderr, ..Output::default() }
        }
        Some('C') => Output::done(format!("{count}\n")),
        Some(_) => Output::done(format!("{}\n", VERSION)),
        None => Output::done(
            "Command line interface for the connection tracking system. Version 1.4.7\n\
             Usage: conntrack [commands] [options]\n"
                .to_owned(),
        ),
    }
}

/// The state of a connection of TCP: those of probes end as soon as they are answered.
fn state(flow: &Flow) -> &'static str {
    match (flow.orig.proto, flow.answered) {
        (6, true) => "TIME_WAIT",
        (6, false) => "SYN_SENT",
        _ => "NONE",
    }
}

fn line(flow: &Flow, now: i64) -> String {
    let left = (flow.until - now) / 1000;
    let head = match flow.orig.proto {
        6 => format!("tcp      6 {left} {} ", state(flow)),
        17 => format!("udp      17 {left} "),
        _ => format!("icmp     1 {left} "),
    };
    let side = |t: &crate::net::filter::Tuple, kind: u8| match t.proto {
        1 => format!("src={} dst={} type={kind} code=0 id={} ", t.src, t.dst, t.from),
        _ => format!("src={} dst={} sport={} dport={} ", t.src, t.dst, t.from, t.to),
    };
    let lonely = if flow.answered { "" } else { "[UNREPLIED] " };
    let assured = if flow.answered && flow.orig.proto == 6 { "[ASSURED] " } else { "" };
    format!("{head}{}{lonely}{}{assured}mark={} use=1\n", side(&flow.orig, 8), side(&flow.reply, 0), flow.mark)
}
