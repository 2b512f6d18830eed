//! A scene, and what is asked of it: commands on its machines, its pods, who reaches whom.

use runbook_twin::connectivity::Connectivity;
use runbook_twin::json::Value;
use runbook_twin::scene;
use runbook_twin::world::{Key, Moment, Object, World};

const LIMIT: usize = 5_000_000;

/// The world of a scene after five minutes.
pub(crate) fn world(name: &str) -> World {
    let begin = Moment::seconds(1_790_000_000);
    let mut world = scene::read(scene::text(name).unwrap(), begin).unwrap_or_else(|why| panic!("{name}: {why}")).world;
    pass(&mut world, 300);
    world
}

pub(crate) fn pass(world: &mut World, seconds: i64) {
    let until = world.now().plus_seconds(seconds);
    world.live(until, LIMIT);
}

/// What a script prints on a machine
pub(crate) fn sh(world: &mut World, machine: &str, script: &str) -> (String, i32) {
    crate::typed::sh(world, machine, script, LIMIT)
}

/// Its nodes that are ready.
pub(crate) fn ready(world: &World) -> Vec<String> {
    let ready = world.list("nodes", "").filter(|node| node.condition("Ready") == Some("True"));
    ready.map(|node| node.name().to_owned()).collect()
}

/// The pods that are not ready, with why.
pub(crate) fn unready(world: &World) -> Vec<String> {
    let odd = world.list("pods", "").filter(|pod| pod.condition("Ready") != Some("True"));
    let said = |pod: &Value| {
        let events = world.list("events", pod["metadata"]["namespace"].as_str().unwrap_or_default());
        let own = events.filter(|event| event["involvedObject"]["name"] == pod["metadata"]["name"]);
        own.last().map(|event| event["message"].to_string()).unwrap_or_default()
    };
    odd.map(|pod| format!("{}/{}: {}", pod.namespace(), pod.name(), said(&pod.plain()))).collect()
}

/// Every "no" of its connectivity.
pub(crate) fn noes(world: &World) -> String {
    let all = Connectivity::of(world);
    if all.noes().next().is_none() { String::new() } else { all.text() }
}

/// Everything runs, and everybody reaches everybody.
pub(crate) fn whole(world: &World, nodes: usize) {
    assert_eq!(ready(world).len(), nodes, "{:?}", ready(world));
    assert_eq!(unready(world), Vec::<String>::new());
    assert_eq!(noes(world), "");
}

/// A field of an object.
pub(crate) fn field(world: &World, kind: &str, namespace: &str, name: &str, path: &str) -> Value {
    let object = world.get(kind, namespace, name).unwrap_or_else(|| panic!("no {kind} {name}"));
    object.plain().pointer(path).cloned().unwrap_or(Value::Null)
}

/// Changes a field of an object.
pub(crate) fn change(world: &mut World, kind: &str, namespace: &str, name: &str, path: &str, value: Value) {
    let key = Key::new(kind, namespace, name);
    let (above, last) = path.rsplit_once('/').unwrap();
    let done = world.change(&key, |it| {
        let mut whole = it.whole();
        whole.pointer_mut(above).unwrap_or_else(|| panic!("no {above}"))[last] = value;
        *it = Object::new(whole);
    });
    done.unwrap_or_else(|why| panic!("{name}: {}", why.message));
}
