//! `/proc/PID`: what a process shows of itself.

use super::Computed;
use crate::machines::Machine;
use crate::machines::process::{Pid, Process};

const FILES: [&str; 9] =
    ["cgroup", "cmdline", "comm", "environ", "limits", "mounts", "oom_score_adj", "stat", "status"];

impl Machine {
    /// Splits `PID/rest`, where such a process is.
    fn process_at<'a>(&self, rest: &'a str) -> Option<(&Process, &'a str)> {
        let (first, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let pid = match first {
            "self" | "thread-self" => self.running.unwrap_or(1),
            _ => first.parse().ok()?,
        };
        Some((self.procs.get(&pid)?, rest))
    }

    pub(super) fn process_thing(&self, rest: &str) -> Option<Computed> {
        if rest == "self" {
            return Some(Computed::link(&self.running.unwrap_or(1).to_string()));
        }
        let (process, rest) = self.process_at(rest)?;
        match rest {
            "" | "fd" | "ns" | "task" => Some(Computed::folder()),
            "exe" => (!process.is_kernel()).then(|| Computed::link(&process.exe)),
            "cwd" => Some(Computed::link(&process.folder)),
            "root" => Some(Computed::link("/")),
            _ if FILES.contains(&rest) => Some(Computed::file(if rest == "environ" { 0o400 } else { 0o444 })),
            _ => {
                let fd: i32 = rest.strip_prefix("fd/")?.parse().ok()?;
                let open = self.opens.get(&process.fds.get(&fd)?.open)?;
                Some(Computed::link(&open.path))
            }
        }
    }

    pub(super) fn process_names(&self, rest: &str) -> Vec<String> {
        let Some((process, rest)) = self.process_at(rest) else { return Vec::new() };
        match rest {
            "" => FILES.iter().chain(&["cwd", "exe", "fd", "root"]).map(|name| (*name).to_owned()).collect(),
            "fd" => process.fds.keys().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn process_text(&self, rest: &str, reader: Pid) -> Option<String> {
        let rest = rest.strip_prefix("self/").map_or_else(|| rest.to_owned(), |tail| format!("{reader}/{tail}"));
        let (process, file) = self.process_at(&rest)?;
        Some(match file {
            "cgroup" => format!("0::{}\n", process.cgroup),
            "cmdline" => process.words.iter().map(|word| format!("{word}\0")).collect(),
            "comm" => format!("{}\n", process.name),
            "environ" => process.env.iter().map(|(name, value)| format!("{name}={value}\0")).collect(),
            "limits" => "Limit                     Soft Limit           Hard Limit           Units     \n\
                         Max open files            1024                 1048576              files     \n"
                .into(),
            "mounts" => self.mounts_text(),
            "oom_score_adj" => "0\n".into(),
            "stat" => self.stat_line(process),
            "status" => status(process),
            _ => return None,
        })
    }

    fn stat_line(&self, process: &Process) -> String {
        let ticks = process.began.saturating_sub(self.booted).as_millis() / 10;
        let nice = process.nice;
        let (priority, memory) = (20 + nice, process.memory);
        format!(
            "{} ({}) {} {} {} {} 0 -1 4194304 100 0 0 0 0 0 0 0 {priority} {nice} 1 0 {ticks} {} {} 18446744073709551615 \
             1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            process.pid,
            process.name,
            process.letter(),
            process.parent,
            process.pgid,
            process.sid,
            memory * 2048,
            memory / 4,
        )
    }

    pub(super) fn mounts_text(&self) -> String {
        let line = |mount: &crate::machines::files::Mount| {
            format!("{} {} {} {} 0 0\n", mount.source, mount.target, mount.kind, mount.options)
        };
        self.files.mounts.iter().map(line).collect()
    }
}

fn status(process: &Process) -> String {
    let words = |letter| match letter {
        'R' => "R (running)",
        'T' => "T (stopped)",
        'Z' => "Z (zombie)",
        _ => "S (sleeping)",
    };
    let (uid, gid) = (process.cred.uid, process.cred.gid);
    let groups: Vec<String> = process.cred.groups.iter().map(ToString::to_string).collect();
    format!(
        "Name:\t{}\nUmask:\t{:04o}\nState:\t{}\nTgid:\t{pid}\nNgid:\t0\nPid:\t{pid}\nPPid:\t{}\nTracerPid:\t0\n\
         Uid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{gid}\t{gid}\t{gid}\t{gid}\nFDSize:\t64\nGroups:\t{}\nVmSize:\t{} kB\n\
         VmRSS:\t{} kB\nThreads:\t1\n",
        process.name,
        process.umask,
        words(process.letter()),
        process.parent,
        groups.join(" "),
        process.memory * 2,
        process.memory,
        pid = process.pid,
    )
}
