//! `nc`: ask whether a port is open, or listen on one until somebody ends the program.

use super::call::{Call, Done, Stop};
use super::network::tell;
use super::{Command, once};
use crate::machines::open::Read;
use crate::machines::process::Wait;
use crate::net::{self, NcAsked as Asked, Output, Probe, Transport};

pub(super) const COMMANDS: &[Command] = &[once("nc", "/usr/bin", nc), once("ncat", "/usr/bin", nc)];

fn nc(call: &mut Call<'_, '_>) -> Done {
    call.name = "nc".to_owned();
    let args = call.args.clone();
    let said = call.plan(|call| {
        let output = super::names::ask_by_name(call, &args)?;
        Ok(vec![vec![output.stdout, output.stderr, output.code.to_string()]])
    })?;
    let [stdout, stderr, code] = said[0].as_slice() else { return Ok(1) };
    let code = code.parse().unwrap_or(1);
    let Ok(asked) = net::read_nc(&args) else {
        return tell(call, &Output { stdout: stdout.clone(), stderr: stderr.clone(), code });
    };
    if asked.listens && code == 0 {
        return listen(call, &asked);
    }
    // What nobody answers is waited for: as long as was said, else as long as the kernel tries.
    let late = stderr.contains("No route to host");
    if stderr.contains("timed out") || late || (code != 0 && stderr.is_empty() && !asked.udp) {
        let most = if late { 3 } else { 130 };
        call.sleep(std::time::Duration::from_secs(asked.wait.map_or(most, |wait| wait.min(most))))?;
    }
    let (stdout, stderr) = (stdout.clone(), stderr.clone());
    if code == 0 {
        let bytes = if asked.looks { Vec::new() } else { call.input()? };
        let heard = converse(call, &asked, &bytes);
        call.out.extend(heard);
    }
    tell(call, &Output { stdout, stderr, code })
}

/// Writes what comes, and says what it is given to read; without `-k` until the first connection is over.
fn listen(call: &mut Call<'_, '_>, asked: &Asked) -> Done {
    let pid = call.sys.pid;
    call.sys.machine.opened_port(pid, "nc");
    let mut wait = Wait::Signal;
    loop {
        match call.sys.read(0, 1 << 16) {
            Ok(Read::Bytes(bytes)) => call.kept.input.extend(bytes),
            Ok(Read::Later) => {
                wait = Wait::Any(vec![Wait::Signal, call.sys.wait_input(0)]);
                break;
            }
            Ok(Read::End) | Err(_) => break,
        }
    }
    let says = call.kept.input.clone();
    let (heard, calls) = call.sys.machine.attend_port(pid, &says);
    call.out.extend(heard);
    // A datagram ends nothing.
    if calls > 0 && !asked.keeps && !asked.udp { Ok(0) } else { Err(Stop::Wait(wait)) }
}

/// What whoever is there says to what was sent.
fn converse(call: &mut Call<'_, '_>, asked: &Asked, bytes: &[u8]) -> Vec<u8> {
    let [host, port, ..] = asked.plain.as_slice() else { return Vec::new() };
    let (Some(to), Ok(port)) = (super::names::address(call, host), port.parse()) else { return Vec::new() };
    let transport = if asked.udp { Transport::Udp } else { Transport::Tcp };
    if asked.udp && asked.looks {
        return Vec::new();
    }
    let (machine, namespace) = call.sys.machine.place_of(Some(call.sys.pid));
    let now = i64::try_from(call.sys.now().as_millis()).unwrap_or(i64::MAX);
    let Some(world) = call.sys.machine.world() else { return Vec::new() };
    let Some(space) = world.network().find(&machine, &namespace) else { return Vec::new() };
    // It was connected already: this only finds out with whom.
    let answer = world.network().clone().probe(&Probe::port(space, to, transport, port), now);
    let Some((there, port)) = answer.at else { return Vec::new() };
    let Some((owner, home)) = world.network().listener_at(there, transport, port) else {
        return if asked.looks { Vec::new() } else { world.says(there, port, bytes) };
    };
    // The machine that asks is out of the world while it does.
    let told =
        match call.sys.machine.talk_to_port(there, &owner, bytes) {
            Some(told) => Some(told),
            None => call.sys.machine.world().and_then(|world| {
                world.on_machine(&home, |machine| machine.talk_to_port(there, &owner, bytes)).flatten()
            }),
        };
    match told {
        Some(told) => told,
        None if asked.looks => Vec::new(),
        None => call.sys.machine.world().map(|world| world.says(there, port, bytes)).unwrap_or_default(),
    }
}
