//! What is mounted where.

use std::sync::Arc;
use std::time::Duration;

use super::{Errno, Files, Ino, Node};

/// A file system at its place.
#[derive(Clone, Debug)]
pub struct Mount {
    /// What is mounted: a disk, or a word such as `tmpfs`.
    pub source: String,
    /// Where.
    pub target: String,
    /// `ext4`, `tmpfs`, `proc` and so on.
    pub kind: String,
    /// Its options, with commas between.
    pub options: String,
    /// The folder that shows up there.
    pub root: Ino,
    /// Its device number.
    pub device: u32,
    /// Its size in bytes; 0 where it has none.
    pub size: u64,
    /// How much of it is taken.
    pub used: u64,
    /// How many inodes it has at most; 0 where nobody counts.
    pub inodes: u64,
}

impl Mount {
    /// A mount without a size.
    pub fn new(source: &str, target: &str, kind: &str, options: &str, device: u32) -> Self {
        let words = [source, target, kind, options].map(str::to_owned);
        let [source, target, kind, options] = words;
        Self { source, target, kind, options, root: 0, device, size: 0, used: 0, inodes: 6_553_600 }
    }

    /// Whether it may only be read.
    pub fn read_only(&self) -> bool {
        self.options.split(',').any(|option| option == "ro")
    }

    /// Whether what is below it is computed from the machine.
    pub fn is_computed(&self) -> bool {
        matches!(self.kind.as_str(), "proc" | "sysfs" | "cgroup2")
    }
}

impl Files {
    /// Mounts an empty file system.
    pub fn mount(&mut self, source: &str, target: &str, kind: &str, options: &str, now: Duration) -> &mut Mount {
        let device = self.devices;
        self.devices += 1;
        let ino = self.next;
        self.next += 1;
        let mode = if kind == "tmpfs" || kind == "bpf" { 0o1777 } else { 0o755 };
        let mode = if target == "/run" || target == "/sys/fs/bpf" { 0o755 } else { mode };
        Arc::make_mut(&mut self.nodes).insert(ino, Arc::new(Node::folder(mode, device, now)));
        let mounts = Arc::make_mut(&mut self.mounts);
        mounts.push(Mount { root: ino, ..Mount::new(source, target, kind, options, device) });
        let last = mounts.len() - 1;
        &mut mounts[last]
    }

    /// Mounts a folder of the machine a second time.
    pub fn bind(&mut self, from: Ino, source: &str, target: &str) -> Result<(), Errno> {
        let device = self.node(from)?.device;
        let under = self.mounts.iter().find(|mount| mount.device == device).cloned();
        let under = under.ok_or(Errno::Invalid)?;
        let mount = Mount { root: from, target: target.to_owned(), source: source.to_owned(), ..under };
        Arc::make_mut(&mut self.mounts).push(mount);
        Ok(())
    }

    /// Takes the last mount at `target` away.
    pub fn unmount(&mut self, target: &str) -> Result<(), Errno> {
        let at = self.mounts.iter().rposition(|mount| mount.target == target).ok_or(Errno::Invalid)?;
        let below = format!("{}/", target.trim_end_matches('/'));
        if self.mounts.iter().any(|mount| mount.target.starts_with(&below)) {
            return Err(Errno::Busy);
        }
        Arc::make_mut(&mut self.mounts).remove(at);
        Ok(())
    }

    /// The mount a path lies on.
    pub fn mount_of(&self, path: &str) -> &Mount {
        let covers = |mount: &&Mount| {
            mount.target == "/" || path == mount.target || path.starts_with(&format!("{}/", mount.target))
        };
        let best = self.mounts.iter().filter(covers).max_by_key(|mount| mount.target.trim_end_matches('/').len());
        best.unwrap_or(&self.mounts[0])
    }

    /// The last mount exactly at `path`.
    pub fn mount_at(&self, path: &str) -> Option<&Mount> {
        self.mounts.iter().rfind(|mount| mount.target == path)
    }

    /// How many nodes lie on a device.
    pub fn count(&self, device: u32) -> u64 {
        self.nodes.values().filter(|node| node.device == device).count() as u64
    }

    /// Forgets what lies on file systems that a boot empties.
    pub fn boot(&mut self) {
        let lost: Vec<u32> = self
            .mounts
            .iter()
            .filter(|mount| matches!(mount.kind.as_str(), "tmpfs" | "bpf"))
            .map(|m| m.device)
            .collect();
        Arc::make_mut(&mut self.nodes).retain(|_, node| !lost.contains(&node.device));
        Arc::make_mut(&mut self.mounts).retain(|mount| mount.target == "/" || mount.source.starts_with("/dev/"));
    }
}
