//! The pace of the laws: they work after every change, a little at a time, and time jumps when nothing is left to do.

use super::door::{Door, Next};
use crate::world::Settled;
use std::sync::Arc;
use std::time::Duration;

/// How much the laws do before requests are let in between.
const AT_ONCE: usize = 64;
/// How long what may still come from outside is waited for before time jumps on a machine.
const BREATH: Duration = Duration::from_millis(1);
/// After so long without work there is time to tidy up.
const IDLE: Duration = Duration::from_millis(300);

/// Lets the laws work for as long as the twin runs.
pub(super) async fn keep(door: Arc<Door>) {
    let (mut changes, mut stirs) = (door.changes(), door.stirs());
    let (mut breathed, mut tidy) = (false, false);
    loop {
        changes.mark_unchanged();
        stirs.mark_unchanged();
        let settled = door.settle(AT_ONCE);
        if let Some(waste) = door.waste() {
            drop(tokio::task::spawn_blocking(|| drop(waste)));
        }
        if settled == Settled::Busy {
            tidy = false;
            tokio::task::yield_now().await;
            continue;
        }
        let wait = match door.jump_or_wait(breathed) {
            Next::Jumped => {
                breathed = false;
                tokio::task::yield_now().await;
                continue;
            }
            Next::Breath => BREATH,
            Next::Wait(wait) => wait,
        };
        breathed = false;
        tokio::select! {
            changed = changes.changed() => {
                tidy = false;
                if changed.is_err() { return }
            }
            changed = stirs.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(if tidy { wait } else { wait.min(IDLE) }) => {
                breathed = wait == BREATH;
                while !tidy && wait > BREATH && !changes.has_changed().unwrap_or(true) {
                    tidy = !door.rest();
                    tokio::task::yield_now().await;
                }
            }
        }
    }
}
