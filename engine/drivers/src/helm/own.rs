//! What a call of ours left pending when it was cut off, and how it is cleared away.
//!
//! A pending revision says by a label which call of whom began it. Where it says our own, and nobody is at it on the
//! machine that began it, its record is deleted and the call is made once more: that ends as if it had never been cut.
//! Never: the record of anybody else, or of the same call from another place, whose helm may still be at work there.

use runbook_model::Failure;
use sha2::{Digest, Sha256};

use super::look::{Intent, Wanted};
use super::secrets::name_of;
use super::{Helm, Release, wait_for_end};

/// The label of a revision that tells the call which made it.
pub(super) const LABEL: &str = "runbook.call";

/// How many bytes of a hash tell one call from another.
const BYTES: usize = 16;

impl Helm {
    /// What tells a call of `mark`, from here, on top of revision `before`. A later upgrade by hand inherits the label,
    /// but never on top of the same revision.
    pub fn token(&self, mark: &str, before: i64) -> String {
        let hash = Sha256::digest(format!("{mark}\n{}\n{before}", self.options.place));
        hash.iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `last` is what a call of `intent` left when it was cut off here.
    pub fn is_left_of(&self, intent: &Intent, last: &Release) -> bool {
        if last.revision != intent.before + 1 {
            return false;
        }
        match (intent.wanted, last.status.as_str()) {
            (Wanted::Upgrade, "pending-install" | "pending-upgrade") => {
                last.call.as_ref().is_some_and(|call| *call == self.token(&intent.mark, intent.before))
            }
            // Helm takes no label for a rollback; the effect is the same whoever began it.
            (Wanted::Rollback { .. }, "pending-rollback") => intent.made(last),
            _ => false,
        }
    }

    /// Deletes the record of what an earlier call of `intent` left pending, so that it can be made once more.
    pub async fn clear(&self, intent: &Intent) -> Result<(), Failure> {
        let last = self.last(&intent.release, &intent.namespace).await?;
        let Some(last) = last.filter(|last| self.is_left_of(intent, last)) else { return Ok(()) };
        wait_for_end(&intent.mark).await;
        // Whoever was waited for may have brought it to its end.
        let now = self.last(&intent.release, &intent.namespace).await?;
        if now.is_some_and(|now| now.revision == last.revision && self.is_left_of(intent, &now)) {
            (self.secrets.delete)(intent.namespace.clone(), name_of(&intent.release, last.revision)).await?;
        }
        Ok(())
    }
}
