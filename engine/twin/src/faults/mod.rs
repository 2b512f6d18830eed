//! What can be made to go wrong on purpose, at any moment: one list for scenes, for rehearsals and for whoever tries.
//!
//! A fault is data: its name and what it is about. Planting it changes the world and nothing else, so it is copied with it.

mod api;

use crate::machines::Machine;
use crate::machines::power;
use crate::scene;
use crate::world::{Key, Object, Selector, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// One sort of fault.
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub doc: &'static str,
    /// What it must be told, and what it may be told beside.
    pub takes: (&'static [&'static str], &'static [&'static str]),
    plant: fn(&mut World, &Planted) -> Result<(), String>,
}

/// A fault with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// The name of its sort.
    pub name: String,
    /// What it was told.
    pub about: BTreeMap<String, String>,
}

const fn fault(
    name: &'static str,
    doc: &'static str,
    takes: (&'static [&'static str], &'static [&'static str]),
    plant: fn(&mut World, &Planted) -> Result<(), String>,
) -> Fault {
    Fault { name, doc, takes, plant }
}

/// All faults, sorted by name.
pub const FAULTS: &[Fault] = &[
    fault("api-away", "nobody reaches the API for so long", (&["time"], &[]), api::away),
    fault("api-cut", "the connection of a request breaks before it has an effect", (&[], api::WHICH), api::cut),
    fault(
        "api-forgets",
        "the API has forgotten the version a client goes on from: 410",
        (&[], api::WHICH),
        api::forgets,
    ),
    fault("api-hangs", "a request is never answered", (&[], api::WHICH), api::hangs),
    fault("api-loses-reply", "a request has its effect, and its answer is lost", (&[], api::WHICH), api::loses_reply),
    fault("api-refuses", "a request is refused: 500, or the code it is told", (&[], REFUSES), api::refuses),
    fault(
        "api-twice",
        "a request is done twice, as by somebody between who tried again",
        (&[], api::WHICH),
        api::twice,
    ),
    fault(
        "disk-slow",
        "what is written to a machine's disk takes so long to be there",
        (&["machine", "time"], &[]),
        disk_slow,
    ),
    fault(
        "image-missing",
        "an image, or all that begin so, with a star, cannot be pulled",
        (&["image"], &["why"]),
        image_missing,
    ),
    fault("image-slow", "an image takes so long to be pulled", (&["image", "time"], &[]), image_slow),
    fault("link-down", "the cable of a machine's card is pulled", (&["machine"], &["link"]), link_down),
    fault("machine-lost", "a machine goes down and does not come back", (&["machine"], &[]), machine_lost),
    fault("node-silent", "the kubelet of a node neither says nor does anything", (&["node"], &[]), node_silent),
    fault(
        "pod-never-ends",
        "a pod, or all with these labels, is told to end and does not",
        (&["namespace"], &["labels", "pod"]),
        pod_never_ends,
    ),
    fault("reboot-never-returns", "the next boot of a machine does not end", (&["machine"], &[]), reboot_never_returns),
    fault("runtime-down", "the container runtime of a machine does not answer", (&["machine"], &["why"]), runtime_down),
    fault(
        "ssh-cut",
        "all connections to a machine are lost once, after a program with these words begins",
        (&["machine", "words"], &["after"]),
        ssh_cut,
    ),
    fault("unit-broken", "a unit of a machine fails at its next start", (&["machine", "unit"], &["why"]), unit_broken),
    fault("watch-cut", "a watch breaks after so many events", (&[], WATCH_CUT), api::watch_cut),
];

const REFUSES: &[&str] =
    &["after", "code", "kind", "name", "namespace", "path", "skip", "sub", "times", "user", "verb", "why"];
const WATCH_CUT: &[&str] = &["events", "kind", "name", "namespace", "path", "skip", "sub", "times", "user", "verb"];

impl Planted {
    /// Reads a fault of a scene: `{fault: NAME, machine: n1, …}`.
    ///
    /// # Errors
    /// In words, where there is no such fault, or it takes something else.
    pub fn read(value: &Value) -> Result<Self, String> {
        let Some(map) = value.as_object() else {
            return Err("a fault is a map with `fault` and what it is about".to_owned());
        };
        let mut about = BTreeMap::new();
        for (key, value) in map {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => return Err(format!("`{key}` of a fault is no text")),
            };
            about.insert(key.clone(), text);
        }
        let name = about.remove("fault").ok_or("a fault has the name of its sort as `fault`")?;
        Self { name, about }.checked()
    }

    /// Reads a fault as it is typed: `NAME key=value …`, with commas or spaces between.
    ///
    /// # Errors
    /// As [`Planted::read`].
    pub fn typed(text: &str) -> Result<Self, String> {
        let (name, rest) = text.trim().split_once([' ', ':', ',']).unwrap_or((text.trim(), ""));
        let mut about = BTreeMap::new();
        for pair in rest.split([' ', ',']).filter(|pair| !pair.is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(format!("`{pair}` is no `key=value`"));
            };
            about.insert(key.to_owned(), value.to_owned());
        }
        Self { name: name.to_owned(), about }.checked()
    }

    fn checked(self) -> Result<Self, String> {
        let sort = self.sort()?;
        let (must, may) = sort.takes;
        if let Some(lacks) = must.iter().find(|key| !self.about.contains_key(**key)) {
            return Err(format!("the fault `{}` must be told its `{lacks}`", sort.name));
        }
        let known = |key: &String| must.contains(&key.as_str()) || may.contains(&key.as_str());
        if let Some(odd) = self.about.keys().find(|key| !known(key)) {
            let all = [must, may].concat().join("`, `");
            return Err(format!("the fault `{}` takes no `{odd}`; it takes `{all}`", sort.name));
        }
        Ok(self)
    }

    fn sort(&self) -> Result<&'static Fault, String> {
        FAULTS.iter().find(|sort| sort.name == self.name).ok_or_else(|| {
            let names: Vec<&str> = FAULTS.iter().map(|sort| sort.name).collect();
            format!("there is no fault `{}`; there are `{}`", self.name, names.join("`, `"))
        })
    }

    /// Plants it.
    ///
    /// # Errors
    /// In words, where what it is about is not there.
    pub fn plant(&self, world: &mut World) -> Result<(), String> {
        (self.sort()?.plant)(world, self)
    }

    fn text(&self, key: &str) -> &str {
        self.about.get(key).map_or("", String::as_str)
    }

    fn span(&self, key: &str) -> Result<Duration, String> {
        let text = self.text(key);
        if text.is_empty() {
            return Ok(Duration::ZERO);
        }
        scene::span(text).ok_or_else(|| format!("`{text}` is no span of time like `30s`"))
    }

    fn on_machine(&self, world: &mut World, act: impl FnOnce(&mut Machine)) -> Result<(), String> {
        let name = self.text("machine");
        world.on_machine(name, act).ok_or_else(|| format!("there is no machine `{name}`"))
    }
}

fn disk_slow(world: &mut World, fault: &Planted) -> Result<(), String> {
    let time = fault.span("time")?;
    fault.on_machine(world, |machine| machine.plant(power::Fault::SlowDisk(time)))
}

/// Changes what the catalogue of images says of one.
fn image(world: &mut World, name: &str, field: &str, value: Value) -> Result<(), String> {
    let key = Key::new("catalogues.twin", "", "images");
    if world.at(&key).is_none() {
        drop(world.create("catalogues.twin", Object::new(json!({"metadata": {"name": "images"}, "images": {}}))));
    }
    let changed = world.change(&key, |object| object["images"][name][field] = value);
    changed.map(drop).map_err(|refusal| refusal.message)
}

fn image_missing(world: &mut World, fault: &Planted) -> Result<(), String> {
    let why = fault.text("why");
    image(world, fault.text("image"), "missing", if why.is_empty() { true.into() } else { why.into() })
}

fn image_slow(world: &mut World, fault: &Planted) -> Result<(), String> {
    let seconds = fault.span("time")?.as_secs();
    image(world, fault.text("image"), "pull", seconds.into())
}

fn link_down(world: &mut World, fault: &Planted) -> Result<(), String> {
    let link = if fault.text("link").is_empty() { "eth0" } else { fault.text("link") };
    let done = world.network_mut().cable(fault.text("machine"), link, false);
    done.then_some(()).ok_or_else(|| format!("there is no card `{link}` in a machine `{}`", fault.text("machine")))
}

fn machine_lost(world: &mut World, fault: &Planted) -> Result<(), String> {
    fault.on_machine(world, |machine| {
        machine.plant(power::Fault::NoReturn);
        machine.reboot();
    })
}

fn node_silent(world: &mut World, fault: &Planted) -> Result<(), String> {
    let node = fault.text("node");
    let changed = world.change(&Key::new("nodes", "", node), |node| node.set_annotation("plane.test/silent", "true"));
    changed.map(drop).map_err(|_| format!("there is no node `{node}`"))
}

fn pod_never_ends(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (namespace, name, labels) = (fault.text("namespace"), fault.text("pod"), fault.text("labels"));
    let pairs: serde_json::Map<String, Value> =
        labels.split('+').filter_map(|pair| pair.split_once(':')).map(|(k, v)| (k.to_owned(), v.into())).collect();
    if name.is_empty() && pairs.is_empty() {
        return Err("the fault `pod-never-ends` must be told a `pod`, or `labels` as `app:web+tier:front`".to_owned());
    }
    let selector = Selector::labels(&pairs.into());
    let fits = |pod: &Object| if name.is_empty() { selector.takes(pod) } else { pod.name() == name };
    let keys: Vec<Key> = world.entries("pods", namespace).filter(|(_, pod)| fits(pod)).map(|(key, _)| key).collect();
    if keys.is_empty() {
        return Err(format!("there is no such pod in `{namespace}`"));
    }
    for key in keys {
        drop(world.change(&key, |pod| pod.set_annotation("plane.test/stuck", "true")));
    }
    Ok(())
}

fn reboot_never_returns(world: &mut World, fault: &Planted) -> Result<(), String> {
    fault.on_machine(world, |machine| machine.plant(power::Fault::NoReturn))
}

fn runtime_down(world: &mut World, fault: &Planted) -> Result<(), String> {
    let said = match fault.text("why") {
        "" => "validate service connection: rpc error: code = DeadlineExceeded desc = context deadline exceeded"
            .to_owned(),
        why => why.to_owned(),
    };
    fault.on_machine(world, |machine| std::sync::Arc::make_mut(&mut machine.containers).down = Some(said))
}

fn ssh_cut(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (words, after) = (fault.text("words").to_owned(), fault.span("after")?);
    fault.on_machine(world, |machine| machine.plant(power::Fault::Cut { words, after }))
}

fn unit_broken(world: &mut World, fault: &Planted) -> Result<(), String> {
    let name = crate::machines::units::whole_name(fault.text("unit"));
    let why = if fault.text("why").is_empty() { "it was made to fail" } else { fault.text("why") }.to_owned();
    let mut there = false;
    fault.on_machine(world, |machine| there = machine.change_unit(&name, |unit| unit.broken = Some(why)))?;
    there.then_some(()).ok_or_else(|| format!("`{}` has no unit `{name}`", fault.text("machine")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_sorted_and_say_what_they_lack() {
        assert!(FAULTS.windows(2).all(|two| two[0].name < two[1].name));
        assert_eq!(
            Planted::typed("disk-slow machine=n1").unwrap_err(),
            "the fault `disk-slow` must be told its `time`"
        );
        assert!(Planted::typed("disk-full machine=n1").unwrap_err().starts_with("there is no fault `disk-full`"));
        assert!(Planted::typed("link-down:machine=n1,color=red").unwrap_err().contains("takes no `color`"));
    }
}
