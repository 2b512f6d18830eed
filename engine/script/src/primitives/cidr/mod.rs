//! `cidr::`: networks and addresses, IPv4 and IPv6.

pub(super) mod contains;
pub(super) mod hosts;
pub(super) mod network;
pub(super) mod nth;
pub(super) mod overlaps;
pub(super) mod subnets;

use std::net::IpAddr;

use ipnet::IpNet;
use runbook_model::Failure;

use super::pure::{bad, shown};

/// The network that `text` names, as it was written: an address alone is a network of one.
pub(super) fn net(text: &str) -> Result<IpNet, Failure> {
    let bare = text.trim();
    if let Ok(net) = bare.parse::<IpNet>() {
        return Ok(net);
    }
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    let why = match bare.split_once('/') {
        None => "it is no address",
        Some((address, _)) if address.parse::<IpAddr>().is_err() => "what stands before the `/` is no address",
        Some((address, _)) if address.contains(':') => "what stands after the `/` is not a number from 0 to 128",
        Some(_) => "what stands after the `/` is not a number from 0 to 32",
    };
    Err(bad(format!("{} is no network: {why}", shown(text)))
        .hint("write a network like `10.42.0.0/16` or `fd00:42::/48`, or an address"))
}

/// How many bits an address of this network has.
pub(super) fn bits(net: &IpNet) -> u32 {
    u32::from(net.max_prefix_len())
}

/// How many addresses the network has, less one: all of IPv6 does not fit in 128 bits.
pub(super) fn last_index(net: &IpNet) -> u128 {
    let free = bits(net) - u32::from(net.prefix_len());
    if free == 128 { u128::MAX } else { (1_u128 << free) - 1 }
}

/// The address `index` places after the first of the network, which has that many.
pub(super) fn address(net: &IpNet, index: u128) -> IpAddr {
    match net.network() {
        IpAddr::V4(first) => {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            IpAddr::V4(u32::from(first).saturating_add(index).into())
        }
        IpAddr::V6(first) => IpAddr::V6(u128::from(first).saturating_add(index).into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_a_network_or_refused_and_never_panics(text in ".*") {
            let _ = net(&text);
        }

        #[test]
        fn every_network_begins_and_ends_with_its_own_addresses(bytes: [u8; 16], six: bool, prefix in 0_u8..=128) {
            let prefix = if six { prefix } else { prefix % 33 };
            let ip: IpAddr = if six { bytes.into() } else { [bytes[0], bytes[1], bytes[2], bytes[3]].into() };
            let net = net(&format!("{ip}/{prefix}")).unwrap();
            prop_assert_eq!(address(&net, 0), net.network());
            prop_assert_eq!(address(&net, last_index(&net)), net.broadcast());
        }
    }

    #[test]
    fn what_is_no_network_is_refused_with_the_reason() {
        let why = |text: &str| net(text).unwrap_err().what;
        assert_eq!(
            why("10.0.0.0/33"),
            "`10.0.0.0/33` is no network: what stands after the `/` is not a number from 0 to 32"
        );
        assert_eq!(why("10.0.0/24"), "`10.0.0/24` is no network: what stands before the `/` is no address");
        assert_eq!(why("node-1"), "`node-1` is no network: it is no address");
        assert!(why("fd00::/129").ends_with("from 0 to 128"));
    }
}
