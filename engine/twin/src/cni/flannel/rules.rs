//! The chains of flannel. They are put there at every start, and never taken back.

use super::super::host::Host;
use super::super::jump;
use crate::net::Prefix;

/// Puts the chains there that are missing, and those for another range in order.
pub(super) fn ensure(host: &mut Host<'_>, network: Prefix, own: Prefix) {
    let saved = host.run("iptables-save").unwrap_or_default();
    let jump = |chain: &str, to: &str, comment: &str| jump::last(&saved, chain, &jump::rule("", comment, to));
    let masq = "-m comment --comment \"flanneld masq\"";
    let nat = format!(
        "*nat\n:FLANNEL-POSTRTG - [0:0]\n{}\
         -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 {masq} -j RETURN\n\
         -A FLANNEL-POSTRTG -s {own} -d {network} {masq} -j RETURN\n\
         -A FLANNEL-POSTRTG -s {network} -d {own} {masq} -j RETURN\n\
         -A FLANNEL-POSTRTG ! -s {network} -d {own} {masq} -j RETURN\n\
         -A FLANNEL-POSTRTG -s {network} ! -d 224.0.0.0/4 {masq} -j MASQUERADE --random-fully\n\
         -A FLANNEL-POSTRTG ! -s {network} -d {network} {masq} -j MASQUERADE --random-fully\nCOMMIT\n",
        jump("POSTROUTING", "FLANNEL-POSTRTG", "flanneld masq"),
    );
    let forward = "-m comment --comment \"flanneld forward\"";
    let filter = format!(
        "*filter\n:FLANNEL-FWD - [0:0]\n{}\
         -A FLANNEL-FWD -s {network} {forward} -j ACCEPT\n-A FLANNEL-FWD -d {network} {forward} -j ACCEPT\nCOMMIT\n",
        jump("FORWARD", "FLANNEL-FWD", "flanneld forward"),
    );
    for text in [nat, filter] {
        // A machine whose rules cannot be written forwards without them.
        drop(host.restore(&text));
    }
}
