//! The room `twin`: a whole cluster in one process, spoken to the way a cluster is.
//!
//! Its doors are the Kubernetes API over TLS, SSH to every machine, and a `helm`; behind them are objects, machines and
//! the laws of what happens by itself. Promises: a world is a value, and the same seed gives the same run.
//! Must never import another room: a stranger could use it. What it does not know it refuses loudly.

pub mod api;
pub mod charts;
pub mod clock;
mod cni;
pub mod connectivity;
pub mod faults;
pub mod fields;
pub mod helm;
pub mod json;
pub mod laws;
pub mod machines;
mod mix;
pub mod net;
pub mod portrait;
pub mod rules;
pub mod scene;
pub mod serve;
pub mod shapes;
pub mod ssh;
pub mod world;
