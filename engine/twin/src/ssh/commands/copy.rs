//! `cp`, `install`: copies of files and folders.

use super::call::{Call, Done, Stop};
use super::change::ends;
use super::{Command, mode, once, owner};
use crate::machines::errno::Errno;
use crate::machines::files::{At, Content, Kind, Node, Spot, joined};

pub(super) const COMMANDS: &[Command] = &[once("cp", "/usr/bin", cp), once("install", "/usr/bin", install)];

/// What a copy keeps of what it is made from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keep {
    mode: bool,
    owner: bool,
    times: bool,
    /// Links stay links.
    links: bool,
    deep: bool,
    /// What cannot be written is removed first.
    force: bool,
    /// What is there already stays.
    spare: bool,
}

impl Keep {
    pub(super) fn all() -> Self {
        Self { mode: true, owner: true, times: true, links: true, deep: true, force: true, spare: false }
    }
}

fn cp(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("archive", "a"),
        ("recursive", "r"),
        ("force", "f"),
        ("no-clobber", "n"),
        ("verbose", "v"),
        ("no-dereference", "P"),
        ("dereference", "L"),
        ("preserve", "p"),
        ("preserve=", "preserve"),
        ("target-directory=", "t"),
        ("no-target-directory", "T"),
        ("update", "u"),
        ("parents", "parents"),
        ("reflink=", "reflink"),
    ];
    let options = call.options("aRrdpPLHfnvt:Tiux", &long)?;
    if let Some(odd) = ["u", "parents", "x"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `{odd}`"));
    }
    let archive = options.has("a");
    let deep = archive || options.has("r") || options.has("R");
    let named = options.value("preserve").unwrap_or_default().to_owned();
    let keeps = |word: &str| archive || options.has("p") || named.contains(word) || named == "all";
    let keep = Keep {
        mode: keeps("mode"),
        owner: keeps("ownership"),
        times: keeps("timestamps"),
        links: !options.has("L") && (deep || options.has("P") || options.has("d")),
        deep,
        force: options.has("f"),
        spare: options.has("n"),
    };
    let (froms, to) = ends(call, &options)?;
    let folder = !options.has("T") && call.sys.stat(&to, true).is_ok_and(|stat| stat.is_folder());
    if froms.len() > 1 && !folder {
        return call.fail(1, &format!("target '{to}': No such file or directory"));
    }
    let mut status = 0;
    for from in froms {
        let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or(&from).to_owned();
        let at = if folder { joined(&to, if name == "." || name == ".." { "" } else { &name }) } else { to.clone() };
        match tree(call, &from, &at, &keep) {
            Ok(()) if options.has("v") => call.line(&format!("'{from}' -> '{at}'")),
            Ok(()) => {}
            Err((text, _)) => {
                call.say(&text);
                status = 1;
            }
        }
    }
    Ok(status)
}

type Failed = (String, Errno);

/// Copies what is at `from` to `at`.
pub(super) fn tree(call: &mut Call<'_, '_>, from: &str, at: &str, keep: &Keep) -> Result<(), Failed> {
    let stat_error = |error: Errno| (format!("cannot stat '{from}': {error}"), error);
    let source = call.sys.walk(from, !keep.links).map_err(stat_error)?;
    let stat = call.sys.machine.stat_at(&source).map_err(stat_error)?;
    if stat.is_folder() {
        if !keep.deep {
            return Err((format!("-r not specified; omitting directory '{from}'"), Errno::IsFolder));
        }
        return folder(call, &source, from, at, keep);
    }
    let bytes = if stat.is_link() { None } else { Some(content(call, &source, from)?) };
    let target = call.sys.walk(at, !stat.is_link());
    let cannot = |error: Errno| (format!("cannot create regular file '{at}': {error}"), error);
    let target = target.map_err(cannot)?;
    if target.at == At::Nothing && at.ends_with('/') {
        return Err(cannot(Errno::NotFolder));
    }
    if target.at != At::Nothing {
        if keep.spare {
            return Ok(());
        }
        if target.path == source.path {
            return Err((format!("'{from}' and '{at}' are the same file"), Errno::Exists));
        }
        if call.sys.machine.is_folder_at(&target) {
            return Err((format!("cannot overwrite directory '{at}' with non-directory"), Errno::IsFolder));
        }
    }
    let made = match (&bytes, call.sys.machine.files.node(source.ino().unwrap_or(0)).map(|node| node.kind.clone())) {
        (None, Ok(kind @ Kind::Link(_))) => put(call, &target, kind, 0o777),
        (Some(content), _) if target.at == At::Nothing => {
            let umask = call.sys.me().umask;
            put(call, &target, Kind::File(content.clone()), stat.mode & 0o777 & !umask)
        }
        (Some(content), _) => over(call, &target, at, content.clone(), keep.force),
        _ => Err(Errno::Invalid),
    };
    made.map_err(cannot)?;
    attributes(call, at, &stat, keep, !stat.is_link());
    Ok(())
}

fn content(call: &mut Call<'_, '_>, source: &Spot, from: &str) -> Result<Content, Failed> {
    let cannot = |error: Errno| (format!("cannot open '{from}' for reading: {error}"), error);
    let who = call.sys.cred();
    if !call.sys.machine.may_at(&who, source, 4) {
        return Err(cannot(Errno::Access));
    }
    match source.at {
        At::Real(ino) => match &call.sys.machine.files.node(ino).map_err(cannot)?.kind {
            Kind::File(content) => Ok(content.clone()),
            _ => {
                let bytes = call.sys.read_file(from, 1 << 20).map_err(cannot)?;
                Ok(Content::Bytes(std::sync::Arc::new(bytes)))
            }
        },
        _ => {
            let bytes = call.sys.read_file(from, 64 << 20).map_err(cannot)?;
            Ok(Content::Bytes(std::sync::Arc::new(bytes)))
        }
    }
}

fn put(call: &mut Call<'_, '_>, target: &Spot, kind: Kind, mode: u32) -> Result<(), Errno> {
    let who = call.sys.cred();
    if target.at != At::Nothing {
        call.sys.machine.remove(&who, target, false)?;
    }
    let target = call.sys.walk(&target.path, false)?;
    let now = call.sys.now();
    call.sys.machine.make(&who, &target, Node::new(kind, mode, 0, now)).map(|_| ())
}

fn over(call: &mut Call<'_, '_>, target: &Spot, at: &str, content: Content, force: bool) -> Result<(), Errno> {
    let who = call.sys.cred();
    if call.sys.machine.files.mount_of(&target.path).read_only() {
        return Err(Errno::ReadOnly);
    }
    if !call.sys.machine.may_at(&who, target, 2) {
        if force {
            return put(call, target, Kind::File(content), 0o644);
        }
        return Err(Errno::Access);
    }
    match target.ino().map(|ino| (ino, call.sys.machine.files.node(ino).is_ok_and(|n| matches!(n.kind, Kind::File(_)))))
    {
        Some((ino, true)) => {
            let now = call.sys.now();
            call.sys.machine.files.change(ino, now, |held| *held = content)
        }
        _ => call.sys.write_file(at, &content.read(0, 64 << 20), false),
    }
}

fn folder(call: &mut Call<'_, '_>, source: &Spot, from: &str, at: &str, keep: &Keep) -> Result<(), Failed> {
    let cannot = |error: Errno| (format!("cannot create directory '{at}': {error}"), error);
    let stat = call.sys.machine.stat_at(source).map_err(cannot)?;
    let who = call.sys.cred();
    let here = call.sys.me().folder.clone();
    let inside = call.sys.walk(at, true).map_err(cannot)?;
    if inside.path.starts_with(&format!("{}/", source.path)) {
        return Err((format!("cannot copy a directory, '{from}', into itself, '{at}'"), Errno::Invalid));
    }
    if inside.at == At::Nothing {
        let umask = call.sys.me().umask;
        let bits = stat.mode & 0o7777 & !umask | 0o700;
        call.sys.machine.make_folder(&who, &here, at, bits).map_err(cannot)?;
    } else if !call.sys.machine.is_folder_at(&inside) {
        return Err((format!("cannot overwrite non-directory '{at}' with directory '{from}'"), Errno::NotFolder));
    }
    let open_error = |error: Errno| (format!("cannot access '{from}': {error}"), error);
    let names = call.sys.machine.names_at(&who, source).map_err(open_error)?;
    let mut failed = None;
    for name in names {
        let done = tree(call, &joined(from, &name), &joined(at, &name), keep);
        failed = failed.or(done.err());
    }
    attributes(call, at, &stat, keep, true);
    failed.map_or(Ok(()), Err)
}

/// Gives a copy what it keeps. That it may not is no failure.
fn attributes(call: &mut Call<'_, '_>, at: &str, stat: &crate::machines::files::Stat, keep: &Keep, follow: bool) {
    let root = call.sys.me().cred.uid == 0;
    let Ok(spot) = call.sys.walk(at, follow) else { return };
    let Some(ino) = spot.ino() else { return };
    let Ok(node) = call.sys.machine.files.node_mut(ino) else { return };
    if keep.mode && follow {
        node.mode = stat.mode & 0o7777;
    }
    if keep.owner && root {
        (node.uid, node.gid) = (stat.uid, stat.gid);
    }
    if keep.times {
        node.modified = stat.modified;
    }
}

fn install(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("directory", "d"),
        ("mode=", "m"),
        ("owner=", "o"),
        ("group=", "g"),
        ("verbose", "v"),
        ("target-directory=", "t"),
        ("compare", "C"),
    ];
    let options = call.options("dDm:o:g:vt:TCpcs", &long)?;
    if let Some(odd) = ["C", "s"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `-{odd}`"));
    }
    let Some(bits) = mode::apply(options.value("m").unwrap_or("755"), 0, false, 0) else {
        return call.fail(1, &format!("invalid mode '{}'", options.value("m").unwrap_or_default()));
    };
    let ids = match owner::read(call.sys.machine, options.value("o").unwrap_or(""), options.value("g")) {
        Ok(ids) => ids,
        Err(why) => return call.fail(1, &why),
    };
    let mut made = Vec::new();
    if options.has("d") {
        for path in &options.rest {
            folders(call, path)?;
            made.push(path.clone());
        }
    } else {
        let (froms, to) = ends(call, &options)?;
        let folder = !options.has("T") && call.sys.stat(&to, true).is_ok_and(|stat| stat.is_folder());
        if options.has("D")
            && let Some((above, _)) = to.rsplit_once('/').filter(|_| !folder)
        {
            folders(call, above)?;
        }
        for from in froms {
            let name = from.rsplit('/').next().unwrap_or(&from).to_owned();
            let at = if folder { joined(&to, &name) } else { to.clone() };
            if let Err((text, _)) = tree(call, &from, &at, &Keep { force: true, ..Keep::default() }) {
                return call.fail(1, &text);
            }
            made.push(at);
        }
    }
    for path in made {
        let node = call.sys.walk(&path, true).ok().and_then(|spot| spot.ino());
        if let Some(node) = node.and_then(|ino| call.sys.machine.files.node_mut(ino).ok()) {
            node.mode = bits;
            node.uid = ids.0.unwrap_or(node.uid);
            node.gid = ids.1.unwrap_or(node.gid);
        }
    }
    Ok(0)
}

fn folders(call: &mut Call<'_, '_>, path: &str) -> Result<(), Stop> {
    let who = call.sys.cred();
    let here = call.sys.me().folder.clone();
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    for step in ends.map(|end| path[..end].to_owned()).filter(|step| !step.is_empty()).collect::<Vec<_>>() {
        let made = call.sys.machine.make_folder(&who, &here, &step, 0o755);
        if let Err(error) = made
            && !call.sys.stat(&step, true).is_ok_and(|stat| stat.is_folder())
        {
            return call.fail(1, &format!("cannot create directory '{step}': {error}"));
        }
    }
    Ok(())
}
