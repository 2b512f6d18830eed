//! `k3s etcd-snapshot`: what is kept of the database of a server that has one of etcd.

use super::call::{Call, Done};
use crate::world::Moment;

const FOLDER: &str = "/var/lib/rancher/k3s/server/db/snapshots";
/// What a database of a small cluster takes.
const SIZE: usize = 4096;

/// `k3s etcd-snapshot save|ls|delete`.
pub(super) fn snapshot(call: &mut Call<'_, '_>, words: &[String]) -> Done {
    if call.sys.me().cred.uid != 0 {
        return call.fail_line(1, "FATA[0000] Error: open /var/lib/rancher/k3s/server/token: permission denied");
    }
    let (own, _) = call.sys.machine.place_of(None);
    let world = call.sys.machine.world();
    let node = world.and_then(|world| world.get("nodes", "", &own).cloned());
    if node.is_none_or(|node| node.label("node-role.kubernetes.io/etcd").is_none()) {
        return call.fail_line(1, "FATA[0000] Error: etcd datastore disabled");
    }
    let value = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1).cloned()
    };
    match words.first().map_or("save", String::as_str) {
        "save" | "--name" => {
            let now = call.sys.now().as_secs();
            let name = format!("{}-{own}-{now}", value("--name").unwrap_or_else(|| "on-demand".to_owned()));
            call.sys.machine.write(&format!("{FOLDER}/{name}"), &[0; SIZE]);
            call.err.extend(format!("INFO[0000] Snapshot {name} saved.\n").into_bytes());
            Ok(0)
        }
        "ls" | "list" | "l" => {
            call.line(&format!("{:<40}{:<100}{:<8}Created", "Name", "Location", "Size"));
            for name in call.sys.machine.names_in(FOLDER) {
                let made = name.rsplit('-').next().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
                let place = format!("file://{FOLDER}/{name}");
                call.line(&format!("{name:<40}{place:<100}{SIZE:<8}{}", Moment::seconds(made).text()));
            }
            Ok(0)
        }
        "delete" => {
            for name in &words[1..] {
                call.sys.machine.take_away(&format!("{FOLDER}/{name}"));
                call.err.extend(format!("INFO[0000] Snapshot {name} deleted.\n").into_bytes());
            }
            Ok(0)
        }
        other => call.unknown(&format!("`k3s etcd-snapshot {other}`")),
    }
}
