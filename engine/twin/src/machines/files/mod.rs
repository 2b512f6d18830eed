//! The files of a machine: nodes and the mounts they lie on; a value, cheap to clone.
//!
//! Promises: a clone shares everything until one of the two is changed. Knows nothing of paths; those are walked in
//! `walk.rs`, since what is under `/proc` and `/sys` is computed from the machine.

mod mount;
mod node;
mod stat;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub use mount::Mount;
pub use node::{Content, Device, Ino, Kind, Node};
pub use stat::Stat;
pub use walk::{At, Spot, joined};

use super::errno::Errno;

/// All nodes of a machine with its mounts.
#[derive(Clone, Debug)]
pub struct Files {
    nodes: Arc<BTreeMap<Ino, Arc<Node>>>,
    /// What is mounted where, in the order it was mounted.
    pub mounts: Arc<Vec<Mount>>,
    root: Ino,
    next: Ino,
    devices: u32,
}

/// The device number of the first file system.
const ROOT_DEVICE: u32 = 1;

impl Files {
    /// An empty root on a disk of `size` bytes of which `used` are taken.
    pub fn new(source: &str, size: u64, used: u64, now: Duration) -> Self {
        let root = Node::folder(0o755, ROOT_DEVICE, now);
        let mount = Mount { size, used, ..Mount::new(source, "/", "ext4", "rw,relatime", ROOT_DEVICE) };
        Self {
            nodes: Arc::new(BTreeMap::from([(2, Arc::new(root))])),
            mounts: Arc::new(vec![Mount { root: 2, ..mount }]),
            root: 2,
            next: 3,
            devices: ROOT_DEVICE + 1,
        }
    }

    /// The root folder.
    pub fn root(&self) -> Ino {
        self.root
    }

    /// A node.
    pub fn node(&self, ino: Ino) -> Result<&Node, Errno> {
        self.nodes.get(&ino).map(|node| &**node).ok_or(Errno::Missing)
    }

    /// A node that is to be changed. Its size must not change this way.
    pub fn node_mut(&mut self, ino: Ino) -> Result<&mut Node, Errno> {
        Arc::make_mut(&mut self.nodes).get_mut(&ino).map(Arc::make_mut).ok_or(Errno::Missing)
    }

    /// The names in a folder.
    pub fn names(&self, ino: Ino) -> Result<&BTreeMap<String, Ino>, Errno> {
        match &self.node(ino)?.kind {
            Kind::Folder(names) => Ok(names),
            _ => Err(Errno::NotFolder),
        }
    }

    /// Puts a new node under a name that is not taken.
    pub fn add(&mut self, folder: Ino, name: &str, mut node: Node, now: Duration) -> Result<Ino, Errno> {
        let device = self.node(folder)?.device;
        node.device = device;
        self.take_space(device, 0, node.size())?;
        let is_folder = matches!(node.kind, Kind::Folder(_));
        let ino = self.next;
        self.next += 1;
        Arc::make_mut(&mut self.nodes).insert(ino, Arc::new(node));
        self.enter(folder, name, ino, now)?;
        if is_folder {
            self.node_mut(folder)?.links += 1;
        }
        Ok(ino)
    }

    /// Gives a node one more name.
    pub fn link(&mut self, folder: Ino, name: &str, ino: Ino, now: Duration) -> Result<(), Errno> {
        self.enter(folder, name, ino, now)?;
        self.node_mut(ino)?.links += 1;
        Ok(())
    }

    fn enter(&mut self, folder: Ino, name: &str, ino: Ino, now: Duration) -> Result<(), Errno> {
        if name.len() > 255 {
            return Err(Errno::LongName);
        }
        let node = self.node_mut(folder)?;
        node.modified = now;
        let Kind::Folder(names) = &mut node.kind else { return Err(Errno::NotFolder) };
        Arc::make_mut(names).insert(name.to_owned(), ino);
        Ok(())
    }

    /// Takes a name away and gives the node it stood for, which may have no name any more.
    pub fn unlink(&mut self, folder: Ino, name: &str, now: Duration) -> Result<Ino, Errno> {
        let node = self.node_mut(folder)?;
        node.modified = now;
        let Kind::Folder(names) = &mut node.kind else { return Err(Errno::NotFolder) };
        let ino = Arc::make_mut(names).remove(name).ok_or(Errno::Missing)?;
        let gone = self.node_mut(ino)?;
        let was_folder = matches!(gone.kind, Kind::Folder(_));
        gone.links = if was_folder { 0 } else { gone.links.saturating_sub(1) };
        if was_folder {
            let above = self.node_mut(folder)?;
            above.links = above.links.saturating_sub(1);
        }
        Ok(ino)
    }

    /// Forgets a node that has no name any more; the caller knows that nobody has it open.
    pub fn forget(&mut self, ino: Ino) {
        let Ok(node) = self.node(ino) else { return };
        if node.links > 0 {
            return;
        }
        let (device, size) = (node.device, node.size());
        let _ = self.take_space(device, size, 0);
        Arc::make_mut(&mut self.nodes).remove(&ino);
    }

    /// Changes the content of a file, where there is room for it.
    pub fn change(&mut self, ino: Ino, now: Duration, change: impl FnOnce(&mut Content)) -> Result<(), Errno> {
        let before = self.node(ino)?.size();
        let node = self.node_mut(ino)?;
        let device = node.device;
        let Kind::File(held) = &mut node.kind else { return Err(Errno::Invalid) };
        // The node must not hold on to the bytes, else every write would copy them.
        let mut content = std::mem::replace(held, Content::empty());
        change(&mut content);
        let grown = content.size();
        let room = self.take_space(device, before, grown);
        if room.is_err() {
            content.cut(before);
        }
        let node = self.node_mut(ino)?;
        node.kind = Kind::File(content);
        node.modified = now;
        room
    }

    /// Books what a file takes up on its device.
    fn take_space(&mut self, device: u32, before: u64, after: u64) -> Result<(), Errno> {
        let blocks = |size: u64| size.div_ceil(4096) * 4096;
        let (before, after) = (blocks(before), blocks(after));
        if before == after {
            return Ok(());
        }
        let mounts = Arc::make_mut(&mut self.mounts);
        let Some(mount) = mounts.iter_mut().find(|mount| mount.device == device) else { return Ok(()) };
        let used = mount.used.saturating_sub(before) + after;
        if after > before && mount.size > 0 && used > mount.size {
            return Err(Errno::NoSpace);
        }
        mount.used = used;
        Ok(())
    }
}
