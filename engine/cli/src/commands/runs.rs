//! `runbook runs`: the list of runs.

use std::io::IsTerminal;

use runbook_journal::RunRow;
use runbook_model::Failure;
use runbook_model::holder::Life;
use runbook_model::record::Closing;
use runbook_report::Table;
use runbook_run::{Clock, identity};
use serde_json::json;

use crate::args::{Common, Output};
use crate::exit::Exit;
use crate::{look, places, session, time};

/// Lists the runs.
pub(crate) fn runs(common: &Common, unfinished: bool) -> Result<Exit, Failure> {
    let store = places::store(common.state.as_deref())?;
    let mut rows = store.runs()?;
    let mut mended = false;
    for row in rows.iter().filter(|row| row.holder.is_some()) {
        mended |= session::mend(&store, &row.run)?;
    }
    if mended {
        rows = store.runs()?;
    }
    rows.retain(|row| !unfinished || !is_final(row));
    if common.output == Output::Json {
        for row in &rows {
            super::print(&format!("{}\n", wire(row)));
        }
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        super::print("no runs yet; begin one with `runbook run FILE`\n");
        return Ok(Exit::Done);
    }
    let now = Clock::start(0).now();
    let mut table = Table::new(["RUN", "STATE", "BEGUN", "RUNBOOK", "HELD BY"]);
    for row in &rows {
        let holder = row.holder.as_ref().map_or(String::new(), |holder| holder.to_string());
        table.row([row.run.clone(), state(row).to_owned(), time::ago(now - row.opened), row.runbook.clone(), holder]);
    }
    let style = look::style(std::io::stdout().is_terminal());
    super::print(&look::text(&table.draw(look::columns(), &style)));
    Ok(Exit::Done)
}

fn is_final(row: &RunRow) -> bool {
    let finals = [Closing::Done, Closing::Undone, Closing::Abandoned].map(Closing::word);
    row.holder.is_none() && row.verdict.as_deref().is_some_and(|word| finals.contains(&word))
}

/// The word for where a run stands.
pub(super) fn state(row: &RunRow) -> &str {
    match &row.holder {
        Some(holder) => match identity::life_of(holder) {
            Life::Alive => "running",
            Life::Gone => "cut off",
            Life::Elsewhere => "held elsewhere",
        },
        None => row.verdict.as_deref().unwrap_or("cut off"),
    }
}

fn wire(row: &RunRow) -> serde_json::Value {
    json!({
        "run": row.run,
        "runbook": row.runbook,
        "path": row.path,
        "site": row.site,
        "state": state(row),
        "opened": row.opened,
        "closed": row.closed,
        "epoch": row.epoch,
        "holder": row.holder.as_ref().map(|holder| json!({
            "user": holder.user, "host": holder.host, "pid": holder.pid, "since": holder.since,
        })),
    })
}
