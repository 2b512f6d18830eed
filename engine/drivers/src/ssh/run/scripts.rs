//! The shell text that goes to a machine to start, follow, end and forget a command.
//!
//! A token is a folder below the machine's private one, which a reboot leaves alone. It holds:
//! `cmd` what is run, `in` what it reads, `as` whom it runs as; then `go`, made once and by one (process, its start, the
//! boot it belongs to); `group` what a signal goes to; `out` and `err`; `why` we ended it; `exit` its status.

use std::time::Duration;

use crate::ssh::quote::{printed, quoted};

use super::OUTPUT_BYTES_MAX;
use super::command::Command;

const SUPERVISE: &str = include_str!("supervise.sh");
const REPORT: &str = include_str!("report.sh");

/// How much of each channel comes with one answer.
pub(super) const CHUNK_BYTES: usize = 1024 * 1024;
/// How many moments a report waits for news: some three seconds.
const MOMENTS: u32 = 10;

/// The folder of a token, as a shell of ours sees it.
fn folder(token: &str) -> String {
    format!("\"$RB_HOME\"/run/{token}")
}

/// Starts the command unless that was done already, waits a moment for it, and reports.
pub(super) fn start(token: &str, command: &Command, from: [u64; 2]) -> String {
    let at = folder(token);
    let seconds = command.timeout.map_or(0, |limit| limit.as_secs_f64().ceil().max(1.0) as u64);
    let mut files = format!("printf %s {} >cmd.$$ && mv cmd.$$ cmd || exit 1\n", quoted(&command.script()));
    if let Some(stdin) = &command.stdin {
        files.push_str(&format!("printf '{}' >in.$$ && mv in.$$ in || exit 1\n", printed(stdin)));
    }
    if let Some(user) = &command.user {
        files.push_str(&format!(
            "chmod 644 cmd; [ \"$RB_UID\" = 0 ] || {{ echo 'only root can run as another user' >&2; exit 1; }}\n\
             printf '%s\\n' {} >as.$$ && mv as.$$ as || exit 1\n",
            quoted(user)
        ));
    }
    // What the command is stands in no list of processes: it goes to its file straight from here.
    let wait = format!(
        "trap : USR1\n\
         if command -v setsid >/dev/null; then d=setsid; else d=nohup; fi\n\
         $d sh -c \"$1\" runbook \"$2\" {seconds} {OUTPUT_BYTES_MAX} $$ </dev/null >/dev/null 2>&1 &\n\
         wait $!\n"
    );
    format!(
        "set -e\n\
         if [ ! -e {at}/go ]; then\n\
         [ -d \"$RB_HOME\"/run ] || (umask 077; mkdir -p \"$RB_HOME\"/run; chmod 700 \"$RB_HOME\")\n\
         [ -O \"$RB_HOME\" ] || {{ echo \"$RB_HOME is not ours\" >&2; exit 1; }}\n\
         mkdir -p -m 700 {at}; cd {at}\n{files}\
         fi\n\
         set +e; cd /\n\
         exec sh -c {wait}{quote} {supervise} {at}\n",
        wait = quoted(&format!("{wait}shift\nset -- \"$1\" {}\n{REPORT}", arguments(from, 0))),
        quote = " runbook",
        supervise = quoted(SUPERVISE),
    )
}

/// Reports how the command stands and what it printed from these offsets on, after waiting a while for news.
pub(super) fn follow(token: &str, from: [u64; 2], wait: bool) -> String {
    let arguments = arguments(from, if wait { MOMENTS } else { 0 });
    format!("set -- {} {arguments}\n{REPORT}", folder(token))
}

fn arguments(from: [u64; 2], moments: u32) -> String {
    format!("{} {} {CHUNK_BYTES} {OUTPUT_BYTES_MAX} {moments}", from[0], from[1])
}

/// Sends `signal` to all that the command started, where it still runs in this boot.
pub(super) fn end(token: &str, signal: &str) -> String {
    format!(
        "cd {} 2>/dev/null || exit 0\n\
         [ -e exit ] && exit 0\n\
         read -r pid start boot <go || exit 0\n\
         read -r now </proc/sys/kernel/random/boot_id\n\
         [ \"$boot\" = \"$now\" ] || exit 0\n\
         for again in 1 2 3; do [ -e group ] && break; sleep 1; done\n\
         read -r group <group || exit 0\n\
         kill -0 \"$group\" 2>/dev/null || exit 0\n\
         kill -{signal} \"$group\"\n",
        folder(token)
    )
}

/// Takes the folders of these tokens away; one whose command still runs stays.
pub(super) fn forget(tokens: &[String]) -> String {
    let names: Vec<&str> = tokens.iter().map(String::as_str).collect();
    format!(
        "cd \"$RB_HOME\"/run 2>/dev/null || exit 0\n\
         for token in {}; do\n\
         group=; [ -e $token/group ] && read -r group <$token/group\n\
         if [ ! -e $token/exit ] && [ -n \"$group\" ] && kill -0 \"$group\" 2>/dev/null; then continue; fi\n\
         rm -rf \"./$token\"\n\
         done\n",
        names.join(" ")
    )
}

/// How long the machine may take for an answer that waits for news.
pub(super) const ANSWER_MAX: Duration = Duration::from_secs(20);
