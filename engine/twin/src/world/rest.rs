//! Packing what nobody has touched for a while: a large cluster at rest takes a tenth of the room it takes at work.
//!
//! It changes nothing that can be seen: what is packed unpacks itself when it is read.

use super::{Kind, World};
use std::ops::Bound;
use std::sync::Arc;

/// Kinds with fewer objects than this are left open.
const MANY: usize = 2000;

/// How far the packing has come on its way round.
#[derive(Clone, Default)]
pub(super) struct Rest(Option<(Kind, Arc<str>)>);

impl World {
    /// Looks at some objects and packs those that have not changed for so many changes; whether it packed any.
    /// When a round is over it says that it packed none and begins anew.
    pub(crate) fn rest(&mut self, many: usize, untouched: u64) -> bool {
        let old = self.revision.saturating_sub(untouched);
        let (kind, path) = self.rest.0.take().unwrap_or_else(|| (Kind::from(""), "".into()));
        let crowded = |(kind, table): &(&Kind, &mut Arc<super::table::Table>)| **kind != "nodes" && table.len() >= MANY;
        let found = self.tables.range_mut(kind.clone()..).find(crowded);
        // What a copy of the world shares is left as it is: to change it would be to copy it.
        let Some((found, table)) = found.and_then(|(kind, table)| Some((kind, Arc::get_mut(table)?))) else {
            return false;
        };
        let path = if *found == kind { path } else { "".into() };
        let (mut seen, mut packed, mut last) = (0, 0, None);
        for (path, object) in table.from(Bound::Excluded(&path)).take(many) {
            seen += 1;
            last = Some(path);
            if object.is_open()
                && object.revision() <= old
                && let Some(object) = Arc::get_mut(object)
            {
                object.pack();
                packed += 1;
            }
        }
        self.rest.0 = match last {
            Some(last) if seen == many => Some((found.clone(), last.clone())),
            // The kind after this one: nothing sorts between a name and itself with a zero.
            _ => Some((Kind::from(format!("{found}\u{0}").as_str()), "".into())),
        };
        packed > 0 || seen == many
    }
}
