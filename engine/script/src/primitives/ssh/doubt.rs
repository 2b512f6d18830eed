//! What looks of the words of machines share.

use runbook_model::Failure;
use runbook_model::call::Verdict;

use crate::word::{Doing, Sight};

/// What was seen; a machine that cannot be asked leaves it unknown.
pub(in crate::primitives) fn seen(look: impl Future<Output = Result<Sight, Failure>> + Send + 'static) -> Doing<Sight> {
    Box::pin(async move {
        look.await.unwrap_or_else(|failure| {
            let cause = failure.causes.first().map_or(String::new(), |cause| format!(": {cause}"));
            Sight { verdict: Verdict::Unknown, evidence: format!("{}{cause}", failure.what) }
        })
    })
}
