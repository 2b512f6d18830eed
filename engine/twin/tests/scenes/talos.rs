//! Three machines of Talos with Cilium and Flux.

use super::place::{change, field, pass, whole, world};
use runbook_twin::json::json;

#[test]
fn it_is_whole_without_any_tunnel_and_nobody_logs_in() {
    let mut world = world("talos-flux");
    whole(&world, 3);
    assert_eq!(field(&world, "nodes", "", "talos-1", "/status/nodeInfo/osImage"), "Talos (v1.11.5)");
    for machine in world.machines().filter(|machine| machine.name.starts_with("talos-")) {
        assert!(!machine.takes_ssh(), "{}", machine.name);
    }
    pass(&mut world, 1200);
    whole(&world, 3);
}

#[test]
fn services_get_an_address_of_the_pool_and_a_lease_says_who_answers_for_it() {
    let mut world = world("talos-flux");
    assert_eq!(field(&world, "services", "apps", "web", "/status/loadBalancer/ingress/0/ip"), "192.168.42.50");
    let lease = ("leases.coordination.k8s.io", "kube-system", "cilium-l2announce-apps-web");
    let holder = field(&world, lease.0, lease.1, lease.2, "/spec/holderIdentity");
    assert!(holder.as_str().unwrap().starts_with("talos-"), "{holder}");
    let policy = ("ciliuml2announcementpolicies.cilium.io", "", "l2-policy");
    change(&mut world, policy.0, policy.1, policy.2, "/spec/interfaces", json!(["^eth.*"]));
    pass(&mut world, 60);
    let before = field(&world, lease.0, lease.1, lease.2, "/spec/renewTime");
    pass(&mut world, 60);
    assert_eq!(field(&world, lease.0, lease.1, lease.2, "/spec/renewTime"), before, "nobody may answer for it");
}

#[test]
fn flux_puts_back_at_its_interval_or_when_it_is_asked_and_not_while_it_is_suspended() {
    let mut world = world("talos-flux");
    let replicas = |world: &_| field(world, "deployments.apps", "apps", "web", "/spec/replicas");
    let own = ("kustomizations.kustomize.toolkit.fluxcd.io", "apps", "web");
    change(&mut world, "deployments.apps", "apps", "web", "/spec/replicas", json!(4));
    pass(&mut world, 30);
    assert_eq!(replicas(&world), 4);
    pass(&mut world, 660);
    assert_eq!(replicas(&world), 2);
    change(&mut world, "deployments.apps", "apps", "web", "/spec/replicas", json!(4));
    change(&mut world, own.0, own.1, own.2, "/metadata/annotations", json!({"reconcile.fluxcd.io/requestedAt": "now"}));
    pass(&mut world, 5);
    assert_eq!(replicas(&world), 2);
    change(&mut world, own.0, own.1, own.2, "/spec/interval", json!("1m"));
    let key = runbook_twin::world::Key::new(own.0, own.1, own.2);
    world.change(&key, |it| it["spec"]["suspend"] = true.into()).unwrap();
    change(&mut world, "deployments.apps", "apps", "web", "/spec/replicas", json!(4));
    pass(&mut world, 900);
    assert_eq!(replicas(&world), 4);
}
