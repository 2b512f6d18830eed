//! What a run reaches for, as its first record keeps it.

use serde::{Deserialize, Serialize};

use crate::site::Site;

/// The cluster and the machines a run acts on, and how they are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// The kubeconfig, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<String>,
    /// The context, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Who the cluster is: the identity of its namespace `kube-system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The ssh configuration, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_config: Option<String>,
    /// The site, where one was named: a copy of what its file said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
}

impl Aim {
    /// Whether nothing was named and no cluster is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
