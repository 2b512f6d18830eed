//! The pace of the laws: they work after every change, a little at a time, and time jumps when nothing is left to do.

use super::door::Door;
use crate::world::Settled;
use std::sync::Arc;
use std::time::Duration;

/// How much the laws do before requests are let in between.
const AT_ONCE: usize = 64;

/// Lets the laws work for as long as the twin runs.
pub(super) async fn keep(door: Arc<Door>) {
    let mut changes = door.changes();
    loop {
        changes.mark_unchanged();
        if door.settle(AT_ONCE) == Settled::Busy {
            tokio::task::yield_now().await;
            continue;
        }
        let wait = door.jump_or_wait().unwrap_or(Duration::from_secs(3600));
        if wait.is_zero() {
            tokio::task::yield_now().await;
            continue;
        }
        while !changes.has_changed().unwrap_or(true) && door.rest() {
            tokio::task::yield_now().await;
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(wait) => {}
        }
    }
}
