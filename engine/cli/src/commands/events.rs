//! `runbook events`: the events of a run as JSON lines.

use std::sync::Arc;

use runbook_model::{Event, Failure};
use runbook_report::{Mode, Report};

use crate::args::Common;
use crate::exit::Exit;
use crate::{look, places};

/// Prints the events of a run.
pub(crate) fn events(common: &Common, run: &str, follow: bool) -> Result<Exit, Failure> {
    let store = places::store(common.state.as_deref())?;
    let name = store.find(run)?.run;
    let out = Box::new(std::io::BufWriter::new(std::io::stdout()));
    let mut report = Report::new(Mode::Json, out, Box::new(std::io::stderr()), look::style(false), &name);
    if follow {
        super::watch::follow(&store, &name, |record| report.hear(&Event::Recorded(Arc::new(record))))?;
    } else {
        store.read(&name, 0, |record| {
            report.hear(&Event::Recorded(Arc::new(record)));
            Ok(())
        })?;
    }
    Ok(Exit::Done)
}
