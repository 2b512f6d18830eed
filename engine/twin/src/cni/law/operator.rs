//! Cilium's operator: it makes the kinds, gives each node its range, and takes the taint away.

use super::{cilium, needs};
use crate::json::{Value, json};
use crate::net::Prefix;
use crate::world::{Again, Key, Object, World};
use std::net::Ipv4Addr;

const NODES: &str = "ciliumnodes.cilium.io";
const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";
const TAINT: &str = "node.cilium.io/agent-not-ready";

/// The kinds: plural, kind, short names, whether they are of a namespace, versions (the stored one first).
const KINDS: [(&str, &str, &[&str], bool, &[&str]); 10] = [
    ("ciliumcidrgroups", "CiliumCIDRGroup", &["ccg"], false, &["v2", "v2alpha1"]),
    ("ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy", &["ccnp"], false, &["v2"]),
    ("ciliumendpoints", "CiliumEndpoint", &["cep", "ciliumep"], true, &["v2"]),
    ("ciliumidentities", "CiliumIdentity", &["ciliumid"], false, &["v2"]),
    ("ciliuml2announcementpolicies", "CiliumL2AnnouncementPolicy", &["l2announcement"], false, &["v2alpha1"]),
    (
        "ciliumloadbalancerippools",
        "CiliumLoadBalancerIPPool",
        &["ippools", "ippool", "lbippool", "lbippools"],
        false,
        &["v2", "v2alpha1"],
    ),
    ("ciliumnetworkpolicies", "CiliumNetworkPolicy", &["cnp", "ciliumnp"], true, &["v2"]),
    ("ciliumnodeconfigs", "CiliumNodeConfig", &[], true, &["v2", "v2alpha1"]),
    ("ciliumnodes", "CiliumNode", &["cn", "ciliumn"], false, &["v2"]),
    ("ciliumpodippools", "CiliumPodIPPool", &["cpip"], false, &["v2alpha1"]),
];

/// Whether a pod is the operator's.
pub(super) fn is_one(pod: &Object) -> bool {
    pod.label("name") == Some("cilium-operator") || pod.label("io.cilium/app") == Some("operator")
}

/// What the operator does, as long as one of its pods is ready.
pub(super) fn act(world: &mut World) -> Again {
    tell_misread(world);
    let ready = |pod: &&std::sync::Arc<Object>| {
        is_one(pod) && !pod.is_going() && pod.condition("Ready") == Some("True") && needs::interval(world, pod).is_ok()
    };
    let Some(namespace) = world.list("pods", "").find(ready).map(|pod| pod.namespace().to_owned()) else {
        return Again::Never;
    };
    for (plural, kind, short, namespaced, versions) in KINDS {
        if world.get(DEFINITIONS, "", &format!("{plural}.cilium.io")).is_none() {
            // Somebody else may have brought the same.
            drop(world.create(DEFINITIONS, Object::new(definition(plural, kind, short, namespaced, versions))));
        }
    }
    hold_lease(world, &namespace);
    let Some(map) = world.get("configmaps", &namespace, "cilium-config").cloned() else { return Again::Never };
    give_ranges(world, &map["data"]);
    untaint(world);
    let Some(every) = super::unmanaged::every(&map["data"]) else { return Again::Never };
    super::unmanaged::restart(world);
    Again::Idle(world.now().plus_seconds(every))
}

/// The lease by which one of its pods leads. It stays behind, for it is nobody's.
fn hold_lease(world: &mut World, namespace: &str) {
    const NAME: &str = "cilium-operator-resource-lock";
    if world.get("leases.coordination.k8s.io", namespace, NAME).is_some() {
        return;
    }
    let now = world.now().micro();
    let holder = world.list("pods", "").find(|pod| is_one(pod)).and_then(|pod| pod["spec"]["nodeName"].as_str());
    let made = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": NAME, "namespace": namespace},
        "spec": {"acquireTime": now, "holderIdentity": format!("{}-qkbslst84t", holder.unwrap_or_default()),
            "leaseDurationSeconds": 15, "leaseTransitions": 0, "renewTime": now},
    });
    // Another may have been faster.
    drop(world.create("leases.coordination.k8s.io", Object::new(made)));
}

/// The version of an agent or operator, by the tag of its image.
pub(super) fn version_of(pod: &Object, container: &str) -> Option<(u32, u32)> {
    let containers = pod["spec"]["containers"].as_array()?;
    let image = containers.iter().find(|it| it["name"] == container)?["image"].as_str()?;
    let tag = image.split('@').next()?.rsplit_once(':')?.1.trim_start_matches('v');
    let mut parts = tag.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Operators that cannot read their options say so, and end.
fn tell_misread(world: &mut World) {
    let all: Vec<(Key, String)> = world
        .entries("pods", "")
        .filter(|(_, pod)| is_one(pod) && pod["status"]["phase"] == "Running")
        .filter_map(|(key, pod)| Some((key, needs::interval(world, pod).err()?)))
        .collect();
    for (key, said) in all {
        let line = format!("level=fatal msg=\"{said}\" subsys=cilium-operator-generic");
        needs::say_once(world, &key, "cilium-operator", &line);
    }
}

fn definition(plural: &str, kind: &str, short: &[&str], namespaced: bool, versions: &[&str]) -> Value {
    let open = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let versions: Vec<Value> = versions
        .iter()
        .enumerate()
        .map(|(place, version)| {
            let mut one = json!({"name": version, "served": true, "storage": place == 0, "schema": open});
            if matches!(
                kind,
                "CiliumNode" | "CiliumEndpoint" | "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy"
            ) {
                one["subresources"] = json!({"status": {}});
            }
            one
        })
        .collect();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.cilium.io"), "labels": {"io.cilium.k8s.crd.schema.version": "1.31.12"}},
        "spec": {
            "group": "cilium.io", "scope": if namespaced { "Namespaced" } else { "Cluster" },
            "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind, "listKind": format!("{kind}List"),
                "shortNames": short, "categories": ["cilium"]},
            "conversion": {"strategy": "None"}, "versions": versions,
        },
    })
}

/// Gives every CiliumNode without a range the next free one of the pool.
fn give_ranges(world: &mut World, options: &Value) {
    if !matches!(options["ipam"].as_str(), Some("cluster-pool") | None) {
        return;
    }
    let pools: Vec<Prefix> = options["cluster-pool-ipv4-cidr"]
        .as_str()
        .unwrap_or("10.0.0.0/8")
        .split([' ', ','])
        .filter_map(Prefix::read)
        .collect();
    let len = options["cluster-pool-ipv4-mask-size"].as_str().and_then(|len| len.parse::<u8>().ok()).unwrap_or(24);
    let range_of = |node: &Object| node["spec"]["ipam"]["podCIDRs"][0].as_str().and_then(Prefix::read);
    let mut taken: Vec<Prefix> = world.list(NODES, "").filter_map(|node| range_of(node)).collect();
    let waiting: Vec<Key> =
        world.entries(NODES, "").filter(|(_, node)| range_of(node).is_none()).map(|(key, _)| key).collect();
    for key in waiting {
        let Some(range) = free(&pools, len, &taken) else { return };
        taken.push(range);
        drop(world.change_as(&key, "cilium-operator-generic", "", |node| {
            node["spec"]["ipam"]["podCIDRs"] = json!([range.to_string()]);
        }));
    }
}

fn free(pools: &[Prefix], len: u8, taken: &[Prefix]) -> Option<Prefix> {
    let step = 1_u32.checked_shl(32 - u32::from(len.min(32)))?;
    pools.iter().find_map(|pool| {
        let (first, last) = (u32::from(pool.network().addr), u32::from(pool.last()));
        let count = (last - first) / step + 1;
        let mut all = (0..count).map(|place| Prefix::new(Ipv4Addr::from(first + place * step), len));
        all.find(|range| !taken.contains(range))
    })
}

/// Takes the taint from nodes whose agent works.
fn untaint(world: &mut World) {
    for name in cilium::working(world) {
        let key = Key::new("nodes", "", &name);
        let has = |taint: &Value| taint["key"] == TAINT;
        let tainted =
            world.at(&key).is_some_and(|node| node["spec"]["taints"].as_array().into_iter().flatten().any(has));
        if tainted {
            drop(world.change_as(&key, "cilium-operator-generic", "", |node| {
                if let Some(taints) = node["spec"]["taints"].as_array_mut() {
                    taints.retain(|taint| !has(taint));
                }
            }));
        }
    }
}
