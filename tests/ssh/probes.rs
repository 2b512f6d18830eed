//! What is probed from machines: over a real server, of a cluster whose pods are only played.

use std::fs;
use std::net::TcpListener;

use super::ground::Ground;
use super::sshd::Wire;
use crate::plane::Plane;

const RUNBOOK: &str = r#"//! # Probe from machines
//!
//! ```toml
//! name = "machines"
//! [needs]
//! kube = ["read *", "probe"]
//! ssh = ["run sh"]
//! ```
step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
let ways = probe::machines(["m0", "nowhere"], #{ outside: ["127.0.0.1:OPEN"] });
say(probe::table(ways));
let open = ways.filter(|one| one.kind == "outside" && one.from == "machine m0")[0];
if open.known && !open.ok { throw `${open}`; }
if open.known && ways.filter(|one| one.from == "machine m0" && one.known).len() < 5 { throw "others were not asked"; }
if ways.filter(|one| one.from == "machine m0" && one.kind == "pod" && one.ok).len() != 0 { throw "nobody is there"; }
let lost = ways.filter(|one| one.from == "machine nowhere");
if lost.len() == 0 || lost.filter(|one| one.ok || one.known).len() != 0 { throw `${lost}`; }
"#;

#[test]
fn machines_are_asked_over_ssh_and_one_that_cannot_be_reached_is_not_known() {
    let Some(plane) = Plane::get() else { return };
    let Some(mut ground) = Ground::new(Wire::Loopback, "") else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    fs::write(ground.place.path("main.rhai"), RUNBOOK.replace("OPEN", &port)).unwrap();
    let site = fs::read_to_string(ground.place.path("site.toml")).unwrap();
    let nowhere = format!("{site}[machines.nowhere]\naddress = \"127.0.0.1\"\nport = 1\n");
    fs::write(ground.place.path("site.toml"), nowhere).unwrap();
    ground.place.set("KUBECONFIG", plane.file("kubeconfig"));
    ground.run(&[]).exits(0).says("machine m0").says("the machine cannot be asked");
    let narrow = RUNBOOK.replace("OPEN", &port).replace("run sh", "run uname *");
    fs::write(ground.place.path("main.rhai"), narrow).unwrap();
    ground.run(&[]).exits(1).says("needs.refused");
}
