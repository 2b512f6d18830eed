//! `cidr::subnets`: a network cut into smaller ones.

use rhai::{Array, Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::{bits, net};
use crate::primitives::pure::{bad, give};
use crate::word::{Form, Touches, Word};

/// The most networks one call gives.
const SUBNETS_MAX: usize = 65_536;

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "cidr::subnets",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["network: text", "prefix: whole number"], gives: "list" }],
    options: &[],
    doc: r#"
        The networks of a given prefix length that a network consists of, in order; at most 65536.

        ```rhai
        let per_node = cidr::subnets("10.42.0.0/22", 24);
        if per_node != ["10.42.0.0/24", "10.42.1.0/24", "10.42.2.0/24", "10.42.3.0/24"] { throw per_node; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("subnets").set_into_module(module, |ctx: NativeCallContext, network: &str, prefix: i64| {
        give(&ctx, subnets(network, prefix).map(Dynamic::from_array))
    });
}

fn subnets(text: &str, prefix: i64) -> Result<Array, Failure> {
    let net = net(text)?.trunc();
    let least = net.prefix_len();
    let small = u8::try_from(prefix).ok().filter(|small| (u32::from(least)..=bits(&net)).contains(&u32::from(*small)));
    let small = small
        .ok_or_else(|| bad(format!("`{net}` cannot be cut into `/{prefix}`: from `/{least}` to `/{}`", bits(&net))))?;
    if u32::from(small - least) > SUBNETS_MAX.ilog2() {
        return Err(bad(format!("`{net}` has more than {SUBNETS_MAX} networks of `/{small}`")));
    }
    let all = net.subnets(small).map_err(|trouble| bad(format!("`{net}` cannot be cut into `/{small}`: {trouble}")))?;
    Ok(all.map(|net| Dynamic::from(net.to_string())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_bounded() {
        assert_eq!(subnets("10.0.0.0/8", 24).unwrap().len(), SUBNETS_MAX);
        assert_eq!(subnets("10.0.0.0/8", 25).unwrap_err().what, "`10.0.0.0/8` has more than 65536 networks of `/25`");
        assert_eq!(subnets("0.0.0.0/0", 0).unwrap().len(), 1);
        assert_eq!(subnets("fd00::/48", 64).unwrap().len(), SUBNETS_MAX);
    }

    #[test]
    fn a_prefix_that_does_not_fit_is_refused() {
        let what = subnets("10.0.0.0/8", 7).unwrap_err().what;
        assert_eq!(what, "`10.0.0.0/8` cannot be cut into `/7`: from `/8` to `/32`");
        assert!(subnets("10.0.0.0/8", 33).is_err());
        assert!(subnets("::/0", -1).is_err());
    }
}
