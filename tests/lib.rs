//! All tests that look at the program from outside, in one binary.

mod examples;
mod tidy;
mod transcripts;
