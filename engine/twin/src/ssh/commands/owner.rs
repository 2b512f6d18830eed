//! `chmod`, `chown`, `chgrp`.

use super::call::{Call, Done};
use super::{Command, mode, once};
use crate::machines::Machine;
use crate::machines::errno::Errno;
use crate::machines::files::{Spot, joined};

pub(super) const COMMANDS: &[Command] =
    &[once("chmod", "/usr/bin", chmod), once("chown", "/usr/bin", chown), once("chgrp", "/usr/bin", chown)];

/// Owner and group of `USER`, `USER:GROUP`, `:GROUP`, `USER:` as numbers.
pub(super) fn read(machine: &Machine, word: &str, group: Option<&str>) -> Result<(Option<u32>, Option<u32>), String> {
    let (user, named) = word.split_once([':', '.']).map_or((word, None), |(user, group)| (user, Some(group)));
    let users = machine.users();
    let known = users.iter().find(|known| known.name == user);
    let uid = match (user, known) {
        ("", _) => None,
        (_, Some(known)) => Some(known.uid),
        (number, None) => Some(number.parse().map_err(|_| format!("invalid user: '{word}'"))?),
    };
    let gid = match group.or(named) {
        None => None,
        Some("") => known.map(|known| known.gid),
        Some(name) => match machine.groups().iter().find(|(known, ..)| known == name) {
            Some((_, gid, _)) => Some(*gid),
            None => Some(name.parse().map_err(|_| format!("invalid group: '{}'", group.unwrap_or(word)))?),
        },
    };
    Ok((uid, gid))
}

/// Everything from a path down, as far as `deep` says.
fn all(call: &mut Call<'_, '_>, path: &str, deep: bool, follow: bool) -> Result<Vec<(String, Spot)>, Errno> {
    let spot = call.sys.walk(path, follow)?;
    call.sys.machine.stat_at(&spot)?;
    let mut found = vec![(path.to_owned(), spot)];
    let mut at = 0;
    while deep && at < found.len() {
        let (shown, spot) = found[at].clone();
        at += 1;
        if call.sys.machine.is_folder_at(&spot) {
            let who = call.sys.cred();
            for name in call.sys.machine.names_at(&who, &spot).unwrap_or_default() {
                let below = call.sys.walk(&joined(&spot.path, &name), false)?;
                found.push((joined(&shown, &name), below));
            }
        }
    }
    Ok(found)
}

fn chmod(call: &mut Call<'_, '_>) -> Done {
    // A mode such as `-x` looks like an option.
    let is_mode = |word: &&mut String| {
        word.len() > 1 && word.starts_with('-') && word[1..].chars().all(|c| "rwxXst,ugoa+=-".contains(c))
    };
    if let Some(word) = call.args.iter_mut().find(is_mode) {
        *word = format!("a{word}");
    }
    let options = call.options(
        "Rvcf",
        &[
            ("recursive", "R"),
            ("verbose", "v"),
            ("changes", "c"),
            ("silent", "f"),
            ("quiet", "f"),
            ("reference=", "ref"),
        ],
    )?;
    if options.has("ref") {
        return call.unknown("option `--reference`");
    }
    let Some((word, paths)) = options.rest.split_first() else { return call.usage("missing operand") };
    if paths.is_empty() {
        return call.usage(&format!("missing operand after '{word}'"));
    }
    let umask = call.sys.me().umask;
    if mode::apply(word, 0, false, umask).is_none() {
        return call.usage(&format!("invalid mode: '{word}'"));
    }
    let mut status = 0;
    for path in paths {
        let found = match all(call, path, options.has("R"), true) {
            Ok(found) => found,
            Err(error) => {
                if !options.has("f") {
                    call.say(&format!("cannot access '{path}': {error}"));
                }
                status = 1;
                continue;
            }
        };
        for (shown, spot) in found {
            if let Err(error) = change(call, &spot, |node, folder| {
                node.mode = mode::apply(word, node.mode, folder, umask).unwrap_or(node.mode);
            }) {
                call.say(&format!("changing permissions of '{shown}': {error}"));
                status = 1;
            }
        }
    }
    Ok(status)
}

/// Changes a node that belongs to whoever asks.
fn change(
    call: &mut Call<'_, '_>,
    spot: &Spot,
    change: impl FnOnce(&mut crate::machines::files::Node, bool),
) -> Result<(), Errno> {
    if call.sys.machine.files.mount_of(&spot.path).read_only() {
        return Err(Errno::ReadOnly);
    }
    let stat = call.sys.machine.stat_at(spot)?;
    if stat.is_link() {
        return Ok(());
    }
    let ino = spot.ino().ok_or(Errno::Permitted)?;
    let uid = call.sys.me().cred.uid;
    if uid != 0 && stat.uid != uid {
        return Err(Errno::Permitted);
    }
    change(call.sys.machine.files.node_mut(ino)?, stat.is_folder());
    Ok(())
}

fn chown(call: &mut Call<'_, '_>) -> Done {
    let options = call
        .options("RvcfhHLP", &[("recursive", "R"), ("no-dereference", "h"), ("verbose", "v"), ("reference=", "ref")])?;
    if options.has("ref") {
        return call.unknown("option `--reference`");
    }
    let Some((word, paths)) = options.rest.split_first() else { return call.usage("missing operand") };
    if paths.is_empty() {
        return call.usage(&format!("missing operand after '{word}'"));
    }
    let group = call.name == "chgrp";
    let read = if group { read(call.sys.machine, "", Some(word)) } else { read(call.sys.machine, word, None) };
    let ids = match read {
        Ok(ids) => ids,
        Err(why) => return call.fail(1, &why),
    };
    let mut status = 0;
    for path in paths {
        let found = match all(call, path, options.has("R"), !options.has("h")) {
            Ok(found) => found,
            Err(error) => {
                call.say(&format!("cannot access '{path}': {error}"));
                status = 1;
                continue;
            }
        };
        for (shown, spot) in found {
            let uid = call.sys.me().cred.uid;
            let same = call.sys.machine.stat_at(&spot).is_ok_and(|s| ids.0.is_none_or(|id| id == s.uid));
            let done = if uid != 0 && !(same && s_own(call, &spot, ids.1)) {
                Err(Errno::Permitted)
            } else {
                change(call, &spot, |node, _| {
                    node.uid = ids.0.unwrap_or(node.uid);
                    node.gid = ids.1.unwrap_or(node.gid);
                })
            };
            if let Err(error) = done {
                let what = if group { "group" } else { "ownership" };
                call.say(&format!("changing {what} of '{shown}': {error}"));
                status = 1;
            }
        }
    }
    Ok(status)
}

/// Whether somebody may give a thing of his to this group.
fn s_own(call: &Call<'_, '_>, spot: &Spot, gid: Option<u32>) -> bool {
    let who = &call.sys.me().cred;
    call.sys.machine.stat_at(spot).is_ok_and(|stat| stat.uid == who.uid)
        && gid.is_none_or(|gid| gid == who.gid || who.groups.contains(&gid))
}
