//! The wrong order of things loses connectivity, and the right one does not: each test is named after its trap.

use super::cluster::Cluster;
use crate::connectivity::Connectivity;
use crate::json::json;
use crate::net::{Outcome, Probe};

fn beside() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.flannel();
    cluster
}

#[test]
fn a_pool_that_holds_the_machines_own_addresses_cuts_them_off() {
    let mut cluster = beside();
    cluster.pod("a", "n1").unwrap();
    cluster.pod("b", "n2").unwrap();
    assert_eq!(cluster.lost(), 0);
    cluster.cilium(&[("cluster-pool-ipv4-cidr", "10.0.0.0/8")]);
    assert!(cluster.lost() > 0, "the first range of the default pool is that of the machines");
    let told = Connectivity::of(&cluster.0).text();
    assert!(told.contains("cilium_host"), "{told}");
}

#[test]
fn a_routing_mode_that_does_not_exist_ends_every_agent_and_touches_nothing() {
    let mut cluster = beside();
    cluster.pod("a", "n1").unwrap();
    cluster.pod("b", "n2").unwrap();
    cluster.cilium(&[("routing-mode", "vxlan")]);
    let daemonset = cluster.0.get("daemonsets.apps", "kube-system", "cilium").unwrap();
    assert_ne!(daemonset["status"]["numberReady"], 3);
    let agents = cluster.0.list("pods", "kube-system").filter(|pod| pod.label("app") == Some("cilium"));
    for pod in agents {
        assert!(pod["status"]["containerStatuses"][0]["restartCount"].as_i64() > Some(0), "{:?}", pod["status"]);
    }
    assert_eq!(cluster.lost(), 0);
}

#[test]
fn an_exclusive_agent_puts_flannel_away_and_nobody_brings_it_back() {
    let mut cluster = beside();
    cluster.cilium(&[
        ("custom-cni-conf", "false"),
        ("write-cni-conf-when-ready", "/host/etc/cni/net.d/05-cilium.conflist"),
    ]);
    assert_eq!(cluster.conf("n3"), ["05-cilium.conflist", "10-flannel.conflist.cilium_bak"]);
    cluster.uninstall_cilium();
    cluster.0.on_host("n3", |host| host.machine.take_away("/etc/cni/net.d/05-cilium.conflist"));
    cluster.0.wake("heartbeat", crate::world::Key::new("nodes", "", "n3"));
    assert_eq!(cluster.pod("a", "n3"), None);
    assert!(cluster.told("a").iter().any(|it| it.contains("cni plugin not initialized")));
    let node = cluster.0.get("nodes", "", "n3").unwrap();
    assert_eq!(node.condition("Ready"), Some("False"));
    cluster.restart("kube-flannel", "flannel", "n3");
    cluster.pass(20);
    assert!(cluster.address("a").is_some(), "flannel's own start does");
}

#[test]
fn maps_that_go_before_the_programs_drop_everything() {
    let mut cluster = beside();
    cluster.cilium(&[]);
    cluster.node_config();
    cluster.take_over("n1");
    let (_, b) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    assert!(cluster.reaches("a", b));
    cluster.uninstall_cilium();
    assert!(cluster.reaches("a", b));
    cluster.0.on_host("n1", crate::cni::cilium::forget);
    let answer = cluster.asks("a", b, 80);
    assert!(answer.why.unwrap().said.contains("missed tail call"));
}

#[test]
fn a_cleanup_takes_the_programs_before_the_maps() {
    let mut cluster = beside();
    cluster.cilium(&[]);
    cluster.uninstall_cilium();
    let said = cluster.cilium_dbg("n1", &["post-uninstall-cleanup", "-f", "--all-state"]);
    assert_eq!(said, "");
    assert!(!cluster.on("n1", "ip link").contains("cilium"));
    assert!(cluster.on("n1", "iptables-save").contains("CILIUM_"), "the chains are not its business");
    cluster.pod("a", "n1").unwrap();
    cluster.pod("b", "n2").unwrap();
    assert_eq!(cluster.lost(), 0);
}

#[test]
fn the_proxy_gone_before_its_replacement_leaves_services_without_anybody() {
    let mut cluster = beside();
    cluster.proxy();
    cluster.pod("a", "n1").unwrap();
    cluster.pod("b", "n2").unwrap();
    cluster.put(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "a"}, "clusterIP": "10.43.0.50", "ports": [{"port": 80, "targetPort": 80}]}}));
    cluster.pass(5);
    let front = "10.43.0.50".parse().unwrap();
    assert!(cluster.reaches("b", front));
    cluster.delete("daemonsets.apps", "kube-system", "kube-proxy");
    cluster.pass(20);
    assert!(cluster.reaches("b", front), "its chains stay when it goes");
    for node in ["n1", "n2", "n3"] {
        cluster.on(node, "iptables -t nat -F");
    }
    assert!(!cluster.reaches("b", front));
    cluster.cilium(&[("kube-proxy-replacement", "true")]);
    assert!(cluster.reaches("b", front));
}

#[test]
fn a_room_for_packets_that_the_way_does_not_have_loses_what_is_large() {
    let mut cluster = beside();
    let taken = [
        ("custom-cni-conf", "false"),
        ("write-cni-conf-when-ready", "/host/etc/cni/net.d/05-cilium.conflist"),
        ("mtu", "1500"),
    ];
    cluster.cilium(&taken);
    let (a, b) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    // The way between the machines takes one overlay less than their links say.
    cluster.on("n2", "ip link set eth0 mtu 1450");
    assert!(cluster.reaches("a", b), "what is small arrives");
    let space = crate::cni::law::space_of(&cluster.0, cluster.0.get("pods", "default", "a").unwrap()).unwrap();
    let now = cluster.0.now().0 / 1000;
    let mut large = |size: u32| {
        let probe = Probe { size, whole: true, ..Probe::ping(space, b) };
        cluster.0.network_mut().probe(&probe, now).outcome
    };
    assert_eq!(large(1372), Outcome::Reached);
    assert_eq!(large(1422), Outcome::Silence);
    assert_ne!(a, b);
}

#[test]
fn calico_takes_the_link_of_cilium_for_its_own_within_a_minute() {
    let mut cluster = Cluster::new();
    cluster.calico(None);
    let (_, b) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    assert!(cluster.reaches("a", b));
    assert!(cluster.own("n2").starts_with("10.0.0.2/"));
    assert!(cluster.on("n1", "ip route").contains("via 10.0.0.2 dev eth0"));
    cluster.cilium(&[]);
    cluster.pass(65);
    assert!(cluster.own("n2").starts_with("10.245."), "{}", cluster.own("n2"));
    let routes = cluster.on("n1", "ip route");
    assert!(routes.contains("dev vxlan.calico") && !routes.contains("via 10.0.0.2 "), "{routes}");
    cluster.node_config();
    cluster.take_over("n1");
    cluster.pod("c", "n1").unwrap();
    // The remedy: it is told which address is its own.
    cluster.delete("daemonsets.apps", "kube-system", "calico-node");
    cluster.pass(10);
    cluster.put(super::cluster::calico_node(&[
        ("CALICO_IPV4POOL_VXLAN", "CrossSubnet"),
        ("IP_AUTODETECTION_METHOD", "kubernetes-internal-ip"),
    ]));
    cluster.pass(30);
    assert!(cluster.own("n2").starts_with("10.0.0.2/"));
    let answer = cluster.asks("c", b, 80);
    assert_eq!((answer.why, answer.seen), (None, Some("10.0.0.1".parse().unwrap())), "both masquerade");
    let c = cluster.address("c").unwrap();
    assert!(cluster.reaches("b", c));
}

#[test]
fn chains_that_flannel_left_change_the_source_of_the_next_networks_packets() {
    let mut cluster = beside();
    cluster.delete("daemonsets.apps", "kube-flannel", "kube-flannel-ds");
    cluster.pass(10);
    for node in ["n1", "n2", "n3"] {
        cluster.on(node, "ip link del flannel.1");
        cluster.0.on_host(node, |host| host.machine.take_away("/etc/cni/net.d/10-flannel.conflist"));
    }
    cluster.calico(Some("kubernetes-internal-ip"));
    let (a, b) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    let answer = cluster.asks("a", b, 80);
    assert_eq!(answer.outcome, Outcome::Reached, "{answer:?}");
    assert_ne!(answer.seen, Some(a), "somebody else's rule hides the pod");
    // At both ends: what is forwarded to a pod passes the chain of its machine too.
    cluster.on("n1", "iptables -t nat -F FLANNEL-POSTRTG");
    assert_eq!(cluster.asks("a", b, 80).seen, Some("10.0.0.2".parse().unwrap()));
    cluster.on("n2", "iptables -t nat -F FLANNEL-POSTRTG");
    let answer = cluster.asks("a", b, 80);
    assert_eq!(answer.seen, Some(a));
}
