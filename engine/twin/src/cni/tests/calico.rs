//! Calico by IPIP, by VXLAN and by plain routes: what each makes on the machines, and who reaches whom by it.

use super::cluster::Cluster;
use crate::net::{Outcome, Probe};

const PINNED: (&str, &str) = ("IP_AUTODETECTION_METHOD", "kubernetes-internal-ip");

fn with(mut cluster: Cluster, ipip: &str, vxlan: &str) -> Cluster {
    cluster.calico_with(&[("CALICO_IPV4POOL_IPIP", ipip), ("CALICO_IPV4POOL_VXLAN", vxlan), PINNED]);
    cluster.pod("a", "n1").unwrap();
    cluster.pod("b", "n2").unwrap();
    cluster.pod("c", "n3").unwrap();
    cluster
}

fn agents_ready(cluster: &Cluster) -> i64 {
    let found = cluster.0.get("daemonsets.apps", "kube-system", "calico-node").unwrap();
    found["status"]["numberReady"].as_i64().unwrap_or(0)
}

#[test]
fn ipip_wraps_everything_where_it_is_asked_to() {
    let mut cluster = with(Cluster::new(), "Always", "Never");
    let routes = cluster.on("n1", "ip route");
    assert!(routes.contains(" via 10.0.0.2 dev tunl0 proto bird onlink \n"), "{routes}");
    assert!(routes.contains("blackhole 10.42.") && routes.contains("/26 proto bird \n"), "{routes}");
    let shown = cluster.on("n1", "ip -d link show tunl0");
    assert!(shown.contains("tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN"), "{shown}");
    assert!(shown.contains("    link/ipip 0.0.0.0 brd 0.0.0.0 promiscuity 0 "), "{shown}");
    assert!(shown.contains("    ipip any remote any local any ttl inherit nopmtudisc "), "{shown}");
    assert_eq!(cluster.on("n1", "ip tunnel show"), "tunl0: any/ip remote any local any ttl inherit nopmtudisc\n");
    assert_eq!(cluster.on("n1", "ip link show vxlan.calico"), "Device \"vxlan.calico\" does not exist.");
    let node = cluster.0.get("nodes", "", "n1").unwrap();
    let own = node.annotation("projectcalico.org/IPv4IPIPTunnelAddr").unwrap().to_owned();
    assert!(node.annotation("projectcalico.org/IPv4VXLANTunnelAddr").is_none());
    assert!(cluster.on("n1", "ip -4 addr show tunl0").contains(&format!("inet {own}/32 scope global tunl0")));
    let (a, b) = (cluster.address("a").unwrap(), cluster.address("b").unwrap());
    assert_eq!(cluster.asks("a", b, 80).seen, Some(a), "the tunnel hides nobody");
    assert_eq!(cluster.asks("n1", b, 80).seen, own.parse().ok(), "a machine speaks to pods elsewhere from its tunnel");
    cluster.whole();
}

#[test]
fn ipip_takes_twenty_bytes_of_every_packet() {
    let mut cluster = with(Cluster::new(), "Always", "Never");
    let b = cluster.address("b").unwrap();
    let from = cluster.0.get("pods", "default", "a").cloned().unwrap();
    let space = crate::cni::law::space_of(&cluster.0, &from).unwrap();
    let whole = |size: u32| Probe { whole: true, size, ..Probe::ping(space, b) };
    let now = cluster.0.now().0 / 1000;
    let net = cluster.0.network_mut();
    assert_eq!(net.probe(&whole(1480 - 28), now).outcome, Outcome::Reached);
    assert_eq!(net.probe(&whole(1481 - 28), now).outcome, Outcome::TooLong(1480, None), "its own cable is that narrow");
    cluster.on("n1", "ip link set eth0 mtu 1400");
    let now = cluster.0.now().0 / 1000;
    let answer = cluster.0.network_mut().probe(&whole(1452), now);
    assert!(matches!(answer.outcome, Outcome::TooLong(1380, Some(_))), "{answer:?}");
}

#[test]
fn ipip_between_ranges_wraps_only_what_leaves_the_range() {
    let mut cluster = with(Cluster::routed(), "CrossSubnet", "Never");
    let routes = cluster.on("n1", "ip route");
    assert!(routes.contains(" via 10.0.0.2 dev eth0 proto bird \n"), "{routes}");
    assert!(routes.contains(" via 10.0.1.3 dev tunl0 proto bird onlink \n"), "{routes}");
    cluster.whole();
}

#[test]
fn vxlan_between_ranges_wraps_only_what_leaves_the_range() {
    let mut cluster = with(Cluster::routed(), "Never", "CrossSubnet");
    let routes = cluster.on("n1", "ip route");
    assert!(routes.contains(" via 10.0.0.2 dev eth0 proto 80 onlink \n"), "{routes}");
    assert!(routes.contains(" dev vxlan.calico proto 80 onlink \n"), "{routes}");
    cluster.whole();
}

#[test]
fn vxlan_wraps_everything_where_it_is_asked_to() {
    let mut cluster = with(Cluster::new(), "Never", "Always");
    let routes = cluster.on("n1", "ip route");
    assert!(!routes.contains("via 10.0.0.2 "), "{routes}");
    assert_eq!(routes.matches("dev vxlan.calico proto 80 onlink").count(), 2, "{routes}");
    cluster.whole();
}

#[test]
fn plain_routes_carry_pods_within_a_range_and_lose_them_at_a_router() {
    let mut cluster = with(Cluster::routed(), "Never", "Never");
    let routes = cluster.on("n1", "ip route");
    assert!(routes.contains(" via 10.0.0.2 dev eth0 proto bird \n"), "{routes}");
    assert!(routes.contains("/26 via 10.0.0.100 dev eth0 proto bird \n"), "BIRD asks who leads there: {routes}");
    assert!(cluster.on("n1", "ip link show tunl0").contains("does not exist"));
    let shown = cluster.on("n1", "ip link");
    assert!(shown.contains("cali") && !shown.contains("mtu 1450") && !shown.contains("mtu 1480"), "{shown}");
    let (b, c) = (cluster.address("b").unwrap(), cluster.address("c").unwrap());
    assert!(cluster.reaches("a", b));
    let answer = cluster.asks("a", c, 80);
    assert_ne!(answer.outcome, Outcome::Reached);
    assert_eq!(answer.why.unwrap().place, "router", "it has no way to pods");
}

#[test]
fn what_leaves_the_pools_is_masqueraded_where_the_pool_says_so() {
    let mut cluster = with(Cluster::new(), "Always", "Never");
    cluster.0.on_host("n2", |host| {
        let addr = std::net::Ipv4Addr::UNSPECIFIED;
        let listener =
            crate::net::Listener { transport: crate::net::Transport::Tcp, addr, port: 80, owner: "web".into() };
        let space = host.space();
        assert!(host.net.listen(space, listener));
    });
    assert_eq!(cluster.asks("a", "10.0.0.2".parse().unwrap(), 80).seen, "10.0.0.1".parse().ok());
    cluster.set("ippools.crd.projectcalico.org", "", "default-ipv4-ippool", |pool| {
        pool["spec"]["natOutgoing"] = false.into();
    });
    cluster.boot("n1");
    cluster.pass(60);
    assert!(!cluster.on("n1", "ipset list cali40masq-ipam-pools").contains("10.42.0.0/16"));
}

#[test]
fn who_blocks_the_sessions_of_bird_keeps_agents_from_being_ready_and_pods_from_each_other() {
    let mut cluster = Cluster::new();
    for node in ["n1", "n2", "n3"] {
        cluster.on(node, "iptables -A INPUT -p tcp --dport 179 -j DROP");
    }
    cluster.calico_with(&[("CALICO_IPV4POOL_IPIP", "Always"), PINNED]);
    cluster.pod("a", "n1").unwrap();
    let b = cluster.pod("b", "n2").unwrap();
    assert_eq!(agents_ready(&cluster), 0, "no session with anybody");
    assert!(!cluster.reaches("a", b));
    for node in ["n1", "n2", "n3"] {
        cluster.on(node, "iptables -F INPUT");
    }
    cluster.pass(30);
    assert_eq!(agents_ready(&cluster), 3);
    assert!(cluster.reaches("a", b));
}

#[test]
fn a_neighbour_that_only_starts_anew_is_believed_and_one_that_stays_away_is_forgotten() {
    let mut cluster = with(Cluster::new(), "Always", "Never");
    cluster.on("n2", "iptables -I INPUT -p tcp --dport 179 -j DROP");
    cluster.pass(90);
    assert!(cluster.on("n1", "ip route").contains("via 10.0.0.2 dev tunl0"));
    cluster.pass(360);
    let routes = cluster.on("n1", "ip route");
    assert!(!routes.contains("via 10.0.0.2 ") && routes.contains("via 10.0.0.3 dev tunl0"), "{routes}");
}

#[test]
fn what_packets_in_packets_came_by_outlives_calico_until_its_module_goes() {
    let mut cluster = with(Cluster::new(), "Always", "Never");
    cluster.delete("daemonsets.apps", "kube-system", "calico-node");
    cluster.pass(600);
    assert_eq!(cluster.on("n1", "ip link del tunl0"), "", "the kernel says nothing");
    assert_eq!(cluster.on("n1", "ip tunnel del tunl0"), "delete tunnel \"tunl0\" failed: Operation not permitted");
    assert!(cluster.on("n1", "ip link show tunl0").contains("UP"));
    assert!(cluster.on("n1", "ip route").contains("proto bird"), "nobody withdraws what everybody believes");
    cluster.0.on_machine("n1", |machine| machine.load_ipip(false));
    assert!(cluster.on("n1", "ip link show tunl0").contains("does not exist"));
    assert!(!cluster.on("n1", "ip route").contains("tunl0"));
}

#[test]
fn calico_by_ipip_loses_its_sessions_when_it_takes_the_link_of_cilium_for_its_own() {
    let mut cluster = Cluster::new();
    cluster.calico_with(&[("CALICO_IPV4POOL_IPIP", "Always")]);
    cluster.pod("a", "n1").unwrap();
    let b = cluster.pod("b", "n2").unwrap();
    assert!(cluster.reaches("a", b));
    cluster.cilium(&[]);
    cluster.pass(65);
    assert!(cluster.own("n2").starts_with("10.245."), "{}", cluster.own("n2"));
    let routes = cluster.on("n1", "ip route");
    assert!(!routes.contains("via 10.0.0.2 dev tunl0"), "{routes}");
}

#[test]
fn an_address_for_another_end_makes_a_tunnel_of_its_own() {
    let mut cluster = Cluster::new();
    for (node, own, far, inner) in [("n1", 1, 2, 1), ("n2", 2, 1, 2)] {
        cluster.on(node, &format!("ip tunnel add t mode ipip local 10.0.0.{own} remote 10.0.0.{far}"));
        cluster.on(node, "ip link set t up");
        cluster.on(node, &format!("ip addr add 172.16.0.{inner}/30 dev t"));
    }
    let shown = cluster.on("n1", "ip link show t");
    assert!(shown.contains("t@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1480"), "{shown}");
    assert!(shown.contains("link/ipip 10.0.0.1 peer 10.0.0.2"), "{shown}");
    assert!(cluster.on("n1", "ip tunnel add u mode ipip local 10.0.0.1 remote 10.0.0.2").contains("File exists"));
    assert!(cluster.on("n1", "ip link add tunl0 type ipip").contains("File exists"), "the module brought it");
    let space = cluster.0.network().find("n1", "").unwrap();
    let now = cluster.0.now().0 / 1000;
    let answer = cluster.0.network_mut().probe(&Probe::ping(space, "172.16.0.2".parse().unwrap()), now);
    assert_eq!((answer.outcome, answer.seen), (Outcome::Reached, "172.16.0.1".parse().ok()));
    cluster.on("n2", "ip link set t down");
    let answer = cluster.0.network_mut().probe(&Probe::ping(space, "172.16.0.2".parse().unwrap()), now + 1000);
    assert_ne!(answer.outcome, Outcome::Reached);
}

#[test]
fn canal_goes_the_ways_of_flannel_with_cables_of_calico() {
    let mut cluster = Cluster::new();
    cluster.canal();
    assert_eq!(cluster.conf("n1"), ["10-canal.conflist", "calico-kubeconfig"]);
    let (a, b) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    assert!(a.to_string().starts_with("10.42.0.") && b.to_string().starts_with("10.42.1."), "{a} {b}");
    assert_eq!(cluster.asks("a", b, 80).seen, Some(a));
    let routes = cluster.on("n1", "ip route");
    assert!(routes.contains("10.42.1.0/24 via 10.42.1.0 dev flannel.1 onlink"), "{routes}");
    assert!(routes.contains(&format!("{a} dev cali")) && !routes.contains("proto bird"), "{routes}");
    let links = cluster.on("n1", "ip link");
    assert!(!links.contains("cni0") && !links.contains("tunl0") && !links.contains("vxlan.calico"), "{links}");
    assert!(cluster.on("n1", "iptables-save").contains("cali-FORWARD"));
    cluster.whole();
    assert_eq!(cluster.0.machine("n1").unwrap().names_in("/var/lib/cni/networks/k8s-pod-network").len(), 3);
    cluster.delete("pods", "default", "a");
    cluster.pass(10);
    let left = cluster.0.machine("n1").unwrap().names_in("/var/lib/cni/networks/k8s-pod-network");
    assert!(!left.contains(&a.to_string()), "{left:?}");
}
