//! What the operator makes, as such: how it is marked, how it is put back, and which kinds there must be for it.

use super::{DEFINITIONS, MANAGER, NAMESPACE, is_operator};
use crate::json::{Text, Value, json};
use crate::laws::gitops;
use crate::world::{Key, Object, World};

/// The mark on all that it makes.
const MARK: (&str, &str) = ("app.kubernetes.io/managed-by", "tigera-operator");
const ROLES: &str = "clusterroles.rbac.authorization.k8s.io";
const BINDINGS: &str = "clusterrolebindings.rbac.authorization.k8s.io";
/// Fields of a pod that the API fills in.
const FILLED: [&str; 6] = [
    "dnsPolicy",
    "restartPolicy",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "terminationGracePeriodSeconds",
];
/// Operators with the Calico that each brings.
const VERSIONS: [(&str, &str); 5] =
    [("v1.34.", "v3.28.5"), ("v1.36.", "v3.29.5"), ("v1.38.", "v3.30.3"), ("v1.40.", "v3.31.0"), ("v1.42.", "v3.32.3")];

/// The kinds that Calico works with, and whether each is in namespaces.
const KINDS: [(&str, &str, bool); 16] = [
    ("bgpconfigurations", "BGPConfiguration", false),
    ("bgppeers", "BGPPeer", false),
    ("blockaffinities", "BlockAffinity", false),
    ("clusterinformations", "ClusterInformation", false),
    ("felixconfigurations", "FelixConfiguration", false),
    ("globalnetworkpolicies", "GlobalNetworkPolicy", false),
    ("globalnetworksets", "GlobalNetworkSet", false),
    ("hostendpoints", "HostEndpoint", false),
    ("ipamblocks", "IPAMBlock", false),
    ("ipamconfigs", "IPAMConfig", false),
    ("ipamhandles", "IPAMHandle", false),
    ("ippools", "IPPool", false),
    ("kubecontrollersconfigurations", "KubeControllersConfiguration", false),
    ("networkpolicies", "NetworkPolicy", true),
    ("networksets", "NetworkSet", true),
    ("tiers", "Tier", false),
];

/// What must outlive every pod that has a network of Calico: the rights of its plugin.
pub(super) fn protected() -> Vec<Key> {
    let names = ["calico-node", "calico-cni-plugin"];
    let own = |name: &&str| {
        [Key::new("serviceaccounts", NAMESPACE, name), Key::new(ROLES, "", name), Key::new(BINDINGS, "", name)]
    };
    names.iter().flat_map(own).collect()
}

/// The Calico that the operator brings.
pub(super) fn version(world: &World) -> String {
    let pods = world.list("pods", "tigera-operator");
    let image = pods.filter(|pod| is_operator(pod)).find_map(|pod| pod["spec"]["containers"][0]["image"].as_str());
    let tag = image.and_then(|image| image.rsplit_once(':')).map_or("", |(_, tag)| tag);
    VERSIONS.iter().find(|(start, _)| tag.starts_with(start)).map_or("v3.31.0", |(_, version)| version).to_owned()
}

/// Makes the kinds that are missing, where the operator was told to look after them.
pub(super) fn define(world: &mut World) {
    let looks = |pod: &std::sync::Arc<Object>| {
        is_operator(pod)
            && crate::world::strings(&pod["spec"]["containers"][0]["args"]).any(|it| it == "-manage-crds=true")
    };
    if !world.list("pods", "tigera-operator").any(looks) {
        return;
    }
    for (plural, kind, namespaced) in KINDS {
        let name = format!("{plural}.crd.projectcalico.org");
        if world.get(DEFINITIONS, "", &name).is_some() {
            continue;
        }
        let made = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": name}, "spec": {"group": "crd.projectcalico.org",
                "scope": if namespaced { "Namespaced" } else { "Cluster" }, "conversion": {"strategy": "None"},
                "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind, "listKind": format!("{kind}List")},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
                    {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
        drop(world.create(DEFINITIONS, Object::new(made)));
    }
}

/// A namespace.
pub(super) fn namespace(name: &str) -> Value {
    let labels = json!({"name": name, "pod-security.kubernetes.io/enforce": "privileged"});
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels},
        "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}})
}

/// Makes an object as it is wanted: there, and with nothing of anybody else in what it has run.
pub(super) fn ensure(world: &mut World, mut wanted: Value) {
    wanted["metadata"]["labels"][MARK.0] = MARK.1.into();
    let Some(key) = gitops::key_of(world, &wanted) else { return };
    let Some(found) = world.at(&key).cloned() else {
        // Where there is no namespace for it yet, or no kind, the next look makes it.
        drop(world.create(key.kind.clone(), Object::new(wanted)));
        return;
    };
    if found.is_going() {
        return;
    }
    let foreign = foreign(&found, &wanted);
    if foreign.is_empty() && gitops::holds(&found.plain(), &wanted) {
        return;
    }
    if !foreign.is_empty() {
        drop(world.change_as(&key, MANAGER, "", |it| {
            let pod = crate::world::map(&mut it["spec"]["template"]["spec"]);
            foreign.iter().for_each(|field| drop(pod.remove(field)));
        }));
    }
    gitops::put_back(world, &[wanted], MANAGER);
}

/// The fields of its pods that somebody else has added to or changed.
fn foreign(found: &Object, wanted: &Value) -> Vec<String> {
    let (found, wanted) = (&found["spec"]["template"]["spec"], &wanted["spec"]["template"]["spec"]);
    let fields = found.as_object().into_iter().flatten();
    let other = |(name, value): &(&Text, &Value)| {
        let known = FILLED.contains(&name.as_str()) || wanted.get(name.as_str()).is_some();
        !known || (name.as_str() == "nodeSelector" && **value != wanted["nodeSelector"])
    };
    fields.filter(other).map(|(name, _)| name.to_string()).collect()
}

/// Whose an object is.
pub(super) fn owned(mut object: Value, owner: &Object) -> Value {
    object["metadata"]["ownerReferences"] = json!([owner.as_controller()]);
    object
}
