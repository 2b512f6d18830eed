//! Every word of the language, one file each. A file holds the word's descriptor and the call of one driver verb.

mod sha256;

use crate::word::Word;

/// All words, sorted by name.
pub const WORDS: &[&Word] = &[&sha256::WORD];

/// The word called `name`.
pub fn word(name: &str) -> Option<&'static Word> {
    WORDS.iter().copied().find(|word| word.name == name)
}
