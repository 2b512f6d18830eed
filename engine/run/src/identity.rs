//! Who this process is, and whether the process of another holder still lives.

use std::fs;

use runbook_model::holder::Life;
use runbook_model::{Holder, Millis};

/// This process as a holder, since `since`.
pub fn this_process(since: Millis) -> Holder {
    let pid = std::process::id();
    Holder { user: user(), host: host(), pid, pid_started: started(pid).unwrap_or(0), boot: boot(), since }
}

/// The person, as the operating system names them: behind `sudo`, the one who called it.
pub fn user() -> String {
    let uid = rustix::process::getuid();
    if uid.is_root()
        && let Ok(behind) = std::env::var("SUDO_USER")
        && !behind.is_empty()
    {
        return behind;
    }
    name_of(uid.as_raw()).unwrap_or_else(|| format!("uid {}", uid.as_raw()))
}

/// The name of this machine.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn name_of(uid: u32) -> Option<String> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// Whether the process of `holder` lives.
pub fn life_of(holder: &Holder) -> Life {
    if holder.host != host() {
        return Life::Elsewhere;
    }
    if holder.boot != boot() {
        return Life::Gone;
    }
    match state_and_start(holder.pid) {
        Some((state, started)) if started == holder.pid_started && !matches!(state, 'Z' | 'X') => Life::Alive,
        _ => Life::Gone,
    }
}

/// Whether this process, or one it descends from, has the number `pid`.
pub fn descends_from(pid: u32) -> bool {
    let mut at = std::process::id();
    while at > 1 {
        if at == pid {
            return true;
        }
        match parent(at) {
            Some(parent) => at = parent,
            None => return false,
        }
    }
    false
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

fn started(pid: u32) -> Option<u64> {
    state_and_start(pid).map(|(_, started)| started)
}

fn state_and_start(pid: u32) -> Option<(char, u64)> {
    let fields = fields_of(pid)?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    // `starttime` is field 22 of the line, and the state is field 3.
    Some((state, fields.nth(18)?.parse().ok()?))
}

fn parent(pid: u32) -> Option<u32> {
    fields_of(pid)?.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The fields of a process behind its name, which may itself hold spaces and brackets.
fn fields_of(pid: u32) -> Option<String> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(line.get(line.rfind(')')? + 1..)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_one_with_its_number_that_began_at_another_time_does_not() {
        let mut holder = this_process(0);
        assert_eq!(life_of(&holder), Life::Alive);
        holder.pid_started += 1;
        assert_eq!(life_of(&holder), Life::Gone);
        holder.host.push('x');
        assert_eq!(life_of(&holder), Life::Elsewhere);
        assert!(descends_from(std::process::id()));
    }
}
