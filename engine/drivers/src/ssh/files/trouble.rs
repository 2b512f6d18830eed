//! What goes wrong with a file of a machine.

use std::fmt;

use runbook_model::{Failure, code};

use crate::ssh::{Answer, Error, Remote};

/// What is the matter with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Replacing it would change its owner.
    Owner,
    /// Nothing is there.
    Missing,
    /// The folder it is to be made in is not there.
    NoFolder,
    /// A folder where a file is wanted.
    Folder,
    /// Something else where a folder is wanted.
    NotFolder,
    /// A pipe, a socket or a device.
    Special,
    /// A folder that is to be removed is not empty.
    NotEmpty,
    /// Someone else has changed it since.
    Trampled,
    /// What arrived is not what was sent.
    Torn,
    /// A folder with too many names.
    Crowded,
    /// Something is there already.
    There,
    /// Larger than a value can be.
    Large,
    /// Bytes that are not UTF-8 where text is wanted.
    NotText,
    /// The machine refuses, and says why.
    Refused,
    /// What was there was too large to be kept.
    NotKept,
}

impl Trouble {
    /// What the exit status of one of our scripts means.
    fn of(status: i32) -> Self {
        match status {
            90 => Self::Owner,
            91 => Self::Missing,
            92 => Self::NoFolder,
            93 => Self::Folder,
            94 => Self::NotFolder,
            95 => Self::Special,
            96 => Self::NotEmpty,
            97 => Self::Trampled,
            98 => Self::Torn,
            99 => Self::Crowded,
            100 => Self::There,
            101 => Self::Large,
            _ => Self::Refused,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "belongs to another user, and replacing it would change that",
            Self::Missing => "is not there",
            Self::NoFolder => "cannot be made: its folder is not there",
            Self::Folder => "is a folder",
            Self::NotFolder => "is not a folder",
            Self::Special => "is not an ordinary file",
            Self::NotEmpty => "is a folder with something in it",
            Self::Trampled => "was changed by someone else since",
            Self::Torn => "did not arrive as it was sent",
            Self::Crowded => "has too many entries",
            Self::There => "is there already",
            Self::Large => "is larger than 16 MiB",
            Self::NotText => "is not text",
            Self::Refused => "cannot be worked on",
            Self::NotKept => "was too large to be kept",
        })
    }
}

/// The error of a script that did not end well.
pub(super) fn refused(remote: &Remote, path: &str, answer: &Answer) -> Error {
    let trouble = Trouble::of(answer.status);
    let why = if trouble == Trouble::Refused { answer.complaint() } else { String::new() };
    error(remote, path, trouble, why)
}

/// The error of `path` on this machine.
pub(super) fn error(remote: &Remote, path: &str, trouble: Trouble, why: String) -> Error {
    Error::File { machine: remote.machine().name.clone(), path: path.to_owned(), trouble, why }
}

/// The failure that tells it.
pub(in crate::ssh) fn failure(what: String, trouble: Trouble, why: &str) -> Failure {
    let failure = match trouble {
        Trouble::Missing => Failure::new(code::SSH_MISSING, what),
        Trouble::NoFolder => Failure::new(code::SSH_MISSING, what).hint("create it with `ssh::mkdir`"),
        Trouble::Trampled => Failure::new(code::SSH_TRAMPLED, what)
            .hint("look at it, put it right by hand, then settle the step as undone"),
        Trouble::Large => Failure::new(code::VALUE_LARGE, what).hint("download it to a file instead"),
        Trouble::Torn => Failure::new(code::SSH_FILE, what).retryable(),
        Trouble::NotKept => {
            Failure::new(code::SSH_FILE, what).hint("put it back from a backup, then settle the step as undone")
        }
        Trouble::Owner => Failure::new(code::SSH_FILE, what).hint("reach the machine as its owner or as root"),
        Trouble::NotText => Failure::new(code::SSH_FILE, what).hint("read it as bytes"),
        Trouble::NotEmpty => Failure::new(code::SSH_FILE, what).hint("remove what is in it first"),
        Trouble::Refused if why.contains("ermission denied") => {
            Failure::new(code::SSH_FILE, what).hint("check its permissions, and whether the machine needs `sudo`")
        }
        Trouble::Refused => Failure::new(code::SSH_FILE, what).retryable(),
        Trouble::Folder | Trouble::NotFolder | Trouble::Special | Trouble::Crowded | Trouble::There => {
            Failure::new(code::SSH_FILE, what)
        }
    };
    // A shell names itself and the line of our script, which helps nobody.
    match why.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        Some(line) => failure.because(line.split_once(": line ").map_or(line, |(_, rest)| rest)),
        None => failure,
    }
}
