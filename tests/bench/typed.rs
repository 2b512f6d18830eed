//! What is typed after `cargo bench --`.

use std::path::PathBuf;

use crate::Trouble;

/// What is to be measured, and how.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    /// One JSON object a line instead of a table.
    pub json: bool,
    /// How many rounds, where it is not each claim's own number.
    pub rounds: Option<usize>,
    /// Where the peers are installed.
    pub peers: Option<PathBuf>,
    only: Vec<String>,
}

impl Typed {
    /// Reads the words.
    pub(crate) fn read(words: &[String]) -> Result<Self, Trouble> {
        let mut typed = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                // Cargo adds it.
                "--bench" => {}
                "--json" => typed.json = true,
                "--rounds" => typed.rounds = Some(words.next().ok_or("`--rounds` takes a number")?.parse()?),
                "--peers" => typed.peers = Some(words.next().ok_or("`--peers` takes a directory")?.into()),
                word if word.starts_with('-') => return Err(format!("there is no option `{word}`").into()),
                word => typed.only.push(word.to_owned()),
            }
        }
        Ok(typed)
    }

    /// Whether `claim` is to be measured.
    pub(crate) fn wants(&self, claim: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| claim.contains(only.as_str()))
    }

    /// How many rounds, where the claim itself would have `usual`.
    pub(crate) fn rounds(&self, usual: usize) -> usize {
        self.rounds.unwrap_or(usual).max(1)
    }
}
