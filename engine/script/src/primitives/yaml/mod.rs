//! `yaml::`: values and their YAML text.

pub(super) mod parse;
pub(super) mod parse_all;
mod read;
pub(super) mod text;
