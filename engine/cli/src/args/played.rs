//! What is typed with `rehearse` and `prove`.

use std::path::PathBuf;

use clap::Args;

/// What is rehearsed, and with what.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Played {
    /// The runbook
    pub file: PathBuf,
    /// How the twin begins: one of `runbook twin scenes`, or a file; the runbook's own scene, or `shop`, without it
    #[arg(long, value_name = "NAME|FILE")]
    pub scene: Option<String>,
    /// Let this go wrong, as in `--fault 'ssh-cut machine=n2 after=2s'`; see `runbook twin faults`
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<String>,
    /// Give an input
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Take inputs from a TOML, YAML or JSON file
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Let a check pass that says no
    #[arg(long, value_name = "CHECK")]
    pub accept: Vec<String>,
    /// The chance of the twin, in the place of the scene's own; the same one gives the same
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

impl Played {
    /// The same as words of `run`.
    pub(crate) fn words(&self, examples: &[String]) -> Vec<String> {
        let mut words = Vec::new();
        let set = self.set.iter().chain(examples).map(|pair| ("--set", pair.clone()));
        let inputs = self.inputs.iter().map(|file| ("--inputs", file.to_string_lossy().into_owned()));
        let accept = self.accept.iter().map(|check| ("--accept", check.clone()));
        for (name, value) in set.chain(inputs).chain(accept) {
            words.extend([name.to_owned(), value]);
        }
        words
    }
}

/// How a rehearsal is to go.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Rehearse {
    /// What is rehearsed, and with what
    #[command(flatten)]
    pub given: Played,
    /// So many times as fast as real time; as fast as it can where it is left out
    #[arg(long, value_name = "N")]
    pub speed: Option<f64>,
    /// Stop at the first gate instead of answering yes
    #[arg(long)]
    pub stop_at_gates: bool,
    /// Leave the twin up at the end, to look around with kubectl and ssh
    #[arg(long)]
    pub keep: bool,
    /// Write one self-contained page
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
}

/// What is to be proved.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Prove {
    /// What is rehearsed, and with what
    #[command(flatten)]
    pub given: Played,
    /// Kill the run at all its points, or at this one; all where nothing is chosen
    #[arg(long, value_name = "all|none|N")]
    pub crash: Option<String>,
    /// Fail all its effects and undo, or this one; all where nothing is chosen
    #[arg(long, value_name = "all|none|N")]
    pub fail: Option<String>,
    /// Lose the reply of each effect, or the effect, or have it twice, or refused once; all where nothing is chosen
    #[arg(long, value_name = "all|none|N")]
    pub trouble: Option<String>,
    /// Leave all its gates alone and resume, or this one; all where nothing is chosen
    #[arg(long, value_name = "all|none|N")]
    pub gate: Option<String>,
    /// How many trials go on at once
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Write what was tried as JUnit does
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}
