//! The policies that Felix keeps: two chains for every pod that a policy chooses, by the name of its cable, and sets of
//! addresses. What was let pass goes on in the forwarding of the machine; the machine's own packets are not asked.
//!
//! The real ones have a chain for every policy between, and marks: what passes is the same.

use super::super::host::Host;
use super::super::plugins::{cable, digits};
use super::super::ward::{Guarded, Sets, Ward, chains_gone, fill, keep_sets, members, ports};
use crate::net::maps::Pass;

/// What leads to the chains of pods, and by which end of the cable.
const WAYS: [(&str, &str, &str); 2] =
    [("cali-to-wl-dispatch", "-o", "cali-tw-"), ("cali-from-wl-dispatch", "-i", "cali-fw-")];
/// How the names of the sets begin.
const SETS: &str = "cali40s:";

/// Makes the chains of the machine what the policies say of its pods, and takes those away that nobody needs any more.
pub(crate) fn sync(host: &mut Host<'_>, wards: &[Ward], pods: &[Guarded]) {
    let (mut sets, mut chains) = (Sets::new(), Vec::new());
    for pod in pods {
        let own: Vec<&Ward> = wards.iter().filter(|ward| ward.pods.contains(&pod.address)).collect();
        if own.is_empty() {
            continue;
        }
        let link = cable(&pod.namespace, &pod.name);
        let inward: Vec<_> = own.iter().filter_map(|ward| Some((*ward, ward.ingress.as_deref()?))).collect();
        let outward: Vec<_> = own.iter().filter_map(|ward| Some((*ward, ward.egress.as_deref()?))).collect();
        for ((dispatch, end, start), rules, other) in [(WAYS[0], inward, "src"), (WAYS[1], outward, "dst")] {
            if !rules.is_empty() {
                let chain = format!("{start}{link}");
                let text = fence(&chain, &rules, other, &mut sets);
                chains.push((chain.clone(), format!("-A {dispatch} {end} {link} -g {chain}\n{text}")));
            }
        }
    }
    fill(host, &sets);
    let saved = host.run("iptables-save -t filter").unwrap_or_default();
    let mut text = "*filter\n".to_owned();
    let named = WAYS.iter().map(|(dispatch, ..)| *dispatch).chain(chains.iter().map(|(chain, _)| chain.as_str()));
    named.for_each(|chain| text.push_str(&format!(":{chain} - [0:0]\n")));
    chains.iter().for_each(|(_, rules)| text.push_str(rules));
    let needed = |chain: &str| chains.iter().any(|(own, _)| own == chain);
    text.push_str(&chains_gone(&saved, &WAYS.map(|(.., start)| start), needed));
    text.push_str("COMMIT\n");
    drop(host.restore(&text));
    keep_sets(host, &[SETS], &sets);
}

/// One end of a pod: what belongs to a connection passes, then what a rule lets pass, and nothing else.
fn fence(chain: &str, rules: &[(&Ward, &[Pass])], other: &str, sets: &mut Sets) -> String {
    let mut text = format!("-A {chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n");
    text.push_str(&format!("-A {chain} -m conntrack --ctstate INVALID -j DROP\n"));
    for (ward, passes) in rules {
        for (number, rule) in passes.iter().enumerate() {
            let theirs = members(rule).map_or_else(String::new, |members| {
                let name = format!("{SETS}{}", digits(&[&ward.namespace, &ward.name, other, &number.to_string()], 20));
                let matched = format!("-m set --match-set {name} {other} ");
                sets.insert(name, members);
                matched
            });
            let comment = format!("-m comment --comment \"Policy {}/knp.default.{}\"", ward.namespace, ward.name);
            ports(rule)
                .iter()
                .for_each(|port| text.push_str(&format!("-A {chain} {port}{comment} {theirs}-j RETURN\n")));
        }
    }
    text.push_str(&format!("-A {chain} -m comment --comment \"Drop if no policies passed packet\" -j DROP\n"));
    text
}
