//! `jq`: filters in the language of jq.
//!
//! A filter sees its input and its variables, nothing else: no environment, no clock, no files.

pub(super) mod all;
mod filter;
pub(super) mod first;
mod limits;
mod run;
pub(super) mod word;
