//! The networks of pods: what container runtimes, CNI plugins and their agents do on machines, as laws of their own.
//!
//! Each of them acts by the commands, files and programs the real one uses, on one machine and its network; nothing here
//! decides whether a packet arrives: that is for `net` to compute. What a plugin leaves behind it leaves here too.

pub(crate) mod antrea;
pub(crate) mod calico;
mod chain;
pub(crate) mod cilium;
mod conf;
mod exec;
mod files;
pub(crate) mod flannel;
mod host;
mod jump;
mod kubelet;
pub(crate) mod law;
mod plugins;
mod proxy;
mod router;
#[cfg(test)]
mod tests;
mod ward;

pub(crate) use chain::{Pod, Trouble, add, delete};
pub(crate) use conf::{Folders, NOT_READY, PLAIN, chosen, plain, usual_plugins};
pub(crate) use exec::{furnish, of_agent};
pub(crate) use host::Host;
pub(crate) use law::{Verdict, verdict};
pub(crate) use plugins::{digits, number};
