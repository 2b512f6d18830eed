//! What kinds there are and what their objects look like: the real server's own word for it, as data.
//!
//! `data/` is written by `tests/shapes` from a running server, so the next version is one command away.
//! Promises: nothing is unpacked before it is asked for. Must never say anything of a kind that the data does not say.

pub mod custom;
pub mod document;
mod kind;
mod read;
mod shape;
mod table;

pub use kind::{Kind, Sub};
pub use shape::{By, Field, Form, Link, Merge, Shape, Written};
pub use table::Shapes;
