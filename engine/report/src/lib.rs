//! The room `report`: everything a person or a program sees of a run, folded from its events.
//!
//! The same board and the same pictures serve a live run and a past one.
//! Promises: sees events only; data goes to one output, everything for people to the other; a write that fails never
//! fails a run. Must never touch the journal, the engine or the language, and never read a clock.

pub mod board;
mod closing;
pub mod exit;
pub mod failure;
mod gate;
pub mod head;
pub mod json;
pub mod lines;
mod markup;
mod names;
pub mod next;
pub mod page;
mod phrase;
pub mod proof;
pub mod rehearsal;
pub mod reporter;
mod row;
mod screen;
pub mod show;
mod snippet;
pub mod style;
pub mod survey;
pub mod table;
#[cfg(test)]
mod tests;
pub mod text;
pub mod thing;
mod tree;
pub mod tty;
pub mod wire;

pub use board::Board;
pub use failure::{Finding, Severity};
pub use reporter::{Mode, Report};
pub use style::Style;
pub use table::Table;
