//! The options that may stand anywhere on the command line of `ipset`.

use super::{No, beyond, syntax, value};

/// What is asked: the options, and the words that are none.
#[derive(Debug, Default)]
pub(super) struct Asked<'a> {
    pub(super) exist: bool,
    pub(super) quiet: bool,
    pub(super) names: bool,
    pub(super) terse: bool,
    pub(super) sorted: bool,
    /// Whether the lines of `save` are wanted, where it was said.
    pub(super) lines: Option<bool>,
    pub(super) words: Vec<&'a str>,
}

pub(super) fn read<'a>(words: &[&'a str]) -> Result<Asked<'a>, No> {
    let mut asked = Asked::default();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-!" | "-exist" | "--exist" => asked.exist = true,
            "-q" | "-quiet" | "--quiet" => asked.quiet = true,
            "-n" | "-name" | "--name" => asked.names = true,
            "-t" | "-terse" | "--terse" => asked.terse = true,
            "-s" | "-sorted" | "--sorted" => asked.sorted = true,
            "-r" | "-resolve" | "--resolve" => {}
            "-o" | "-output" | "--output" => match value(&mut words, word)? {
                "plain" => asked.lines = Some(false),
                "save" => asked.lines = Some(true),
                "xml" => return Err(beyond("`-o xml`")),
                odd => return Err(syntax(format!("unknown output mode '{odd}'"))),
            },
            word => {
                asked.words.push(word);
                if word == "comment" && ["add", "-A"].contains(&asked.words[0]) {
                    asked.words.extend(words.next());
                }
            }
        }
    }
    Ok(asked)
}
