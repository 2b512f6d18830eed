//! The rules that lead from the kernel's own chains to those of a network: put there once, and known again by their text.

/// The rule that jumps to a chain, with the comment by which its owner knows it again; `what` narrows it down.
pub(super) fn rule(what: &str, comment: &str, to: &str) -> String {
    format!("{what}-m comment --comment \"{comment}\" -j {to}")
}

/// The line that puts a rule before all others of a chain; empty where `saved` has it already.
pub(super) fn first(saved: &str, chain: &str, rule: &str) -> String {
    if is_there(saved, chain, rule) { String::new() } else { format!("-I {chain} 1 {rule}\n") }
}

/// The line that puts a rule behind all others of a chain; empty where `saved` has it already.
pub(super) fn last(saved: &str, chain: &str, rule: &str) -> String {
    if is_there(saved, chain, rule) { String::new() } else { format!("-A {chain} {rule}\n") }
}

/// What `saved` has of one table.
pub(super) fn of_table<'a>(saved: &'a str, table: &str) -> &'a str {
    let rest = saved.split_once(&format!("*{table}\n")).map_or("", |(_, rest)| rest);
    rest.split_once("COMMIT\n").map_or(rest, |(part, _)| part)
}

fn is_there(saved: &str, chain: &str, rule: &str) -> bool {
    saved.contains(&format!("-A {chain} {rule}\n"))
}
