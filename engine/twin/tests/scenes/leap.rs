//! Two machines of bare metal on openSUSE Leap.

use super::place::{field, noes, pass, ready, sh, unready, whole, world};

#[test]
fn before_there_is_a_network_for_pods_both_nodes_are_there_and_neither_is_ready() {
    let mut world = world("leap-empty");
    assert_eq!(ready(&world), Vec::<String>::new());
    assert_eq!(world.count("nodes"), 2);
    let why = field(&world, "nodes", "", "worker", "/status/conditions").to_string();
    assert!(why.contains("cni plugin not initialized"), "{why}");
    assert!(unready(&world).iter().any(|line| line.starts_with("kube-system/coredns-")));
    let (out, code) = sh(
        &mut world,
        "master",
        "ping -c 3 -I eth0 10.2.100.1 >/dev/null; echo $?; cat /var/lib/rancher/k3s/server/node-token",
    );
    assert_eq!((out.as_str(), code), ("0\nK10twin::server:token\n", 0));
    let (out, _) = sh(&mut world, "master", "ip neigh show 10.2.100.1 dev eth0");
    assert!(out.contains("lladdr"), "{out}");
    let (out, _) = sh(&mut world, "master", "ip link show eth1");
    assert!(out.contains("NO-CARRIER"), "{out}");
    let (out, _) = sh(&mut world, "master", "ethtool -i em2 | head -n 1; ethtool -i eth0 | head -n 1");
    assert_eq!(out, "driver: tg3\ndriver: i40e\n");
}

#[test]
fn with_cilium_it_is_whole_over_the_network_for_data() {
    let mut world = world("leap-bare-metal");
    whole(&world, 2);
    let addresses = field(&world, "nodes", "", "master", "/status/addresses");
    assert_eq!(addresses[1]["address"], "134.59.131.204");
    let (out, _) = sh(&mut world, "master", "ls /etc/cni/net.d; ip -d link show cilium_vxlan | grep -o ' mtu [0-9]*'");
    assert_eq!(out, "05-cilium.conflist\n mtu 1400\n");
    pass(&mut world, 1200);
    whole(&world, 2);
}

#[test]
fn the_narrower_mask_that_the_document_advises_cuts_the_machines_from_each_other() {
    let mut world = world("leap-bare-metal");
    let script = "sudo ip addr flush dev eth0; sudo ip addr add 10.2.100.1/16 dev eth0";
    assert_eq!(sh(&mut world, "worker", script).1, 0);
    assert_eq!(sh(&mut world, "worker", "ping -c 1 -W 1 10.4.100.1 >/dev/null").1, 1);
    assert_ne!(noes(&world), "");
}
