//! The commands of the network: `ip`, `iptables` and their like are functions of the network the machine is in; what takes
//! a program of its own (a server that listens, a command in another namespace) is here.

use super::call::{Call, Done, Stop};
use super::{Command, netns, once};
use crate::net::{self, Answer, Output, Probe, Transport, setting_path, setting_shown};
use crate::world::Key;
use std::net::Ipv4Addr;

pub(super) const COMMANDS: &[Command] = &[
    once("bridge", "/usr/sbin", plain),
    once("conntrack", "/usr/sbin", plain),
    once("ethtool", "/usr/sbin", plain),
    once("ip", "/usr/sbin", ip),
    once("ip6tables", "/usr/sbin", plain),
    once("ip6tables-restore", "/usr/sbin", fed),
    once("ip6tables-save", "/usr/sbin", plain),
    once("ipset", "/usr/sbin", ipset),
    once("iptables", "/usr/sbin", plain),
    once("iptables-legacy", "/usr/sbin", plain),
    once("iptables-legacy-restore", "/usr/sbin", fed),
    once("iptables-legacy-save", "/usr/sbin", plain),
    once("iptables-nft", "/usr/sbin", plain),
    once("iptables-nft-restore", "/usr/sbin", fed),
    once("iptables-nft-save", "/usr/sbin", plain),
    once("iptables-restore", "/usr/sbin", fed),
    once("iptables-save", "/usr/sbin", plain),
    once("nsenter", "/usr/bin", nsenter),
    once("ping", "/usr/bin", ping),
    once("ss", "/usr/bin", plain),
    once("tc", "/usr/sbin", plain),
];

/// Programs that only look when they are called like this, so that everybody may call them.
fn only_looks(name: &str, args: &[String]) -> bool {
    const CHANGES: [&str; 12] =
        ["add", "append", "change", "chg", "del", "delete", "exec", "flush", "replace", "set", "prepend", "-batch"];
    match name {
        "ip" | "bridge" | "tc" => !args.iter().any(|word| CHANGES.contains(&word.as_str()) || word == "-b"),
        "ethtool" => !args.iter().any(|word| word.starts_with("-K") || word == "--features"),
        "nc" | "ping" | "ss" | "sysctl" => true,
        _ => false,
    }
}

/// What a program says to somebody who is not root.
fn refused(name: &str) -> (i32, String) {
    match name {
        "ip" | "bridge" | "tc" => (2, "RTNETLINK answers: Operation not permitted".to_owned()),
        "ipset" => (1, "ipset v7.17: Kernel error received: Operation not permitted".to_owned()),
        "conntrack" => (1, "conntrack v1.4.7 (conntrack-tools): Operation failed: Operation not permitted".to_owned()),
        name if name.contains("tables") => {
            let backend = if name.contains("legacy") { "legacy" } else { "nf_tables" };
            let family = if name.starts_with("ip6") { "ip6tables" } else { "iptables" };
            let said = format!(
                "{family} v1.8.9 ({backend}): Could not fetch rule set generation id: Permission denied (you must be root)"
            );
            (4, said)
        }
        name => (1, format!("{name}: Operation not permitted")),
    }
}

/// Runs a command of the network in the namespace of its process.
pub(super) fn ask(call: &mut Call<'_, '_>, args: &[String], input: &str) -> Result<Output, Stop> {
    let name = call.name.clone();
    if call.sys.me().cred.uid != 0 && !only_looks(&name, args) {
        let (status, said) = refused(&name);
        return call.fail_line(status, &said);
    }
    let (machine, namespace) = call.sys.machine.place_of(Some(call.sys.pid));
    let now = i64::try_from(call.sys.now().as_millis()).unwrap_or(i64::MAX);
    let Some(network) = call.sys.machine.network_mut() else {
        return call.unknown("a network without a world");
    };
    let mut argv = vec![name];
    argv.extend(args.iter().cloned());
    let output = net::run(network, &machine, &namespace, &argv, input, now);
    if let Some(what) = output.stderr.split_once("` is not modelled").and_then(|(before, _)| before.rsplit('`').next())
    {
        call.sys.machine.note_unknown(&argv, what);
    }
    // Whoever watches the links of the machine hears of it.
    if output.code == 0
        && namespace.is_empty()
        && changes_links(&argv)
        && let Some(world) = call.sys.machine.world()
    {
        world.wake("network", Key::new(crate::cni::law::HOST, "", &machine));
    }
    Ok(output)
}

fn changes_links(argv: &[String]) -> bool {
    let has = |words: &[&str]| argv.iter().any(|word| words.contains(&word.as_str()));
    argv[0] == "ip" && has(&["l", "link"]) && has(&["add", "del", "delete", "set"])
}

/// What comes of asking for a port from where a program runs; nothing where that is in no network.
pub(super) fn probe(call: &mut Call<'_, '_>, to: Ipv4Addr, transport: Transport, port: u16) -> Option<Answer> {
    let (machine, namespace) = call.sys.machine.place_of(Some(call.sys.pid));
    let now = i64::try_from(call.sys.now().as_millis()).unwrap_or(i64::MAX);
    let network = call.sys.machine.network_mut()?;
    let from = network.find(&machine, &namespace)?;
    Some(network.probe(&Probe::port(from, to, transport, port), now))
}

/// Prints what a command gave.
pub(super) fn tell(call: &mut Call<'_, '_>, output: &Output) -> Done {
    call.print(&output.stdout);
    call.err.extend(crate::machines::text::to_bytes(&output.stderr));
    Ok(output.code)
}

fn plain(call: &mut Call<'_, '_>) -> Done {
    let output = ask(call, &call.args.clone(), "")?;
    tell(call, &output)
}

/// A command that reads what it is to do: from the file it is given, or from its input.
fn fed(call: &mut Call<'_, '_>) -> Done {
    let (options, files): (Vec<String>, Vec<String>) =
        call.args.clone().into_iter().partition(|word| word.starts_with('-'));
    let input = match files.first() {
        Some(path) => match call.read(path)? {
            Ok(bytes) => Call::text(&bytes),
            Err(_) => {
                let name = call.name.clone();
                return call.fail_line(1, &format!("Can't open {path}: No such file or directory\n{name}: failed"));
            }
        },
        None => Call::text(&call.input()?),
    };
    let output = ask(call, &options, &input)?;
    tell(call, &output)
}

/// `ipset` reads from a file what it restores, and writes to one what it lists, where it is told to.
fn ipset(call: &mut Call<'_, '_>) -> Done {
    let mut args = call.args.clone();
    let file = args.iter().position(|word| ["-f", "-file", "--file"].contains(&word.as_str()));
    let file = file.filter(|at| at + 1 < args.len()).map(|at| (args.remove(at), args.remove(at)).1);
    let restores = args.iter().any(|word| word == "restore" || word == "-R");
    let input = match &file {
        _ if !restores => String::new(),
        None => Call::text(&call.input()?),
        Some(path) => match call.read(path)? {
            Ok(bytes) => Call::text(&bytes),
            Err(_) => return Ok(255),
        },
    };
    let mut output = ask(call, &args, &input)?;
    if let Some(path) = file.filter(|_| !restores)
        && call
            .sys
            .write_file(&path, &crate::machines::text::to_bytes(&std::mem::take(&mut output.stdout)), false)
            .is_err()
    {
        return call.fail_line(1, &format!("ipset v7.17: Cannot open {path} for writing: No such file or directory"));
    }
    tell(call, &output)
}

fn ip(call: &mut Call<'_, '_>) -> Done {
    let args = call.args.clone();
    if let Some(done) = netns::run(call, &args)? {
        return Ok(done);
    }
    let batch = args.iter().position(|word| ["-b", "-batch", "--batch"].contains(&word.as_str()));
    let mut input = String::new();
    let mut args = args;
    if let Some(at) = batch
        && let Some(path) = args.get(at + 1).cloned()
    {
        input = match call.read(&path)? {
            Ok(bytes) => Call::text(&bytes),
            Err(error) => {
                return call.fail_line(1, &format!("Cannot open file \"{path}\" for reading: {error}"));
            }
        };
        args[at + 1] = "-".to_owned();
    }
    let output = ask(call, &args, &input)?;
    tell(call, &output)
}

/// `ping` takes its time: a second between two echoes, and a second for one that nobody answers.
fn ping(call: &mut Call<'_, '_>) -> Done {
    let args = call.args.clone();
    let said = call.plan(|call| {
        let output = super::names::ask_by_name(call, &args)?;
        Ok(vec![vec![output.stdout, output.stderr, output.code.to_string()]])
    })?;
    let [stdout, stderr, code] = said[0].as_slice() else { return Ok(2) };
    let count = stdout.lines().find_map(|line| line.split(" packets transmitted").next()?.trim().parse::<u64>().ok());
    let lost = stdout.contains("100% packet loss");
    if let Some(count) = count {
        let seconds = count.saturating_sub(1) + u64::from(lost);
        call.sleep(std::time::Duration::from_millis(seconds * 1000 + 1))?;
    }
    let output = Output { stdout: stdout.clone(), stderr: stderr.clone(), code: code.parse().unwrap_or(2) };
    tell(call, &output)
}

/// Runs a program in the namespace of another process, or of a file below `/run/netns`.
fn nsenter(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("target=", "t"),
        ("net=", "N"),
        ("net", "n"),
        ("mount", "m"),
        ("all", "a"),
        ("pid", "p"),
        ("uts", "u"),
        ("ipc", "i"),
    ];
    let options = call.options_first("t:nmapuiF", &long)?;
    if call.sys.me().cred.uid != 0 {
        return call.fail_line(1, "nsenter: reassociate to namespace failed: Operation not permitted");
    }
    let namespace = match (options.value("N"), options.value("t")) {
        (Some(path), _) => path.rsplit('/').next().unwrap_or_default().to_owned(),
        (None, Some(pid)) => {
            let found = pid.parse().ok().and_then(|pid: u32| call.sys.machine.procs.get(&pid));
            match found {
                Some(process) => process.netns.to_string(),
                None => {
                    let said = format!("nsenter: cannot open /proc/{pid}/ns/net: No such file or directory");
                    return call.fail_line(1, &said);
                }
            }
        }
        (None, None) => return call.fail_line(1, "nsenter: no target PID specified for --all"),
    };
    let words = if options.rest.is_empty() { vec!["sh".to_owned()] } else { options.rest };
    call.sys.change(|me| me.netns = namespace.into());
    Err(Stop::Become(words, call.env()))
}

/// `sysctl`, where all that is asked for is the network's; in another namespace there is nothing else.
pub(super) fn sysctl(call: &mut Call<'_, '_>) -> Result<Option<i32>, Stop> {
    let args = call.args.clone();
    let inside = !call.sys.me().netns.is_empty();
    let names = args.iter().filter(|word| !word.starts_with('-'));
    let paths: Vec<String> = names
        .map(|word| {
            let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name).trim();
            setting_path(&setting_shown(name))
        })
        .collect();
    let files =
        args.iter().any(|word| ["-p", "-a", "-A", "-X", "--all", "--system", "--load"].contains(&word.as_str()));
    let writes = args.iter().any(|word| word.contains('='));
    let ours = |path: &String| {
        call.sys.machine.net_setting(path).is_some() || !call.sys.machine.kernel.settings.contains_key(path)
    };
    let asks = !paths.is_empty() && paths.iter().all(|path| path.starts_with("net/") && ours(path));
    if call.sys.machine.network().is_none() || writes && call.sys.me().cred.uid != 0 || !(inside || asks && !files) {
        return Ok(None);
    }
    let output = ask(call, &args, "")?;
    tell(call, &output).map(Some)
}
