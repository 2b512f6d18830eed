//! A command of a machine and how it is to be run.

use std::time::Duration;

use crate::local::{self, Program};
use crate::ssh::quote::quoted;

use super::Error;

/// The most a command can be given to read.
const STDIN_BYTES_MAX: usize = 1024 * 1024;
/// The longest name of a token.
const TOKEN_CHARS_MAX: usize = 200;

/// A command of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What to run; a text is for the machine's `sh`.
    pub program: Program,
    /// The folder it runs in; `/` or that of the login where it is not given.
    pub cwd: Option<String>,
    /// What its environment has beside that of the login.
    pub env: Vec<(String, String)>,
    /// What it is given to read; nothing where it is not given.
    pub stdin: Option<Vec<u8>>,
    /// Whom it runs as, where not as whom the machine is reached; only root can say so.
    pub user: Option<String>,
    /// How long it may take. The machine itself ends it then, connected or not.
    pub timeout: Option<Duration>,
    /// The exit statuses that count as done; only 0 where the list is empty.
    pub ok: Vec<i32>,
}

impl Command {
    /// `program` with nothing else asked.
    pub fn new(program: Program) -> Self {
        Self { program, cwd: None, env: Vec::new(), stdin: None, user: None, timeout: None, ok: Vec::new() }
    }

    /// Its first line, shortened, for messages.
    pub fn brief(&self) -> String {
        local::Command::new(self.program.clone()).brief()
    }

    pub(super) fn accepts(&self, status: i32) -> bool {
        if self.ok.is_empty() { status == 0 } else { self.ok.contains(&status) }
    }

    /// The file that `sh` runs.
    pub(super) fn script(&self) -> String {
        let mut script = String::new();
        for (name, value) in &self.env {
            script.push_str(&format!("export {name}={}\n", quoted(value)));
        }
        let folder = quoted(self.cwd.as_deref().unwrap_or("/"));
        script.push_str(&format!("cd -- {folder} || exit 126\n"));
        match &self.program {
            Program::Shell(text) => script.push_str(text),
            Program::Words(words) => {
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                script.push_str(&format!("exec {}", words.join(" ")));
            }
        }
        script.push('\n');
        script
    }

    /// Refuses what can be refused before anything is sent.
    pub(super) fn check(&self) -> Result<(), Error> {
        let empty = match &self.program {
            Program::Shell(text) => text.trim().is_empty(),
            Program::Words(words) => words.first().is_none_or(String::is_empty),
        };
        if empty {
            return Err(local::Error::Empty.into());
        }
        let name_ok = |name: &str| {
            !name.starts_with(|c: char| c.is_ascii_digit())
                && !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if let Some((name, _)) = self.env.iter().find(|(name, _)| !name_ok(name)) {
            return Err(local::Error::Variable { name: name.clone() }.into());
        }
        if self.script().contains('\0') {
            return Err(Error::Nul { what: "a command" });
        }
        if let Some(user) = &self.user
            && (user.is_empty()
                || user.starts_with('-')
                || user.contains(|c: char| c.is_control() || c.is_whitespace()))
        {
            return Err(Error::Word { what: "a user", text: user.clone() });
        }
        match &self.stdin {
            Some(stdin) if stdin.len() > STDIN_BYTES_MAX => {
                Err(Error::Input { what: "what a command is given to read", most: STDIN_BYTES_MAX })
            }
            _ => Ok(()),
        }
    }
}

/// Refuses a token that could not be the name of a folder, or would be another one's.
pub(in crate::ssh) fn check_token(token: &str) -> Result<(), Error> {
    let plain = token.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if plain && (1..=TOKEN_CHARS_MAX).contains(&token.len()) && !token.starts_with(['.', '-']) {
        return Ok(());
    }
    Err(Error::Word { what: "a token", text: token.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_as_a_file_for_a_shell() {
        let mut command = Command::new(Program::Words(vec!["echo".into(), "it's".into()]));
        command.env = vec![("A".into(), "b c".into())];
        command.cwd = Some("/tmp".into());
        assert_eq!(command.script(), "export A='b c'\ncd -- /tmp || exit 126\nexec echo 'it'\\''s'\n");
    }

    #[test]
    fn what_cannot_be_a_command_or_a_token_is_refused() {
        let shell = |text: &str| Command::new(Program::Shell(text.to_owned()));
        assert!(shell(" \n").check().is_err());
        assert!(shell("a\0b").check().is_err());
        assert!(Command { env: vec![("a b".into(), String::new())], ..shell("true") }.check().is_err());
        assert!(Command { user: Some("-x".into()), ..shell("true") }.check().is_err());
        assert!(Command { stdin: Some(vec![0; STDIN_BYTES_MAX + 1]), ..shell("true") }.check().is_err());
        assert!(shell("true").check().is_ok());
        for token in ["", "..", "a/b", "a b", "-rf", "$(id)", &"x".repeat(201)] {
            assert!(check_token(token).is_err(), "{token:?}");
        }
        assert!(check_token("4f2a.upgrade-n3.1").is_ok());
    }
}
