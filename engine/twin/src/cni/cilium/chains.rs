//! The chains of Cilium in the newer backend. The agent makes them anew at each start; an uninstall leaves them.

use super::super::host::Host;
use super::super::jump;
use super::options::Options;
use crate::net::Prefix;
use std::net::Ipv4Addr;

/// The chains, by table, with the chain of the kernel that leads to each.
const CHAINS: [(&str, &str, &str, &str); 10] = [
    ("filter", "INPUT", "CILIUM_INPUT", "cilium-feeder: CILIUM_INPUT"),
    ("filter", "OUTPUT", "CILIUM_OUTPUT", "cilium-feeder: CILIUM_OUTPUT"),
    ("filter", "FORWARD", "CILIUM_FORWARD", "cilium-feeder: CILIUM_FORWARD"),
    ("nat", "PREROUTING", "CILIUM_PRE_nat", "cilium-feeder: CILIUM_PRE_nat"),
    ("nat", "OUTPUT", "CILIUM_OUTPUT_nat", "cilium-feeder: CILIUM_OUTPUT_nat"),
    ("nat", "POSTROUTING", "CILIUM_POST_nat", "cilium-feeder: CILIUM_POST_nat"),
    ("mangle", "PREROUTING", "CILIUM_PRE_mangle", "cilium-feeder: CILIUM_PRE_mangle"),
    ("mangle", "POSTROUTING", "CILIUM_POST_mangle", "cilium-feeder: CILIUM_POST_mangle"),
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

/// What the marks of a packet say: it comes from the proxy, or it was marked by somebody of Cilium already.
const FROM_HOST: &str = "-m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0xd00/0xf00 -m mark ! --mark 0x400/0xf00 \
     -m mark ! --mark 0xa00/0xe00 -m mark ! --mark 0x800/0xe00 -m mark ! --mark 0xf00/0xf00";
const PROXIED: &str = "! -o lo -m socket --transparent -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x800/0xf00";

fn filled(table: &str, options: &Options, own: &[Prefix], router: Ipv4Addr) -> String {
    let mut text = String::new();
    let mut rule = |chain: &str, what: &str, comment: &str, target: &str| {
        text.push_str(&format!("-A {chain} {what} -m comment --comment \"{comment}\" -j {target}\n"));
    };
    match table {
        "mangle" => {
            let comment = "cilium: any->pod redirect proxied traffic to host proxy";
            rule("CILIUM_PRE_mangle", PROXIED, comment, "MARK --set-xmark 0x200/0xffffffff");
        }
        "filter" => {
            let (to, from) = ("CILIUM_FORWARD", "forward accept");
            rule("CILIUM_INPUT", "-m mark --mark 0x200/0xf00", "cilium: ACCEPT for proxy traffic", "ACCEPT");
            rule(to, "-o cilium_host", &format!("cilium: any->cluster on cilium_host {from}"), "ACCEPT");
            rule(to, "-i cilium_host", &format!("cilium: cluster->any on cilium_host {from} (nodeport)"), "ACCEPT");
            rule(to, "-i lxc+", &format!("cilium: cluster->any on lxc+ {from}"), "ACCEPT");
            rule(to, "-i cilium_net", &format!("cilium: cluster->any on cilium_net {from} (nodeport)"), "ACCEPT");
            let out = "CILIUM_OUTPUT";
            rule(out, "-m mark --mark 0xa00/0xe00", "cilium: ACCEPT for proxy traffic", "ACCEPT");
            rule(out, "-m mark --mark 0x800/0xe00", "cilium: ACCEPT for l7 proxy upstream traffic", "ACCEPT");
            rule(out, FROM_HOST, "cilium: host->any mark as from host", "MARK --set-xmark 0xc00/0xf00");
        }
        "nat" if options.text("enable-ipv4-masquerade") != "false" && !options.is("enable-bpf-masquerade") => {
            for range in own {
                masquerade(&mut rule, *range, options.native_range().unwrap_or(*range), router);
            }
        }
        "raw" => {
            rule("CILIUM_PRE_raw", "-m mark --mark 0x200/0xf00", "cilium: NOTRACK for proxy traffic", "CT --notrack");
            for (mark, what) in [("0xa00/0xfffffeff", "proxy return"), ("0x800/0xe00", "L7 proxy upstream")] {
                for way in ["lxc+", "cilium_host"] {
                    let comment = format!("cilium: NOTRACK for {what} traffic");
                    rule("CILIUM_OUTPUT_raw", &format!("-o {way} -m mark --mark {mark}"), &comment, "CT --notrack");
                }
            }
        }
        _ => {}
    }
    text
}

/// What leaves the machine for elsewhere takes its address, and what it sends to pods that of `cilium_host`.
fn masquerade(rule: &mut impl FnMut(&str, &str, &str, &str), range: Prefix, outside: Prefix, router: Ipv4Addr) {
    let (chain, snat) = ("CILIUM_POST_nat", format!("SNAT --to-source {router}"));
    let what = format!("-s {range} ! -d {outside} ! -o cilium_+");
    rule(chain, &what, "cilium masquerade non-cluster", "MASQUERADE");
    let comment = "exclude proxy return traffic from masquerade";
    rule(chain, "-m mark --mark 0xa00/0xe00", comment, "ACCEPT");
    let what = format!("! -s {range} ! -d {range} -o cilium_host");
    rule(chain, &what, "cilium host->cluster masquerade", &snat);
    let comment = "cilium host->cluster from 127.0.0.1 masquerade";
    rule(chain, "-s 127.0.0.1/32 -o cilium_host", comment, &snat);
    let what = "-o cilium_host -m mark --mark 0xf00/0xf00 -m conntrack --ctstate DNAT";
    rule(chain, what, "hairpin traffic that originated from a local pod", &snat);
}
