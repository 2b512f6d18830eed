//! The policies of kube-router, as k3s has it inside: a chain for every pod that a policy chooses, one for every policy, and
//! sets of addresses between them. Whoever stops it finds all of that where it was.

use super::host::Host;
use super::jump;
use super::ward::{Guarded, Sets, Ward, chains_gone, fill, keep_sets, members, ports};
use crate::net::maps::Pass;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// The mark on what a policy lets pass.
const MARK: &str = "0x10000/0x10000";
const HOOKS: [(&str, &str, &str); 3] = [
    ("INPUT", "KUBE-ROUTER-INPUT", "kube-router netpol - 4IA2OSFRMVNDXBVV"),
    ("FORWARD", "KUBE-ROUTER-FORWARD", "kube-router netpol - TEMCG2JMVZWTNFQQ"),
    ("OUTPUT", "KUBE-ROUTER-OUTPUT", "kube-router netpol - VEAAIY32XVBHCSCY"),
];

/// A chain or a set by what it is for.
fn named(start: &str, words: &[&str]) -> String {
    format!("{start}{}", super::proxy::letters(&words.join("")))
}

/// Makes the chains of the machine what the policies say of its pods, and takes those away that nobody needs any more.
pub(crate) fn sync(host: &mut Host<'_>, wards: &[Ward], pods: &[Guarded]) {
    let chosen: Vec<(&Guarded, Vec<&Ward>)> = pods
        .iter()
        .map(|pod| (pod, wards.iter().filter(|ward| ward.pods.contains(&pod.address)).collect::<Vec<_>>()))
        .filter(|(_, wards)| !wards.is_empty())
        .collect();
    let saved = host.run("iptables-save -t filter").unwrap_or_default();
    let (chains, sets) = texts(wards, &chosen);
    fill(host, &sets);
    let mut text = "*filter\n".to_owned();
    let own =
        ["KUBE-ROUTER-INPUT", "KUBE-ROUTER-FORWARD", "KUBE-ROUTER-OUTPUT", "KUBE-NWPLCY-DEFAULT", "KUBE-NWPLCY-COMMON"];
    for chain in own.iter().copied().chain(chains.keys().map(String::as_str)) {
        text.push_str(&format!(":{chain} - [0:0]\n"));
    }
    for (from, to, comment) in HOOKS {
        text.push_str(&jump::first(&saved, from, &jump::rule("", comment, to)));
    }
    text.push_str(SHARED);
    text.push_str(&dispatch(&chosen));
    chains.values().for_each(|rules| text.push_str(rules));
    let needed = |chain: &str| own.contains(&chain) || chains.contains_key(chain);
    text.push_str(&chains_gone(&saved, &["KUBE-POD-FW-", "KUBE-NWPLCY-"], needed));
    text.push_str("COMMIT\n");
    drop(host.restore(&text));
    keep_sets(host, &["KUBE-SRC-", "KUBE-DST-"], &sets);
}

/// What all pods have in common.
const SHARED: &str = "\
-A KUBE-NWPLCY-COMMON -m comment --comment \"rule to drop invalid state for pod\" -m conntrack --ctstate INVALID -j DROP
-A KUBE-NWPLCY-COMMON -m comment --comment \"rule for stateful firewall for pod\" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-NWPLCY-COMMON -p icmp -m comment --comment \"allow icmp echo requests\" -m icmp --icmp-type 8 -j ACCEPT
-A KUBE-NWPLCY-COMMON -p icmp -m comment --comment \"allow icmp destination unreachable messages\" -m icmp --icmp-type 3 -j ACCEPT
-A KUBE-NWPLCY-DEFAULT -m comment --comment \"rule to mark traffic matching a network policy\" -j MARK --set-xmark 0x10000/0x10000
";

fn fence(pod: &Guarded) -> String {
    named("KUBE-POD-FW-", &[&pod.namespace, &pod.name])
}

/// The rules that lead to the chains of pods.
fn dispatch(chosen: &[(&Guarded, Vec<&Ward>)]) -> String {
    let mut text = String::new();
    for (pod, _) in chosen {
        let (fence, address) = (fence(pod), pod.address);
        let comment =
            format!("rule to jump traffic from POD name:{} namespace: {} to chain {fence}", pod.name, pod.namespace);
        for (_, chain, _) in HOOKS {
            text.push_str(&format!("-A {chain} -s {address}/32 -m comment --comment \"{comment}\" -j {fence}\n"));
        }
        let comment = comment.replacen("traffic from", "traffic destined to", 1);
        for (_, chain, _) in &HOOKS[1..] {
            text.push_str(&format!("-A {chain} -d {address}/32 -m comment --comment \"{comment}\" -j {fence}\n"));
        }
    }
    text
}

/// The chains of all policies and of the machine's own pods with their rules, and the sets these ask.
fn texts(wards: &[Ward], chosen: &[(&Guarded, Vec<&Ward>)]) -> (BTreeMap<String, String>, Sets) {
    let (mut chains, mut sets) = (BTreeMap::new(), Sets::new());
    for ward in wards {
        let chain = named("KUBE-NWPLCY-", &[&ward.namespace, &ward.name]);
        let mut text = String::new();
        for (rules, own, other, ends) in
            [(&ward.ingress, "DST", "SRC", ("dst", "src")), (&ward.egress, "SRC", "DST", ("src", "dst"))]
        {
            let Some(rules) = rules else { continue };
            let mine = named(&format!("KUBE-{own}-"), &[&ward.namespace, &ward.name, "pods"]);
            sets.insert(mine.clone(), ward.pods.iter().map(Ipv4Addr::to_string).collect());
            for (number, rule) in rules.iter().enumerate() {
                let theirs = members(rule).map(|members| {
                    let name = named(&format!("KUBE-{other}-"), &[&ward.namespace, &ward.name, &number.to_string()]);
                    sets.insert(name.clone(), members);
                    format!("-m set --match-set {name} {} ", ends.1)
                });
                text.push_str(&passes(&chain, ward, &format!("-m set --match-set {mine} {} ", ends.0), theirs, rule));
            }
        }
        chains.insert(chain, text);
    }
    for (pod, own) in chosen {
        chains.insert(fence(pod), fenced(pod, own));
    }
    (chains, sets)
}

fn passes(chain: &str, ward: &Ward, mine: &str, theirs: Option<String>, rule: &Pass) -> String {
    let theirs = theirs.unwrap_or_default();
    let comment = format!("rule to ACCEPT traffic, policy name: {} namespace {}", ward.name, ward.namespace);
    ports(rule)
        .iter()
        .flat_map(|port| {
            let start = format!("-A {chain} {port}-m comment --comment \"{comment}\" {theirs}{mine}");
            [format!("{start}-j MARK --set-xmark {MARK}\n"), format!("{start}-m mark --mark {MARK} -j RETURN\n")]
        })
        .collect()
}

/// The chain of a pod: what is none of policies, the policies, and an end for what none of them marked.
fn fenced(pod: &Guarded, own: &[&Ward]) -> String {
    let (chain, address) = (fence(pod), pod.address);
    let line =
        |what: &str, comment: &str, act: &str| format!("-A {chain} {what}-m comment --comment \"{comment}\" {act}\n");
    let mut text = line("", "rule to permit common traffic", "-j KUBE-NWPLCY-COMMON");
    text.push_str(&line(
        &format!("-d {address}/32 "),
        "rule to permit the traffic traffic to pods when source is the pod's local node",
        "-m addrtype --src-type LOCAL -j ACCEPT",
    ));
    for (side, word, has) in [
        ("s", "egress", own.iter().any(|it| it.egress.is_some())),
        ("d", "ingress", own.iter().any(|it| it.ingress.is_some())),
    ] {
        if !has {
            let comment = format!("run through default {word} network policy chain");
            text.push_str(&line(&format!("-{side} {address}/32 "), &comment, "-j KUBE-NWPLCY-DEFAULT"));
        }
    }
    for ward in own {
        let to = named("KUBE-NWPLCY-", &[&ward.namespace, &ward.name]);
        for (side, _) in [("s", &ward.egress), ("d", &ward.ingress)].iter().filter(|(_, rules)| rules.is_some()) {
            let comment = format!("run through nw policy {}", ward.name);
            text.push_str(&line(&format!("-{side} {address}/32 "), &comment, &format!("-j {to}")));
        }
    }
    let comment = format!("rule to REJECT traffic destined for POD name:{} namespace: {}", pod.name, pod.namespace);
    let act = format!("-m mark ! --mark {MARK} -j REJECT --reject-with icmp-port-unreachable");
    text.push_str(&line("", &comment, &act));
    text.push_str(&format!("-A {chain} -j MARK --set-xmark 0x0/0x10000\n"));
    text.push_str(&line(
        "",
        "set mark to ACCEPT traffic that comply to network policies",
        "-j MARK --set-xmark 0x20000/0x20000",
    ));
    text
}
