//! Facts about the room as a whole: the look of the main situations, the terminal, and that nothing folds badly.

mod pictures;
mod programs;
mod properties;
mod situations;
pub(crate) mod story;
mod terminal;
