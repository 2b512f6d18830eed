//! A command and how it is to be run.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::Error;

/// The longest a command is in a message, in characters.
const BRIEF_CHARS_MAX: usize = 80;

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A text for `sh -c`.
    Shell(String),
    /// A program and its arguments, without a shell.
    Words(Vec<String>),
}

/// A command of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What to run.
    pub program: Program,
    /// The folder it runs in; that of this process where it is not given.
    pub cwd: Option<PathBuf>,
    /// What its environment has beside ours.
    pub env: Vec<(String, String)>,
    /// What it is given to read; nothing where it is not given.
    pub stdin: Option<String>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// The exit statuses that count as done; only 0 where the list is empty.
    pub ok: Vec<i32>,
    /// Whether it is only asked to end where the call is dropped, so that it can tidy up; otherwise it is killed.
    pub gentle: bool,
}

impl Command {
    /// `program` with nothing else asked.
    pub fn new(program: Program) -> Self {
        Self { program, cwd: None, env: Vec::new(), stdin: None, timeout: None, ok: Vec::new(), gentle: false }
    }

    /// Its first line, shortened, for messages.
    pub fn brief(&self) -> String {
        let line = self.program.to_string();
        let first = line.trim().lines().next().unwrap_or_default().trim_end();
        let short: String = first.chars().take(BRIEF_CHARS_MAX).collect();
        if short.len() < line.trim().len() { format!("{short}…") } else { short }
    }

    pub(super) fn accepts(&self, status: i32) -> bool {
        if self.ok.is_empty() { status == 0 } else { self.ok.contains(&status) }
    }

    /// Refuses what can be refused before anything is started.
    pub(super) fn check(&self) -> Result<(), Error> {
        let empty = match &self.program {
            Program::Shell(text) => text.trim().is_empty(),
            Program::Words(words) => words.first().is_none_or(String::is_empty),
        };
        if empty {
            return Err(Error::Empty);
        }
        if let Some((name, _)) = self.env.iter().find(|(name, _)| name.is_empty() || name.contains(['=', '\0'])) {
            return Err(Error::Variable { name: name.clone() });
        }
        match &self.cwd {
            Some(folder) if !folder.is_dir() => {
                Err(Error::Folder { command: self.brief(), folder: folder.display().to_string() })
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Program {
    /// As it would be typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shell(text) => f.write_str(text),
            Self::Words(words) => {
                let typed: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                f.write_str(&typed.join(" "))
            }
        }
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_words_is_shown_as_it_would_be_typed() {
        let words = ["grep", "-c", "it's", ""].map(str::to_owned).to_vec();
        assert_eq!(Program::Words(words).to_string(), r"grep -c 'it'\''s' ''");
    }

    #[test]
    fn a_message_shows_the_first_line_of_a_long_command() {
        let brief = |text: &str| Command::new(Program::Shell(text.to_owned())).brief();
        assert_eq!(brief("echo a\necho b"), "echo a…");
        assert_eq!(brief("\n  echo a  \n"), "echo a");
        assert_eq!(brief(&"é".repeat(200)).chars().count(), BRIEF_CHARS_MAX + 1);
    }
}
