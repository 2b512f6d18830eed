//! What goes wrong on a machine's network: what others left there, what does not fit, what was taken away.

use super::{Planted, lines_on, put};
use crate::cni::Folders;
use crate::json::json;
use crate::net::Prefix;
use crate::net::maps::Maps;
use crate::world::{Key, Object, World};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// A pod with a network of its own begins on a machine: what ails new ones is seen by it.
pub(super) fn begin_anew(world: &mut World, machine: &str) -> Result<(), String> {
    if world.get("nodes", "", machine).is_none() {
        return Err(format!("there is no node `{machine}`"));
    }
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("new-on-{machine}"), "namespace": "default"},
        "spec": {"nodeName": machine, "tolerations": [{"operator": "Exists"}],
            "containers": [{"name": "web", "image": "registry.example/web:1.0"}]},
    });
    put(world, pod)
}

pub(super) fn calico_astray(world: &mut World, fault: &Planted) -> Result<(), String> {
    let lines = [
        "ip link add cilium_host type veth peer name cilium_net",
        "ip link set cilium_net up",
        "ip link set cilium_host up",
        "ip addr add 10.245.1.36/32 dev cilium_host",
    ];
    lines_on(world, fault.text("machine"), &lines.map(str::to_owned))
}

pub(super) fn conf_foreign(world: &mut World, fault: &Planted) -> Result<(), String> {
    let machine = fault.text("machine").to_owned();
    let of = if fault.text("of").is_empty() { "antrea" } else { fault.text("of") };
    let text = format!("{{\"cniVersion\": \"0.3.1\", \"name\": \"{of}\", \"plugins\": [{{\"type\": \"{of}\"}}]}}\n");
    let name = format!("00-{of}.conflist");
    fault.on_machine(world, |it| {
        let folder = Folders::of(it).conf;
        it.write(&format!("{folder}/{name}"), text.as_bytes());
    })?;
    begin_anew(world, &machine)
}

pub(super) fn conf_gone(world: &mut World, fault: &Planted) -> Result<(), String> {
    fault.on_machine(world, |it| {
        let folder = Folders::of(it).conf;
        for name in it.names_in(&folder).iter().filter(|name| name.contains(".conf")) {
            it.take_away(&format!("{folder}/{name}"));
        }
    })?;
    world.wake("heartbeat", Key::new("nodes", "", fault.text("machine")));
    Ok(())
}

pub(super) fn leases_leaked(world: &mut World, fault: &Planted) -> Result<(), String> {
    let machine = fault.text("machine").to_owned();
    let range = world.get("nodes", "", &machine).and_then(|node| Prefix::read(node["spec"]["podCIDR"].as_str()?));
    let Some(range) = range.map(Prefix::network) else { return Err(format!("`{machine}` has no range for pods")) };
    fault.on_machine(world, |it| {
        for addr in u32::from(range.addr) + 2..u32::from(range.last()) {
            let path = format!("/var/lib/cni/networks/cbr0/{}", Ipv4Addr::from(addr));
            if !it.has(&path) {
                it.write(&path, b"0000000000000000000000000000000000000000000000000000000000000000\r\neth0");
            }
        }
    })?;
    begin_anew(world, &machine)
}

pub(super) fn lockdown(world: &mut World, fault: &Planted) -> Result<(), String> {
    fault.on_machine(world, |it| {
        std::sync::Arc::make_mut(&mut it.kernel).line.push_str(" lockdown=confidentiality");
    })?;
    let node = fault.text("machine").to_owned();
    let own = |pod: &Object| pod.label("k8s-app") == Some("cilium") && pod["spec"]["nodeName"] == node.as_str();
    for key in super::all_of(world, "pods", "", own) {
        super::gone(world, &key);
    }
    Ok(())
}

pub(super) fn mask_too_wide(world: &mut World, fault: &Planted) -> Result<(), String> {
    let machine = fault.text("machine").to_owned();
    let own = world.get("nodes", "", &machine).and_then(|node| super::address(node));
    let Some(own) = own else { return Err(format!("there is no node `{machine}`")) };
    let link = world.on_host(&machine, |host| host.link_with(own)).flatten().unwrap_or_else(|| "eth0".to_owned());
    lines_on(
        world,
        &machine,
        &[format!(
            "ip route add {}/8 dev {link} proto kernel scope link src {own}",
            Ipv4Addr::new(own.octets()[0], 0, 0, 0)
        )],
    )
}

pub(super) fn mtu_small(world: &mut World, fault: &Planted) -> Result<(), String> {
    let link = if fault.text("link").is_empty() { "eth0" } else { fault.text("link") };
    lines_on(world, fault.text("machine"), &[format!("ip link set {link} mtu 1400")])
}

pub(super) fn rp_filter(world: &mut World, fault: &Planted) -> Result<(), String> {
    let machine = fault.text("machine").to_owned();
    let space = world.network().find(&machine, "").ok_or_else(|| format!("there is no machine `{machine}`"))?;
    let links = world.network().space(space).links.values().map(|link| link.name.clone());
    let of_pods = |name: &String| name.starts_with("lxc") || name.starts_with("cilium_");
    let lines: Vec<String> =
        links.filter(of_pods).map(|name| format!("sysctl -w net.ipv4.conf.{name}.rp_filter=1")).collect();
    if lines.is_empty() {
        return Err(format!("`{machine}` has no link of Cilium's"));
    }
    world.on_host(&machine, |host| host.try_all("", &lines));
    Ok(())
}

pub(super) fn rules_left(world: &mut World, fault: &Planted) -> Result<(), String> {
    let text = match fault.text("of") {
        "calico" => {
            "*filter\n:cali-FORWARD - [0:0]\n:cali-from-wl-dispatch - [0:0]\n\
             -A FORWARD -m comment --comment \"cali:wUHhoiAYhphO9Mso\" -j cali-FORWARD\n\
             -A cali-FORWARD -i cali+ -j cali-from-wl-dispatch\nCOMMIT\n"
        }
        "cilium" => {
            "*filter\n:CILIUM_FORWARD - [0:0]\n-A FORWARD -j CILIUM_FORWARD\n\
             -A CILIUM_FORWARD -o cilium_host -j ACCEPT\nCOMMIT\n"
        }
        "flannel" => {
            "*nat\n:FLANNEL-POSTRTG - [0:0]\n-A POSTROUTING -j FLANNEL-POSTRTG\n\
             -A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE\nCOMMIT\n"
        }
        "kube-router" => {
            "*filter\n:KUBE-ROUTER-FORWARD - [0:0]\n:KUBE-NWPLCY-DEFAULT - [0:0]\n\
             -A FORWARD -j KUBE-ROUTER-FORWARD\n\
             -A KUBE-ROUTER-FORWARD -d 10.42.250.0/24 -j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n"
        }
        other => {
            return Err(format!(
                "`{other}` leaves no rules that are known; `calico`, `cilium`, `flannel` and `kube-router` do"
            ));
        }
    };
    let name = fault.text("machine");
    let said = world.on_host(name, |host| host.restore(text));
    said.ok_or_else(|| format!("there is no machine `{name}`"))?
}

pub(super) fn sockets_left(world: &mut World, fault: &Planted) -> Result<(), String> {
    let machine = fault.text("machine").to_owned();
    let services: Vec<_> = crate::cni::law::services(world)
        .into_iter()
        .map(|it| ((it.front, it.port, it.transport), vec![(Ipv4Addr::new(10, 0, 250, 9), it.port)]))
        .collect();
    world
        .on_host(&machine, |host| {
            let space = host.space();
            let mut maps = Maps::new(Ipv4Addr::UNSPECIFIED);
            maps.sockets = true;
            maps.services = services.into_iter().collect();
            host.net.space_mut(space).maps = Some(Arc::new(maps));
            crate::cni::cilium::hold_sockets(host);
        })
        .ok_or_else(|| format!("there is no machine `{machine}`"))
}

pub(super) fn tunnel_port_taken(world: &mut World, fault: &Planted) -> Result<(), String> {
    let machine = fault.text("machine").to_owned();
    let port = world.get("configmaps", "kube-system", "cilium-config").map_or(8472, |map| {
        map["data"]["tunnel-port"].as_str().and_then(|text| text.parse::<u16>().ok()).unwrap_or(8472)
    });
    lines_on(
        world,
        &machine,
        &[
            "ip link del cilium_vxlan".to_owned(),
            format!("ip link add other.1 type vxlan id 1 dstport {port} local 127.0.0.1 nolearning"),
            "ip link set other.1 up".to_owned(),
        ],
    )?;
    let own = |pod: &Object| pod.label("k8s-app") == Some("cilium") && pod["spec"]["nodeName"] == machine.as_str();
    for key in super::all_of(world, "pods", "", own) {
        super::gone(world, &key);
    }
    Ok(())
}
