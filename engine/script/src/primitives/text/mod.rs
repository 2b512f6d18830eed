//! `text::`: what Rhai's own functions for text lack.

pub(super) mod dedent;
pub(super) mod diff;
pub(super) mod human_bytes;
pub(super) mod human_duration;
pub(super) mod indent;
pub(super) mod join;
pub(super) mod lines;
mod myers;
pub(super) mod pad;
pub(super) mod parse_bytes;
pub(super) mod parse_duration;
pub(super) mod quote;
pub(super) mod table;
pub(super) mod words;

use rhai::{Array, Dynamic};
use runbook_model::{Failure, code};

use crate::language::LIST_ITEMS_MAX;

/// Some texts as a list, unless they are more than a script may hold.
fn list<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Dynamic, Failure> {
    let items: Array = texts.take(LIST_ITEMS_MAX + 1).map(|text| text.into()).collect();
    if items.len() > LIST_ITEMS_MAX {
        return Err(Failure::new(code::VALUE_LARGE, format!("the list would have more than {LIST_ITEMS_MAX} items")));
    }
    Ok(Dynamic::from_array(items))
}

/// A number for people: at most one digit after the point, and none where it is zero.
fn short(x: f64) -> String {
    let text = format!("{x:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
