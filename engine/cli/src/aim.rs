//! Which cluster and which machines a run acts on.

use std::path::Path;

use runbook_model::record::Aim;
use runbook_model::{Failure, code};
use runbook_script::front::{Header, site};
use runbook_script::hands::Hands;

use crate::args::ClusterArgs;

/// What a new run reaches for. A runbook that needs a cluster is refused where none answers, before it acts.
pub(crate) fn of_new(header: &Header, typed: &ClusterArgs) -> Result<Aim, Failure> {
    let aim = typed_over(&Aim::default(), typed)?;
    if header.needs.speaks_of("kube") || header.needs.speaks_of("helm") {
        Hands::new(aim, None).identified()
    } else {
        Ok(aim)
    }
}

/// What a run reaches for that goes on: what it reached for, unless something else is named now. The cluster must be
/// the same one, however it is reached.
pub(crate) fn typed_over(begun: &Aim, typed: &ClusterArgs) -> Result<Aim, Failure> {
    let told = typed.site.as_deref().map(site::read).transpose()?;
    let of_site = |pick: fn(&site::Told) -> Option<&String>| told.as_ref().and_then(pick).cloned();
    let kubeconfig = typed.kubeconfig.as_deref().map(whole).or_else(|| of_site(|told| told.kubeconfig.as_ref()));
    let context = typed.context.clone().or_else(|| of_site(|told| told.context.as_ref()));
    let ssh_config = typed.ssh_config.as_deref().map(known).transpose()?;
    Ok(Aim {
        kubeconfig: kubeconfig.or_else(|| begun.kubeconfig.clone()),
        context: context.or_else(|| begun.context.clone()),
        cluster: begun.cluster.clone(),
        // A site that is named now says by itself how its machines are reached.
        ssh_config: ssh_config.or_else(|| begun.ssh_config.clone().filter(|_| told.is_none())),
        site: told.map(|told| told.site).or_else(|| begun.site.clone()),
    })
}

/// `ssh` would say of a configuration that is not there only that no machine can be reached.
fn known(path: &Path) -> Result<String, Failure> {
    if path.is_file() {
        return Ok(whole(path));
    }
    let what = format!("`--ssh-config {}` is not a file", path.display());
    Err(Failure::new(code::SITE_BAD, what).hint("name an ssh configuration, or leave it out to use your own"))
}

/// A resume from elsewhere must mean the same file.
fn whole(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}
