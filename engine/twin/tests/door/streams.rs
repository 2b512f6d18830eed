//! Commands in containers and ports of pods, by the real kubectl over WebSocket and, as old ones do, over SPDY.

use super::client::Client;
use super::sessions::programs;
use runbook_twin::clock::{Clock, Speed};
use runbook_twin::json::{Value, from_slice, json};
use runbook_twin::scene;
use runbook_twin::serve::{Running, Start, start};
use runbook_twin::world::Key;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A twin with a pod `one` that runs and serves a page at port 8080.
pub(crate) fn served() -> (Running, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut world = scene::plane(7, Clock::today(), 1);
    let page = json!({"8080": {"/": {"body": "a page\n"}}});
    let images = Key::new("catalogues.twin", "", "images");
    world.change(&images, |all| all["images"]["localhost/web:1"] = json!({"serves": page})).unwrap();
    let running = start(Start { world, speed: Speed::Jumping, folder: folder.path().to_owned(), port: 0 }).unwrap();
    (running, folder)
}

/// kubectl, speaking WebSocket or not.
fn kubectl(programs: &Path, twin: &Running, home: &Path, sockets: bool) -> Command {
    let mut command = Command::new(programs.join("kubectl"));
    command.env("KUBECONFIG", &twin.kubeconfig).env("HOME", home);
    for name in ["KUBECTL_REMOTE_COMMAND_WEBSOCKETS", "KUBECTL_PORT_FORWARD_WEBSOCKETS"] {
        command.env(name, sockets.to_string());
    }
    command
}

/// Ends a program however the test ends.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn commands_and_ports_work_over_websocket_and_over_spdy() {
    let Some(programs) = programs() else { return };
    let (twin, folder) = served();
    let home = folder.path();
    let run = |sockets: bool, words: &[&str], input: &str| {
        let mut child = kubectl(&programs, &twin, home, sockets)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    run(true, &["run", "one", "--image=localhost/web:1"], "");
    run(true, &["wait", "pod/one", "--for=condition=Ready", "--timeout=60s"], "");
    for sockets in [true, false] {
        let (code, out, err) = run(sockets, &["exec", "one", "--", "sh", "-c", "echo out; echo err >&2; exit 7"], "");
        assert_eq!((code, out.as_str()), (7, "out\n"), "{err}");
        assert!(err.starts_with("err\n") && err.contains("exit code 7"), "{err}");
        let fed = "line\n".repeat(20_000);
        let (code, out, err) = run(sockets, &["exec", "-i", "one", "--", "wc", "-l"], &fed);
        assert_eq!((code, out.trim()), (0, "20000"), "{err}");
        let (code, _, err) = run(sockets, &["exec", "one", "--", "no-such-program"], "");
        assert!(code != 0 && err.contains("executable file not found"), "{code} {err}");
        let (code, out, err) = run(sockets, &["exec", "one", "--", "sh", "-c", "sleep 30; echo done"], "");
        assert_eq!((code, out.as_str()), (0, "done\n"), "{err}");
        forwarded(&mut kubectl(&programs, &twin, home, sockets), sockets);
    }
    let proxy = "/api/v1/namespaces/default/pods/one:8080/proxy/";
    assert_eq!(run(true, &["get", "--raw", proxy], "").1, "a page\n");
    let (code, _, err) = run(true, &["get", "--raw", &proxy.replace("8080", "81")], "");
    assert!(code != 0 && err.contains("connection refused"), "{err}");
}

fn forwarded(kubectl: &mut Command, sockets: bool) {
    let child = kubectl
        .args(["port-forward", "pod/one", ":8080", ":81"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Ends(child);
    let mut said = BufReader::new(child.0.stdout.take().unwrap());
    let (mut open, mut closed) = (0, 0);
    while open == 0 || closed == 0 {
        let mut line = String::new();
        assert!(said.read_line(&mut line).unwrap() > 0, "kubectl ended, sockets: {sockets}");
        let Some(rest) = line.strip_prefix("Forwarding from 127.0.0.1:") else { continue };
        let (here, there) = rest.trim().split_once(" -> ").unwrap();
        *(if there == "8080" { &mut open } else { &mut closed }) = here.parse::<u16>().unwrap();
    }
    for _ in 0..3 {
        let mut stream = TcpStream::connect(("127.0.0.1", open)).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut told = String::new();
        while !told.ends_with("a page\n") {
            let mut piece = [0; 1000];
            let length = stream.read(&mut piece).unwrap();
            assert!(length > 0, "{told}");
            told.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
        assert!(told.starts_with("HTTP/1.1 200 OK"), "{told}");
    }
    drop(TcpStream::connect(("127.0.0.1", closed)).unwrap().write_all(b"x"));
    let mut line = String::new();
    let mut errors = BufReader::new(child.0.stderr.take().unwrap());
    while !line.contains("connection refused") {
        line.clear();
        assert!(errors.read_line(&mut line).unwrap() > 0, "kubectl ended, sockets: {sockets}");
    }
}

#[test]
fn who_listens_in_a_network_of_its_own_says_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let world = scene::read(scene::text("k3s-shop").unwrap(), Clock::today()).unwrap().world;
    let twin = start(Start { world, speed: Speed::Jumping, folder: folder.path().to_owned(), port: 0 }).unwrap();
    answers(&twin, "shop");
}

#[test]
fn who_listens_in_a_pod_says_who_it_is_where_nobody_makes_networks_for_pods() {
    let (twin, _folder) = served();
    let pod =
        r#"{"metadata":{"name":"one"},"spec":{"containers":[{"name":"a","image":"docker.io/library/nginx:1.27"}]}}"#;
    assert_eq!(Client::to(&twin).post("/api/v1/namespaces/default/pods", pod).0, 201);
    answers(&twin, "default");
}

/// The first pod that runs in a namespace answers its name at port 80, and nobody does at port 81.
fn answers(twin: &Running, namespace: &str) {
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let name = loop {
        let (_, body) = Client::to(twin).get(&format!("{pods}?fieldSelector=status.phase%3DRunning"));
        let listed: Value = from_slice(&body).unwrap();
        if let Some(name) = listed["items"][0]["metadata"]["name"].as_str() {
            break name.to_owned();
        }
    };
    let (status, body) = Client::to(twin).get(&format!("{pods}/{name}:80/proxy/"));
    assert_eq!((status, String::from_utf8(body).unwrap()), (200, format!("{name}\n")));
    assert_eq!(Client::to(twin).get(&format!("{pods}/{name}:81/proxy/")).0, 503);
}
