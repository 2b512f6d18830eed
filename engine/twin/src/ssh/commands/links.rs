//! `ln`, `readlink`, `realpath`.

use super::call::{Call, Done};
use super::{Command, once};
use crate::machines::errno::Errno;
use crate::machines::files::{At, Kind, Node, joined};
use crate::machines::sys::Sys;

pub(super) const COMMANDS: &[Command] =
    &[once("ln", "/usr/bin", ln), once("readlink", "/usr/bin", readlink), once("realpath", "/usr/bin", realpath)];

/// Where a link leads.
pub(crate) fn target(sys: &Sys<'_>, path: &str) -> Option<String> {
    let spot = sys.walk(path, false).ok()?;
    match spot.at {
        At::Real(ino) => match &sys.machine.files.node(ino).ok()?.kind {
            Kind::Link(to) => Some(to.clone()),
            _ => None,
        },
        At::Computed => sys.machine.computed(&spot.path)?.link,
        At::Nothing => None,
    }
}

fn ln(call: &mut Call<'_, '_>) -> Done {
    let long =
        [("force", "f"), ("symbolic", "s"), ("no-dereference", "n"), ("verbose", "v"), ("no-target-directory", "T")];
    let options = call.options("fsnvTr", &long)?;
    if options.has("r") {
        return call.unknown("option `-r`");
    }
    let (mut froms, to) = match options.rest.as_slice() {
        [] => return call.usage("missing file operand"),
        [only] => (vec![only.clone()], ".".to_owned()),
        [froms @ .., to] => (froms.to_vec(), to.clone()),
    };
    let follow = !options.has("n");
    let folder = !options.has("T") && call.sys.stat(&to, follow).is_ok_and(|stat| stat.is_folder());
    if froms.len() > 1 && !folder {
        return call.fail(1, &format!("target '{to}': No such file or directory"));
    }
    let mut status = 0;
    for from in froms.drain(..) {
        let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or(&from).to_owned();
        let at = if folder { joined(&to, &name) } else { to.clone() };
        let made = if options.has("s") {
            soft(call, &from, &at, options.has("f"))
        } else {
            hard(call, &from, &at, options.has("f"))
        };
        match made {
            Ok(()) if options.has("v") => call.line(&format!("'{at}' -> '{from}'")),
            Ok(()) => {}
            Err(error) => {
                let kind = if options.has("s") { "symbolic" } else { "hard" };
                let arrow = if options.has("s") { String::new() } else { format!(" => '{from}'") };
                call.say(&format!("failed to create {kind} link '{at}'{arrow}: {error}"));
                status = 1;
            }
        }
    }
    Ok(status)
}

fn clear(call: &mut Call<'_, '_>, at: &str, force: bool) -> Result<(), Errno> {
    let spot = call.sys.walk(at, false)?;
    if force && spot.at != At::Nothing {
        let who = call.sys.cred();
        call.sys.machine.remove(&who, &spot, false)?;
    }
    Ok(())
}

fn soft(call: &mut Call<'_, '_>, from: &str, at: &str, force: bool) -> Result<(), Errno> {
    clear(call, at, force)?;
    let spot = call.sys.walk(at, false)?;
    let who = call.sys.cred();
    let now = call.sys.now();
    call.sys.machine.make(&who, &spot, Node::new(Kind::Link(from.to_owned()), 0o777, 0, now)).map(|_| ())
}

fn hard(call: &mut Call<'_, '_>, from: &str, at: &str, force: bool) -> Result<(), Errno> {
    let source = call.sys.walk(from, false)?;
    let ino = source.ino().ok_or(Errno::Missing)?;
    if call.sys.machine.is_folder_at(&source) {
        return Err(Errno::Permitted);
    }
    clear(call, at, force)?;
    let spot = call.sys.walk(at, false)?;
    if spot.at != At::Nothing {
        return Err(Errno::Exists);
    }
    let who = call.sys.cred();
    let folder = call.sys.machine.may_change_folder(&who, &spot)?;
    if call.sys.machine.files.node(folder)?.device != call.sys.machine.files.node(ino)?.device {
        return Err(Errno::OtherDevice);
    }
    let now = call.sys.now();
    call.sys.machine.files.link(folder, &spot.name, ino, now)
}

fn readlink(call: &mut Call<'_, '_>) -> Done {
    let long =
        [("canonicalize", "f"), ("canonicalize-existing", "e"), ("canonicalize-missing", "m"), ("no-newline", "n")];
    let options = call.options("femnqsvz", &long)?;
    if options.rest.is_empty() {
        return call.usage("missing operand");
    }
    let mut status = 0;
    for path in options.rest.clone() {
        let found = if options.last_of(&["f", "e", "m"]).is_some() {
            resolve(call, &path, options.has("e"), options.has("m"))
        } else {
            target(call.sys, &path)
        };
        match found {
            Some(text) if options.has("n") => call.print(&text),
            Some(text) => call.line(&text),
            None => status = 1,
        }
    }
    Ok(status)
}

/// The path without links; what is missing is allowed at its end, or anywhere.
fn resolve(call: &Call<'_, '_>, path: &str, exists: bool, missing: bool) -> Option<String> {
    match call.sys.walk(path, true) {
        Ok(spot) if exists && spot.at == At::Nothing => None,
        Ok(spot) => Some(spot.path),
        Err(Errno::Missing) if missing => {
            let whole = joined(&call.sys.me().folder, path);
            let (folder, name) = whole.trim_end_matches('/').rsplit_once('/')?;
            Some(joined(&resolve(call, if folder.is_empty() { "/" } else { folder }, false, true)?, name))
        }
        Err(_) => None,
    }
}

fn realpath(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("canonicalize-existing", "e"),
        ("canonicalize-missing", "m"),
        ("quiet", "q"),
        ("strip", "s"),
        ("no-symlinks", "s"),
    ];
    let options = call.options("emqsz", &long)?;
    if options.has("s") {
        return call.unknown("option `-s`");
    }
    if options.rest.is_empty() {
        return call.usage("missing operand");
    }
    let mut status = 0;
    for path in options.rest.clone() {
        match resolve(call, &path, options.has("e"), options.has("m")) {
            Some(text) => call.line(&text),
            None => {
                if !options.has("q") {
                    call.say(&format!("{path}: No such file or directory"));
                }
                status = 1;
            }
        }
    }
    Ok(status)
}
