//! A request to a server that the network leads to: a pod, a service, the API of the cluster.
//!
//! Promises: whether somebody is reached is said by the network alone, as it is for `nc` and `ping`.

use super::call::Call;
use super::names;
use super::network::probe;
use crate::api::{self, Body, Query, Request, User};
use crate::machines::web::Reply;
use crate::net::{Outcome, SpaceId, Transport};
use crate::world::{Key, World};
use std::sync::Arc;
use std::time::Duration;

/// Where a request goes.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Whether it is spoken to under TLS.
    pub(super) secret: bool,
    /// The name or address as it was typed.
    pub(super) name: String,
    pub(super) port: u16,
    /// Path and query.
    pub(super) path: String,
}

impl Target {
    /// Reads a URL; none where it is of another scheme or has no host.
    pub(super) fn read(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let secret = match scheme {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let host = host.rsplit('@').next().unwrap_or(host);
        let usual = if secret { 443 } else { 80 };
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) => (name, port.parse().ok()?),
            None => (host, usual),
        };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        (!name.is_empty()).then(|| Self { secret, name: name.to_owned(), port, path })
    }
}

/// Why nobody answers.
pub(super) enum Trouble {
    /// The name means nothing.
    Nameless,
    /// Somebody says that there is no way, or nobody there.
    Refused,
    /// Somebody says so after some seconds, for nobody is at that address.
    Late(Duration),
    /// Nobody says anything.
    Silence,
    /// It speaks otherwise: plain where it should be secret.
    Plain,
}

/// Asks; what is said where somebody answers.
pub(super) fn ask(call: &mut Call<'_, '_>, target: &Target, method: &str) -> Result<Reply, Trouble> {
    let to = names::address(call, &target.name).ok_or(Trouble::Nameless)?;
    let answer = probe(call, to, Transport::Tcp, target.port).ok_or(Trouble::Refused)?;
    match answer.outcome {
        Outcome::Reached => {}
        Outcome::Silence | Outcome::TooLong(..) => return Err(Trouble::Silence),
        Outcome::HostUnreachable(_) => return Err(Trouble::Late(Duration::from_secs(3))),
        _ => return Err(Trouble::Refused),
    }
    let (space, port) = answer.at.ok_or(Trouble::Silence)?;
    let world = call.sys.machine.world().ok_or(Trouble::Refused)?;
    if port == 6443 && serves_api(world, space) {
        return Ok(of_api(world, target, method));
    }
    if target.secret {
        return Err(Trouble::Plain);
    }
    Ok(of_pod(world, space, port, target))
}

/// Whether the API of the cluster is behind the port of a namespace.
fn serves_api(world: &World, space: SpaceId) -> bool {
    // Its machine may be the one that asks, which is out of the world while it does.
    let mut nodes = world.list("nodes", "").filter(|node| world.serves_from(node.name()));
    nodes.any(|node| world.network().find(node.name(), "") == Some(space))
}

/// What the API says to somebody it does not know.
fn of_api(world: &mut World, target: &Target, method: &str) -> Reply {
    if !target.secret {
        return Reply { status: 400, body: Arc::new(b"Client sent an HTTP request to an HTTPS server.\n".to_vec()) };
    }
    let (path, query) = target.path.split_once('?').unwrap_or((&target.path, ""));
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: Query::read(query),
        headers: vec![("accept".to_owned(), "*/*".to_owned())],
        user: User::anonymous(),
        ..Request::default()
    };
    let answer = api::answer(world, &request);
    let body = match answer.body {
        Body::Bytes(bytes) => bytes,
        Body::Later(make) => make(),
        _ => Vec::new(),
    };
    Reply { status: answer.code, body: Arc::new(body) }
}

/// What a server in a pod says: what its image's entry in the catalogue has, else who it is.
fn of_pod(world: &World, space: SpaceId, port: u16, target: &Target) -> Reply {
    let here = world.list("pods", "").filter(|pod| crate::cni::law::space_of(world, pod) == Some(space));
    let keys: Vec<Key> = here.map(|pod| Key::new("pods", pod.namespace(), pod.name())).collect();
    if let Some(serves) = keys.iter().find_map(|pod| api::behind(world, pod, port)) {
        let (status, _, body) = api::reply(&serves, &target.path);
        return Reply { status, body: Arc::new(body.into_bytes()) };
    }
    let said = world.says(space, port, b"GET / HTTP/1.0\r\n\r\n");
    let text = String::from_utf8_lossy(&said);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Reply { status: 200, body: Arc::new(body.as_bytes().to_vec()) }
}
