//! A pod gets its network and loses it: the plugins of the configuration of that moment, one after the other.
//!
//! A pod keeps the network it was born with; but its end is told to the plugins of the configuration of then, which may be
//! another's: that is how addresses leak.

use super::conf::{Folders, NOT_READY, chosen};
use super::host::Host;
use super::plugins;
use crate::json::Value;
use std::net::Ipv4Addr;

/// The pod that gets a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pod {
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
    /// Its uid.
    pub(crate) uid: String,
    /// The id of its sandbox, 64 digits.
    pub(crate) sandbox: String,
}

impl Pod {
    /// The name of its network namespace.
    pub(crate) fn netns(&self) -> String {
        format!("cni-{}", self.uid)
    }
}

/// Why a pod has no network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The runtime has no configuration: nothing was tried.
    NotReady,
    /// A plugin failed, in these words.
    Failed {
        /// The words.
        said: String,
        /// How many seconds it took until it said so.
        after: i64,
    },
}

/// What a plugin has to work with.
pub(crate) struct Task<'a> {
    /// The pod.
    pub(crate) pod: &'a Pod,
    /// Its network namespace.
    pub(crate) netns: &'a str,
    /// The name of the network.
    pub(crate) network: &'a str,
    /// The plugin's own configuration.
    pub(crate) conf: &'a Value,
    /// Where plugins are.
    pub(crate) folders: &'a Folders,
}

/// A failure of a plugin: its words, and how many seconds it took.
pub(crate) type Failed = (String, i64);

/// Gives a pod its network.
///
/// # Errors
/// What the runtime says; what was made so far is taken back, as far as the plugins do that.
pub(crate) fn add(host: &mut Host<'_>, pod: &Pod) -> Result<Ipv4Addr, Trouble> {
    let folders = Folders::of(host.machine);
    let Some(conf) = chosen(host.machine, &folders) else { return Err(Trouble::NotReady) };
    let netns = pod.netns();
    let machine = host.name().to_owned();
    host.net.add_namespace(&machine, &netns);
    host.machine.write(&format!("/run/netns/{netns}"), b"");
    host.machine.write(&loopback(pod), b"");
    drop(host.run_in(&netns, "ip link set lo up", ""));
    let mut address = None;
    for plugin in &conf.plugins {
        let kind = plugin["type"].as_str().unwrap_or_default();
        let task = Task { pod, netns: &netns, network: &conf.name, conf: plugin, folders: &folders };
        let made = found(host, &folders, kind).and_then(|()| plugins::add(host, &task, kind));
        match made {
            Ok(given) => address = address.or(given),
            Err((said, after)) => {
                delete(host, pod);
                return Err(Trouble::Failed { said: format!("plugin type=\"{kind}\" failed (add): {said}"), after });
            }
        }
    }
    let cache = format!("/var/lib/cni/results/{}-{}-eth0", conf.name, pod.sandbox);
    host.machine.write(&cache, conf.file.as_bytes());
    address.ok_or_else(|| Trouble::Failed {
        said: format!("{NOT_READY}: no plugin of the network \"{}\" gave an address", conf.name),
        after: 0,
    })
}

/// Takes a pod's network away, by the configuration of now. What no plugin of it knows stays where it is.
pub(crate) fn delete(host: &mut Host<'_>, pod: &Pod) -> Option<Failed> {
    let folders = Folders::of(host.machine);
    let netns = pod.netns();
    let mut trouble = None;
    if let Some(conf) = chosen(host.machine, &folders) {
        for plugin in conf.plugins.iter().rev() {
            let kind = plugin["type"].as_str().unwrap_or_default();
            let task = Task { pod, netns: &netns, network: &conf.name, conf: plugin, folders: &folders };
            if found(host, &folders, kind).is_ok()
                && let Err((said, after)) = plugins::delete(host, &task, kind)
            {
                trouble = Some((format!("plugin type=\"{kind}\" failed (delete): {said}"), after));
            }
        }
        host.machine.take_away(&format!("/var/lib/cni/results/{}-{}-eth0", conf.name, pod.sandbox));
    }
    let machine = host.name().to_owned();
    host.net.delete_namespace(&machine, &netns);
    host.machine.take_away(&format!("/run/netns/{netns}"));
    host.machine.take_away(&loopback(pod));
    trouble
}

/// Where the runtime keeps what the plugin of the loopback gave.
fn loopback(pod: &Pod) -> String {
    format!("/var/lib/cni/results/cni-loopback-{}-lo", pod.sandbox)
}

fn found(host: &Host<'_>, folders: &Folders, kind: &str) -> Result<(), Failed> {
    let there = |folder: &String| host.machine.has(&format!("{folder}/{kind}"));
    if folders.programs.iter().any(there) {
        return Ok(());
    }
    Err((format!("failed to find plugin \"{kind}\" in path {}", folders.path()), 0))
}
