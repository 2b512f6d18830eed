//! Who answers on the segment for the address of a service: one node at a time.

use super::{Giver, LAW, is_metal};
use crate::json::json;
use crate::world::{Key, Moment, Object, Selector, World};
use std::net::Ipv4Addr;

const LEASES: &str = "leases.coordination.k8s.io";
const POLICIES: &str = "ciliuml2announcementpolicies.cilium.io";
/// How long a lease of Cilium lasts without a word of its holder.
const LASTS: i64 = 15;
/// Seconds between two words.
const RENEWS: i64 = 5;

/// Keeps one of those who may answer at it.
pub(super) fn keep(world: &mut World, service: &Key, address: Ipv4Addr, giver: Giver) {
    let may = candidates(world, giver);
    let known = world.memory(LAW.name, service).clone();
    let holder = known["node"].as_str().unwrap_or_default().to_owned();
    let lives = may.iter().any(|(node, _)| *node == holder);
    let now = world.now();
    let same = known["address"] == address.to_string().as_str();
    if lives && same {
        if giver == Giver::Cilium {
            renew(world, service, &holder, now);
        }
        return;
    }
    let last = Moment(known["heard"].as_i64().unwrap_or(0));
    if !holder.is_empty() && !lives && giver == Giver::Cilium && now.seconds_since(heard(world, service, last)) < LASTS
    {
        return;
    }
    let start = usize::try_from(crate::cni::number(&[service.name()])).unwrap_or(0);
    let Some((node, link)) = may.get(start.checked_rem(may.len()).unwrap_or(0)).cloned() else {
        // Nobody may any more: who answered until now does so no longer.
        return forget(world, service);
    };
    forget(world, service);
    answer(world, &node, &link, address);
    let memory = json!({"node": node, "link": link, "address": address.to_string(), "heard": now.0});
    world.remember(LAW.name, service, memory);
    if giver == Giver::Cilium {
        renew(world, service, &node, now);
    }
}

/// Nobody answers for it any more.
pub(super) fn forget(world: &mut World, service: &Key) {
    let known = world.memory(LAW.name, service).clone();
    let text = |key: &str| known[key].as_str().unwrap_or_default().to_owned();
    let (node, link, address) = (text("node"), text("link"), text("address"));
    if node.is_empty() {
        return;
    }
    world.on_host(&node, |host| host.try_all("", &[format!("ip neigh del proxy {address} dev {link}")]));
    world.remember(LAW.name, service, crate::json::Value::Null);
    if world.at(service).is_none() {
        let lease = lease(world, service);
        world.remove(&lease);
    }
}

/// The node says on the segment that the address is its own: whoever knew another's forgets that.
fn answer(world: &mut World, node: &str, link: &str, address: Ipv4Addr) {
    world.on_host(node, |host| {
        host.try_all("", &[format!("ip neigh add proxy {address} dev {link}")]);
    });
    told(world, address);
}

/// All machines forget whose an address was.
pub(in crate::laws) fn told(world: &mut World, address: Ipv4Addr) {
    let now = world.now().0 / 1000;
    let names: Vec<String> = world.network().machines().map(str::to_owned).collect();
    for name in names {
        let Some(id) = world.network().find(&name, "") else { continue };
        let links: Vec<String> = world.network().space(id).links.values().map(|link| link.name.clone()).collect();
        for link in links {
            let line = format!("ip neigh del {address} dev {link}");
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            crate::net::run(world.network_mut(), &name, "", &words, "", now);
        }
    }
}

fn lease(world: &World, service: &Key) -> Key {
    let agents = world.list("pods", "").find(|pod| pod.label("k8s-app") == Some("cilium"));
    let namespace = agents.map_or_else(|| "kube-system".to_owned(), |pod| pod.namespace().to_owned());
    Key::new(LEASES, &namespace, &format!("cilium-l2announce-{}-{}", service.namespace(), service.name()))
}

fn heard(world: &World, service: &Key, or: Moment) -> Moment {
    let lease = world.at(&lease(world, service));
    lease.and_then(|lease| Moment::read(lease["spec"]["renewTime"].as_str()?)).unwrap_or(or)
}

fn renew(world: &mut World, service: &Key, node: &str, now: Moment) {
    let key = lease(world, service);
    let Some(lease) = world.at(&key) else {
        let made = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": key.name(), "namespace": key.namespace()},
            "spec": {"holderIdentity": node, "leaseDurationSeconds": LASTS, "leaseTransitions": 0,
                "acquireTime": now.micro(), "renewTime": now.micro()},
        });
        drop(world.create(LEASES, Object::new(made)));
        return;
    };
    let other = lease["spec"]["holderIdentity"] != node;
    let last = lease["spec"]["renewTime"].as_str().and_then(Moment::read).unwrap_or_default();
    if !other && now.seconds_since(last) < RENEWS {
        return;
    }
    let transitions = lease["spec"]["leaseTransitions"].as_i64().unwrap_or(0) + i64::from(other);
    drop(world.change_as(&key, "cilium-agent", "", |lease| {
        if other {
            lease["spec"]["acquireTime"] = now.micro().into();
        }
        lease["spec"]["holderIdentity"] = node.into();
        lease["spec"]["leaseTransitions"] = transitions.into();
        lease["spec"]["renewTime"] = now.micro().into();
    }));
}

/// The nodes that may answer, each with the link it answers on.
fn candidates(world: &World, giver: Giver) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for node in world.list("nodes", "").filter(|node| node.condition("Ready") == Some("True")) {
        let Some(machine) = world.machine(node.name()).filter(|machine| machine.is_up()) else { continue };
        let links: Vec<&str> = machine.cards.iter().map(|card| card.name.as_str()).collect();
        let link = match giver {
            Giver::Cilium => {
                let works = crate::cni::law::cilium_works_on(world).iter().any(|name| name == node.name());
                links.iter().find(|link| works && world.list(POLICIES, "").any(|policy| takes(policy, node, link)))
            }
            Giver::Metal => {
                let mut pods = world.on_node(node.name());
                let speaks = pods.any(|pod| is_metal(pod, "speaker") && pod.condition("Ready") == Some("True"));
                let told = world.count("l2advertisements.metallb.io") > 0;
                links.first().filter(|_| speaks && told)
            }
            Giver::K3s => None,
        };
        found.extend(link.map(|link| (node.name().to_owned(), (*link).to_owned())));
    }
    found
}

/// Whether a policy has a node answer on a link.
fn takes(policy: &Object, node: &Object, link: &str) -> bool {
    let spec = &policy["spec"];
    let all = spec["interfaces"].as_array().is_none_or(Vec::is_empty);
    let mut patterns = spec["interfaces"].as_array().into_iter().flatten().filter_map(|it| it.as_str());
    let fits = |pattern: &str| regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(link));
    let here =
        spec["nodeSelector"].is_null() || Selector::of(&spec["nodeSelector"]).takes_labels(&node["metadata"]["labels"]);
    spec["loadBalancerIPs"] == true && here && (all || patterns.any(fits))
}
