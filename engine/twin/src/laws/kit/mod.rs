//! What several laws need: facts about pods, amounts, events, templates. Nothing here acts by itself.

pub(super) mod events;
pub(super) mod numbers;
pub(super) mod pods;
pub(super) mod retry;
pub(super) mod revisions;
pub(super) mod template;
pub(super) mod workload;
