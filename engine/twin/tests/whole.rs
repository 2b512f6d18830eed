//! The world as one value: objects, machines and network with one time, copied and continued.

mod hands;
mod typed;

use runbook_twin::faults::{FAULTS, Planted};
use runbook_twin::json::json;
use runbook_twin::scene::{self, SCENES};
use runbook_twin::world::{Key, Moment, Object, World};

const LIMIT: usize = 1_000_000;

fn begin() -> Moment {
    Moment::seconds(1_790_000_000)
}

fn world(name: &str) -> World {
    scene::read(scene::text(name).unwrap(), begin()).unwrap().world
}

fn pass(world: &mut World, seconds: i64) {
    let until = world.now().plus_seconds(seconds);
    world.live(until, LIMIT);
}

/// What a script prints on a machine
fn sh(world: &mut World, machine: &str, script: &str) -> (String, i32) {
    typed::sh(world, machine, script, LIMIT)
}

fn ready(world: &World, node: &str) -> String {
    world.get("nodes", "", node).unwrap().condition("Ready").unwrap_or_default().to_owned()
}

fn deploy(world: &mut World, name: &str, count: u32) {
    let labels = json!({"app": name});
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": count, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "nginx:1.29"}]},
        }},
    });
    let body = object.to_string().into_bytes();
    let request = runbook_twin::api::Request {
        method: "POST".to_owned(),
        path: "/apis/apps/v1/namespaces/default/deployments".to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body,
        user: runbook_twin::api::User::known("admin", &["system:masters"]),
        ..Default::default()
    };
    assert_eq!(runbook_twin::api::answer(world, &request).code, 201);
    pass(world, 60);
}

#[test]
fn every_scene_is_read_and_its_nodes_are_ready_and_stay_so() {
    for (name, _) in SCENES {
        let mut world = world(name);
        pass(&mut world, 600);
        assert!(world.machines().count() >= 3, "{name}");
        for node in world.list("nodes", "") {
            assert!(world.machine(node.name()).is_some(), "{name}: {}", node.name());
            if *name == "leap-empty" {
                // It is what it is about that they are not.
                continue;
            }
            assert_eq!(node.condition("Ready"), Some("True"), "{name}: {}", node.name());
        }
    }
}

#[test]
fn a_scene_with_a_key_that_nobody_knows_is_refused_with_its_path() {
    let text = "name: mine\nnodes:\n  - {name: n1, adress: 10.0.0.1}\n";
    let Err(mistake) = scene::read(text, begin()) else { panic!("it was read") };
    assert_eq!(mistake.path, "nodes[0].adress");
    let text = "name: mine\nfaults:\n  - {fault: disk-slow, machine: n9, time: 2s}\n";
    let Err(mistake) = scene::read(text, begin()) else { panic!("it was read") };
    assert_eq!(mistake.to_string(), "faults[0]: there is no machine `n9`");
}

#[test]
fn the_network_is_reached_from_a_machine_and_its_files_agree_with_it() {
    let mut world = world("bare");
    assert_eq!(sh(&mut world, "n1", "ping -c 1 -q 10.0.0.2 >/dev/null").1, 0);
    let (out, _) = sh(&mut world, "n1", "sysctl -qw net.ipv4.ip_forward=1; cat /proc/sys/net/ipv4/ip_forward");
    assert_eq!(out, "1\n");
    let (out, _) = sh(&mut world, "n1", "ip netns add p; ip netns exec p sh -c 'ls /sys/class/net'; ls /sys/class/net");
    assert_eq!(out, "lo\neth0\nlo\n");
    let (out, _) = sh(
        &mut world,
        "n2",
        "nc -lk 8080 >/dev/null 2>&1 & sleep 1; ss -Hltn | wc -l; kill $!; sleep 1; ss -Hltn | wc -l",
    );
    assert_eq!(out, "1\n0\n");
    Planted::typed("link-down machine=n2").unwrap().plant(&mut world).unwrap();
    assert_eq!(sh(&mut world, "n1", "ping -c 1 -q 10.0.0.2 >/dev/null").1, 1);
}

#[test]
fn a_boot_takes_the_network_with_it_and_sets_up_what_is_configured() {
    let mut world = world("bare");
    sh(&mut world, "n1", "ip route add 10.9.0.0/16 via 10.0.0.2; ip netns add p");
    world.on_machine("n1", |machine| machine.reboot());
    assert_eq!(sh(&mut world, "n2", "ping -c 1 -q 10.0.0.1 >/dev/null").1, 1);
    pass(&mut world, 60);
    assert_eq!(sh(&mut world, "n2", "ping -c 1 -q 10.0.0.1 >/dev/null").1, 0);
    assert_eq!(
        sh(&mut world, "n1", "ip netns list; ip route").0,
        "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 \n"
    );
}

#[test]
fn what_was_left_in_the_background_does_not_come_nearer_while_nobody_waits() {
    let mut world = world("three");
    deploy(&mut world, "web", 3);
    sh(
        &mut world,
        "n2",
        "systemd-run --on-active=180 touch /root/fired; setsid sh -c 'sleep 90; touch /root/slept' </dev/null >/dev/null 2>&1 &",
    );
    // A node is lost: after 40 seconds that is noticed, and after five minutes its pods are sent away.
    Planted::typed("node-silent node=n3").unwrap().plant(&mut world).unwrap();
    world.settle(LIMIT);
    let before = world.now();
    while let Some(next) = world.next_jump_while(false) {
        world.advance(next);
        world.settle(LIMIT);
    }
    assert!(world.now() < before.plus_seconds(90));
    assert!(world.next_jump_while(true).is_some(), "somebody who waits does not wait in vain");
    assert_eq!(sh(&mut world, "n2", "ls /root").0, "");
    assert_eq!(sh(&mut world, "n2", "sleep 100; ls /root").0, "slept\n");
    assert_eq!(sh(&mut world, "n2", "sleep 100; ls /root").0, "fired\nslept\n");
}

#[test]
fn a_node_falls_silent_with_its_kubelet_and_speaks_again() {
    for (scene, unit) in [("three", "kubelet"), ("k3s", "k3s-agent")] {
        let mut world = world(scene);
        pass(&mut world, 30);
        sh(&mut world, "n2", &format!("systemctl stop {unit}"));
        pass(&mut world, 90);
        assert_eq!(ready(&world, "n2"), "Unknown", "{scene}");
        assert_eq!(ready(&world, "n3"), "True", "{scene}");
        sh(&mut world, "n2", &format!("systemctl start {unit}"));
        pass(&mut world, 30);
        assert_eq!(ready(&world, "n2"), "True", "{scene}");
    }
}

#[test]
fn after_a_boot_containers_start_anew_and_the_node_says_the_new_boot_id() {
    let mut world = world("three");
    deploy(&mut world, "web", 6);
    let restarts = |world: &World| -> i64 {
        let count = |pod: &Object| pod["status"]["containerStatuses"][0]["restartCount"].as_i64().unwrap_or(0);
        world.on_node("n2").map(|pod| count(pod)).sum()
    };
    let pods = world.on_node("n2").count();
    assert!(pods > 0);
    assert_eq!(restarts(&world), 0);
    let (out, _) = sh(&mut world, "n2", "crictl ps -q | wc -l; ps -e | grep -c nginx");
    assert_eq!(out, format!("{pods}\n{pods}\n"));
    world.on_machine("n2", |machine| machine.reboot());
    pass(&mut world, 120);
    assert_eq!(restarts(&world), i64::try_from(pods).unwrap());
    let node = world.get("nodes", "", "n2").unwrap();
    assert_eq!(node["status"]["nodeInfo"]["bootID"], world.machine("n2").unwrap().boot_id.as_str());
    assert_eq!(ready(&world, "n2"), "True");
}

#[test]
fn while_the_machine_of_the_control_plane_is_away_nothing_is_decided() {
    let mut world = world("three");
    pass(&mut world, 30);
    world.on_machine("n1", |machine| machine.reboot());
    pass(&mut world, 20);
    assert!(!world.is_served());
    let revision = world.revision();
    pass(&mut world, 10);
    assert_eq!(world.revision(), revision);
    pass(&mut world, 60);
    assert!(world.is_served());
    assert_eq!((ready(&world, "n1").as_str(), ready(&world, "n2").as_str()), ("True", "True"));
}

#[test]
fn a_copy_lives_on_its_own_and_the_same_things_happen_in_it() {
    let mut one = world("three");
    deploy(&mut one, "web", 3);
    let mut two = one.clone();
    let mut three = one.clone();
    for world in [&mut two, &mut three] {
        sh(world, "n2", "echo x >/root/x; ip link add d type dummy; sleep 30");
        world.on_machine("n3", |machine| machine.reboot());
        pass(world, 600);
    }
    let objects = |world: &World| -> Vec<String> {
        ["pods", "nodes", "events"]
            .iter()
            .flat_map(|kind| world.list(kind, ""))
            .map(|it| it.plain().to_string())
            .collect()
    };
    assert_eq!(objects(&two), objects(&three));
    assert_eq!(two.revision(), three.revision());
    assert_eq!(sh(&mut one, "n2", "ls /root; ip -br link show type dummy").0, "");
}

#[test]
fn every_fault_can_be_planted_and_changes_something() {
    // Those of the catalogue are tried with their symptoms, in `ailments.rs`.
    for fault in FAULTS.iter().filter(|fault| fault.rows.is_empty() && fault.ripens == 0) {
        let mut world = world("three");
        deploy(&mut world, "web", 2);
        let about = |key: &str| match key {
            "machine" | "node" => "n2",
            "time" => "5s",
            "image" => "nginx:*",
            "namespace" => "default",
            "words" => "sleep",
            "unit" => "kubelet",
            _ => "app:web",
        };
        let must: Vec<String> = fault.takes.0.iter().map(|key| format!("{key}={}", about(key))).collect();
        let labels = if fault.name == "pod-never-ends" { " labels=app:web" } else { "" };
        let typed = format!("{} {}{labels}", fault.name, must.join(" "));
        Planted::typed(&typed).and_then(|fault| fault.plant(&mut world)).unwrap_or_else(|why| panic!("{typed}: {why}"));
    }
    let mut world = world("three");
    deploy(&mut world, "web", 2);
    Planted::typed("pod-never-ends namespace=default labels=app:web").unwrap().plant(&mut world).unwrap();
    let key: Key = world.entries("pods", "default").map(|(key, _)| key).next().unwrap();
    drop(world.delete(&key, &runbook_twin::world::Deletion::default()));
    pass(&mut world, 300);
    assert!(world.at(&key).is_some(), "it ended all the same");
}

#[test]
fn the_shell_of_a_node_knows_its_cluster() {
    let mut world = world("k3s");
    deploy(&mut world, "web", 3);
    assert_eq!(sh(&mut world, "n1", "k3s kubectl get nodes -o name").0, "node/n1\nnode/n2\nnode/n3\n");
    assert_eq!(sh(&mut world, "n1", "kubectl get pods -l app=web --no-headers | wc -l").0, "3\n");
    assert!(sh(&mut world, "n2", "kubectl get nodes").0.contains("was refused"));
    let (out, _) = sh(&mut world, "n1", "kubectl cordon n2 && crictl images | tail -n 1 | cut -d ' ' -f 1");
    assert_eq!(out, "node/n2 cordoned\ndocker.io/library/nginx\n");
    let (_, status) = sh(&mut world, "n1", "kubectl apply -f x.yaml");
    assert_ne!(status, 0);
    assert!(!world.machine("n1").unwrap().unknown.is_empty());
}

#[test]
fn a_boot_keeps_what_files_say_and_forgets_what_was_done_by_hand() {
    let mut world = world("bare");
    let script = "modprobe vxlan; sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=2; \
                  echo br_netfilter >/etc/modules-load.d/k8s.conf; echo net.ipv4.conf.all.rp_filter = 2 >/etc/sysctl.d/99-k8s.conf";
    sh(&mut world, "n1", script);
    world.on_machine("n1", |machine| machine.reboot());
    pass(&mut world, 60);
    let script = "lsmod | grep -c -e vxlan -e br_netfilter; sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.rp_filter";
    assert_eq!(sh(&mut world, "n1", script).0, "1\n0\n2\n");
}
