//! What an Installation says: what the operator fills in for it, and what it refuses.

use super::POOLS;
use crate::json::{Value, json};
use crate::world::{Object, World};

/// How packets of a pool travel, in the words of an Installation, with `ipipMode` and `vxlanMode` of the pool.
const WAYS: [(&str, &str, &str); 5] = [
    ("IPIPCrossSubnet", "CrossSubnet", "Never"),
    ("IPIP", "Always", "Never"),
    ("VXLAN", "Never", "Always"),
    ("VXLANCrossSubnet", "Never", "CrossSubnet"),
    ("None", "Never", "Never"),
];

/// `ipipMode` and `vxlanMode` of a word.
pub(super) fn modes(word: &str) -> (&'static str, &'static str) {
    WAYS.iter().find(|(one, ..)| *one == word).map_or(("Never", "Never"), |(_, ipip, vxlan)| (ipip, vxlan))
}

/// The word for the modes of a pool.
fn word(pool: &Object) -> &'static str {
    let mode = |field: &str| pool["spec"][field].as_str().unwrap_or("Never").to_owned();
    let own = (mode("ipipMode"), mode("vxlanMode"));
    WAYS.iter().find(|(_, ipip, vxlan)| (*ipip, *vxlan) == (own.0.as_str(), own.1.as_str())).map_or("None", |one| one.0)
}

/// What it says with all that it leaves open.
pub(super) fn filled(world: &World, own: &Object) -> Value {
    let mut spec = if own["spec"].is_object() { own["spec"].clone() } else { json!({}) };
    let fill = |place: &mut Value, or: Value| {
        if place.is_null() {
            *place = or;
        }
    };
    fill(&mut spec["variant"], "Calico".into());
    fill(&mut spec["cni"], json!({"type": "Calico", "ipam": {"type": "Calico"}}));
    fill(&mut spec["controlPlaneReplicas"], 2.into());
    fill(&mut spec["kubeletVolumePluginPath"], "/var/lib/kubelet".into());
    fill(&mut spec["flexVolumePath"], "/usr/libexec/kubernetes/kubelet-plugins/volume/exec/".into());
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}});
    fill(&mut spec["nodeUpdateStrategy"], strategy);
    let network = &mut spec["calicoNetwork"];
    fill(network, json!({}));
    fill(&mut network["bgp"], "Enabled".into());
    fill(&mut network["linuxDataplane"], "Iptables".into());
    fill(&mut network["hostPorts"], "Enabled".into());
    fill(&mut network["multiInterfaceMode"], "None".into());
    let by_bgp = network["bgp"] == "Enabled";
    if network["ipPools"].is_null() {
        let there: Vec<Value> =
            world.list(POOLS, "").filter(|pool| pool["spec"]["disabled"] != true).map(found).collect();
        let pools = if there.is_empty() { vec![json!({"cidr": range(world)})] } else { there };
        network["ipPools"] = pools.into();
    }
    for pool in crate::world::list(&mut network["ipPools"]) {
        fill(&mut pool["name"], "default-ipv4-ippool".into());
        fill(&mut pool["encapsulation"], if by_bgp { "IPIP" } else { "VXLAN" }.into());
        fill(&mut pool["natOutgoing"], "Enabled".into());
        fill(&mut pool["nodeSelector"], "all()".into());
        fill(&mut pool["blockSize"], 26.into());
        fill(&mut pool["disableBGPExport"], false.into());
        fill(&mut pool["allowedUses"], json!(["Workload", "Tunnel"]));
        fill(&mut pool["assignmentMode"], "Automatic".into());
    }
    fill(&mut network["nodeAddressAutodetectionV4"], json!({"firstFound": true}));
    spec
}

/// A pool that is there, in the words of an Installation.
fn found(pool: &std::sync::Arc<Object>) -> Value {
    let of = &pool["spec"];
    json!({"name": pool.name(), "cidr": of["cidr"], "encapsulation": word(pool),
        "natOutgoing": if of["natOutgoing"] == true { "Enabled" } else { "Disabled" }})
}

/// The range that the cluster was made for.
fn range(world: &World) -> String {
    let map = world.get("configmaps", "kube-system", "kubeadm-config");
    let text = map.and_then(|map| map["data"]["ClusterConfiguration"].as_str()).unwrap_or_default();
    let said = text.lines().find_map(|line| line.trim().strip_prefix("podSubnet:"));
    said.map_or_else(|| "192.168.0.0/16".to_owned(), |said| said.trim().trim_matches('"').to_owned())
}

/// How nodes find their own address, in the words of Calico's agent.
pub(super) fn method(spec: &Value) -> Option<String> {
    let how = &spec["calicoNetwork"]["nodeAddressAutodetectionV4"];
    let text = |field: &str| how[field].as_str().filter(|text| !text.is_empty());
    if how["firstFound"] == true {
        return Some("first-found".to_owned());
    }
    let ranges: Vec<&str> = crate::world::strings(&how["cidrs"]).collect();
    let kubernetes = text("kubernetes").map(|_| "kubernetes-internal-ip".to_owned());
    let other = [("interface", "interface"), ("skipInterface", "skip-interface"), ("canReach", "can-reach")];
    let other = other.iter().find_map(|(field, word)| text(field).map(|value| format!("{word}={value}")));
    kubernetes.or(other).or_else(|| (!ranges.is_empty()).then(|| format!("cidr={}", ranges.join(","))))
}

/// What stands against it.
///
/// # Errors
/// In the operator's words.
pub(super) fn judge(spec: &Value) -> Result<(), String> {
    let network = &spec["calicoNetwork"];
    let by_bgp = network["bgp"] == "Enabled";
    for pool in network["ipPools"].as_array().into_iter().flatten() {
        let range = pool["cidr"].as_str().unwrap_or_default();
        let Some((_, length)) = crate::net::read_prefix(range).filter(|_| range.contains('/')) else {
            return Err(format!("IP pool CIDR ({range}) is invalid: invalid CIDR address: {range}"));
        };
        let way = pool["encapsulation"].as_str().unwrap_or_default();
        if !WAYS.iter().any(|(one, ..)| *one == way) {
            let all: Vec<&str> = WAYS.iter().map(|(one, ..)| *one).collect();
            return Err(format!("{way} is invalid for ipPool.encapsulation, should be one of {}", all.join(",")));
        }
        if way.starts_with("IPIP") && !by_bgp {
            return Err("IPIP encapsulation requires that BGP is enabled".to_owned());
        }
        if u64::from(length) > pool["blockSize"].as_u64().unwrap_or(26) {
            return Err(format!(
                "IP pool size is too small (/{length}). It must be equal to or greater than the block size (/{}).",
                pool["blockSize"]
            ));
        }
    }
    let how = &network["nodeAddressAutodetectionV4"];
    let ways = how.as_object().into_iter().flatten();
    let said =
        ways.filter(|(_, value)| !(value.is_null() || **value == false || **value == "" || **value == json!([])));
    if said.count() > 1 {
        return Err("no more than one node address autodetection method can be specified per-family".to_owned());
    }
    if network["linuxDataplane"] == "BPF" && how["firstFound"] == true {
        return Err("spec.calicoNetwork.nodeAddressAutodetectionV4 firstFound is not supported for the BPF dataplane"
            .to_owned());
    }
    Ok(())
}
