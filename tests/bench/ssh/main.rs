//! What machines cost, each claim beside bare `ssh` and `scp`, measured in the same run.
//!
//! `cargo bench --bench ssh`, with the options of the other bench. It starts one OpenSSH server of its own with fifty
//! loopback addresses as machines, and ends it. Floor and engine take turns, meet the same server and the same cipher,
//! and share the cores with it: only ratios of one run count. It exits with 1 where a claim is missed. It needs root,
//! `unshare` and `sshd`; where one is missing it says so and measures nothing.

mod bare;
mod claims;
mod late;
mod ours;
mod server;

#[path = "../figures.rs"]
mod figures;
#[expect(dead_code, reason = "the other bench makes the rest of the claims")]
#[path = "../table.rs"]
mod table;
#[path = "../typed.rs"]
mod typed;

use std::process::ExitCode;

use server::Server;
use table::Table;
use typed::Typed;

/// What goes wrong while measuring; a figure that cannot be taken is never made up.
type Trouble = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "late") {
        return late::process(&words[1..]);
    }
    if let Some(why) = server::cannot() {
        table::complain(&format!("NOT RUN: {why}"));
        return ExitCode::SUCCESS;
    }
    let measured = Typed::read(&words).and_then(|typed| {
        let server = Server::start()?;
        let mut table = Table::new(typed.json)?;
        claims::measure(&typed, &server, &mut table)?;
        Ok(table.has_missed())
    });
    table::ended(measured)
}
