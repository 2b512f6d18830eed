//! `cidr::overlaps`: whether two networks share an address.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::net;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "cidr::overlaps",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["one: text", "other: text"], gives: "boolean" }],
    options: &[],
    doc: r#"
        Whether two networks share an address.

        ```rhai
        if !cidr::overlaps("10.0.0.0/8", "10.42.0.0/16") { throw "one lies within the other"; }
        if cidr::overlaps("10.42.0.0/16", "10.43.0.0/16") { throw "pods and services are apart"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("overlaps")
        .set_into_module(module, |ctx: NativeCallContext, one: &str, other: &str| give(&ctx, overlaps(one, other)));
}

fn overlaps(one: &str, other: &str) -> Result<bool, Failure> {
    let (one, other) = (net(one)?.trunc(), net(other)?.trunc());
    Ok(one.contains(&other) || other.contains(&one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_does_not_matter_and_families_are_apart() {
        assert!(overlaps("10.42.0.0/16", "10.0.0.0/8").unwrap());
        assert!(overlaps("10.0.0.0/8", "10.42.0.1").unwrap());
        assert!(!overlaps("::/0", "0.0.0.0/0").unwrap());
    }
}
