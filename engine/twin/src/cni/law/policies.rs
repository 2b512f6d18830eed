//! Policies: which of them choose a pod, and what they let pass; written into the maps of every Cilium that enforces.

use super::agents::Sort;
use super::cilium as law;
use crate::cni::calico::fences;
use crate::cni::cilium::{self, Agent, Gates};
use crate::cni::host::Host;
use crate::cni::ward::{Guarded, Ward};
use crate::cni::{antrea, router};
use crate::json::Value;
use crate::net::maps::{Pass, Range};
use crate::net::{Prefix, Transport};
use crate::world::{Again, Object, Selector, World};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Tells every Cilium who may speak to whom.
pub(super) fn tell(world: &mut World) -> Again {
    for keeper in KEEPERS {
        let nodes = super::agents::working(world, keeper.sort);
        if !nodes.is_empty() {
            let wards = wards(world);
            nodes.iter().for_each(|node| guard(world, node, keeper, &wards));
        }
    }
    let nodes = law::working(world);
    if nodes.is_empty() {
        return Again::Never;
    }
    let judged = judged(world);
    for node in nodes {
        world.on_host(&node, |host| {
            let enforces = Agent::of(host).is_some_and(|agent| agent.options().enforces());
            let none = BTreeMap::new();
            cilium::judge(host, if enforces { &judged } else { &none });
        });
    }
    Again::Never
}

/// One that keeps policies on every machine by itself, whatever by.
#[derive(Clone, Copy)]
struct Keeper {
    sort: Sort,
    /// What the law remembers of it: what it was told, and the boot in which it made its chains.
    memory: &'static str,
    sync: fn(&mut Host<'_>, &[Ward], &[Guarded]),
    /// Whether it makes the chains that all policies have in common as it starts, before there is any.
    eager: bool,
}

/// The one inside of k3s, Antrea's by the flows of its bridge, and Calico's, with its own ways or with those of flannel.
const KEEPERS: [Keeper; 3] = [
    Keeper { sort: Sort::Antrea, memory: "antrea-policies.twin", sync: antrea::guard, eager: false },
    Keeper { sort: Sort::Router, memory: "kube-router.twin", sync: router::sync, eager: true },
    Keeper { sort: Sort::Calico, memory: "felix.twin", sync: fences::sync, eager: false },
];

/// Has the keeper of a machine keep these policies. Where there are none it looks at no pods, and where there never were,
/// only one that is eager has anything to do.
fn guard(world: &mut World, node: &str, keeper: Keeper, wards: &[Ward]) {
    let own = |pod: &&Arc<Object>| {
        !wards.is_empty()
            && pod["spec"]["hostNetwork"] != true
            && !["Succeeded", "Failed"].contains(&pod["status"]["phase"].as_str().unwrap_or_default())
    };
    let pods: Vec<Guarded> = world
        .on_node(node)
        .filter(own)
        .filter_map(|pod| {
            let address = pod["status"]["podIP"].as_str()?.parse().ok()?;
            Some(Guarded { namespace: pod.namespace().to_owned(), name: pod.name().to_owned(), address })
        })
        .collect();
    let boot = world.machine(node).map(|machine| machine.boot_id.clone());
    let told = crate::json::json!([boot, format!("{wards:?} {pods:?}")]);
    let known = super::memory(world, keeper.memory, node);
    let never = wards.is_empty() && known["boot"] != crate::json::json!(boot);
    if known["told"] == told || (never && !keeper.eager) {
        return;
    }
    world.on_host(node, |host| (keeper.sync)(host, wards, &pods));
    super::remember(world, keeper.memory, node, crate::json::json!({"told": told, "boot": boot}));
}

/// An agent starts: where it keeps policies, it looks at everything anew, also at what it left behind.
pub(super) fn begin(world: &mut World, node: &str, sort: Sort) {
    let Some(keeper) = KEEPERS.into_iter().find(|keeper| keeper.sort == sort) else { return };
    let boot = super::memory(world, keeper.memory, node)["boot"].clone();
    super::remember(world, keeper.memory, node, crate::json::json!({"boot": boot}));
    let wards = wards(world);
    guard(world, node, keeper, &wards);
}

/// All policies of Kubernetes, each with the pods it chooses and what it lets pass.
fn wards(world: &World) -> Vec<Ward> {
    let all = world.list("networkpolicies.networking.k8s.io", "");
    all.map(|policy| {
        let (spec, namespace) = (&policy["spec"], policy.namespace());
        let (ingress, egress) = directions(spec);
        Ward {
            namespace: namespace.to_owned(),
            name: policy.name().to_owned(),
            pods: chosen(world, namespace, &spec["podSelector"]),
            ingress: ingress.then(|| passes(world, namespace, &spec["ingress"], "from")),
            egress: egress.then(|| passes(world, namespace, &spec["egress"], "to")),
        }
    })
    .collect()
}

/// Whether a policy speaks of what comes in, and of what goes out.
fn directions(spec: &Value) -> (bool, bool) {
    let types: Vec<&str> = spec["policyTypes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let has =
        |kind: &str| types.contains(&kind) || (types.is_empty() && (kind == "Ingress" || spec["egress"].is_array()));
    (has("Ingress"), has("Egress"))
}

/// For every pod that a policy chooses: what may come in and what may go out.
fn judged(world: &World) -> BTreeMap<Ipv4Addr, Gates> {
    let mut all: BTreeMap<Ipv4Addr, (Option<Vec<Pass>>, Option<Vec<Pass>>)> = BTreeMap::new();
    for policy in world.list("networkpolicies.networking.k8s.io", "") {
        let spec = &policy["spec"];
        let (ingress, egress) = directions(spec);
        for address in chosen(world, policy.namespace(), &spec["podSelector"]) {
            let gates = all.entry(address).or_default();
            if ingress {
                gates.0.get_or_insert_default().extend(passes(world, policy.namespace(), &spec["ingress"], "from"));
            }
            if egress {
                gates.1.get_or_insert_default().extend(passes(world, policy.namespace(), &spec["egress"], "to"));
            }
        }
    }
    for kind in ["ciliumnetworkpolicies.cilium.io", "ciliumclusterwidenetworkpolicies.cilium.io"] {
        for policy in world.list(kind, "") {
            own_rules(world, policy, &mut all);
        }
    }
    all.into_iter()
        .map(|(address, (ingress, egress))| (address, (ingress.map(Arc::new), egress.map(Arc::new))))
        .collect()
}

fn chosen(world: &World, namespace: &str, selector: &Value) -> BTreeSet<Ipv4Addr> {
    let selector = Selector::of(selector);
    let of = |pod: &Object| pod["status"]["podIP"].as_str().and_then(|ip| ip.parse().ok());
    let pods = world.select("pods", namespace, &selector).filter(|pod| pod["spec"]["hostNetwork"] != true);
    pods.filter_map(|pod| of(pod)).collect()
}

/// A range as policies write it.
fn range(of: Prefix, except: &Value) -> Range {
    let except = except.as_array().into_iter().flatten().filter_map(|one| Prefix::read(one.as_str()?));
    Range { of, except: except.collect(), outside: true }
}

fn passes(world: &World, namespace: &str, rules: &Value, side: &str) -> Vec<Pass> {
    rules.as_array().into_iter().flatten().map(|rule| pass(world, namespace, rule, side)).collect()
}

fn pass(world: &World, namespace: &str, rule: &Value, side: &str) -> Pass {
    let ports = rule["ports"].as_array().into_iter().flatten().map(|port| {
        let transport = if port["protocol"] == "UDP" { Transport::Udp } else { Transport::Tcp };
        let first = port["port"].as_u64().and_then(|it| u16::try_from(it).ok());
        let last = port["endPort"].as_u64().and_then(|it| u16::try_from(it).ok());
        first.map_or((transport, 0, u16::MAX), |first| (transport, first, last.unwrap_or(first)))
    });
    let mut made = Pass { ports: ports.collect(), ..Pass::default() };
    let Some(sides) = rule[side].as_array().filter(|all| !all.is_empty()) else { return made };
    let mut peers = BTreeSet::new();
    for one in sides {
        if let Some(of) = one["ipBlock"]["cidr"].as_str().and_then(Prefix::read) {
            made.ranges.push(range(of, &one["ipBlock"]["except"]));
            continue;
        }
        let spaces: Vec<String> = if one["namespaceSelector"].is_object() {
            let selector = Selector::of(&one["namespaceSelector"]);
            world.select("namespaces", "", &selector).map(|it| it.name().to_owned()).collect()
        } else {
            vec![namespace.to_owned()]
        };
        let everything = crate::json::json!({});
        let pods = if one["podSelector"].is_object() { &one["podSelector"] } else { &everything };
        for space in spaces {
            peers.extend(chosen(world, &space, pods));
        }
    }
    made.peers = Some(peers);
    made
}

/// A policy of Cilium's own kinds, as far as it speaks of endpoints, ranges, entities and ports.
fn own_rules(world: &World, policy: &Object, all: &mut BTreeMap<Ipv4Addr, (Option<Vec<Pass>>, Option<Vec<Pass>>)>) {
    let namespace = policy.namespace();
    let specs =
        policy["specs"].as_array().into_iter().flatten().chain(Some(&policy["spec"]).filter(|it| it.is_object()));
    for spec in specs {
        for address in chosen(world, namespace, &spec["endpointSelector"]) {
            let gates = all.entry(address).or_default();
            if let Some(rules) = spec["ingress"].as_array() {
                gates
                    .0
                    .get_or_insert_default()
                    .extend(rules.iter().map(|rule| own_pass(world, namespace, rule, "from")));
            }
            if let Some(rules) = spec["egress"].as_array() {
                gates.1.get_or_insert_default().extend(rules.iter().map(|rule| own_pass(world, namespace, rule, "to")));
            }
        }
    }
}

fn own_pass(world: &World, namespace: &str, rule: &Value, side: &str) -> Pass {
    let mut made = Pass { peers: Some(BTreeSet::new()), ..Pass::default() };
    for selector in rule[format!("{side}Endpoints")].as_array().into_iter().flatten() {
        let found = chosen(world, namespace, selector);
        made.peers.get_or_insert_default().extend(found);
    }
    for range in rule[format!("{side}CIDR")].as_array().into_iter().flatten() {
        made.ranges.extend(range.as_str().and_then(Prefix::read).map(|of| self::range(of, &Value::Null)));
    }
    for set in rule[format!("{side}CIDRSet")].as_array().into_iter().flatten() {
        made.ranges.extend(set["cidr"].as_str().and_then(Prefix::read).map(|of| self::range(of, &set["except"])));
    }
    for entity in rule[format!("{side}Entities")].as_array().into_iter().flatten() {
        if matches!(entity.as_str(), Some("all" | "world" | "cluster")) {
            made.ranges.push(Range { outside: *entity == "world", ..Range::ALL });
        }
    }
    for set in rule["toPorts"].as_array().into_iter().flatten() {
        for port in set["ports"].as_array().into_iter().flatten() {
            let transport = if port["protocol"] == "UDP" { Transport::Udp } else { Transport::Tcp };
            let number = port["port"].as_str().and_then(|text| text.parse().ok());
            made.ports.extend(number.map(|number| (transport, number, number)));
        }
    }
    made
}
