//! The chains and sets of Felix, as far as packets ask them. A delete of the manifest leaves them all.

use super::super::host::Host;
use super::super::jump;
use super::plan::Plan;

const JUMPS: [(&str, &str, &str, &str); 6] = [
    ("filter", "INPUT", "cali:Cz_u1IQiXIMmKD4c", "cali-INPUT"),
    ("filter", "FORWARD", "cali:wUHhoiAYhphO9Mso", "cali-FORWARD"),
    ("filter", "OUTPUT", "cali:tVnHkvAo15HuiPy0", "cali-OUTPUT"),
    ("nat", "PREROUTING", "cali:6gwbT8clXdHdC1b1", "cali-PREROUTING"),
    ("nat", "OUTPUT", "cali:tVnHkvAo15HuiPy0", "cali-OUTPUT"),
    ("nat", "POSTROUTING", "cali:O3lYWMrLQYEMJtB5", "cali-POSTROUTING"),
];

const ALL: &str = "cali40all-ipam-pools";
const MASQUERADED: &str = "cali40masq-ipam-pools";
/// Who may send by VXLAN, and who by IPIP.
const BY_VXLAN: &str = "cali40all-vxlan-net";
const BY_IPIP: &str = "cali40all-hosts-net";

/// The sets of those machines whose tunnels are let in.
pub(super) fn of_hosts(plan: &Plan) -> impl Iterator<Item = &'static str> {
    [plan.by_vxlan().then_some(BY_VXLAN), plan.by_ipip().then_some(BY_IPIP)].into_iter().flatten()
}

/// Puts all of it there.
pub(super) fn ensure(host: &mut Host<'_>, plan: &Plan) {
    let mut lines = Vec::new();
    for set in [ALL, MASQUERADED, "cali40this-host"].into_iter().chain(of_hosts(plan)) {
        lines.push(format!("ipset create {set} hash:net family inet maxelem 1048576 -exist"));
    }
    for pool in &plan.pools {
        lines.push(format!("ipset add {ALL} {} -exist", pool.range));
        if pool.masquerades {
            lines.push(format!("ipset add {MASQUERADED} {} -exist", pool.range));
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
        let parts: [(bool, &str); 3] = if table == "filter" {
            [(plan.by_ipip(), IN_IPIP), (plan.by_vxlan(), IN_VXLAN), (true, FILTER)]
        } else {
            [(true, NAT), (plan.by_ipip(), OUT_IPIP), (plan.by_vxlan(), OUT_VXLAN)]
        };
        parts.iter().filter(|(wanted, _)| *wanted).for_each(|(_, part)| text.push_str(part));
        text.push_str("COMMIT\n");
        // A machine whose rules cannot be written forwards without them.
        drop(host.restore(&text));
    }
}

const IN_IPIP: &str = "\
-A cali-INPUT -p ipencap -m comment --comment \"cali:PajejrV4aFdkZojI\" -m comment --comment \"Allow IPIP packets from Calico hosts\" -m set --match-set cali40all-hosts-net src -m addrtype --dst-type LOCAL -j ACCEPT
-A cali-INPUT -p ipencap -m comment --comment \"cali:_wjq-Yrma8Ly1Svo\" -m comment --comment \"Drop IPIP packets from non-Calico hosts\" -j DROP
";

const IN_VXLAN: &str = "\
-A cali-INPUT -p udp -m comment --comment \"cali:w7mWBZGJyIpcOKII\" -m udp --dport 4789 -m set --match-set cali40all-vxlan-net src -j ACCEPT
-A cali-INPUT -p udp -m comment --comment \"cali:UmMdXYKjjOBYGwJK\" -m udp --dport 4789 -j DROP
";

const FILTER: &str = "\
-A cali-FORWARD -i cali+ -m comment --comment \"cali:8ZoYfO5HKXWbB3pk\" -j cali-from-wl-dispatch
-A cali-FORWARD -o cali+ -m comment --comment \"cali:jdEuaPBe14V2hutn\" -j cali-to-wl-dispatch
-A cali-FORWARD -i cali+ -m comment --comment \"cali:9qpZWwzsX1Bb7Xta\" -j ACCEPT
-A cali-FORWARD -o cali+ -m comment --comment \"cali:MH9kMp5aNICL-Olv\" -j ACCEPT
";

const NAT: &str = "\
-A cali-POSTROUTING -m comment --comment \"cali:Z-c7XtVd2Bq7s_hA\" -j cali-nat-outgoing
-A cali-nat-outgoing -m comment --comment \"cali:flqWnvo8yq4ULQLa\" -m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst -j MASQUERADE --random-fully
";

/// What the machine itself sends into a tunnel with an address of another link gets the tunnel's.
const OUT_IPIP: &str = "\
-A cali-POSTROUTING -o tunl0 -m comment --comment \"cali:JHlpT-eSqR1TvyYm\" -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully
";

const OUT_VXLAN: &str = "\
-A cali-POSTROUTING -o vxlan.calico -m comment --comment \"cali:e9dnSgSVNmIcpVhP\" -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully
";
