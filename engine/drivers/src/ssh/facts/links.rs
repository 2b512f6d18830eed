//! The interfaces of a machine, each with its addresses and offloads.

use runbook_model::Value;

use super::sections::{Map, Sections, after, number, put, text};

pub(super) fn read(from: &Sections) -> Value {
    Value::List(from.lines("interfaces").filter_map(|line| link(from, line)).map(Value::Map).collect())
}

fn link(from: &Sections, line: &str) -> Option<Map> {
    let fields: Vec<&str> = line.split('|').collect();
    let [name, mtu, state, carrier, mac, master, driver] = fields[..] else { return None };
    if name.is_empty() {
        return None;
    }
    let mut link = Map::from([("name".to_owned(), Value::from(name))]);
    put(&mut link, "mtu", number(mtu));
    put(&mut link, "state", text(state));
    // An interface that is down tells nothing of its cable.
    put(&mut link, "carrier", (!carrier.is_empty()).then(|| carrier == "1"));
    put(&mut link, "mac", text(mac));
    put(&mut link, "master", text(master));
    put(&mut link, "driver", text(driver));
    let offloads: Map = from
        .lines("offloads")
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('|')?.split_once('|'))
        .map(|(what, word)| (what.to_owned(), Value::Bool(word.trim() == "on")))
        .collect();
    put(&mut link, "lro", offloads.get("large-receive-offload").cloned());
    put(&mut link, "offloads", (!offloads.is_empty()).then_some(Value::Map(offloads)));
    link.insert("addresses".to_owned(), addresses(from, name));
    put(&mut link, "vxlan", vxlan(from, name));
    Some(link)
}

fn addresses(from: &Sections, name: &str) -> Value {
    let mut found = Vec::new();
    for line in from.lines("addresses") {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, of, family @ ("inet" | "inet6"), address, ..] = words[..] else { continue };
        // A link with a peer is told as `eth0@if7`.
        if of.trim_end_matches(':').split('@').next() == Some(name) {
            let whole = if family == "inet" { "32" } else { "128" };
            let address = if address.contains('/') { address.to_owned() } else { format!("{address}/{whole}") };
            found.push(Value::from(address));
        }
    }
    Value::List(found)
}

fn vxlan(from: &Sections, name: &str) -> Option<Value> {
    let line = from.lines("vxlan").find(|line| {
        let of = line.split_whitespace().nth(1).unwrap_or_default();
        of.trim_end_matches(':').split('@').next() == Some(name)
    })?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut vxlan = Map::new();
    put(&mut vxlan, "id", after(&words, "id").and_then(number));
    put(&mut vxlan, "port", after(&words, "dstport").and_then(number));
    put(&mut vxlan, "local", after(&words, "local"));
    Some(Value::Map(vxlan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_has_all_that_is_known_of_it_and_nothing_else() {
        let text = "\u{1}interfaces\neth0|1500|up|1|02:aa||virtio_net\nflannel.1|1450|unknown|1|02:bb||\ndown0|1500|down||02:cc|br0|\n\
                    \u{1}offloads\neth0|large-receive-offload|off\neth0|rx-checksumming|on\n\
                    \u{1}addresses\n2: eth0    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0\\ valid_lft forever\n\
                    2: eth0@if7    inet6 fe80::1/64 scope link\n3: flannel.1    inet 10.42.0.0 scope global flannel.1\n\
                    \u{1}vxlan\n3: flannel.1: <UP> mtu 1450 link/ether 02:bb vxlan id 1 local 10.0.0.5 dev eth0 srcport 0 0 dstport 8472 nolearning\n\
                    \u{1}end\n";
        let Value::List(links) = read(&Sections::read(text).unwrap()) else { panic!("no list") };
        assert_eq!(
            (links[0].get("lro"), links[0].get("carrier")),
            (Some(&Value::Bool(false)), Some(&Value::Bool(true)))
        );
        assert_eq!(
            links[0].get("addresses"),
            Some(&Value::List(vec![Value::from("10.0.0.5/24"), Value::from("fe80::1/64")]))
        );
        assert_eq!(links[1].get("addresses"), Some(&Value::List(vec![Value::from("10.42.0.0/32")])));
        assert_eq!(links[1].get("vxlan").unwrap().get("port"), Some(&Value::Int(8472)));
        assert_eq!((links[2].get("carrier"), links[2].get("master")), (None, Some(&Value::from("br0"))));
    }
}
