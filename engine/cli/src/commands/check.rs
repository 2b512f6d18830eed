//! `runbook check`: find mistakes without running anything.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use runbook_model::Failure;
use runbook_report::failure::draw_all;
use runbook_report::{Finding as Drawn, Severity as Shown};
use runbook_script::check::{Finding, Severity, check as find};
use runbook_script::outline::{outline, print};
use runbook_script::sources::Sources;
use serde_json::json;

use crate::args::{Common, Output};
use crate::exit::Exit;
use crate::look;

/// Checks runbooks; the exit code says whether any has an error.
pub(crate) fn check(common: &Common, files: &[PathBuf], with_outline: bool) -> Result<Exit, Failure> {
    let mut errors = 0;
    for file in files {
        let findings = findings(file);
        let bad = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        errors += bad;
        if common.output == Output::Json {
            findings.iter().for_each(|finding| super::print(&format!("{}\n", wire(file, finding))));
            continue;
        }
        draw(&findings);
        if findings.is_empty() || with_outline {
            super::print(&tell(file, &findings));
        } else {
            super::print(&format!("{}: {}\n", file.display(), count(&findings)));
        }
    }
    Ok(if errors > 0 { Exit::Usage } else { Exit::Done })
}

fn findings(file: &Path) -> Vec<Finding> {
    match Sources::gather(file) {
        Ok(sources) => find(&sources),
        Err(failure) => vec![Finding { severity: Severity::Error, failure }],
    }
}

fn draw(findings: &[Finding]) {
    use std::io::Write;
    let drawn = findings.iter().map(|finding| {
        let severity = match finding.severity {
            Severity::Error => Shown::Error,
            Severity::Warning => Shown::Warning,
        };
        Drawn { severity, failure: finding.failure.clone() }
    });
    let lines = draw_all(&drawn.collect::<Vec<_>>(), &look::style(std::io::stderr().is_terminal()));
    let _ = std::io::stderr().write_all(look::text(&lines).as_bytes());
}

fn tell(file: &Path, findings: &[Finding]) -> String {
    let steps = Sources::gather(file).and_then(|sources| outline(&sources)).map(|nodes| print(&nodes));
    format!("{}: {}\n{}", file.display(), count(findings), steps.unwrap_or_default())
}

fn count(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => "no mistakes found".to_owned(),
        (0, warnings) => many(warnings, "warning"),
        (errors, 0) => many(errors, "error"),
        (errors, warnings) => format!("{}, {}", many(errors, "error"), many(warnings, "warning")),
    }
}

fn wire(file: &Path, finding: &Finding) -> serde_json::Value {
    let place = finding.failure.frames.first().map(|frame| &frame.place);
    json!({
        "runbook": file.display().to_string(),
        "severity": if finding.severity == Severity::Error { "error" } else { "warning" },
        "code": finding.failure.code,
        "what": finding.failure.what,
        "file": place.map(|place| place.file.to_string()),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.col),
        "causes": finding.failure.causes,
        "hints": finding.failure.hints,
    })
}
