//! What all doors share: the world behind one lock, its clock, who asks just now and who waits.

use super::guests::{Guests, Leave};
use super::keys::Users;
use super::onlooker::{Onlooker, Seen};
use crate::api::{self, Answer, Request, User};
use crate::clock::{Clock, Quiet};
use crate::machines::Machine;
use crate::world::{Moment, Settled, Waste, World};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// After so many changes requests are let in between.
const CHANGES: u64 = 512;

/// So many objects are looked at in one go when some are to be packed.
const AT_ONCE: usize = 256;
/// A command that sleeps for longer is there to stay: nobody waits for its end.
const STAYS: Duration = Duration::from_secs(900);
/// So long a client takes who goes when he has seen what he waited for.
const REACTION: Duration = Duration::from_millis(300);
/// How long an absence of the API lasts at least, in real time.
const NOTICED: Duration = Duration::from_millis(500);

/// The world and its clock, for the doors.
pub struct Door {
    inside: Mutex<Inside>,
    users: Users,
    revision: watch::Sender<u64>,
    /// Counts up whenever a machine may have changed.
    stirred: watch::Sender<u64>,
    under_way: AtomicUsize,
    waiting: AtomicUsize,
    cuts: watch::Sender<u64>,
    pub(super) guests: Guests,
    quiet: Quiet,
    onlooker: OnceLock<Onlooker>,
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
            self.0.stirred.send_modify(|_| {});
        }
    }
}

/// A client that waits for what happens, by a watch or the like; time may jump further while there is one.
pub(super) struct Waits(Arc<Door>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What to do next when nothing is left to do now.
pub(super) enum Next {
    /// The clock has jumped: there is something to do.
    Jumped,
    /// Jump there, if nobody asks anything meanwhile.
    Breath,
    /// Wait so long.
    Wait(Duration),
}

impl Door {
    pub(super) fn new(world: World, clock: Clock, users: Users) -> Self {
        let (guests, quiet) = (Guests::default(), Quiet::new());
        let revision = watch::Sender::new(world.revision());
        let stirred = watch::Sender::new(world.stirs());
        let (under_way, waiting, cuts) = (AtomicUsize::new(0), AtomicUsize::new(0), watch::Sender::new(0));
        let (inside, onlooker) = (Mutex::new(Inside { world, clock }), OnceLock::new());
        Self { inside, users, revision, stirred, under_way, waiting, cuts, guests, quiet, onlooker }
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
        let before = (inside.world.revision(), inside.world.stirs());
        let served = inside.world.is_served();
        let made = act(&mut inside.world);
        let lost = served && !inside.world.is_served();
        let after = (inside.world.revision(), inside.world.stirs());
        drop(inside);
        if before != after {
            // Whoever watches is to hear of it before time goes on.
            self.quiet.stir();
        }
        if lost {
            self.cut();
        }
        if before.0 != after.0 {
            self.revision.send_replace(after.0);
        }
        if before.1 != after.1 {
            self.stirred.send_replace(after.1);
        }
        made
    }

    /// Whether the control plane works, so that somebody is there to listen.
    pub(super) fn is_served(&self) -> bool {
        self.inside().world.is_served()
    }

    /// Does something to a machine at the present time and lets it go on; nothing where there is no such machine.
    pub fn on_machine<T>(&self, name: &str, act: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.quiet.stir();
        self.with(|world| {
            self.seen(Seen::Told(name), world);
            let did = world.on_machine(name, act);
            self.seen(Seen::Done(name), world);
            did
        })
    }

    /// Looks at a machine, or takes something from it that nobody on it waits for.
    pub fn look_at_machine<T>(&self, name: &str, look: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.inside().world.look_at_machine(name, look)
    }

    /// Waits until the operator reaches a machine; what happens on it meanwhile is waited for.
    pub(crate) async fn reach(&self, name: &str) {
        let mut stirs = self.stirs();
        let mut wanted = false;
        loop {
            stirs.mark_unchanged();
            let reached = self.with(|world| {
                let reached = world.reaches(name);
                // Who is cut off waits; who never was says nothing.
                if wanted || !reached {
                    world.want(name, !reached);
                }
                reached
            });
            wanted = !reached;
            if reached || stirs.changed().await.is_err() {
                return;
            }
        }
    }

    /// Gives the world so much time: it passes at once, whoever waits or not, and what falls due in it happens in order.
    pub fn give(&self, time: Duration) {
        let until = self.with(|world| world.now().plus(time));
        self.with(|world| world.live(until, usize::MAX));
        self.inside().clock.give(until);
        self.stirred.send_modify(|_| {});
    }

    /// Answers a request.
    pub fn answer(&self, request: &Request) -> Answer {
        let (method, path) = (request.method.as_str(), request.path.as_str());
        self.with(|world| {
            self.seen(Seen::Asked(method, path), world);
            let answer = api::answer(world, request);
            self.seen(Seen::Answered(method, path, answer.code), world);
            answer
        })
    }

    /// Has `onlooker` see what happens from now on; the first one stays.
    pub(super) fn show(&self, onlooker: Onlooker) {
        drop(self.onlooker.set(onlooker));
    }

    fn seen(&self, seen: Seen<'_>, world: &World) {
        if let Some(onlooker) = self.onlooker.get() {
            onlooker(seen, world);
        }
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

    /// Tells of every change of an object.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Cuts all connections there are.
    pub(super) fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    /// Tells of every cut from now on.
    pub(super) fn cuts(&self) -> watch::Receiver<u64> {
        self.cuts.subscribe()
    }

    /// Waits until the API is away on purpose.
    pub(super) async fn away(&self) {
        let mut stirs = self.stirs();
        while self.with(|world| world.api_away()).is_none() {
            if stirs.changed().await.is_err() {
                std::future::pending().await
            }
        }
    }

    /// Waits until it is there again. A clock that jumps does so over the rest of a long absence, but only when whoever
    /// wants something of the API has had the time to notice.
    pub(super) async fn back(&self) {
        let mut stirs = self.stirs();
        let noticed = tokio::time::Instant::now() + NOTICED;
        while let Some(until) = self.with(|world| world.api_away()) {
            let (wait, jumps) = {
                let inside = self.inside();
                (inside.clock.until(until), inside.clock.jumps())
            };
            let end = tokio::time::Instant::now() + wait;
            tokio::select! {
                () = tokio::time::sleep_until(if jumps { end.min(noticed) } else { end }) => {
                    if jumps {
                        self.inside().clock.jump(until);
                    }
                }
                // It may come back earlier than was said.
                _ = stirs.changed() => {}
            }
        }
    }

    /// Tells that a machine may have changed.
    pub(crate) fn stirs(&self) -> watch::Receiver<u64> {
        self.stirred.subscribe()
    }

    pub(super) fn waits(self: &Arc<Self>) -> Waits {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.stirred.send_modify(|_| {});
        Waits(self.clone())
    }

    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.quiet.stir();
        self.under_way.fetch_add(1, Ordering::SeqCst);
        UnderWay(self)
    }

    /// Lets the laws do some of their work: no more than that many pieces, nor many more changes.
    pub(super) fn settle(&self, limit: usize) -> Settled {
        let settled = self.with(|world| {
            let before = world.revision();
            let mut settled = Settled::Busy;
            for _ in 0..limit {
                settled = world.settle(1);
                if settled == Settled::Quiet || world.revision() > before + CHANGES {
                    break;
                }
            }
            settled
        });
        let mut inside = self.inside();
        if settled == Settled::Busy {
            inside.clock.hold()
        } else {
            inside.clock.go_on()
        }
        drop(inside);
        settled
    }

    /// What the world does not need any more, where it is much.
    pub(super) fn waste(&self) -> Option<Waste> {
        self.inside().world.waste()
    }

    /// Lets the world pack some of what lies about; whether there may be more.
    pub(super) fn rest(&self) -> bool {
        self.inside().world.rest(AT_ONCE)
    }

    /// Jumps to the next moment when nobody asks anything; else says how long until something is due. Where machines
    /// are at work, a breath is taken first: what is on its way from outside shall come before the jump.
    pub(super) fn jump_or_wait(&self, breathed: bool) -> Next {
        let mut inside = self.inside();
        let idle = self.under_way.load(Ordering::SeqCst) == 0;
        if inside.clock.is_led() {
            return self.led(&mut inside, idle);
        }
        let waits = self.waiting.load(Ordering::SeqCst) > 0;
        let next = if idle && inside.clock.jumps() { inside.world.next_jump_while(waits) } else { None };
        // While nobody reaches the API, time does not run away from those who want to.
        let next = next.filter(|next| inside.world.api_away().is_none_or(|until| *next <= until));
        let end = Self::awaited_end(&inside).filter(|end| idle && waits && next.is_none_or(|next| *end < next));
        let heard = self.quiet.lasts();
        if end.is_some() && heard < REACTION {
            return Next::Wait(REACTION - heard);
        }
        if let Some(next) = end.or(next) {
            if !breathed && inside.world.is_waited() {
                return Next::Breath;
            }
            inside.clock.jump(next);
            return Next::Jumped;
        }
        Next::Wait(inside.world.next_due().map_or(Duration::from_secs(3600), |due| inside.clock.until(due)))
    }

    /// When the command of a container ends for which somebody may be waiting.
    fn awaited_end(inside: &Inside) -> Option<Moment> {
        let near = inside.world.now().plus(STAYS);
        inside.world.next_end().filter(|end| inside.clock.jumps() && *end <= near)
    }

    /// Goes where the guests let time go.
    fn led(&self, inside: &mut Inside, idle: bool) -> Next {
        const LONG: Duration = Duration::from_secs(3600);
        let jump = inside.world.next_jump().into_iter().chain(inside.world.next_end()).min();
        let due = inside.world.next_due();
        let soon = due.map_or(LONG, |due| inside.clock.until(due));
        if !idle {
            return Next::Wait(soon);
        }
        match self.guests.leave(due, jump, inside.world.is_waited(), self.quiet.lasts()) {
            Leave::Wait(wait) => Next::Wait(wait.min(soon)),
            Leave::Jump(to) => {
                self.seen(Seen::Passes(to), &inside.world);
                inside.clock.jump(to);
                self.guests.tell(inside.clock.now());
                Next::Jumped
            }
        }
    }

    /// The time, and how many times as fast as real time it passes between two jumps.
    pub(super) fn time(&self) -> (Moment, f64) {
        let inside = self.inside();
        (inside.clock.now(), inside.clock.rate())
    }

    /// Something came or went at a door.
    pub(crate) fn stir(&self) {
        self.quiet.stir();
    }

    /// Has it looked anew whether time may go on.
    pub(super) fn look_again(&self) {
        self.stirred.send_modify(|_| {});
    }
}
