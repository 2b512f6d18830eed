//! The Kubernetes API as a function: a world and a request give an answer and a changed world.
//!
//! One verb per file. Must never do I/O, read a clock or keep anything outside the world; the door in `serve` carries
//! bytes and time in and out.

mod accept;
mod access;
mod admit;
mod answer;
mod body;
mod collection;
mod components;
mod convert;
mod delete;
mod discovery;
mod encode;
mod exec;
mod faults;
mod follow;
mod forward;
mod get;
mod health;
mod impersonate;
mod kinds;
mod labels;
mod list;
mod openapi;
mod options;
mod own;
mod proto;
mod protobuf;
mod request;
mod reviews;
mod route;
mod select;
mod speaks;
mod sub;
mod swagger;
mod table;
mod target;
mod token;
mod watch;
mod write;
mod yaml;

pub use answer::{Answer, Body, Broken};
pub use exec::{Exec, Said};
pub use follow::Follow;
pub use forward::{Forward, Port};
pub(crate) use forward::{behind, reply};
pub use request::{Heard, Query, Request, User};
pub use route::answer;
pub use speaks::{Channels, Speaks};
pub use token::user_of_token;
pub use watch::{Found, Polled, Watch};
