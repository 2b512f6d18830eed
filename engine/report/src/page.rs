//! A rehearsal as one page: a timeline of its steps, the workloads and connections below it on the same axis, and what
//! has changed.
//!
//! Promises: the page needs nothing else, no network and no script; it can be read on a phone, in the dark and on paper;
//! nothing that stands in a runbook or in a cluster is taken for markup.

use std::fmt::Write;

use runbook_model::Millis;

use crate::markup::html;
use crate::rehearsal::{Changed, How, Loss, Rehearsal, Span, Step};
use crate::style::duration;

const STYLE: &str = include_str!("page.css");

/// How wide the axis of time is, in units of the pictures.
const WIDTH: f64 = 720.0;
/// How much of a picture is left to names.
const NAMES: f64 = 220.0;
/// How high a row of a picture is.
const ROW: f64 = 22.0;
/// How many fields of a thing are shown.
const FIELDS_MAX: usize = 40;

/// The page.
pub fn page(rehearsal: &Rehearsal) -> String {
    let name = html(&rehearsal.runbook);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Rehearsal of {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    let axis = Axis { began: rehearsal.began, took: rehearsal.took.max(1) };
    head(rehearsal, &name, &mut out);
    steps(&rehearsal.steps, axis, &mut out);
    workloads(rehearsal, axis, &mut out);
    losses(rehearsal, axis, &mut out);
    guards(rehearsal, &mut out);
    changes(&rehearsal.changes, &mut out);
    left(rehearsal, &mut out);
    out.push_str("</body>\n</html>\n");
    out
}

/// Time from left to right.
#[derive(Clone, Copy)]
struct Axis {
    began: Millis,
    took: Millis,
}

impl Axis {
    fn x(self, at: Millis) -> f64 {
        let part = (at - self.began).clamp(0, self.took) as f64 / self.took as f64;
        NAMES + part * WIDTH
    }

    /// A picture of so many rows, with its ruler.
    fn open(self, rows: usize, what: &str, out: &mut String) {
        let height = ROW * rows as f64 + 24.0;
        let all = NAMES + WIDTH + 20.0;
        let _ = writeln!(
            out,
            "<div class=\"picture\"><svg viewBox=\"0 0 {all} {height}\" role=\"img\" aria-label=\"{what}\">"
        );
        for tick in 0..=4 {
            let at = self.began + self.took * tick / 4;
            let (x, label) = (self.x(at), duration(at - self.began));
            let anchor = match tick {
                0 => "start",
                4 => "end",
                _ => "middle",
            };
            let foot = height - 6.0;
            let _ = writeln!(
                out,
                "<line class=\"rule\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{:.1}\"/>\
                 <text class=\"tick\" x=\"{x:.1}\" y=\"{foot:.1}\" text-anchor=\"{anchor}\">{label}</text>",
                height - 20.0
            );
        }
    }
}

fn row_name(row: usize, name: &str, out: &mut String) {
    const CHARS: usize = 34;
    let whole = html(name);
    let mut short: String = name.chars().rev().take(CHARS).collect::<Vec<_>>().into_iter().rev().collect();
    if short.chars().count() < name.chars().count() {
        short.insert(0, '…');
    }
    let y = ROW * row as f64 + 15.0;
    let _ = writeln!(
        out,
        "<text class=\"name\" x=\"{:.1}\" y=\"{y:.1}\"><title>{whole}</title>{}</text>",
        NAMES - 8.0,
        html(&short)
    );
}

fn bar(axis: Axis, row: usize, (from, to): (Millis, Millis), class: &str, title: &str, out: &mut String) {
    let (x, y) = (axis.x(from), ROW * row as f64 + 4.0);
    let width = (axis.x(to) - x).max(2.0);
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" rx=\"2\"><title>{}</title></rect>",
        ROW - 8.0,
        html(title)
    );
}

fn head(rehearsal: &Rehearsal, name: &str, out: &mut String) {
    let class = if rehearsal.exit == 0 { "good" } else { "bad" };
    let _ = writeln!(
        out,
        "<header><h1>{name}</h1><p>A rehearsal on {}: <strong class=\"{class}\">{}</strong> after \
         <strong>{}</strong> of modelled time.</p></header>",
        html(&rehearsal.scene),
        html(&rehearsal.verdict),
        duration(rehearsal.took)
    );
    let (mut without, mut disturbed) = (0, 0);
    for workload in &rehearsal.workloads {
        without += usize::from(workload.without().1 > 0);
        disturbed += usize::from(workload.spans.iter().any(|span| span.ready < span.wanted));
    }
    let facts = [
        ("steps", rehearsal.steps.len()),
        ("things changed", rehearsal.changes.len()),
        ("workloads disturbed", disturbed),
        ("workloads without any pod", without),
        ("services not reached by all", rehearsal.services.iter().filter(|loss| !loss.spans.is_empty()).count()),
        ("left behind", rehearsal.left.len()),
    ];
    out.push_str("<ul class=\"facts\">\n");
    for (what, count) in facts {
        let _ = writeln!(out, "<li><b>{count}</b> {what}</li>");
    }
    out.push_str("</ul>\n");
}

fn steps(steps: &[Step], axis: Axis, out: &mut String) {
    if steps.is_empty() {
        return;
    }
    out.push_str("<h2>Steps</h2>\n");
    axis.open(steps.len(), "the steps over time", out);
    for (row, step) in steps.iter().enumerate() {
        row_name(row, &step.key, out);
        let took = duration(step.to - step.from);
        let tries = if step.attempts > 1 { format!(", attempt {}", step.attempts) } else { String::new() };
        let class = if step.status == "done" { "step" } else { "step broken" };
        bar(axis, row, (step.from, step.to), class, &format!("{}: {}, {took}{tries}", step.key, step.status), out);
    }
    out.push_str("</svg></div>\n");
}

fn workloads(rehearsal: &Rehearsal, axis: Axis, out: &mut String) {
    let disturbed: Vec<_> =
        rehearsal.workloads.iter().filter(|one| one.spans.iter().any(|span| span.ready < span.wanted)).collect();
    out.push_str("<h2>Workloads</h2>\n");
    if disturbed.is_empty() {
        out.push_str("<p>No workload was disturbed.</p>\n");
        return;
    }
    axis.open(disturbed.len(), "how many pods of each workload were ready", out);
    for (row, workload) in disturbed.iter().enumerate() {
        row_name(row, &workload.name, out);
        for Span { from, to, ready, wanted } in &workload.spans {
            let class = match ready {
                0 if *wanted > 0 => "none",
                ready if ready < wanted => "some",
                _ => "all",
            };
            let title = format!("{ready} of {wanted} ready for {}", duration(to - from));
            bar(axis, row, (*from, *to), class, &title, out);
        }
    }
    out.push_str("</svg></div>\n<p class=\"key\"><i class=\"all\"></i> all ready <i class=\"some\"></i> some <i class=\"none\"></i> none</p>\n");
    out.push_str("<table><tr><th>workload<th>fewest ready<th>longest without any<th>in all</tr>\n");
    for workload in disturbed {
        let ((longest, total), (least, wanted)) = (workload.without(), workload.least());
        let said = |millis: Millis| if millis == 0 { "never".to_owned() } else { duration(millis) };
        let name = html(&workload.name);
        let _ = writeln!(out, "<tr><td>{name}<td>{least} of {wanted}<td>{}<td>{}</tr>", said(longest), said(total));
    }
    out.push_str("</table>\n");
}

fn losses(rehearsal: &Rehearsal, axis: Axis, out: &mut String) {
    let all: Vec<&Loss> = rehearsal.losses.iter().chain(&rehearsal.services).chain(&rehearsal.away).collect();
    if all.is_empty() {
        return;
    }
    out.push_str("<h2>Connections</h2>\n");
    axis.open(all.len(), "who could not reach whom", out);
    for (row, loss) in all.iter().enumerate() {
        row_name(row, &loss.who, out);
        bar(axis, row, (axis.began, axis.began + axis.took), "all", "reached", out);
        let class = if row >= all.len() - rehearsal.away.len() { "some" } else { "none" };
        for (from, to) in &loss.spans {
            bar(axis, row, (*from, *to), class, &format!("not reached for {}", duration(to - from)), out);
        }
    }
    out.push_str("</svg></div>\n<p class=\"key\"><i class=\"all\"></i> reached <i class=\"none\"></i> not by all <i class=\"some\"></i> a machine was away</p>\n");
    let lost: Vec<&&Loss> = all.iter().filter(|loss| !loss.spans.is_empty()).collect();
    if lost.is_empty() {
        out.push_str("<p>Every pod reached every pod, service, node and the DNS, throughout.</p>\n");
        return;
    }
    out.push_str("<table><tr><th>not reached<th>at the longest<th>in all<th>most at once<th>such as</tr>\n");
    for loss in lost {
        let (longest, total) = loss.lasted();
        let _ = writeln!(
            out,
            "<tr><td>{}<td>{}<td>{}<td>{} of {}<td>{}</tr>",
            html(&loss.who),
            duration(longest),
            duration(total),
            loss.most,
            loss.of,
            html(&loss.why)
        );
    }
    out.push_str("</table>\n");
}

fn guards(rehearsal: &Rehearsal, out: &mut String) {
    if rehearsal.guards.is_empty() {
        return;
    }
    out.push_str("<h2>Guards</h2>\n<ul>\n");
    for guard in &rehearsal.guards {
        let (class, said) = match &guard.breach {
            None => ("good", "held throughout".to_owned()),
            Some(breach) => ("bad", format!("broken: {breach}")),
        };
        let _ = writeln!(out, "<li>{} <span class=\"{class}\">{}</span></li>", html(&guard.name), html(&said));
    }
    out.push_str("</ul>\n");
}

fn changes(changes: &[Changed], out: &mut String) {
    out.push_str("<h2>What has changed</h2>\n");
    if changes.is_empty() {
        out.push_str("<p>Nothing.</p>\n");
        return;
    }
    out.push_str("<table class=\"changes\">\n");
    for changed in changes {
        let thing = html(&changed.thing);
        match &changed.how {
            How::Added => drop(writeln!(out, "<tr><td class=\"good\">+<td colspan=\"3\">{thing}</tr>")),
            How::Removed => drop(writeln!(out, "<tr><td class=\"bad\">&minus;<td colspan=\"3\">{thing}</tr>")),
            How::Fields(fields) => {
                let _ = writeln!(out, "<tr><td class=\"warn\">~<td colspan=\"3\">{thing}</tr>");
                for (path, was, is) in fields.iter().take(FIELDS_MAX) {
                    let shown = |value: &Option<String>| value.as_deref().map(html).unwrap_or_default();
                    let _ = writeln!(
                        out,
                        "<tr class=\"field\"><td><td>{}<td><del>{}</del><td><ins>{}</ins></tr>",
                        html(path),
                        shown(was),
                        shown(is)
                    );
                }
                let more = fields.len().saturating_sub(FIELDS_MAX);
                if more > 0 {
                    let _ = writeln!(out, "<tr class=\"field\"><td><td colspan=\"3\">and {more} more</tr>");
                }
            }
        }
    }
    out.push_str("</table>\n");
}

fn left(rehearsal: &Rehearsal, out: &mut String) {
    out.push_str("<h2>Left behind</h2>\n");
    if rehearsal.left.is_empty() {
        out.push_str("<p>Nothing.</p>\n");
    } else {
        let items: String = rehearsal.left.iter().map(|left| format!("<li>{}</li>", html(left))).collect();
        let _ = writeln!(out, "<ul>{items}</ul>");
    }
    if !rehearsal.unknown.is_empty() {
        let items: String = rehearsal.unknown.iter().take(50).map(|what| format!("<li>{}</li>", html(what))).collect();
        let _ = writeln!(out, "<h2>What the twin does not know</h2>\n<ul>{items}</ul>");
    }
}
