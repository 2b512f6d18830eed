//! What `ssh` says when it does not connect, made into what a person can do something about; pure.

use super::error::{Error, KeyTrouble};

/// What the log of a failed connection means.
pub(super) fn refusal(machine: &str, log: &str) -> Error {
    let machine = machine.to_owned();
    let why = last_words(log);
    let says = |word: &str| log.contains(word);
    if says("Host key verification failed") || says("HOST IDENTIFICATION HAS CHANGED") || says("REVOKED HOST KEY") {
        let (file, line) = known_hosts(log);
        let trouble = if says("HAS CHANGED") {
            KeyTrouble::Changed
        } else if says("REVOKED") {
            KeyTrouble::Revoked
        } else {
            KeyTrouble::Unknown
        };
        return Error::HostKey { machine, trouble, file, line, why: key_words(log).unwrap_or(why) };
    }
    if says("Permission denied (") || says("Too many authentication failures") || says("no mutual signature") {
        return Error::Auth { machine, why };
    }
    let own = ["Bad configuration option", "Bad owner or permissions", "Can't open user config file", "too long for"];
    if own.iter().any(|word| says(word)) || says("terminating, ") && says("bad configuration options") {
        return Error::Client { why };
    }
    Error::Unreachable { machine, why }
}

/// The line of the log that says most: the last one that is not only an echo of another.
pub(super) fn last_words(log: &str) -> String {
    let echo = ["Connection closed by UNKNOWN", "Host key verification failed", "ssh: ", "kex_exchange_identification"];
    let lines: Vec<&str> =
        log.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('@')).collect();
    let telling = lines.iter().rev().find(|line| !echo.iter().any(|start| line.starts_with(start)));
    let line = telling.or(lines.last()).copied().unwrap_or("`ssh` did not say why");
    line.strip_prefix("ssh: ").unwrap_or(line).trim_end_matches('.').to_owned()
}

/// What the log says of the key itself.
fn key_words(log: &str) -> Option<String> {
    let telling = ["host key is known for", "fingerprint for", "host key for", "revoked"];
    let at = log.lines().position(|line| telling.iter().any(|word| line.contains(word)))?;
    let line = log.lines().nth(at)?.trim();
    // The fingerprint stands on a line of its own.
    let next = log.lines().nth(at + 1).unwrap_or_default().trim();
    let whole = if next.starts_with("SHA256:") { format!("{line} {next}") } else { line.to_owned() };
    Some(whole.trim_end_matches('.').to_owned())
}

/// The file, and the line of it, that the log blames.
fn known_hosts(log: &str) -> (Option<String>, Option<u32>) {
    for line in log.lines() {
        if let Some((_, rest)) = line.split_once(" key in ")
            && let Some((file, number)) = rest.trim().rsplit_once(':')
            && let Ok(number) = number.parse()
        {
            return (Some(file.to_owned()), Some(number));
        }
    }
    let added = log.lines().find_map(|line| line.strip_prefix("Add correct host key in "));
    (added.and_then(|rest| rest.split_once(" to get rid")).map(|(file, _)| file.to_owned()), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: &str = "\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
The fingerprint for the ED25519 key sent by the remote host is
SHA256:abc.
Please contact your system administrator.
Add correct host key in /home/ops/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /home/ops/.ssh/known_hosts:7
  remove with:
  ssh-keygen -f \"/home/ops/.ssh/known_hosts\" -R \"n1\"
Host key for n1 has changed and you have requested strict checking.
Host key verification failed.";

    #[test]
    fn a_changed_key_names_the_file_and_its_line() {
        let Error::HostKey { trouble, file, line, why, .. } = refusal("n1", CHANGED) else { panic!("no host key") };
        assert_eq!(
            (trouble, file.as_deref(), line),
            (KeyTrouble::Changed, Some("/home/ops/.ssh/known_hosts"), Some(7))
        );
        assert_eq!(why, "The fingerprint for the ED25519 key sent by the remote host is SHA256:abc");
    }

    #[test]
    fn an_unknown_key_is_told_from_a_changed_one() {
        let log = "No ED25519 host key is known for n1 and you have requested strict checking.\r\nHost key verification failed.";
        let Error::HostKey { trouble, why, .. } = refusal("n1", log) else { panic!("no host key") };
        assert_eq!(trouble, KeyTrouble::Unknown);
        assert_eq!(why, "No ED25519 host key is known for n1 and you have requested strict checking");
    }

    #[test]
    fn a_refused_login_is_not_a_machine_that_is_away() {
        let log = "ops@n1: Permission denied (publickey).";
        assert!(
            matches!(refusal("n1", log), Error::Auth { why, .. } if why == "ops@n1: Permission denied (publickey)")
        );
        let log = "ssh: connect to host n1 port 22: Connection refused\r";
        assert!(
            matches!(refusal("n1", log), Error::Unreachable { why, .. } if why == "connect to host n1 port 22: Connection refused")
        );
        let log = "ssh: Could not resolve hostname n1: Name or service not known";
        assert!(matches!(refusal("n1", log), Error::Unreachable { .. }));
        assert!(matches!(refusal("n1", ""), Error::Unreachable { why, .. } if why == "`ssh` did not say why"));
    }

    #[test]
    fn a_configuration_that_cannot_be_read_is_ours_to_mend() {
        let log = "/home/ops/.ssh/config: line 3: Bad configuration option: hostkeys\n/home/ops/.ssh/config: terminating, 1 bad configuration options";
        assert!(matches!(refusal("n1", log), Error::Client { .. }));
    }
}
