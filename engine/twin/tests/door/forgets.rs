//! What the server has forgotten: clients that begin anew and miss nothing, pages that can no longer be had.

use super::client::Client;
use super::sessions::programs;
use super::{MAPS, map, twin};
use runbook_twin::json::Value;
use runbook_twin::world::{Fault, Key, What, When};
use std::process::{Command, Stdio};

#[test]
fn a_client_whose_watch_is_cut_and_forgotten_lists_again_and_sees_the_end() {
    let Some(programs) = programs() else {
        // Not run: kubectl is not built here.
        return;
    };
    let (twin, _folder) = twin();
    let mut client = Client::to(&twin);
    assert_eq!(client.post(MAPS, &map("one", "no")).0, 201);
    // Its first watch ends with the first event; what it goes on with is too old.
    let watching = || When { verb: Some("watch".to_owned()), ..When::default() };
    twin.change(|world| {
        world.plant(Fault::once(watching(), What::EndWatch { events: 1, torn: false }));
        world.plant(Fault::once(watching(), What::Forget));
    });
    let home = tempfile::tempdir().unwrap();
    let mut waiting = Command::new(programs.join("kubectl"))
        .args(["wait", "configmap/one", "--for=jsonpath={.data.text}=yes", "--timeout=120s"])
        .env("KUBECONFIG", &twin.kubeconfig)
        .env("HOME", home.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Each change is an event for who watches by then, until both faults were met.
    let mut count = 0;
    let were_met = || twin.world().faults().all(|(_, seen)| seen > 0);
    while !were_met() && waiting.try_wait().unwrap().is_none() {
        count += 1;
        assert_eq!(client.put(&format!("{MAPS}/one"), &map("one", &count.to_string())).0, 200);
        std::thread::yield_now();
    }
    assert_eq!(client.put(&format!("{MAPS}/one"), &map("one", "yes")).0, 200);
    assert!(waiting.wait().unwrap().success());
    assert!(were_met());
}

#[test]
fn a_page_of_a_list_that_is_too_old_says_how_to_go_on() {
    let (twin, _folder) = twin();
    let mut client = Client::to(&twin);
    for name in ["one", "two", "zero"] {
        assert_eq!(client.post(MAPS, &map(name, "x")).0, 201);
    }
    let page = |client: &mut Client, next: &str| -> (u16, Value) {
        let (code, body) = client.get(&format!("{MAPS}?limit=1&continue={next}"));
        (code, runbook_twin::json::from_slice(&body).unwrap())
    };
    let mut next = String::new();
    loop {
        let (code, first) = page(&mut client, &next);
        assert_eq!(code, 200);
        next = first["metadata"]["continue"].as_str().unwrap().to_owned();
        if first["items"][0]["metadata"]["name"] == "one" {
            break;
        }
    }
    let key = Key::new("configmaps", "default", "zero");
    let mut round = 0;
    let refusal = loop {
        for _ in 0..1000 {
            round += 1;
            twin.change(|world| world.change(&key, |one| one["data"]["text"] = round.to_string().into()).map(drop))
                .unwrap();
        }
        let (code, said) = page(&mut client, &next);
        if code != 200 {
            assert_eq!((code, &said["reason"]), (410, &Value::from("Expired")));
            break said;
        }
        assert!(round < 1_000_000, "it never forgets");
    };
    let (code, rest) = page(&mut client, refusal["metadata"]["continue"].as_str().unwrap());
    assert_eq!((code, &rest["items"][0]["metadata"]["name"]), (200, &Value::from("two")));
    let last = rest["metadata"]["continue"].as_str().unwrap();
    let (code, rest) = page(&mut client, last);
    assert_eq!((code, &rest["items"][0]["data"]["text"]), (200, &Value::from(round.to_string())));
}
