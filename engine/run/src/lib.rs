//! The life of a run: what a key's next move is, what is written before and after it, when to stop.
//!
//! It knows neither Rhai nor what a step does; control flow stays with the caller. It is the one door to time.

pub mod clock;
pub mod enter;
pub mod identity;
pub mod led;
pub mod ledger;
pub mod resume;
pub mod retry;
pub mod run;
pub mod step;
pub mod stop;
pub mod unwind;

pub use clock::Clock;
pub use led::Led;
pub use ledger::Ledger;
pub use retry::Retry;
pub use run::{Enter, Entered, Mode, Options, Run};
pub use step::{Noted, OpenStep, Outcome};
pub use stop::{Halt, Stop};
