//! `cidr::nth`: one address of a network, by its number.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::{address, last_index, net};
use crate::primitives::pure::{bad, give};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "cidr::nth",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["network: text", "n: whole number"], gives: "text" }],
    options: &[],
    doc: r#"
        The address with number `n` in a network; number 0 is the network's own, -1 the last.

        ```rhai
        if cidr::nth("10.43.0.0/16", 10) != "10.43.0.10" { throw "the address of the cluster's DNS"; }
        if cidr::nth("10.43.0.0/16", -1) != "10.43.255.255" { throw "the last"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("nth")
        .set_into_module(module, |ctx: NativeCallContext, network: &str, n: i64| give(&ctx, nth(network, n)));
}

fn nth(text: &str, n: i64) -> Result<String, Failure> {
    let net = net(text)?.trunc();
    let last = last_index(&net);
    let from_end = u128::from(n.unsigned_abs());
    let index = if n >= 0 { Some(from_end) } else { last.checked_sub(from_end - 1) };
    let index = index.filter(|index| *index <= last);
    let index = index.ok_or_else(|| bad(format!("`{net}` has no address number {n}")))?;
    Ok(address(&net, index).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_beyond_the_network_is_refused() {
        assert_eq!(nth("10.0.0.0/30", 3).unwrap(), "10.0.0.3");
        assert_eq!(nth("10.0.0.0/30", -4).unwrap(), "10.0.0.0");
        assert_eq!(nth("10.0.0.0/30", 4).unwrap_err().what, "`10.0.0.0/30` has no address number 4");
        assert!(nth("10.0.0.0/30", -5).is_err());
        assert!(nth("10.0.0.0/30", i64::MIN).is_err());
        assert_eq!(nth("::/0", -1).unwrap(), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        assert_eq!(nth("fd00::/64", i64::MAX).unwrap(), "fd00::7fff:ffff:ffff:ffff");
    }
}
