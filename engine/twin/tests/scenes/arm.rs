//! Nine boards of ARM with k3s, kube-vip, Longhorn and Argo CD.

use super::place::{change, field, pass, ready, sh, unready, world};
use runbook_twin::connectivity::Connectivity;
use runbook_twin::json::json;
use runbook_twin::world::World;

/// Everything runs, and who does not reach somebody is kept from it by one of the two policies.
fn whole(world: &World) {
    assert_eq!((ready(world).len(), unready(world)), (9, Vec::new()));
    let all = Connectivity::of(world);
    let odd = |from: &str, to: &str| !to.contains("vaultwarden") && !from.contains("marmitton");
    let odd: Vec<String> =
        all.noes().filter(|(from, to, _)| odd(from, to)).map(|(from, to, _)| format!("{from} -> {to}")).collect();
    assert_eq!(odd, Vec::<String>::new());
    let kept = |who: &str, whom: &str| all.noes().any(|(from, to, _)| from.contains(who) && to.contains(whom));
    assert!(kept("marmitton", "service database/postgres") && kept("homepage", "service security/vaultwarden"));
    assert!(!kept("ingress-nginx", "vaultwarden") && !kept("marmitton", "kube-dns"), "they are let through");
}

#[test]
fn it_is_whole_and_its_volumes_are_healthy() {
    let mut world = world("arm-k3s");
    whole(&world);
    assert_eq!(field(&world, "nodes", "", "raccoon03", "/status/nodeInfo/architecture"), "arm64");
    for volume in ["pvc-postgres", "pvc-influxdb", "pvc-vaultwarden"] {
        assert_eq!(field(&world, "volumes.longhorn.io", "longhorn-system", volume, "/status/robustness"), "healthy");
    }
    pass(&mut world, 900);
    whole(&world);
}

#[test]
fn the_commands_of_the_document_answer_on_its_machines() {
    let mut world = world("arm-k3s");
    let (out, code) = sh(
        &mut world,
        "opi01",
        "uname -m; zcat /proc/config.gz | grep CONFIG_BPF=; grep CONFIG_BPF= /boot/config-$(uname -r)",
    );
    assert_eq!((out.as_str(), code), ("aarch64\nCONFIG_BPF=y\nCONFIG_BPF=y\n", 0));
    let (out, _) = sh(&mut world, "opi01", "sudo cat /etc/systemd/system/k3s.service | grep flannel-backend");
    assert_eq!(out, "");
    let (_, code) = sh(&mut world, "opi01", "sudo systemctl status k3s");
    assert_eq!(code, 0);
    let (out, code) =
        sh(&mut world, "opi01", "sudo ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 endpoint health");
    assert_ne!(code, 0, "{out}");
    let (_, code) = sh(&mut world, "raccoon00", "free -h");
    assert_eq!(code, 0);
}

#[test]
fn the_address_of_the_control_plane_moves_when_its_node_is_lost() {
    let mut world = world("arm-k3s");
    let holder = |world: &_| {
        let lease = field(world, "leases.coordination.k8s.io", "kube-system", "plndr-cp-lock", "/spec/holderIdentity");
        lease.as_str().unwrap().to_owned()
    };
    let first = holder(&world);
    let (out, _) = sh(&mut world, &first, "ip -br addr show end1");
    assert!(out.contains("10.1.0.5/32"), "{out}");
    assert_eq!(sh(&mut world, "raccoon00", "nc -z -w 2 10.1.0.5 6443").1, 0);
    world.on_machine(&first, |machine| machine.reboot());
    pass(&mut world, 60);
    let second = holder(&world);
    assert_ne!(first, second);
    assert_eq!(sh(&mut world, "raccoon00", "nc -z -w 2 10.1.0.5 6443").1, 0);
    pass(&mut world, 300);
    assert_eq!(holder(&world), second);
    let (out, _) = sh(&mut world, &first, "ip -br addr show end1");
    assert!(!out.contains("10.1.0.5/32"), "{out}");
}

#[test]
fn argo_puts_back_what_was_changed_by_hand_where_it_heals_itself() {
    let mut world = world("arm-k3s");
    let homepage = ("deployments.apps", "self-hosted", "homepage");
    let irc = ("deployments.apps", "irc", "marmitton");
    let replicas =
        |world: &_, (kind, space, name): (&str, &str, &str)| field(world, kind, space, name, "/spec/replicas");
    change(&mut world, homepage.0, homepage.1, homepage.2, "/spec/replicas", json!(5));
    change(&mut world, irc.0, irc.1, irc.2, "/spec/replicas", json!(3));
    pass(&mut world, 30);
    assert_eq!(replicas(&world, homepage), 2);
    assert_eq!(replicas(&world, irc), 3);
    assert_eq!(field(&world, "applications.argoproj.io", "argocd", "marmithon", "/status/sync/status"), "OutOfSync");
    change(&mut world, "applications.argoproj.io", "argocd", "homepage", "/spec/syncPolicy", json!({}));
    change(&mut world, homepage.0, homepage.1, homepage.2, "/spec/replicas", json!(4));
    pass(&mut world, 60);
    assert_eq!(replicas(&world, homepage), 4);
}

#[test]
fn a_server_that_is_gone_is_taken_out_of_the_service_of_the_api_and_comes_back_into_it() {
    let mut world = world("arm-k3s");
    let ends = |world: &World| -> Vec<String> {
        let slice = world.get("endpointslices.discovery.k8s.io", "default", "kubernetes").unwrap();
        let all = slice["endpoints"].as_array().unwrap().iter();
        all.map(|end| end["addresses"][0].as_str().unwrap().to_owned()).collect()
    };
    let all = ["10.1.0.11", "10.1.0.12", "10.1.0.13"];
    assert_eq!(ends(&world), all);
    sh(&mut world, "opi02", "systemctl reboot");
    pass(&mut world, 10);
    assert_eq!(ends(&world), all, "nobody has missed it yet");
    pass(&mut world, 20);
    assert_eq!(ends(&world), ["10.1.0.11", "10.1.0.13"]);
    pass(&mut world, 150);
    assert_eq!(ends(&world), all);
}
