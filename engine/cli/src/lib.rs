//! The command line: what is typed becomes calls of the rooms below. It composes, and holds no logic of its own.

mod aim;
mod args;
mod commands;
mod conduct;
mod dispatch;
mod edits;
mod exit;
mod helm;
mod leftovers;
mod limits;
mod lock;
mod look;
mod name;
mod pages;
mod places;
mod proof;
mod rehearsal;
mod scene;
mod screen;
mod session;
mod time;
mod warden;

pub use dispatch::main;
