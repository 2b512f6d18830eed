//! Machines as values: files, users, processes, units, journal, kernel, containers.
//!
//! Promises: a machine takes the time as an argument, reads no clock, does no I/O; a copy is cheap and lives on its own.
//! What it does not know it says loudly, and keeps for the report ([`Machine::unknown`]).

pub mod bpf;
pub mod containers;
pub mod errno;
pub mod files;
pub mod kernel;
pub mod open;
pub mod power;
pub mod process;
pub mod session;
pub mod signal;
pub mod sys;
pub(crate) mod terminal;
pub mod text;
pub mod units;
pub mod user;
pub mod web;

mod ask;
mod attend;
mod base;
mod cards;
mod computed;
mod life;
mod ports;
mod settings;
mod things;

pub use attend::Ran;
pub use base::Bare;
pub use cards::Card;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use files::Files;
use open::{Open, OpenId, Pipe};
use process::{Pid, Process};
use session::Session;

use crate::world::Outside;

/// Programs that a usual machine does not have: who asks for one of them is told so, and the twin lacks nothing.
const ABSENT: [&str; 3] = ["chronyc", "getenforce", "nft"];

/// One machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its name in the scene.
    pub name: String,
    /// Other names people reach it by.
    pub also: Arc<Vec<String>>,
    /// The moment it has lived to, since 1970.
    pub now: Duration,
    /// Its files.
    pub files: Files,
    /// Its processes.
    pub procs: Arc<BTreeMap<Pid, Process>>,
    pub(crate) opens: Arc<BTreeMap<OpenId, Open>>,
    pub(crate) pipes: Arc<BTreeMap<u64, Pipe>>,
    pub(crate) sessions: Arc<BTreeMap<u64, Session>>,
    /// Its kernel.
    pub kernel: Arc<things::Kernel>,
    /// What it was asked for and does not know, in the order of asking.
    pub unknown: Arc<Vec<Unknown>>,
    /// Its boot id.
    pub boot_id: String,
    /// When it was booted, since 1970.
    pub booted: Duration,
    pub(crate) next_open: OpenId,
    pub(crate) last_pid: Pid,
    pub(crate) running: Option<Pid>,
    pub(crate) seed: u64,
    /// Whether it runs.
    pub power: power::Power,
    /// How long its boots take, where that is not the usual.
    pub boot_time: Option<Duration>,
    /// What goes wrong with it on purpose.
    pub faults: Arc<Vec<power::Fault>>,
    /// How many times all its connections were lost.
    pub cuts: u64,
    pub(crate) cut_at: Option<Duration>,
    pub(crate) reboot_at: Option<Duration>,
    /// Its units.
    pub units: Arc<units::Units>,
    /// What its units have said.
    pub journal: Arc<Vec<units::Line>>,
    /// What its container runtime has.
    pub containers: Arc<containers::Containers>,
    /// What its kernel has of BPF.
    pub bpf: Arc<bpf::Bpf>,
    /// What it gets where it asks for an address of the web.
    pub web: Arc<BTreeMap<String, web::Reply>>,
    /// Its network cards and how each boot sets them up.
    pub cards: Arc<Vec<Card>>,
    /// Its processes that listen on a port, and the owner they listen as.
    pub(crate) ports: Arc<BTreeMap<Pid, ports::Port>>,
    /// The boot in which its kubelet worked first: from then on what it started lives without it.
    pub(crate) plane_began: String,
    /// Where it is in the network, for what is no machine there: the machine it is on, and the namespace.
    pub(crate) place: Option<(String, String)>,
    /// The world it is in, while it runs.
    pub(crate) world: Outside,
}

/// Something a machine was asked for and does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The moment.
    pub at: Duration,
    /// The words it was asked with.
    pub words: Vec<String>,
    /// What of it is not known.
    pub what: String,
}

impl Machine {
    /// Keeps that something was not known.
    pub fn note_unknown(&mut self, words: &[String], what: &str) {
        let absent = words.first().is_some_and(|word| ABSENT.contains(&word.rsplit('/').next().unwrap_or(word)));
        if what == "command" && absent {
            return;
        }
        let note = Unknown { at: self.now, words: words.to_vec(), what: what.to_owned() };
        let notes = Arc::make_mut(&mut self.unknown);
        if notes.len() < 10_000 {
            notes.push(note);
        }
    }

    /// The next number of this machine's own chance; the same seed gives the same row.
    pub fn chance(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn random_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.chance().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    /// A random id in the form of boot ids.
    pub(crate) fn random_id(&mut self) -> String {
        let (high, low) = (self.chance(), self.chance());
        let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}
