//! `runbook explain`: the page of a failure code, embedded from the book.

use runbook_model::{Failure, code};
use runbook_script::options::nearest;

use crate::args::Common;
use crate::exit::Exit;
use crate::pages::PAGES;

/// Explains a code.
pub(crate) fn explain(_common: &Common, asked: Option<&str>) -> Result<Exit, Failure> {
    let Some(asked) = asked else {
        for (code, page) in PAGES {
            let summary = page.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
            super::print(&format!("{code:20} {summary}\n"));
        }
        return Ok(Exit::Done);
    };
    if let Some((_, page)) = PAGES.iter().find(|(code, _)| *code == asked) {
        super::print(page);
        return Ok(Exit::Done);
    }
    let failure = Failure::new(code::WORD_ARGUMENT, format!("there is no code `{asked}` of the engine"));
    Err(match nearest(asked, code::ALL.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("a runbook may throw codes of its own; list the engine's with `runbook explain`"),
    })
}
