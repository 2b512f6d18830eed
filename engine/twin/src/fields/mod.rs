//! Which field belongs to whom.
