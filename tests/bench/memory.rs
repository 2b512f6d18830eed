//! The memory of a process and of those it started, from `/proc`.

use std::fs::read_to_string;

use crate::Trouble;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    /// The most that was ever resident.
    Peak,
    /// What is resident now, each shared page in parts.
    Share,
}

/// The memory of `pid` and everything below it, in MB.
pub(crate) fn of_tree(pid: u32, what: Of) -> Result<f64, Trouble> {
    let (file, field) = match what {
        Of::Peak => ("status", "VmHWM:"),
        Of::Share => ("smaps_rollup", "Pss:"),
    };
    let mut sum = 0.0;
    let mut open = vec![pid];
    while let Some(pid) = open.pop() {
        let text = read_to_string(format!("/proc/{pid}/{file}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix(field)).ok_or("the kernel tells no memory")?;
        let kb: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        sum += kb / 1024.0;
        open.extend(children(pid)?);
    }
    Ok(sum)
}

/// The processes that `pid` started.
pub(crate) fn children(pid: u32) -> Result<Vec<u32>, Trouble> {
    let mut found = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = read_to_string(task?.path().join("children")).unwrap_or_default();
        found.extend(text.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Ok(found)
}
