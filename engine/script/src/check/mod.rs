//! Finding mistakes without running anything. One rule looks at one kind of mistake; all see the same text.

mod calls;
mod effects;
mod names;
pub(crate) mod text;
mod writes;

use runbook_model::Failure;

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

/// The mistakes of a runbook, by their places.
pub fn check(sources: &Sources) -> Vec<Finding> {
    let error = |failure| vec![Finding { severity: Severity::Error, failure }];
    let header = match Header::of(sources) {
        Ok(header) => header,
        Err(failure) => return error(failure),
    };
    // The words are known to this engine, so it finds what is misspelt among variables, too.
    let engine = language::engine();
    if let Err(failure) = syntax::parse(&engine, sources) {
        return error(failure);
    }
    let text = match Text::read(sources) {
        Ok(text) => text,
        Err(failure) => return error(failure),
    };
    let seen = Seen { sources, header: &header, text: &text };
    let mut findings = Vec::new();
    calls::look(&seen, &mut findings);
    names::look(&seen, &mut findings);
    effects::look(&seen, &mut findings);
    writes::look(&seen, &mut findings);
    findings.sort_by_key(|finding| {
        let place = finding.failure.frames.first().map(|frame| frame.place.clone()).unwrap_or_default();
        (&*place.file != sources.main(), place.file, place.line, place.col)
    });
    findings.dedup();
    findings
}

impl Seen<'_> {
    fn finding(&self, severity: Severity, file: &str, at: rhai::Position, failure: Failure) -> Finding {
        let frames = vec![text::frame(self.sources, file, at)];
        Finding { severity, failure: Failure { frames, ..failure } }
    }

    pub(crate) fn error(&self, file: &str, at: rhai::Position, failure: Failure) -> Finding {
        self.finding(Severity::Error, file, at, failure)
    }

    pub(crate) fn warning(&self, file: &str, at: rhai::Position, failure: Failure) -> Finding {
        self.finding(Severity::Warning, file, at, failure)
    }
}
