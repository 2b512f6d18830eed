//! `runbook approve`: answer a gate, of a run that waits or of one that a process holds.

use runbook_journal::History;
use runbook_journal::status::Status;
use runbook_journal::store::{Ask, Mail};
use runbook_model::holder::Life;
use runbook_model::record::{GateAnswered, GateOpened};
use runbook_model::{Body, Failure, Key, code};
use runbook_run::{Clock, identity};
use runbook_script::primitives::gate::may_answer;

use super::{key_in, notebook};
use crate::args::Common;
use crate::exit::Exit;
use crate::{places, session};

/// Answers a gate.
pub(crate) fn approve(common: &Common, run: &str, gate: Option<&str>, yes: bool, note: &str) -> Result<Exit, Failure> {
    let store = places::store(common.state.as_deref())?;
    let row = store.find(run)?;
    let history = session::history(&store, &row.run)?;
    let gate = which(&history, gate, &row.run)?;
    let now = Clock::of(places::time(common.time.as_deref())?, 0).now();
    let by = identity::this_process(now);
    let who = by.who();
    may(&history, &gate, &who, &row)?;
    let key = gate.key.clone();
    let word = if yes { "approved" } else { "denied" };
    let alive = row.holder.as_ref().is_some_and(|holder| identity::life_of(holder) != Life::Gone);
    if alive {
        let ask = Ask::Answer { key: key.clone(), yes, note: note.to_owned() };
        store.post(&row.run, &Mail { who, at: now, ask })?;
        super::print(&format!("{word} `{key}`; the run goes on where it waits\n"));
        return Ok(Exit::Done);
    }
    let answered = GateAnswered { key: key.clone(), who, yes, note: note.to_owned() };
    notebook::write(&store, &row.run, &by, &history, vec![Body::GateAnswered(answered)])?;
    super::print(&format!("{word} `{key}`; go on with `runbook run --resume={}`\n", row.run));
    Ok(Exit::Done)
}

/// The gate that is meant: the named one, or the only one that waits.
fn which(history: &History, typed: Option<&str>, run: &str) -> Result<GateOpened, Failure> {
    let waiting: Vec<&GateOpened> = history
        .keys()
        .filter(|(_, past)| matches!(past.status, Status::Open { .. } | Status::Stopped { .. }))
        .filter_map(|(_, past)| past.gate.as_deref())
        .collect();
    let Some(typed) = typed else {
        return match waiting.as_slice() {
            [only] => Ok((*only).clone()),
            [] => Err(Failure::new(code::RUN_UNKNOWN, format!("no gate of run `{run}` waits"))),
            several => {
                let names: Vec<String> = several.iter().map(|gate| format!("`{}`", gate.key)).collect();
                let failure = Failure::new(code::RUN_UNKNOWN, format!("several gates of run `{run}` wait"));
                Err(failure.hint(format!("name one of {}", names.join(", "))))
            }
        };
    };
    let key: Key = key_in(history, typed)?;
    waiting
        .into_iter()
        .find(|gate| gate.key == key)
        .cloned()
        .ok_or_else(|| Failure::new(code::RUN_UNKNOWN, format!("`{key}` of run `{run}` is not a gate that waits")))
}

fn may(history: &History, gate: &GateOpened, who: &str, row: &runbook_journal::RunRow) -> Result<(), Failure> {
    let refuse = |what: String| Failure::new(code::GATE_DENIED, what);
    let from_within = std::env::var("RUNBOOK_RUN").is_ok_and(|run| run == row.run)
        || row
            .holder
            .as_ref()
            .is_some_and(|holder| holder.host == identity::host() && identity::descends_from(holder.pid));
    if from_within {
        return Err(refuse(format!("a runbook cannot approve itself: this command was started by run `{}`", row.run)));
    }
    if !may_answer(gate, who) {
        let what = format!("gate `{}` is for {}, and you are `{who}`", gate.key, gate.approvers.join(", "));
        return Err(refuse(what));
    }
    let past = history.past(&gate.key);
    if past.is_some_and(|past| past.answers.iter().any(|answer| answer.who == who)) {
        let what = format!("`{who}` has answered gate `{}` already", gate.key);
        return Err(refuse(what).hint("it needs another person"));
    }
    if gate.expires.is_some_and(|expires| Clock::start(0).now() >= expires) {
        return Err(Failure::new(code::GATE_EXPIRED, format!("gate `{}` has expired", gate.key)));
    }
    Ok(())
}
