//! What can be made to go wrong on purpose, at any moment: one list for scenes, for rehearsals and for whoever tries.
//!
//! A fault is data: its name and what it is about. Planting it changes the world and nothing else, so it is copied with it.

mod api;
mod balancer;
mod cilium;
mod cluster;
mod list;
mod machine;
mod network;
mod release;
mod rows;
mod speed;

pub use list::FAULTS;
pub use rows::{ROWS, UNMODELLED};

use crate::json::Value;
use crate::machines::Machine;
use crate::scene;
use crate::world::{Deletion, Key, Object, World};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

/// One sort of fault.
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub doc: &'static str,
    /// What it must be told, and what it may be told beside.
    pub takes: (&'static [&'static str], &'static [&'static str]),
    /// The rows of the catalogue of symptoms that it brings about.
    pub rows: &'static [&'static str],
    /// Seconds until what it does is seen.
    pub ripens: i64,
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
    Fault { name, doc, takes, rows: &[], ripens: 0, plant }
}

impl Fault {
    /// The same, that brings about these rows of the catalogue, and is seen after so many seconds.
    const fn shows(self, rows: &'static [&'static str], ripens: i64) -> Fault {
        Fault { rows, ripens, ..self }
    }
}

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
                Value::String(text) => text.to_string(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => return Err(format!("`{key}` of a fault is no text")),
            };
            about.insert(key.to_string(), text);
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

    /// Seconds until what it does is seen: a world that is to be looked at with it lives so long first.
    #[must_use]
    pub fn ripens(&self) -> i64 {
        self.sort().map_or(0, |sort| sort.ripens)
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

/// Changes an object, or says that it is not there.
fn done(world: &mut World, key: &Key, change: impl FnOnce(&mut Object)) -> Result<(), String> {
    let name = format!("{} {}", key.kind, key.name());
    world.change(key, change).map(drop).map_err(|_| format!("there is no `{name}` here"))
}

/// Adds an object, as somebody would who applies it.
fn put(world: &mut World, object: Value) -> Result<(), String> {
    scene::add(world, object)
}

/// Takes an object away, as somebody would who deletes it.
fn gone(world: &mut World, key: &Key) {
    // Somebody else may have been quicker.
    drop(world.delete(key, &Deletion::default()));
}

/// The keys of those that fit.
fn all_of(world: &World, kind: &str, namespace: &str, fits: impl Fn(&Object) -> bool) -> Vec<Key> {
    world.entries(kind, namespace).filter(|(_, object)| fits(object)).map(|(key, _)| key).collect()
}

/// Runs commands of the network on a machine.
fn lines_on(world: &mut World, machine: &str, lines: &[String]) -> Result<(), String> {
    let ran = world.on_host(machine, |host| host.try_all("", lines));
    ran.ok_or_else(|| format!("there is no machine `{machine}`"))
}

/// A node's own address.
fn address(node: &Object) -> Option<Ipv4Addr> {
    node.internal_ip()?.parse().ok()
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
