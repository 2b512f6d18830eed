//! What all doors share: the world behind one lock, its clock, and who has asked how much just now.

use super::keys::Users;
use crate::api::{self, Answer, Request, User};
use crate::clock::Clock;
use crate::world::{Settled, World};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// After so many changes requests are let in between.
const CHANGES: u64 = 512;

/// So many objects are looked at in one go when some are to be packed.
const AT_ONCE: usize = 256;
/// While there is work, only what has not changed for so many changes is packed.
const UNTOUCHED: u64 = 200_000;

/// The world and its clock, for the doors.
pub struct Door {
    inside: Mutex<Inside>,
    users: Users,
    revision: watch::Sender<u64>,
    under_way: AtomicUsize,
}

struct Inside {
    world: World,
    clock: Clock,
}

/// A request under way; time does not jump while there is one.
pub(super) struct UnderWay<'a>(&'a Door);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.revision.send_modify(|_| {});
        }
    }
}

impl Door {
    pub(super) fn new(world: World, clock: Clock, users: Users) -> Self {
        let revision = watch::Sender::new(world.revision());
        Self { inside: Mutex::new(Inside { world, clock }), users, revision, under_way: AtomicUsize::new(0) }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // A law that panicked left a world that is still whole: every write is one step.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the world at its present time.
    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut inside = self.inside();
        let now = inside.clock.now();
        inside.world.advance(now);
        let before = inside.world.revision();
        let made = act(&mut inside.world);
        let after = inside.world.revision();
        drop(inside);
        if before != after {
            self.revision.send_replace(after);
        }
        made
    }

    /// Answers a request.
    pub fn answer(&self, request: &Request) -> Answer {
        self.with(|world| api::answer(world, request))
    }

    /// The user of a certificate, or of a token.
    pub(super) fn user(&self, certificate: Option<&[u8]>, token: Option<&str>) -> Option<User> {
        match (certificate.and_then(|bytes| self.users.of_certificate(bytes)), token) {
            (Some(user), _) => Some(user),
            // Who shows a certificate that nobody knows is not nobody, but refused.
            (None, None) => certificate.is_none().then(User::anonymous),
            (None, Some(token)) => {
                self.users.of_token(token).or_else(|| self.with(|world| api::user_of_token(world, token)))
            }
        }
    }

    /// Tells of every change.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        UnderWay(self)
    }

    /// Lets the laws do some of their work: no more than that many pieces, nor many more changes.
    pub(super) fn settle(&self, limit: usize) -> Settled {
        self.with(|world| {
            let before = world.revision();
            let mut settled = Settled::Busy;
            for _ in 0..limit {
                settled = world.settle(1);
                if settled == Settled::Quiet || world.revision() > before + CHANGES {
                    break;
                }
            }
            world.rest(AT_ONCE, UNTOUCHED);
            settled
        })
    }

    /// Lets the world pack some of what lies about; whether there may be more.
    pub(super) fn rest(&self) -> bool {
        self.inside().world.rest(AT_ONCE, 0)
    }

    /// Jumps to the next due moment when nobody asks anything; else says how long until something is due.
    pub(super) fn jump_or_wait(&self) -> Option<std::time::Duration> {
        let mut inside = self.inside();
        let idle = self.under_way.load(Ordering::SeqCst) == 0;
        if let Some(next) = inside.world.next_jump().filter(|_| idle && inside.clock.jumps()) {
            inside.clock.jump(next);
            return Some(std::time::Duration::ZERO);
        }
        inside.world.next_due().map(|due| inside.clock.until(due))
    }
}
