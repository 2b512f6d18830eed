//! Which field belongs to whom: sets of fields, and what applying and updating do to objects and their owners.
//!
//! Promises: functions of values; the same sets, the same merges and the same conflicts as the real server's.
//! Must never look into a kind: what it knows of objects is in their shapes.

mod apply;
mod compare;
mod element;
mod merge;
mod owner;
mod remove;
mod set;
mod view;

pub use apply::{Applied, Who, applied, updated};
pub use compare::{Comparison, compare};
pub use merge::merge;
pub use owner::{Operation, Owner, entries, owners};
pub use remove::remove;
pub use set::Set;
pub use view::set_of;
