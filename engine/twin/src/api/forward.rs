//! Connections to ports of pods, and what answers there: as the catalogue of images says, and else nobody.

use crate::json::{Value, json};
use crate::net::Transport;
use crate::world::{Key, Object, World};

/// Somebody who connects to ports of a pod.
#[derive(Clone, Debug)]
pub struct Forward {
    pod: Key,
    /// The ports that were named beforehand.
    pub ports: Vec<u16>,
}

/// A connection to a port.
#[derive(Clone, Debug)]
pub struct Port {
    serves: Value,
    read: Vec<u8>,
}

/// The most that is kept of a request that is not whole yet.
const LARGEST: usize = 64 * 1024;

impl Forward {
    pub(crate) fn new(pod: Key, ports: Vec<u16>) -> Self {
        Self { pod, ports }
    }

    /// Connects to a port, or says why that cannot be.
    ///
    /// # Errors
    /// What the node says where nobody listens.
    pub fn connect(&self, world: &World, port: u16) -> Result<Port, String> {
        if let Some(serves) = behind(world, &self.pod, port) {
            return Ok(Port { serves, read: Vec::new() });
        }
        let uid = world.at(&self.pod).map_or_else(String::new, |pod| pod.uid().to_owned());
        let place = format!("/var/run/netns/cni-{uid}");
        Err(format!(
            "error forwarding port {port} to pod {uid}, uid : failed to execute portforward in network namespace \
             \"{place}\": failed to connect to localhost:{port} inside namespace \"{uid}\", IPv4: dial tcp4 \
             127.0.0.1:{port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found"
        ))
    }
}

impl Port {
    /// Says something to whoever listens, and gives what it answers: to each whole request of HTTP one answer.
    pub fn say(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.read.extend_from_slice(bytes);
        let mut answers = Vec::new();
        while let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            let whole = end.saturating_add(4).saturating_add(length.unwrap_or(0));
            if self.read.len() < whole {
                break;
            }
            self.read.drain(..whole);
            let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
            let (code, kind, body) = reply(&self.serves, &path);
            let head = format!(
                "HTTP/1.1 {code} {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
                if code < 400 { "OK" } else { "Not Found" },
                body.len()
            );
            answers.extend(head.into_bytes());
            answers.extend(body.into_bytes());
        }
        if self.read.len() > LARGEST {
            self.read.clear();
        }
        answers
    }
}

/// What serves at a port of a pod; none where nobody listens.
///
/// The catalogue of images says it: `serves` has, by port, what is answered by path, `*` for all others; of each `status`,
/// `type` and `body`.
pub(crate) fn behind(world: &World, pod: &Key, port: u16) -> Option<Value> {
    let object = world.at(pod)?;
    let runs = |name: &Value| {
        let mut statuses = object["status"]["containerStatuses"].as_array().into_iter().flatten();
        statuses.any(|one| one["name"] == *name && one["state"]["running"].is_object())
    };
    let containers = object["spec"]["containers"].as_array().into_iter().flatten();
    containers
        .filter(|container| runs(&container["name"]))
        .map(|container| &world.image(container["image"].as_str().unwrap_or_default())["serves"][port.to_string()])
        .find(|serves| serves.is_object())
        .cloned()
        .or_else(|| listens(world, object, port))
}

/// Who listens in a pod, and of whom the catalogue says nothing, says who it is.
fn listens(world: &World, pod: &Object, port: u16) -> Option<Value> {
    if pod["spec"]["hostNetwork"] == true {
        return None;
    }
    // Where nobody makes networks for pods, who listens is known from the pod alone.
    let here = match crate::cni::law::space_of(world, pod) {
        Some(space) => world.network().is_listened_at(space, Transport::Tcp, port),
        None => crate::cni::law::ports_of(pod).contains(&(Transport::Tcp, port)),
    };
    here.then(|| json!({"*": {"body": format!("{}\n", pod.name())}}))
}

/// What is answered at a path: status, type and body.
pub(crate) fn reply(serves: &Value, path: &str) -> (u16, String, String) {
    let plain = path.split('?').next().unwrap_or_default();
    let said = serves.get(plain).or_else(|| serves.get("*"));
    let Some(said) = said else {
        return (404, "text/plain; charset=utf-8".to_owned(), "404 page not found\n".to_owned());
    };
    let text = |field: &str, usual: &str| said[field].as_str().unwrap_or(usual).to_owned();
    let code = said["status"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(200);
    (code, text("type", "text/plain; charset=utf-8"), text("body", ""))
}
