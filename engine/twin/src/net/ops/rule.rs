//! Rules of `ip rule`.

use crate::net::errno::{Errno, Refused};
use crate::net::route::Rule;
use crate::net::space::Space;

/// Adds a rule behind those of the same priority; without a priority it stands before the first one that is not 0.
pub(crate) fn add_rule(space: &mut Space, mut rule: Rule, priority: Option<u32>) -> Result<(), Refused> {
    rule.priority = priority.unwrap_or_else(|| {
        let second = space.rules.get(1).map_or(0, |rule| rule.priority);
        second.saturating_sub(1)
    });
    if space.rules.contains(&rule) {
        return Err(Errno::Exists.into());
    }
    let place = space.rules.iter().position(|old| old.priority > rule.priority).unwrap_or(space.rules.len());
    space.split = true;
    space.rules.insert(place, rule);
    Ok(())
}

/// Deletes the first rule that fits all that was said.
pub(crate) fn delete_rule(space: &mut Space, fits: impl Fn(&Rule) -> bool) -> Result<(), Refused> {
    match space.rules.iter().position(fits) {
        Some(place) => {
            space.split = true;
            space.rules.remove(place);
            Ok(())
        }
        None => Err(Errno::NoEntry.into()),
    }
}
