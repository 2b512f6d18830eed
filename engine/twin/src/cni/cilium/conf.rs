//! The configuration that has pods use Cilium, and what becomes of those of others.

use super::super::conf::Folders;
use super::super::host::Host;

const TEXT: &str = r#"
{
  "cniVersion": "0.3.1",
  "name": "cilium",
  "plugins": [
    {
       "type": "cilium-cni",
       "enable-debug": false,
       "log-file": "/var/run/cilium/cilium-cni.log"
    }
  ]
}
"#;

/// Writes the configuration, and the name it was given.
pub(super) fn write(host: &mut Host<'_>, file: &str) {
    let folder = Folders::of(host.machine).conf;
    let path = format!("{folder}/{file}");
    if host.machine.text(&path) != TEXT {
        host.machine.write_secret(&path, TEXT.as_bytes());
    }
}

/// Puts the configurations of others away, as it does again whenever one comes back. Nothing ever brings them back.
pub(super) fn put_others_away(host: &mut Host<'_>, own: &str) {
    let folder = Folders::of(host.machine).conf;
    for name in host.machine.names_in(&folder) {
        let taken = [".conf", ".conflist", ".json"].iter().any(|end| name.ends_with(end));
        if taken && name != own {
            host.machine.put_elsewhere(&format!("{folder}/{name}"), &format!("{folder}/{name}.cilium_bak"));
        }
    }
}

/// What its init container does: its own plugin, and that for the loopback where there is none yet.
pub(crate) fn install_plugins(host: &mut Host<'_>) {
    let folders = Folders::of(host.machine);
    if let Some(folder) = folders.programs.first() {
        host.machine.put_program(&format!("{folder}/cilium-cni"), "cilium-cni");
        let loopback = format!("{folder}/loopback");
        if !host.machine.has(&loopback) {
            host.machine.put_program(&loopback, "loopback");
        }
    }
}
