//! The door under bad treatment: crowds, garbage, clients that hang, watchers that never read.

#[path = "door/channels.rs"]
mod channels;
#[path = "door/client.rs"]
mod client;
#[path = "door/crowd.rs"]
mod crowd;
#[path = "door/faults.rs"]
mod faults;
#[path = "door/forgets.rs"]
mod forgets;
#[path = "door/hooks.rs"]
mod hooks;
#[path = "door/sessions.rs"]
mod sessions;
#[path = "door/streams.rs"]
mod streams;

use client::Client;
use runbook_twin::clock::{Clock, Speed};
use runbook_twin::json::json;
use runbook_twin::scene;
use runbook_twin::serve::{Running, Start, start};
use runbook_twin::world::{Key, Object};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A twin with nothing in it, and its folder.
pub(crate) fn twin() -> (Running, tempfile::TempDir) {
    twin_at(Speed::Jumping)
}

pub(crate) fn twin_at(speed: Speed) -> (Running, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let world = scene::bare(7, Clock::today());
    let running = start(Start { world, speed, folder: folder.path().to_owned(), port: 0 }).unwrap();
    (running, folder)
}

pub(crate) fn map(name: &str, text: &str) -> String {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"text": text}}).to_string()
}

pub(crate) const MAPS: &str = "/api/v1/namespaces/default/configmaps";

#[test]
fn a_twin_is_ready_at_once() {
    let begun = Instant::now();
    let (twin, _folder) = twin();
    let (code, body) = Client::to(&twin).get("/readyz");
    assert_eq!((code, body.as_slice()), (200, b"ok".as_slice()));
    assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
}

#[test]
fn a_crowd_of_clients_loses_nothing() {
    let (twin, _folder) = twin();
    std::thread::scope(|scope| {
        for crowd in 0..16 {
            let twin = &twin;
            scope.spawn(move || {
                let mut client = Client::to(twin);
                for one in 0..25 {
                    let name = format!("c{crowd}-{one}");
                    assert_eq!(client.post(MAPS, &map(&name, "x")).0, 201);
                    assert_eq!(client.get(&format!("{MAPS}/{name}")).0, 200);
                }
            });
        }
    });
    assert_eq!(twin.world().list("configmaps", "default").filter(|one| one.name().starts_with('c')).count(), 400);
}

#[test]
fn of_many_who_write_the_same_version_one_wins() {
    let (twin, _folder) = twin();
    let mut client = Client::to(&twin);
    assert_eq!(client.post(MAPS, &map("one", "x")).0, 201);
    let version = twin.world().get("configmaps", "default", "one").unwrap().version().to_owned();
    let codes: Vec<u16> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..12)
            .map(|writer| {
                let (twin, version) = (&twin, version.clone());
                scope.spawn(move || {
                    let metadata = json!({"name": "one", "resourceVersion": version});
                    let data = json!({"text": writer.to_string()});
                    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data});
                    Client::to(twin).put(&format!("{MAPS}/one"), &body.to_string()).0
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == 200).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 409).count(), 11, "{codes:?}");
}

#[test]
fn garbage_on_the_wire_hurts_nobody() {
    let (twin, _folder) = twin();
    let mut chance = runbook_twin::world::Chance::new(1);
    for round in 0..40 {
        let mut stream = TcpStream::connect(twin.address).unwrap();
        let bytes: Vec<u8> = (0..200).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
        // The door may hang up in the middle of it, which is its right.
        drop(stream.write_all(if round % 2 == 0 { &bytes } else { b"GET / HTTP/1.1\r\n\r\n" }));
    }
    for line in [
        "GARBAGE\r\n\r\n",
        "GET \0 HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nXX",
    ] {
        Client::to(&twin).raw(line.as_bytes());
    }
    assert_eq!(Client::to(&twin).get("/livez").0, 200);
}

#[test]
fn a_client_that_hangs_holds_up_nobody() {
    let (twin, _folder) = twin();
    let silent: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(twin.address).unwrap()).collect();
    let mut halves: Vec<Client> = (0..20).map(|_| Client::to(&twin)).collect();
    for half in &mut halves {
        half.send(b"POST /api/v1/namespaces HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{");
    }
    assert_eq!(Client::to(&twin).get("/livez").0, 200);
    drop(silent);
}

#[test]
fn a_watcher_that_never_reads_holds_up_nobody_and_costs_little() {
    let (twin, _folder) = twin();
    let mut lazy: Vec<Client> = (0..5).map(|_| Client::to(&twin)).collect();
    for one in &mut lazy {
        let request =
            format!("GET {MAPS}?watch=true HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", twin.token);
        one.send(request.as_bytes());
    }
    let mut client = Client::to(&twin);
    let text = "x".repeat(20_000);
    assert_eq!(client.post(MAPS, &map("big", &text)).0, 201);
    for round in 0..6000_u32 {
        let key = Key::new("configmaps", "default", "big");
        twin.change(|world| world.change(&key, |one| one["data"]["round"] = round.to_string().into()).map(drop))
            .unwrap();
    }
    assert_eq!(client.get(&format!("{MAPS}/big")).0, 200);
    let mut told = String::new();
    while !told.contains("too old resource version") {
        let piece = lazy[0].read_some();
        assert!(!piece.is_empty(), "the watch ended without saying why: {}", told.len());
        told.push_str(&String::from_utf8_lossy(&piece));
        told = told.chars().rev().take(2000).collect::<Vec<_>>().into_iter().rev().collect();
    }
}

#[test]
fn a_watch_tells_what_happens_while_it_happens() {
    let (twin, _folder) = twin();
    let mut watch = Client::to(&twin);
    let path = format!("{MAPS}?watch=true&timeoutSeconds=30&resourceVersion={}", twin.world().revision());
    watch.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", twin.token).as_bytes());
    let mut client = Client::to(&twin);
    assert_eq!(client.post(MAPS, &map("seen", "x")).0, 201);
    assert_eq!(client.delete(&format!("{MAPS}/seen")).0, 200);
    let mut told = String::new();
    while !told.contains("DELETED") {
        told.push_str(&String::from_utf8_lossy(&watch.read_some()));
    }
    assert!(told.find("ADDED").unwrap() < told.find("DELETED").unwrap());
}

#[test]
fn two_twins_know_nothing_of_each_other() {
    let ((first, _one), (second, _two)) = (twin(), twin());
    assert_eq!(Client::to(&first).post(MAPS, &map("mine", "x")).0, 201);
    assert_eq!(Client::to(&second).get(&format!("{MAPS}/mine")).0, 404);
    assert_ne!(first.address, second.address);
    let stranger = Client::with(&second, &first.token).get("/api/v1/nodes").0;
    assert_eq!(stranger, 401);
}

#[test]
fn a_copy_of_a_world_of_nine_nodes_is_cheap() {
    let mut world = scene::bare(7, Clock::today());
    for node in 0..9 {
        let object = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": format!("n{node}")}});
        world.create("nodes", Object::new(object)).unwrap();
        for pod in 0..30 {
            let metadata = json!({"name": format!("p{node}-{pod}"), "namespace": "default"});
            let spec = json!({"nodeName": format!("n{node}"), "containers": [{"name": "c", "image": "i"}]});
            world
                .create(
                    "pods",
                    Object::new(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})),
                )
                .unwrap();
        }
    }
    let begun = Instant::now();
    let copies: Vec<_> = (0..100).map(|_| world.clone()).collect();
    let each = begun.elapsed() / 100;
    assert_eq!(copies.len(), 100);
    assert!(each < Duration::from_millis(50), "a copy took {each:?}");
}

#[test]
fn what_hangs_up_early_leaves_nothing_behind() {
    let (twin, _folder) = twin();
    for _ in 0..50 {
        let mut client = Client::to(&twin);
        client.send(
            format!("GET {MAPS}?watch=true HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", twin.token)
                .as_bytes(),
        );
        drop(client);
    }
    let mut stream = TcpStream::connect(twin.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    drop(stream.write_all(b"x"));
    drop(stream.read(&mut [0; 10]));
    assert_eq!(Client::to(&twin).get("/livez").0, 200);
}
