//! Every word of the language, one file each. A file holds the word's descriptor and the call of one driver verb.

pub mod attempt;
pub mod check;
pub mod fail;
pub mod fan;
pub mod gate;
pub mod guard;
pub mod inputs;
pub mod now;
pub mod phase;
pub mod say;
pub mod secret;
mod sha256;
pub mod sleep;
pub mod steer;
pub mod step;
pub mod undo;
pub mod wait;

use crate::word::Word;

/// All words, sorted by name.
pub const WORDS: &[&Word] = &[
    &attempt::WORD,
    &check::WORD,
    &fail::WORD,
    &gate::WORD,
    &guard::WORD,
    &inputs::WORD,
    &now::WORD,
    &fan::PARALLEL,
    &phase::WORD,
    &undo::POINT,
    &fan::ROLLING,
    &say::WORD,
    &secret::WORD,
    &sha256::WORD,
    &sleep::WORD,
    &step::WORD,
    &undo::WORD,
    &wait::WORD,
    &say::WARN,
];

/// The word called `name`.
pub fn word(name: &str) -> Option<&'static Word> {
    WORDS.iter().copied().find(|word| word.name == name)
}

/// A short hash of `bytes`, to tell two things apart.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut hex = sha256::hex(bytes);
    hex.truncate(16);
    hex
}
