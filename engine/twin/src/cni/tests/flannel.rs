//! Flannel alone, and Cilium beside it.

use super::bench::Bench;

/// What Cilium is installed with beside another network.
const BESIDE: &[(&str, &str)] = &[
    ("routing-mode", "tunnel"),
    ("tunnel-protocol", "vxlan"),
    ("tunnel-port", "8473"),
    ("custom-cni-conf", "true"),
    ("enable-policy", "never"),
    ("enable-ipv4-masquerade", "true"),
];

/// What it has on a node with the label.
const TAKEN: &[(&str, &str)] = &[
    ("routing-mode", "tunnel"),
    ("tunnel-protocol", "vxlan"),
    ("tunnel-port", "8473"),
    ("custom-cni-conf", "false"),
    ("write-cni-conf-when-ready", "/host/etc/cni/net.d/05-cilium.conflist"),
    ("cni-exclusive", "true"),
    ("enable-policy", "never"),
    ("enable-ipv4-masquerade", "true"),
];

#[test]
fn pods_of_flannel_reach_each_other_across_machines_with_their_own_addresses() {
    let mut bench = Bench::new(3);
    bench.flannel();
    let (a, b) = (bench.born("n1", "a"), bench.born("n2", "b"));
    assert_eq!((a.to_string(), b.to_string()), ("10.244.0.2".to_owned(), "10.244.1.2".to_owned()));
    let answer = bench.asks("n1", "a", b);
    assert_eq!((answer.why.clone(), answer.seen), (None, Some(a)), "{answer:?}");
    assert!(bench.reaches("n2", "b", a));
    assert!(bench.reaches("n3", "", b));
}

#[test]
fn a_node_is_moved_and_both_networks_reach_each_other_all_the_while() {
    let mut bench = Bench::new(3);
    bench.flannel();
    let (a, b) = (bench.born("n1", "a"), bench.born("n2", "b"));
    bench.cilium(BESIDE, "10.245");
    assert!(bench.reaches("n1", "a", b), "installing it changes nothing");
    bench.agent(1, TAKEN, "10.245");
    bench.meet("10.245");
    assert_eq!(
        bench.machines["n1"].names_in("/etc/cni/net.d"),
        ["05-cilium.conflist", "10-flannel.conflist.cilium_bak"]
    );
    assert!(bench.reaches("n1", "a", b), "a pod keeps the network it was born with");
    let c = bench.born("n1", "c");
    assert!(c.to_string().starts_with("10.245.0."), "{c}");
    for (machine, pod, to) in
        [("n1", "c", b), ("n2", "b", c), ("n1", "c", a), ("n1", "a", c), ("n3", "", c), ("n1", "", c)]
    {
        let answer = bench.asks(machine, pod, to);
        assert_eq!(answer.why, None, "{machine}/{pod} to {to}: {answer:?}");
    }
    bench.agent(2, TAKEN, "10.245");
    bench.meet("10.245");
    let d = bench.born("n2", "d");
    let answer = bench.asks("n1", "c", d);
    assert_eq!((answer.why.clone(), answer.seen), (None, Some(c)), "{answer:?}");
}
