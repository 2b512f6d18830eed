//! Facts about the room as a whole: the look of the main situations, the terminal, and that nothing folds badly.

pub(crate) mod pictures;
pub(crate) mod programs;
pub(crate) mod properties;
pub(crate) mod situations;
pub(crate) mod story;
pub(crate) mod terminal;
