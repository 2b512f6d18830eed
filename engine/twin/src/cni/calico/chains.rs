//! The chains and sets of Felix, as far as packets ask them. A delete of the manifest leaves them all.

use super::super::host::Host;
use super::super::jump;
use crate::net::Prefix;

const JUMPS: [(&str, &str, &str, &str); 6] = [
    ("filter", "INPUT", "cali:Cz_u1IQiXIMmKD4c", "cali-INPUT"),
    ("filter", "FORWARD", "cali:wUHhoiAYhphO9Mso", "cali-FORWARD"),
    ("filter", "OUTPUT", "cali:tVnHkvAo15HuiPy0", "cali-OUTPUT"),
    ("nat", "PREROUTING", "cali:6gwbT8clXdHdC1b1", "cali-PREROUTING"),
    ("nat", "OUTPUT", "cali:tVnHkvAo15HuiPy0", "cali-OUTPUT"),
    ("nat", "POSTROUTING", "cali:O3lYWMrLQYEMJtB5", "cali-POSTROUTING"),
];

/// Puts all of it there.
pub(super) fn ensure(host: &mut Host<'_>, pools: &[Prefix], masquerades: bool) {
    let mut lines = Vec::new();
    for set in ["cali40all-ipam-pools", "cali40masq-ipam-pools", "cali40this-host", "cali40all-vxlan-net"] {
        lines.push(format!("ipset create {set} hash:net family inet maxelem 1048576 -exist"));
    }
    for pool in pools {
        lines.push(format!("ipset add cali40all-ipam-pools {pool} -exist"));
        if masquerades {
            lines.push(format!("ipset add cali40masq-ipam-pools {pool} -exist"));
        }
    }
    host.try_all("", &lines);
    let saved = host.run("iptables-save").unwrap_or_default();
    for table in ["filter", "nat"] {
        let own: &[&str] = if table == "filter" {
            &["cali-INPUT", "cali-FORWARD", "cali-OUTPUT", "cali-from-wl-dispatch", "cali-to-wl-dispatch"]
        } else {
            &["cali-PREROUTING", "cali-OUTPUT", "cali-POSTROUTING", "cali-nat-outgoing"]
        };
        let mut text = format!("*{table}\n");
        own.iter().for_each(|chain| text.push_str(&format!(":{chain} - [0:0]\n")));
        for (_, from, comment, to) in JUMPS.iter().filter(|(of, ..)| *of == table) {
            text.push_str(&jump::first(&saved, from, &jump::rule("", comment, to)));
        }
        text.push_str(if table == "filter" { FILTER } else { NAT });
        text.push_str("COMMIT\n");
        // A machine whose rules cannot be written forwards without them.
        drop(host.restore(&text));
    }
}

const FILTER: &str = "\
-A cali-INPUT -p udp -m comment --comment \"cali:w7mWBZGJyIpcOKII\" -m udp --dport 4789 -m set --match-set cali40all-vxlan-net src -j ACCEPT
-A cali-INPUT -p udp -m comment --comment \"cali:UmMdXYKjjOBYGwJK\" -m udp --dport 4789 -j DROP
-A cali-FORWARD -i cali+ -m comment --comment \"cali:8ZoYfO5HKXWbB3pk\" -j cali-from-wl-dispatch
-A cali-FORWARD -o cali+ -m comment --comment \"cali:jdEuaPBe14V2hutn\" -j cali-to-wl-dispatch
-A cali-FORWARD -i cali+ -m comment --comment \"cali:9qpZWwzsX1Bb7Xta\" -j ACCEPT
-A cali-FORWARD -o cali+ -m comment --comment \"cali:MH9kMp5aNICL-Olv\" -j ACCEPT
";

const NAT: &str = "\
-A cali-POSTROUTING -m comment --comment \"cali:Z-c7XtVd2Bq7s_hA\" -j cali-nat-outgoing
-A cali-nat-outgoing -m comment --comment \"cali:flqWnvo8yq4ULQLa\" -m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst -j MASQUERADE --random-fully
";
