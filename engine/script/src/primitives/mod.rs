//! Every word of the language, one file each. A file holds the word's descriptor and the call of one driver verb.

mod file;
mod http;
mod local;
mod net;
mod sha256;

use crate::word::Word;

/// All words, sorted by name.
pub const WORDS: &[&Word] = &[
    &file::copy::WORD,
    &file::exists::WORD,
    &file::list::WORD,
    &file::mkdir::WORD,
    &file::read::WORD,
    &file::read_bytes::WORD,
    &file::remove::WORD,
    &file::stat::WORD,
    &file::write::WORD,
    &http::delete::WORD,
    &http::get::WORD,
    &http::head::WORD,
    &http::patch::WORD,
    &http::post::WORD,
    &http::put::WORD,
    &local::read::WORD,
    &local::run::WORD,
    &net::dns::WORD,
    &net::http::WORD,
    &net::tcp::WORD,
    &sha256::WORD,
];

/// The word called `name`.
pub fn word(name: &str) -> Option<&'static Word> {
    WORDS.iter().copied().find(|word| word.name == name)
}
