//! Where the program keeps what it keeps: the state directory and, in it, each run's own files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runbook_journal::Store;
use runbook_model::{Failure, Time, code};
use runbook_run::Led;

/// The state directory: as told, else `RUNBOOK_STATE`, else under the XDG state directory.
pub(crate) fn state(told: Option<&Path>) -> Result<PathBuf, Failure> {
    let from_env = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(told) = told {
        return Ok(told.to_owned());
    }
    if let Some(state) = from_env("RUNBOOK_STATE") {
        return Ok(state);
    }
    let base = from_env("XDG_STATE_HOME").or_else(|| from_env("HOME").map(|home| home.join(".local/state")));
    base.map(|base| base.join("runbook")).ok_or_else(|| {
        Failure::new(code::STORE_TROUBLE, "there is no place for the state: `HOME` is not set")
            .hint("name a directory with `--state DIR`")
    })
}

/// Opens the store in the state directory.
pub(crate) fn store(told: Option<&Path>) -> Result<Store, Failure> {
    Ok(Store::open(&state(told)?)?)
}

/// Whoever leads the time, where somebody is named who does.
pub(crate) fn time(told: Option<&Path>) -> Result<Option<Arc<dyn Time>>, Failure> {
    told.map(|socket| Led::by(socket).map(|led| Arc::new(led) as Arc<dyn Time>)).transpose()
}

/// The folder of a run's own files.
pub(crate) fn artifacts(state: &Path, run: &str) -> PathBuf {
    state.join("runs").join(run)
}
