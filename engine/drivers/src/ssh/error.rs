//! What goes wrong on the way to a machine and on it, and what of it is known.

use std::time::Duration;

use runbook_model::{Failure, code};

use super::files::Trouble;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A part of the machine's description cannot be one.
    #[error("machine `{machine}` cannot have the {what} `{text}`")]
    Name {
        /// The machine.
        machine: String,
        /// Which part.
        what: &'static str,
        /// As it was given.
        text: String,
    },
    /// Something that goes to a shell cannot go there.
    #[error("{what} cannot be sent to a machine: it holds a NUL byte")]
    Nul {
        /// What it is.
        what: &'static str,
    },
    /// A word that means something to a shell, or cannot be what it should.
    #[error("{what} cannot be `{text}`")]
    Word {
        /// What it should be.
        what: &'static str,
        /// As it was given.
        text: String,
    },
    /// More than can be sent.
    #[error("{what} is more than {most} bytes")]
    Input {
        /// What it is.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// Something that a local command could not be either.
    #[error(transparent)]
    Local(#[from] crate::local::Error),
    /// What we ask of every machine does not work on this one.
    #[error("machine `{machine}` cannot {what}")]
    Script {
        /// The machine.
        machine: String,
        /// What it should do.
        what: &'static str,
        /// What it says.
        why: String,
    },
    /// `ssh` of this machine cannot be used.
    #[error("`ssh` of this machine cannot be used")]
    Client {
        /// Why.
        why: String,
    },
    /// There is no connection; nothing was sent.
    #[error("machine `{machine}` cannot be reached")]
    Unreachable {
        /// The machine.
        machine: String,
        /// Why.
        why: String,
    },
    /// The machine does not let us in.
    #[error("machine `{machine}` refuses the login")]
    Auth {
        /// The machine.
        machine: String,
        /// What it says.
        why: String,
    },
    /// The machine is not known to be the one it should be.
    #[error("machine `{machine}` {trouble}")]
    HostKey {
        /// The machine.
        machine: String,
        /// What is wrong with its key.
        trouble: KeyTrouble,
        /// The file that says which key it should be.
        file: Option<String>,
        /// The line of that file.
        line: Option<u32>,
        /// What `ssh` says.
        why: String,
    },
    /// It let us in and gives us no shell.
    #[error("machine `{machine}` gives no shell")]
    Refused {
        /// The machine.
        machine: String,
        /// What it says.
        why: String,
    },
    /// `sudo` does not let us.
    #[error("machine `{machine}` does not allow `sudo`")]
    Sudo {
        /// The machine.
        machine: String,
        /// What it says.
        why: String,
    },
    /// The connection broke.
    #[error("machine `{machine}` was lost {during}")]
    Lost {
        /// The machine.
        machine: String,
        /// When, `while it was asked for its facts`.
        during: String,
        /// Whether something may have been done.
        acted: bool,
        /// Why, as far as is known.
        why: String,
    },
    /// No answer in time.
    #[error("machine `{machine}` did not answer within {limit:?} {during}")]
    Timeout {
        /// The machine.
        machine: String,
        /// When.
        during: String,
        /// How long it could take.
        limit: Duration,
        /// Whether something may have been done.
        acted: bool,
    },
    /// More than can be taken in.
    #[error("machine `{machine}` answered with more than {most} bytes {during}")]
    Large {
        /// The machine.
        machine: String,
        /// When.
        during: String,
        /// The limit.
        most: usize,
        /// Whether something may have been done.
        acted: bool,
    },
    /// A file of a machine.
    #[error("`{path}` of `{machine}` {trouble}")]
    File {
        /// The machine.
        machine: String,
        /// The file.
        path: String,
        /// What is the matter.
        trouble: Trouble,
        /// What the machine says.
        why: String,
    },
    /// A failure that is complete already.
    #[error("{0}")]
    Whole(Box<Failure>),
}

/// What is wrong with the key of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTrouble {
    /// Nobody has said which it should be.
    Unknown,
    /// It is not the one it should be.
    Changed,
    /// It is one that must not be trusted.
    Revoked,
}

impl std::fmt::Display for KeyTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unknown => "shows a host key that is not known",
            Self::Changed => "shows another host key than before",
            Self::Revoked => "shows a host key that was revoked",
        })
    }
}

impl Error {
    /// Whether the connection itself went away, so that another one may help.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Unreachable { .. })
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Whole(Box::new(failure))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let what = error.to_string();
        let acted = |failure: Self, acted: bool| if acted { failure.may_have_acted() } else { failure };
        match error {
            Error::Whole(failure) => *failure,
            Error::File { trouble, why, .. } => super::files::trouble::failure(what, trouble, &why),
            Error::Local(local) => local.into(),
            Error::Name { .. } | Error::Nul { .. } | Error::Word { .. } => Self::new(code::VALUE_BAD, what),
            Error::Input { .. } => Self::new(code::VALUE_LARGE, what).hint("upload it as a file"),
            Error::Script { why, .. } => {
                let hint = "make room and permission on the machine for its private folder, then try again";
                Self::new(code::SSH_FILE, what).because(why).hint(hint)
            }
            Error::Client { why } => {
                Self::new(code::SSH_CLIENT, what).because(why).hint("make `ssh` work by hand, then try again")
            }
            Error::Unreachable { machine, why } => {
                let hint = format!("check that `{machine}` is up and that `ssh` reaches it by hand");
                Self::new(code::SSH_UNREACHABLE, what).because(why).retryable().hint(hint)
            }
            Error::Auth { why, .. } => {
                let hint = "load the key into your agent with `ssh-add`, or name it in your ssh configuration";
                Self::new(code::SSH_AUTH, what).because(why).hint(hint)
            }
            Error::HostKey { trouble, file, line, why, .. } => host_key(what, trouble, file, line, why),
            Error::Refused { why, .. } => Self::new(code::SSH_REFUSED, what)
                .because(why)
                .hint("check the login shell of the user there, and `MaxSessions` of its sshd"),
            Error::Sudo { why, .. } => {
                let hint =
                    "allow the user `sudo` without a password, or take `sudo` away from the machine's description";
                Self::new(code::SSH_SUDO, what).because(why).hint(hint)
            }
            Error::Lost { acted: may, why, .. } => acted(Self::new(code::SSH_LOST, what).because(why), may).retryable(),
            Error::Timeout { acted: may, .. } => acted(Self::new(code::SSH_TIMEOUT, what), may).retryable(),
            Error::Large { acted: may, .. } => acted(Self::new(code::VALUE_LARGE, what), may),
        }
    }
}

fn host_key(what: String, trouble: KeyTrouble, file: Option<String>, line: Option<u32>, why: String) -> Failure {
    let failure = Failure::new(code::SSH_HOST_KEY, what).because(why);
    let file = file.unwrap_or_else(|| "~/.ssh/known_hosts".to_owned());
    match (trouble, line) {
        (KeyTrouble::Changed, Some(line)) => failure.hint(format!(
            "find out why it changed; if it is right, remove line {line} of `{file}` and connect once by hand"
        )),
        (KeyTrouble::Revoked, _) => failure.hint(format!("do not connect; look at who revoked the key in `{file}`")),
        (KeyTrouble::Changed, None) | (KeyTrouble::Unknown, _) => failure.hint(format!(
            "compare the key with the machine's own, and put it into `{file}` by connecting once by hand"
        )),
    }
}
