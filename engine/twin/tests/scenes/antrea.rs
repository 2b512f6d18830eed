//! Antrea on a plain cluster: what it makes, what it carries, what it keeps when its agents go, and how it leaves.

use super::place::{noes, pass, sh, unready, whole, world};
use runbook_twin::json::{Value, json};
use runbook_twin::net::{Answer, Outcome, Probe, Transport};
use runbook_twin::world::{Deletion, Key, Object, World};

const POLICIES: &str = "networkpolicies.networking.k8s.io";
const NODES: [&str; 3] = ["n1", "n2", "n3"];

fn pods(world: &World, app: &str) -> Vec<(Key, String, String)> {
    let own = world.list("pods", "shop").filter(|pod| pod.label("app") == Some(app));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    own.map(|pod| (Key::new("pods", "shop", pod.name()), text(&pod["status"]["podIP"]), text(&pod["spec"]["nodeName"])))
        .collect()
}

fn probe(world: &mut World, from: &Key, ask: impl Fn(runbook_twin::net::SpaceId) -> Probe) -> Answer {
    pass(world, 61);
    let (machine, namespace) = world.pod_space(from).unwrap();
    let space = world.network().find(&machine, &namespace).unwrap();
    let now = i64::try_from(world.now().since_1970().as_millis()).unwrap();
    world.network_mut().probe(&ask(space), now)
}

fn asks(world: &mut World, from: &Key, to: &str) -> Answer {
    let to = to.parse().unwrap();
    probe(world, from, |space| Probe::port(space, to, Transport::Tcp, 80))
}

/// A cart and a web pod on another node.
fn pair(world: &World) -> (Key, String, String) {
    let (cart, _, place) = pods(world, "cart").remove(0);
    let (_, address, node) = pods(world, "web").into_iter().find(|(_, _, node)| *node != place).unwrap();
    (cart, address, node)
}

fn remove(world: &mut World, kind: &str, namespace: &str, name: &str) {
    world.delete(&Key::new(kind, namespace, name), &Deletion::default()).unwrap();
}

/// Everything that the manifest brought, but for definitions.
fn remove_manifest(world: &mut World) {
    for kind in [
        "apiservices.apiregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "services",
        "daemonsets.apps",
        "deployments.apps",
        "configmaps",
        "serviceaccounts",
    ] {
        let own = world.entries(kind, "").filter(|(_, it)| it.label("app") == Some("antrea"));
        let keys: Vec<Key> = own.map(|(key, _)| key).collect();
        assert!(!keys.is_empty(), "{kind}");
        for key in keys {
            world.delete(&key, &Deletion::default()).unwrap();
        }
    }
    pass(world, 60);
}

#[test]
fn it_is_whole_with_a_bridge_on_every_node_and_a_tunnel_between_them() {
    let mut world = world("antrea");
    whole(&world, 3);
    let links = sh(&mut world, "n2", "ip link").0;
    for name in ["ovs-system", "br-int", "antrea-gw0", "genev_sys_6081"] {
        assert!(links.contains(&format!(": {name}: ")), "{name}: {links}");
    }
    assert!(links.contains("master ovs-system state") && !links.contains("antrea-tun0"), "{links}");
    let routes = sh(&mut world, "n2", "ip route").0;
    assert!(routes.contains("10.244.0.0/24 via 10.244.0.1 dev antrea-gw0 onlink"), "{routes}");
    assert!(routes.contains("10.244.1.0/24 dev antrea-gw0 proto kernel scope link src 10.244.1.1"), "{routes}");
    let sets = sh(&mut world, "n2", "ipset list ANTREA-POD-IP").0;
    assert!(["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24"].iter().all(|range| sets.contains(range)), "{sets}");
    let saved = sh(&mut world, "n2", "iptables-save").0;
    for chain in ["ANTREA-PREROUTING", "ANTREA-OUTPUT", "ANTREA-FORWARD", "ANTREA-POSTROUTING"] {
        assert!(saved.contains(&format!("-j {chain}\n")), "{chain}: {saved}");
    }
    assert_eq!(sh(&mut world, "n2", "ls /etc/cni/net.d").0, "10-antrea.conflist\n");
    assert!(sh(&mut world, "n2", "lsmod").0.contains("openvswitch"));
    assert_eq!(world.list("antreaagentinfos.crd.antrea.io", "").count(), 3);
    let service = world.get("apiservices.apiregistration.k8s.io", "", "v1beta2.controlplane.antrea.io").unwrap();
    assert_eq!(service.condition("Available"), Some("True"));
}

#[test]
fn the_tunnel_takes_fifty_bytes_of_every_packet() {
    let mut world = world("antrea");
    assert!(sh(&mut world, "n1", "ip link show antrea-gw0").0.contains(" mtu 1450 "));
    let (cart, web, _) = pair(&world);
    let to = web.parse().unwrap();
    let whole = |size: u32| move |space| Probe { whole: true, size, ..Probe::ping(space, to) };
    assert_eq!(probe(&mut world, &cart, whole(1450 - 28)).outcome, Outcome::Reached);
    let answer = probe(&mut world, &cart, whole(1451 - 28));
    assert_eq!(answer.outcome, Outcome::TooLong(1450, None), "its own cable is that narrow");
}

#[test]
fn a_pod_is_known_by_its_own_address_and_asks_services_by_the_flows() {
    let mut world = world("antrea");
    let (cart, web, _) = pair(&world);
    let own = world.at(&cart).unwrap()["status"]["podIP"].as_str().unwrap().parse().unwrap();
    assert_eq!(asks(&mut world, &cart, &web).seen, Some(own), "the tunnel hides nobody");
    assert_eq!(asks(&mut world, &cart, "10.96.0.80").outcome, Outcome::Reached);
    assert_eq!(asks(&mut world, &cart, "10.96.0.81").outcome, Outcome::Reached, "it is itself behind it");
    // Without kube-proxy's chains pods are still served: only machines need them.
    for node in NODES {
        sh(&mut world, node, "iptables -t nat -F KUBE-SERVICES");
    }
    assert_eq!(asks(&mut world, &cart, "10.96.0.80").outcome, Outcome::Reached);
}

#[test]
fn policies_are_kept_by_the_flows_of_the_bridge_and_never_against_the_machine_itself() {
    let mut world = world("antrea");
    let (cart, web, node) = pair(&world);
    let spec = json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]});
    let policy = |name: &str, spec: &Value| {
        Object::new(json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "shop"}, "spec": spec}))
    };
    world.create(POLICIES, policy("deny", &spec)).unwrap();
    pass(&mut world, 10);
    let answer = asks(&mut world, &cart, &web);
    assert_ne!(answer.outcome, Outcome::Reached);
    let why = answer.why.unwrap();
    assert!(why.place == node && why.said.starts_with("NetworkPolicy: "), "{why:?}");
    assert_eq!(sh(&mut world, &node, &format!("nc -z -w 2 {web} 80; echo $?")).0, "0\n", "its own machine may ask");
    let other = NODES.into_iter().find(|name| *name != node).unwrap();
    assert_eq!(sh(&mut world, other, &format!("nc -z -w 2 {web} 80; echo $?")).0, "1\n", "others may not");
    let from = json!([{"podSelector": {"matchLabels": {"app": "cart"}}}]);
    let spec = json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"],
        "ingress": [{"from": from, "ports": [{"port": 80, "protocol": "TCP"}]}]});
    world.create(POLICIES, policy("cart", &spec)).unwrap();
    pass(&mut world, 10);
    assert_eq!(asks(&mut world, &cart, &web).outcome, Outcome::Reached);
    assert_eq!(
        asks(&mut world, &cart, "10.96.0.80").outcome,
        Outcome::Reached,
        "a policy sees who is behind a service"
    );
    remove(&mut world, POLICIES, "shop", "deny");
    remove(&mut world, POLICIES, "shop", "cart");
    pass(&mut world, 10);
    whole(&world, 3);
}

#[test]
fn agents_that_start_again_or_anew_keep_what_passes() {
    let mut world = world("antrea");
    let (cart, web, node) = pair(&world);
    let agent =
        world.on_node(&node).find(|pod| pod.label("component") == Some("antrea-agent")).unwrap().name().to_owned();
    remove(&mut world, "pods", "kube-system", &agent);
    // In between nobody is there, and all goes on.
    assert_eq!(noes(&world), "");
    pass(&mut world, 60);
    whole(&world, 3);
    world
        .change(&Key::new("daemonsets.apps", "kube-system", "antrea-agent"), |it| {
            for container in it["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap() {
                container["image"] = "antrea/antrea-agent-ubuntu:v2.7.1".into();
            }
        })
        .unwrap();
    for _ in 0..20 {
        pass(&mut world, 10);
        assert_eq!(noes(&world), "");
    }
    whole(&world, 3);
    assert_eq!(asks(&mut world, &cart, &web).outcome, Outcome::Reached);
}

#[test]
fn chains_and_routes_that_somebody_takes_away_are_there_again_after_a_minute() {
    let mut world = world("antrea");
    sh(
        &mut world,
        "n1",
        "ip route del 10.244.1.0/24; iptables -F ANTREA-FORWARD; iptables -t nat -F ANTREA-POSTROUTING",
    );
    assert_ne!(noes(&world), "");
    pass(&mut world, 65);
    whole(&world, 3);
}

#[test]
fn a_machine_that_boots_has_all_of_it_again() {
    let mut world = world("antrea");
    world.on_machine("n2", |machine| machine.reboot());
    pass(&mut world, 240);
    whole(&world, 3);
}

#[test]
fn without_its_manifest_all_stays_on_the_machines_and_nothing_new_gets_a_network() {
    let mut world = world("antrea");
    remove_manifest(&mut world);
    assert_eq!(noes(&world), "", "pods keep the network they were born with");
    let links = sh(&mut world, "n2", "ip link").0;
    assert!(["ovs-system", "antrea-gw0", "genev_sys_6081"].iter().all(|name| links.contains(name)), "{links}");
    let left = sh(&mut world, "n2", "ls /etc/cni/net.d /opt/cni/bin/antrea; ipset list -n; iptables-save").0;
    for what in ["10-antrea.conflist", "/opt/cni/bin/antrea", "ANTREA-POD-IP", "-j ANTREA-FORWARD"] {
        assert!(left.contains(what), "{what}: {left}");
    }
    let (web, ..) = pods(&world, "web").remove(0);
    remove(&mut world, "pods", "shop", web.name());
    pass(&mut world, 60);
    let said = unready(&world).join("\n");
    assert!(said.contains("dial unix /var/run/antrea/cni.sock: connect: no such file or directory"), "{said}");
}

#[test]
fn definitions_taken_away_before_the_api_services_leave_namespaces_terminating() {
    let mut world = world("antrea");
    remove(&mut world, "deployments.apps", "kube-system", "antrea-controller");
    pass(&mut world, 30);
    remove(&mut world, "namespaces", "", "shop");
    pass(&mut world, 120);
    let held = world.get("namespaces", "", "shop").unwrap();
    assert!(held["status"].to_string().contains("antrea.io"), "{}", held["status"]);
    for name in ["v1beta2.controlplane.antrea.io", "v1beta1.system.antrea.io", "v1alpha1.stats.antrea.io"] {
        remove(&mut world, "apiservices.apiregistration.k8s.io", "", name);
    }
    pass(&mut world, 120);
    assert!(world.get("namespaces", "", "shop").is_none());
}

#[test]
fn links_of_the_bridge_are_not_deleted_one_by_one() {
    let mut world = world("antrea");
    for name in ["antrea-gw0", "br-int", "ovs-system"] {
        let (said, code) = sh(&mut world, "n1", &format!("ip link delete {name} 2>&1"));
        assert_eq!((said.as_str(), code), ("RTNETLINK answers: Operation not supported\n", 2), "{name}");
    }
    whole(&world, 3);
    // The tunnel is a link like others, and whoever deletes it cuts the machine off.
    assert_eq!(sh(&mut world, "n1", "ip link delete genev_sys_6081").1, 0);
    let said = noes(&world);
    assert!(said.contains("the tunnel `genev_sys_6081` is gone"), "{said}");
}

#[test]
fn in_the_right_order_and_with_a_boot_nothing_of_it_is_left() {
    let mut world = world("antrea");
    remove_manifest(&mut world);
    for node in NODES {
        sh(&mut world, node, "rm -r /etc/cni/net.d/10-antrea.conflist /opt/cni/bin/antrea /var/log/antrea");
        world.on_machine(node, |machine| machine.reboot());
    }
    pass(&mut world, 240);
    for node in NODES {
        let script =
            "ip link; ip route; ipset list -n; iptables-save; ls -R /etc/cni /opt/cni /run; ls /var/log; lsmod";
        let left = sh(&mut world, node, script).0;
        let ours = |line: &&str| ["antrea", "ANTREA", "ovs", "genev", "openvswitch"].iter().any(|it| line.contains(it));
        assert_eq!(left.lines().filter(ours).collect::<Vec<_>>(), Vec::<&str>::new(), "{node}");
    }
}
