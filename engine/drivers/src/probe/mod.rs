//! Looks from within a cluster what reaches what: from pods made for it on each node, and from the nodes themselves.
//!
//! Promises: the pods live in a namespace that holds nothing else, so that they are removed as one; a question that
//! could not be asked is answered as unknown, never as yes; nothing but a shell and what lies in the image is needed.
//! Never: touch an object outside that namespace; ask the same question twice, but to see a rule take hold.

mod asking;
mod inside;
mod manifests;
mod policy;
mod posts;
mod question;
mod wire;

pub use asking::{Kinds, Plan, ask};
pub use inside::{read, script};
pub use policy::policies;
pub use posts::{Post, Posts, Role, Site, namespace, old, remove, start};
pub use question::{Answer, Ask, Known, Question};
