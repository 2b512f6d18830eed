//! `stat`: what is known of a file, in the form asked for.

use super::call::{Call, Done};
use super::{Command, dates, once};
use crate::machines::files::Stat;

pub(super) const COMMANDS: &[Command] = &[once("stat", "/usr/bin", run)];

fn run(call: &mut Call<'_, '_>) -> Done {
    let long = [("format=", "c"), ("printf=", "printf"), ("dereference", "L"), ("file-system", "f"), ("terse", "t")];
    let options = call.options("c:Lft", &long)?;
    if options.has("t") {
        return call.unknown("option `-t`");
    }
    if options.rest.is_empty() {
        return call.usage("missing operand");
    }
    let mut status = 0;
    for path in options.rest.clone() {
        if options.has("f") {
            file_system(call, &path, options.value("c"))?;
            continue;
        }
        let read =
            if path == "-" { call.sys.stat("/proc/self/fd/0", true) } else { call.sys.stat(&path, options.has("L")) };
        let stat = match read {
            Ok(stat) => stat,
            Err(error) => {
                call.say(&format!("cannot statx '{path}': {error}"));
                status = 1;
                continue;
            }
        };
        match (options.value("c"), options.value("printf")) {
            (_, Some(format)) => {
                let format = Call::text(&super::format::escapes(format, super::format::Escapes::Format).0);
                let text = shown(call, &format, &path, &stat);
                call.print(&text);
            }
            (Some(format), None) => {
                let text = shown(call, format, &path, &stat);
                call.line(&text);
            }
            (None, None) => {
                let text = shown(call, WHOLE, &path, &stat);
                call.line(&text);
            }
        }
    }
    Ok(status)
}

const WHOLE: &str = "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-11i Links: %h\n\
    Access: (%04a/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w";

fn shown(call: &Call<'_, '_>, format: &str, path: &str, stat: &Stat) -> String {
    let (users, groups) = call.sys.machine.names_of_ids();
    let name = |names: &std::collections::BTreeMap<u32, String>, id| {
        names.get(&id).cloned().unwrap_or_else(|| "UNKNOWN".into())
    };
    let moment = dates::shown("%Y-%m-%d %H:%M:%S.%N %z", stat.modified);
    let mut text = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let spec: String =
            std::iter::from_fn(|| chars.next_if(|c| c.is_ascii_digit() || *c == '-' || *c == '.')).collect();
        let part = chars.next_if(|c| *c == 'H' || *c == 'L');
        let letter = chars.next().unwrap_or('%');
        let value = match letter {
            'a' => format!("{:o}", stat.mode & 0o7777),
            'A' => stat.letters(),
            'b' => stat.blocks.to_string(),
            'B' => "512".into(),
            'd' => {
                if part == Some('H') {
                    "254".into()
                } else {
                    stat.device.to_string()
                }
            }
            'D' => format!("{:x}", stat.device),
            'f' => format!("{:x}", stat.mode),
            'F' => kind(stat).into(),
            'g' => stat.gid.to_string(),
            'G' => name(&groups, stat.gid),
            'h' => stat.links.to_string(),
            'i' => stat.ino.to_string(),
            'm' => call
                .sys
                .walk(path, true)
                .map(|spot| call.sys.machine.files.mount_of(&spot.path).target.clone())
                .unwrap_or_default(),
            'n' => path.to_owned(),
            'N' => match super::links::target(call.sys, path).filter(|_| stat.is_link()) {
                Some(to) => format!("'{path}' -> '{to}'"),
                None if format == WHOLE => path.to_owned(),
                None => format!("'{path}'"),
            },
            'o' => "4096".into(),
            's' => stat.size.to_string(),
            't' | 'T' => "0".into(),
            'u' => stat.uid.to_string(),
            'U' => name(&users, stat.uid),
            'x' | 'y' | 'z' | 'w' => moment.clone(),
            'X' | 'Y' | 'Z' | 'W' => stat.modified.as_secs().to_string(),
            '%' => "%".into(),
            odd => format!("%{odd}"),
        };
        let width: usize =
            spec.trim_start_matches(['-', '0']).split('.').next().and_then(|w| w.parse().ok()).unwrap_or(0);
        text.push_str(&if spec.starts_with('-') {
            format!("{value:<width$}")
        } else if spec.starts_with('0') {
            format!("{value:0>width$}")
        } else {
            format!("{value:>width$}")
        });
    }
    text
}

fn kind(stat: &Stat) -> &'static str {
    match stat.letter() {
        'd' => "directory",
        'l' => "symbolic link",
        'b' => "block special file",
        'c' => "character special file",
        'p' => "fifo",
        's' => "socket",
        _ if stat.size == 0 => "regular empty file",
        _ => "regular file",
    }
}

fn file_system(call: &mut Call<'_, '_>, path: &str, format: Option<&str>) -> Done {
    let spot = match call.sys.walk(path, true) {
        Ok(spot) => spot,
        Err(error) => return call.fail(1, &format!("cannot read file system information for '{path}': {error}")),
    };
    let mount = call.sys.machine.files.mount_of(&spot.path).clone();
    let name = match mount.kind.as_str() {
        "ext4" => "ext2/ext3",
        "bpf" => "bpf_fs",
        "cgroup2" => "cgroup2fs",
        other => other,
    };
    match format {
        Some("%T") => call.line(name),
        Some(other) => return call.unknown(&format!("format `{other}`")),
        None => call.line(&format!("  File: \"{path}\"\n    Type: {name}")),
    }
    Ok(0)
}
