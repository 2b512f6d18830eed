//! Speaks with the API of a Kubernetes cluster.
//!
//! Promises: any kind the server knows can be read and changed, custom ones included. Whatever is changed carries the
//! name of our field manager, and no field of another is taken without being told to. Certificates are checked as the
//! kubeconfig says. Waiting is done by watches. Where a server cannot be reached a call may dial again, because then
//! nothing was sent; nothing that was sent is ever sent twice.
//! Never: poll for a change, keep a list both as text and as values, read more of the kubeconfig than is asked.

mod apply;
mod before;
mod call;
mod certificate;
mod cluster;
mod config;
mod delete;
mod dial;
mod diff;
mod discovery;
mod documents;
mod drain;
mod error;
mod evict;
mod exec;
mod feed;
mod field;
mod get;
mod kinds;
mod lease;
mod list;
mod logs;
mod mask;
mod mates;
mod names;
mod object;
mod owners;
mod patch;
mod plain;
mod proxy;
mod rollout;
mod volumes;
mod wait;

pub use apply::{Applied, Apply};
pub use before::Left;
pub use call::Progress;
pub use cluster::{Cluster, Options};
pub use delete::{Delete, Deleted, Owned};
pub use diff::{Change, changes};
pub use documents::Manifests;
pub use drain::{Drain, Drained, Item, Plan};
pub use error::is_outdated;
pub use evict::Evicted;
pub use exec::{Exec, Executed, Line};
pub use field::Field;
pub use get::May;
pub use kinds::Kind;
pub use lease::{Claim, Lease};
pub use list::{Objects, Pages, Select};
pub use logs::Logs;
pub use names::Ref;
pub use patch::Form;
pub use rollout::status as rollout_status;
pub use wait::{Verdict, Wait};

/// The name under which our changes are known to the server.
pub const MANAGER: &str = "runbook";

/// The result of a verb.
type Result<T> = std::result::Result<T, runbook_model::Failure>;
