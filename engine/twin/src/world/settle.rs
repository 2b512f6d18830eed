//! Letting the laws run: until nothing is left to do now, and from one due moment to the next.

use super::{Key, Moment, World};
use crate::json::Value;
use crate::laws::LAWS;

/// How a settling ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nothing is left to do now.
    Quiet,
    /// The limit was reached with work left: two laws may be at odds, or the world is large.
    Busy,
}

impl World {
    /// Lets the laws do what is to be done now, at most `limit` pieces of work.
    pub fn settle(&mut self, limit: usize) -> Settled {
        for _ in 0..limit {
            while let Some(change) = self.work.next_unheard() {
                for (place, law) in LAWS.iter().enumerate() {
                    for key in (law.hears)(self, &change) {
                        self.work.add((place, key));
                    }
                }
            }
            self.work.wake(self.now);
            let Some(piece) = self.work.next(self.revision) else {
                return Settled::Quiet;
            };
            let again = (LAWS[piece.0].acts)(self, &piece.1);
            self.work.again(piece, again);
        }
        if self.work.is_quiet() { Settled::Quiet } else { Settled::Busy }
    }

    /// Gives a law an object to look at.
    pub(crate) fn wake(&mut self, law: &str, key: Key) {
        if let Some(place) = place(law) {
            self.work.add((place, key));
        }
    }

    /// Holds a law still, as if the part of the cluster that does it had stopped; unknown names are no laws.
    pub fn hold(&mut self, law: &str) {
        if let Some(place) = place(law) {
            self.work.hold(place);
        }
    }

    /// Lets a law that was held still go on with what has waited.
    pub fn release(&mut self, law: &str) {
        if let Some(place) = place(law) {
            self.work.release(place);
        }
    }

    /// Lets a law do nothing while the control plane is away; it keeps what it has to do.
    pub(crate) fn put_to_sleep(&mut self, law: &str) {
        if let Some(place) = place(law) {
            self.work.sleep(place);
        }
    }

    /// Lets a law go on after the control plane came back.
    pub(crate) fn wake_up(&mut self, law: &str) {
        if let Some(place) = place(law) {
            self.work.wake_up(place);
        }
    }

    /// Moves the world's time forward; never back. What falls due is done by the next [`World::settle`].
    pub fn advance(&mut self, to: Moment) {
        self.now = self.now.max(to);
    }

    /// When the next thing falls due that the clock may jump to.
    #[must_use]
    pub fn next_jump(&self) -> Option<Moment> {
        self.work.next_due().1
    }

    /// When the next thing of any sort falls due.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        self.work.next_due().0
    }

    /// Settles, jumps to the next due moment, settles again, until nothing is due before `until`.
    pub fn run(&mut self, until: Moment, limit: usize) -> Settled {
        let mut settled = self.settle(limit);
        while settled == Settled::Quiet
            && let Some(next) = self.next_jump().into_iter().chain(self.next_end()).min().filter(|next| *next <= until)
        {
            self.advance(next);
            settled = self.settle(limit);
        }
        settled
    }

    /// Lets a law look at an object at some moment, though nothing has changed.
    pub(crate) fn call_again(&mut self, law: &str, key: &Key, again: super::Again) {
        if let Some(place) = place(law) {
            self.work.again((place, key.clone()), again);
            self.stir();
        }
    }

    /// Lives through all that falls due until a moment, heartbeats and what nobody waits for included, in its order.
    pub fn live(&mut self, until: Moment, limit: usize) -> Settled {
        let mut settled = self.settle(limit);
        while settled == Settled::Quiet
            && let Some(next) = self.next_due().filter(|next| *next <= until)
        {
            self.advance(next);
            settled = self.settle(limit);
        }
        self.advance(until);
        settled
    }

    /// What a law remembers about an object between its calls; null when nothing.
    #[must_use]
    pub fn memory(&self, law: &str, key: &Key) -> &Value {
        static NOTHING: Value = Value::Null;
        place(law).and_then(|place| self.work.memory.get(&(place, key.clone()))).unwrap_or(&NOTHING)
    }

    /// Lets a law remember something about an object; null forgets it.
    pub fn remember(&mut self, law: &str, key: &Key, what: Value) {
        if let Some(place) = place(law) {
            match what {
                Value::Null => self.work.memory.remove(&(place, key.clone())),
                what => self.work.memory.insert((place, key.clone()), what),
            };
        }
    }
}

fn place(law: &str) -> Option<usize> {
    LAWS.binary_search_by(|one| one.name.cmp(law)).ok()
}
