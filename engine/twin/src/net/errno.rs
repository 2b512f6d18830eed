//! The kernel's refusals: a number with its text, and the longer word netlink sometimes sends with it.

/// Why the kernel said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errno {
    Perm,
    NoEntry,
    NoProcess,
    Exists,
    NoDevice,
    Invalid,
    NotSupported,
    InUse,
    NotAvailable,
    NetDown,
    NetUnreachable,
    HostUnreachable,
    Access,
    TooMany,
}

impl Errno {
    /// The text of `strerror`.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Errno::Perm => "Operation not permitted",
            Errno::NoEntry => "No such file or directory",
            Errno::NoProcess => "No such process",
            Errno::Exists => "File exists",
            Errno::NoDevice => "No such device",
            Errno::Invalid => "Invalid argument",
            Errno::NotSupported => "Operation not supported",
            Errno::InUse => "Address already in use",
            Errno::NotAvailable => "Cannot assign requested address",
            Errno::NetDown => "Network is down",
            Errno::NetUnreachable => "Network is unreachable",
            Errno::HostUnreachable => "No route to host",
            Errno::Access => "Permission denied",
            Errno::TooMany => "Too many levels of symbolic links",
        }
    }
}

/// A refusal by netlink: the number, and the kernel's own sentence where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) errno: Errno,
    pub(crate) said: Option<String>,
}

impl Refused {
    pub(crate) fn said(errno: Errno, said: &str) -> Refused {
        Refused { errno, said: Some(said.to_owned()) }
    }
}

impl From<Errno> for Refused {
    fn from(errno: Errno) -> Refused {
        Refused { errno, said: None }
    }
}
