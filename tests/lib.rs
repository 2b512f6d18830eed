//! The tests that see the program as its users do: as a process, with files around it.

mod place;
mod store;
mod sweeps;
