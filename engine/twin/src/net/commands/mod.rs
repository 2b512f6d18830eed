//! The commands that read and change the network, as pure functions of it.

mod bridge;
mod conntrack;
mod ethtool;
mod fdb;
mod ip;
mod ipset;
mod iptables;
mod nc;
mod ping;
mod sheet;
mod ss;
mod sysctl;
mod tc;
mod words;

use super::network::Network;
pub(crate) use nc::{Asked as NcAsked, read as read_nc};
pub(crate) use sysctl::{path as setting_path, shown as setting_shown};

/// What a command wrote, and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
}

impl Output {
    pub(crate) fn done(stdout: String) -> Output {
        Output { stdout, ..Output::default() }
    }

    pub(crate) fn failed(code: i32, stderr: impl Into<String>) -> Output {
        let mut stderr = stderr.into();
        if !stderr.is_empty() && !stderr.ends_with('\n') {
            stderr.push('\n');
        }
        Output { stdout: String::new(), stderr, code }
    }
}

/// Where and when a command runs, and what it is given to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) machine: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) stdin: &'a str,
    pub(crate) now: i64,
}

type Command = fn(&mut Network, Call<'_>, &[&str]) -> Output;

const COMMANDS: &[(&str, Command)] = &[
    ("bridge", bridge::run),
    ("conntrack", conntrack::run),
    ("ethtool", ethtool::run),
    ("ip", ip::run),
    ("ip6tables", iptables::SIX),
    ("ip6tables-restore", iptables::SIX_RESTORE),
    ("ip6tables-save", iptables::SIX_SAVE),
    ("ipset", ipset::run),
    ("iptables", iptables::NFT),
    ("iptables-legacy", iptables::LEGACY),
    ("iptables-legacy-restore", iptables::LEGACY_RESTORE),
    ("iptables-legacy-save", iptables::LEGACY_SAVE),
    ("iptables-nft", iptables::NFT),
    ("iptables-nft-restore", iptables::NFT_RESTORE),
    ("iptables-nft-save", iptables::NFT_SAVE),
    ("iptables-restore", iptables::NFT_RESTORE),
    ("iptables-save", iptables::NFT_SAVE),
    ("nc", nc::run),
    ("ping", ping::run),
    ("ss", ss::run),
    ("sysctl", sysctl::run),
    ("tc", tc::run),
];

/// Whether the network knows a command of that name.
pub fn knows(name: &str) -> bool {
    COMMANDS.iter().any(|(known, _)| *known == name)
}

/// Runs one command in a namespace of a machine (`""`: the machine's own) at a moment given in milliseconds.
/// The first word is the command's name, with or without a path.
pub fn run(net: &mut Network, machine: &str, namespace: &str, argv: &[String], stdin: &str, now: i64) -> Output {
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    let Some((name, rest)) = words.split_first() else { return Output::default() };
    let name = name.rsplit('/').next().unwrap_or(name);
    if net.find(machine, namespace).is_none() {
        return Output::failed(1, format!("{name}: there is no namespace `{namespace}` on `{machine}`"));
    }
    match COMMANDS.iter().find(|(known, _)| *known == name) {
        Some((_, command)) => command(net, Call { machine, namespace, stdin, now }, rest),
        None => Output::failed(127, format!("{name}: not a command of the network")),
    }
}
