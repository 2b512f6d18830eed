//! Onlookers: whoever started the twin sees each moment at which something came from outside, and each stretch of time
//! that is about to pass, with the world as it is then. An onlooker changes nothing.

use std::sync::Arc;

use crate::world::{Moment, World};

/// What an onlooker sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<'a> {
    /// A request to the API is about to be answered: its method and path.
    Asked(&'a str, &'a str),
    /// It was answered with this code; the answer has not gone out.
    Answered(&'a str, &'a str, u16),
    /// A machine is about to hear something: its name.
    Told(&'a str),
    /// It has heard it, and done what it could do at once.
    Done(&'a str),
    /// Time is about to pass, to this moment.
    Passes(Moment),
}

/// Sees what happens. It is called while nothing else happens, and must not call the twin.
pub type Onlooker = Arc<dyn Fn(Seen<'_>, &World) + Send + Sync>;
