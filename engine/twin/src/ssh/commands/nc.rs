//! `nc`: ask whether a port is open, or listen on one until somebody ends the program.

use super::call::{Call, Done, Stop};
use super::network::tell;
use super::{Command, once};
use crate::machines::process::Wait;
use crate::net::{Probe, Transport};

pub(super) const COMMANDS: &[Command] = &[once("nc", "/usr/bin", nc), once("ncat", "/usr/bin", nc)];

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
        let output = super::names::ask_by_name(call, &args)?;
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
