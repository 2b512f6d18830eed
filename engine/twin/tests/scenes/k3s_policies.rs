//! The policies that k3s keeps by itself, and what they leave behind when it is told to keep none; those that Calico keeps.

use super::place::{noes, pass, sh, world};
use runbook_twin::json::{Value, json};
use runbook_twin::net::{Answer, Outcome, Probe, Transport};
use runbook_twin::world::{Deletion, Key, Object, World};

const POLICIES: &str = "networkpolicies.networking.k8s.io";

fn policy(name: &str, spec: &Value) -> Object {
    Object::new(json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"}, "spec": spec}))
}

/// Nobody may ask the web.
fn nobody() -> Value {
    json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]})
}

/// Carts may, and nobody else.
fn carts_alone() -> Value {
    let from = json!([{"podSelector": {"matchLabels": {"app": "cart"}}}]);
    json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"],
        "ingress": [{"from": from, "ports": [{"port": 80, "protocol": "TCP"}]}]})
}

fn pods(world: &World, app: &str) -> Vec<(Key, String, String)> {
    let own = world.list("pods", "shop").filter(|pod| pod.label("app") == Some(app));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    own.map(|pod| (Key::new("pods", "shop", pod.name()), text(&pod["status"]["podIP"]), text(&pod["spec"]["nodeName"])))
        .collect()
}

fn asks(world: &mut World, from: &Key, to: &str, port: Option<u16>) -> Answer {
    pass(world, 61);
    let (machine, namespace) = world.pod_space(from).unwrap();
    let space = world.network().find(&machine, &namespace).unwrap();
    let to = to.parse().unwrap();
    let probe = port.map_or(Probe::ping(space, to), |port| Probe::port(space, to, Transport::Tcp, port));
    let now = i64::try_from(world.now().since_1970().as_millis()).unwrap();
    world.network_mut().probe(&probe, now)
}

/// A cart and a web pod on another node.
fn pair(world: &World) -> (Key, String, String) {
    let (cart, _, place) = pods(world, "cart").remove(0);
    let (_, address, node) = pods(world, "web").into_iter().find(|(_, _, node)| *node != place).unwrap();
    (cart, address, node)
}

#[test]
fn a_policy_is_kept_without_anything_installed_for_it() {
    let mut world = world("k3s-shop");
    let (cart, web, node) = pair(&world);
    let saved = sh(&mut world, &node, "iptables-save").0;
    assert!(saved.contains("-j KUBE-ROUTER-FORWARD") && !saved.contains("KUBE-POD-FW"), "{saved}");
    world.create(POLICIES, policy("deny", &nobody())).unwrap();
    pass(&mut world, 10);
    let answer = asks(&mut world, &cart, &web, Some(80));
    assert_ne!(answer.outcome, Outcome::Reached);
    let why = answer.why.unwrap();
    assert!(why.place == node && why.said.contains("KUBE-POD-FW-"), "{why:?}");
    assert_eq!(asks(&mut world, &cart, &web, None).outcome, Outcome::Reached, "an echo passes every policy");
    world.create(POLICIES, policy("cart", &carts_alone())).unwrap();
    pass(&mut world, 10);
    assert_eq!(asks(&mut world, &cart, &web, Some(80)).outcome, Outcome::Reached);
    let sets = sh(&mut world, &node, "ipset list -n").0;
    assert!(sets.contains("KUBE-SRC-") && sets.contains("KUBE-DST-"), "{sets}");
    for machine in ["n1", "n2", "n3"] {
        // The chains of pods are where the pods are, and those of policies everywhere.
        let chains = sh(&mut world, machine, "iptables-save -t filter | grep -c :KUBE-NWPLCY-").0;
        assert_eq!(chains.trim(), "4", "{machine}");
    }
    for name in ["deny", "cart"] {
        world.delete(&Key::new(POLICIES, "shop", name), &Deletion::default()).unwrap();
    }
    pass(&mut world, 10);
    let saved = sh(&mut world, &node, "iptables-save").0;
    assert!(saved.contains("KUBE-ROUTER-FORWARD") && !saved.contains("KUBE-POD-FW"), "{saved}");
    assert_eq!(sh(&mut world, &node, "ipset list -n").0, "");
    assert_eq!(noes(&world), "");
}

#[test]
fn pods_that_are_not_chosen_and_what_a_policy_does_not_speak_of_are_left_alone() {
    let mut world = world("k3s-shop");
    let (cart, web, _) = pair(&world);
    let (pod, ..) = pods(&world, "web").remove(0);
    let other = pods(&world, "cart").remove(0).1;
    let spec = json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"], "egress": []});
    world.create(POLICIES, policy("mute", &spec)).unwrap();
    pass(&mut world, 10);
    assert_eq!(asks(&mut world, &cart, &web, Some(80)).outcome, Outcome::Reached, "it speaks of what goes out");
    assert_ne!(asks(&mut world, &pod, &other, Some(80)).outcome, Outcome::Reached);
}

#[test]
fn chains_outlive_the_policies_of_a_k3s_that_was_told_to_keep_none() {
    let mut world = world("k3s-shop");
    let (cart, web, node) = pair(&world);
    world.create(POLICIES, policy("deny", &nobody())).unwrap();
    pass(&mut world, 10);
    sh(
        &mut world,
        "n1",
        "mkdir -p /etc/rancher/k3s; echo 'disable-network-policy: true' >> /etc/rancher/k3s/config.yaml",
    );
    sh(&mut world, "n1", "systemctl restart k3s");
    sh(&mut world, "n2", "systemctl restart k3s-agent");
    sh(&mut world, "n3", "systemctl restart k3s-agent");
    pass(&mut world, 60);
    world.delete(&Key::new(POLICIES, "shop", "deny"), &Deletion::default()).unwrap();
    pass(&mut world, 60);
    let answer = asks(&mut world, &cart, &web, Some(80));
    assert_ne!(answer.outcome, Outcome::Reached, "nobody keeps any policy, and it is kept");
    assert_eq!(answer.why.unwrap().place, node);
    let clean = "iptables-save | grep -v KUBE-ROUTER | grep -v KUBE-POD-FW | grep -v KUBE-NWPLCY | iptables-restore";
    sh(&mut world, &node, clean);
    assert_eq!(asks(&mut world, &cart, &web, Some(80)).outcome, Outcome::Reached);
}

#[test]
fn calico_keeps_policies_by_chains_of_each_pod() {
    let mut world = world("calico");
    let (cart, web, node) = pair(&world);
    world.create(POLICIES, policy("deny", &nobody())).unwrap();
    pass(&mut world, 10);
    let answer = asks(&mut world, &cart, &web, Some(80));
    assert_ne!(answer.outcome, Outcome::Reached);
    let why = answer.why.unwrap();
    assert!(why.place == node && why.said.contains("cali-tw-cali"), "{why:?}");
    assert_ne!(asks(&mut world, &cart, &web, None).outcome, Outcome::Reached, "an echo is no exception");
    assert!(sh(&mut world, &node, &format!("nc -z -w 2 {web} 80")).1 == 0, "the machine itself reaches its pods");
    world.create(POLICIES, policy("cart", &carts_alone())).unwrap();
    // Nor may a cart ask for anything but names.
    let names = json!({"podSelector": {"matchLabels": {"app": "cart"}}, "policyTypes": ["Egress"],
        "egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}]});
    pass(&mut world, 10);
    assert_eq!(asks(&mut world, &cart, &web, Some(80)).outcome, Outcome::Reached);
    world.create(POLICIES, policy("names", &names)).unwrap();
    pass(&mut world, 10);
    let why = asks(&mut world, &cart, &web, Some(80)).why.unwrap();
    assert!(why.said.contains("cali-fw-cali"), "{why:?}");
    // An agent that begins anew keeps them as before.
    sh(&mut world, &node, "crictl ps --name calico-node -q | xargs crictl stop");
    pass(&mut world, 60);
    world.delete(&Key::new(POLICIES, "shop", "names"), &Deletion::default()).unwrap();
    world.delete(&Key::new(POLICIES, "shop", "cart"), &Deletion::default()).unwrap();
    pass(&mut world, 10);
    assert_ne!(asks(&mut world, &cart, &web, Some(80)).outcome, Outcome::Reached);
    world.delete(&Key::new(POLICIES, "shop", "deny"), &Deletion::default()).unwrap();
    pass(&mut world, 10);
    let saved = sh(&mut world, &node, "iptables-save; ipset list -n").0;
    assert!(!saved.contains("cali-tw-") && !saved.contains("cali40s:"), "{saved}");
    assert_eq!(noes(&world), "");
}
