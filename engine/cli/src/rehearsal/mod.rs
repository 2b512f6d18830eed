//! Rehearsals: a twin, this very program run against it as against any other cluster, and what became of the twin.

pub(crate) mod files;
pub(crate) mod given;
pub(crate) mod reach;
pub(crate) mod scene;
pub(crate) mod stage;
pub(crate) mod timeline;
pub(crate) mod told;
