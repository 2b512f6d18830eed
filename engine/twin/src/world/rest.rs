//! Packing what nobody has touched for a while: a large cluster at rest takes a tenth of the room it takes at work.
//!
//! It changes nothing that can be seen: what is packed unpacks itself when it is read.

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

impl World {
    /// Looks at some objects and packs those that have not changed for so many changes; whether its round goes on.
    pub(crate) fn rest(&mut self, many: usize, untouched: u64) -> bool {
        let old = self.revision.saturating_sub(untouched);
        if self.rest.place.is_none() && self.rest.over > 0 && self.revision < self.rest.over + ENOUGH {
            return false;
        }
        let (kind, path) = self.rest.place.take().unwrap_or_else(|| (Kind::from(""), "".into()));
        let crowded = |(kind, table): &(&Kind, &mut Arc<super::table::Table>)| **kind != "nodes" && table.len() >= MANY;
        let found = self.tables.range_mut(kind.clone()..).find(crowded);
        // What a copy of the world shares is left as it is: to change it would be to copy it.
        let Some((found, table)) = found.and_then(|(kind, table)| Some((kind, Arc::get_mut(table)?))) else {
            self.rest.over = self.revision;
            return false;
        };
        let path = if *found == kind { path } else { "".into() };
        let (last, seen) = table.each_after(&path, many, |object| {
            if object.is_open()
                && object.revision() <= old
                && let Some(object) = Arc::get_mut(object)
            {
                object.pack();
            }
        });
        self.rest.place = match last {
            Some(last) if seen == many => Some((found.clone(), last)),
            // The kind after this one: nothing sorts between a name and itself with a zero.
            _ => Some((Kind::from(format!("{found}\u{0}").as_str()), "".into())),
        };
        true
    }
}
