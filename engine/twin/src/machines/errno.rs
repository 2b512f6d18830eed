//! What a kernel says when it refuses.
//!
//! Promises: the words are those of the C library, since people and scripts read them.

use std::fmt;

/// A refusal of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errno {
    /// `EACCES`.
    Access,
    /// `EBADF`.
    BadFile,
    /// `EBUSY`.
    Busy,
    /// `ECHILD`.
    NoChild,
    /// `EEXIST`.
    Exists,
    /// `EINVAL`.
    Invalid,
    /// `EIO`.
    Io,
    /// `EISDIR`.
    IsFolder,
    /// `ELOOP`.
    Loop,
    /// `ENAMETOOLONG`.
    LongName,
    /// `ENODEV`.
    NoDevice,
    /// `ENOENT`.
    Missing,
    /// `ENOEXEC`.
    NotProgram,
    /// `ENOSPC`.
    NoSpace,
    /// `ENOTDIR`.
    NotFolder,
    /// `ENOTEMPTY`.
    NotEmpty,
    /// `EOPNOTSUPP`.
    NotSupported,
    /// `ENOTTY`.
    NotTerminal,
    /// `EPERM`.
    Permitted,
    /// `EPIPE`.
    Pipe,
    /// `EROFS`.
    ReadOnly,
    /// `ESPIPE`.
    Seek,
    /// `ESRCH`.
    NoProcess,
    /// `EXDEV`.
    OtherDevice,
}

impl Errno {
    /// The words of `strerror`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Access => "Permission denied",
            Self::BadFile => "Bad file descriptor",
            Self::Busy => "Device or resource busy",
            Self::NoChild => "No child processes",
            Self::Exists => "File exists",
            Self::Invalid => "Invalid argument",
            Self::Io => "Input/output error",
            Self::IsFolder => "Is a directory",
            Self::Loop => "Too many levels of symbolic links",
            Self::LongName => "File name too long",
            Self::NoDevice => "No such device",
            Self::Missing => "No such file or directory",
            Self::NotProgram => "Exec format error",
            Self::NoSpace => "No space left on device",
            Self::NotFolder => "Not a directory",
            Self::NotEmpty => "Directory not empty",
            Self::NotSupported => "Operation not supported",
            Self::NotTerminal => "Inappropriate ioctl for device",
            Self::Permitted => "Operation not permitted",
            Self::Pipe => "Broken pipe",
            Self::ReadOnly => "Read-only file system",
            Self::Seek => "Illegal seek",
            Self::NoProcess => "No such process",
            Self::OtherDevice => "Invalid cross-device link",
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.words())
    }
}
