//! What somebody does at the shell of a node: containers stopped by hand, logs, units, requests over the network.

use super::{deploy, pass, sh, world};
use runbook_twin::json::json;
use runbook_twin::world::{Object, World};

/// The restarts of the containers of a pod, and its address.
fn state(world: &World, name: &str) -> (i64, String) {
    let pod = world.get("pods", "default", name).unwrap();
    let statuses = pod["status"]["containerStatuses"].as_array().unwrap();
    let count = statuses.iter().filter_map(|status| status["restartCount"].as_i64()).sum();
    (count, pod["status"]["podIP"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_container_that_is_stopped_by_hand_is_started_again_and_one_that_is_removed_stays_away() {
    let mut world = world("k3s");
    deploy(&mut world, "web", 1);
    let pod = world.list("pods", "default").next().unwrap().clone();
    let (node, name) = (pod["spec"]["nodeName"].as_str().unwrap().to_owned(), pod.name().to_owned());
    let (out, status) =
        sh(&mut world, &node, "id=$(crictl ps -q --name '^web$'); crictl stop $id; crictl ps -aq -s exited --id $id");
    let ids: Vec<&str> = out.lines().collect();
    assert!(status == 0 && ids.len() == 2 && ids[0] == ids[1], "{out}");
    pass(&mut world, 30);
    assert_eq!(state(&world, &name).0, 1);
    let pod = world.get("pods", "default", &name).unwrap();
    let last = &pod["status"]["containerStatuses"][0]["lastState"]["terminated"];
    assert_eq!((last["exitCode"].as_i64(), last["reason"].as_str()), (Some(137), Some("Error")));
    let script = format!("crictl rm {0}; crictl rm {0} 2>&1; crictl rm $(crictl ps -q --name web) 2>&1", ids[0]);
    let (out, _) = sh(&mut world, &node, &script);
    assert!(out.contains("not found") && out.contains("is running, please stop it first"), "{out}");
    pass(&mut world, 10);
    assert_eq!(sh(&mut world, &node, "crictl ps -a --name web -q | wc -l").0, "1\n");
}

#[test]
fn a_sandbox_that_is_stopped_by_hand_is_made_anew_with_another_address() {
    let mut world = world("k3s");
    deploy(&mut world, "web", 1);
    let pod = world.list("pods", "default").next().unwrap().clone();
    let (node, name) = (pod["spec"]["nodeName"].as_str().unwrap().to_owned(), pod.name().to_owned());
    let before = state(&world, &name);
    let (out, _) = sh(&mut world, &node, "id=$(crictl pods -q --name web); crictl stopp $id; crictl pods --id $id");
    assert!(out.contains("Stopped sandbox ") && out.contains("NotReady"), "{out}");
    pass(&mut world, 30);
    let after = state(&world, &name);
    assert!(after.0 == before.0 + 1 && after.1 != before.1 && !after.1.is_empty(), "{before:?} {after:?}");
    let script = "id=$(k3s crictl pods -q --name web); for field in network.ip metadata.attempt; do \
                  crictl inspectp -o go-template --template \"{{.status.$field}}\" $id; done; \
                  crictl inspect $(crictl ps -q --name web) | grep -c '\"pid\": [1-9]'";
    assert_eq!(sh(&mut world, &node, script).0, format!("{}\n1\n1\n", after.1));
    let told = world.list("events", "default").any(|event| event["reason"] == "SandboxChanged");
    assert!(told);
}

#[test]
fn a_command_in_a_container_reads_what_it_is_given_and_ends_as_it_ends() {
    let mut world = world("k3s");
    deploy(&mut world, "web", 1);
    let node = world.list("pods", "default").next().unwrap()["spec"]["nodeName"].as_str().unwrap().to_owned();
    let script = "id=$(crictl ps -q --name web); crictl exec $id hostname | cut -d- -f1; echo there | crictl exec -i $id cat; \
                  crictl exec $id sh -c 'echo out; sleep 2; exit 3' 2>&1; echo $?; crictl exec -s $id sh -c 'exit 4'; echo $?";
    let (out, _) = sh(&mut world, &node, script);
    let wanted = "web\nthere\nout\nFATA[0000] execing command in container: command terminated with exit code 3\n1\n4\n\
                  non-zero exit code\n";
    assert_eq!(out, wanted);
    let (out, _) = sh(&mut world, &node, "crictl exec $(crictl ps -q --name web) frobnicate 2>&1");
    assert!(out.contains("executable file not found in $PATH"), "{out}");
}

#[test]
fn the_journal_tells_boots_apart_and_speaks_every_form() {
    let mut world = world("k3s");
    world.on_machine("n2", |machine| machine.reboot());
    pass(&mut world, 120);
    let script = "journalctl --list-boots | cut -c1-3 | tr -d '\n'; journalctl -k -o cat | head -n 1 | cut -d' ' -f1,2; \
                  journalctl -b -1 -u k3s-agent -n 1 -q | grep -c systemd; journalctl | grep -c -- '-- Boot '; \
                  journalctl -b -u k3s-agent -o json -n 1 | grep -c '\"UNIT\":\"k3s-agent.service\"'; \
                  journalctl -b -7 2>&1; journalctl -u k3s-agent --since '5 min ago' -o short-precise -n 1 | grep -cE '[0-9]{6} n2 '; \
                  dmesg -t | head -n 1 | cut -d' ' -f1,2";
    let (out, _) = sh(&mut world, "n2", script);
    let wanted = "IDX -1  0Linux version\n1\n1\n1\n\
                  Data from the specified boot (-7) is not available: No such boot ID in journal\n1\nLinux version\n";
    assert_eq!(out, wanted);
}

#[test]
fn a_unit_that_is_unmasked_is_what_it_was_before() {
    let mut world = world("bare");
    let script = "systemctl mask cron 2>/dev/null; systemctl is-enabled cron; systemctl start cron 2>&1; \
                  systemctl unmask cron 2>/dev/null; systemctl is-enabled cron; systemctl list-timers | tail -n 2";
    let (out, _) = sh(&mut world, "n1", script);
    let wanted = "masked\nFailed to start cron.service: Unit cron.service is masked.\nenabled\n0 timers listed.\nPass --all to see loaded but inactive timers, too.\n";
    assert_eq!(out, wanted);
}

#[test]
fn a_machine_that_is_turned_off_stays_off_and_one_that_boots_comes_back() {
    for (words, comes_back) in [
        ("systemctl poweroff", false),
        ("shutdown -h now", false),
        ("poweroff", false),
        ("shutdown -r now", true),
        ("reboot", true),
    ] {
        let mut world = world("bare");
        let (_, code) = sh(&mut world, "n1", words);
        assert_eq!(code, 0, "{words}");
        pass(&mut world, 10);
        assert!(!world.machine("n1").unwrap().is_up(), "{words}");
        pass(&mut world, 600);
        assert_eq!(world.machine("n1").unwrap().is_up(), comes_back, "{words}");
    }
    let mut world = world("bare");
    sh(&mut world, "n1", "shutdown");
    pass(&mut world, 30);
    assert!(world.machine("n1").unwrap().is_up(), "everybody is given a minute");
    pass(&mut world, 60);
    assert!(!world.machine("n1").unwrap().is_up());
}

#[test]
fn a_request_goes_where_the_network_leads() {
    let mut world = world("k3s");
    pass(&mut world, 30);
    let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "default"}, "spec": {
        "nodeName": "n2", "containers": [{"name": "web", "image": "nginx:1.29", "ports": [{"containerPort": 80}]}],
    }});
    world.create("pods", Object::new(object)).unwrap();
    pass(&mut world, 30);
    let pod = world.get("pods", "default", "web").unwrap().clone();
    let (node, other, address) = ("n2", "n3", pod["status"]["podIP"].as_str().unwrap());
    let script = format!(
        "curl -sS http://{address}:80/; curl -sSk https://10.0.0.1:6443/healthz; echo; curl -s https://10.0.0.1:6443/healthz; echo $?; \
         curl -sS -m 3 http://{address}:81 2>&1; echo $?; curl -sk -o /dev/null -w '%{{http_code}}\\n' https://10.0.0.1:6443/api/v1/pods"
    );
    let (out, _) = sh(&mut world, other, &script);
    let refused =
        format!("curl: (7) Failed to connect to {address} port 81 after 0 ms: Could not connect to server\n7\n");
    assert_eq!(out, format!("{}\nok\n60\n{refused}403\n", pod.name()));
    sh(&mut world, node, &format!("iptables -I FORWARD -d {address} -j DROP"));
    let (out, _) = sh(&mut world, other, &format!("curl -sS --connect-timeout 3 http://{address}:80 2>&1"));
    assert_eq!(out, "curl: (28) Connection timed out after 3000 milliseconds\n");
}
