//! What goes wrong with requests to the API.

use super::Planted;
use crate::world::{Fault, What, When, World};

/// Which requests are meant, and how many: what every fault of the API may be told.
pub(super) const WHICH: &[&str] = &["kind", "name", "namespace", "path", "skip", "sub", "times", "user", "verb"];

fn plant(world: &mut World, fault: &Planted, what: What) -> Result<(), String> {
    let text = |key: &str| fault.about.get(key).cloned();
    let number = |key: &str, usual: u32| match fault.about.get(key) {
        None => Ok(usual),
        Some(text) => text.parse::<u32>().map_err(|_| format!("`{text}` is no number for `{key}`")),
    };
    let when = When {
        method: None,
        path: text("path"),
        verb: text("verb"),
        kind: text("kind"),
        sub: text("sub"),
        namespace: text("namespace"),
        name: text("name"),
        user: text("user"),
    };
    let times = if text("times").as_deref() == Some("all") { None } else { Some(number("times", 1)?) };
    world.plant(Fault { when, what, skip: number("skip", 0)?, times });
    Ok(())
}

fn number<T: std::str::FromStr>(fault: &Planted, key: &str) -> Result<Option<T>, String> {
    match fault.about.get(key) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| format!("`{text}` is no number for `{key}`")),
    }
}

pub(super) fn away(world: &mut World, fault: &Planted) -> Result<(), String> {
    let until = world.now().plus(fault.span("time")?);
    world.take_api_away(until);
    Ok(())
}

pub(super) fn cut(world: &mut World, fault: &Planted) -> Result<(), String> {
    plant(world, fault, What::Cut { done: false })
}

pub(super) fn forgets(world: &mut World, fault: &Planted) -> Result<(), String> {
    plant(world, fault, What::Forget)
}

pub(super) fn hangs(world: &mut World, fault: &Planted) -> Result<(), String> {
    plant(world, fault, What::Hang { done: false })
}

pub(super) fn loses_reply(world: &mut World, fault: &Planted) -> Result<(), String> {
    plant(world, fault, What::Cut { done: true })
}

pub(super) fn refuses(world: &mut World, fault: &Planted) -> Result<(), String> {
    let code = number(fault, "code")?.unwrap_or(500);
    if !(400..600).contains(&code) {
        return Err(format!("{code} is no status of a refusal"));
    }
    let (message, retry_after) = (fault.about.get("why").cloned(), number(fault, "after")?);
    plant(world, fault, What::Refuse { code, message, retry_after })
}

pub(super) fn twice(world: &mut World, fault: &Planted) -> Result<(), String> {
    plant(world, fault, What::Twice)
}

pub(super) fn watch_cut(world: &mut World, fault: &Planted) -> Result<(), String> {
    let events = number(fault, "events")?.unwrap_or(0);
    plant(world, fault, What::EndWatch { events, torn: true })
}
