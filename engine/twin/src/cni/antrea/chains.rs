//! The chains and sets of the agent. It writes them again every minute; a delete of its manifest leaves them all.

use super::super::host::Host;
use super::super::jump;
use super::agent::{Peer, Plan};

/// The ranges of all pods.
const PODS: &str = "ANTREA-POD-IP";

const JUMPS: [(&str, &str, &str, &str); 6] = [
    ("raw", "PREROUTING", "ANTREA-PREROUTING", "prerouting"),
    ("raw", "OUTPUT", "ANTREA-OUTPUT", "output"),
    ("mangle", "PREROUTING", "ANTREA-PREROUTING", "prerouting"),
    ("mangle", "OUTPUT", "ANTREA-OUTPUT", "output"),
    ("filter", "FORWARD", "ANTREA-FORWARD", "forwarding"),
    ("nat", "POSTROUTING", "ANTREA-POSTROUTING", "postrouting"),
];

/// Puts all of it there that is missing.
pub(super) fn ensure(host: &mut Host<'_>, plan: &Plan, peers: &[Peer]) {
    let mut lines = vec![
        format!("ipset create {PODS} hash:net family inet -exist"),
        "ipset create ANTREA-POD-IP6 hash:net family inet6 -exist".to_owned(),
    ];
    let ranges = peers.iter().map(|peer| peer.range).chain([plan.range]);
    lines.extend(ranges.map(|range| format!("ipset add {PODS} {} -exist", range.network())));
    host.try_all("", &lines);
    let saved = host.run("iptables-save").unwrap_or_default();
    for table in ["raw", "mangle", "filter", "nat"] {
        let own = JUMPS.iter().filter(|(of, ..)| *of == table);
        let mut text = format!("*{table}\n");
        own.clone().for_each(|(_, _, to, _)| text.push_str(&format!(":{to} - [0:0]\n")));
        for (_, from, to, word) in own {
            let rule = jump::rule("", &format!("Antrea: jump to Antrea {word} rules"), to);
            // Two tables have chains of the same names.
            text.push_str(&jump::last(jump::of_table(&saved, table), from, &rule));
        }
        text.push_str(&rules(table, plan));
        text.push_str("COMMIT\n");
        // A machine whose rules cannot be written forwards without them.
        drop(host.restore(&text));
    }
}

fn rules(table: &str, plan: &Plan) -> String {
    let (gateway, port) = (&plan.settings.gateway, plan.settings.tunnel.port);
    let rule = |chain: &str, comment: &str, before: &str, after: &str| {
        format!("-A {chain} {before}-m comment --comment \"Antrea: {comment}\" {after}\n")
    };
    match table {
        "raw" => ["incoming", "outgoing"]
            .iter()
            .zip([("ANTREA-PREROUTING", "dst"), ("ANTREA-OUTPUT", "src")])
            .map(|(word, (chain, end))| {
                let comment = format!("do not track {word} encapsulation packets");
                let after = format!("-m udp --dport {port} -m addrtype --{end}-type LOCAL -j NOTRACK");
                rule(chain, &comment, "-p udp ", &after)
            })
            .collect(),
        "mangle" => rule(
            "ANTREA-OUTPUT",
            "mark LOCAL output packets",
            &format!("-o {gateway} "),
            "-m addrtype --src-type LOCAL -j MARK --or-mark 0x80000000",
        ),
        "filter" => {
            rule("ANTREA-FORWARD", "accept packets from local Pods", &format!("-i {gateway} "), "-j ACCEPT")
                + &rule("ANTREA-FORWARD", "accept packets to local Pods", &format!("-o {gateway} "), "-j ACCEPT")
        }
        _ => {
            let own = plan.range.network();
            let out = rule(
                "ANTREA-POSTROUTING",
                "masquerade Pod to external packets",
                &format!("-s {own} ! -o {gateway} "),
                &format!("-m set ! --match-set {PODS} dst -j MASQUERADE"),
            );
            let local = rule(
                "ANTREA-POSTROUTING",
                "masquerade LOCAL traffic",
                &format!("-o {gateway} "),
                "-m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully",
            );
            if plan.settings.masquerades { out + &local } else { local }
        }
    }
}
