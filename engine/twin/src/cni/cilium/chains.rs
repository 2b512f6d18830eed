//! The chains of Cilium in the newer backend. The agent makes them anew at each start; an uninstall leaves them.

use super::super::host::Host;
use super::super::jump;
use super::options::Options;
use crate::net::Prefix;
use std::net::Ipv4Addr;

/// The chains, by table, with the chain of the kernel that leads to each.
const CHAINS: [(&str, &str, &str, &str); 9] = [
    ("filter", "INPUT", "CILIUM_INPUT", "cilium-feeder: CILIUM_INPUT"),
    ("filter", "OUTPUT", "CILIUM_OUTPUT", "cilium-feeder: CILIUM_OUTPUT"),
    ("filter", "FORWARD", "CILIUM_FORWARD", "cilium-feeder: CILIUM_FORWARD"),
    ("nat", "PREROUTING", "CILIUM_PRE_nat", "cilium-feeder: CILIUM_PRE_nat"),
    ("nat", "OUTPUT", "CILIUM_OUTPUT_nat", "cilium-feeder: CILIUM_OUTPUT_nat"),
    ("nat", "POSTROUTING", "CILIUM_POST_nat", "cilium-feeder: CILIUM_POST_nat"),
    ("mangle", "PREROUTING", "CILIUM_PRE_mangle", "cilium-feeder: CILIUM_PRE_mangle"),
    ("raw", "PREROUTING", "CILIUM_PRE_raw", "cilium-feeder: CILIUM_PRE_raw"),
    ("raw", "OUTPUT", "CILIUM_OUTPUT_raw", "cilium-feeder: CILIUM_OUTPUT_raw"),
];

/// Puts all chains there, filled for these ranges of the machine's own pods.
pub(super) fn ensure(host: &mut Host<'_>, options: &Options, own: &[Prefix], router: Ipv4Addr) {
    let saved = host.run("iptables-save").unwrap_or_default();
    for table in ["filter", "nat", "mangle", "raw"] {
        let mut text = format!("*{table}\n");
        let mut rules = String::new();
        for (_, from, chain, comment) in CHAINS.iter().filter(|(of, ..)| *of == table) {
            text.push_str(&format!(":{chain} - [0:0]\n"));
            rules.push_str(&jump::first(&saved, from, &jump::rule("", comment, chain)));
        }
        rules.push_str(&filled(table, options, own, router));
        // A kernel that refuses one table has the others all the same.
        drop(host.restore(&format!("{text}{rules}COMMIT\n")));
    }
}

fn filled(table: &str, options: &Options, own: &[Prefix], router: Ipv4Addr) -> String {
    let mut text = String::new();
    let mut rule = |chain: &str, what: &str, comment: &str, target: &str| {
        text.push_str(&format!("-A {chain} {what} -m comment --comment \"cilium: {comment}\" -j {target}\n"));
    };
    match table {
        "filter" => {
            rule("CILIUM_INPUT", "-m mark --mark 0x200/0xf00", "ACCEPT for proxy traffic", "ACCEPT");
            rule("CILIUM_FORWARD", "-o cilium_host", "any->cluster on cilium_host forward accept", "ACCEPT");
            rule("CILIUM_FORWARD", "-i cilium_host", "cluster->any on cilium_host forward accept (nodeport)", "ACCEPT");
            rule("CILIUM_FORWARD", "-i lxc+", "cluster->any on lxc+ forward accept", "ACCEPT");
            rule("CILIUM_FORWARD", "-i cilium_net", "cluster->any on cilium_net forward accept (nodeport)", "ACCEPT");
            rule("CILIUM_OUTPUT", "-m mark --mark 0xa00/0xe00", "ACCEPT for proxy traffic", "ACCEPT");
        }
        "nat" if options.text("enable-ipv4-masquerade") != "false" && !options.is("enable-bpf-masquerade") => {
            for range in own {
                let outside = options.native_range().unwrap_or(*range);
                let what = format!("-s {range} ! -d {outside} ! -o cilium_+");
                rule("CILIUM_POST_nat", &what, "masquerade non-cluster", "MASQUERADE");
                let what = format!("! -s {range} ! -d {range} -o cilium_host -m mark ! --mark 0xe00/0xf00");
                rule("CILIUM_POST_nat", &what, "host->cluster masquerade", &format!("SNAT --to-source {router}"));
            }
        }
        "raw" => {
            rule("CILIUM_PRE_raw", "-m mark --mark 0x200/0xf00", "NOTRACK for proxy traffic", "CT --notrack");
            rule(
                "CILIUM_OUTPUT_raw",
                "-o lxc+ -m mark --mark 0xa00/0xfffffeff",
                "NOTRACK for proxy return traffic",
                "CT --notrack",
            );
        }
        _ => {}
    }
    text
}
