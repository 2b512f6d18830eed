//! The exit codes: an interface for programs, never changed.

use runbook_model::record::Closing;

/// The runbook came to its end.
pub const DONE: u8 = 0;
/// It failed; it can be resumed or undone.
pub const FAILED: u8 = 1;
/// It was called wrongly, or the script has a mistake.
pub const USAGE: u8 = 2;
/// A check said no; nothing was changed.
pub const REFUSED: u8 = 3;
/// It stopped at a gate or by a person.
pub const STOPPED: u8 = 4;
/// A step is in doubt.
pub const IN_DOUBT: u8 = 5;
/// The undo failed.
pub const UNDO_FAILED: u8 = 6;
/// Another run holds the lock.
pub const LOCK_HELD: u8 = 7;
/// A mistake of the engine itself.
pub const BUG: u8 = 70;

/// The exit code of a run that ended so.
pub fn of(closing: Closing) -> u8 {
    match closing {
        Closing::Done | Closing::Undone => DONE,
        Closing::Failed => FAILED,
        Closing::Refused => REFUSED,
        Closing::Stopped | Closing::Abandoned => STOPPED,
        Closing::InDoubt => IN_DOUBT,
        Closing::UndoFailed => UNDO_FAILED,
    }
}
