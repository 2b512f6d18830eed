//! Many watchers, and a namespace with much in it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use runbook_twin::json::json;

use crate::client::Server;
use crate::process::{Twin, processor};
use crate::table::{Claim, Table};
use crate::typed::Typed;
use crate::{Trouble, line};

const WATCHERS: usize = 200;
const CHANGES: usize = 5000;
const OBJECTS: usize = 10_000;
const JSON: &str = "application/json";
const MAPS: &str = "/api/v1/namespaces/crowd/configmaps";

fn map(name: &str, text: &str) -> String {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"text": text}}).to_string()
}

/// Reads a watch until the last change has been seen; gives how many events came.
fn watched(server: &Server, watching: &AtomicUsize) -> Result<usize, Trouble> {
    let mut client = server.connect()?;
    // The namespace gets a map of its own from the cluster, at any moment.
    client.watch(&format!("{MAPS}?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Done"))?;
    watching.fetch_add(1, Ordering::SeqCst);
    let (mut events, mut rest) = (0, Vec::new());
    let last = format!("\"text\":\"{}\"", CHANGES - 1);
    loop {
        rest.extend(client.chunk()?);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let event: Vec<u8> = rest.drain(..=end).collect();
            events += 1;
            if event.windows(last.len()).any(|piece| piece == last.as_bytes()) {
                return Ok(events);
            }
        }
    }
}

fn watchers(server: &Server) -> Result<f64, Trouble> {
    let mut client = server.connect()?;
    client.good("POST", MAPS, JSON, &map("one", "-"))?;
    let watching = AtomicUsize::new(0);
    let begun = std::thread::scope(|scope| -> Result<Instant, Trouble> {
        let all: Vec<_> = (0..WATCHERS).map(|_| scope.spawn(|| watched(server, &watching))).collect();
        while watching.load(Ordering::SeqCst) < WATCHERS && !all.iter().any(|one| one.is_finished()) {
            std::thread::yield_now();
        }
        let begun = Instant::now();
        for number in 0..CHANGES {
            let patch = json!({"data": {"text": number.to_string()}}).to_string();
            client.good("PATCH", &format!("{MAPS}/one"), "application/merge-patch+json", &patch)?;
        }
        for one in all {
            let events = one.join().map_err(|_| "a watcher panicked")??;
            if events != CHANGES + 1 {
                return Err(format!("a watcher saw {events} events").into());
            }
        }
        Ok(begun)
    })?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Fills a namespace, deletes it, and waits until it is gone.
fn emptied(server: &Server) -> Result<f64, Trouble> {
    let mut client = server.connect()?;
    for number in 0..OBJECTS {
        client.good("POST", MAPS, JSON, &map(&format!("m{number}"), "some"))?;
    }
    let begun = Instant::now();
    client.good("DELETE", "/api/v1/namespaces/crowd", JSON, "")?;
    while client.ask("GET", "/api/v1/namespaces/crowd", JSON, "")?.0 != 404 {
        std::thread::yield_now();
    }
    Ok(begun.elapsed().as_secs_f64())
}

pub(crate) fn measure(_: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let twin = Twin::start(3)?;
    let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "crowd"}});
    twin.server.connect()?.good("POST", "/api/v1/namespaces", JSON, &space.to_string())?;
    let before = processor(twin.id())?;
    let took = watchers(&twin.server)?;
    let used = processor(twin.id())? - before;
    line(table, "crowd", "200 watchers, 5000 changes each", "s", vec![took], Vec::new(), Claim::Nothing)?;
    line(table, "crowd", "  processor time", "s", vec![used], Vec::new(), Claim::Nothing)?;
    let took = emptied(&twin.server)?;
    line(table, "crowd", "end of a namespace of 10000", "s", vec![took], Vec::new(), Claim::Nothing)
}
