//! The ends of the service `kubernetes`: each server of the API says for some seconds at a time that it is there, and one that
//! says so no more is taken out by those that are left.

use super::Law;
use crate::json::{Map, Value, json};
use crate::world::{Again, Change, Key, Moment, World};

/// The law.
pub(super) const LAW: Law = Law { name: "masters", hears, acts };

/// For how many seconds a server is believed to be there after it was heard of last.
const LASTS: i64 = 15;
const SLICES: &str = "endpointslices.discovery.k8s.io";

/// What all servers are looked at by.
pub(super) fn key() -> Key {
    Key::new("services", "default", "kubernetes")
}

fn hears(_: &World, _: &Change) -> Vec<Key> {
    Vec::new()
}

fn acts(world: &mut World, key: &Key) -> Again {
    let now = world.now();
    let servers: Vec<(String, bool)> = world
        .machines()
        .filter(|machine| world.serves_from(&machine.name))
        .map(|machine| (machine.name.clone(), machine.has_plane()))
        .collect();
    let known = world.memory(LAW.name, key).clone();
    // Who works is heard of all the time; of the others it is known since when they are not.
    let (mut heard, mut next) = (Map::new(), None);
    for (name, works) in &servers {
        if *works {
            heard.insert(name.clone(), true.into());
            continue;
        }
        // Whoever was never asked is believed at first.
        let silent = if known.is_null() || known[name] == true { Some(now.0) } else { known[name].as_i64() };
        let Some(silent) = silent.filter(|silent| Moment(*silent).plus_seconds(LASTS) > now) else { continue };
        heard.insert(name.clone(), silent.into());
        next = next.into_iter().chain([Moment(silent).plus_seconds(LASTS)]).min();
    }
    if servers.iter().any(|(_, works)| *works) {
        let nodes = world.list("nodes", "").filter(|node| heard.contains_key(node.name()));
        let addresses: Vec<String> = nodes.filter_map(|node| node.internal_ip().map(str::to_owned)).collect();
        tell(world, &addresses);
    }
    world.remember(LAW.name, key, Value::Object(heard));
    next.map_or(Again::Never, Again::Idle)
}

/// These addresses as the ends of a slice, and as those of an object `Endpoints`.
pub(crate) fn ends(addresses: &[String]) -> (Value, Value) {
    let of_slice: Vec<Value> =
        addresses.iter().map(|one| json!({"addresses": [one], "conditions": {"ready": true}})).collect();
    let plain: Vec<Value> = addresses.iter().map(|one| json!({"ip": one})).collect();
    (of_slice.into(), plain.into())
}

fn tell(world: &mut World, addresses: &[String]) {
    let (of_slice, plain) = ends(addresses);
    // A cluster whose service was never given any ends has none to change.
    drop(world.change(&Key::new(SLICES, "default", "kubernetes"), |it| it["endpoints"] = of_slice));
    drop(world.change(&Key::new("endpoints", "default", "kubernetes"), |it| {
        it["subsets"][0]["addresses"] = plain;
    }));
}
