//! The hands of a run: each folder reaches one kind of thing, and says of every failure whether it acted.
//!
//! Promises: a verb does one thing once, can be dropped at any time, and gives a [`runbook_model::Failure`].
//! `may_have_acted` means that the end of the call is not known. A refusal that came back is a known end.
//! Never: retry, know steps, Rhai or the journal, print, read the time of day.

pub mod clock;
pub mod file;
pub mod helm;
pub mod http;
pub mod kube;
pub mod local;
pub mod net;
pub mod probe;
pub mod ssh;

pub use clock::Clock;
