//! From the text of a scene to the world it begins with.

use super::distribution::{Distribution, Place, WORDS};
use super::machine::{Place as Home, last_of, machine};
use super::node::{Node, VERSION};
use super::reader::{Mistake, Read, Reader, mistake};
use crate::faults;
use crate::json::{Value, json};
use crate::machines::Machine;
use crate::world::{Moment, Object, World};
use std::collections::BTreeSet;

/// A scene, and the world it begins with.
pub struct Scene {
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub doc: String,
    /// The world.
    pub world: World,
}

/// What is told of a scene without building its world.
pub struct Head {
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub doc: String,
    /// How many machines it has.
    pub machines: usize,
}

/// Reads what a scene says of itself.
///
/// # Errors
/// When it is no YAML, or has no name.
pub fn head(text: &str) -> Result<Head, Mistake> {
    let mut map = opened(text)?;
    let (name, doc) = (map.must("name")?, map.text("doc")?.unwrap_or_default());
    // A node is a machine, too.
    Ok(Head { name, doc, machines: map.list("nodes")?.len() + map.list("machines")?.len() })
}

fn opened(text: &str) -> Read<Reader> {
    let value: Value = serde_saphyr::from_str(text)
        .map_err(|trouble| Mistake { path: String::new(), what: format!("is no YAML: {trouble}") })?;
    Reader::new("", over(value)?)
}

/// Reads a scene that begins at `now`.
///
/// # Errors
/// When it is no YAML, or says something that is not known, with the path to it.
pub fn read(text: &str, now: Moment) -> Result<Scene, Mistake> {
    read_with(text, now, None)
}

/// Reads a scene as [`read`] does, with this seed in the place of its own.
///
/// # Errors
/// As [`read`].
pub fn read_with(text: &str, now: Moment, seed: Option<u64>) -> Result<Scene, Mistake> {
    let mut map = opened(text)?;
    let (name, doc) = (map.must("name")?, map.text("doc")?.unwrap_or_default());
    let own = map.number("seed")?.unwrap_or(7);
    let seed = seed.unwrap_or(own);
    let mut world = super::bare(seed, now);
    let word = distribution(&mut map)?;
    let nodes = map.list("nodes")?;
    let distribution = word.unwrap_or(if nodes.is_empty() { Distribution::Nothing } else { Distribution::Kubeadm });
    let version = map.text("version")?.unwrap_or_else(|| distribution.version(VERSION));
    let server = map.text("server")?;
    let images = map.map("images")?;
    if !images.is_empty() {
        let object = json!({"metadata": {"name": "images"}, "images": images});
        drop(world.create("catalogues.twin", Object::new(object)));
    }
    let nodes_given = !nodes.is_empty();
    let network = map.text("network")?.unwrap_or_else(|| "plain".to_owned());
    let inside = network == "flannel" && distribution == Distribution::K3s;
    if !inside && !matches!(network.as_str(), "plain" | "none") {
        let said = format!("`{network}` is no network here; known are `none` and `plain`, and `flannel` inside of k3s");
        return mistake(&map.at("network"), said);
    }
    nodes_into(&mut world, nodes, (distribution, &network), (&version, server), seed)?;
    super::plane::service(&mut world, distribution);
    // Who works on a cluster does so over the network of its machines.
    let place = map.text("operator")?;
    let place = place.or_else(|| operator(&world).filter(|_| nodes_given));
    if let Some(place) = place {
        let (segment, address) = place.split_once(' ').unwrap_or(("underlay", place.as_str()));
        world.place_operator(segment, address);
    }
    for (path, value) in map.list("machines")? {
        let mut map = Reader::new(&path, value)?;
        let name = map.must("name")?;
        if world.machine(&name).is_some() {
            return mistake(&map.at("name"), format!("there are two machines `{name}`"));
        }
        let address = map.text("address")?;
        let machine = machine(&mut map, &name, seed, now, Home { address: address.as_deref(), routed: false })?;
        map.end()?;
        world.add_machine(machine);
    }
    furnish(&mut world, &mut map)?;
    map.end()?;
    Ok(Scene { name, doc, world })
}

/// What the cluster has, what was installed, done and added later, and what goes wrong.
fn furnish(world: &mut World, map: &mut Reader) -> Read<()> {
    for (path, value) in map.list("kinds")? {
        let made = super::kinds::definition(Reader::new(&path, value)?)?;
        super::add(world, made).or_else(|why| mistake(&path, why))?;
    }
    for (path, value) in map.list("objects")? {
        let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        crate::laws::gitops::commit(world, &value);
        super::add(world, value).or_else(|why| mistake(&path, format!("`{name}` cannot be added: {why}")))?;
    }
    let releases = map.list("releases")?;
    let any = !releases.is_empty();
    for (path, value) in releases {
        super::release::install(world, Reader::new(&path, value)?)?;
    }
    let later = map.list("later")?;
    if any && !later.is_empty() {
        // What a release brings along is there first.
        super::release::settle(world);
    }
    for (path, value) in later {
        let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        crate::laws::gitops::commit(world, &value);
        super::add(world, value).or_else(|why| mistake(&path, format!("`{name}` cannot be added: {why}")))?;
    }
    for (path, value) in map.list("done")? {
        super::done::run(world, Reader::new(&path, value)?)?;
    }
    for (path, value) in map.list("faults")? {
        let planted = faults::Planted::read(&value).and_then(|fault| fault.plant(world));
        planted.or_else(|why| mistake(&path, why))?;
    }
    Ok(())
}

/// A scene that begins with another: what it says itself is put over that, and its lists come after the other's.
fn over(mut value: Value) -> Read<Value> {
    let Some(from) = value.as_object_mut().and_then(|map| map.remove("from")) else { return Ok(value) };
    let Some(text) = from.as_str().and_then(super::text) else {
        return mistake("from", format!("{from} is no scene that is part of the program"));
    };
    let base: Value = serde_saphyr::from_str(text)
        .map_err(|trouble| Mistake { path: "from".to_owned(), what: trouble.to_string() })?;
    let mut base = over(base)?;
    for (key, own) in value.as_object().into_iter().flatten() {
        match (base[key.as_str()].as_array_mut(), own) {
            (Some(list), Value::Array(own)) => list.extend(own.iter().cloned()),
            _ => base[key.as_str()] = own.clone(),
        }
    }
    Ok(base)
}

/// A place for the operator: the last free address beside the first machine.
fn operator(world: &World) -> Option<String> {
    let card = world.machines().find_map(|machine| machine.cards.first().cloned())?;
    let (address, length) = crate::net::read_prefix(card.address.as_deref()?)?;
    let free = last_of(address, length);
    let taken = world
        .machines()
        .flat_map(|machine| machine.cards.iter())
        .any(|card| card.address.as_deref().and_then(crate::net::read_prefix).is_some_and(|(other, _)| other == free));
    (!taken).then(|| format!("{} {free}/{length}", card.segment))
}

/// The distribution that is named; where none is, a cluster with nodes is a plain one.
fn distribution(map: &mut Reader) -> Read<Option<Distribution>> {
    let Some(word) = map.text("distribution")? else { return Ok(None) };
    match WORDS.iter().find(|(known, _)| *known == word) {
        Some((_, distribution)) => Ok(Some(*distribution)),
        None => {
            let known: Vec<&str> = WORDS.iter().map(|(known, _)| *known).collect();
            let said = format!("`{word}` is no distribution; known are `{}`", known.join("`, `"));
            mistake(&map.at("distribution"), said)
        }
    }
}

fn pairs(map: &mut Reader, key: &'static str) -> Read<Vec<(String, String)>> {
    let path = map.at(key);
    let entries = map.map(key)?.into_iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name.into(), text.into())),
        Value::Bool(flag) => Ok((name.into(), flag.to_string())),
        Value::Number(number) => Ok((name.into(), number.to_string())),
        _ => mistake(&format!("{path}.{name}"), "is no text"),
    });
    entries.collect()
}

/// Adds the nodes, each with its machine.
fn nodes_into(
    world: &mut World,
    nodes: Vec<(String, Value)>,
    (distribution, network): (Distribution, &str),
    (version, server): (&str, Option<String>),
    seed: u64,
) -> Read<()> {
    let mut names = BTreeSet::new();
    let mut server = server.unwrap_or_default();
    for (number, (path, value)) in (0u32..).zip(nodes) {
        let mut map = Reader::new(&path, value)?;
        let name = map.must("name")?;
        if !names.insert(name.clone()) {
            return mistake(&map.at("name"), format!("there are two nodes `{name}`"));
        }
        let address = map.text("address")?.unwrap_or_else(|| format!("10.0.0.{}", number + 1));
        let host = address.split('/').next().unwrap_or_default().to_owned();
        if host.parse::<std::net::Ipv4Addr>().is_err() {
            return mistake(&map.at("address"), format!("`{address}` is no address"));
        }
        let mut node = Node {
            name: name.clone(),
            roles: map.texts("roles")?,
            address: host.clone(),
            external: map.text("external")?,
            architecture: map.text("architecture")?.unwrap_or_default(),
            runtime: distribution.runtime().to_owned(),
            pods: map.text("pods")?.or_else(|| Some(distribution.pods(number))),
            labels: pairs(&mut map, "labels")?,
            annotations: pairs(&mut map, "annotations")?,
            taints: map.list("taints")?.into_iter().map(|(_, taint)| taint).collect(),
            version: version.to_owned(),
            processors: map.number("processors")?.unwrap_or(4),
            memory: map.text("memory")?.unwrap_or_else(|| "8147736Ki".to_owned()),
            ..Node::default()
        };
        let control = node.roles.iter().any(|role| role == "control-plane" || role == "master");
        if server.is_empty() {
            server.clone_from(&host);
        }
        let flags = map.texts("flags")?;
        let home = Home { address: Some(&address), routed: true };
        let mut machine = machine(&mut map, &name, seed, world.now(), home)?;
        map.end()?;
        let place = Place { version, control, server: &server, address: &host, flags: &flags, bare: network == "none" };
        distribution.install(&mut machine, &place);
        if let Some(range) = node.pods.as_deref().filter(|_| network == "plain") {
            crate::cni::plain(&mut machine, range);
        }
        if node.architecture == "arm64" {
            std::sync::Arc::make_mut(&mut machine.kernel).architecture = "aarch64".to_owned();
        }
        describe(&mut node, &machine);
        world.add_machine(machine);
        // It has booted before the scene begins: what its files say is set.
        world.on_machine(&name, Machine::make_settings);
        super::add(world, node.object()).or_else(|why| mistake(&path, why))?;
        if control && distribution != Distribution::Nothing {
            world.serve_from(&name);
        }
    }
    Ok(())
}

fn describe(node: &mut Node, machine: &Machine) {
    node.kernel.clone_from(&machine.kernel.release);
    node.os = machine.system();
    node.boot.clone_from(&machine.boot_id);
    node.machine = machine.text("/etc/machine-id").trim().to_owned();
}
