//! `cidr::hosts`: how many machines a network has room for.

use ipnet::IpNet;
use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{last_index, net};
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "cidr::hosts",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["network: text"], gives: "whole number" }],
    options: &[],
    doc: r#"
        How many addresses of a network machines can have.

        In IPv4 the first and the last are not counted, except in `/31` and `/32`. What does not fit in a whole number
        of 64 bits, as in large IPv6 networks, comes as a number with fraction.

        ```rhai
        if cidr::hosts("10.42.1.0/24") != 254 { throw cidr::hosts("10.42.1.0/24"); }
        if cidr::hosts("fd00:42::/112") != 65536 { throw cidr::hosts("fd00:42::/112"); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("hosts")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, net(text).map(|net| hosts(&net))));
}

fn hosts(net: &IpNet) -> Dynamic {
    let last = last_index(net);
    let reserved = if matches!(net, IpNet::V4(_)) && last > 1 { 2 } else { 0 };
    match last.checked_add(1).and_then(|all| i64::try_from(all - reserved).ok()) {
        Some(count) => count.into(),
        #[expect(clippy::cast_precision_loss, reason = "said so in the doc")]
        None => (last as f64 + 1.0).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_and_the_largest_networks_have_hosts_too() {
        let count = |text| hosts(&net(text).unwrap());
        assert_eq!(count("10.0.0.0/31").as_int().unwrap(), 2);
        assert_eq!(count("10.0.0.1").as_int().unwrap(), 1);
        assert_eq!(count("0.0.0.0/0").as_int().unwrap(), 4_294_967_294);
        assert_eq!(count("fd00::/64").as_float().unwrap(), 2_f64.powi(64));
        assert_eq!(count("::/0").as_float().unwrap(), 2_f64.powi(128));
    }
}
