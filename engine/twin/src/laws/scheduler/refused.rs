//! Why no node will do, in the scheduler's words.

use std::collections::BTreeMap;

/// Why one node will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct No {
    /// The reasons.
    pub(super) reasons: Vec<String>,
    /// Whether evicting others could not help.
    pub(super) firm: bool,
}

impl No {
    /// A reason that evicting others could not remove.
    pub(super) fn firm(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()], firm: true }
    }

    /// A reason that may go with other pods.
    pub(super) fn soft(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()], firm: false }
    }
}

/// Why none of the nodes will do.
#[derive(Clone, Debug, Default)]
pub(super) struct Refused {
    pub(super) total: usize,
    reasons: BTreeMap<String, usize>,
    firm: usize,
    soft: usize,
    whole: Option<String>,
}

impl Refused {
    /// A reason that concerns no single node.
    pub(super) fn whole((nodes, reason): (usize, String)) -> Self {
        Self { total: nodes, whole: Some(reason), ..Self::default() }
    }

    pub(super) fn add(&mut self, no: No) {
        for reason in no.reasons {
            *self.reasons.entry(reason).or_default() += 1;
        }
        if no.firm {
            self.firm += 1;
        } else {
            self.soft += 1;
        }
    }

    /// Where only one node was wanted by name, all others are refused for that.
    pub(super) fn rest_by_name(&mut self, named: bool) {
        let rest = self.total.saturating_sub(self.firm + self.soft);
        if named && rest > 0 {
            *self.reasons.entry("node(s) didn't satisfy plugin(s) [NodeAffinity]".to_owned()).or_default() += rest;
            self.firm += rest;
        }
    }

    /// The message of the condition and of the event.
    pub(super) fn message(&self) -> String {
        let total = self.total;
        if total == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        if let Some(whole) = &self.whole {
            return format!("0/{total} nodes are available: {whole}. not found");
        }
        let mut reasons: Vec<String> = self.reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        reasons.sort();
        let mut victims = Vec::new();
        if self.soft > 0 {
            victims.push(format!("{} No preemption victims found for incoming pod", self.soft));
        }
        if self.firm > 0 {
            victims.push(format!("{} Preemption is not helpful for scheduling", self.firm));
        }
        victims.sort();
        format!(
            "0/{total} nodes are available: {}. no new claims to deallocate, preemption: 0/{total} nodes are available: {}.",
            reasons.join(", "),
            victims.join(", ")
        )
    }
}
