//! What the report hears: records once they are on disk, and progress, which may be dropped.

use std::sync::Arc;

use crate::survey::Survey;
use crate::{Key, Millis, Record};

/// One thing the report hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A durable fact, already on disk. Never dropped, in the order of `seq`.
    Recorded(Arc<Record>),
    /// Something worth showing now and not worth keeping.
    Progress(Progress),
}

/// Something worth showing now.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// A command or a call printed a line.
    Output {
        /// The step it belongs to.
        key: Key,
        /// When.
        at: Millis,
        /// The line, secrets masked.
        line: String,
        /// Whether it came on the error channel.
        error: bool,
    },
    /// A call goes out that is not noted on disk: a read.
    Reading {
        /// The step it belongs to.
        key: Key,
        /// The call in one line.
        brief: String,
    },
    /// A wait, sleep or back-off goes on until then.
    Waiting {
        /// The step it belongs to.
        key: Key,
        /// What for.
        why: String,
        /// Until when, where that is known.
        until: Option<Millis>,
    },
    /// What a resume found, before any new effect.
    Surveyed(Survey),
    /// The run will stop at the next safe point.
    Stopping {
        /// What is waited for.
        after: Vec<Key>,
    },
}
