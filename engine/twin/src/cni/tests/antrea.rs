//! Antrea's bridge by its own programs: what they show, what each takes away, and what comes back with the agent.

use super::cluster::Cluster;

fn ovs(cluster: &mut Cluster, node: &str, line: &str) -> Option<(String, String, i32)> {
    let words: Vec<&str> = line.split(' ').collect();
    crate::cni::of_agent(&mut cluster.0, node, words[0], &words[1..])
}

fn with_pods() -> Cluster {
    let mut cluster = Cluster::scene("antrea");
    for (name, node) in [("a", "n1"), ("b", "n2"), ("c", "n3")] {
        assert!(cluster.pod(name, node).is_some(), "{:?}", cluster.told(name));
    }
    cluster
}

#[test]
fn its_programs_show_the_bridge_with_its_ports_and_know_nothing_more() {
    let mut cluster = with_pods();
    let (shown, ..) = ovs(&mut cluster, "n1", "ovs-vsctl show").unwrap();
    assert!(shown.contains("    Bridge br-int\n        datapath_type: system\n"), "{shown}");
    assert!(
        shown.contains("        Port antrea-tun0\n            Interface antrea-tun0\n                type: geneve\n")
    );
    let (listed, ..) = ovs(&mut cluster, "n1", "ovs-vsctl list-ports br-int").unwrap();
    let own = listed.lines().find(|line| line.starts_with("a-")).unwrap();
    assert!(shown.contains(&format!("Port {own}\n")), "{shown}");
    let (kernel, ..) = ovs(&mut cluster, "n1", "ovs-dpctl show").unwrap();
    assert!(kernel.starts_with("system@ovs-system:\n  port 0: ovs-system (internal)\n"), "{kernel}");
    assert!(kernel.contains("genev_sys_6081 (geneve)\n") && kernel.contains(&format!(": {own}\n")), "{kernel}");
    for line in ["ovs-vsctl frob", "ovs-vsctl --if-exists show", "ovs-vsctl", "ovs-dpctl show --frob", "ovs-dpctl"] {
        assert_eq!(ovs(&mut cluster, "n1", line), None, "{line}");
    }
    let said = "ovs-vsctl: no bridge named br-ext\n".to_owned();
    assert_eq!(ovs(&mut cluster, "n1", "ovs-vsctl del-br br-ext"), Some((String::new(), said, 1)));
    assert_eq!(ovs(&mut cluster, "n1", "ovs-vsctl --if-exists del-br br-ext"), Some((String::new(), String::new(), 0)));
}

#[test]
fn a_datapath_that_is_taken_away_comes_back_with_the_agent_and_all_its_pods() {
    let mut cluster = with_pods();
    cluster.whole();
    assert_eq!(ovs(&mut cluster, "n2", "ovs-dpctl del-dp ovs-system"), Some((String::new(), String::new(), 0)));
    assert_eq!(cluster.on("n2", "ip link show antrea-gw0"), "Device \"antrea-gw0\" does not exist.");
    assert_ne!(cluster.lost(), 0);
    cluster.restart("kube-system", "antrea", "n2");
    cluster.whole();
}

#[test]
fn a_bridge_that_is_deleted_comes_back_without_its_pods() {
    let mut cluster = with_pods();
    assert_eq!(ovs(&mut cluster, "n2", "ovs-vsctl del-br br-int"), Some((String::new(), String::new(), 0)));
    cluster.restart("kube-system", "antrea", "n2");
    assert_ne!(cluster.lost(), 0, "nobody has told the new bridge of them");
    cluster.delete("pods", "default", "b");
    cluster.pass(30);
    let fresh = cluster.pod("d", "n2").unwrap();
    assert!(cluster.reaches("a", fresh), "pods that are made anew are its ports");
}

#[test]
fn without_the_agent_the_database_answers_nobody_and_the_kernel_still_does() {
    let mut cluster = with_pods();
    cluster.delete("daemonsets.apps", "kube-system", "antrea-agent");
    cluster.pass(60);
    cluster.whole();
    let (_, said, code) = ovs(&mut cluster, "n1", "ovs-vsctl show").unwrap();
    assert!(code == 1 && said.contains("database connection failed"), "{said}");
    assert_eq!(ovs(&mut cluster, "n1", "ovs-dpctl dump-dps").unwrap().0, "system@ovs-system\n");
    assert_eq!(ovs(&mut cluster, "n1", "ovs-dpctl del-dp").unwrap().2, 0);
    assert_eq!(ovs(&mut cluster, "n1", "ovs-dpctl del-dp").unwrap().2, 1, "there is none any more");
}

#[test]
fn a_mtu_that_is_said_is_that_of_new_pods() {
    let mut cluster = Cluster::scene("antrea");
    cluster.set("configmaps", "kube-system", "antrea-config", |map| {
        map["data"]["antrea-agent.conf"] = "defaultMTU: 1400\ntunnelType: vxlan\n".into();
    });
    for node in ["n1", "n2", "n3"] {
        cluster.restart("kube-system", "antrea", node);
    }
    cluster.pod("a", "n1").unwrap();
    let links = cluster.on("n1", "ip link");
    assert!(links.contains("vxlan_sys_4789") && !links.contains("genev_sys_6081"), "{links}");
    let shown = cluster.on("n1", "ip -o link");
    assert!(shown.lines().any(|line| line.contains(": a-") && line.contains(" mtu 1400 ")), "{shown}");
}

#[test]
fn an_agent_that_is_asked_for_what_is_not_modelled_says_so_and_ends() {
    let mut cluster = Cluster::scene("antrea");
    cluster.set("configmaps", "kube-system", "antrea-config", |map| {
        map["data"]["antrea-agent.conf"] = "trafficEncapMode: noEncap\n".into();
    });
    cluster.restart("kube-system", "antrea", "n2");
    let own = |pod: &&std::sync::Arc<crate::world::Object>| pod.label("component") == Some("antrea-agent");
    let ready = cluster.0.on_node("n2").find(own).map(|pod| pod.condition("Ready") == Some("True"));
    assert_eq!(ready, Some(false));
}
