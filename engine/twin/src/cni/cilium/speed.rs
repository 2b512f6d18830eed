//! Programs that see packets before the kernel does: which cards take them, and what is left of those before.

use super::super::host::Host;
use super::options::Options;
use super::pins;
use super::programs::hang;
use crate::net::{Program, Seat};

/// Drivers whose cards take such programs.
const NATIVE: [&str; 16] = [
    "bnxt_en",
    "ena",
    "gve",
    "hv_netvsc",
    "i40e",
    "ice",
    "igb",
    "igc",
    "ixgbe",
    "mlx4_en",
    "mlx5_core",
    "mvneta",
    "qede",
    "veth",
    "virtio_net",
    "vmxnet3",
];
/// The program.
pub(crate) const ENTRY: &str = "cil_xdp_entry";

/// Hangs them at a machine's ways out, where the options want that.
///
/// # Errors
/// In the words of the agent's log, where a card does not take it and must.
pub(super) fn attach(host: &mut Host<'_>, options: &Options, devices: &[String]) -> Result<(), String> {
    let wish = options.text("bpf-lb-acceleration").to_owned();
    if !options.replaces_proxy() || !matches!(wish.as_str(), "native" | "best-effort") {
        return Ok(());
    }
    for device in devices {
        let why = if is_held(host, device) {
            Some("Can't replace active BPF XDP link")
        } else if !runs(host, device) {
            Some("network is down")
        } else if !takes(host, device) {
            Some("operation not supported")
        } else {
            None
        };
        match why {
            None => hang(host, device, Seat::Xdp, Program::Named(ENTRY.to_owned())),
            Some(why) if wish == "native" => {
                return Err(format!("attaching XDP program to interface {device}: {why}"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Whether a program of somebody who is gone is still linked there, and its pin is not.
fn is_held(host: &Host<'_>, device: &str) -> bool {
    let linked = host.machine.bpf.links.iter().any(|link| link.kind == "xdp" && link.place == device);
    linked && !host.machine.has(&pins::at_device(device, ENTRY))
}

fn runs(host: &Host<'_>, device: &str) -> bool {
    let space = host.net.space(host.space());
    space.named(device).is_some_and(|link| link.up && link.has_cable())
}

fn takes(host: &Host<'_>, device: &str) -> bool {
    let space = host.net.space(host.space());
    space.named(device).is_some_and(|link| NATIVE.contains(&link.driver()))
}

/// Leaves such a program at a card, as of an agent that is gone.
pub(crate) fn leave_entry(host: &mut Host<'_>, device: &str) {
    hang(host, device, Seat::Xdp, Program::Named(ENTRY.to_owned()));
}

/// The card's driver begins anew and loses what hung there.
pub(crate) fn lose_entry(host: &mut Host<'_>, device: &str) -> bool {
    let space = host.space();
    let Some(link) = host.net.space_mut(space).links.values_mut().find(|link| link.name == device) else {
        return false;
    };
    let had = link.programs.len();
    link.programs.retain(|(seat, _)| *seat != Seat::Xdp);
    let lost = link.programs.len() < had;
    let bpf = std::sync::Arc::make_mut(&mut host.machine.bpf);
    bpf.links.retain(|link| link.kind != "xdp" || link.place != device);
    lost
}
