//! What a runbook may touch: `[needs]` of its front matter. Everything else is refused.
//!
//! Each family has a list of patterns, `"action target"`; several actions are parted by commas, `*` is any action, and
//! an action alone is that action on anything. What a target is and what `*` covers in it differs:
//!
//! - `local = ["run tar *"]`: a command line; see `command.rs` for what `*` never covers.
//! - `file = ["read /etc/**"]`: a path; `*` within one name, `**` across them. `..` is resolved first, links are not:
//!   whoever opens the file must look where a link leads and ask again.
//! - `http = ["get https://example.com/*"]`: a URL; without a path it is the whole server.
//! - `net = ["tcp *:443", "dns *.example.com", "http https://…"]`: without the family, probes are free.
//! - `kube = ["read *", "apply configmaps,daemonsets.apps kube-system/*"]`: kinds with their group, then objects.
//! - `helm = ["web@shop", "*@kube-system"]`: a release and its namespace, for whatever is done with it.
//! - `ssh = ["run tar *", "write /etc/app/**", "service k3s*", "reboot"]`: a command line, a path, a unit without its
//!   `.service`, a setting of the kernel, or a machine; on whichever machine.

mod address;
mod command;
mod endpoint;
mod glob;
mod growth;
mod path;
mod pattern;
mod read;
mod refuse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use growth::{Growth, diff};
use pattern::Pattern;

/// The families there are.
pub const FAMILIES: [&str; 7] = ["kube", "ssh", "helm", "local", "http", "file", "net"];

/// What a runbook may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    families: BTreeMap<String, Vec<Pattern>>,
}

impl Needs {
    /// Whether the runbook may do `action` on `target`.
    pub fn allows(&self, family: &str, action: &str, target: &str) -> bool {
        match self.families.get(family) {
            Some(patterns) => patterns.iter().any(|pattern| pattern.allows(family, action, target)),
            None => family == "net",
        }
    }

    /// Whether the runbook may do anything of `family`.
    pub fn speaks_of(&self, family: &str) -> bool {
        self.families.get(family).is_some_and(|patterns| !patterns.is_empty())
    }

    /// The patterns of each family, in the order in which families are told.
    pub fn by_family(&self) -> Vec<(String, Vec<String>)> {
        let listed = FAMILIES.iter().filter_map(|family| Some((family, self.families.get(*family)?)));
        let texts = listed.map(|(family, patterns)| {
            let texts = match patterns.as_slice() {
                [] => vec!["(nothing)".to_owned()],
                some => some.iter().map(|pattern| pattern.text.clone()).collect(),
            };
            ((*family).to_owned(), texts)
        });
        texts.collect()
    }

    /// One line for each thing the runbook may do, `local: run tar *`.
    pub fn to_lines(&self) -> Vec<String> {
        let families = self.by_family().into_iter();
        families.flat_map(|(family, texts)| texts.into_iter().map(move |text| format!("{family}: {text}"))).collect()
    }
}
