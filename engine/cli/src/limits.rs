//! The limits of the evaluating process: it dies with its watcher, and before it takes the machine's memory.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};

/// What threads, stacks and libraries may map beyond the memory that is used.
const MAPPED_BEYOND: u64 = 6 << 30;

/// Puts this process under its limits.
pub(crate) fn apply(memory: u64) -> std::io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let most = getrlimit(Resource::As).maximum;
    let wanted = memory.saturating_add(MAPPED_BEYOND);
    let current = most.map_or(wanted, |most| most.min(wanted));
    setrlimit(Resource::As, Rlimit { current: Some(current), maximum: most })?;
    std::thread::Builder::new().name("memory".into()).spawn(move || watch(memory))?;
    Ok(())
}

/// Ends the process, with a word why, once it really uses more than it may.
fn watch(memory: u64) {
    const EVERY: Duration = Duration::from_millis(50);
    let page = rustix::param::page_size() as u64;
    loop {
        std::thread::sleep(EVERY);
        let used = std::fs::read_to_string("/proc/self/statm").ok();
        let pages = used.and_then(|line| line.split(' ').nth(1)?.parse::<u64>().ok()).unwrap_or(0);
        if pages.saturating_mul(page) > memory {
            // Standard error is where the watcher reads last words.
            let _ = rustix::io::write(rustix::stdio::stderr(), b"memory limit reached\n");
            let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
        }
    }
}

/// A size as people write it: `512MiB`, `2GiB`, `2G`.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let shift = match text[digits..].trim() {
        "" | "B" => 0,
        "K" | "KiB" => 10,
        "M" | "MiB" => 20,
        "G" | "GiB" => 30,
        "T" | "TiB" => 40,
        _ => return None,
    };
    number.checked_mul(1 << shift).filter(|size| *size >= 64 << 20)
}
