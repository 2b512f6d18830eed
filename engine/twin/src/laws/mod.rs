//! The laws: what a cluster does by itself, one file each, woken by changes and by moments that fall due.
//!
//! A law is two functions: which objects a change gives it to look at, and what it does about one of them.
//! It reads and writes the world alone, never looks at all objects to find one, and acts the same on the same world.

use crate::world::{Again, Change, Key, World};

pub(crate) mod admission;
mod apiservice;
mod balancer;
mod container;
mod cronjob;
mod daemonset;
mod definition;
mod deployment;
pub(crate) mod disruption;
mod endpoints;
mod event;
mod garbage;
pub(crate) mod gitops;
mod heartbeat;
pub(crate) mod job;
mod kit;
pub(crate) mod kubelet;
mod longhorn;
mod machine;
pub(crate) mod masters;
mod namespace;
mod node;
pub(crate) mod quota;
mod replicaset;
pub(crate) mod runtime;
mod scheduler;
mod service;
pub(crate) mod serviceaccount;
mod statefulset;
#[cfg(test)]
mod tests;
mod tigera;
pub(crate) mod vip;
mod volume;

/// One law.
pub struct Law {
    /// Its name: the name of its file.
    pub name: &'static str,
    /// The objects it must look at because of a change.
    pub hears: fn(&World, &Change) -> Vec<Key>,
    /// Looks at one object, does one thing about it, and says when to be called again if nothing changes before.
    pub acts: fn(&mut World, &Key) -> Again,
}

/// All laws, sorted by name, which is also the order they act in at one moment.
pub const LAWS: &[Law] = &[
    apiservice::LAW,
    balancer::LAW,
    container::LAW,
    cronjob::LAW,
    daemonset::LAW,
    definition::LAW,
    deployment::LAW,
    disruption::LAW,
    endpoints::LAW,
    event::LAW,
    garbage::LAW,
    gitops::LAW,
    heartbeat::LAW,
    job::LAW,
    kubelet::LAW,
    longhorn::LAW,
    machine::LAW,
    masters::LAW,
    namespace::LAW,
    crate::cni::law::LAW,
    node::LAW,
    quota::LAW,
    replicaset::LAW,
    runtime::LAW,
    scheduler::LAW,
    service::LAW,
    serviceaccount::LAW,
    statefulset::LAW,
    tigera::LAW,
    vip::LAW,
    volume::LAW,
];
