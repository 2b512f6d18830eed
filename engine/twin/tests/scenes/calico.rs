//! One server of k3s and two agents with Calico by its operator, and MetalLB.

use super::place::{field, noes, pass, sh, unready, whole, world};
use runbook_twin::world::{Deletion, Key};

#[test]
fn it_is_whole_and_metallb_gives_addresses_from_its_pool() {
    let mut world = world("calico-k3s");
    whole(&world, 3);
    let given = field(&world, "services", "seldon-system", "seldon-mesh", "/status/loadBalancer/ingress/0/ip");
    assert_eq!(given, "192.168.1.200");
    // Somebody beside the cluster reaches it there.
    let (out, code) = sh(&mut world, "desk", "nc -z -w 2 192.168.1.200 80; echo $?");
    assert_eq!((out.as_str(), code), ("0\n", 0));
    pass(&mut world, 1200);
    whole(&world, 3);
}

#[test]
fn another_node_answers_for_the_address_when_the_first_is_lost() {
    let mut world = world("calico-k3s");
    let answers = |world: &mut _| sh(world, "desk", "nc -z -w 2 192.168.1.200 80 && ip neigh show 192.168.1.200").0;
    let before = answers(&mut world);
    assert!(before.contains("lladdr"), "{before}");
    let mac = |text: &str| text.split_whitespace().skip_while(|word| *word != "lladdr").nth(1).map(str::to_owned);
    let all = ["server", "agent-1", "agent-2"];
    let own = all.map(|name| sh(&mut world, name, "cat /sys/class/net/eth0/address").0.trim().to_owned());
    let holder = own.iter().position(|own| Some(own) == mac(&before).as_ref()).unwrap();
    if all[holder] == "server" {
        // Without its only server nobody decides anything.
        return;
    }
    sh(&mut world, all[holder], "systemctl stop k3s-agent");
    world.on_machine(all[holder], |machine| machine.reboot());
    pass(&mut world, 20);
    sh(&mut world, all[holder], "systemctl stop k3s-agent");
    pass(&mut world, 400);
    let after = answers(&mut world);
    assert_ne!(mac(&before), mac(&after), "{after}");
}

#[test]
fn pods_that_get_no_answer_from_their_gateway_reach_nothing() {
    let world = world("calico-deaf");
    let said = noes(&world);
    assert!(said.contains("pod "), "{said}");
    assert!(said.lines().filter(|line| line.starts_with("pod ")).all(|line| line.contains("reaches 0 of")), "{said}");
}

#[test]
fn the_installation_goes_while_its_operator_runs_and_stays_for_ever_without_it() {
    let key = Key::new("installations.operator.tigera.io", "", "default");
    let mut right = world("calico-k3s");
    right.delete(&key, &Deletion::default()).unwrap();
    pass(&mut right, 120);
    assert!(right.at(&key).is_none());
    assert_eq!(right.list("pods", "calico-system").count(), 0);
    let mut wrong = world("calico-k3s");
    let operator = Key::new("deployments.apps", "tigera-operator", "tigera-operator");
    wrong.delete(&operator, &Deletion::default()).unwrap();
    pass(&mut wrong, 60);
    wrong.delete(&key, &Deletion::default()).unwrap();
    pass(&mut wrong, 1200);
    assert!(wrong.at(&key).is_some_and(|it| it.is_going()));
    assert_eq!(unready(&wrong), Vec::<String>::new());
}
