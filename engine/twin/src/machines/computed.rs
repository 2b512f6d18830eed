//! What is under `/proc` and `/sys`: no files, but answers computed from the machine.
//!
//! A path that nobody here knows is not there.

mod network;
mod process;
mod system;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::Machine;
use super::errno::Errno;
use super::files::Stat;
use super::process::Pid;
use crate::mix::{START, mixed};

/// Something computed.
#[derive(Clone, Debug)]
pub struct Computed {
    /// Whether it is a folder.
    pub folder: bool,
    /// Where it leads, where it is a link.
    pub link: Option<String>,
    /// Its permission bits.
    pub mode: u32,
}

impl Computed {
    pub(super) fn folder() -> Self {
        Self { folder: true, link: None, mode: 0o555 }
    }

    pub(super) fn file(mode: u32) -> Self {
        Self { folder: false, link: None, mode }
    }

    pub(super) fn link(to: &str) -> Self {
        Self { folder: false, link: Some(to.to_owned()), mode: 0o777 }
    }

    pub(super) fn stat(&self, path: &str, now: Duration) -> Stat {
        let kind = if self.folder {
            0o040_000
        } else if self.link.is_some() {
            0o120_000
        } else {
            0o100_000
        };
        let ino = mixed(START, path.bytes());
        Stat {
            mode: kind | self.mode,
            uid: 0,
            gid: 0,
            size: 0,
            modified: now,
            links: 1,
            ino: 0xf000_0000 | (ino & 0x0fff_ffff),
            device: if path.starts_with("/sys") { 21 } else { 20 },
            blocks: 0,
        }
    }
}

impl Machine {
    /// What is computed at a path, where something is.
    pub fn computed(&self, path: &str) -> Option<Computed> {
        if path == "/proc" || path == "/sys" {
            return Some(Computed::folder());
        }
        if let Some(rest) = path.strip_prefix("/proc/") {
            return self.process_thing(rest).or_else(|| self.system_thing(rest));
        }
        self.sys_thing(path.strip_prefix("/sys/")?)
    }

    /// The names in a computed folder, sorted.
    pub fn computed_names(&self, path: &str) -> Vec<String> {
        let mut names = match path {
            "/proc" => self.proc_names(),
            _ => match path.strip_prefix("/proc/") {
                Some(rest) if rest.starts_with("sys") => {
                    self.setting_names(rest.strip_prefix("sys").unwrap_or_default())
                }
                Some(rest) => self.process_names(rest),
                None => self.sys_names(path.strip_prefix("/sys").unwrap_or_default()),
            },
        };
        names.sort();
        names.dedup();
        names
    }

    /// What a computed file says to the process `reader`.
    pub fn read_computed(&self, path: &str, reader: Pid) -> Result<Vec<u8>, Errno> {
        if path == "/proc/config.gz" {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            let written = out.write_all(self.kernel.config_text().as_bytes()).and_then(|()| out.finish());
            return written.map_err(|_| Errno::Io);
        }
        if let Some(rest) = path.strip_prefix("/proc/") {
            let text = match self.process_text(rest, reader) {
                Some(text) => Some(text),
                None => self.system_text(rest),
            };
            return text.map(|text| super::text::to_bytes(&text)).ok_or(Errno::Invalid);
        }
        self.sys_text(path.strip_prefix("/sys/").unwrap_or_default()).map(String::into_bytes).ok_or(Errno::Invalid)
    }

    /// Writes a computed file: a setting of the kernel.
    pub fn write_computed(&mut self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        let text = super::text::from_bytes(bytes);
        let Some(name) = path.strip_prefix("/proc/sys/") else { return Err(Errno::Io) };
        self.set_setting(name, text.trim_end_matches('\n'))
    }

    /// What a setting of the kernel is, by its path below `/proc/sys`.
    pub fn computed_setting(&self, name: &str) -> Option<String> {
        let path = format!("/proc/sys/{name}");
        if self.computed(&path)?.folder {
            return None;
        }
        self.read_computed(&path, 1).ok().map(|bytes| super::text::from_bytes(&bytes).trim_end_matches('\n').to_owned())
    }

    /// Sets a setting of the kernel, by its path below `/proc/sys`.
    pub fn set_setting(&mut self, name: &str, value: &str) -> Result<(), Errno> {
        if let Some(done) = self.set_net_setting(name, value) {
            return done;
        }
        let held = self.kernel.settings.get(name).ok_or(Errno::Missing)?;
        let words: Vec<&str> = value.split_whitespace().collect();
        let number = |word: &&str| word.parse::<i64>().is_ok();
        if held.split_whitespace().all(|word| word.parse::<i64>().is_ok()) && !words.iter().all(number) {
            return Err(Errno::Invalid);
        }
        if words.is_empty() {
            return Ok(());
        }
        let kernel = Arc::make_mut(&mut self.kernel);
        kernel.settings.insert(name.to_owned(), words.join("\t"));
        // The kernel knows this one under two names.
        let other = match name {
            "net/ipv4/ip_forward" => "net/ipv4/conf/all/forwarding",
            "net/ipv4/conf/all/forwarding" => "net/ipv4/ip_forward",
            _ => return Ok(()),
        };
        kernel.settings.insert(other.to_owned(), words.join("\t"));
        Ok(())
    }
}
