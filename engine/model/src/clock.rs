//! Time as a run lives in it: whose it is, and how one waits in it. A run has its machine's own time where nobody
//! leads it; where somebody does, every wait of the engine is a wait of this trait.
//!
//! It is a word and no clock: nothing here reads the time.

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Instant;

use crate::Millis;

/// What a wait for a moment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// A rest that was asked for: nothing else is expected before it is over.
    Rest,
    /// The last moment for something that may well come before.
    Limit,
}

/// What somebody waits for who waits for no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// Something of the world.
    World,
    /// A process beside this one, which has this machine's own time.
    Process,
}

/// Time that somebody leads from outside.
pub trait Time: Debug + Send + Sync {
    /// The moment now. It is comparable to others of the same time, and to none of this machine's.
    fn now(&self) -> Instant;

    /// The time of day now.
    fn day(&self) -> Millis;

    /// Ends at `moment`.
    fn until(&self, moment: Instant, pause: Pause) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Says that somebody waits, for as long as what it gives is kept.
    fn awaits(&self, what: Awaited) -> Box<dyn Send>;
}
