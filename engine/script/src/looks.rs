//! Looks at the world: what the words themselves say of calls of theirs that were cut off.
//!
//! Promises: a look changes nothing; each verdict is written down with its evidence before anything follows from it.

use std::sync::Arc;

use runbook_model::call::Verdict;
use runbook_model::record::Ruling;
use runbook_model::{Key, Progress, Repeat};
use runbook_run::Halt;
use runbook_run::step::PastCall;

use crate::bench::{Bench, aside_all};
use crate::primitives::word;
use crate::word::{Look, Sight};

/// A call in doubt, and what was seen of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The step it is in.
    pub key: Key,
    /// The call.
    pub call: PastCall,
    /// What was seen.
    pub sight: Sight,
}

fn look_of(call: &PastCall) -> Option<Look> {
    let probed = call.is_open() && call.call.repeat == Repeat::Probed;
    word(&call.call.word).filter(|_| probed).and_then(|word| word.look)
}

/// Looks at every one of `calls` whose word can, all at once, and writes down what was seen.
pub fn look(bench: &Arc<Bench>, calls: Vec<(Key, PastCall)>) -> Result<Vec<Seen>, Halt> {
    let mut looked = Vec::new();
    let mut looks = Vec::new();
    for (key, call) in calls {
        let Some(look) = look_of(&call) else { continue };
        let brief = format!("whether `{}` took place", call.call.brief);
        bench.run.ledger.progress(Progress::Reading { key: key.clone(), brief });
        looks.push(look(Arc::clone(bench), call.clone()));
        looked.push((key, call));
    }
    let sights = aside_all(bench, looks)?;
    let mut seen = Vec::with_capacity(looked.len());
    for ((key, call), sight) in looked.into_iter().zip(sights) {
        let sight = Sight { verdict: masked(bench, sight.verdict), evidence: bench.mask.text(&sight.evidence).into() };
        let ruling = Ruling::Call { nth: call.nth, verdict: sight.verdict.clone() };
        bench.run.rule(&key, ruling, &call.call.word, &sight.evidence)?;
        seen.push(Seen { key, call, sight });
    }
    Ok(seen)
}

fn masked(bench: &Bench, verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Done { value } => Verdict::Done { value: bench.mask.value(value) },
        Verdict::NotDone | Verdict::Partly | Verdict::Unknown => verdict,
    }
}
