//! Other durable engines, measured beside ours where they are installed: their own public interfaces, in their own
//! processes, through the scripts in `peers/`.

use std::path::PathBuf;
use std::process::Command;

use crate::Trouble;
use crate::figures::ms;
use crate::program::{Live, Place};
use crate::typed::Typed;

/// A durable engine of others.
pub(crate) struct Peer {
    /// Its name.
    pub name: &'static str,
    python: PathBuf,
    script: &'static str,
}

/// The peers that are installed: each in `venvs/NAME` below the directory that was named.
pub(crate) fn found(typed: &Typed) -> Vec<Peer> {
    let Some(folder) = &typed.peers else { return Vec::new() };
    let all = [("dbos", "tests/bench/peers/dbos.py"), ("prefect", "tests/bench/peers/prefect.py")];
    let peer = |(name, script)| Peer { name, python: folder.join("venvs").join(name).join("bin/python"), script };
    all.into_iter().map(peer).filter(|peer| peer.python.exists()).collect()
}

impl Peer {
    /// One step after the other; gives the milliseconds of one.
    pub(crate) fn serial(&self, place: &Place, steps: usize) -> Result<f64, Trouble> {
        Ok(self.seconds(place, &["serial".into(), steps.to_string()])? * 1e3 / steps as f64)
    }

    /// Many branches at the same time; gives steps a second.
    pub(crate) fn fan(&self, place: &Place, branches: usize, steps: usize) -> Result<f64, Trouble> {
        let took = self.seconds(place, &["fan".into(), branches.to_string(), steps.to_string()])?;
        Ok((branches * steps) as f64 / took)
    }

    /// Killed after `done` of `steps`: gives the milliseconds from the start of the next process to its first own step.
    pub(crate) fn killed(&self, place: &Place, steps: usize, done: usize) -> Result<f64, Trouble> {
        self.clear(place);
        let words = |mode: &str| [mode.to_owned(), steps.to_string(), done.to_string()];
        let code = Live::start(self.command(place, &words("killed")), &place.path(""))?.end()?;
        if code.is_some() {
            return Err(format!("`{}` was to be killed, and ended with {code:?}", self.name).into());
        }
        let mut live = Live::start(self.command(place, &words("resume")), &place.path(""))?;
        Ok(ms(live.until(&format!("next {done}"))?))
    }

    fn seconds(&self, place: &Place, words: &[String]) -> Result<f64, Trouble> {
        self.clear(place);
        let mut live = Live::start(self.command(place, words), &place.path(""))?;
        live.figure("seconds ")
    }

    fn command(&self, place: &Place, words: &[String]) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(self.script));
        command.arg(place.path(self.name)).args(words);
        command
    }

    fn clear(&self, place: &Place) {
        // Where nothing is there yet, nothing is to be cleared.
        let _ = std::fs::remove_dir_all(place.path(self.name));
        let _ = std::fs::create_dir(place.path(self.name));
    }
}
