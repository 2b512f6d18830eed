//! The images a node has.

use crate::json::{Value, json};
use crate::world::{Key, World, list};

/// An image's name as the runtime says it: with registry and tag.
pub(crate) fn full(image: &str) -> String {
    let (first, rest) = image.split_once('/').map_or(("", image), |(first, rest)| (first, rest));
    let has_registry = first.contains(['.', ':']) || first == "localhost";
    let mut name = match (has_registry, first) {
        (true, _) => image.to_owned(),
        (false, "") => format!("docker.io/library/{rest}"),
        (false, _) => format!("docker.io/{image}"),
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    if !last.contains([':', '@']) {
        name.push_str(":latest");
    }
    name
}

/// What a registry says to whoever wants an image: how many seconds it takes and how large it is, or why there is none.
pub(crate) fn offered(world: &World, image: &str) -> Result<(i64, i64), String> {
    let entry = world.image(image);
    let none = || format!("failed to resolve reference \"{image}\": {image}: not found");
    match &entry["missing"] {
        Value::String(why) => Err(why.to_string()),
        Value::Bool(true) => Err(none()),
        _ if image.starts_with("absent.test/") => {
            Err(format!("failed to pull and unpack image \"{image}\": {}", none()))
        }
        _ => Ok((entry["pull"].as_i64().unwrap_or(2), entry["size"].as_i64().unwrap_or(10_000_000))),
    }
}

/// Whether the node has the image.
pub(super) fn has(world: &World, node: &str, image: &str) -> bool {
    let full = full(image);
    world.get("nodes", "", node).is_some_and(|node| {
        let images = node["status"]["images"].as_array().into_iter().flatten();
        images.flat_map(|image| image["names"].as_array().into_iter().flatten()).any(|name| *name == full.as_str())
    })
}

/// Notes that the node has the image now; the largest come first.
pub(super) fn add(world: &mut World, node: &str, image: &str, size: i64) {
    if has(world, node, image) {
        return;
    }
    let full = full(image);
    drop(world.change(&Key::new("nodes", "", node), |node| {
        let images = list(&mut node["status"]["images"]);
        images.push(json!({"names": [full], "sizeBytes": size}));
        images.sort_by_key(|image| -image["sizeBytes"].as_i64().unwrap_or(0));
        images.truncate(50);
    }));
}
