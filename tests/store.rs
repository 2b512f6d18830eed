//! The store in trouble.
