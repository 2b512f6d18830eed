//! Words that change something in a cluster, cut off before and after their effect, and with the reply lost.
//!
//! A door stands before the API server. Before it lets an answer through it has kubectl look whether the effect is
//! there, and then kills the engine, or drops the answer. What the API server does is done whole or not at all: there is
//! no *during*.

use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Site, on, web};
use crate::place::{Ended, Place};

/// What is called, and what kubectl shows once it was: where, and what stands there then.
const CASES: [(&str, &str, &str, &str); 8] = [
    ("kube::rollout_restart(\"deploy\", \"web\", here)", "deploy/web", "{.metadata.generation}", "2"),
    ("kube::evict(\"lone\", here)", "pods", "{.items[?(@.metadata.name==\"lone\")].metadata.name}", ""),
    ("kube::scale(\"deploy\", \"web\", 2, here)", "deploy/web", "{.spec.replicas}", "2"),
    ("kube::label(\"cm\", \"a\", #{ x: \"y\" }, here)", "cm/a", "{.metadata.labels.x}", "y"),
    ("kube::annotate(\"cm\", \"a\", #{ x: \"y\" }, here)", "cm/a", "{.metadata.annotations.x}", "y"),
    ("kube::patch(\"cm\", \"a\", #{ data: #{ k: \"v\" } }, here)", "cm/a", "{.data.k}", "v"),
    (
        "kube::apply(\"{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\", here)",
        "cm",
        "{.items[?(@.metadata.name==\"b\")].metadata.name}",
        "b",
    ),
    ("kube::delete(\"cm\", \"a\", here)", "cm", "{.items[?(@.metadata.name==\"a\")].metadata.name}", ""),
];

/// A ConfigMap, a Deployment of one and a pod of nobody's, as they are before.
fn furnish(site: &Site) {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: lone}, spec: {terminationGracePeriodSeconds: 0, containers: \
               [{name: main, image: \"localhost/test:1\"}]}}";
    site.space.apply(&format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}}}\n---\n{pod}\n---{}", web(1)));
    site.space.kubectl(&["wait", "pod/lone", "--for=condition=Ready", "--timeout=60s"]).exits(0);
}

/// Lets everything through until `effect` is there; the answer after it is dropped, and `seen` is told.
async fn door(server: String, effect: Arc<dyn Fn() -> bool + Send + Sync>, seen: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(server.trim_start_matches("https://")).await.unwrap();
            tokio::spawn(pass(client, server, Arc::clone(&effect), Arc::clone(&seen)));
        }
    });
    address
}

async fn pass(
    client: TcpStream,
    server: TcpStream,
    effect: Arc<dyn Fn() -> bool + Send + Sync>,
    seen: Arc<AtomicBool>,
) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut answer = vec![0; 65536];
    while let Ok(read @ 1..) = from_server.read(&mut answer).await {
        if !seen.load(Ordering::SeqCst) {
            let look = Arc::clone(&effect);
            if tokio::task::spawn_blocking(move || look()).await.unwrap() {
                seen.store(true, Ordering::SeqCst);
                break;
            }
        }
        if to_client.write_all(&answer[..read]).await.is_err() {
            break;
        }
    }
    up.abort();
}

fn runbook(site: &Site, call: &str) -> String {
    format!(
        "//! ```toml\n//! name = \"main\"\n//! [needs]\n//! kube = [\"*\"]\n//! ```\n\
         let here = #{{ namespace: \"{}\" }};\n\
         step(\"change\", #{{ retry: 2, backoff: \"100ms\" }}, || {{ {call}; () }});",
        site.space.name
    )
}

/// Runs the call through a door, cut off at `when`, and resumes it where that is needed.
async fn cut(site: &Site, (call, object, path, wanted): (&str, &str, &str, &str), when: &str) -> Ended {
    let place = Arc::new(Place::new());
    std::fs::write(place.path("main.rhai"), runbook(site, call)).unwrap();
    let (plane, space) = (site.plane, site.space.name.clone());
    let (object, jsonpath, wanted) = (object.to_owned(), format!("jsonpath={path}"), wanted.to_owned());
    let effect = move || plane.kubectl(&["-n", &space, "get", &object, "-o", &jsonpath]).out == wanted;
    let seen = Arc::new(AtomicBool::new(when == "before"));
    let door = door(site.cluster.server().to_owned(), Arc::new(effect), Arc::clone(&seen)).await;
    let text = std::fs::read_to_string(site.plane.file("kubeconfig")).unwrap();
    std::fs::write(place.path("config"), text.replace(site.cluster.server(), &door)).unwrap();
    let mut words = vec!["run", "main.rhai", "--kubeconfig", "config"];
    if when == "before" {
        words.extend(["--die-after", "3"]);
    }
    let mut engine =
        place.program(&words).process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if when == "after" {
        let group = rustix::process::Pid::from_raw(i32::try_from(engine.id()).unwrap()).unwrap();
        while !seen.load(Ordering::SeqCst) && engine.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let output = tokio::task::spawn_blocking(move || engine.wait_with_output().unwrap()).await.unwrap();
    let ended = Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert!(seen.load(Ordering::SeqCst), "{call}: its effect was never seen:\n{}", ended.err);
    if when == "lost" {
        return ended;
    }
    let place = Arc::clone(&place);
    tokio::task::spawn_blocking(move || place.resume(&[])).await.unwrap()
}

#[test]
fn a_change_is_made_once_wherever_it_is_cut() {
    for case @ (call, object, path, wanted) in CASES {
        for when in ["before", "after", "lost"] {
            on("cut", async |site| {
                furnish(&site);
                let ended = cut(&site, case, when).await.exits(0);
                let word = call.split('(').next().unwrap();
                if let (Some(row), true) = (crate::doubt::PROBED.iter().find(|row| row.word == word), when != "lost") {
                    ended.says(row.verdicts[if when == "before" { 0 } else { 2 }]);
                }
                assert_eq!(site.seen(object, path), wanted, "{call}, {when}");
            });
        }
    }
}
