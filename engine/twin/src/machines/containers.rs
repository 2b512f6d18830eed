//! What containerd knows on a machine: images, sandboxes, containers; plain data that the laws fill in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Containers {
    /// Images by their whole name: `docker.io/library/busybox:1.36`.
    pub images: BTreeMap<String, Image>,
    /// Sandboxes of pods, the oldest first.
    pub pods: Vec<Sandbox>,
    /// Containers, the oldest first.
    pub all: Vec<Container>,
    /// The ids of containers that somebody removed, while their pods still tell of them.
    pub removed: BTreeSet<String>,
    /// Why the runtime does not answer, where it does not.
    pub down: Option<String>,
}

/// An image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// `sha256:…` of its configuration.
    pub id: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The sandbox of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sandbox {
    /// Its id, 64 digits.
    pub id: String,
    /// The pod's name.
    pub name: String,
    /// The pod's namespace.
    pub namespace: String,
    /// Whether it is ready.
    pub ready: bool,
    /// How many there were before it.
    pub attempt: u32,
    /// When it was made, since 1970.
    pub created: Duration,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its id, 64 digits.
    pub id: String,
    /// Its name in its pod.
    pub name: String,
    /// The image it was made from.
    pub image: String,
    /// `Running`, `Exited`, `Created`.
    pub state: String,
    /// How many there were before it.
    pub attempt: u32,
    /// When it was made, since 1970.
    pub created: Duration,
    /// The id of its sandbox.
    pub pod: String,
    /// What it has printed.
    pub log: Vec<String>,
}
