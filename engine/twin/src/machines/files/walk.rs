//! From a path to what is there: links, mounts, permissions; and what can be done with it, as a kernel would.

use std::time::Duration;

use super::{Content, Ino, Kind, Node, Stat};
use crate::machines::Machine;
use crate::machines::errno::Errno;
use crate::machines::user::Cred;

/// Where a path leads.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The path without links, `.` and `..`.
    pub path: String,
    /// What is there.
    pub at: At,
    /// The folder it is in, where that is a real one.
    pub parent: Option<Ino>,
    /// Its name in that folder.
    pub name: String,
}

/// What is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A node.
    Real(Ino),
    /// Something computed.
    Computed,
    /// Nothing; but the folder for it is there.
    Nothing,
}

/// How many links are followed on one way.
const LINKS_MAX: u32 = 40;

/// `name` below `folder`.
pub fn joined(folder: &str, name: &str) -> String {
    if name.starts_with('/') {
        name.to_owned()
    } else if folder.ends_with('/') {
        format!("{folder}{name}")
    } else {
        format!("{folder}/{name}")
    }
}

impl Spot {
    /// The node, where there is a real one.
    pub fn ino(&self) -> Option<Ino> {
        match self.at {
            At::Real(ino) => Some(ino),
            _ => None,
        }
    }
}

impl Machine {
    /// Follows `path` from the folder `from`, and the link at its end where `follow` says so.
    pub fn walk(&self, who: &Cred, from: &str, path: &str, follow: bool) -> Result<Spot, Errno> {
        if path.is_empty() {
            return Err(Errno::Missing);
        }
        if path.len() > 4095 {
            return Err(Errno::LongName);
        }
        let whole = joined(from, path);
        let folder_wanted = path.ends_with('/') || path.ends_with("/.") || path == ".";
        let mut todo: Vec<String> = whole.split('/').rev().filter(|step| !step.is_empty()).map(str::to_owned).collect();
        let root = Spot { path: "/".into(), at: At::Real(self.files.root()), parent: None, name: "/".into() };
        let mut way = vec![root];
        let mut links = 0;
        while let Some(step) = todo.pop() {
            let last = todo.is_empty();
            let here = &way[way.len() - 1];
            if here.at == At::Nothing {
                return Err(Errno::Missing);
            }
            if !self.is_folder_at(here) {
                return Err(Errno::NotFolder);
            }
            if !self.may_at(who, here, 1) {
                return Err(Errno::Access);
            }
            if step == "." {
                continue;
            }
            if step == ".." {
                if way.len() > 1 {
                    way.pop();
                }
                continue;
            }
            let next = self.step(here, &step)?;
            if let Some(to) = self.link_at(&next).filter(|_| !last || follow || folder_wanted) {
                links += 1;
                if links > LINKS_MAX {
                    return Err(Errno::Loop);
                }
                if to.starts_with('/') {
                    way.truncate(1);
                }
                todo.extend(to.split('/').rev().filter(|step| !step.is_empty()).map(str::to_owned));
                continue;
            }
            way.push(next);
        }
        let Some(spot) = way.pop() else { return Err(Errno::Missing) };
        if folder_wanted && spot.at != At::Nothing && !self.is_folder_at(&spot) {
            return Err(Errno::NotFolder);
        }
        Ok(spot)
    }

    /// One step down from a folder.
    fn step(&self, here: &Spot, name: &str) -> Result<Spot, Errno> {
        let path = joined(&here.path, name);
        let parent = here.ino();
        let spot = |at| Spot { path: path.clone(), at, parent, name: name.to_owned() };
        if let Some(mount) = self.files.mount_at(&path) {
            return Ok(spot(if mount.is_computed() { At::Computed } else { At::Real(mount.root) }));
        }
        match here.at {
            At::Real(ino) => Ok(spot(self.files.names(ino)?.get(name).map_or(At::Nothing, |ino| At::Real(*ino)))),
            At::Computed => Ok(spot(if self.computed(&path).is_some() { At::Computed } else { At::Nothing })),
            At::Nothing => Err(Errno::Missing),
        }
    }

    fn link_at(&self, spot: &Spot) -> Option<String> {
        match spot.at {
            At::Real(ino) => match &self.files.node(ino).ok()?.kind {
                Kind::Link(to) => Some(to.clone()),
                _ => None,
            },
            At::Computed => self.computed(&spot.path)?.link,
            At::Nothing => None,
        }
    }

    /// Whether it is a folder.
    pub fn is_folder_at(&self, spot: &Spot) -> bool {
        match spot.at {
            At::Real(ino) => self.files.node(ino).is_ok_and(|node| matches!(node.kind, Kind::Folder(_))),
            At::Computed => self.computed(&spot.path).is_some_and(|there| there.folder),
            At::Nothing => false,
        }
    }

    /// Whether `who` may read (4), write (2) or enter (1) what is there.
    pub fn may_at(&self, who: &Cred, spot: &Spot, wanted: u32) -> bool {
        let Ok(stat) = self.stat_at(spot) else { return false };
        who.may(&stat, wanted)
    }

    /// What is known of what is there.
    pub fn stat_at(&self, spot: &Spot) -> Result<Stat, Errno> {
        match spot.at {
            At::Real(ino) => {
                let node = self.files.node(ino)?;
                let size = node.size();
                let blocks = match &node.kind {
                    Kind::File(Content::Holes(_)) | Kind::Device(_) | Kind::Fifo | Kind::Socket | Kind::Link(_) => 0,
                    _ => size.div_ceil(4096) * 8,
                };
                Ok(Stat {
                    mode: node.type_bits() | node.mode,
                    uid: node.uid,
                    gid: node.gid,
                    size,
                    modified: node.modified,
                    links: node.links,
                    ino,
                    device: node.device,
                    blocks,
                })
            }
            At::Computed => {
                let there = self.computed(&spot.path).ok_or(Errno::Missing)?;
                Ok(there.stat(&spot.path, self.now))
            }
            At::Nothing => Err(Errno::Missing),
        }
    }

    /// What is known of what is at a path.
    pub fn stat(&self, who: &Cred, from: &str, path: &str, follow: bool) -> Result<Stat, Errno> {
        self.stat_at(&self.walk(who, from, path, follow)?)
    }

    /// The names in a folder, sorted.
    pub fn names_at(&self, who: &Cred, spot: &Spot) -> Result<Vec<String>, Errno> {
        if spot.at == At::Nothing {
            return Err(Errno::Missing);
        }
        if !self.is_folder_at(spot) {
            return Err(Errno::NotFolder);
        }
        if !self.may_at(who, spot, 4) {
            return Err(Errno::Access);
        }
        match spot.at {
            At::Real(ino) => Ok(self.files.names(ino)?.keys().cloned().collect()),
            _ => Ok(self.computed_names(&spot.path)),
        }
    }

    /// Sees that something may be made or removed in the folder of `spot`.
    pub fn may_change_folder(&self, who: &Cred, spot: &Spot) -> Result<Ino, Errno> {
        let parent = spot.parent.ok_or(Errno::Access)?;
        let node = self.files.node(parent)?;
        if self.files.mount_of(&spot.path).read_only() {
            return Err(Errno::ReadOnly);
        }
        let stat = self.stat_at(&Spot { at: At::Real(parent), ..spot.clone() })?;
        if !who.may(&stat, 3) {
            return Err(Errno::Access);
        }
        // In a folder like /tmp only the owner of a thing may take it away.
        if let (At::Real(ino), true) = (spot.at, node.mode & 0o1000 > 0) {
            let own = self.files.node(ino)?.uid == who.uid || node.uid == who.uid;
            if !own && who.uid != 0 {
                return Err(Errno::Permitted);
            }
        }
        Ok(parent)
    }

    /// Makes a node where nothing is.
    pub fn make(&mut self, who: &Cred, spot: &Spot, node: Node) -> Result<Ino, Errno> {
        if spot.at != At::Nothing {
            return Err(Errno::Exists);
        }
        let parent = self.may_change_folder(who, spot)?;
        let node = Node { uid: who.uid, gid: who.gid, ..node };
        let now = self.now;
        self.files.add(parent, &spot.name, node, now)
    }

    /// Makes a folder.
    pub fn make_folder(&mut self, who: &Cred, from: &str, path: &str, mode: u32) -> Result<Ino, Errno> {
        let spot = self.walk(who, from, path, true)?;
        self.make(who, &spot, Node::folder(mode, 0, Duration::ZERO)).inspect(|ino| {
            let now = self.now;
            if let Ok(node) = self.files.node_mut(*ino) {
                node.modified = now;
            }
        })
    }

    /// Removes a file or an empty folder, as `folder` says which.
    pub fn remove(&mut self, who: &Cred, spot: &Spot, folder: bool) -> Result<(), Errno> {
        let ino = match spot.at {
            At::Real(ino) => ino,
            At::Computed => return Err(Errno::Permitted),
            At::Nothing => return Err(Errno::Missing),
        };
        let parent = self.may_change_folder(who, spot)?;
        match (&self.files.node(ino)?.kind, folder) {
            (Kind::Folder(_), false) => return Err(Errno::IsFolder),
            (Kind::Folder(names), true) if !names.is_empty() => return Err(Errno::NotEmpty),
            (Kind::Folder(_), true) if self.files.mount_at(&spot.path).is_some() => return Err(Errno::Busy),
            (Kind::Folder(_), true) | (_, false) => {}
            (_, true) => return Err(Errno::NotFolder),
        }
        let now = self.now;
        let gone = self.files.unlink(parent, &spot.name, now)?;
        self.let_go(gone);
        Ok(())
    }

    /// Moves what is at `from` to `to`, over what is there.
    pub fn rename(&mut self, who: &Cred, from: &Spot, to: &Spot) -> Result<(), Errno> {
        let ino = from.ino().ok_or(if from.at == At::Nothing { Errno::Missing } else { Errno::Permitted })?;
        let (old, new) = (self.may_change_folder(who, from)?, self.may_change_folder(who, to)?);
        let device = self.files.node(ino)?.device;
        if device != self.files.node(new)?.device {
            return Err(Errno::OtherDevice);
        }
        if to.at == At::Real(ino) {
            return Ok(());
        }
        if to.path.starts_with(&format!("{}/", from.path)) {
            return Err(Errno::Invalid);
        }
        let is_folder = self.is_folder_at(from);
        if to.at != At::Nothing {
            match (is_folder, self.is_folder_at(to)) {
                (true, false) => return Err(Errno::NotFolder),
                (false, true) => return Err(Errno::IsFolder),
                (folder, _) => self.remove(who, to, folder)?,
            }
        }
        let now = self.now;
        self.files.link(new, &to.name, ino, now)?;
        let links = self.files.node(ino)?.links;
        self.files.unlink(old, &from.name, now)?;
        self.files.node_mut(ino)?.links = links - 1;
        if is_folder {
            self.files.node_mut(ino)?.links = links - 1;
            self.files.node_mut(new)?.links += 1;
        }
        Ok(())
    }

    /// Forgets a node that has no name and that nobody has open.
    pub fn let_go(&mut self, ino: Ino) {
        if !self.is_open(ino) {
            self.files.forget(ino);
        }
    }
}
