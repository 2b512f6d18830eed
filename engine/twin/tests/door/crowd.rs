//! A crowd at two doors at once: those who read, who write with optimistic locks, who watch, who hang, all together.

use super::client::Client;
use super::{MAPS, map, twin};
use runbook_twin::json::{Value, json};
use runbook_twin::serve::Running;
use std::sync::Barrier;

/// Of each kind, at each of the two twins: 320 connections that work, and some that do nothing.
const CROWD: usize = 40;
const SILENT: usize = 20;
/// How often each adds one, and how many objects each makes.
const EACH: usize = 4;

/// A watch whose events are read one by one.
struct Watch {
    client: Client,
    raw: Vec<u8>,
    text: Vec<u8>,
}

impl Watch {
    fn on(twin: &Running, path: &str) -> Self {
        let mut client = Client::to(twin);
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", twin.token);
        client.send(head.as_bytes());
        let mut watch = Self { client, raw: Vec::new(), text: Vec::new() };
        let end = watch.until(b"\r\n\r\n");
        assert!(String::from_utf8_lossy(&watch.raw[..end]).starts_with("HTTP/1.1 200"));
        watch.raw.drain(..end);
        watch
    }

    /// Where the first of these ends, reading on until it is there.
    fn until(&mut self, wanted: &[u8]) -> usize {
        loop {
            if let Some(at) = self.raw.windows(wanted.len()).position(|piece| piece == wanted) {
                return at + wanted.len();
            }
            let piece = self.client.read_some();
            assert!(!piece.is_empty(), "the watch ended");
            self.raw.extend(piece);
        }
    }

    fn next(&mut self) -> Value {
        loop {
            if let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=end).collect();
                return runbook_twin::json::from_slice(&line).unwrap();
            }
            let end = self.until(b"\r\n");
            let length = String::from_utf8_lossy(&self.raw[..end]).trim().to_owned();
            let length = usize::from_str_radix(&length, 16).unwrap();
            self.raw.drain(..end);
            while self.raw.len() < length + 2 {
                let piece = self.client.read_some();
                assert!(!piece.is_empty(), "the watch ended");
                self.raw.extend(piece);
            }
            self.text.extend(self.raw.drain(..length));
            self.raw.drain(..2);
        }
    }
}

fn number(object: &Value) -> usize {
    object["data"]["text"].as_str().unwrap().parse().unwrap()
}

fn version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
}

/// Adds one to the counter so often, asking again whenever another was faster.
fn add(twin: &Running) {
    let mut client = Client::to(twin);
    let path = format!("{MAPS}/counter");
    for _ in 0..EACH {
        loop {
            let (code, body) = client.get(&path);
            assert_eq!(code, 200);
            let mut counter: Value = runbook_twin::json::from_slice(&body).unwrap();
            counter["data"]["text"] = (number(&counter) + 1).to_string().into();
            match client.put(&path, &counter.to_string()).0 {
                200 => break,
                409 => {}
                other => panic!("it answered {other}"),
            }
        }
    }
}

/// Sees every number once, in order, each with a newer version than the last.
fn watch(twin: &Running, ready: &Barrier) {
    let mut watch = Watch::on(twin, &format!("{MAPS}?watch=true&fieldSelector=metadata.name%3Dcounter"));
    ready.wait();
    let mut last = 0;
    for wanted in 0..=CROWD * EACH {
        let event = watch.next();
        assert_eq!(event["type"], if wanted == 0 { "ADDED" } else { "MODIFIED" });
        assert_eq!(number(&event["object"]), wanted);
        assert!(version(&event["object"]) > last);
        last = version(&event["object"]);
    }
}

/// Makes objects, changes them, and takes every other away again.
fn make(twin: &Running, who: usize) {
    let mut client = Client::to(twin);
    for one in 0..EACH {
        let name = format!("made-{who}-{one}");
        assert_eq!(client.post(MAPS, &map(&name, "x")).0, 201);
        assert_eq!(client.post(MAPS, &map(&name, "x")).0, 409);
        assert_eq!(client.put(&format!("{MAPS}/{name}"), &map(&name, "y")).0, 200);
        if one % 2 == 0 {
            assert_eq!(client.delete(&format!("{MAPS}/{name}")).0, 200);
        }
    }
}

/// Lists by pages; what a page says holds together.
fn read(twin: &Running) {
    let mut client = Client::to(twin);
    for _ in 0..EACH {
        let (mut next, mut seen) = (String::new(), Vec::new());
        loop {
            let (code, body) = client.get(&format!("{MAPS}?limit=7&continue={next}"));
            assert_eq!(code, 200);
            let page: Value = runbook_twin::json::from_slice(&body).unwrap();
            let names = page["items"].as_array().unwrap().iter().map(|one| one["metadata"]["name"].to_string());
            seen.extend(names);
            match page["metadata"]["continue"].as_str().filter(|next| !next.is_empty()) {
                Some(more) => next = more.to_owned(),
                None => break,
            }
        }
        assert!(seen.is_sorted(), "{seen:?}");
        assert!(seen.iter().any(|name| name == "\"counter\""));
    }
}

#[test]
fn hundreds_at_two_doors_lose_nothing_and_see_everything_once_and_in_order() {
    let ((first, _one), (second, _two)) = (twin(), twin());
    let ready = Barrier::new(2 * CROWD + 1);
    // They say half a request and then nothing, for as long as the others work.
    let mut silent: Vec<Client> =
        [&first, &second].iter().flat_map(|twin| (0..SILENT).map(|_| Client::to(twin))).collect();
    for one in &mut silent {
        one.send(b"POST /api/v1/namespaces HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{");
    }
    std::thread::scope(|scope| {
        for twin in [&first, &second] {
            assert_eq!(Client::to(twin).post(MAPS, &map("counter", "0")).0, 201);
            for _ in 0..CROWD {
                let ready = &ready;
                scope.spawn(move || watch(twin, ready));
            }
        }
        ready.wait();
        for twin in [&first, &second] {
            for who in 0..CROWD {
                scope.spawn(move || add(twin));
                scope.spawn(move || make(twin, who));
                scope.spawn(move || read(twin));
            }
        }
    });
    for twin in [&first, &second] {
        let world = twin.world();
        let counter = world.get("configmaps", "default", "counter").unwrap();
        assert_eq!(counter["data"]["text"], json!((CROWD * EACH).to_string()));
        let made = world.list("configmaps", "default").filter(|one| one.name().starts_with("made-"));
        let made: Vec<_> = made.map(|one| one["data"]["text"].clone()).collect();
        assert_eq!(made, vec![json!("y"); CROWD * EACH / 2]);
    }
}
