//! Calico by its operator on a plain cluster: what it makes, what it puts back, what it refuses, and how it goes.

use super::place::{field, pass, sh, unready, whole, world};
use runbook_twin::json::{Value, json};
use runbook_twin::world::{Deletion, Key, World};

const INSTALLATIONS: &str = "installations.operator.tigera.io";
const STATUSES: &str = "tigerastatuses.operator.tigera.io";
const POOLS: &str = "ippools.crd.projectcalico.org";

fn installation() -> Key {
    Key::new(INSTALLATIONS, "", "default")
}

fn told(world: &World, name: &str, kind: &str) -> (String, String) {
    let status = world.get(STATUSES, "", name).unwrap();
    let all = status["status"]["conditions"].as_array().unwrap();
    let one = all.iter().find(|one| one["type"] == kind).unwrap();
    let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
    (text("status"), text("message"))
}

fn says(world: &mut World, spec: &Value) {
    world.change(&installation(), |it| it["spec"]["calicoNetwork"] = spec.clone()).unwrap();
    pass(world, 60);
}

fn env(world: &World, name: &str) -> Option<String> {
    let agent = world.get("daemonsets.apps", "calico-system", "calico-node").unwrap();
    let env = &agent["spec"]["template"]["spec"]["containers"][0]["env"];
    let found = env.as_array().unwrap().iter().find(|it| it["name"] == name)?;
    Some(found["value"].as_str().unwrap_or_default().to_owned())
}

fn remove(world: &mut World, kind: &str, namespace: &str, name: &str) {
    world.delete(&Key::new(kind, namespace, name), &Deletion::default()).unwrap();
}

#[test]
fn the_operator_makes_calico_of_an_installation_and_says_that_all_is_there() {
    let mut world = world("calico-operator");
    whole(&world, 3);
    for (kind, name) in [("daemonsets.apps", "calico-node"), ("daemonsets.apps", "csi-node-driver")] {
        assert_eq!(field(&world, kind, "calico-system", name, "/status/numberReady"), 3, "{name}");
    }
    for name in ["calico", "ippools", "apiserver"] {
        assert_eq!(told(&world, name, "Available"), ("True".into(), "All Objects Available".into()), "{name}");
        assert_eq!(told(&world, name, "Degraded").0, "False", "{name}");
    }
    let pool = world.get(POOLS, "", "default-ipv4-ippool").unwrap();
    assert_eq!((&pool["spec"]["ipipMode"], &pool["spec"]["vxlanMode"]), (&json!("Always"), &json!("Never")));
    assert!(sh(&mut world, "n1", "ip route").0.contains("dev tunl0 proto bird onlink"));
    let own = world.at(&installation()).unwrap();
    assert_eq!(own.condition("Ready"), Some("True"));
    assert_eq!(own["status"]["calicoVersion"], "v3.31.0");
    assert_eq!(own["spec"]["calicoNetwork"]["nodeAddressAutodetectionV4"], json!({"firstFound": true}), "it fills in");
    assert_eq!(
        own["metadata"]["finalizers"],
        json!([
            "operator.tigera.io/apiserver-controller",
            "operator.tigera.io/installation-controller",
            "tigera.io/operator-cleanup"
        ])
    );
    let service = world.get("apiservices.apiregistration.k8s.io", "", "v3.projectcalico.org").unwrap();
    assert_eq!(service.condition("Available"), Some("True"));
}

#[test]
fn what_is_changed_by_hand_in_its_daemonset_is_put_back() {
    let mut world = world("calico-operator");
    let agents = Key::new("daemonsets.apps", "calico-system", "calico-node");
    let before = world.at(&agents).unwrap()["spec"]["template"].clone();
    world
        .change(&agents, |it| {
            let pod = &mut it["spec"]["template"]["spec"];
            pod["nodeSelector"]["left"] = "alone".into();
            let env = pod["containers"][0]["env"].as_array_mut().unwrap();
            env.push(json!({"name": "FELIX_BPFENABLED", "value": "true"}));
            env.iter_mut().find(|it| it["name"] == "IP_AUTODETECTION_METHOD").unwrap()["value"] =
                "interface=eth1".into();
        })
        .unwrap();
    pass(&mut world, 120);
    assert_eq!(world.at(&agents).unwrap()["spec"]["template"], before);
    remove(&mut world, "deployments.apps", "calico-system", "calico-kube-controllers");
    pass(&mut world, 120);
    whole(&world, 3);
    // Without an operator it stays as it was left.
    remove(&mut world, "deployments.apps", "tigera-operator", "tigera-operator");
    pass(&mut world, 30);
    world.change(&agents, |it| it["spec"]["template"]["spec"]["nodeSelector"]["left"] = "alone".into()).unwrap();
    pass(&mut world, 60);
    assert_eq!(world.at(&agents).unwrap()["spec"]["template"]["spec"]["nodeSelector"]["left"], "alone");
}

#[test]
fn addresses_are_found_as_the_installation_says_and_never_in_two_ways_at_once() {
    let mut world = world("calico-operator");
    assert_eq!(env(&world, "IP_AUTODETECTION_METHOD").as_deref(), Some("first-found"));
    let how = |value: Value| json!({"nodeAddressAutodetectionV4": value});
    says(&mut world, &how(json!({"firstFound": true, "kubernetes": "NodeInternalIP"})));
    let (is, said) = told(&world, "calico", "Degraded");
    assert_eq!(is, "True");
    assert!(said.ends_with("no more than one node address autodetection method can be specified per-family"), "{said}");
    assert_eq!(env(&world, "IP_AUTODETECTION_METHOD").as_deref(), Some("first-found"), "nothing was touched");
    says(&mut world, &how(json!({"firstFound": false, "kubernetes": "NodeInternalIP"})));
    assert_eq!(told(&world, "calico", "Degraded").0, "False");
    assert_eq!(env(&world, "IP_AUTODETECTION_METHOD").as_deref(), Some("kubernetes-internal-ip"));
    pass(&mut world, 120);
    whole(&world, 3);
}

#[test]
fn every_word_for_the_way_of_packets_makes_its_pool() {
    for (word, bgp, ipip, vxlan) in [
        ("IPIP", "Enabled", "Always", "Never"),
        ("IPIPCrossSubnet", "Enabled", "CrossSubnet", "Never"),
        ("VXLAN", "Disabled", "Never", "Always"),
        ("VXLANCrossSubnet", "Disabled", "Never", "CrossSubnet"),
        ("None", "Enabled", "Never", "Never"),
    ] {
        let mut world = world("calico-operator");
        says(&mut world, &json!({"bgp": bgp, "ipPools": [{"cidr": "10.244.0.0/16", "encapsulation": word}]}));
        let pool = world.get(POOLS, "", "default-ipv4-ippool").unwrap();
        assert_eq!((&pool["spec"]["ipipMode"], &pool["spec"]["vxlanMode"]), (&json!(ipip), &json!(vxlan)), "{word}");
        let backend = if bgp == "Enabled" { "bird" } else { "vxlan" };
        assert_eq!(env(&world, "CALICO_NETWORKING_BACKEND").as_deref(), Some(backend));
        pass(&mut world, 180);
        whole(&world, 3);
    }
}

#[test]
fn ipip_without_bgp_is_refused_and_what_runs_goes_on() {
    let mut world = world("calico-operator");
    says(&mut world, &json!({"bgp": "Disabled", "ipPools": [{"cidr": "10.244.0.0/16", "encapsulation": "IPIP"}]}));
    assert_eq!(told(&world, "calico", "Degraded").0, "True");
    whole(&world, 3);
}

#[test]
fn pools_that_are_there_change_only_while_calicos_api_server_answers() {
    let mut world = world("calico-operator");
    remove(&mut world, "apiservers.operator.tigera.io", "", "default");
    pass(&mut world, 120);
    assert!(world.get("namespaces", "", "calico-apiserver").is_none());
    says(&mut world, &json!({"ipPools": [{"cidr": "10.244.0.0/16", "encapsulation": "VXLAN"}]}));
    let pool = world.get(POOLS, "", "default-ipv4-ippool").unwrap();
    assert_eq!(pool["spec"]["vxlanMode"], "Never");
    let (is, said) = told(&world, "ippools", "Degraded");
    assert_eq!((is.as_str(), said.starts_with("Unable to modify IP pools")), ("True", true), "{said}");
}

#[test]
fn an_installation_waits_for_calicos_api_server_to_be_taken_away_first() {
    let mut world = world("calico-operator");
    remove(&mut world, INSTALLATIONS, "", "default");
    pass(&mut world, 300);
    let own = world.at(&installation()).unwrap();
    assert_eq!(own["metadata"]["finalizers"], json!(["operator.tigera.io/apiserver-controller"]));
    assert!(world.get("daemonsets.apps", "calico-system", "calico-node").is_some(), "its agents run on");
    remove(&mut world, "apiservers.operator.tigera.io", "", "default");
    pass(&mut world, 120);
    assert!(world.at(&installation()).is_none());
    assert!(world.get("namespaces", "", "calico-system").is_none());
    assert!(world.get(STATUSES, "", "calico").is_none());
}

#[test]
fn without_its_operator_nothing_of_calico_ever_goes() {
    let mut world = world("calico-operator");
    remove(&mut world, "deployments.apps", "tigera-operator", "tigera-operator");
    pass(&mut world, 60);
    remove(&mut world, INSTALLATIONS, "", "default");
    remove(&mut world, "namespaces", "", "calico-system");
    pass(&mut world, 1200);
    assert!(world.at(&installation()).is_some_and(|it| it.is_going()));
    let space = world.get("namespaces", "", "calico-system").unwrap();
    let all = space["status"]["conditions"].as_array().unwrap();
    let held = all.iter().find(|one| one["type"] == "NamespaceFinalizersRemaining").unwrap();
    let said = held["message"].as_str().unwrap();
    assert!(said.contains("tigera.io/cni-protector in 2 resource instances"), "{said}");
    assert_eq!(unready(&world), Vec::<String>::new());
}
