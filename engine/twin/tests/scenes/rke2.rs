//! Three nodes of RKE2.

use super::place::{pass, ready, sh, whole, world};
use runbook_twin::json::json;
use runbook_twin::world::Object;

#[test]
fn it_is_whole_and_its_units_files_and_folders_are_where_people_look_for_them() {
    let mut world = world("rke2");
    whole(&world, 3);
    let (out, _) = sh(&mut world, "n1", "systemctl is-active rke2-server; ls /etc/rancher/rke2; ls /etc/cni/net.d");
    assert_eq!(out, "active\nconfig.yaml\nrke2.yaml\n05-cilium.conflist\n");
    sh(&mut world, "n2", "systemctl stop rke2-agent");
    pass(&mut world, 90);
    assert_eq!(ready(&world), ["n1", "n3"]);
    sh(&mut world, "n2", "systemctl start rke2-agent");
    pass(&mut world, 60);
    whole(&world, 3);
}

#[test]
fn the_control_plane_lives_on_without_the_unit_that_started_it() {
    let mut world = world("rke2");
    sh(&mut world, "n1", "systemctl stop rke2-server");
    pass(&mut world, 30);
    assert!(world.is_served());
}

#[test]
fn a_port_of_the_nodes_is_answered_without_kube_proxy_from_inside_and_from_outside() {
    let mut world = world("rke2");
    let labels = json!({"app": "web"});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "default", "labels": labels},
        "spec": {"nodeName": "n2", "containers": [{"name": "web", "image": "nginx:1.29", "ports": [{"containerPort": 80}]}]}});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"type": "NodePort", "clusterIP": "10.43.0.80", "clusterIPs": ["10.43.0.80"], "selector": labels,
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80, "nodePort": 30080}]}});
    world.create("pods", Object::new(pod)).unwrap();
    world.create("services", Object::new(service)).unwrap();
    pass(&mut world, 60);
    // By the machine that has it, and by one that has not.
    let ask = "for to in 10.0.0.2 10.0.0.3; do nc -z -w 2 $to 30080; echo $?; done";
    assert_eq!(sh(&mut world, "internet", ask).0, "0\n0\n");
    assert_eq!(sh(&mut world, "n3", ask).0, "0\n0\n");
    world.delete(&runbook_twin::world::Key::new("pods", "default", "web"), &Default::default()).unwrap();
    pass(&mut world, 60);
    assert_eq!(sh(&mut world, "internet", ask).0, "1\n1\n");
}
