//! What a run made for itself in the cluster, and takes away when it is over.

use std::sync::Arc;

use runbook_model::Failure;
use runbook_model::record::RunOpened;
use runbook_run::Ledger;
use runbook_script::hands::Hands;
use runbook_script::primitives::probe;

use crate::lock;

/// Takes away what the run made, now that it is over; that it could not be is written down.
pub(crate) fn sweep(ledger: &Arc<Ledger>, hands: &Hands) {
    let probed = ledger.look(|history| history.opened.as_deref().filter(|opened| probes(opened)).cloned());
    let Some(opened) = probed else { return };
    if let Err(failure) = probe::sweep(hands, &opened.run) {
        let left = format!("the test pods of this run could not be removed: {failure}");
        lock::teller(ledger)(&format!("{left}; they are the namespace `runbook-probe-{}`", opened.run));
    }
}

/// The same for a run that is given up, whose records are closed.
pub(crate) fn sweep_closed(opened: &RunOpened) -> Result<(), Failure> {
    if probes(opened) { probe::sweep(&Hands::new(opened.aim.clone(), None), &opened.run).map(drop) } else { Ok(()) }
}

/// Whether the run can have made test pods.
fn probes(opened: &RunOpened) -> bool {
    opened.aim.cluster.is_some() && opened.sources.values().any(|text| text.contains("probe::"))
}
