//! kube-proxy in its mode `iptables`: the chains of all services, written anew whenever they change.

use super::host::Host;
use super::jump;
use super::law::Service;
use crate::net::{Prefix, Transport};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Sixteen letters of a name, as the chains of services are called.
pub(super) fn letters(words: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let sum = Sha256::digest(words.as_bytes());
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in &sum[..10] {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[((held >> bits) & 31) as usize]));
        }
    }
    text
}

fn protocol(transport: Transport) -> &'static str {
    if transport == Transport::Tcp { "tcp" } else { "udp" }
}

/// The chains of all services for a machine; `pods` is the range of pods it was told, if it was.
pub(crate) fn sync(host: &mut Host<'_>, services: &[Service], pods: Option<Prefix>) {
    let saved = host.run("iptables-save").unwrap_or_default();
    // By its canaries it sees that somebody has flushed all chains.
    let canary = "*mangle\n:KUBE-PROXY-CANARY - [0:0]\nCOMMIT\n".to_owned();
    let texts = [canary, filter(services, &saved), nat(services, pods, &saved)];
    for text in texts {
        // A machine that takes no chains has no services.
        drop(host.restore(&text));
    }
    sweep(host, services, &saved);
}

/// The jumps from the kernel's own chains that are missing.
fn jumps(saved: &str, all: &[(&str, &str, &str, &str)]) -> String {
    all.iter().map(|(chain, what, comment, to)| jump::first(saved, chain, &jump::rule(what, comment, to))).collect()
}

fn filter(services: &[Service], saved: &str) -> String {
    let new = "-m conntrack --ctstate NEW ";
    let (portals, outer) = ("kubernetes service portals", "kubernetes externally-visible service portals");
    let firewall = "kubernetes load balancer firewall";
    let mut text = "*filter\n".to_owned();
    for chain in ["SERVICES", "EXTERNAL-SERVICES", "FORWARD", "NODEPORTS", "PROXY-CANARY", "PROXY-FIREWALL"] {
        text.push_str(&format!(":KUBE-{chain} - [0:0]\n"));
    }
    text.push_str(&jumps(
        saved,
        &[
            ("INPUT", new, outer, "KUBE-EXTERNAL-SERVICES"),
            ("FORWARD", new, outer, "KUBE-EXTERNAL-SERVICES"),
            ("INPUT", "", "kubernetes health check service ports", "KUBE-NODEPORTS"),
            ("FORWARD", new, portals, "KUBE-SERVICES"),
            ("OUTPUT", new, portals, "KUBE-SERVICES"),
            ("FORWARD", "", "kubernetes forwarding rules", "KUBE-FORWARD"),
            ("INPUT", new, firewall, "KUBE-PROXY-FIREWALL"),
            ("FORWARD", new, firewall, "KUBE-PROXY-FIREWALL"),
            ("OUTPUT", new, firewall, "KUBE-PROXY-FIREWALL"),
        ],
    ));
    for service in services.iter().filter(|it| it.backends.is_empty()) {
        let (front, port, kind) = (service.front, service.port, protocol(service.transport));
        text.push_str(&format!(
            "-A KUBE-SERVICES -d {front}/32 -p {kind} -m comment --comment \"{} has no endpoints\" -m {kind} --dport {port} -j REJECT --reject-with icmp-port-unreachable\n",
            service.name
        ));
        if let Some(port) = service.node_port {
            text.push_str(&format!(
                "-A KUBE-EXTERNAL-SERVICES -p {kind} -m comment --comment \"{} has no endpoints\" -m addrtype --dst-type LOCAL -m {kind} --dport {port} -j REJECT --reject-with icmp-port-unreachable\n",
                service.name
            ));
        }
    }
    text.push_str("-A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name ct_state_invalid_dropped_pkts -j DROP\n");
    text.push_str(
        "-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding rules\" -m mark --mark 0x4000/0x4000 -j ACCEPT\n",
    );
    text.push_str("-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding conntrack rule\" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\nCOMMIT\n");
    text
}

fn nat(services: &[Service], pods: Option<Prefix>, saved: &str) -> String {
    let mut chains = "*nat\n".to_owned();
    for chain in ["SERVICES", "NODEPORTS", "POSTROUTING", "MARK-MASQ", "PROXY-CANARY"] {
        chains.push_str(&format!(":KUBE-{chain} - [0:0]\n"));
    }
    let mut rules = jumps(
        saved,
        &[
            ("PREROUTING", "", "kubernetes service portals", "KUBE-SERVICES"),
            ("OUTPUT", "", "kubernetes service portals", "KUBE-SERVICES"),
            ("POSTROUTING", "", "kubernetes postrouting rules", "KUBE-POSTROUTING"),
        ],
    );
    rules.push_str("-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n");
    rules.push_str("-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n");
    rules.push_str("-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0\n");
    rules.push_str("-A KUBE-POSTROUTING -m comment --comment \"kubernetes service traffic requiring SNAT\" -j MASQUERADE --random-fully\n");
    for service in services.iter().filter(|it| !it.backends.is_empty()) {
        one(service, pods, &mut chains, &mut rules);
    }
    rules.push_str("-A KUBE-SERVICES -m comment --comment \"kubernetes service nodeports; NOTE: this must be the last rule in this chain\" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS\n");
    format!("{chains}{rules}COMMIT\n")
}

fn one(service: &Service, pods: Option<Prefix>, chains: &mut String, rules: &mut String) {
    let (kind, name) = (protocol(service.transport), &service.name);
    let chain = format!("KUBE-SVC-{}", letters(&format!("{name}{kind}")));
    chains.push_str(&format!(":{chain} - [0:0]\n"));
    let (front, port) = (service.front, service.port);
    let asked = format!("-d {front}/32 -p {kind} -m comment --comment \"{name} cluster IP\" -m {kind} --dport {port}");
    rules.push_str(&format!("-A KUBE-SERVICES {asked} -j {chain}\n"));
    // Who is no pod is answered by way of its machine.
    if let Some(pods) = pods {
        rules.push_str(&format!("-A {chain} ! -s {pods} {asked} -j KUBE-MARK-MASQ\n"));
    }
    let outer = format!("KUBE-EXT-{}", letters(&format!("{name}{kind}")));
    if service.node_port.is_some() || !service.outer.is_empty() {
        chains.push_str(&format!(":{outer} - [0:0]\n"));
        rules.push_str(&format!("-A {outer} -m comment --comment \"masquerade traffic for {name} external destinations\" -j KUBE-MARK-MASQ\n-A {outer} -j {chain}\n"));
    }
    for address in &service.outer {
        rules.push_str(&format!(
            "-A KUBE-SERVICES -d {address}/32 -p {kind} -m comment --comment \"{name} loadbalancer IP\" -m {kind} --dport {port} -j {outer}\n"
        ));
    }
    if let Some(port) = service.node_port {
        let asked = format!("-p {kind} -m comment --comment {name} -m {kind} --dport {port}");
        rules.push_str(&format!(
            "-A KUBE-NODEPORTS -d 127.0.0.0/8 {asked} -m nfacct --nfacct-name localhost_nps_accepted_pkts -j {outer}\n"
        ));
        rules.push_str(&format!("-A KUBE-NODEPORTS {asked} -j {outer}\n"));
    }
    let count = service.backends.len();
    for (place, (addr, port)) in service.backends.iter().enumerate() {
        let end = format!("KUBE-SEP-{}", letters(&format!("{name}{kind}{addr}:{port}")));
        chains.push_str(&format!(":{end} - [0:0]\n"));
        let left = count - place;
        let chance = if left > 1 {
            #[expect(clippy::cast_precision_loss, reason = "a service has not that many backends")]
            let share = 1.0 / left as f64;
            format!(" -m statistic --mode random --probability {share:.11}")
        } else {
            String::new()
        };
        rules.push_str(&format!("-A {chain} -m comment --comment \"{name} -> {addr}:{port}\"{chance} -j {end}\n"));
        rules.push_str(&format!("-A {end} -s {addr}/32 -m comment --comment {name} -j KUBE-MARK-MASQ\n"));
        rules.push_str(&format!(
            "-A {end} -p {kind} -m comment --comment {name} -m {kind} -j DNAT --to-destination {addr}:{port}\n"
        ));
    }
}

/// Takes the chains away that no service has any more.
fn sweep(host: &mut Host<'_>, services: &[Service], saved: &str) {
    let mut kept: BTreeMap<String, ()> = BTreeMap::new();
    for service in services.iter().filter(|it| !it.backends.is_empty()) {
        let name = format!("{}{}", service.name, protocol(service.transport));
        kept.insert(format!("KUBE-SVC-{}", letters(&name)), ());
        kept.insert(format!("KUBE-EXT-{}", letters(&name)), ());
        for (addr, port) in &service.backends {
            kept.insert(format!("KUBE-SEP-{}", letters(&format!("{name}{addr}:{port}"))), ());
        }
    }
    let own = |chain: &&str| ["KUBE-SVC-", "KUBE-SEP-", "KUBE-EXT-"].iter().any(|start| chain.starts_with(start));
    let names = saved.lines().filter_map(|line| line.strip_prefix(':')?.split(' ').next());
    let gone: Vec<&str> = names.filter(own).filter(|chain| !kept.contains_key(*chain)).collect();
    if gone.is_empty() {
        return;
    }
    let mut text = "*nat\n".to_owned();
    gone.iter().for_each(|chain| text.push_str(&format!(":{chain} - [0:0]\n")));
    gone.iter().for_each(|chain| text.push_str(&format!("-X {chain}\n")));
    text.push_str("COMMIT\n");
    // One that is still jumped to stays, as it does for the real one.
    drop(host.restore(&text));
}
