//! How the needs of one version of a runbook differ from those of another.

use super::Needs;

/// What one may do and the other may not, each in lines like `local: run tar *`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// What the new one may do and the old one did not say.
    pub grew: Vec<String>,
    /// What the old one said and the new one no longer does.
    pub shrank: Vec<String>,
}

impl Growth {
    /// Whether the two say the same.
    pub fn is_empty(&self) -> bool {
        self.grew.is_empty() && self.shrank.is_empty()
    }
}

/// How the needs changed from `old` to `new`. Patterns are compared as they are written.
pub fn diff(old: &Needs, new: &Needs) -> Growth {
    let (before, after) = (lines(old), lines(new));
    let only =
        |these: &[String], those: &[String]| these.iter().filter(|line| !those.contains(line)).cloned().collect();
    Growth { grew: only(&after, &before), shrank: only(&before, &after) }
}

/// What may be done; probes are free where nothing is said of them.
fn lines(needs: &Needs) -> Vec<String> {
    let mut lines: Vec<String> = needs.to_lines().into_iter().filter(|line| !line.ends_with(": (nothing)")).collect();
    if !needs.families.contains_key("net") {
        lines.push("net: (anything)".to_owned());
    }
    lines
}
