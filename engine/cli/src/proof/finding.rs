//! What a proof finds.

use runbook_twin::portrait::{Change, Difference};

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The run was killed and taken up again.
    Crash,
    /// An effect failed, and what was done was undone.
    Fail,
    /// Something went wrong once with an effect, and the run went on.
    Trouble,
    /// A gate was left alone, and the run taken up again.
    Gate,
}

/// One thing that was tried, and how it came out.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    /// What kind of thing.
    pub kind: Kind,
    /// Its number, by which it is tried again.
    pub number: usize,
    /// What it was.
    pub what: String,
    /// What is wrong; nothing where it came out as it must.
    pub wrong: Vec<String>,
}

impl Kind {
    /// The option that tries it again.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Crash => "--crash",
            Self::Fail => "--fail",
            Self::Gate => "--gate",
            Self::Trouble => "--trouble",
        }
    }
}

/// Differences in lines: what there is and should not be, or the other way round.
pub(crate) fn lines(differences: &[Difference]) -> Vec<String> {
    const MOST: usize = 20;
    let shown = |value: &Option<String>| value.as_deref().unwrap_or("nothing").chars().take(80).collect::<String>();
    let line = |difference: &Difference| match &difference.change {
        Change::Added => vec![format!("{} is there and should not be", difference.thing)],
        Change::Removed => vec![format!("{} is not there and should be", difference.thing)],
        Change::Changed(fields) => fields
            .iter()
            .map(|(path, should, is)| {
                format!("{}: `{path}` should be `{}` and is `{}`", difference.thing, shown(should), shown(is))
            })
            .collect(),
    };
    let mut lines: Vec<String> = differences.iter().flat_map(line).collect();
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    lines
}
