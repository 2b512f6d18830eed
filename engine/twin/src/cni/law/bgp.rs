//! Who tells whom of blocks: each BIRD talks to all others, from the address its node took for its own to theirs.
//!
//! What was told is kept for a while after a session is lost, as an agent that only starts anew would have it.

use super::calico::OF;
use super::{memory, remember};
use crate::cni::calico::{Peer, Plan, bird};
use crate::json::{Value, json};
use crate::net::{Outcome, Probe, Transport};
use crate::world::{Moment, World};

/// How long a neighbour that does not answer is believed, in seconds.
const HELD: i64 = 240;
/// How often a session that is not there is tried again.
const RETRY: i64 = 5;

/// The agent of a node starts: its server opens, and sessions of before a boot are forgotten.
pub(super) fn start(world: &mut World, name: &str, plan: &Plan) {
    let boot = world.machine(name).map(|machine| machine.boot_id.clone()).unwrap_or_default();
    let mut own = memory(world, OF, name).clone();
    if own["boot"] != boot.as_str() {
        own["boot"] = boot.into();
        own["sessions"] = Value::Null;
    }
    remember(world, OF, name, own);
    let wanted: &[(Transport, u16)] = if plan.bird { &[(Transport::Tcp, bird::PORT)] } else { &[] };
    world.on_host(name, |host| {
        let space = host.space();
        host.net.serve(space, bird::OWNER, wanted);
    });
}

/// The agent of a node ends.
pub(super) fn stop(world: &mut World, name: &str) {
    world.on_host(name, |host| {
        let space = host.space();
        host.net.unlisten(space, bird::OWNER);
    });
}

/// Whether the agent of a node has anybody to talk to where there is somebody: else it is not ready.
pub(super) fn is_met(world: &World, name: &str) -> bool {
    let own = memory(world, OF, name);
    let mut sessions = own["sessions"].as_object().into_iter().flat_map(|all| all.values()).peekable();
    own["bird"] != true || sessions.peek().is_none() || sessions.any(|one| one["up"] == true)
}

/// Looks which sessions there are, and notes at each other machine whether it has told of its block. Those that are there
/// are asked again only when `all` are to be. Says when to look again where one is missing.
pub(super) fn meet(
    world: &mut World,
    name: &str,
    plan: &Plan,
    peers: &mut [(String, Peer)],
    all: bool,
) -> Option<Moment> {
    let before = memory(world, OF, name).clone();
    let mesh = world
        .list("bgpconfigurations.crd.projectcalico.org", "")
        .all(|it| it["spec"]["nodeToNodeMeshEnabled"] != false);
    let now = world.now();
    let mut sessions = json!({});
    let mut missing = false;
    for (other, peer) in peers.iter_mut().filter(|_| mesh) {
        let had = &before["sessions"][other.as_str()];
        let ends = json!([plan.own.addr.to_string(), peer.own.to_string()]);
        let same = had["ends"] == ends;
        let up = if same && had["up"] == true && !all { true } else { answers(world, name, plan, peer) };
        let lost = match (up, had["lost"].as_i64()) {
            (true, _) => None,
            (false, Some(at)) if same => Some(at),
            (false, _) => (same && had["up"] == true).then_some(now.0),
        };
        peer.told = up || lost.is_some_and(|at| now.0 - at < HELD * 1_000_000);
        missing |= !up;
        sessions[other.as_str()] = json!({"ends": ends, "up": up, "lost": lost});
    }
    if before["sessions"] != sessions {
        let was = is_met(world, name);
        let mut own = before;
        own["sessions"] = sessions;
        remember(world, OF, name, own);
        if was != is_met(world, name) {
            super::agents::look_again(world, name);
        }
    }
    missing.then(|| now.plus_seconds(RETRY))
}

fn answers(world: &World, name: &str, plan: &Plan, peer: &Peer) -> bool {
    // What the question teaches the network is of no matter.
    let mut net = world.network().clone();
    let Some(space) = net.find(name, "") else { return false };
    let from = Some(plan.own.addr);
    let probe = Probe { from, ..Probe::port(space, peer.own, Transport::Tcp, bird::PORT) };
    net.probe(&probe, world.now().0 / 1000).outcome == Outcome::Reached
}
