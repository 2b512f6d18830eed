//! Tigera's operator: it makes Calico as its `Installation` says, puts back what somebody changes of that by hand, tells
//! how it goes in a `TigeraStatus`, and takes Calico away when the Installation is deleted.
//!
//! Without an operator nothing of that happens: an Installation that is deleted then stays for ever, and Calico with it.

mod end;
mod parts;
mod render;
mod server;
mod spec;
mod status;

use super::Law;
use crate::json::{Value, json};
use crate::world::{Again, Change, Key, Object, World};

/// The law.
pub(super) const LAW: Law = Law { name: "tigera", hears, acts };

const INSTALLATIONS: &str = "installations.operator.tigera.io";
const SERVERS: &str = "apiservers.operator.tigera.io";
const STATUSES: &str = "tigerastatuses.operator.tigera.io";
const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";
const POOLS: &str = "ippools.crd.projectcalico.org";
/// Where everything lives that it installs.
const NAMESPACE: &str = "calico-system";
/// Where the API server of Calico lives.
const SERVER: &str = "calico-apiserver";
/// Who it is where fields are managed.
const MANAGER: &str = "operator";
/// What keeps the rights of the plugin until all pods are gone that need it for their end.
const PROTECTED: &str = "tigera.io/cni-protector";
/// What holds an Installation until its operator has cleaned up.
const FINALIZERS: [&str; 2] = ["operator.tigera.io/installation-controller", "tigera.io/operator-cleanup"];
/// What holds it while Calico's API server is wanted.
const BY_SERVER: &str = "operator.tigera.io/apiserver-controller";

fn hears(world: &World, change: &Change) -> Vec<Key> {
    let all = || world.entries(INSTALLATIONS, "").map(|(key, _)| key).collect();
    let before_after = [change.before.as_deref(), change.after.as_deref()];
    let own = |object: &Object| [NAMESPACE, SERVER].contains(&object.namespace()) || is_operator(object);
    match change.key.kind.as_str() {
        INSTALLATIONS | SERVERS | POOLS | "felixconfigurations.crd.projectcalico.org" | STATUSES => all(),
        "daemonsets.apps" | "deployments.apps" if before_after.into_iter().flatten().any(own) => all(),
        "services" | "serviceaccounts" | "configmaps" if before_after.into_iter().flatten().any(own) => all(),
        "namespaces" if [NAMESPACE, SERVER].contains(&change.key.name()) => all(),
        "clusterroles.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io"
            if change.key.name().starts_with("calico-") =>
        {
            all()
        }
        DEFINITIONS if change.key.name().ends_with(".crd.projectcalico.org") => all(),
        "apiservices.apiregistration.k8s.io" if change.key.name() == server::VERSION => all(),
        "pods" => {
            let seen = |it: &Object| (it.condition("Ready") == Some("True"), status::trouble(it));
            let changed = || change.before.as_deref().map(seen) != change.after.as_deref().map(seen);
            if before_after.into_iter().flatten().any(own) && changed() { all() } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

fn is_operator(object: &Object) -> bool {
    object.namespace() == "tigera-operator" && object.label("k8s-app") == Some("tigera-operator")
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(own) = world.at(key).cloned().filter(|own| own.name() == "default") else { return Again::Never };
    let works = |pod: &std::sync::Arc<Object>| is_operator(pod) && pod.condition("Ready") == Some("True");
    if !world.list("pods", "tigera-operator").any(works) {
        return Again::Never;
    }
    if own.is_going() {
        return end::act(world, key, &own);
    }
    hold(world, key, &own);
    let filled = spec::filled(world, &own);
    if own["spec"] != filled {
        drop(world.change_as(key, MANAGER, "", |it| it["spec"] = filled.clone()));
    }
    if let Err(said) = spec::judge(&filled) {
        let said = format!("Invalid Installation provided: {said}");
        status::degrade(world, "calico", "InvalidConfigurationError", &said);
        status::mirror(world, key, None);
        return Again::Never;
    }
    let Some(own) = world.at(key).cloned() else { return Again::Never };
    parts::define(world);
    let version = parts::version(world);
    for wanted in render::all(world, &own, &version) {
        parts::ensure(world, wanted);
    }
    render::pools(world, &own);
    server::act(world, &version);
    status::tell(world, "calico", NAMESPACE, &status::CALICO);
    status::mirror(world, key, Some(&version));
    Again::Never
}

/// Puts on an Installation what is to hold it.
fn hold(world: &mut World, key: &Key, own: &Object) {
    let server = world.get(SERVERS, "", "default").is_some();
    let mut wanted: Vec<&str> = own.finalizers().filter(|one| *one != BY_SERVER).collect();
    wanted.extend(server.then_some(BY_SERVER));
    wanted.extend(FINALIZERS.iter().filter(|one| !own.finalizers().any(|had| had == **one)));
    if wanted.len() != own.finalizers().count() {
        drop(world.change_as(key, MANAGER, "", |it| it["metadata"]["finalizers"] = json!(wanted)));
    }
}

/// Takes a finalizer off an object.
fn let_go(world: &mut World, key: &Key, finalizers: &[&str]) {
    let Some(own) = world.at(key).cloned() else { return };
    if !own.finalizers().any(|one| finalizers.contains(&one)) {
        return;
    }
    let rest: Vec<Value> = own.finalizers().filter(|one| !finalizers.contains(one)).map(Into::into).collect();
    drop(world.change_as(key, MANAGER, "", |it| it["metadata"]["finalizers"] = json!(rest)));
}
