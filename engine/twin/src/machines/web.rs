//! What a machine gets from elsewhere: plain data that a scene or a law fills in.

use std::sync::Arc;

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Arc<Vec<u8>>,
}
