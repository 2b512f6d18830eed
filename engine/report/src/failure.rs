//! The one place that draws a failure: the fact, the runbook's own line with a caret, why, and what to type next.
//!
//! Promises: nothing is wrapped, so that a path or a command can be copied; the same text with and without colour;
//! no failure, however odd its frames, makes it panic or draw without end.

use std::collections::BTreeMap;

use runbook_model::failure::Frame;
use runbook_model::{Failure, Key};

use crate::snippet;
use crate::style::{Paint, Style};
use crate::text::{clean, clean_lines, count};
use crate::thing::Live;

/// How many lines of one text are drawn.
const LINES_MAX: usize = 20;
/// How many of the last calls are drawn.
const CALLS_MAX: usize = 3;
/// How many links of a chain of calls are drawn before the rest is counted.
const FRAMES_MAX: usize = 6;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot go on like this.
    Error,
    /// Somebody should look.
    Warning,
}

impl Severity {
    fn looks(self) -> (&'static str, Paint) {
        match self {
            Self::Error => ("error", Paint::Bad),
            Self::Warning => ("warning", Paint::Warn),
        }
    }
}

/// One failure among several, as `runbook check` finds them.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub failure: Failure,
}

/// What is known around a failure.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The step under whose name it is drawn.
    pub under: Option<&'a Key>,
    /// What went on in that step.
    pub live: Option<&'a Live>,
}

/// The lines of one failure.
pub fn draw(failure: &Failure, around: Around<'_>, style: &Style) -> Vec<String> {
    let mut lines = body(Severity::Error, failure, around, style);
    lines.extend(hints(failure.hints.iter().map(String::as_str), style));
    lines
}

/// The lines of several findings; a hint that several of them share stands once, at the end.
pub fn draw_all(findings: &[Finding], style: &Style) -> Vec<String> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        for hint in unique(finding.failure.hints.iter().map(String::as_str)) {
            *uses.entry(hint).or_default() += 1;
        }
    }
    let shared = |hint: &str| uses.get(hint).is_some_and(|&n| n > 1);
    let mut lines = Vec::new();
    for finding in findings {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(body(finding.severity, &finding.failure, Around::default(), style));
        lines.extend(hints(finding.failure.hints.iter().map(String::as_str).filter(|hint| !shared(hint)), style));
    }
    let common = findings.iter().flat_map(|finding| finding.failure.hints.iter().map(String::as_str));
    let common = hints(common.filter(|hint| shared(hint)), style);
    if !common.is_empty() {
        lines.push(String::new());
        lines.extend(common);
    }
    lines
}

/// `2 errors, 1 warning`.
pub fn tally(findings: &[Finding]) -> String {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let parts = [(of(Severity::Error), "error", "errors"), (of(Severity::Warning), "warning", "warnings")];
    let said: Vec<String> = parts.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| count(*n, one, many)).collect();
    if said.is_empty() { "nothing found".into() } else { said.join(", ") }
}

fn body(severity: Severity, failure: &Failure, around: Around<'_>, style: &Style) -> Vec<String> {
    let (word, paint) = severity.looks();
    let code = clean(&failure.code);
    let label = if code.is_empty() { word.to_owned() } else { format!("{word}[{code}]") };
    let mut what = clean_lines(&failure.what, LINES_MAX).into_iter();
    let first = what.next().unwrap_or_default();
    let colon = style.paint(Paint::Strong, &format!(": {first}"));
    let mut lines = vec![format!("{}{colon}", style.paint(paint, &label))];
    lines.extend(what.map(|line| format!("  {line}")));
    lines.extend(chain(&failure.frames, style));
    if let Some(step) = failure.step.as_ref().filter(|step| around.under != Some(*step)) {
        lines.push(labelled("in step", &[format!("`{}`", clean(step.as_str()))], style));
    }
    for cause in &failure.causes {
        lines.push(labelled("caused by", &clean_lines(cause, LINES_MAX), style));
    }
    if let Some(live) = around.live {
        lines.extend(calls(live, style));
        lines.extend(output(live, failure, style));
    }
    if failure.may_have_acted {
        lines.push(labelled("note", &["it may have acted all the same".into()], style));
    }
    // A text of many lines is one entry until here.
    lines.iter().flat_map(|entry| entry.split('\n')).map(str::to_owned).collect()
}

/// `  label: text`, further lines under the first.
fn labelled(label: &str, texts: &[String], style: &Style) -> String {
    let indent = format!("\n{}", " ".repeat(label.len() + 4));
    format!("  {} {}", style.paint(Paint::Dim, &format!("{label}:")), texts.join(&indent))
}

fn calls(live: &Live, style: &Style) -> Option<String> {
    let skip = live.calls.len().saturating_sub(CALLS_MAX);
    let texts: Vec<String> = live
        .calls
        .iter()
        .skip(skip)
        .map(|seen| {
            let answer = seen.answer.as_deref().unwrap_or("no answer");
            format!("{} {} {answer}", seen.brief, style.pick("→", "->"))
        })
        .collect();
    let label = if texts.len() == 1 { "last call" } else { "last calls" };
    (!texts.is_empty()).then(|| labelled(label, &texts, style))
}

/// The last lines of output, without those a cause already quotes.
fn output(live: &Live, failure: &Failure, style: &Style) -> Option<String> {
    let quoted = |line: &str| failure.causes.iter().any(|cause| cause.contains(line.trim()));
    let texts: Vec<String> =
        live.output.iter().filter(|line| !line.trim().is_empty() && !quoted(line)).cloned().collect();
    (!texts.is_empty()).then(|| labelled("last output", &texts, style))
}

fn hints<'h>(hints: impl Iterator<Item = &'h str>, style: &Style) -> Vec<String> {
    let lines = unique(hints).into_iter().flat_map(|hint| {
        let label = style.paint(Paint::Live, "hint:");
        let mut texts = clean_lines(hint, LINES_MAX).into_iter();
        let first = format!("{label} {}", ticked(&texts.next().unwrap_or_default(), style));
        std::iter::once(first).chain(texts.map(|text| format!("      {}", ticked(&text, style)))).collect::<Vec<_>>()
    });
    lines.collect()
}

/// The text with what stands in backticks painted as something that can be typed.
fn ticked(text: &str, style: &Style) -> String {
    if !style.color || text.matches('`').count() % 2 == 1 {
        return text.to_owned();
    }
    let parts = text
        .split('`')
        .enumerate()
        .map(|(at, part)| if at % 2 == 1 { style.paint(Paint::Typed, &format!("`{part}`")) } else { part.to_owned() });
    parts.collect()
}

fn unique<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut seen = std::collections::BTreeSet::new();
    texts.filter(|text| !text.trim().is_empty() && seen.insert(*text)).collect()
}

/// The chain of calls, innermost first. Two links on one line are drawn as one.
fn chain(frames: &[Frame], style: &Style) -> Vec<String> {
    let mut links: Vec<&Frame> = frames.iter().filter(|frame| !frame.place.file.is_empty()).collect();
    links.dedup_by(|next, kept| next.place.file == kept.place.file && next.place.line == kept.place.line);
    let left_out = links.len().saturating_sub(FRAMES_MAX);
    if left_out > 0 {
        let last = links.len() - 1;
        links.drain(FRAMES_MAX - 1..last);
    }
    let drawn = links.iter().filter(|frame| !frame.text.trim().is_empty());
    let gutter = drawn.map(|frame| frame.place.line.to_string().len()).max().unwrap_or(1);
    let mut lines = Vec::new();
    for (at, frame) in links.iter().enumerate() {
        if left_out > 0 && at == links.len() - 1 {
            let edge = style.paint(Paint::Dim, style.pick("┊", ":"));
            lines.push(format!("{:gutter$} {edge} {}", "", count(left_out, "more call", "more calls")));
        }
        lines.extend(snippet::draw(frame, at == 0, gutter, style));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::story::failure;

    #[test]
    fn a_failure_shows_its_line_its_chain_why_and_what_to_type() {
        let drawn = draw(&failure().may_have_acted(), Around::default(), &Style::ascii()).join("\n");
        assert_eq!(
            drawn,
            r#"error[kube.evict.blocked]: pod `db-0` cannot be evicted
   > std/nodes:6:9 in `drain`
 6 |         kube::evict(pod);
   |         ^^^^^^^^^^^
   > called from drain.rhai:18:18
18 | step("evict", || nodes::drain(node));
   |                  ------------
  caused by: disruption budget `db` allows 0 disruptions now
  note: it may have acted all the same
hint: scale `db` up, then `runbook run drain.rhai --resume`"#
        );
    }

    #[test]
    fn colour_changes_no_letter() {
        let style = Style { color: true, ..Style::plain() };
        let coloured = draw(&failure(), Around::default(), &style);
        let plain = draw(&failure(), Around::default(), &Style::plain());
        let stripped: Vec<String> = coloured.iter().map(|line| clean(line).into_owned()).collect();
        assert_eq!(stripped, plain);
        assert_eq!(
            coloured[0],
            "\u{1b}[1m\u{1b}[31merror[kube.evict.blocked]\u{1b}[0m\u{1b}[1m: pod `db-0` cannot be evicted\u{1b}[0m"
        );
    }

    #[test]
    fn several_findings_stand_apart_and_share_a_hint() {
        let finding = |severity, code: &str, what: &str, own: &str| {
            let failure = Failure::new(code, what).hint(own).hint("run `runbook doc step`");
            Finding { severity, failure }
        };
        let findings = [
            finding(Severity::Error, "word.option", "`step` has no option `rety`", "write `retry`"),
            finding(Severity::Warning, "step.leak", "the body writes to `total`", "return the value"),
        ];
        assert_eq!(
            draw_all(&findings, &Style::plain()).join("\n"),
            "error[word.option]: `step` has no option `rety`\nhint: write `retry`\n\n\
             warning[step.leak]: the body writes to `total`\nhint: return the value\n\n\
             hint: run `runbook doc step`"
        );
        assert_eq!(tally(&findings), "1 error, 1 warning");
        assert_eq!(tally(&[]), "nothing found");
    }

    #[test]
    fn a_long_chain_keeps_its_ends_and_long_texts_their_beginning() {
        let frame = |line: u32| Frame {
            place: runbook_model::Place { file: "a".into(), line, col: 1 },
            text: "f()".into(),
            width: 1,
            ..Frame::default()
        };
        let mut failure = Failure::new("", "first\nsecond").because("x\n".repeat(50));
        failure.frames = (1..=90).map(frame).collect();
        let drawn = draw(&failure, Around::default(), &Style::plain());
        assert_eq!(drawn[..3], ["error: first", "  second", "   ╭ a:1:1"]);
        assert!(drawn.contains(&"   ┊ 84 more calls".to_owned()), "{drawn:?}");
        assert!(drawn.contains(&"   ├ called from a:90:1".to_owned()));
        assert_eq!(drawn.last().unwrap(), "             and 30 more lines");
    }
}
