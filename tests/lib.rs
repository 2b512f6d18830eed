//! All tests that look at the program from outside, in one binary.

mod examples;
mod reference;
mod tidy;
mod transcripts;
