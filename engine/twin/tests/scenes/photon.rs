//! Three nodes of k3s on Photon OS, and the attempt at Cilium that failed.

use super::place::{field, pass, ready, sh, unready, whole, world};
use runbook_twin::world::{Deletion, Key, World};

const LONGHORN: &str = "longhorn-system";

fn robustness(world: &World, volume: &str) -> String {
    let said = field(world, "volumes.longhorn.io", LONGHORN, volume, "/status/robustness");
    said.as_str().unwrap_or_default().to_owned()
}

#[test]
fn it_is_whole_as_long_as_nobody_touches_it() {
    let mut world = world("photon-k3s");
    whole(&world, 3);
    let node = field(&world, "nodes", "", "skyforge-1", "/status/nodeInfo");
    assert_eq!(node["osImage"], "VMware Photon OS/Linux");
    assert_eq!(node["kubeletVersion"], "v1.33.5+k3s1");
    assert!(node["kernelVersion"].as_str().unwrap().starts_with("6.1."));
    assert_eq!((robustness(&world, "pvc-db"), robustness(&world, "pvc-work")), ("healthy".into(), "healthy".into()));
    let stale = world.get("nodes.longhorn.io", LONGHORN, "skyforge.local").unwrap();
    assert_eq!(stale.condition("Ready"), Some("False"));
    pass(&mut world, 1800);
    whole(&world, 3);
}

#[test]
fn a_volume_is_degraded_without_one_node_and_heals_when_it_is_back() {
    let mut world = world("photon-k3s");
    sh(&mut world, "skyforge-2", "systemctl stop k3s-agent");
    pass(&mut world, 120);
    assert_eq!(robustness(&world, "pvc-db"), "degraded");
    sh(&mut world, "skyforge-2", "systemctl start k3s-agent");
    pass(&mut world, 180);
    assert_eq!(robustness(&world, "pvc-db"), "healthy");
}

#[test]
fn the_commands_of_the_document_answer_on_its_machines() {
    let mut world = world("photon-k3s");
    for (machine, unit) in [("skyforge-1", "k3s"), ("skyforge-2", "k3s-agent"), ("skyforge-3", "k3s-agent")] {
        let (out, code) = sh(&mut world, machine, &format!("systemctl restart {unit} && systemctl is-active {unit}"));
        assert_eq!((out.as_str(), code), ("active\n", 0), "{machine}");
        let (out, _) = sh(&mut world, machine, "ls /var/lib/rancher/k3s/agent/etc/cni/net.d/");
        assert_eq!(out, "10-flannel.conflist\n", "{machine}");
    }
    pass(&mut world, 120);
    whole(&world, 3);
}

#[test]
fn in_the_failed_attempt_the_dns_gets_no_network_and_agents_run() {
    let world = world("photon-cilium");
    assert_eq!(ready(&world).len(), 3);
    let odd = unready(&world);
    assert!(odd.iter().any(|line| line.starts_with("kube-system/coredns-")), "{odd:?}");
    assert!(odd.iter().all(|line| !line.starts_with("kube-system/cilium")), "{odd:?}");
    let said = odd.join("\n");
    assert!(said.contains("plugin type=\\\"cilium-cni\\\" failed (add): unable to create endpoint:"), "{said}");
    let agent = world.entries("pods", "kube-system").find(|(_, pod)| pod.label("k8s-app") == Some("cilium")).unwrap().0;
    let (lines, _) = world.log(&agent, "cilium-agent", false, 0);
    let log: Vec<&str> = lines.iter().map(|line| &*line.text).collect();
    for words in ["'CALLS_MAP' macro redefined", "'ENABLE_ARP_RESPONDER' macro redefined", "compile bpf_lxc.o"] {
        assert!(log.iter().any(|line| line.contains(words)), "{words}: {log:?}");
    }
}

/// What `helm -n kube-system uninstall cilium` takes away.
fn uninstall(world: &mut World) {
    for kind in ["daemonsets.apps", "deployments.apps", "configmaps", "services", "secrets"] {
        let keys: Vec<Key> = world
            .entries(kind, "kube-system")
            .filter(|(_, it)| it.name().starts_with("cilium") || it.name().starts_with("sh.helm.release.v1.cilium"))
            .map(|(key, _)| key)
            .collect();
        for key in keys {
            world.delete(&key, &Deletion::default()).unwrap();
        }
    }
    pass(world, 30);
}

#[test]
fn the_rollback_of_the_document_brings_the_dns_and_the_volumes_back() {
    let mut world = world("photon-cilium");
    uninstall(&mut world);
    let (out, code) = sh(
        &mut world,
        "skyforge-1",
        "mv /etc/rancher/k3s/config.yaml /etc/rancher/k3s/config.yaml.cilium_bak.$(date +%s)",
    );
    assert_eq!(code, 0, "{out}");
    for machine in ["skyforge-1", "skyforge-2", "skyforge-3"] {
        let script = "set -e; cd /var/lib/rancher/k3s/agent/etc/cni/net.d; rm -f 05-cilium.conflist \
                      /etc/cni/net.d/05-cilium.conflist; if [ -e 10-flannel.conflist.cilium_bak ]; then \
                      mv 10-flannel.conflist.cilium_bak 10-flannel.conflist; fi; mkdir -p /etc/cni/net.d; \
                      cp 10-flannel.conflist /etc/cni/net.d/10-flannel.conflist; ls";
        let (out, code) = sh(&mut world, machine, script);
        assert_eq!((out.as_str(), code), ("10-flannel.conflist\n", 0), "{machine}");
    }
    sh(&mut world, "skyforge-1", "systemctl restart k3s");
    for machine in ["skyforge-2", "skyforge-3"] {
        sh(&mut world, machine, "systemctl restart k3s-agent");
    }
    pass(&mut world, 300);
    assert_eq!(ready(&world).len(), 3);
    assert_eq!(unready(&world), Vec::<String>::new());
    assert_eq!((robustness(&world, "pvc-db"), robustness(&world, "pvc-work")), ("healthy".into(), "healthy".into()));
}
