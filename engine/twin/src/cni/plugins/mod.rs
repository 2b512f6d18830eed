//! The plugins: what each does in the namespace of a pod and on its machine.

mod antrea;
mod bridge;
mod calico;
mod cilium;
mod flannel;
mod host_local;

use super::chain::{Failed, Task};
use super::host::Host;
use std::net::Ipv4Addr;

pub(crate) use calico::cable;

/// Has a plugin give a pod its part of the network.
///
/// # Errors
/// What the plugin says.
pub(super) fn add(host: &mut Host<'_>, task: &Task<'_>, kind: &str) -> Result<Option<Ipv4Addr>, Failed> {
    match kind {
        "antrea" => antrea::add(host, task).map(Some),
        "bridge" => bridge::add(host, task).map(Some),
        "calico" => calico::add(host, task).map(Some),
        "cilium-cni" => cilium::add(host, task).map(Some),
        "flannel" => flannel::add(host, task).map(Some),
        // These change what is there, not where packets go.
        "portmap" | "bandwidth" | "tuning" | "loopback" | "firewall" => Ok(None),
        other => Err((format!("the twin does not know the plugin \"{other}\""), 0)),
    }
}

/// Has a plugin take its part away.
///
/// # Errors
/// What the plugin says.
pub(super) fn delete(host: &mut Host<'_>, task: &Task<'_>, kind: &str) -> Result<(), Failed> {
    match kind {
        "antrea" => antrea::delete(host, task),
        "bridge" => {
            bridge::delete(host, task);
            Ok(())
        }
        "calico" => {
            calico::delete(host, task);
            Ok(())
        }
        "cilium-cni" => cilium::delete(host, task),
        "flannel" => {
            flannel::delete(host, task);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Some digits made of words, the same for the same words: names of links.
pub(crate) fn digits(words: &[&str], count: usize) -> String {
    use sha2::{Digest, Sha256};
    let sum = Sha256::digest(words.join("/").as_bytes());
    sum.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..count.min(64)].to_owned()
}

/// A number made of words, the same for the same words.
pub(crate) fn number(words: &[&str]) -> u32 {
    u32::from_str_radix(&digits(words, 8), 16).unwrap_or(0)
}
