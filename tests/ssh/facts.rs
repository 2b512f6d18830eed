//! What machines tell of themselves.

use runbook_drivers::ssh::Remote;
use runbook_model::Value;

use super::sshd::{Sshd, Wire};
use super::{block_on, users};

fn text<'a>(facts: &'a Value, key: &str) -> Option<&'a str> {
    facts.get(key).and_then(Value::as_text)
}

fn names(list: Option<&Value>) -> Vec<String> {
    let Some(Value::List(items)) = list else { panic!("no list") };
    items.iter().map(|item| item.get("name").map(ToString::to_string).unwrap_or_default()).collect()
}

#[test]
fn every_kind_of_machine_and_user_tells_what_it_is() {
    let Some(sshd) = Sshd::start(Wire::Cable) else { return };
    sshd.on_machine("mkdir -p /run/net.d && echo '{\"name\":\"lab\",\"type\":\"bridge\"}' >/run/net.d/10-lab.conf");
    for user in users::here(["root", "busy", "plain", "admin", "loud"]) {
        let facts = block_on(async { sshd.machines().machine(&sshd.machine(0, user)).facts().await.unwrap() });
        assert_eq!(text(&facts, "kernel"), Some(sshd.on_machine("uname -r").trim()), "{user}");
        assert_eq!(
            text(&facts, "boot_id"),
            Some(sshd.on_machine("cat /proc/sys/kernel/random/boot_id").trim()),
            "{user}"
        );
        assert_eq!(facts.get("sysctl").unwrap().get("net.ipv4.ip_forward"), Some(&Value::from("0")), "{user}");
        assert!(matches!(facts.get("cpus"), Some(Value::Int(1..))), "{user}");
        assert!(matches!(facts.get("disks"), Some(Value::List(disks)) if !disks.is_empty()), "{user}");
        assert!(matches!(facts.get("clock").unwrap().get("time"), Some(Value::Float(1.7e9..))), "{user}");
        assert_eq!(names(facts.get("interfaces")).len(), 2, "{user}");
        let routes = facts.get("routes").unwrap().to_string();
        let network = sshd.address(0).rsplit_once('.').unwrap().0.to_owned();
        assert!(routes.contains(&format!("\"{network}.0/24\"")), "{user}: {routes}");
    }
}

#[test]
fn what_only_root_may_see_is_left_out_for_others_and_not_told_to_be_empty() {
    let Some(sshd) = Sshd::start(Wire::Cable) else { return };
    let seen = |user: &str| {
        let facts = block_on(async { sshd.machines().machine(&sshd.machine(0, user)).facts().await.unwrap() });
        facts.get("iptables").and_then(|iptables| iptables.get("read")).is_some()
    };
    let installed = !sshd.on_machine("command -v iptables-nft-save || command -v iptables-save || :").is_empty();
    assert_eq!((seen("root"), seen("admin"), seen("plain")), (installed, installed, false));
}

#[test]
fn interfaces_alone_are_those_of_the_facts() {
    let Some(sshd) = Sshd::start(Wire::Cable) else { return };
    block_on(async {
        let root: Remote = sshd.root();
        let facts = root.facts().await.unwrap();
        assert_eq!(facts.get("interfaces"), Some(&root.interfaces().await.unwrap()));
        let Some(Value::List(interfaces)) = facts.get("interfaces") else { panic!("no list") };
        let cable = interfaces.iter().find(|one| text(one, "name") != Some("lo")).unwrap();
        assert_eq!((text(cable, "state"), cable.get("carrier")), (Some("up"), Some(&Value::Bool(true))));
        assert_eq!(cable.get("mtu"), Some(&Value::Int(1500)));
        assert!(cable.get("addresses").unwrap().to_string().contains(&format!("{}/24", sshd.address(0))));
    });
}
