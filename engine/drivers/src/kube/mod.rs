//! Speaks with the API of a Kubernetes cluster.
//!
//! Promises: any kind the server knows can be read and changed, custom ones included. Whatever is changed carries the
//! name of our field manager, and no field of another is taken without being told to. Certificates are checked as the
//! kubeconfig says. Waiting is done by watches. Where a server cannot be reached a call may dial again, because then
//! nothing was sent; nothing that was sent is ever sent twice.
//! Never: poll for a change, keep a list both as text and as values, read more of the kubeconfig than is asked.

mod call;
mod cluster;
mod config;
mod discovery;
mod error;
mod get;
mod kinds;
mod list;
mod names;
mod object;
mod plain;
mod proxy;

pub use call::Progress;
pub use cluster::{Cluster, Options};
pub use get::May;
pub use kinds::Kind;
pub use list::{Objects, Pages, Select};
pub use names::Ref;

/// The name under which our changes are known to the server.
pub const MANAGER: &str = "runbook";

/// The result of a verb.
type Result<T> = std::result::Result<T, runbook_model::Failure>;
