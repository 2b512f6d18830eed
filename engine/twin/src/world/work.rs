//! The work the laws have to do: what they have not heard of, what is to be done now, and what is due later.

use super::table::Quick;
use super::{Change, Key, Moment};
use std::collections::{BTreeSet, VecDeque};

/// What a law says when it has acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Nothing more until something changes.
    Never,
    /// Call me at this moment; the clock may jump to it.
    At(Moment),
    /// Call me at this moment, but do not let the clock jump for it: heartbeats and the like, which never end.
    Idle(Moment),
}

/// After so many changes a round is large.
const ROUND: u64 = 1024;
/// So many rounds rest at once at most.
const DEEP: usize = 64;

/// One piece of work: a law by its place in the list, and the object it is about.
pub(super) type Piece = (usize, Key);

#[derive(Clone, Default)]
pub(super) struct Work {
    unheard: VecDeque<Change>,
    now: BTreeSet<Piece>,
    next: BTreeSet<Piece>,
    /// What was left of rounds that grew too large: it goes on when all that has come of them so far is done.
    left: Vec<BTreeSet<Piece>>,
    /// The revision at which the present round began.
    begun: u64,
    later: Quick<Piece, (Moment, bool)>,
    due: BTreeSet<(Moment, Piece)>,
    jumps: BTreeSet<(Moment, Piece)>,
    still: BTreeSet<usize>,
    /// Laws that the control plane does, while it is away.
    asleep: BTreeSet<usize>,
    waiting: BTreeSet<Piece>,
    pub(super) memory: Quick<Piece, crate::json::Value>,
}

impl Work {
    pub(super) fn hear(&mut self, change: Change) {
        self.unheard.push_back(change);
    }

    pub(super) fn next_unheard(&mut self) -> Option<Change> {
        self.unheard.pop_front()
    }

    /// Adds a piece to the next round: what many changes of one round ask for is then done once.
    pub(super) fn add(&mut self, piece: Piece) {
        if !self.now.contains(&piece) {
            self.next.insert(piece);
        }
    }

    /// The next piece, at this revision. A round that has changed a great deal rests until what came of it is done:
    /// so what one has touched is still at hand for the other laws.
    pub(super) fn next(&mut self, revision: u64) -> Option<Piece> {
        if revision > self.begun + ROUND && !self.now.is_empty() && !self.next.is_empty() && self.left.len() < DEEP {
            self.left.push(std::mem::take(&mut self.now));
        }
        loop {
            if self.now.is_empty() {
                self.begun = revision;
                std::mem::swap(&mut self.now, &mut self.next);
            }
            if self.now.is_empty() {
                self.now = self.left.pop()?;
            }
            let piece = self.now.pop_first()?;
            self.forget_later(&piece);
            if !self.still.contains(&piece.0) && !self.asleep.contains(&piece.0) {
                return Some(piece);
            }
            self.waiting.insert(piece);
        }
    }

    /// Holds a law still: what it has to do waits.
    pub(super) fn hold(&mut self, law: usize) {
        self.still.insert(law);
    }

    /// Lets a law go on with what has waited.
    pub(super) fn release(&mut self, law: usize) {
        self.still.remove(&law);
        self.free(law);
    }

    /// Holds a law as long as the control plane is away.
    pub(super) fn sleep(&mut self, law: usize) {
        self.asleep.insert(law);
    }

    /// The control plane is back.
    pub(super) fn wake_up(&mut self, law: usize) {
        if self.asleep.remove(&law) {
            self.free(law);
        }
    }

    fn free(&mut self, law: usize) {
        if self.still.contains(&law) || self.asleep.contains(&law) {
            return;
        }
        let (free, held) = std::mem::take(&mut self.waiting).into_iter().partition(|piece| piece.0 == law);
        self.waiting = held;
        let free: BTreeSet<Piece> = free;
        self.next.extend(free);
    }

    fn forget_later(&mut self, piece: &Piece) {
        if let Some((at, jumps)) = self.later.remove(piece) {
            let entry = (at, piece.clone());
            self.due.remove(&entry);
            if jumps {
                self.jumps.remove(&entry);
            }
        }
    }

    pub(super) fn again(&mut self, piece: Piece, again: Again) {
        let (at, jumps) = match again {
            Again::Never => return,
            Again::At(at) => (at, true),
            Again::Idle(at) => (at, false),
        };
        self.forget_later(&piece);
        self.due.insert((at, piece.clone()));
        if jumps {
            self.jumps.insert((at, piece.clone()));
        }
        self.later.insert(piece, (at, jumps));
    }

    /// Moves what is due at `now` among the work to do now.
    pub(super) fn wake(&mut self, now: Moment) {
        while let Some((at, _)) = self.due.first()
            && *at <= now
            && let Some((at, piece)) = self.due.pop_first()
        {
            self.jumps.remove(&(at, piece.clone()));
            self.later.remove(&piece);
            self.add(piece);
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.unheard.is_empty() && self.now.is_empty() && self.next.is_empty() && self.left.is_empty()
    }

    /// When something is due, and when something is due that the clock may jump to.
    pub(super) fn next_due(&self) -> (Option<Moment>, Option<Moment>) {
        (self.due.first().map(|(at, _)| *at), self.jumps.first().map(|(at, _)| *at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(law: usize, name: &str) -> Piece {
        (law, Key::new("pods", "default", name))
    }

    #[test]
    fn what_came_of_a_large_round_is_done_before_the_rest_of_it() {
        let mut work = Work::default();
        for name in ["a", "b", "c"] {
            work.add(piece(0, name));
        }
        assert_eq!(work.next(0), Some(piece(0, "a")));
        work.add(piece(1, "a"));
        assert_eq!(work.next(10), Some(piece(0, "b")), "a small round goes on to its end");
        work.add(piece(1, "b"));
        assert_eq!(work.next(ROUND + 1), Some(piece(1, "a")));
        assert_eq!(work.next(ROUND + 2), Some(piece(1, "b")));
        assert!(!work.is_quiet());
        assert_eq!(work.next(ROUND + 2), Some(piece(0, "c")));
        assert_eq!((work.next(ROUND + 2), work.is_quiet()), (None, true));
    }
}
