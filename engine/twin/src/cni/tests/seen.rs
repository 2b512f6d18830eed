//! What a machine and an agent show of a network, as the real ones were seen to show it.

use super::cluster::Cluster;
use crate::json::json;

fn moved() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.flannel();
    cluster.proxy();
    cluster.cilium(&[]);
    cluster.node_config();
    cluster.take_over("n1");
    cluster
}

#[test]
fn a_kubelet_has_chains_of_its_own_and_has_them_again_after_a_boot() {
    let mut cluster = Cluster::new();
    for _ in 0..2 {
        let saved = cluster.on("n1", "iptables-save");
        for chain in ["KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY", "KUBE-FIREWALL"] {
            assert!(saved.contains(&format!(":{chain} - ")), "{chain} in {saved}");
        }
        assert_eq!(saved.matches("-A INPUT -j KUBE-FIREWALL").count(), 1);
        cluster.boot("n1");
    }
}

#[test]
fn the_proxy_answers_who_is_no_pod_by_way_of_its_machine_where_it_was_told_the_range_of_pods() {
    let mut cluster = moved();
    let rule = |cluster: &mut Cluster| {
        let saved = cluster.on("n1", "iptables-save -t nat");
        saved.lines().any(|line| line.starts_with("-A KUBE-SVC-") && line.contains(" ! -s 10.42.0.0/16 -d "))
    };
    assert!(!rule(&mut cluster));
    cluster.put(json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "kube-proxy", "namespace": "kube-system"},
        "data": {"config.conf": "kind: KubeProxyConfiguration\nclusterCIDR: \"10.42.0.0/16\"\n"}}));
    cluster.restart("kube-system", "kube-proxy", "n1");
    assert!(rule(&mut cluster));
    cluster.pod("a", "n1").unwrap();
    cluster.pod("b", "n2").unwrap();
    cluster.whole();
}

#[test]
fn a_port_of_the_nodes_with_nobody_behind_it_is_refused() {
    let mut cluster = moved();
    cluster.put(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "empty", "namespace": "default"},
        "spec": {"type": "NodePort", "selector": {"app": "nobody"}, "clusterIP": "10.43.0.60",
            "ports": [{"port": 80, "nodePort": 30080}]}}));
    cluster.pass(10);
    let saved = cluster.on("n1", "iptables-save -t filter");
    let rule = saved.lines().find(|line| line.starts_with("-A KUBE-EXTERNAL-SERVICES")).unwrap();
    assert!(
        rule.contains("--dst-type LOCAL") && rule.contains("--dport 30080") && rule.contains("-j REJECT"),
        "{rule}"
    );
}

#[test]
fn the_links_of_cilium_grow_when_flannels_goes_and_routes_wait_for_the_next_start() {
    let mut cluster = moved();
    cluster.pod("a", "n1").unwrap();
    let wide = |cluster: &mut Cluster, mtu: &str| {
        let shown = cluster.on("n1", "ip link");
        let own = shown.lines().filter(|line| line.contains(": cilium_") || line.contains(": lxc"));
        own.clone().count() > 4 && own.clone().all(|line| line.contains(mtu))
    };
    assert!(wide(&mut cluster, "mtu 1450"));
    cluster.delete("daemonsets.apps", "kube-flannel", "kube-flannel-ds");
    cluster.on("n1", "ip link del flannel.1");
    // Another machine's agent comes anew, of which this one hears.
    cluster.restart("kube-system", "cilium", "n2");
    cluster.set("ciliumnodes.cilium.io", "", "n2", |node| node["spec"]["bootid"] = "another".into());
    cluster.pass(10);
    assert!(wide(&mut cluster, "mtu 1500"), "{}", cluster.on("n1", "ip link"));
    assert!(cluster.on("n1", "ip route show dev cilium_host").contains("mtu 1400"));
    cluster.restart("kube-system", "cilium", "n1");
    assert!(cluster.on("n1", "ip route show dev cilium_host").contains("mtu 1450"));
}

#[test]
fn programs_and_maps_are_pinned_and_those_of_a_pod_go_with_it() {
    let mut cluster = moved();
    cluster.pod("a", "n1").unwrap();
    let names = |cluster: &Cluster, folder: &str| cluster.0.machine("n1").unwrap().names_in(folder);
    let devices = names(&cluster, "/sys/fs/bpf/cilium/devices");
    assert_eq!(devices, ["cilium_host", "cilium_net", "cilium_vxlan", "eth0", "flannel-1"], "a dot may not be in it");
    assert_eq!(names(&cluster, "/sys/fs/bpf/cilium/devices/eth0/links"), ["cil_from_netdev"], "it looks at no leaving");
    assert_eq!(names(&cluster, "/sys/fs/bpf/cilium/endpoints").len(), 2, "the pod's and that of health");
    let maps = names(&cluster, "/sys/fs/bpf/tc/globals");
    assert_eq!(maps.iter().filter(|name| name.starts_with("cilium_policy_v2_")).count(), 3, "{maps:?}");
    cluster.delete("pods", "default", "a");
    cluster.pass(40);
    assert_eq!(names(&cluster, "/sys/fs/bpf/cilium/endpoints").len(), 1);
}

#[test]
fn an_agent_tells_of_its_endpoints_the_nodes_and_who_is_behind_addresses() {
    let mut cluster = moved();
    let a = cluster.pod("a", "n1").unwrap();
    let b = cluster.pod("b", "n2").unwrap();
    let listed = cluster.cilium_dbg("n1", &["endpoint", "list"]);
    for label in ["k8s:app=a", "k8s:io.cilium.k8s.policy.serviceaccount=default", "reserved:health", "reserved:host"] {
        assert!(listed.contains(label), "{label} in {listed}");
    }
    assert!(listed.contains(&a.to_string()) && !listed.contains("pod-template-hash"), "{listed}");
    let nodes = cluster.cilium_dbg("n1", &["node", "list"]);
    assert!(nodes.lines().nth(1).unwrap().ends_with("local") && nodes.contains("custom-resource"), "{nodes}");
    let known = cluster.cilium_dbg("n1", &["bpf", "ipcache", "list"]);
    assert!(known.contains("flags=hastunnel") && known.contains("0.0.0.0/0"), "{known}");
    assert!(!known.contains(&b.to_string()), "pods elsewhere that are not Cilium's it does not know");
    let all = cluster.cilium_dbg("n1", &["bpf", "tunnel", "list"]);
    assert!(all.starts_with("Direct access to local BPF maps"), "gone since 1.18: {all}");
    let identities: Vec<_> = cluster.0.list("ciliumidentities.cilium.io", "").cloned().collect();
    let own = identities.iter().find(|it| it["security-labels"]["k8s:app"] == "a").unwrap();
    let endpoint = cluster.0.get("ciliumendpoints.cilium.io", "default", "a").unwrap();
    assert_eq!(endpoint["status"]["identity"]["id"].to_string(), own.name());
}

#[test]
fn a_container_that_ended_with_its_machine_ended_nobody_knows_how() {
    let mut cluster = moved();
    cluster.pod("a", "n2").unwrap();
    cluster.boot("n2");
    cluster.pass(60);
    let pod = cluster.0.get("pods", "default", "a").unwrap();
    let told = &pod["status"]["containerStatuses"][0]["lastState"]["terminated"];
    assert_eq!((&told["reason"], &told["exitCode"]), (&json!("Unknown"), &json!(255)), "{pod:?}");
}
