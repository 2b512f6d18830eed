//! One line for each thing measured: for people a table, for programs JSON.

use std::io::{Result as Io, Write};
use std::process::ExitCode;

use serde_json::json;

use crate::Trouble;
use crate::figures::{Turns, median};

/// What a claim says of its figure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Claim {
    /// At most this many times the floor.
    TimesFloor(f64),
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Nothing: the figure is there for whoever reads it.
    Nothing,
}

/// One line.
pub(crate) struct Line<'l> {
    /// The name of the claim, for the filter.
    pub claim: &'l str,
    /// What was measured.
    pub what: &'l str,
    /// Whose figure it is: ours, or a peer's.
    pub who: &'l str,
    /// The unit of the figures.
    pub unit: &'l str,
    /// The figures.
    pub turns: Turns,
    /// What is claimed.
    pub says: Claim,
}

/// The table.
pub(crate) struct Table {
    json: bool,
    missed: bool,
}

impl Table {
    /// A table with its head.
    pub(crate) fn new(json: bool) -> Result<Self, Trouble> {
        if !json {
            let head = ["", "ours", "floor", "ratio", "spread", "claim", ""];
            out(&format!(
                "{:58}{:>11}{:>10}{:>8}{:>16}{:>13}  {}\n",
                head[0], head[1], head[2], head[3], head[4], head[5], head[6]
            ))?;
        }
        Ok(Self { json, missed: false })
    }

    /// Whether a claim was missed.
    pub(crate) fn has_missed(&self) -> bool {
        self.missed
    }

    /// Adds a line of a peer; one that does not work here is named, and the rest is measured without it.
    pub(crate) fn peer<'l>(
        &mut self,
        name: &str,
        turns: Result<Turns, Trouble>,
        line: impl FnOnce(Turns) -> Line<'l>,
    ) -> Result<(), Trouble> {
        match turns {
            Ok(turns) => self.line(line(turns)),
            Err(trouble) => {
                let why = trouble.to_string();
                complain(&format!("`{name}` was not measured: {}", why.lines().last().unwrap_or_default()));
                Ok(())
            }
        }
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: Line<'_>) -> Result<(), Trouble> {
        let rounds = line.turns.ours.len();
        let least = line.turns.ours.iter().copied().fold(f64::INFINITY, f64::min);
        let most = line.turns.ours.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let has_floor = !line.turns.floor.is_empty();
        let ours = median(line.turns.ours);
        let floor = median(line.turns.floor);
        let ratio = ours / floor;
        let (holds, says) = match line.says {
            Claim::TimesFloor(most) => (Some(ratio <= most), format!("<= {most} x")),
            Claim::AtMost(most) => (Some(ours <= most), format!("<= {} {}", shown(most), line.unit)),
            Claim::AtLeast(least) => (Some(ours >= least), format!(">= {} {}", shown(least), line.unit)),
            Claim::Nothing => (None, String::new()),
        };
        self.missed |= holds == Some(false);
        let verdict = holds.map_or("", |holds| if holds { "pass" } else { "MISS" });
        if self.json {
            let line = json!({
                "claim": line.claim, "what": line.what, "who": line.who, "unit": line.unit, "rounds": rounds,
                "value": ours, "least": least, "most": most,
                "floor": has_floor.then_some(floor), "ratio": has_floor.then_some(ratio),
                "says": says, "pass": holds,
            });
            return Ok(out(&format!("{line}\n"))?);
        }
        let name = if line.who == "runbook" { line.what.to_owned() } else { format!("  {}: {}", line.who, line.what) };
        let name = format!("{:10}{name}", line.claim);
        let ours = format!("{} {}", shown(ours), line.unit);
        let spread = format!("{}..{}", shown(least), shown(most));
        let (floor, ratio) = if has_floor { (shown(floor), format!("{ratio:.2}")) } else { ("-".into(), "-".into()) };
        Ok(out(&format!("{name:58}{ours:>11}{floor:>10}{ratio:>8}{spread:>16}{says:>13}  {verdict}\n"))?)
    }
}

/// A figure as people read it.
fn shown(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.3}"),
    }
}

fn out(text: &str) -> Io<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// How a bench ends that measured all, and knows whether a claim was missed.
pub(crate) fn ended(measured: Result<bool, Trouble>) -> ExitCode {
    match measured {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(trouble) => {
            complain(&trouble.to_string());
            ExitCode::from(2)
        }
    }
}

/// Says what went wrong.
pub(crate) fn complain(what: &str) {
    // Where nobody can be told, the exit code still says it.
    let _ = writeln!(std::io::stderr(), "error: {what}");
}
