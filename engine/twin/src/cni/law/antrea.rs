//! Antrea in the cluster: what its ConfigMap says, and what each agent learns of the other nodes.

use super::node::address;
use crate::cni::antrea::{self, Peer, Plan, Settings};
use crate::json::{Value, json};
use crate::net::Prefix;
use crate::world::{Key, Moment, Object, World};

/// What the law remembers of the agent of a node: its settings, what it wrote last, and when.
const OF: &str = "antrea.twin";
/// What agents tell of themselves.
const INFOS: &str = "antreaagentinfos.crd.antrea.io";
/// How often the agent writes its chains and routes again.
const AGAIN: i64 = 60;

/// The ConfigMap that a pod has for its configuration, wherever its name ends.
fn map_of(world: &World, pod: &Key) -> Option<Object> {
    let object = world.at(pod)?;
    let volumes = object["spec"]["volumes"].as_array().into_iter().flatten();
    let named = volumes.filter(|it| it["name"] == "antrea-config").find_map(|it| it["configMap"]["name"].as_str());
    world.get("configmaps", pod.namespace(), named.unwrap_or("antrea-config")).map(|map| Object::clone(map))
}

const PLAIN: &str = r#"{"cniVersion": "0.3.0", "name": "antrea", "plugins": [
    {"type": "antrea", "ipam": {"type": "host-local"}},
    {"type": "portmap", "capabilities": {"portMappings": true}},
    {"type": "bandwidth", "capabilities": {"bandwidth": true}}]}"#;

fn plan(node: &Object, settings: Settings) -> Result<Plan, String> {
    let name = node.name();
    let Some(range) = node["spec"]["podCIDR"].as_str().and_then(Prefix::read) else {
        return Err(format!("Spec.PodCIDR is empty for Node {name}. Please make sure --cluster-cidr is specified"));
    };
    let own =
        address(node).ok_or_else(|| format!("failed to obtain local IP addresses from K8s: node {name} has none"))?;
    Ok(Plan { settings, own, range })
}

/// The agent of a node starts.
///
/// # Errors
/// What it ends with.
pub(super) fn start(world: &mut World, name: &str, pod: &Key) -> Result<bool, String> {
    let Some(node) = world.get("nodes", "", name).cloned() else { return Ok(false) };
    let map = map_of(world, pod);
    let said = |key: &str| map.as_ref().and_then(|map| map["data"][key].as_str()).map(str::to_owned);
    let text = said("antrea-agent.conf").unwrap_or_default();
    let conf = said("antrea-cni.conflist").unwrap_or_else(|| PLAIN.to_owned());
    let plan = plan(&node, Settings::read(&text)?)?;
    let started = world.on_host(name, |host| {
        antrea::install(host, &conf)?;
        antrea::start(host, &plan)
    });
    started.unwrap_or(Err("the machine is not there".to_owned()))?;
    super::remember(world, OF, name, json!({"settings": text}));
    tell(world, name, pod, &plan);
    super::services::serve_antrea(world, name);
    Ok(true)
}

/// Tells of itself, where its kinds are there.
fn tell(world: &mut World, name: &str, pod: &Key, plan: &Plan) {
    let now = world.now().text();
    let conditions = ["AgentHealthy", "ControllerConnectionUp", "OVSDBConnectionUp", "OpenflowConnectionUp"]
        .map(|kind| json!({"type": kind, "status": "True", "lastHeartbeatTime": now}));
    let own = json!({
        "apiVersion": "crd.antrea.io/v1beta1", "kind": "AntreaAgentInfo", "metadata": {"name": name},
        "podRef": {"name": pod.name(), "namespace": pod.namespace()}, "nodeRef": {"kind": "Node", "name": name},
        "nodeSubnets": [plan.range.network().to_string()],
        "ovsInfo": {"bridgeName": plan.settings.bridge},
        "agentConditions": conditions,
    });
    if world.get(INFOS, "", name).is_none() {
        // Without its definition it is told to nobody.
        drop(world.create(INFOS, Object::new(own)));
        return;
    }
    drop(world.change_as(&Key::new(INFOS, "", name), "antrea-agent", "", |it| {
        for field in ["podRef", "nodeSubnets", "agentConditions"] {
            it[field] = own[field].clone();
        }
    }));
}

fn peers(world: &World, name: &str) -> Vec<Peer> {
    let others = world.list("nodes", "").filter(|node| node.name() != name);
    others
        .filter_map(|node| Some(Peer { range: Prefix::read(node["spec"]["podCIDR"].as_str()?)?, own: address(node)? }))
        .collect()
}

/// The agent of a node learns of the others, and writes again every minute what somebody may have taken away.
pub(super) fn sync(world: &mut World, name: &str) -> Option<Moment> {
    let known = super::memory(world, OF, name).clone();
    let node = world.get("nodes", "", name)?;
    let settings = Settings::read(known["settings"].as_str().unwrap_or_default()).ok()?;
    let plan = plan(node, settings).ok()?;
    let peers = peers(world, name);
    let told = crate::cni::digits(&[&format!("{plan:?} {peers:?}")], 16);
    let (now, at) = (world.now(), Moment(known["at"].as_i64().unwrap_or(0)));
    if known["told"] == told.as_str() && now.seconds_since(at) < AGAIN {
        return Some(at.plus_seconds(AGAIN));
    }
    super::remember(world, OF, name, json!({"settings": known["settings"], "told": told, "at": now.0}));
    world.on_host(name, |host| antrea::sync(host, &plan, &peers));
    Some(now.plus_seconds(AGAIN))
}

/// The agent of a node ends.
pub(super) fn stop(world: &mut World, name: &str) {
    world.on_host(name, antrea::stop);
}

/// Whether the agent of a node carries services: its configuration says so.
pub(super) fn carries_services(world: &World, name: &str) -> bool {
    let known: &Value = super::memory(world, OF, name);
    Settings::read(known["settings"].as_str().unwrap_or_default()).is_ok_and(|settings| settings.proxies)
}
