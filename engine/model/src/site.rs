//! A named place to act: which machines there are, and how they and the cluster are reached.
//!
//! A run carries its site, so that a resume reaches the same machines wherever it is done and whatever became of the
//! file. What is not said here is for the user's own ssh configuration to say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A named place to act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// The file it was read from, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The ssh configuration that is used in place of the user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_config: Option<String>,
    /// The machines by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub machines: BTreeMap<String, SiteMachine>,
}

/// A machine as a site describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteMachine {
    /// What `ssh` is given to connect to; the machine's name where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The user to log in as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The machines that are jumped over on the way, as `ssh -J` takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump: Option<String>,
    /// Whether what is done there is done through `sudo`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sudo: bool,
    /// The ssh configuration for this machine alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_config: Option<String>,
    /// The name of its node in Kubernetes; the machine's name where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Its labels, by which a runbook chooses machines.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl Site {
    /// The machine of this name, or else that of the node of this name.
    pub fn machine(&self, name: &str) -> Option<(&str, &SiteMachine)> {
        let by_name = self.machines.get_key_value(name);
        let found = by_name.or_else(|| self.machines.iter().find(|(_, machine)| machine.node.as_deref() == Some(name)));
        found.map(|(name, machine)| (name.as_str(), machine))
    }

    /// The machine of the node `node`.
    pub fn machine_of_node(&self, node: &str) -> Option<(&str, &SiteMachine)> {
        let by_node = self.machines.iter().find(|(_, machine)| machine.node.as_deref() == Some(node));
        let found = by_node.or_else(|| self.machines.get_key_value(node).filter(|(_, machine)| machine.node.is_none()));
        found.map(|(name, machine)| (name.as_str(), machine))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_found_by_its_name_and_by_its_nodes() {
        let of_node = |node: &str| SiteMachine { node: Some(node.to_owned()), ..SiteMachine::default() };
        let machines = [
            ("a".to_owned(), of_node("n1")),
            ("n1".to_owned(), of_node("n2")),
            ("n3".to_owned(), SiteMachine::default()),
        ];
        let site = Site { machines: machines.into(), ..Site::default() };
        let name = |found: Option<(&str, &SiteMachine)>| found.map(|(name, _)| name.to_owned());
        assert_eq!(name(site.machine("n1")).as_deref(), Some("n1"));
        assert_eq!(name(site.machine("n2")).as_deref(), Some("n1"));
        assert_eq!(name(site.machine_of_node("n1")).as_deref(), Some("a"));
        assert_eq!(name(site.machine_of_node("n3")).as_deref(), Some("n3"));
        assert_eq!(name(site.machine_of_node("a")), None);
    }
}
