//! `nc`: ask whether a port is open, or listen on one until somebody ends the program.

use super::call::{Call, Done, Stop};
use super::network::{ask, tell};
use super::{Command, once};
use crate::machines::process::Wait;
use crate::net::{Outcome, Probe, Transport};

pub(super) const COMMANDS: &[Command] =
    &[once("nc", "/usr/bin", nc), once("ncat", "/usr/bin", nc), once("nslookup", "/usr/bin", nslookup)];

const USAGE: &str =
    "usage: nc [-46hklnuvz] [-i interval] [-p source_port] [-s sourceaddr] [-w timeout] [destination] [port]
\t-h\t\tThis help text
\t-l\t\tListen for a connection instead of making one
\t-w timeout\tWait so many seconds for a connection and for what comes
\t-z\t\tOnly look whether somebody listens";

fn nc(call: &mut Call<'_, '_>) -> Done {
    call.name = "nc".to_owned();
    let args = call.args.clone();
    if args.iter().any(|word| word == "-h" || word == "--help") {
        call.err.extend(format!("{USAGE}\n").into_bytes());
        return Ok(0);
    }
    let listens = args.iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('l'));
    let said = call.plan(|call| {
        let output = ask(call, &args, "")?;
        Ok(vec![vec![output.stdout, output.stderr, output.code.to_string()]])
    })?;
    let [stdout, stderr, code] = said[0].as_slice() else { return Ok(1) };
    let code = code.parse().unwrap_or(1);
    if listens && code == 0 {
        call.sys.machine.opened_port(call.sys.pid, "nc");
        return Err(Stop::Wait(Wait::Signal));
    }
    // What nobody answers is waited for: as long as was said, else as long as the kernel tries.
    if stderr.contains("timed out") || (code != 0 && stderr.is_empty()) {
        let mut after = args.iter().skip_while(|word| !word.starts_with("-w") && !word.ends_with('w'));
        let given = after.next().and_then(|word| word.trim_start_matches("-w").parse::<u64>().ok());
        let seconds = given.or_else(|| after.next().and_then(|word| word.parse().ok())).unwrap_or(130);
        call.sleep(std::time::Duration::from_secs(seconds))?;
    }
    let short = |word: &&String| word.starts_with('-') && !word.starts_with("--");
    let only_looks = args.iter().filter(short).any(|word| word.contains(['z', 'u']));
    let (stdout, stderr) = (stdout.clone(), stderr.clone());
    if code == 0 && !only_looks {
        let asked = call.input()?;
        let heard = converse(call, &args, &asked);
        call.out.extend(heard);
    }
    tell(call, &crate::net::Output { stdout, stderr, code })
}

/// `nslookup NAME SERVER`, as busybox has it: asks by UDP.
fn nslookup(call: &mut Call<'_, '_>) -> Done {
    let plain: Vec<String> = call.args.iter().filter(|word| !word.starts_with('-')).cloned().collect();
    let Some(name) = plain.first().cloned() else { return call.fail_line(1, "usage: nslookup NAME [SERVER]") };
    let own = || {
        let text = call.sys.machine.text("/etc/resolv.conf");
        text.lines().find_map(|line| Some(line.strip_prefix("nameserver ")?.trim().to_owned()))
    };
    let server = plain.get(1).cloned().or_else(own).unwrap_or_default();
    let asked = name.clone();
    let said = call.plan(|call| {
        let found = server.parse().ok().and_then(|to| resolve(call, to, &asked));
        Ok(match found {
            None => vec![vec![";; connection timed out; no servers could be reached".to_owned(), "1".to_owned()]],
            Some(lines) if lines.is_empty() => {
                vec![vec![format!("** server can't find {asked}: NXDOMAIN"), "1".to_owned()]]
            }
            Some(found) => {
                let lines: Vec<String> =
                    found.iter().map(|address| format!("Name:\t{asked}\nAddress: {address}")).collect();
                vec![vec![lines.join("\n"), "0".to_owned()]]
            }
        })
    })?;
    let [text, code] = said[0].as_slice() else { return Ok(1) };
    if text.starts_with(";;") {
        call.sleep(std::time::Duration::from_secs(10))?;
    } else {
        call.line(&format!("Server:\t\t{server}\nAddress:\t{server}:53\n"));
    }
    call.line(text);
    Ok(code.parse().unwrap_or(1))
}

/// The addresses a server says for a name; nothing where it does not answer.
pub(super) fn resolve(call: &mut Call<'_, '_>, to: std::net::Ipv4Addr, name: &str) -> Option<Vec<std::net::Ipv4Addr>> {
    let (machine, namespace) = call.sys.machine.place_of(Some(call.sys.pid));
    let now = i64::try_from(call.sys.now().as_millis()).unwrap_or(i64::MAX);
    let world = call.sys.machine.world()?;
    let space = world.network().find(&machine, &namespace)?;
    let answer = world.network_mut().probe(&Probe::port(space, to, Transport::Udp, 53), now);
    let (there, port) = answer.at.filter(|_| answer.outcome == Outcome::Reached)?;
    world.addresses_of(there, port, name)
}

/// What whoever is there says to what was sent.
fn converse(call: &mut Call<'_, '_>, args: &[String], asked: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            plain.push(word.as_str());
        } else if word.ends_with(['w', 's', 'p', 'i', 'q']) {
            words.next();
        }
    }
    let [host, port, ..] = plain.as_slice() else { return Vec::new() };
    let (Ok(to), Ok(port)) = (host.parse(), port.parse()) else { return Vec::new() };
    let (machine, namespace) = call.sys.machine.place_of(Some(call.sys.pid));
    let now = i64::try_from(call.sys.now().as_millis()).unwrap_or(i64::MAX);
    let Some(world) = call.sys.machine.world() else { return Vec::new() };
    let Some(space) = world.network().find(&machine, &namespace) else { return Vec::new() };
    // It was connected already: this only finds out with whom.
    let answer = world.network().clone().probe(&Probe::port(space, to, Transport::Tcp, port), now);
    answer.at.map(|(space, port)| world.says(space, port, asked)).unwrap_or_default()
}
