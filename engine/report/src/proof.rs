//! A proof as people and programs see it: what was tried, what came out wrong, and how to see that again.

use serde_json::{Value, json};

use crate::markup::xml;
use crate::style::{Icon, Paint, Style};
use crate::text::{clean, count};

/// A proof.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proof {
    /// The runbook.
    pub runbook: String,
    /// What it was proved on.
    pub scene: String,
    /// How many records its clean rehearsal has.
    pub records: usize,
    /// How many effects it has.
    pub effects: usize,
    /// What is wrong with the clean rehearsal already.
    pub wrong: Vec<String>,
    /// What was tried.
    pub cases: Vec<Case>,
}

/// One thing that was tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// `crash`, `fail`, `trouble` or `gate`.
    pub kind: String,
    /// Its number among those of its kind.
    pub number: usize,
    /// What it was.
    pub what: String,
    /// What is wrong with what came of it.
    pub wrong: Vec<String>,
    /// What to type to see it again.
    pub again: String,
}

impl Proof {
    /// Whether all came out as it must.
    pub fn holds(&self) -> bool {
        self.wrong.is_empty() && self.cases.iter().all(|case| case.wrong.is_empty())
    }

    fn of(&self, kind: &str) -> (usize, usize) {
        let of = self.cases.iter().filter(|case| case.kind == kind);
        (of.clone().count(), of.filter(|case| case.wrong.is_empty()).count())
    }
}

/// The picture for people.
pub fn draw(proof: &Proof, style: &Style) -> Vec<String> {
    let icon = if proof.holds() { Icon::Done } else { Icon::Failed };
    let word = if proof.holds() { "proved" } else { "not proved" };
    let name = style.paint(Paint::Strong, &clean(&proof.runbook));
    let all = format!("{}, {}", count(proof.records, "record", "records"), count(proof.effects, "effect", "effects"));
    let mut lines = vec![format!("{} {word}: {name} on {}, {all}", style.icon(icon), proof.scene)];
    let kinds = [
        ("crash", "killed and taken up again", "came to the same end"),
        ("fail", "failed, and undone or taken up", "ended where they should"),
        ("trouble", "troubled once", "came to the same end"),
        ("gate", "left alone at a gate", "waited for a person"),
    ];
    for (kind, tried, held) in kinds {
        let (all, good) = proof.of(kind);
        if all > 0 {
            let icon = style.icon(if all == good { Icon::Done } else { Icon::Failed });
            lines.push(format!("  {icon} {tried} {}: {good} {held}", count(all, "time", "times")));
        }
    }
    lines.extend(proof.wrong.iter().map(|wrong| format!("  {} {}", style.icon(Icon::Failed), clean(wrong))));
    if let Some(first) = proof.cases.iter().find(|case| !case.wrong.is_empty()) {
        lines.push(String::new());
        lines.push(format!("{} the smallest case: {}", style.icon(Icon::Failed), clean(&first.what)));
        lines.extend(first.wrong.iter().map(|line| format!("    {}", clean(line))));
        lines.push(format!("  see it again: {}", style.paint(Paint::Typed, &clean(&first.again))));
        let others: Vec<&Case> = proof.cases.iter().filter(|case| !case.wrong.is_empty()).skip(1).collect();
        lines.extend(others.iter().take(20).map(|case| {
            let why = case.wrong.first().map(String::as_str).unwrap_or_default();
            format!("  also: {} {}: {}: {}", case.kind, case.number, clean(&case.what), clean(why))
        }));
    }
    lines
}

/// One object for programs.
pub fn json(proof: &Proof) -> Value {
    let case = |case: &Case| json!({"kind": case.kind, "number": case.number, "what": case.what, "wrong": case.wrong, "again": case.again});
    json!({
        "kind": "proved", "runbook": proof.runbook, "scene": proof.scene, "holds": proof.holds(),
        "records": proof.records, "effects": proof.effects, "wrong": proof.wrong,
        "cases": proof.cases.iter().map(case).collect::<Vec<_>>(),
    })
}

/// The same as JUnit writes it.
pub fn junit(proof: &Proof) -> String {
    let failures =
        proof.cases.iter().filter(|case| !case.wrong.is_empty()).count() + usize::from(!proof.wrong.is_empty());
    let tests = proof.cases.len() + 1;
    let name = xml(&proof.runbook);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">\n"
    );
    text.push_str(&test(&name, "rehearsal", "the clean rehearsal", &proof.wrong, ""));
    for case in &proof.cases {
        text.push_str(&test(&name, &case.kind, &format!("{} {}", case.number, case.what), &case.wrong, &case.again));
    }
    text.push_str("</testsuite>\n");
    text
}

fn test(suite: &str, kind: &str, what: &str, wrong: &[String], again: &str) -> String {
    let open = format!("  <testcase classname=\"{suite}.{}\" name=\"{}\"", xml(kind), xml(what));
    match wrong.first() {
        None => format!("{open}/>\n"),
        Some(first) => {
            let all = xml(&format!("{}\n{again}", wrong.join("\n")));
            format!("{open}>\n    <failure message=\"{}\">{all}</failure>\n  </testcase>\n", xml(first))
        }
    }
}
