//! A network namespace of this machine's kernel, entered by a thread for a moment: no program needs to be started.

use std::fs::File;
use std::io::Error;
use std::os::fd::AsFd;

/// Settings of every link that namespaces are born with, so that this machine's own do not matter.
const OFF: [&str; 13] = [
    "forwarding",
    "rp_filter",
    "proxy_arp",
    "promote_secondaries",
    "accept_local",
    "arp_ignore",
    "arp_announce",
    "arp_filter",
    "route_localnet",
    "src_valid_mark",
    "ignore_routes_with_linkdown",
    "send_redirects",
    "accept_redirects",
];

/// Does a thing in a network namespace, on a thread of its own.
pub(crate) fn inside<T: Send + 'static>(
    space: File,
    what: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
    let work = std::thread::spawn(move || {
        move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network))?;
        what()
    });
    work.join().unwrap_or_else(|_| Err(Error::other("the thread broke")))
}

/// The settings that a new namespace begins with.
pub(crate) fn be_born(space: File) -> Result<(), Error> {
    inside(space, || {
        for link in ["all", "default", "lo"] {
            for setting in OFF {
                std::fs::write(format!("/proc/sys/net/ipv4/conf/{link}/{setting}"), "0")?;
            }
        }
        for link in ["all", "default"] {
            std::fs::write(format!("/proc/sys/net/ipv6/conf/{link}/disable_ipv6"), "1")?;
        }
        std::fs::write("/proc/sys/net/ipv4/icmp_ratelimit", "0")?;
        std::fs::write("/proc/sys/net/ipv4/icmp_ratemask", "0")
    })
}

/// Neighbours that do not answer shall be given up in a moment, and proxies answer at once, on every link there is now.
pub(crate) fn hasten(space: File) -> Result<(), Error> {
    inside(space, || {
        for link in std::fs::read_dir("/proc/sys/net/ipv4/neigh")?.flatten() {
            for (setting, value) in [("retrans_time_ms", "60"), ("proxy_delay", "0")] {
                let setting = link.path().join(setting);
                if setting.exists() {
                    std::fs::write(setting, value)?;
                }
            }
        }
        Ok(())
    })
}
