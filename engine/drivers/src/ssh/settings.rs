//! How machines are reached: times and bounds.

use std::path::PathBuf;
use std::time::Duration;

use crate::Clock;

/// What holds for all machines of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a connection may take to stand.
    pub connect: Duration,
    /// How often a silent machine is asked whether it is still there; after three times without an answer it is lost.
    pub alive: Duration,
    /// How long a connection that nobody uses stays after this process is gone.
    pub idle: Duration,
    /// How many connections are being made at once.
    pub connects: usize,
    /// How many sessions there are on one machine at once; an OpenSSH server allows 10 where nothing else is said.
    pub sessions: usize,
    /// Where the control sockets are; a private folder of the user where it is not given.
    pub folder: Option<PathBuf>,
    /// Whose time the waits for a machine go by.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            connect: Duration::from_secs(15),
            alive: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            connects: 2 * cores,
            sessions: 8,
            folder: None,
            clock: Clock::default(),
        }
    }
}
