//! Facts
