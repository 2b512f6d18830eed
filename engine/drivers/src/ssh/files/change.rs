//! Writes, moves, removes and makes what stands at a path of a machine.

use runbook_model::{Failure, Value};
use sha2::{Digest, Sha256};

use super::script::{WRITE, ask, check_path, script};
use super::trouble::refused;
use crate::ssh::quote::printed;
use crate::ssh::remote::Question;
use crate::ssh::{Error, Remote};

/// The most that goes through the shell that is there anyway; more gets a session of its own.
const INLINE_BYTES_MAX: usize = 32 * 1024;

/// What a written file is beside its content. What is not given stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Its permission bits; 0644 for a new file.
    pub mode: Option<u32>,
    /// Its owner as `chown` takes it, `user` or `user:group`.
    pub owner: Option<String>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many bytes.
    pub size: u64,
    /// Their digest.
    pub sha256: String,
    /// Whether the file was changed; not where it was already so.
    pub changed: bool,
}

impl Written {
    /// As a run keeps it, and as [`Remote::put_back`] takes it.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("size", Value::Int(i64::try_from(self.size).unwrap_or(i64::MAX))),
            ("sha256", Value::from(self.sha256.as_str())),
            ("changed", Value::Bool(self.changed)),
        ])
    }
}

impl Attributes {
    pub(super) fn check(&self) -> Result<(), Error> {
        let odd = |text: &String| {
            text.is_empty()
                || text.starts_with('-')
                || !text.chars().all(|c| c.is_ascii_alphanumeric() || "._-:".contains(c))
        };
        match &self.owner {
            Some(owner) if odd(owner) => Err(Error::Word { what: "an owner", text: owner.clone() }),
            _ => Ok(()),
        }
    }

    /// The script that writes what `body` prints.
    pub(super) fn script(&self, path: &str, sha256: &str, expected: Option<&str>, body: &str) -> String {
        let mode = self.mode.map(|mode| format!("{mode:o}")).unwrap_or_default();
        let owner = self.owner.as_deref().unwrap_or_default();
        let arguments = [path, &mode, owner, sha256, expected.unwrap_or_default()];
        script(&arguments, &format!("body() {{ {body}; }}\n{WRITE}"))
    }
}

impl Remote {
    /// Makes `bytes` the content of the file at `path`.
    ///
    /// Guarantees: whoever reads the file meets the old content or the new; the new is on the disk when this comes back.
    /// A link at `path` stays, and what it leads to changes. What is not given of `attributes` stays as it was.
    pub async fn write(&self, path: &str, bytes: &[u8], attributes: &Attributes) -> Result<Written, Failure> {
        Ok(self.place(path, bytes, attributes, None).await?)
    }

    /// The same, where the file is still the one with the digest `expected`.
    pub(super) async fn place(
        &self,
        path: &str,
        bytes: &[u8],
        attributes: &Attributes,
        expected: Option<&str>,
    ) -> Result<Written, Error> {
        let path = check_path(path)?;
        attributes.check()?;
        let sha256 = crate::file::hex(&Sha256::digest(bytes));
        let during = "while a file was written";
        let answer = if bytes.len() <= INLINE_BYTES_MAX {
            let body = format!("printf '{}'", printed(bytes));
            let script = attributes.script(path, &sha256, expected, &body);
            ask(self, path, Question::changes(&script, during)).await?
        } else {
            let script = attributes.script(path, &sha256, expected, "cat");
            let answer = self.give(&script, during, bytes, |_| {}).await?;
            if answer.status != 0 {
                return Err(refused(self, path, &answer));
            }
            answer
        };
        Ok(Written { size: bytes.len() as u64, sha256, changed: answer.text().trim() != "same" })
    }

    /// Moves what is at `from` to `to`, where nothing may be.
    pub async fn rename(&self, from: &str, to: &str) -> Result<(), Failure> {
        let (from, to) = (check_path(from)?, check_path(to)?);
        let text = "[ -e \"$1\" ] || [ -L \"$1\" ] || gone \"$1\"\n\
            if [ -e \"$2\" ] || [ -L \"$2\" ]; then exit 100; fi\n\
            folder_of \"$1\"; was=$d; folder_of \"$2\"; [ -d \"$d\" ] || exit 92\n\
            mv -- \"$1\" \"$2\" || exit 1; sync \"$was\" \"$d\"";
        let script = script(&[from, to], text);
        let question = Question::changes(&script, "while a file was moved");
        let answer = self.question(question).await?;
        match answer.status {
            0 => Ok(()),
            92 | 100 => Err(refused(self, to, &answer).into()),
            _ => Err(refused(self, from, &answer).into()),
        }
    }

    /// Removes the file, the link or the empty folder at `path`; that nothing is there is fine.
    pub async fn remove(&self, path: &str) -> Result<(), Failure> {
        Ok(self.take_away(path, None).await?)
    }

    /// The same, where the file is still the one with the digest `expected`.
    pub(super) async fn take_away(&self, path: &str, expected: Option<&str>) -> Result<(), Error> {
        let path = check_path(path)?;
        let text = "[ -e \"$1\" ] || [ -L \"$1\" ] || exit 0\nours \"$1\" \"$2\"\n\
            if [ -d \"$1\" ] && [ ! -L \"$1\" ]; then\n\
            [ -z \"$(ls -A -- \"$1\")\" ] || exit 96\nrmdir -- \"$1\" || exit 1\n\
            else rm -f -- \"$1\" || exit 1; fi\nfolder_of \"$1\"; sync \"$d\"";
        let script = script(&[path, expected.unwrap_or_default()], text);
        ask(self, path, Question::changes(&script, "while a file was removed")).await?;
        Ok(())
    }

    /// Makes the folder at `path` and those above it; one that is there already stays, with `mode` where it is given.
    pub async fn mkdir(&self, path: &str, mode: Option<u32>) -> Result<(), Failure> {
        let path = check_path(path)?;
        let mode = mode.map(|mode| format!("{mode:o}")).unwrap_or_default();
        let text = "[ -e \"$1\" ] && [ ! -d \"$1\" ] && exit 94\n\
            mkdir -p -- \"$1\" || exit 1\nif [ -n \"$2\" ]; then chmod \"$2\" \"$1\" || exit 1; fi\n\
            folder_of \"$1\"; sync \"$1\" \"$d\"";
        let script = script(&[path, &mode], text);
        ask(self, path, Question::changes(&script, "while a folder was made")).await?;
        Ok(())
    }

    /// Makes a link at `path` that leads to `to`.
    pub(super) async fn put_link(&self, path: &str, to: &str, expected: Option<&str>) -> Result<(), Error> {
        let path = check_path(path)?;
        let text = "ours \"$1\" \"$3\"\nfolder_of \"$1\"\n[ \"$(readlink -- \"$1\")\" = \"$2\" ] && exit 0\n\
            ln -s -- \"$2\" \"$1.runbook\" && mv -f -- \"$1.runbook\" \"$1\" || exit 1\nsync \"$d\"";
        let script = script(&[path, to, expected.unwrap_or_default()], text);
        ask(self, path, Question::changes(&script, "while a link was put back")).await?;
        Ok(())
    }
}
