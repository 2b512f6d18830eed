//! What was seen on the real cluster happens here.

use super::cluster::Cluster;
use crate::json::json;

fn beside() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.flannel();
    cluster
}

fn moved(node: &str) -> Cluster {
    let mut cluster = beside();
    cluster.cilium(&[]);
    cluster.node_config();
    cluster.take_over(node);
    cluster
}

#[test]
fn flannel_carries_pods_once_its_daemons_run() {
    let mut cluster = Cluster::new();
    assert_eq!(cluster.pod("early", "n1"), None);
    let told = cluster.told("early");
    assert!(
        told[0].starts_with("NetworkNotReady: network is not ready: container runtime network not ready"),
        "{told:?}"
    );
    cluster.flannel();
    let (a, b) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    assert!(a.to_string().starts_with("10.42.0.") && b.to_string().starts_with("10.42.1."), "{a} {b}");
    assert!(cluster.address("early").is_some());
    cluster.whole();
}

#[test]
fn the_agent_of_a_labelled_node_writes_its_configuration_and_puts_flannels_away() {
    let mut cluster = moved("n1");
    assert_eq!(cluster.conf("n1"), ["05-cilium.conflist", "10-flannel.conflist.cilium_bak"]);
    assert_eq!(cluster.conf("n2"), ["10-flannel.conflist"]);
    let (a, b) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    assert!(a.to_string().starts_with("10.245.") && b.to_string().starts_with("10.42.1."), "{a} {b}");
    cluster.whole();
}

#[test]
fn the_same_port_looks_well_everywhere_but_in_the_state_of_the_link() {
    let mut cluster = beside();
    cluster.cilium(&[("tunnel-port", "8472")]);
    let link = cluster.on("n1", "ip link show cilium_vxlan");
    assert!(link.contains("state DOWN"), "{link}");
    let daemonset = cluster.0.get("daemonsets.apps", "kube-system", "cilium").unwrap();
    assert_eq!(daemonset["status"]["numberReady"], 3, "the rollout looks complete");
    let status = cluster.cilium_dbg("n1", &["status"]);
    assert!(status.contains("Cilium:                  Ok"), "{status}");
    assert!(status.contains("Degraded(3)") && status.contains("/17 healthy"), "{status}");
    assert!(cluster.cilium_dbg("n1", &["status", "--brief"]).starts_with("error in controller endpoint-"));
    cluster.pod("a", "n1").unwrap();
    cluster.pod("b", "n2").unwrap();
    cluster.whole();
}

#[test]
fn another_port_and_a_restart_heal_the_clash() {
    let mut cluster = beside();
    cluster.cilium(&[("tunnel-port", "8472")]);
    cluster.set("configmaps", "kube-system", "cilium-config", |map| map["data"]["tunnel-port"] = "8473".into());
    for node in ["n1", "n2", "n3"] {
        cluster.restart("kube-system", "cilium", node);
    }
    let link = cluster.on("n1", "ip -d link show cilium_vxlan");
    assert!(link.contains("dstport 8473") && link.contains(",UP"), "{link}");
    let status = cluster.cilium_dbg("n1", &["status"]);
    assert!(status.contains("17/17 healthy") && status.contains("3/3 reachable"), "{status}");
}

#[test]
fn the_same_range_for_both_networks_takes_the_whole_network_down() {
    let mut cluster = beside();
    let (a, b) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    assert!(cluster.reaches("a", b));
    cluster.cilium(&[("cluster-pool-ipv4-cidr", "10.42.0.0/16")]);
    let routes = cluster.on("n1", "ip route");
    assert!(!routes.contains("dev cni0") && !routes.contains("dev flannel.1 onlink"), "{routes}");
    assert!(!cluster.reaches("a", b) && !cluster.reaches("n1", a));
    // Undone, the range of the machine itself does not come back: the link of Cilium still holds it.
    cluster.uninstall_cilium();
    cluster.restart("kube-flannel", "flannel", "n1");
    assert!(!cluster.on("n1", "ip route").contains("dev cni0"));
    cluster.on("n1", "ip link del cilium_host");
    assert!(!cluster.on("n1", "ip route").contains("dev cni0"));
    cluster.on("n1", "ip link set cni0 down");
    cluster.on("n1", "ip link set cni0 up");
    assert!(cluster.on("n1", "ip route").contains("dev cni0"));
}

#[test]
fn the_nodes_of_cilium_outlive_an_uninstall_and_bring_the_old_ranges_back() {
    let mut cluster = beside();
    cluster.cilium(&[("cluster-pool-ipv4-cidr", "10.42.0.0/16")]);
    cluster.uninstall_cilium();
    cluster.cilium(&[]);
    let node = cluster.0.get("ciliumnodes.cilium.io", "", "n1").unwrap();
    assert!(node["spec"]["ipam"]["podCIDRs"][0].as_str().unwrap().starts_with("10.42."));
}

#[test]
fn an_uninstall_keeps_the_network_of_running_pods_and_leaves_the_next_pod_without_one() {
    let mut cluster = moved("n1");
    for node in ["n2", "n3"] {
        cluster.take_over(node);
    }
    let (_, b) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    cluster.uninstall_cilium();
    assert!(cluster.reaches("a", b), "programs, maps and links stay");
    assert_eq!(cluster.conf("n1"), ["05-cilium.conflist", "10-flannel.conflist.cilium_bak"]);
    assert_eq!(cluster.pod("c", "n1"), None);
    assert!(!cluster.told("c").iter().any(|it| it.contains("unable to connect")), "it takes 30 seconds");
    cluster.pass(20);
    let told = cluster.told("c");
    let said = "plugin type=\"cilium-cni\" failed (add): unable to connect to Cilium agent";
    assert!(told.iter().any(|it| it.starts_with("FailedCreatePodSandBox") && it.contains(said)), "{told:?}");
    assert!(cluster.0.count("ciliumnodes.cilium.io") == 3);
    assert!(cluster.on("n1", "iptables-save").contains("CILIUM_POST_nat"));
}

#[test]
fn a_label_that_is_taken_off_takes_nothing_back() {
    let mut cluster = moved("n1");
    cluster.set("nodes", "", "n1", |node| {
        node["metadata"]["labels"].as_object_mut().unwrap().remove("io.cilium.migration/cilium-default");
    });
    cluster.restart("kube-system", "cilium", "n1");
    assert_eq!(cluster.conf("n1"), ["05-cilium.conflist", "10-flannel.conflist.cilium_bak"]);
    cluster.restart("kube-flannel", "flannel", "n1");
    assert_eq!(cluster.conf("n1"), ["05-cilium.conflist", "10-flannel.conflist", "10-flannel.conflist.cilium_bak"]);
    assert!(cluster.pod("a", "n1").unwrap().to_string().starts_with("10.245."), "05 sorts first");
    cluster.0.on_host("n1", |host| host.machine.take_away("/etc/cni/net.d/05-cilium.conflist"));
    assert!(cluster.pod("b", "n1").unwrap().to_string().starts_with("10.42.0."));
    let c = cluster.pod("c", "n2").unwrap();
    assert!(cluster.reaches("b", c));
    let node = cluster.0.get("nodes", "", "n1").unwrap();
    let up = node["status"]["conditions"].as_array().unwrap().iter().find(|it| it["type"] == "NetworkUnavailable");
    assert_eq!(up.unwrap()["reason"], "CiliumIsUp");
}

#[test]
fn leases_of_pods_that_end_after_the_switch_leak() {
    let mut cluster = beside();
    for name in ["a", "b", "c"] {
        cluster.pod(name, "n1").unwrap();
    }
    cluster.cilium(&[]);
    cluster.node_config();
    cluster.take_over("n1");
    for name in ["a", "b"] {
        cluster.delete("pods", "default", name);
    }
    cluster.pass(20);
    let leases = cluster.0.machine("n1").unwrap().names_in("/var/lib/cni/networks/cbr0");
    assert_eq!(leases, ["10.42.0.2", "10.42.0.3", "10.42.0.4", "last_reserved_ip.0", "lock"]);
}

#[test]
fn policies_that_slept_wake_when_cilium_enforces() {
    let mut cluster = moved("n1");
    cluster.take_over("n2");
    let (a, _) = (cluster.pod("a", "n1").unwrap(), cluster.pod("b", "n2").unwrap());
    cluster.put(json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": "default"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}));
    cluster.pass(5);
    assert!(cluster.reaches("b", a), "nothing is enforced");
    cluster.set("configmaps", "kube-system", "cilium-config", |map| map["data"]["enable-policy"] = "default".into());
    cluster.restart("kube-system", "cilium", "n1");
    let answer = cluster.asks("b", a, 80);
    assert!(answer.why.unwrap().said.starts_with("Policy denied"));
    assert!(cluster.reaches("n1", a), "the machine itself may always");
}

#[test]
fn the_room_for_packets_is_a_tunnels_less_while_flannels_lives() {
    let mut cluster = moved("n1");
    cluster.take_over("n2");
    cluster.pod("a", "n1").unwrap();
    assert!(cluster.on("n1", "ip route show dev cilium_host").contains("mtu 1400"));
    cluster.delete("daemonsets.apps", "kube-flannel", "kube-flannel-ds");
    cluster.pass(20);
    let left = cluster.on("n1", "iptables-save");
    assert!(left.contains("FLANNEL-FWD") && left.contains("FLANNEL-POSTRTG"), "an uninstall takes nothing back");
    assert!(cluster.on("n1", "ip route").contains("dev flannel.1 onlink"));
    assert!(cluster.0.machine("n1").unwrap().has("/run/flannel/subnet.env"));
    cluster.on("n1", "ip link del flannel.1");
    cluster.restart("kube-system", "cilium", "n1");
    assert!(cluster.on("n1", "ip route show dev cilium_host").contains("mtu 1450"));
}

#[test]
fn services_are_walked_through_the_chains_of_the_proxy() {
    let mut cluster = beside();
    cluster.proxy();
    let a = cluster.pod("a", "n1").unwrap();
    cluster.pod("b", "n2").unwrap();
    cluster.put(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "a"}, "clusterIP": "10.43.0.50", "ports": [{"port": 8080, "targetPort": 80}]}}));
    cluster.pass(10);
    let front = "10.43.0.50".parse().unwrap();
    let answer = cluster.asks("b", front, 8080);
    assert_eq!((answer.outcome, answer.seen), (crate::net::Outcome::Reached, cluster.address("b")), "{:?}", answer.why);
    assert!(cluster.reaches("b", a));
    cluster.whole();
    for node in ["n1", "n2", "n3"] {
        cluster.on(node, "iptables -t nat -F KUBE-SERVICES");
    }
    assert_ne!(cluster.asks("b", front, 8080).outcome, crate::net::Outcome::Reached, "no chain leads to it");
}

#[test]
fn cilium_in_place_of_the_proxy_turns_services_at_the_socket() {
    let mut cluster = beside();
    cluster.cilium(&[("kube-proxy-replacement", "true")]);
    cluster.pod("a", "n1").unwrap();
    cluster.pod("b", "n2").unwrap();
    cluster.put(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "a"}, "clusterIP": "10.43.0.50", "ports": [{"port": 8080, "targetPort": 80}]}}));
    cluster.pass(10);
    let front = "10.43.0.50".parse().unwrap();
    for from in ["b", "n3"] {
        let answer = cluster.asks(from, front, 8080);
        assert_eq!(answer.outcome, crate::net::Outcome::Reached, "{from}: {:?}", answer.why);
    }
}

#[test]
fn a_boot_gives_the_pods_of_a_node_the_network_of_then() {
    let mut cluster = beside();
    let before = cluster.pod("a", "n1").unwrap();
    cluster.cilium(&[]);
    cluster.node_config();
    cluster.take_over("n1");
    assert_eq!(cluster.address("a"), Some(before));
    cluster.boot("n1");
    let after = cluster.address("a").unwrap();
    assert!(after.to_string().starts_with("10.245."), "{after}");
    assert!(cluster.on("n1", "ip link").contains("flannel.1"), "its daemon still runs there");
    assert!(!cluster.on("n1", "ip link").contains("cni0"));
    cluster.whole();
}
