//! What goes wrong with what helm keeps of a release.

use super::Planted;
use crate::helm;
use crate::json::Value;
use crate::world::{Key, Object, World};

/// The newest secret of a release.
fn newest(world: &World, release: &str) -> Result<(Key, Object), String> {
    let own = |it: &Object| it.label("owner") == Some("helm") && it.label("name") == Some(release);
    let number = |it: &Object| it.label("version").and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let found = world.entries("secrets", "").filter(|(_, it)| own(it)).max_by_key(|(_, it)| number(it));
    found.map(|(key, it)| (key, it.as_ref().clone())).ok_or_else(|| format!("helm keeps no release `{release}`"))
}

fn name(fault: &Planted) -> &str {
    if fault.text("release").is_empty() { "cilium" } else { fault.text("release") }
}

/// Somebody's upgrade was cut off: helm has written that it begins, and nothing after that.
pub(super) fn pending(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (_, secret) = newest(world, name(fault))?;
    let made = helm::revised(&secret.plain(), world.now(), |revision| {
        let number = revision["version"].as_i64().unwrap_or(1) + 1;
        revision["version"] = number.into();
        revision["info"]["status"] = "pending-upgrade".into();
        revision["info"]["description"] = "Preparing upgrade".into();
    })?;
    world.create("secrets", Object::new(made)).map(drop).map_err(|refusal| refusal.message)
}

/// Values that mean nothing to the chart.
pub(super) fn mtu_misspelt(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (key, secret) = newest(world, name(fault))?;
    let made = helm::revised(&secret.plain(), world.now(), |revision| {
        if !revision["config"].is_object() {
            revision["config"] = Value::Object(crate::json::Map::new());
        }
        revision["config"]["mtu"] = 1400.into();
    })?;
    super::done(world, &key, |it| it["data"] = made["data"].clone())
}

/// Another release says that its objects are its own.
pub(super) fn foreign(world: &mut World, fault: &Planted) -> Result<(), String> {
    newest(world, name(fault))?;
    let own = |it: &Object| it.annotation("meta.helm.sh/release-name") == Some(name(fault));
    let kinds = ["daemonsets.apps", "deployments.apps", "configmaps"];
    for kind in kinds {
        for key in super::all_of(world, kind, "", own) {
            super::done(world, &key, |it| it.set_annotation("meta.helm.sh/release-name", "before"))?;
        }
    }
    Ok(())
}
