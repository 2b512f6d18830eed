//! What a distribution brings to a machine: `crictl`, `ctr`, and `k3s`, which is all of them.

use super::call::{Call, Done};
use super::crictl::crictl;
use super::ctr::{ctr, ctr_words};
use super::{Command, once};

/// Only machines with a distribution have these; a scene installs them.
pub(super) const COMMANDS: &[Command] = &[once("crictl", "", crictl), once("ctr", "", ctr), once("k3s", "", k3s)];

fn k3s(call: &mut Call<'_, '_>) -> Done {
    // One binary that is called by several names.
    match call.name.as_str() {
        "crictl" => return crictl(call),
        "ctr" => return ctr(call),
        "kubectl" => return super::kubectl::kubectl(call),
        _ => {}
    }
    let words = call.args.clone();
    match words.first().map(String::as_str) {
        Some("ctr") => ctr_words(call, &words[1..]),
        Some("etcd-snapshot") => super::snapshot::snapshot(call, &words[1..]),
        Some("crictl") => {
            call.args.remove(0);
            crictl(call)
        }
        Some("kubectl") => {
            call.args.remove(0);
            call.name = "kubectl".to_owned();
            super::kubectl::kubectl(call)
        }
        Some("--version" | "-v") => {
            let version = call.sys.machine.text("/etc/rancher/k3s/version");
            let version = if version.is_empty() { "v1.34.1+k3s1".to_owned() } else { version.trim().to_owned() };
            call.line(&format!("k3s version {version} (24fc436e)\ngo version go1.24.6"));
            Ok(0)
        }
        other => call.unknown(&format!("`k3s {}`", other.unwrap_or_default())),
    }
}
