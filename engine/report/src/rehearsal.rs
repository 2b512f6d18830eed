//! A rehearsal as people and programs see it, once it is over: how long it would have taken, what became of the world,
//! who was without service and for how long, what the guards saw, what was left behind.
//!
//! Promises: it knows only what is in [`Rehearsal`]; the same picture serves the terminal, and the page has the same facts.

use std::collections::BTreeSet;

use runbook_model::Millis;
use serde_json::{Value, json};

use crate::style::{Icon, Paint, Style, duration};
use crate::table::{Cell, Table};
use crate::text::{clean, count};

/// How many fields of a thing, and how many things, are shown before the rest is counted.
const FIELDS_MAX: usize = 8;
const LINES_MAX: usize = 3;
const THINGS_MAX: usize = 60;
/// How many reasons are shown, and how much of each.
const WHYS_MAX: usize = 4;
const WHY_CHARS: usize = 160;
/// The longest value that is shown whole.
const VALUE_CHARS: usize = 60;

/// A rehearsal that is over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rehearsal {
    /// The runbook.
    pub runbook: String,
    /// What it was rehearsed on.
    pub scene: String,
    /// How it ended, in a word.
    pub verdict: String,
    /// The exit code.
    pub exit: u8,
    /// When it began, in the modelled world.
    pub began: Millis,
    /// How long it took there.
    pub took: Millis,
    /// Its steps, in the order they ended.
    pub steps: Vec<Step>,
    /// What became of the world.
    pub changes: Vec<Changed>,
    /// The workloads while it went on.
    pub workloads: Vec<Workload>,
    /// Who could not reach whom: each class of pairs, those that lost nothing as well.
    pub losses: Vec<Loss>,
    /// The same for each service, asked by all.
    pub services: Vec<Loss>,
    /// The machines that were away.
    pub away: Vec<Loss>,
    /// The guards, and what each saw.
    pub guards: Vec<Guarded>,
    /// What the engine itself has left behind.
    pub left: Vec<String>,
    /// What the twin was asked and does not know.
    pub unknown: Vec<String>,
}

/// A step of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its key.
    pub key: String,
    /// How it ended.
    pub status: String,
    /// When its first attempt began.
    pub from: Millis,
    /// When its last ended.
    pub to: Millis,
    /// How many attempts it took.
    pub attempts: u32,
}

/// A thing that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Its name.
    pub thing: String,
    /// What became of it.
    pub how: How,
}

/// What became of a thing.
#[derive(Clone, Debug, PartialEq)]
pub enum How {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// These fields are others: path, what was there, what is there.
    Fields(Vec<(String, Option<String>, Option<String>)>),
}

/// A workload over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// How it was, from the beginning to the end.
    pub spans: Vec<Span>,
}

/// A stretch of time in which a workload stayed as it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// From when.
    pub from: Millis,
    /// Until when.
    pub to: Millis,
    /// How many of its pods were ready.
    pub ready: u64,
    /// How many it wants.
    pub wanted: u64,
}

/// Pairs that could not reach each other for a while.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loss {
    /// Which pairs: `pod to pod on another node`.
    pub who: String,
    /// The most of them that could not reach each other at once.
    pub most: usize,
    /// How many there were at the most.
    pub of: usize,
    /// One of them, and why, where most were lost.
    pub why: String,
    /// From when until when each time.
    pub spans: Vec<(Millis, Millis)>,
}

/// A guard.
#[derive(Clone, Debug, PartialEq)]
pub struct Guarded {
    /// Its name.
    pub name: String,
    /// What it saw that broke it.
    pub breach: Option<String>,
}

impl Workload {
    /// How long none of its pods was ready, at the longest and in all.
    pub fn without(&self) -> (Millis, Millis) {
        spells(self.spans.iter().filter(|span| span.ready == 0 && span.wanted > 0).map(|span| (span.from, span.to)))
    }

    /// The fewest of its pods that were ready at once, and how many it wants.
    pub fn least(&self) -> (u64, u64) {
        let least = self.spans.iter().min_by_key(|span| span.ready);
        least.map_or((0, 0), |span| (span.ready, span.wanted))
    }
}

impl Loss {
    /// How long it lasted, at the longest and in all.
    pub fn lasted(&self) -> (Millis, Millis) {
        spells(self.spans.iter().copied())
    }
}

/// The longest of some spells, and all of them together; those that touch are one.
fn spells(spans: impl Iterator<Item = (Millis, Millis)>) -> (Millis, Millis) {
    let (mut longest, mut total, mut open): (Millis, Millis, Option<(Millis, Millis)>) = (0, 0, None);
    for (from, to) in spans {
        let begun = open.filter(|(_, end)| *end >= from).map_or(from, |(begun, _)| begun);
        open = Some((begun, to));
        longest = longest.max(to - begun);
        total += to - from;
    }
    (longest, total)
}

/// The picture for people.
pub fn draw(rehearsal: &Rehearsal, style: &Style) -> Vec<String> {
    let mut lines = changes(rehearsal, style);
    lines.extend([String::new(), head(rehearsal, style)]);
    lines.extend(service(rehearsal, style));
    for guard in &rehearsal.guards {
        let (icon, said) = match &guard.breach {
            None => (Icon::Done, "held throughout".to_owned()),
            Some(breach) => (Icon::Failed, format!("broken: {}", clean(breach))),
        };
        lines.push(format!("  {} guard `{}`  {said}", style.icon(icon), clean(&guard.name)));
    }
    lines.push(String::new());
    if rehearsal.left.is_empty() {
        lines.push(format!("{} nothing is left behind", style.icon(Icon::Done)));
    }
    let left = rehearsal.left.iter().map(|left| format!("{} left behind: {}", style.icon(Icon::Warn), clean(left)));
    lines.extend(left);
    let unknown = rehearsal.unknown.iter().take(10);
    lines.extend(unknown.map(|what| format!("{} the twin does not know: {}", style.icon(Icon::Warn), clean(what))));
    lines
}

fn head(rehearsal: &Rehearsal, style: &Style) -> String {
    let icon = if rehearsal.exit == 0 { Icon::Done } else { Icon::Failed };
    let name = style.paint(Paint::Strong, &clean(&rehearsal.runbook));
    let took = duration(rehearsal.took);
    format!(
        "{} rehearsed {name} on {}: {}, {took} of modelled time",
        style.icon(icon),
        rehearsal.scene,
        rehearsal.verdict
    )
}

fn changes(rehearsal: &Rehearsal, style: &Style) -> Vec<String> {
    let mut lines = Vec::new();
    if rehearsal.changes.is_empty() {
        lines.push("nothing has changed".to_owned());
        return lines;
    }
    lines.push(style.paint(Paint::Dim, "what has changed"));
    for changed in rehearsal.changes.iter().take(THINGS_MAX) {
        let thing = clean(&changed.thing);
        match &changed.how {
            How::Added => lines.push(format!("  {} {thing}", style.paint(Paint::Good, "+"))),
            How::Removed => lines.push(format!("  {} {thing}", style.paint(Paint::Bad, "-"))),
            How::Fields(fields) => {
                lines.push(format!("  {} {thing}", style.paint(Paint::Warn, "~")));
                // Of rules and routes, which are lines, the first few tell enough.
                let most = if fields.iter().all(is_line) { LINES_MAX } else { FIELDS_MAX };
                lines.extend(fields.iter().take(most).map(|field| format!("      {}", field_line(field, style))));
                let more = fields.len().saturating_sub(most);
                lines.extend((more > 0).then(|| format!("      and {} more", count(more, "field", "fields"))));
            }
        }
    }
    let more = rehearsal.changes.len().saturating_sub(THINGS_MAX);
    lines.extend((more > 0).then(|| format!("  and {} more", count(more, "thing", "things"))));
    lines
}

/// Whether a field is a line that is there or not.
fn is_line((_, was, is): &(String, Option<String>, Option<String>)) -> bool {
    matches!((was.as_deref(), is.as_deref()), (None, Some("")) | (Some(""), None))
}

fn field_line((path, was, is): &(String, Option<String>, Option<String>), style: &Style) -> String {
    let shown = |value: &Option<String>| value.as_ref().map_or_else(|| "nothing".to_owned(), |value| short(value));
    // A line that is there or not has no value of its own.
    match (was.as_deref(), is.as_deref()) {
        (None, Some("")) => return format!("{} {}", style.paint(Paint::Good, "+"), clean(path)),
        (Some(""), None) => return format!("{} {}", style.paint(Paint::Bad, "-"), clean(path)),
        _ => {}
    }
    let path = style.paint(Paint::Dim, &clean(path));
    format!("{path}: {} {} {}", shown(was), if style.unicode { "→" } else { "->" }, shown(is))
}

fn short(value: &str) -> String {
    short_of(value, VALUE_CHARS)
}

fn short_of(value: &str, most: usize) -> String {
    let line: String = clean(&value.replace('\n', " ")).chars().take(most + 1).collect();
    if line.chars().count() > most {
        let cut: String = line.chars().take(most - 1).collect();
        format!("{cut}…")
    } else {
        line
    }
}

fn service(rehearsal: &Rehearsal, style: &Style) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut table = Table::new(["WORKLOAD", "FEWEST READY", "WITHOUT ANY", "IN ALL"]);
    let disturbed = |workload: &&Workload| workload.spans.iter().any(|span| span.ready < span.wanted);
    for workload in rehearsal.workloads.iter().filter(disturbed) {
        let ((longest, total), (least, wanted)) = (workload.without(), workload.least());
        let said = |millis: Millis| if millis == 0 { "never".to_owned() } else { duration(millis) };
        let paint = if total == 0 { Paint::Good } else { Paint::Bad };
        let without = Cell::painted(paint, said(longest));
        table.row([workload.name.as_str().into(), format!("{least} of {wanted}").into(), without, said(total).into()]);
    }
    if table.is_empty() {
        lines.push("no workload was disturbed".to_owned());
    } else {
        lines.extend(table.draw(None, style));
    }
    lines.extend(connections(rehearsal, style));
    lines
}

/// Who could not reach whom, and which machines were away.
fn connections(rehearsal: &Rehearsal, style: &Style) -> Vec<String> {
    let mut lines = vec![String::new()];
    let all = || rehearsal.losses.iter().chain(&rehearsal.services);
    let mut pairs = Table::new(["COULD NOT REACH", "AT THE LONGEST", "IN ALL", "MOST AT ONCE"]);
    for loss in all().filter(|loss| !loss.spans.is_empty()) {
        let (longest, total) = loss.lasted();
        let longest = Cell::painted(Paint::Bad, duration(longest));
        let most = format!("{} of {}", loss.most, loss.of);
        pairs.row([Cell::from(clean(&loss.who).into_owned()), longest, duration(total).into(), most.into()]);
    }
    if pairs.is_empty() && all().next().is_some() {
        let icon = style.icon(Icon::Done);
        lines.push(format!("{icon} every pod reached every pod, service, node and the DNS, throughout"));
    }
    if !pairs.is_empty() {
        lines.extend(pairs.draw(None, style));
    }
    // Many pairs have one reason; it is told once.
    let mut told = BTreeSet::new();
    let mut is_new = |loss: &&Loss| told.insert(loss.why.split_once(": at ").map(|(_, why)| why.to_owned()));
    let broken = all().filter(|loss| !loss.spans.is_empty() && !loss.why.is_empty());
    for loss in broken.filter(|loss| is_new(loss)).take(WHYS_MAX) {
        lines.push(format!("  {} {}", style.paint(Paint::Dim, "such as"), short_of(&loss.why, WHY_CHARS)));
    }
    for away in &rehearsal.away {
        let (longest, total) = away.lasted();
        let times = count(away.spans.len(), "time", "times");
        let longest =
            if away.spans.len() > 1 { format!(", {} at the longest", duration(longest)) } else { String::new() };
        lines.push(format!("  `{}` was away {times}, {}{longest}", clean(&away.who), duration(total)));
    }
    lines
}

/// One line for programs.
pub fn json(rehearsal: &Rehearsal) -> Value {
    let steps = rehearsal.steps.iter().map(|step| {
        json!({"key": step.key, "status": step.status, "from": step.from, "to": step.to, "attempts": step.attempts})
    });
    let fields = |fields: &[(String, Option<String>, Option<String>)]| -> Vec<Value> {
        fields.iter().map(|(path, was, is)| json!({"path": path, "was": was, "is": is})).collect()
    };
    let changes = rehearsal.changes.iter().map(|changed| match &changed.how {
        How::Added => json!({"thing": changed.thing, "how": "added"}),
        How::Removed => json!({"thing": changed.thing, "how": "removed"}),
        How::Fields(all) => json!({"thing": changed.thing, "how": "changed", "fields": fields(all)}),
    });
    let workloads = rehearsal.workloads.iter().map(|workload| {
        let ((longest, total), (least, wanted)) = (workload.without(), workload.least());
        json!({"name": workload.name, "least_ready": least, "wanted": wanted, "longest_without": longest, "without": total})
    });
    let lost = |losses: &[Loss]| -> Vec<Value> {
        let one = |loss: &Loss| {
            let (longest, total) = loss.lasted();
            let spans: Vec<Value> = loss.spans.iter().map(|(from, to)| json!({"from": from, "to": to})).collect();
            json!({"who": loss.who, "longest": longest, "total": total, "most": loss.most, "of": loss.of,
                "why": loss.why, "spans": spans})
        };
        losses.iter().map(one).collect()
    };
    let guards = rehearsal.guards.iter().map(|guard| json!({"name": guard.name, "breach": guard.breach}));
    json!({
        "kind": "rehearsed", "runbook": rehearsal.runbook, "scene": rehearsal.scene, "verdict": rehearsal.verdict,
        "exit": rehearsal.exit, "began": rehearsal.began, "took": rehearsal.took,
        "steps": steps.collect::<Vec<_>>(), "changes": changes.collect::<Vec<_>>(),
        "workloads": workloads.collect::<Vec<_>>(), "losses": lost(&rehearsal.losses),
        "services": lost(&rehearsal.services), "away": lost(&rehearsal.away),
        "guards": guards.collect::<Vec<_>>(), "left": rehearsal.left, "unknown": rehearsal.unknown,
    })
}
