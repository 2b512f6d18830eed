//! Which cluster a run acts on.

use std::path::Path;

use runbook_model::Failure;
use runbook_model::record::Aim;
use runbook_script::front::Header;
use runbook_script::hands::Hands;

use crate::args::ClusterArgs;

/// What a new run reaches for. A runbook that needs a cluster is refused where none answers, before it acts.
pub(crate) fn of_new(header: &Header, typed: &ClusterArgs) -> Result<Aim, Failure> {
    let aim = typed_over(&Aim::default(), typed);
    if header.needs.speaks_of("kube") || header.needs.speaks_of("helm") {
        Hands::new(aim).identified()
    } else {
        Ok(aim)
    }
}

/// What a run reaches for that goes on: what it reached for, unless something else is named now. The cluster must be
/// the same one, however it is reached.
pub(crate) fn typed_over(begun: &Aim, typed: &ClusterArgs) -> Aim {
    let kubeconfig = typed.kubeconfig.as_deref().map(whole).or_else(|| begun.kubeconfig.clone());
    let context = typed.context.clone().or_else(|| begun.context.clone());
    Aim { kubeconfig, context, cluster: begun.cluster.clone() }
}

/// A resume from elsewhere must mean the same file.
fn whole(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}
