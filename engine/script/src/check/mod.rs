//! Finding mistakes without running anything. One rule looks at one kind of mistake; all see the same text.

mod arguments;
mod catches;
mod commands;
mod effects;
mod functions;
mod imports;
mod inputs;
mod names;
mod needs;
mod options;
mod quotes;
pub(crate) mod text;
mod undos;
mod waits;
mod writes;

use runbook_model::{Failure, Place, code};

use crate::front::Header;
use crate::language;
use crate::sources::Sources;
use crate::syntax;
use text::Text;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The runbook would fail.
    Error,
    /// Somebody should look.
    Warning,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is, and where.
    pub failure: Failure,
}

/// What every rule sees.
pub(crate) struct Seen<'s> {
    pub(crate) sources: &'s Sources,
    pub(crate) header: &'s Header,
    pub(crate) text: &'s Text,
}

/// One rule: it looks at the text and adds what it finds.
type Rule = fn(&Seen<'_>, &mut Vec<Finding>);

const RULES: [Rule; 14] = [
    arguments::look,
    catches::look,
    commands::look,
    effects::look,
    functions::look,
    imports::look,
    inputs::look,
    names::look,
    needs::look,
    options::look,
    quotes::look,
    undos::look,
    waits::look,
    writes::look,
];

/// The mistakes of a runbook, by their places.
pub fn check(sources: &Sources) -> Vec<Finding> {
    let error = |failure| Finding { severity: Severity::Error, failure };
    let mut findings = Vec::new();
    let header = Header::of(sources).map_err(|failure| findings.push(error(failure)));
    // The words are known to this engine, so it finds what is misspelt among variables, too.
    let engine = language::engine();
    let unread = sources.scripts().filter_map(|(file, _)| syntax::compile(&engine, sources, file).err());
    findings.extend(unread.map(error));
    if let (Ok(header), true) = (header, findings.is_empty()) {
        match Text::read(sources) {
            Ok(text) => {
                let seen = Seen { sources, header: &header, text: &text };
                RULES.iter().for_each(|look| look(&seen, &mut findings));
            }
            Err(failure) => findings.push(error(failure)),
        }
    }
    findings.sort_by_key(|finding| {
        let place = finding.failure.frames.first().map(|frame| frame.place.clone()).unwrap_or_default();
        (&*place.file != sources.main(), place.file, place.line, place.col, finding.failure.what.clone())
    });
    findings.dedup();
    findings
}

/// What a run has met at `place`, where it could be seen without running: the finding with the same `code`, or what is
/// wrong with the call there. A run says what `check` says.
pub(crate) fn met(sources: &Sources, place: &Place, code: &str) -> Option<Failure> {
    let header = Header::of(sources).ok()?;
    let text = Text::read(sources).ok()?;
    let seen = Seen { sources, header: &header, text: &text };
    if matches!(code, code::STEP_NAME | code::STEP_OUTSIDE | code::STEP_REPEATED) {
        let mut found = check(sources).into_iter().map(|finding| finding.failure);
        return found.find(|met| met.code == code && met.frames.first().is_some_and(|frame| frame.place == *place));
    }
    calls_at(&seen, place).find_map(|call| {
        if code == code::STEP_LEAK {
            return writes::of_call(&seen, &place.file, call).into_iter().next().map(|finding| finding.failure);
        }
        let unmet = functions::unmet(&seen, &place.file, call).map(|failure| (call.at, failure));
        let wrong = unmet.or_else(|| arguments::mistake(&seen, &place.file, call));
        let (at, failure) = wrong.or_else(|| options::mistake(&seen, &place.file, call))?;
        Some(seen.error(&place.file, at, failure).failure)
    })
}

/// The calls that stand at one place; more than one where a function stands in several forms.
fn calls_at<'s>(seen: &Seen<'s>, place: &Place) -> impl Iterator<Item = &'s text::Call> {
    let own = seen.text.bodies.iter().filter(|((file, _), _)| **file == *place.file);
    let place = |call: &&text::Call| text::frame(seen.sources, &place.file, call.at, "").place == *place;
    own.flat_map(|(_, body)| &body.calls).filter(place)
}

impl Seen<'_> {
    fn finding(&self, severity: Severity, file: &str, at: rhai::Position, failure: Failure) -> Finding {
        let frames = vec![text::frame(self.sources, file, at, "")];
        Finding { severity, failure: Failure { frames, ..failure } }
    }

    pub(crate) fn error(&self, file: &str, at: rhai::Position, failure: Failure) -> Finding {
        self.finding(Severity::Error, file, at, failure)
    }

    pub(crate) fn warning(&self, file: &str, at: rhai::Position, failure: Failure) -> Finding {
        self.finding(Severity::Warning, file, at, failure)
    }
}

#[cfg(test)]
mod tests;
