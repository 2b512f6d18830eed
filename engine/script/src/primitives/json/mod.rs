//! `json::`: values and their JSON text.

pub(super) mod parse;
pub(super) mod text;
