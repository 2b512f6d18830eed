//! The only place of this room that reads a clock: how the world's time follows the real one, and when it may jump.
//!
//! There is one time for all: objects, machines, network. It never goes slower than the real one times its speed, and a
//! jumping clock skips what nobody would want to sit through; it alone stands still while laws have something to do, so
//! that their work costs no modelled time and a slow computer has the same cluster as a fast one. When it may skip is what makes a rehearsal right or wrong,
//! so here is why it is as it is.
//!
//! - Nothing is skipped while a request is being answered, a law has something to do, or a program runs.
//! - It jumps to what is **due**: a law's next moment (a pod becomes ready, an image is pulled), the end of a boot, the
//!   start of a unit. Those are the durations of the modelled world; they are over as soon as nobody asks anything.
//! - It jumps to what **somebody waits for**: a sleep or a deadline in a command whose output somebody holds, or in what
//!   that command waits for (`sleep 5`, `x=$(sleep 5)`, `wait`). What else falls due before that happens on the way, in
//!   its order, for so much time really passes.
//! - It does not jump to what **nobody waits for**: heartbeats, weekly jobs, daemons that look around every second. A
//!   machine with nothing to do, or a shell that waits for its next line, does not hold the clock and does not drive it.
//! - It does not jump **past what somebody left in the background of a machine**, unless somebody waits: a client who
//!   thinks between two commands takes no modelled time, so a timer he armed must not go off because a law somewhere
//!   had something due in five minutes. Such timers (timer units, programs started by `systemd-run`, detached shells)
//!   come nearer by the time that really passes, and by the time of what is waited for, and by nothing else. A client
//!   waits while a command of his runs, and while he watches, follows or attaches over the API.
//! - What a container runs that comes to an end (`kubectl run --restart=Never`, a job) goes on when a client waits, and
//!   when he has had the time to go away: who waited for the pod to be ready does not find it ended. What sleeps for a
//!   quarter of an hour or longer is there to stay.
//! - Programs that follow something (`tail -f`, `journalctl -f`) wait for news and not for a moment; they drive nothing.
//!
//! What follows for whoever rehearses: what takes modelled time must be waited for inside the twin (a watch, a command),
//! or the twin must be given that time. A client that polls from outside with sleeps of its own sees real time pass.

use crate::world::Moment;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How fast the world's time runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// As fast as it can: whenever nothing is left to do, it jumps to the next due moment.
    Jumping,
    /// The same, but only where a guest waits: whoever lives in its time from outside and says so at the door of time.
    Led,
    /// So many times as fast as real time.
    Times(f64),
}

/// The world's time by the real one.
#[derive(Debug)]
pub struct Clock {
    speed: Speed,
    start: Moment,
    begun: Instant,
    jumped: i64,
    held: Option<Moment>,
}

impl Clock {
    /// A clock that shows `start` now.
    #[must_use]
    pub fn new(speed: Speed, start: Moment) -> Self {
        Self { speed, start, begun: Instant::now(), jumped: 0, held: None }
    }

    /// The real time now, to the second: how worlds begin when no scene says otherwise.
    #[must_use]
    pub fn today() -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Moment::seconds(i64::try_from(since.as_secs()).unwrap_or(0))
    }

    /// The world's time now.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.held.unwrap_or_else(|| self.running())
    }

    /// Stands still, if this clock jumps.
    pub fn hold(&mut self) {
        if self.jumps() && self.held.is_none() {
            self.held = Some(self.running());
        }
    }

    /// Goes on from where it stands.
    pub fn go_on(&mut self) {
        if let Some(held) = self.held.take() {
            self.jumped = self.jumped.saturating_sub(self.running().0 - held.0);
        }
    }

    fn running(&self) -> Moment {
        let passed = match self.speed {
            Speed::Jumping | Speed::Led => self.begun.elapsed(),
            Speed::Times(times) => self.begun.elapsed().mul_f64(times.clamp(0.0, 1e6)),
        };
        Moment(self.start.plus(passed).0.saturating_add(self.jumped))
    }

    /// Jumps to a moment, if this clock jumps and the moment is still to come.
    pub fn jump(&mut self, to: Moment) {
        self.go_on();
        if self.jumps() {
            self.jumped = self.jumped.saturating_add((to.0 - self.now().0).max(0));
        }
    }

    /// Goes on to a moment, whatever the speed: somebody gives the world that time.
    pub fn give(&mut self, to: Moment) {
        self.go_on();
        self.jumped = self.jumped.saturating_add((to.0 - self.now().0).max(0));
    }

    /// How long to wait in real time until a moment.
    #[must_use]
    pub fn until(&self, moment: Moment) -> Duration {
        let away = Duration::from_micros(u64::try_from(moment.0 - self.now().0).unwrap_or(0));
        match self.speed {
            Speed::Jumping | Speed::Led => away,
            // The longest wait is a day; whoever waits looks again then.
            Speed::Times(times) if times > 0.0 => Duration::from_secs_f64((away.as_secs_f64() / times).min(86_400.0)),
            Speed::Times(_) => Duration::from_secs(86_400),
        }
    }

    /// How many times as fast as real time it runs between two jumps.
    #[must_use]
    pub fn rate(&self) -> f64 {
        match self.speed {
            Speed::Jumping | Speed::Led => 1.0,
            Speed::Times(times) => times,
        }
    }

    /// Whether it jumps only where a guest waits.
    #[must_use]
    pub fn is_led(&self) -> bool {
        self.speed == Speed::Led
    }

    /// Whether this clock jumps.
    #[must_use]
    pub fn jumps(&self) -> bool {
        matches!(self.speed, Speed::Jumping | Speed::Led)
    }
}

/// How long it has been quiet at the doors, in real time.
#[derive(Debug)]
pub(crate) struct Quiet(Mutex<Instant>);

impl Quiet {
    /// It begins now.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// Something came or went.
    pub(crate) fn stir(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// So long it has been quiet.
    pub(crate) fn lasts(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}
