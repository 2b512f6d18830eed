//! `ethtool`: the driver of a link, its features, its counters.

use super::{Call, Output};
use crate::net::link::{Kind, Link};
use crate::net::network::Network;

/// Features as they are until somebody sets one.
const FEATURES: [(&str, bool); 10] = [
    ("rx-checksumming", true),
    ("tx-checksumming", true),
    ("tx-checksum-ip-generic", true),
    ("scatter-gather", true),
    ("tcp-segmentation-offload", true),
    ("generic-segmentation-offload", true),
    ("generic-receive-offload", true),
    ("large-receive-offload", false),
    ("rx-vlan-offload", true),
    ("tx-vlan-offload", true),
];

/// Features that can be set and are not told of.
const OTHERS: [&str; 14] = [
    "hw-tc-offload",
    "ntuple",
    "rx-gro-hw",
    "rx-gro-list",
    "rx-udp-gro-forwarding",
    "rx-udp_tunnel-port-offload",
    "rxhash",
    "rxvlan",
    "tx-checksum-ipv4",
    "tx-checksum-ipv6",
    "tx-udp-segmentation",
    "tx-udp_tnl-csum-segmentation",
    "tx-udp_tnl-segmentation",
    "txvlan",
];

fn long(word: &str) -> &str {
    match word {
        "rx" => "rx-checksumming",
        "tx" => "tx-checksumming",
        "sg" => "scatter-gather",
        "tso" => "tcp-segmentation-offload",
        "gso" => "generic-segmentation-offload",
        "gro" => "generic-receive-offload",
        "lro" => "large-receive-offload",
        other => other,
    }
}

fn driver(link: &Link) -> String {
    match &link.kind {
        Kind::Physical { driver, .. } => driver.clone(),
        Kind::Vlan { .. } => "802.1Q VLAN Support".to_owned(),
        kind => kind.word().to_owned(),
    }
}

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let (option, rest) = match words {
        [option, rest @ ..] if option.starts_with('-') => (*option, rest),
        rest => ("", rest),
    };
    let Some(name) = rest.first() else {
        return Output::failed(1, "ethtool: bad command line argument(s)\nFor more information run ethtool -h");
    };
    let Some(index) = net.space(id).index(name) else {
        let what = match option {
            "-i" | "--driver" => "Cannot get driver information",
            "-k" | "--show-features" | "-K" | "--features" => "Cannot get device feature names",
            "-S" | "--statistics" => "Cannot get stats strings information",
            "-l" | "--show-channels" => "Cannot get device channel parameters\n",
            _ => "netlink error: No such device\nnetlink error: No such device\nCannot get device settings",
        };
        return Output::failed(
            if option == "-i" || option == "-k" { 71 } else { 1 },
            format!("{what}: No such device"),
        );
    };
    let carrier = net.carrier(id, index);
    let Some(link) = net.space_mut(id).links.get_mut(&index) else { return Output::default() };
    match option {
        "-i" | "--driver" => Output::done(format!(
            "driver: {}\nversion: 6.18.0\nfirmware-version: \nexpansion-rom-version: \nbus-info: \nsupports-statistics: yes\n\
             supports-test: no\nsupports-eeprom-access: no\nsupports-register-dump: no\nsupports-priv-flags: no\n",
            driver(link)
        )),
        "-k" | "--show-features" => {
            let on = |name: &str, born: bool| link.features.get(name).copied().unwrap_or(born);
            let lines =
                FEATURES.iter().map(|(name, born)| format!("{name}: {}\n", if on(name, *born) { "on" } else { "off" }));
            Output::done(format!("Features for {name}:\n{}", lines.collect::<String>()))
        }
        "-K" | "--features" | "--offload" => {
            let known = |word: &str| FEATURES.iter().any(|(name, _)| *name == long(word)) || OTHERS.contains(&word);
            let fits = |pair: &[&str]| matches!(pair, [word, "on" | "off"] if known(word));
            if rest.len() < 3 || !rest[1..].chunks(2).all(fits) {
                return Output::failed(1, "ethtool: bad command line argument(s)\nFor more information run ethtool -h");
            }
            for pair in rest[1..].chunks(2) {
                let [word, value] = pair else { continue };
                link.features.insert(long(word).to_owned(), *value == "on");
            }
            Output::default()
        }
        "-S" | "--statistics" => Output::failed(94, "no stats available"),
        "-l" | "--show-channels" => {
            Output::done(format!("Channel parameters for {name}:\nCurrent hardware settings:\nCombined:\t1\n"))
        }
        "" => Output::done(format!("Settings for {name}:\n\tLink detected: {}\n", if carrier { "yes" } else { "no" })),
        other => Output::failed(1, format!("ethtool: `{other}` is not modelled")),
    }
}
