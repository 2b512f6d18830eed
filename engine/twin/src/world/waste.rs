//! What nobody needs any more, kept until somebody frees it who has the time: to take large trees apart takes nearly as
//! long as to make them.

use super::World;
use std::any::Any;
use std::sync::Arc;

/// So much is worth being freed apart.
const MUCH: usize = 256;
/// Where nobody comes for it, no more is kept than this.
const MOST: usize = 4 * MUCH;

/// Parts of the past. A copy of a world has none.
#[derive(Default)]
pub(crate) struct Waste(Vec<Arc<dyn Any + Send + Sync>>);

impl Clone for Waste {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Waste {
    pub(super) fn add(&mut self, what: Arc<dyn Any + Send + Sync>) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.push(what);
    }
}

impl World {
    /// Gives away what nobody needs any more, to be dropped wherever there is time for it; nothing when it is little.
    pub(crate) fn waste(&mut self) -> Option<Waste> {
        (self.waste.0.len() >= MUCH).then(|| std::mem::take(&mut self.waste))
    }
}
