//! `cidr::contains`: whether an address or a network lies within a network.

use ipnet::IpNet;
use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::net;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "cidr::contains",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["network: text", "inner: text"], gives: "boolean" }],
    options: &[],
    doc: r#"
        Whether an address or a whole network lies within a network.

        IPv4 and IPv6 are never within each other.

        ```rhai
        if !cidr::contains("10.42.0.0/16", "10.42.3.7") { throw "a pod of the cluster"; }
        if cidr::contains("10.42.0.0/16", "10.0.0.0/8") { throw "the larger is not within the smaller"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("contains")
        .set_into_module(module, |ctx: NativeCallContext, outer: &str, inner: &str| give(&ctx, contains(outer, inner)));
}

fn contains(outer: &str, inner: &str) -> Result<bool, Failure> {
    let (outer, inner): (IpNet, IpNet) = (net(outer)?.trunc(), net(inner)?.trunc());
    Ok(outer.contains(&inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_are_known_and_kept_apart() {
        assert!(contains("fd00:42::/32", "fd00:42:1::5").unwrap());
        assert!(contains("0.0.0.0/0", "255.255.255.255").unwrap());
        assert!(!contains("::/0", "10.0.0.1").unwrap());
        assert!(contains("10.42.3.7/16", "10.42.0.0/16").unwrap());
    }
}
