//! `df`, `du`, `mount`, `umount`, `mountpoint`, `findmnt`, `lsblk`.

use super::call::{Call, Done};
use super::options::Options;
use super::{Command, numbers, once};
use crate::machines::errno::Errno;
use crate::machines::files::{Mount, Spot, joined};

pub(super) const COMMANDS: &[Command] = &[
    once("df", "/usr/bin", df),
    once("du", "/usr/bin", du),
    once("findmnt", "/usr/bin", findmnt),
    once("lsblk", "/usr/bin", lsblk),
    once("mount", "/usr/bin", mount),
    once("mountpoint", "/usr/bin", mountpoint),
    once("umount", "/usr/bin", umount),
];

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn df(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("human-readable", "h"),
        ("portability", "P"),
        ("inodes", "i"),
        ("print-type", "T"),
        ("type=", "t"),
        ("all", "a"),
        ("local", "l"),
        ("exclude-type=", "x"),
        ("output=", "output"),
    ];
    let options = call.options("hPikmTt:alx:B:", &long)?;
    if let Some(odd) = ["output", "B", "l"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `{odd}`"));
    }
    let mut status = 0;
    let mut mounts: Vec<Mount> = Vec::new();
    for path in &options.rest {
        match call.sys.walk(path, true).and_then(|spot| call.sys.machine.stat_at(&spot).map(|_| spot)) {
            Ok(spot) => mounts.push(call.sys.machine.files.mount_of(&spot.path).clone()),
            Err(error) => {
                call.say(&format!("{path}: {error}"));
                status = 1;
            }
        }
    }
    if options.rest.is_empty() {
        mounts =
            call.sys.machine.files.mounts.iter().filter(|mount| mount.size > 0 || options.has("a")).cloned().collect();
    }
    if let Some(kind) = options.value("t") {
        mounts.retain(|mount| mount.kind == kind);
    }
    if let Some(kind) = options.value("x") {
        mounts.retain(|mount| mount.kind != kind);
    }
    let (human, inodes) = (options.has("h"), options.has("i"));
    let unit = if options.has("m") { 1 << 20 } else { 1 << 10 };
    let size = |bytes: u64| if human { numbers::human(bytes) } else { bytes.div_ceil(unit).to_string() };
    let blocks = if options.has("m") { "1M-blocks" } else { "1K-blocks" };
    let heads: [&str; 4] = match (inodes, human, options.has("P")) {
        (true, ..) => ["Inodes", "IUsed", "IFree", "IUse%"],
        (_, true, false) => ["Size", "Used", "Avail", "Use%"],
        (_, true, true) => ["Size", "Used", "Available", "Capacity"],
        (_, false, true) => {
            [if options.has("m") { "1048576-blocks" } else { "1024-blocks" }, "Used", "Available", "Capacity"]
        }
        _ => [blocks, "Used", "Available", "Use%"],
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut head = vec!["Filesystem".to_owned()];
    if options.has("T") {
        head.push("Type".into());
    }
    head.extend(heads.map(str::to_owned));
    head.push("Mounted on".into());
    rows.push(head);
    for mount in mounts {
        let mut row = vec![mount.source.clone()];
        if options.has("T") {
            row.push(mount.kind.clone());
        }
        let (all, used) = if inodes {
            (mount.inodes, call.sys.machine.files.count(mount.device) + 60_000)
        } else {
            (mount.size, mount.used.min(mount.size))
        };
        let left = all.saturating_sub(used);
        let percent = if all == 0 { "-".to_owned() } else { format!("{}%", (used * 100).div_ceil(all)) };
        let show = |value: u64| if inodes { value.to_string() } else { size(value) };
        row.extend([show(all), show(used), show(left), percent, mount.target.clone()]);
        rows.push(row);
    }
    table(call, &rows, if options.has("T") { 2 } else { 1 });
    Ok(status)
}

/// Prints rows; the first columns and the last stand to the left.
fn table(call: &mut Call<'_, '_>, rows: &[Vec<String>], left: usize) {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns).map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0)).collect();
    for row in rows {
        let cell = |(at, text): (usize, &String)| {
            let width = widths[at];
            if at + 1 == columns {
                text.clone()
            } else if at < left {
                format!("{text:<width$}")
            } else {
                format!("{text:>width$}")
            }
        };
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        call.line(&cells.join(" "));
    }
}

fn du(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("summarize", "s"),
        ("human-readable", "h"),
        ("all", "a"),
        ("max-depth=", "d"),
        ("total", "c"),
        ("bytes", "b"),
        ("apparent-size", "apparent"),
        ("one-file-system", "x"),
    ];
    let options = call.options("shakmd:cbx", &long)?;
    let usual = vec![".".to_owned()];
    let paths = if options.rest.is_empty() { usual } else { options.rest.clone() };
    let mut status = 0;
    let mut sum = 0;
    for path in &paths {
        match call.sys.walk(path, false) {
            Ok(spot) if call.sys.machine.stat_at(&spot).is_ok() => sum += weigh(call, &spot, path, 0, &options),
            _ => {
                call.say(&format!("cannot access '{path}': No such file or directory"));
                status = 1;
            }
        }
    }
    if options.has("c") {
        let text = shown(sum, &options);
        call.line(&format!("{text}\ttotal"));
    }
    Ok(status)
}

fn shown(bytes: u64, options: &Options) -> String {
    match options.last_of(&["h", "b", "m"]) {
        Some("h") => numbers::human(bytes),
        Some("b") => bytes.to_string(),
        Some("m") => bytes.div_ceil(1 << 20).to_string(),
        _ => bytes.div_ceil(1 << 10).to_string(),
    }
}

fn weigh(call: &mut Call<'_, '_>, spot: &Spot, path: &str, depth: usize, options: &Options) -> u64 {
    let Ok(stat) = call.sys.machine.stat_at(spot) else { return 0 };
    let mut sum = if options.has("b") || options.has("apparent") { stat.size } else { stat.blocks * 512 };
    if stat.is_folder() {
        let who = call.sys.cred();
        for name in call.sys.machine.names_at(&who, spot).unwrap_or_default() {
            if let Ok(below) = call.sys.walk(&joined(&spot.path, &name), false) {
                sum += weigh(call, &below, &joined(path, &name), depth + 1, options);
            }
        }
    }
    let most =
        if options.has("s") { 0 } else { options.value("d").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX) };
    if depth == 0 || (depth <= most && (stat.is_folder() || options.has("a"))) {
        let text = shown(sum, options);
        call.line(&format!("{text}\t{path}"));
    }
    sum
}

fn mount(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("types=", "t"),
        ("options=", "o"),
        ("bind", "bind"),
        ("all", "a"),
        ("read-only", "r"),
        ("make-shared", "mk"),
        ("make-rshared", "mk"),
        ("make-private", "mk"),
        ("make-rprivate", "mk"),
    ];
    let options = call.options("t:o:ar", &long)?;
    if options.rest.is_empty() && !options.has("a") {
        for mount in call.sys.machine.files.mounts.clone().iter() {
            if options.value("t").is_none_or(|kind| kind == mount.kind) {
                call.line(&format!("{} on {} type {} ({})", mount.source, mount.target, mount.kind, mount.options));
            }
        }
        return Ok(0);
    }
    if options.has("a") {
        return call.unknown("option `-a`");
    }
    if options.has("mk") {
        return Ok(0);
    }
    if call.sys.me().cred.uid != 0 {
        return call.fail(1, "only root can do that");
    }
    let given = options.value("o").unwrap_or("rw,relatime").to_owned();
    let (source, target) = match options.rest.as_slice() {
        [target] if given.split(',').any(|word| word == "remount") => {
            let flag = if given.split(',').any(|word| word == "ro") { "ro" } else { "rw" };
            return remount(call, target, flag);
        }
        [source, target] => (source.clone(), target.clone()),
        _ => return call.fail(1, "can't find it in /etc/fstab."),
    };
    let spot = match call.sys.walk(&target, true) {
        Ok(spot) if call.sys.machine.stat_at(&spot).is_ok() => spot,
        _ => return call.fail(32, &format!("{target}: mount point does not exist.")),
    };
    let now = call.sys.now();
    if options.has("bind") || given.split(',').any(|word| word == "bind" || word == "rbind") {
        let from = call.sys.walk(&source, true).ok().and_then(|spot| spot.ino());
        let done = from.ok_or(Errno::Missing).and_then(|from| call.sys.machine.files.bind(from, &source, &spot.path));
        return match done {
            Ok(()) => Ok(0),
            Err(_) => call.fail(32, &format!("{target}: special device {source} does not exist.")),
        };
    }
    let kind = options.value("t").unwrap_or("auto").to_owned();
    if !["tmpfs", "bpf", "proc", "sysfs", "cgroup2"].contains(&kind.as_str()) {
        return call.unknown(&format!("a mount of `{source}`"));
    }
    let words = if given.starts_with("rw") || given.starts_with("ro") { given } else { format!("rw,relatime,{given}") };
    call.sys.machine.files.mount(&source, &spot.path, &kind, &words, now);
    Ok(0)
}

fn remount(call: &mut Call<'_, '_>, target: &str, flag: &str) -> Done {
    let path = call.sys.walk(target, true).map(|spot| spot.path).unwrap_or_default();
    let mounts = std::sync::Arc::make_mut(&mut call.sys.machine.files.mounts);
    let Some(mount) = mounts.iter_mut().rfind(|mount| mount.target == path) else {
        return call.fail(32, &format!("{target}: mount point not mounted or bad option."));
    };
    let rest = mount.options.split(',').filter(|word| *word != "ro" && *word != "rw");
    mount.options = std::iter::once(flag).chain(rest).collect::<Vec<_>>().join(",");
    Ok(0)
}

fn umount(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("lfRrv", &[("lazy", "l"), ("force", "f"), ("recursive", "R")])?;
    if call.sys.me().cred.uid != 0 {
        return call.fail(32, "must be superuser to unmount.");
    }
    let mut status = 0;
    for path in &options.rest {
        let target = call.sys.walk(path, true).map(|spot| spot.path).unwrap_or_else(|_| path.clone());
        let mut targets = vec![target.clone()];
        if options.has("R") {
            let below = format!("{target}/");
            let more = call.sys.machine.files.mounts.iter().filter(|mount| mount.target.starts_with(&below));
            targets.extend(more.map(|mount| mount.target.clone()));
            targets.sort_by_key(|target| std::cmp::Reverse(target.len()));
        }
        for target in targets {
            match call.sys.machine.files.unmount(&target) {
                Ok(()) => {}
                Err(Errno::Busy) => {
                    call.say(&format!("{path}: target is busy."));
                    status = 32;
                }
                Err(_) => {
                    call.say(&format!("{path}: not mounted."));
                    status = 32;
                }
            }
        }
    }
    Ok(status)
}

fn mountpoint(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("qd", &[("quiet", "q")])?;
    let Some(path) = options.rest.first().cloned() else { return call.usage("bad usage") };
    let Ok(spot) = call.sys.walk(&path, true) else {
        return call.fail(1, &format!("{path}: No such file or directory"));
    };
    if call.sys.machine.stat_at(&spot).is_err() {
        return call.fail(1, &format!("{path}: No such file or directory"));
    }
    let is = spot.path == "/" || call.sys.machine.files.mount_at(&spot.path).is_some();
    if !options.has("q") {
        call.line(&format!("{path} is {}a mountpoint", if is { "" } else { "not " }));
    }
    Ok(if is { 0 } else { 32 })
}

fn findmnt(call: &mut Call<'_, '_>) -> Done {
    let options = call.options(
        "nt:o:rlT:",
        &[("noheadings", "n"), ("types=", "t"), ("output=", "o"), ("raw", "r"), ("target=", "T")],
    )?;
    let columns: Vec<String> =
        options.value("o").unwrap_or("TARGET,SOURCE,FSTYPE,OPTIONS").split(',').map(str::to_owned).collect();
    let mut rows = vec![columns.clone()];
    for mount in call.sys.machine.files.mounts.clone().iter() {
        let wanted = options.rest.first().is_none_or(|target| *target == mount.target || *target == mount.source);
        if !wanted || options.value("t").is_some_and(|kind| kind != mount.kind) {
            continue;
        }
        let mut row = Vec::new();
        for column in &columns {
            row.push(match column.as_str() {
                "TARGET" => mount.target.clone(),
                "SOURCE" => mount.source.clone(),
                "FSTYPE" => mount.kind.clone(),
                "OPTIONS" => mount.options.clone(),
                odd => return call.unknown(&format!("column `{odd}`")),
            });
        }
        rows.push(row);
    }
    if rows.len() == 1 {
        return Ok(1);
    }
    if options.has("n") {
        rows.remove(0);
    }
    table(call, &rows, columns.len());
    Ok(0)
}

fn lsblk(call: &mut Call<'_, '_>) -> Done {
    call.options("", &[])?;
    let root = call.sys.machine.files.mounts[0].clone();
    let size = numbers::human(root.size);
    call.line("NAME   MAJ:MIN RM  SIZE RO TYPE MOUNTPOINTS");
    call.line(&format!("vda    254:0    0 {size:>5}  0 disk "));
    call.line(&format!("\u{2514}\u{2500}vda1 254:1    0 {size:>5}  0 part /"));
    Ok(0)
}
