//! All tests that look at the program from outside, in one binary.

mod changed;
mod doctor;
mod doubt;
mod examples;
mod helm;
mod kube;
mod language;
mod moves;
mod place;
mod plane;
mod proofs;
mod reference;
mod rehearsals;
mod seeds;
mod ssh;
mod stdlib;
mod store;
mod sweeps;
mod tidy;
mod transcripts;

/// Whether the control plane of these tests is a twin.
pub(crate) const TWIN: bool = false;
