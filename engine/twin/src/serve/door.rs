//! What all doors share: the world behind one lock, its clock, and who has asked how much just now.

use super::keys::Users;
use crate::api::{self, Answer, Request, User};
use super::guests::{Awaits, Guests, Leave};
use crate::clock::{Clock, Quiet};
use crate::world::Moment;
use crate::world::{Settled, World};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

/// The world and its clock, for the doors.
pub struct Door {
    inside: Mutex<Inside>,
    users: Users,
    revision: watch::Sender<u64>,
    under_way: AtomicUsize,
    guests: Guests,
    quiet: Quiet,
}

struct Inside {
    world: World,
    clock: Clock,
}

/// A request under way; time does not jump while there is one.
pub(super) struct UnderWay<'a>(&'a Door);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.quiet.stir();
        if self.0.under_way.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.revision.send_modify(|_| {});
        }
    }
}

impl Door {
    pub(super) fn new(world: World, clock: Clock, users: Users) -> Self {
        let (guests, quiet) = (Guests::new(clock.is_led()), Quiet::new());
        let revision = watch::Sender::new(world.revision());
        Self { inside: Mutex::new(Inside { world, clock }), users, revision, under_way: AtomicUsize::new(0), guests, quiet }
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
        self.quiet.stir();
        self.under_way.fetch_add(1, Ordering::SeqCst);
        UnderWay(self)
    }

    /// Lets the laws do some of their work.
    pub(super) fn settle(&self, limit: usize) -> Settled {
        self.with(|world| world.settle(limit))
    }

    /// Jumps to the next due moment when nobody asks anything; else says how long until something is due.
    pub(super) fn jump_or_wait(&self) -> Option<Duration> {
        let mut inside = self.inside();
        let idle = self.under_way.load(Ordering::SeqCst) == 0;
        if self.guests.lead() && inside.clock.jumps() {
            return Some(if idle { self.leave(&mut inside) } else { Duration::from_secs(3600) });
        }
        if let Some(next) = inside.world.next_jump().filter(|_| idle && inside.clock.jumps()) {
            inside.clock.jump(next);
            return Some(Duration::ZERO);
        }
        inside.world.next_due().map(|due| inside.clock.until(due))
    }

    /// Goes where the guests let time go.
    fn leave(&self, inside: &mut Inside) -> Duration {
        let (due, jump) = (inside.world.next_due(), inside.world.next_jump());
        match self.guests.leave(due, jump, self.quiet.lasts()) {
            Leave::Wait(wait) => wait.min(due.map_or(wait, |due| inside.clock.until(due))),
            Leave::Jump(to) => {
                inside.clock.jump(to);
                self.guests.tell(inside.clock.now());
                Duration::ZERO
            }
        }
    }

    /// How many times as fast as real time the world's time passes between two jumps.
    pub(super) fn rate(&self) -> f64 {
        self.inside().clock.rate()
    }

    /// A guest comes; gives its number.
    pub(super) fn guest_comes(&self, to: UnboundedSender<Moment>) -> u64 {
        let now = self.inside().clock.now();
        self.guests.come(to, now)
    }

    /// A guest says what it waits for.
    pub(super) fn guest_awaits(&self, number: u64, awaits: Awaits) {
        self.guests.hear(number, awaits);
        self.revision.send_modify(|_| {});
    }

    /// A guest is gone.
    pub(super) fn guest_goes(&self, number: u64) {
        self.guests.go(number);
        self.revision.send_modify(|_| {});
    }

    /// Something came or went at a door.
    pub(crate) fn stir(&self) {
        self.quiet.stir();
    }
}
