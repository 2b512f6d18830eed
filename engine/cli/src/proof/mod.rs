//! Proofs: one clean rehearsal is watched, and from every point of it the same is tried again with something gone wrong.
//!
//! A point is what is left of a run that is killed there: the records that were on disk, and the world as it was. From
//! there a new process takes the run up, as it would after a kill: nothing else of the old one is there any more.

pub(crate) mod budgets;
pub(crate) mod clean;
pub(crate) mod faults;
pub(crate) mod finding;
pub(crate) mod fork;
pub(crate) mod here;
pub(crate) mod path;
pub(crate) mod reader;
pub(crate) mod trial;
