//! Packing what nobody has touched for a while: a large cluster at rest takes less room than at work.
//!
//! It changes nothing that can be seen: what is packed unpacks itself when it is read.

use super::table::Table;
use super::{Kind, World};
use std::sync::Arc;

/// Kinds with fewer objects than this are left open.
const MANY: usize = 2000;

/// So many changes must have been since the last round, for another to be worth it.
const ENOUGH: u64 = 1000;

/// How far the packing has come on its way round, and when the last round was over.
#[derive(Clone, Default)]
pub(super) struct Rest {
    place: Option<(Kind, Arc<str>)>,
    over: u64,
}

/// Whether there are so many of a kind that packing them is worth it. Events are packed from the first.
fn is_crowded(kind: &Kind, table: &Table) -> bool {
    table.len() >= MANY && *kind != "nodes" && *kind != "events"
}

impl World {
    /// Looks at some objects and packs those that are open; whether its round goes on. For when there is nothing to do.
    pub(crate) fn rest(&mut self, many: usize) -> bool {
        if self.rest.place.is_none() && self.rest.over > 0 && self.revision < self.rest.over + ENOUGH {
            return false;
        }
        let (kind, path) = self.rest.place.take().unwrap_or_else(|| (Kind::from(""), "".into()));
        let found = self.tables.range_mut(kind.clone()..).find(|(kind, table)| is_crowded(kind, table));
        // What a copy of the world shares is left as it is: to change it would be to copy it.
        let Some((found, table)) = found.and_then(|(kind, table)| Some((kind, Arc::get_mut(table)?))) else {
            self.rest.over = self.revision;
            return false;
        };
        let path = if *found == kind { path } else { "".into() };
        let (last, seen) = table.each_after(&path, many, |object| {
            // What lately happened may hold the open one a while longer.
            *object = object.as_packed();
        });
        self.rest.place = match last {
            Some(last) if seen == many => Some((found.clone(), last)),
            // The kind after this one: nothing sorts between a name and itself with a zero.
            _ => Some((Kind::from(format!("{found}\u{0}").as_str()), "".into())),
        };
        true
    }
}
