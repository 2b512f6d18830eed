//! Three nodes of RKE2.

use super::place::{pass, ready, sh, whole, world};

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
