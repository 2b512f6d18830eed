//! What filters and turns the packets of a machine: iptables by owner, ipsets, nftables, BPF, open UDP ports.

use std::collections::BTreeSet;

use runbook_model::Value;

use super::sections::{Map, Sections, number, put, text, texts};

pub(super) fn read(from: &Sections, to: &mut Map) {
    put(to, "iptables", iptables(from));
    put(to, "ipsets", from.has("ipsets").then(|| texts(from.lines("ipsets"))));
    put(to, "nft", from.has("nft").then(|| nft(from)));
    put(to, "bpf", bpf(from));
    if from.has("udp") {
        put(to, "udp_ports", Some(udp_ports(from)));
    }
}

/// `version`, `backend`, `read` (which could be looked at) and `chains`: how many chains and rules each owner has.
fn iptables(from: &Sections) -> Option<Value> {
    let mut iptables = Map::new();
    if let Some(line) = from.first("iptables") {
        let words: Vec<&str> = line.split_whitespace().collect();
        put(&mut iptables, "version", words.get(1).and_then(|word| text(word.trim_start_matches('v'))));
        // Those before 1.8 know one backend only and do not name it.
        let backend = words.get(2).map_or("legacy", |word| word.trim_matches(['(', ')']));
        put(&mut iptables, "backend", Some(if backend == "nf_tables" { "nft" } else { backend }));
    }
    let assumed = iptables.get("backend").cloned();
    let (mut seen, mut chains) = (Vec::new(), Vec::new());
    for line in from.lines("chains") {
        let fields: Vec<&str> = line.split('|').collect();
        let [family, backend, table, owner, count, rules] = fields[..] else { continue };
        let mut entry = Map::new();
        put(&mut entry, "family", number(family.trim_start_matches('v')));
        put(&mut entry, "backend", text(backend).or_else(|| assumed.clone()));
        if table.is_empty() {
            seen.push(Value::Map(entry));
            continue;
        }
        put(&mut entry, "table", text(table));
        put(&mut entry, "owner", text(owner));
        put(&mut entry, "chains", number(count));
        put(&mut entry, "rules", number(rules));
        chains.push(Value::Map(entry));
    }
    if !seen.is_empty() {
        put(&mut iptables, "chains", Some(Value::List(chains)));
        put(&mut iptables, "read", Some(Value::List(seen)));
    }
    (!iptables.is_empty()).then_some(Value::Map(iptables))
}

/// `table inet filter` as `inet filter`.
fn nft(from: &Sections) -> Value {
    texts(from.lines("nft").filter_map(|line| line.strip_prefix("table ")))
}

/// `links` and `attached` as bpftool tells them, `programs` by their lines, `pins` by their paths.
fn bpf(from: &Sections) -> Option<Value> {
    let mut bpf = Map::new();
    let json = |name: &str| {
        let value: serde_json::Value = serde_json::from_str(from.body(name)?).ok()?;
        Some(Value::from_plain_json(value))
    };
    put(&mut bpf, "links", json("bpf_links"));
    put(&mut bpf, "attached", json("bpf_net"));
    put(&mut bpf, "programs", from.has("bpf_programs").then(|| texts(from.lines("bpf_programs"))));
    put(&mut bpf, "pins", from.has("bpf_pins").then(|| texts(from.lines("bpf_pins"))));
    (!bpf.is_empty()).then_some(Value::Map(bpf))
}

/// The ports something listens on, tunnels of the kernel included.
fn udp_ports(from: &Sections) -> Value {
    let port = |line: &str| i64::from_str_radix(line.split_whitespace().nth(1)?.rsplit_once(':')?.1, 16).ok();
    let ports: BTreeSet<i64> = from.lines("udp").filter_map(port).filter(|port| *port > 0).collect();
    Value::List(ports.into_iter().map(Value::Int).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Map {
        let mut facts = Map::new();
        read(&Sections::read(&format!("{text}\u{1}end\n")).unwrap(), &mut facts);
        facts
    }

    #[test]
    fn chains_are_counted_by_owner_and_an_empty_table_is_not_an_unread_one() {
        let facts = read_text(
            "\u{1}iptables\niptables v1.8.9 (nf_tables)\n\u{1}chains\nv4|nft||read|0|0\nv4|nft|nat|kube|3|12\n\
             v4|legacy||read|0|0\n",
        );
        let iptables = &facts["iptables"];
        assert_eq!(iptables.get("backend"), Some(&Value::from("nft")));
        let Some(Value::List(chains)) = iptables.get("chains") else { panic!("no chains") };
        assert_eq!(chains.len(), 1);
        assert_eq!(
            (chains[0].get("owner"), chains[0].get("rules")),
            (Some(&Value::from("kube")), Some(&Value::Int(12)))
        );
        assert!(matches!(iptables.get("read"), Some(Value::List(read)) if read.len() == 2));
        let unread = read_text("\u{1}iptables\niptables v1.6.1\n\u{1}chains\n");
        assert_eq!(unread["iptables"].get("chains"), None);
        assert_eq!(unread["iptables"].get("backend"), Some(&Value::from("legacy")));
    }

    #[test]
    fn bpf_is_what_the_tool_says_and_ports_are_numbers() {
        let facts = read_text(
            "\u{1}bpf_links\n[{\"id\":3,\"type\":\"tcx\"}]\n\u{1}bpf_net\nbroken\n\u{1}udp\n  sl  local_address rem\n\
             1: 00000000:2118 00000000:0000 07\n2: 00000000:2118 0:0 07\n",
        );
        assert!(matches!(facts["bpf"].get("links"), Some(Value::List(links)) if links.len() == 1));
        assert_eq!(facts["bpf"].get("attached"), None);
        assert_eq!(facts["udp_ports"], Value::List(vec![Value::Int(8472)]));
    }
}
