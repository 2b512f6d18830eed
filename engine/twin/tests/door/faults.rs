//! What goes wrong with the API on purpose, as a client sees it.

use super::client::Client;
use super::{MAPS, map, twin, twin_at};
use runbook_twin::clock::Speed;
use runbook_twin::world::{Fault, What, When, World};
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::Duration;

fn creating() -> When {
    When { verb: Some("create".to_owned()), kind: Some("configmaps".to_owned()), ..When::default() }
}

fn post(twin: &runbook_twin::serve::Running, name: &str) -> String {
    let body = map(name, "x");
    let head = format!(
        "POST {MAPS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
        twin.token,
        body.len()
    );
    String::from_utf8_lossy(&Client::to(twin).raw(head.as_bytes())).into_owned()
}

#[test]
fn a_lost_reply_is_of_a_change_that_was_made_and_a_lost_request_of_one_that_was_not() {
    let (twin, _folder) = twin();
    for (name, done) in [("lost", true), ("never", false)] {
        twin.change(|world| world.plant(Fault::once(creating(), What::Cut { done })));
        assert_eq!(post(&twin, name), "", "the connection ends without an answer");
        let there = twin.world().get("configmaps", "default", name).is_some();
        assert_eq!(there, done, "{name}");
    }
    assert_eq!(Client::to(&twin).post(MAPS, &map("after", "x")).0, 201, "a fault that was for one request is over");
}

#[test]
fn too_many_requests_say_when_to_come_again_and_only_those_that_are_meant_are_refused() {
    let (twin, _folder) = twin();
    let what = What::Refuse { code: 429, message: None, retry_after: Some(3) };
    twin.change(|world| world.plant(Fault { when: creating(), what, skip: 1, times: Some(2) }));
    let mut client = Client::to(&twin);
    let codes: Vec<u16> = (0..4).map(|one| client.post(MAPS, &map(&format!("m{one}"), "x")).0).collect();
    assert_eq!(codes, [201, 429, 429, 201]);
    assert_eq!(client.get("/api/v1/nodes").0, 200);
    assert_eq!(twin.world().faults().next().unwrap().1, 4, "it has seen four");
    for code in [500, 503, 504] {
        let what = What::Refuse { code, message: None, retry_after: None };
        twin.change(|world| world.plant(Fault::once(When::default(), what)));
        assert_eq!(client.get("/api/v1/nodes").0, code);
    }
}

#[test]
fn a_request_that_is_done_twice_is_answered_as_the_second() {
    let (twin, _folder) = twin();
    twin.change(|world| world.plant(Fault::once(creating(), What::Twice)));
    assert_eq!(Client::to(&twin).post(MAPS, &map("twice", "x")).0, 409);
    assert!(twin.world().get("configmaps", "default", "twice").is_some());
}

#[test]
fn a_request_that_hangs_holds_up_nobody() {
    let (twin, _folder) = twin();
    twin.change(|world| world.plant(Fault::once(creating(), What::Hang { done: true })));
    let body = map("hangs", "x");
    let mut hanging = Client::to(&twin);
    hanging.send(
        format!(
            "POST {MAPS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
            twin.token,
            body.len()
        )
        .as_bytes(),
    );
    let mut client = Client::to(&twin);
    while client.get(&format!("{MAPS}/hangs")).0 != 200 {}
}

#[test]
fn a_watch_ends_after_so_many_events_and_one_that_goes_on_too_late_is_told_so() {
    let (twin, _folder) = twin();
    let watching = || When { verb: Some("watch".to_owned()), ..When::default() };
    twin.change(|world| world.plant(Fault::once(watching(), What::EndWatch { events: 1, torn: false })));
    let mut client = Client::to(&twin);
    for name in ["one", "two"] {
        assert_eq!(client.post(MAPS, &map(name, "x")).0, 201);
    }
    let ask = |more: &str| {
        let head =
            format!("GET {MAPS}?watch=true{more} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n", twin.token);
        let told = Client::to(&twin).raw(format!("{head}connection: close\r\n\r\n").as_bytes());
        String::from_utf8_lossy(&told).into_owned()
    };
    assert_eq!(ask("").matches("ADDED").count(), 1);
    twin.change(|world| world.plant(Fault::once(watching(), What::Forget)));
    let told = ask("&resourceVersion=5");
    assert!(told.contains("\"ERROR\"") && told.contains("410") && told.contains("Expired"), "{told}");
}

#[test]
fn an_api_that_is_away_refuses_connections_and_comes_back_with_everything() {
    let (twin, _folder) = twin_at(Speed::Times(1.0));
    let mut client = Client::to(&twin);
    assert_eq!(client.post(MAPS, &map("kept", "x")).0, 201);
    twin.change(|world| world.take_api_away(world.now().plus_seconds(3600)));
    let refused = || TcpStream::connect(twin.address).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
    while !refused() {}
    assert!(client.read_some().is_empty(), "who was inside is cut off");
    twin.change(World::heal);
    while TcpStream::connect_timeout(&twin.address, Duration::from_secs(5)).is_err() {}
    assert_eq!(Client::to(&twin).get(&format!("{MAPS}/kept")).0, 200);
}
