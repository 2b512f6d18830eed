//! `cidr::network`: what a text says of a network.

use ipnet::IpNet;
use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::net;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "cidr::network",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "map" }],
    options: &[],
    doc: r#"
        A network taken apart: `#{network, prefix, family, address, first, last, netmask}`.

        `network` is the network in its normal form, without the bits of a machine; `address` is what stood before the
        `/`; `family` is `IPv4` or `IPv6`, as Kubernetes writes it. An address alone is a network of one.

        ```rhai
        let lan = cidr::network("192.168.7.23/22");
        if lan.network != "192.168.4.0/22" || lan.prefix != 22 { throw lan; }
        if lan.last != "192.168.7.255" || lan.family != "IPv4" { throw lan; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("network").set_into_module(module, |ctx: NativeCallContext, text: &str| {
        give(&ctx, net(text).map(|net| Dynamic::from_map(parts(&net))))
    });
}

fn parts(net: &IpNet) -> Map {
    let family = if matches!(net, IpNet::V4(_)) { "IPv4" } else { "IPv6" };
    let entries: [(&str, Dynamic); 7] = [
        ("network", net.trunc().to_string().into()),
        ("prefix", i64::from(net.prefix_len()).into()),
        ("family", family.into()),
        ("address", net.addr().to_string().into()),
        ("first", net.network().to_string().into()),
        ("last", net.broadcast().to_string().into()),
        ("netmask", net.netmask().to_string().into()),
    ];
    entries.into_iter().map(|(key, value)| (key.into(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_are_taken_apart() {
        let six = parts(&net("FD00:42::1/64").unwrap());
        assert_eq!(six["network"].to_string(), "fd00:42::/64");
        assert_eq!(six["family"].to_string(), "IPv6");
        let one = parts(&net(" 10.0.0.1 ").unwrap());
        assert_eq!(one["network"].to_string(), "10.0.0.1/32");
    }
}
