//! `uname`, `hostname`, `free`, `lsmod`, `modprobe`, `rmmod`, `sysctl`, `dmesg`, `getenforce`, `nproc` and its like.

use std::sync::Arc;

use super::call::{Call, Done, Stop};
use super::{Command, dates, numbers, once};
use crate::machines::errno::Errno;
use crate::machines::process::Wait;
use crate::net::{setting_path, setting_shown};

pub(super) const COMMANDS: &[Command] = &[
    once("dmesg", "/usr/bin", dmesg),
    once("free", "/usr/bin", free),
    once("hostname", "/usr/bin", hostname),
    once("hostnamectl", "/usr/bin", hostnamectl),
    once("lsmod", "/usr/sbin", lsmod),
    once("modinfo", "/usr/sbin", modinfo),
    once("modprobe", "/usr/sbin", modprobe),
    once("rmmod", "/usr/sbin", rmmod),
    once("sysctl", "/usr/sbin", sysctl),
    once("systemd-detect-virt", "/usr/bin", |call| {
        call.line("kvm");
        Ok(0)
    }),
    once("timedatectl", "/usr/bin", timedatectl),
    once("uname", "/usr/bin", uname),
];

fn uname(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("all", "a"),
        ("kernel-name", "s"),
        ("nodename", "n"),
        ("kernel-release", "r"),
        ("kernel-version", "v"),
        ("machine", "m"),
        ("operating-system", "o"),
    ];
    let options = call.options("asnrvmpio", &long)?;
    let kernel = call.sys.machine.kernel.clone();
    let host = call.sys.machine.hostname();
    let all = options.has("a");
    let parts = [
        ("s", "Linux"),
        ("n", host.as_str()),
        ("r", &kernel.release),
        ("v", &kernel.version),
        ("m", &kernel.architecture),
        ("p", "unknown"),
        ("i", "unknown"),
        ("o", "GNU/Linux"),
    ];
    let none = options.all().is_empty();
    let wanted = |name: &str| options.has(name) || all && name != "p" && name != "i" || none && name == "s";
    let words: Vec<&str> = parts.iter().filter(|(name, _)| wanted(name)).map(|(_, text)| *text).collect();
    call.line(&words.join(" "));
    Ok(0)
}

fn hostname(call: &mut Call<'_, '_>) -> Done {
    let options =
        call.options("sfiIdA", &[("short", "s"), ("fqdn", "f"), ("all-ip-addresses", "I"), ("ip-address", "i")])?;
    if let Some(odd) = ["i", "I", "d", "A"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `-{odd}`"));
    }
    if let Some(name) = options.rest.first() {
        if call.sys.me().cred.uid != 0 {
            return call.fail(1, "you must be root to change the host name");
        }
        let text = format!("{name}\n");
        call.sys.machine.write("/etc/hostname", text.as_bytes());
        return Ok(0);
    }
    let host = call.sys.machine.hostname();
    let shown = if options.has("s") { host.split('.').next().unwrap_or(&host).to_owned() } else { host };
    call.line(&shown);
    Ok(0)
}

fn hostnamectl(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    let machine = &mut *call.sys.machine;
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["status"] => {
            let os = machine.text("/etc/os-release");
            let pretty = os
                .lines()
                .find_map(|line| line.strip_prefix("PRETTY_NAME="))
                .unwrap_or("")
                .trim_matches('"')
                .to_owned();
            let text = format!(
                " Static hostname: {}\n       Icon name: computer-vm\n         Chassis: vm\n      Machine ID: {}\n         \
                 Boot ID: {}\n  Virtualization: kvm\nOperating System: {pretty}\n          Kernel: Linux {}\n    \
                 Architecture: {}\n",
                machine.hostname(),
                machine.text("/etc/machine-id").trim(),
                machine.boot_id.replace('-', ""),
                machine.kernel.release,
                machine.kernel.architecture.replace('_', "-"),
            );
            call.print(&text);
        }
        ["hostname"] | ["--static"] => {
            let host = machine.hostname();
            call.line(&host);
        }
        ["set-hostname" | "hostname", name] => {
            let text = format!("{name}\n");
            machine.write("/etc/hostname", text.as_bytes());
        }
        _ => return call.unknown("this use"),
    }
    Ok(0)
}

fn timedatectl(call: &mut Call<'_, '_>) -> Done {
    let words: Vec<String> = call.args.clone();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["show", rest @ ..] => {
            let pairs = [
                ("Timezone", "Etc/UTC"),
                ("LocalRTC", "no"),
                ("CanNTP", "yes"),
                ("NTP", "yes"),
                ("NTPSynchronized", "yes"),
            ];
            let bare = rest.contains(&"--value");
            let asked: Vec<&str> = rest.windows(2).filter(|two| two[0] == "-p").map(|two| two[1]).collect();
            for (name, value) in pairs.iter().filter(|(name, _)| asked.is_empty() || asked.contains(name)) {
                call.line(&if bare { (*value).to_owned() } else { format!("{name}={value}") });
            }
        }
        [] | ["status"] => {
            let now = dates::shown("%a %Y-%m-%d %H:%M:%S UTC", call.sys.now());
            call.print(&format!(
                "               Local time: {now}\n           Universal time: {now}\n                Time zone: Etc/UTC (UTC, +0000)\n\
                 System clock synchronized: yes\n              NTP service: active\n          RTC in local TZ: no\n"
            ));
        }
        _ => return call.unknown("this use"),
    }
    Ok(0)
}

fn free(call: &mut Call<'_, '_>) -> Done {
    let options =
        call.options("hmgkbtw", &[("human", "h"), ("mebi", "m"), ("gibi", "g"), ("kibi", "k"), ("bytes", "b")])?;
    let (all, used) = (call.sys.machine.kernel.memory, call.sys.machine.memory_used());
    let left = all - used;
    let shown = |kib: u64| match options.last_of(&["h", "m", "g", "b"]) {
        Some("h") => format!("{}i", numbers::human(kib << 10)).replace(" i", ""),
        Some("m") => (kib >> 10).to_string(),
        Some("g") => (kib >> 20).to_string(),
        Some(_) => (kib << 10).to_string(),
        None => kib.to_string(),
    };
    let row = |name: &str, cells: &[u64]| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{:>12}", shown(*cell))).collect();
        format!("{name:<8}{}", cells.concat())
    };
    call.line("               total        used        free      shared  buff/cache   available");
    call.line(&row("Mem:", &[all, used, left / 2, 1024, left / 2, left]));
    call.line(&row("Swap:", &[0, 0, 0]));
    Ok(0)
}

fn dmesg(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("ctime", "T"),
        ("level=", "l"),
        ("human", "H"),
        ("follow", "w"),
        ("follow-new", "W"),
        ("kernel", "k"),
        ("notime", "t"),
        ("nopager", "P"),
        ("color", "L"),
        ("color=", "color"),
        ("time-format=", "time"),
    ];
    let options = call.options("HTkwWLtPl:", &long)?;
    if let Some(odd) = ["W", "l", "H", "time"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `{odd}`"));
    }
    let booted = call.sys.machine.booted;
    for (at, text) in super::journal::kernel(call.sys.machine) {
        let stamp = if options.has("t") {
            String::new()
        } else if options.has("T") {
            dates::shown("[%a %b %e %H:%M:%S %Y] ", booted + std::time::Duration::from_secs_f64(at))
        } else {
            format!("[{at:12.6}] ")
        };
        call.line(&format!("{stamp}{text}"));
    }
    if options.has("w") {
        return Err(Stop::Wait(Wait::Look(call.sys.now() + std::time::Duration::from_millis(250))));
    }
    Ok(0)
}

fn lsmod(call: &mut Call<'_, '_>) -> Done {
    if let Some(odd) = call.args.first().cloned() {
        return call.fail(1, &format!("unrecognized option '{odd}'"));
    }
    call.line("Module                  Size  Used by");
    let mut modules = call.sys.machine.kernel.modules.clone();
    if call.sys.machine.has_ipip() {
        modules.insert("ipip".to_owned(), 16_384);
    }
    for (name, size) in modules {
        call.line(&format!("{name:<23} {size:>5}  0"));
    }
    Ok(0)
}

fn modinfo(call: &mut Call<'_, '_>) -> Done {
    let mut status = 0;
    for name in call.args.clone() {
        let kernel = &call.sys.machine.kernel;
        let known = name.replace('-', "_");
        if kernel.modules.contains_key(&known) || kernel.loadable.contains(&known) {
            let text = format!(
                "filename:       /lib/modules/{}/kernel/{known}.ko.xz\nname:           {known}",
                kernel.release
            );
            call.line(&text);
        } else {
            call.say_line(&format!("modinfo: ERROR: Module {name} not found."));
            status = 1;
        }
    }
    Ok(status)
}

fn modprobe(call: &mut Call<'_, '_>) -> Done {
    let options =
        call.options("arvqnf", &[("remove", "r"), ("all", "a"), ("verbose", "v"), ("quiet", "q"), ("dry-run", "n")])?;
    if call.sys.me().cred.uid != 0 {
        call.say_line("modprobe: ERROR: could not insert module: Operation not permitted");
        return Ok(1);
    }
    let count = if options.has("a") || options.has("r") { options.rest.len() } else { options.rest.len().min(1) };
    for name in &options.rest[..count] {
        let known = name.replace('-', "_");
        if known == "ipip" && !options.has("n") {
            call.sys.machine.load_ipip(!options.has("r"));
        }
        let kernel = Arc::make_mut(&mut call.sys.machine.kernel);
        if options.has("r") {
            if kernel.modules.remove(&known).is_none() && !kernel.loadable.contains(&known) {
                let text = format!("modprobe: FATAL: Module {name} not found.");
                call.say_line(&text);
                return Ok(1);
            }
        } else if !kernel.modules.contains_key(&known) {
            if !kernel.loadable.contains(&known) {
                if options.has("q") {
                    return Ok(1);
                }
                let text =
                    format!("modprobe: FATAL: Module {name} not found in directory /lib/modules/{}", kernel.release);
                call.say_line(&text);
                return Ok(1);
            }
            if !options.has("n") {
                kernel.modules.insert(known, 49_152);
            }
        }
    }
    Ok(0)
}

fn rmmod(call: &mut Call<'_, '_>) -> Done {
    for name in call.args.clone() {
        let links = name == "ipip" && call.sys.machine.load_ipip(false);
        let kernel = Arc::make_mut(&mut call.sys.machine.kernel);
        if kernel.modules.remove(&name.replace('-', "_")).is_none() && !links {
            return call.fail(1, &format!("ERROR: Module {name} is not currently loaded"));
        }
    }
    Ok(0)
}

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn sysctl(call: &mut Call<'_, '_>) -> Done {
    if let Some(status) = super::network::sysctl(call)? {
        return Ok(status);
    }
    let options = call.options(
        "naewqp",
        &[
            ("values", "n"),
            ("all", "a"),
            ("ignore", "e"),
            ("write", "w"),
            ("quiet", "q"),
            ("load=", "load"),
            ("system", "system"),
        ],
    )?;
    let mut status = 0;
    let mut words = options.rest.clone();
    if options.has("a") {
        words = call.sys.machine.kernel.settings.keys().map(|name| name.replace('/', ".")).collect();
    }
    if options.has("p") || options.has("system") {
        let mut paths = words.clone();
        if options.has("system") {
            let who = call.sys.cred();
            let names = call.sys.walk("/etc/sysctl.d", true).and_then(|spot| call.sys.machine.names_at(&who, &spot));
            paths = names.unwrap_or_default().iter().map(|name| format!("/etc/sysctl.d/{name}")).collect();
        }
        if paths.is_empty() || options.has("system") {
            paths.push("/etc/sysctl.conf".into());
        }
        words = Vec::new();
        for path in paths {
            let text = match call.read(&path)? {
                Ok(bytes) => Call::text(&bytes),
                Err(_) if options.has("system") => continue,
                Err(error) => return call.fail(1, &format!("cannot open \"{path}\": {error}")),
            };
            if options.has("system") {
                call.line(&format!("* Applying {path} ..."));
            }
            for (number, line) in text.lines().map(str::trim).enumerate() {
                if line.contains('=') && !line.starts_with(['#', ';']) {
                    words.push(line.trim_start_matches('-').split('=').map(str::trim).collect::<Vec<_>>().join("="));
                } else if !line.is_empty() && !line.starts_with(['#', ';']) {
                    call.say(&format!("{path}({}): invalid syntax, continuing...", number + 1));
                }
            }
        }
    }
    if words.is_empty() {
        return call.usage("no variables specified");
    }
    for word in words.into_iter().filter(|word| word != "=") {
        let (name, value) =
            word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name.trim(), Some(value.trim())));
        let shown = setting_shown(name);
        let path = setting_path(&shown);
        let Some(held) = call.sys.machine.computed_setting(&path) else {
            if !options.has("e") {
                let text = format!("cannot stat /proc/sys/{path}: No such file or directory");
                call.say(&text);
                status = 1;
            }
            continue;
        };
        let value = match value {
            None => held,
            Some(value) => {
                if call.sys.me().cred.uid != 0 {
                    call.say(&format!("permission denied on key \"{shown}\""));
                    status = 1;
                    continue;
                }
                match call.sys.machine.set_setting(&path, value) {
                    Ok(()) => value.to_owned(),
                    Err(Errno::Invalid) => {
                        call.say(&format!("setting key \"{shown}\": Invalid argument"));
                        status = 1;
                        continue;
                    }
                    Err(error) => {
                        call.say(&format!("setting key \"{shown}\": {error}"));
                        status = 1;
                        continue;
                    }
                }
            }
        };
        if !(options.has("q") && word.contains('=')) {
            call.line(&if options.has("n") { value } else { format!("{shown} = {value}") });
        }
    }
    Ok(status)
}
