//! `mkdir`, `rmdir`, `rm`, `mv`, `touch`, `mktemp`, `truncate`, `mkfifo`.

use std::time::Duration;

use super::call::{Call, Done, Stop};
use super::options::Options;
use super::{Command, copy, dates, mode, numbers, once};
use crate::machines::errno::Errno;
use crate::machines::files::{At, Content, Kind, Node, Spot, joined};
use crate::machines::sys::Mode;

pub(super) const COMMANDS: &[Command] = &[
    once("mkdir", "/usr/bin", mkdir),
    once("mkfifo", "/usr/bin", mkfifo),
    once("mktemp", "/usr/bin", mktemp),
    once("mv", "/usr/bin", mv),
    once("rm", "/usr/bin", rm),
    once("rmdir", "/usr/bin", rmdir),
    once("touch", "/usr/bin", touch),
    once("truncate", "/usr/bin", truncate),
    once("unlink", "/usr/bin", rm),
];

fn mkdir(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("pm:v", &[("parents", "p"), ("mode=", "m"), ("verbose", "v")])?;
    if options.rest.is_empty() {
        return call.usage("missing operand");
    }
    let umask = call.sys.me().umask;
    let bits = match options.value("m") {
        Some(word) => match mode::apply(word, 0o777, true, umask) {
            Some(bits) => Some(bits),
            None => return call.fail(1, &format!("invalid mode '{word}'")),
        },
        None => None,
    };
    let mut status = 0;
    for path in &options.rest {
        let mut steps = vec![path.clone()];
        if options.has("p") {
            steps =
                path.match_indices('/').map(|(at, _)| path[..at].to_owned()).filter(|step| !step.is_empty()).collect();
            steps.push(path.clone());
        }
        for step in &steps {
            let last = step == path;
            let who = call.sys.cred();
            let folder = call.sys.me().folder.clone();
            let wanted = bits.filter(|_| last).unwrap_or(0o777 & !umask | if last { 0 } else { 0o300 });
            let made = call.sys.machine.make_folder(&who, &folder, step.trim_end_matches('/'), wanted);
            match made {
                Ok(_) if options.has("v") => call.line(&format!("mkdir: created directory '{step}'")),
                Ok(_) => {}
                Err(_) if options.has("p") && call.sys.stat(step, true).is_ok_and(|stat| stat.is_folder()) => {}
                Err(error) => {
                    call.say(&format!("cannot create directory '{step}': {error}"));
                    status = 1;
                    break;
                }
            }
        }
    }
    Ok(status)
}

fn mkfifo(call: &mut Call<'_, '_>) -> Done {
    // A named pipe would have to wake whoever opens it; nobody here needs one.
    call.unknown("named pipes")
}

fn rmdir(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("pv", &[("parents", "p"), ("ignore-fail-on-non-empty", "i"), ("verbose", "v")])?;
    if options.rest.is_empty() {
        return call.usage("missing operand");
    }
    let mut status = 0;
    for path in &options.rest {
        let who = call.sys.cred();
        let removed = call.sys.walk(path, false).and_then(|spot| call.sys.machine.remove(&who, &spot, true));
        if let Err(error) = removed
            && !(options.has("i") && error == Errno::NotEmpty)
        {
            call.say(&format!("failed to remove '{path}': {error}"));
            status = 1;
        }
    }
    Ok(status)
}

fn rm(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("force", "f"),
        ("recursive", "r"),
        ("dir", "d"),
        ("verbose", "v"),
        ("one-file-system", "one"),
        ("no-preserve-root", "np"),
        ("interactive=", "int"),
    ];
    let options = call.options("frRdviI", &long)?;
    if options.rest.is_empty() {
        return if options.has("f") { Ok(0) } else { call.usage("missing operand") };
    }
    let deep = options.has("r") || options.has("R");
    let mut status = 0;
    for path in &options.rest {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        if deep && (name == "." || name == "..") {
            call.say(&format!("refusing to remove '.' or '..' directory: skipping '{path}'"));
            status = 1;
            continue;
        }
        if deep && !path.is_empty() && path.trim_end_matches('/').is_empty() && !options.has("np") {
            call.say("it is dangerous to operate recursively on '/'");
            call.say("use --no-preserve-root to override this failsafe");
            status = 1;
            continue;
        }
        match call.sys.walk(path, false) {
            Ok(spot) if spot.at != At::Nothing => remove(call, &spot, path, deep, &options, &mut status),
            Ok(_) | Err(Errno::Missing | Errno::NotFolder) if options.has("f") => {}
            Ok(_) => {
                call.say(&format!("cannot remove '{path}': No such file or directory"));
                status = 1;
            }
            Err(error) => {
                call.say(&format!("cannot remove '{path}': {error}"));
                status = 1;
            }
        }
    }
    Ok(status)
}

/// Removes what is there, and with `deep` what is in it.
fn remove(call: &mut Call<'_, '_>, spot: &Spot, shown: &str, deep: bool, options: &Options, status: &mut i32) {
    let folder = call.sys.machine.is_folder_at(spot);
    let who = call.sys.cred();
    if folder && deep {
        let names = call.sys.machine.names_at(&who, spot).unwrap_or_default();
        for name in names {
            let shown = joined(shown, &name);
            match call.sys.walk(&joined(&spot.path, &name), false) {
                Ok(below) => remove(call, &below, &shown, true, options, status),
                Err(error) => {
                    call.say(&format!("cannot remove '{shown}': {error}"));
                    *status = 1;
                }
            }
        }
    }
    match call.sys.machine.remove(&who, spot, folder && (deep || options.has("d"))) {
        Ok(()) if options.has("v") => {
            let what = if folder { format!("removed directory '{shown}'") } else { format!("removed '{shown}'") };
            call.line(&what);
        }
        Ok(()) => {}
        Err(error) => {
            call.say(&format!("cannot remove '{shown}': {error}"));
            *status = 1;
        }
    }
    if spot.path.starts_with("/sys/fs/bpf/") {
        super::bpftool::unpinned(call, &spot.path);
    }
}

fn mv(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("force", "f"),
        ("no-clobber", "n"),
        ("verbose", "v"),
        ("target-directory=", "t"),
        ("no-target-directory", "T"),
        ("backup", "b"),
    ];
    let options = call.options("fnvt:Tbi", &long)?;
    if options.has("b") {
        return call.unknown("option `--backup`");
    }
    let (froms, to) = ends(call, &options)?;
    let folder = !options.has("T") && call.sys.stat(&to, true).is_ok_and(|stat| stat.is_folder());
    if froms.len() > 1 && !folder {
        return call.fail(1, &format!("target '{to}': No such file or directory"));
    }
    let mut status = 0;
    for from in froms {
        let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or(&from).to_owned();
        let at = if folder { joined(&to, &name) } else { to.clone() };
        if options.has("n") && call.sys.stat(&at, false).is_ok() {
            continue;
        }
        match move_one(call, &from, &at) {
            Ok(()) if options.has("v") => call.line(&format!("renamed '{from}' -> '{at}'")),
            Ok(()) => {}
            Err(why) => {
                call.say(&why);
                status = 1;
            }
        }
    }
    Ok(status)
}

/// What is taken where, of a command that ends in its destination.
pub(super) fn ends(call: &mut Call<'_, '_>, options: &Options) -> Result<(Vec<String>, String), Stop> {
    if let Some(to) = options.value("t") {
        return Ok((options.rest.clone(), to.to_owned()));
    }
    match options.rest.as_slice() {
        [] => call.usage("missing file operand"),
        [only] => call.usage(&format!("missing destination file operand after '{only}'")),
        [froms @ .., to] => Ok((froms.to_vec(), to.clone())),
    }
}

fn move_one(call: &mut Call<'_, '_>, from: &str, at: &str) -> Result<(), String> {
    let who = call.sys.cred();
    let cannot = |error: Errno| format!("cannot move '{from}' to '{at}': {error}");
    let source =
        call.sys.walk(from.trim_end_matches('/'), false).map_err(|error| format!("cannot stat '{from}': {error}"))?;
    if source.at == At::Nothing {
        return Err(format!("cannot stat '{from}': No such file or directory"));
    }
    let target = call.sys.walk(at.trim_end_matches('/'), false).map_err(cannot)?;
    if target.at == At::Nothing && at.ends_with('/') && !call.sys.machine.is_folder_at(&source) {
        return Err(format!("cannot create regular file '{at}': Not a directory"));
    }
    if source.path == target.path {
        return Err(format!("'{from}' and '{at}' are the same file"));
    }
    match call.sys.machine.rename(&who, &source, &target) {
        Ok(()) => Ok(()),
        Err(Errno::OtherDevice) => {
            copy::tree(call, from, at, &copy::Keep::all())
                .map_err(|(path, error)| format!("cannot move '{path}': {error}"))?;
            let mut status = 0;
            remove(call, &source, from, true, &Options::default(), &mut status);
            Ok(())
        }
        Err(Errno::Invalid) => Err(format!("cannot move '{from}' to a subdirectory of itself, '{at}'")),
        Err(Errno::IsFolder) => Err(format!("cannot overwrite directory '{at}' with non-directory '{from}'")),
        Err(Errno::NotFolder) if call.sys.machine.is_folder_at(&source) => {
            Err(format!("cannot overwrite non-directory '{at}' with directory '{from}'"))
        }
        Err(error) => Err(cannot(error)),
    }
}

fn touch(call: &mut Call<'_, '_>) -> Done {
    let long = [("no-create", "c"), ("date=", "d"), ("reference=", "r")];
    let options = call.options("acd:mr:t:h", &long)?;
    if options.has("t") {
        return call.unknown("option `-t`");
    }
    let moment = match (options.value("d"), options.value("r")) {
        (Some(text), _) => match dates::read(text).and_then(|seconds| u64::try_from(seconds).ok()) {
            Some(seconds) => Duration::from_secs(seconds),
            None => return call.fail(1, &format!("invalid date format '{text}'")),
        },
        (None, Some(path)) => match call.sys.stat(path, true) {
            Ok(stat) => stat.modified,
            Err(error) => return call.fail(1, &format!("failed to get attributes of '{path}': {error}")),
        },
        (None, None) => call.sys.now(),
    };
    if options.rest.is_empty() {
        return call.usage("missing file operand");
    }
    let mut status = 0;
    for path in &options.rest {
        if let Err(error) = touch_one(call, path, moment, options.has("c")) {
            let shown = if error == Errno::Missing || error == Errno::Access {
                format!("cannot touch '{path}': {error}")
            } else {
                format!("setting times of '{path}': {error}")
            };
            call.say(&shown);
            status = 1;
        }
    }
    Ok(status)
}

fn touch_one(call: &mut Call<'_, '_>, path: &str, moment: Duration, only: bool) -> Result<(), Errno> {
    let mut spot = call.sys.walk(path, true)?;
    if spot.at == At::Nothing {
        if only {
            return Ok(());
        }
        let open = call.sys.open_path(path, Mode { write: true, create: Some(0o666), ..Mode::default() })?;
        call.sys.machine.hold(open);
        call.sys.machine.release(open);
        spot = call.sys.walk(path, true)?;
    }
    if call.sys.machine.files.mount_of(&spot.path).read_only() {
        return Err(Errno::ReadOnly);
    }
    let who = call.sys.cred();
    let stat = call.sys.machine.stat_at(&spot)?;
    if who.uid != 0 && who.uid != stat.uid && !who.may(&stat, 2) {
        return Err(Errno::Access);
    }
    if let Some(ino) = spot.ino() {
        call.sys.machine.files.node_mut(ino)?.modified = moment;
    }
    Ok(())
}

fn mktemp(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("directory", "d"),
        ("dry-run", "u"),
        ("quiet", "q"),
        ("tmpdir=", "p"),
        ("tmpdir", "t"),
        ("suffix=", "suffix"),
    ];
    let options = call.options("duqp:t", &long)?;
    let folder = options.value("p").map(str::to_owned).or_else(|| call.env().get("TMPDIR").cloned());
    let folder = folder.filter(|folder| !folder.is_empty()).unwrap_or_else(|| "/tmp".into());
    let template = match options.rest.first() {
        Some(template) if options.has("p") || options.has("t") => joined(&folder, template),
        Some(template) => template.clone(),
        None => joined(&folder, "tmp.XXXXXXXXXX"),
    };
    let end = template.rfind('X').map_or(0, |at| at + 1);
    let begin = template[..end].trim_end_matches('X').len();
    if end - begin < 3 {
        return call.fail(1, &format!("too few X's in template '{template}'"));
    }
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for _ in 0..100 {
        let mut name: String = template[..begin].to_owned();
        for _ in begin..end {
            let at = call.sys.machine.chance() % LETTERS.len() as u64;
            name.push(char::from(LETTERS[at as usize]));
        }
        name.push_str(&template[end..]);
        name.push_str(options.value("suffix").unwrap_or_default());
        if options.has("u") {
            call.line(&name);
            return Ok(0);
        }
        let now = call.sys.now();
        let (kind, bits, what) = if options.has("d") {
            (Kind::Folder(std::sync::Arc::default()), 0o700, "directory")
        } else {
            (Kind::File(Content::empty()), 0o600, "file")
        };
        let who = call.sys.cred();
        let mut node = Node::new(kind, bits, 0, now);
        node.links += u32::from(options.has("d"));
        let made = call.sys.walk(&name, false).and_then(|spot| call.sys.machine.make(&who, &spot, node));
        match made {
            Ok(_) => {
                call.line(&name);
                return Ok(0);
            }
            Err(Errno::Exists) => {}
            Err(error) => return call.fail(1, &format!("failed to create {what} via template '{template}': {error}")),
        }
    }
    call.fail(1, &format!("failed to create file via template '{template}': File exists"))
}

fn truncate(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("cs:", &[("size=", "s"), ("no-create", "c")])?;
    let word = options.value("s").unwrap_or_default().to_owned();
    let Some(size) =
        numbers::size(&word).and_then(|size| u64::try_from(size).ok()).filter(|_| !word.starts_with(['+', '-']))
    else {
        return if word.is_empty() {
            call.usage("you must specify either '--size' or '--reference'")
        } else {
            call.unknown(&format!("size `{word}`"))
        };
    };
    let mut status = 0;
    for path in &options.rest {
        let mode = Mode { write: true, create: (!options.has("c")).then_some(0o666), ..Mode::default() };
        let done = call.sys.open_path(path, mode).and_then(|open| {
            call.sys.machine.hold(open);
            call.sys.machine.release(open);
            let ino = call.sys.walk(path, true)?.ino().ok_or(Errno::Invalid)?;
            let now = call.sys.now();
            call.sys.machine.files.change(ino, now, |content| content.cut(size))
        });
        if let Err(error) = done {
            call.say(&format!("cannot open '{path}' for writing: {error}"));
            status = 1;
        }
    }
    Ok(status)
}
