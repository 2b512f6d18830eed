//! One pattern of `[needs]`: which actions on which target.

use super::glob::any;
use super::{address, command, endpoint, path};

/// One pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// As it is written.
    pub(super) text: String,
    /// The actions, `*` for any.
    pub(super) actions: Vec<String>,
    /// The target; none for anything.
    pub(super) target: Option<String>,
}

impl Pattern {
    /// The parts of `text`, not yet checked.
    pub(super) fn parse(family: &str, text: &str) -> Self {
        let text = text.trim();
        // A release of `helm` is named without a verb: what may be done with it is to manage it.
        let (actions, target) = match text.split_once(char::is_whitespace) {
            _ if family == "helm" => ("*", Some(text)),
            Some((actions, target)) => (actions, Some(target.trim())),
            None => (text, None),
        };
        Self {
            text: text.to_owned(),
            actions: actions.split(',').map(str::to_owned).collect(),
            target: target.map(str::to_owned),
        }
    }

    /// Whether it allows `action` on `target`.
    pub(super) fn allows(&self, family: &str, action: &str, target: &str) -> bool {
        if !self.actions.iter().any(|one| one == "*" || one == action) {
            return false;
        }
        let Some(pattern) = &self.target else { return true };
        match (family, action) {
            ("local", _) | ("ssh", "run") => command::allows(pattern, target),
            ("file", _) | ("ssh", "read" | "write") => path::allows(pattern, target),
            ("http", _) | ("net", "http") => address::allows(pattern, target),
            ("net", "tcp") => endpoint::allows(pattern, target),
            ("net", "dns") => endpoint::allows_host(pattern, target),
            _ => words(pattern, target),
        }
    }
}

/// Word by word: `apply pods,services kube-system/*`. Words that the pattern does not have may be anything.
fn words(pattern: &str, target: &str) -> bool {
    let mut given = target.split_whitespace();
    pattern.split_whitespace().all(|wanted| {
        let word = given.next().unwrap_or_default();
        wanted.split(',').any(|one| any(one, word))
    })
}
