//! `nc`: ask whether a port is open, or listen on one until somebody ends the program.

use super::call::{Call, Done, Stop};
use super::network::{ask, tell};
use super::{Command, once};
use crate::machines::process::Wait;

pub(super) const COMMANDS: &[Command] = &[once("nc", "/usr/bin", nc), once("ncat", "/usr/bin", nc)];

fn nc(call: &mut Call<'_, '_>) -> Done {
    call.name = "nc".to_owned();
    let args = call.args.clone();
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
    tell(call, &crate::net::Output { stdout: stdout.clone(), stderr: stderr.clone(), code })
}
