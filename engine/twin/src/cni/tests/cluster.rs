//! A cluster of three machines whose networks are what is installed: small charts of our own, as the real ones are shaped.

use crate::connectivity::Connectivity;
use crate::json::{Value, json};
use crate::machines::Machine;
use crate::net::{Answer, Probe, SpaceId, Transport};
use crate::scene;
use crate::world::{Deletion, Key, Moment, Object, World};
use std::net::Ipv4Addr;

const THREE: &str = "
name: three
network: none
nodes:
  - {name: n1, roles: [control-plane], address: 10.0.0.1/24}
  - {name: n2, address: 10.0.0.2/24}
  - {name: n3, address: 10.0.0.3/24}
";

const ROUTED: &str = "
name: routed
network: none
nodes:
  - {name: n1, roles: [control-plane], address: 10.0.0.1/24, interfaces: [{name: eth0, segment: near, address: 10.0.0.1/24, gateway: 10.0.0.100}]}
  - {name: n2, address: 10.0.0.2/24, interfaces: [{name: eth0, segment: near, address: 10.0.0.2/24, gateway: 10.0.0.100}]}
  - {name: n3, address: 10.0.1.3/24, interfaces: [{name: eth0, segment: far, address: 10.0.1.3/24, gateway: 10.0.1.100}]}
machines:
  - {name: router, interfaces: [{name: eth0, segment: near, address: 10.0.0.100/24}, {name: eth1, segment: far, address: 10.0.1.100/24}]}
";

/// A cluster.
pub(super) struct Cluster(pub(super) World);

fn kind_of(object: &Value) -> &'static str {
    match object["kind"].as_str().unwrap_or_default() {
        "DaemonSet" => "daemonsets.apps",
        "Deployment" => "deployments.apps",
        "ConfigMap" => "configmaps",
        "Namespace" => "namespaces",
        "Pod" => "pods",
        "Service" => "services",
        "NetworkPolicy" => "networkpolicies.networking.k8s.io",
        "CiliumNodeConfig" => "ciliumnodeconfigs.cilium.io",
        "CustomResourceDefinition" => "customresourcedefinitions.apiextensions.k8s.io",
        other => panic!("no kind {other}"),
    }
}

impl Cluster {
    pub(super) fn new() -> Cluster {
        Cluster::of(THREE)
    }

    /// Two machines on one segment and a third behind a router that knows nothing of pods.
    pub(super) fn routed() -> Cluster {
        let mut cluster = Cluster::of(ROUTED);
        cluster.on("router", "sysctl -w net.ipv4.ip_forward=1");
        cluster
    }

    fn of(scene: &str) -> Cluster {
        let now = Moment::read("2026-11-21T11:00:00Z").unwrap();
        let world = scene::read(scene, now).unwrap().world;
        let mut cluster = Cluster(world);
        cluster.pass(5);
        cluster
    }

    /// One of the scenes that are part of the program, after a while.
    pub(super) fn scene(name: &str) -> Cluster {
        let mut cluster = Cluster::of(scene::text(name).unwrap());
        cluster.pass(240);
        cluster
    }

    /// Lets so many seconds pass.
    pub(super) fn pass(&mut self, seconds: i64) {
        let until = self.0.now().plus_seconds(seconds);
        self.0.live(until, 1_000_000);
        self.0.advance(until);
        self.0.settle(1_000_000);
    }

    pub(super) fn put(&mut self, object: Value) {
        let kind = kind_of(&object);
        self.0.create(kind, Object::new(object)).unwrap();
    }

    pub(super) fn set(&mut self, kind: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Object)) {
        self.0.change(&Key::new(kind, namespace, name), change).unwrap();
    }

    pub(super) fn delete(&mut self, kind: &str, namespace: &str, name: &str) {
        self.0.delete(&Key::new(kind, namespace, name), &Deletion::default()).unwrap();
    }

    /// Flannel, as its manifest installs it.
    pub(super) fn flannel(&mut self) {
        self.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-flannel"}}));
        self.put(json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "kube-flannel-cfg", "namespace": "kube-flannel"},
            "data": {"net-conf.json": r#"{"Network": "10.42.0.0/16", "Backend": {"Type": "vxlan"}}"#,
                "cni-conf.json": super::bench::FLANNEL}}));
        self.put(daemonset("kube-flannel", "kube-flannel-ds", "kube-flannel", "flannel"));
        self.pass(20);
    }

    pub(super) fn proxy(&mut self) {
        self.put(daemonset("kube-system", "kube-proxy", "kube-proxy", "kube-proxy"));
        self.pass(10);
    }

    /// Cilium with these options, as its chart installs it.
    pub(super) fn cilium(&mut self, options: &[(&str, &str)]) {
        let mut data = json!({
            "routing-mode": "tunnel", "tunnel-protocol": "vxlan", "tunnel-port": "8473", "ipam": "cluster-pool",
            "cluster-pool-ipv4-cidr": "10.245.0.0/16", "cluster-pool-ipv4-mask-size": "24",
            "enable-policy": "never", "enable-ipv4-masquerade": "true", "kube-proxy-replacement": "false",
            "cni-exclusive": "true", "custom-cni-conf": "true", "cni-uninstall": "false",
        });
        for (name, value) in options {
            data[*name] = (*value).into();
        }
        self.put(json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data,
            "metadata": {"name": "cilium-config", "namespace": "kube-system"}}));
        self.put(daemonset("kube-system", "cilium", "cilium-agent", "cilium"));
        self.put(json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "cilium-operator", "namespace": "kube-system"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"name": "cilium-operator"}}, "template": {
                "metadata": {"labels": {"name": "cilium-operator", "io.cilium/app": "operator"}},
                "spec": {"hostNetwork": true, "tolerations": [{"operator": "Exists"}],
                    "containers": [{"name": "cilium-operator", "image": "quay.io/cilium/operator-generic:v1.18.4"}]}}}}));
        self.pass(60);
    }

    /// Calico, as its manifest installs it, told or not told how to find its own address.
    pub(super) fn calico(&mut self, method: Option<&str>) {
        let method = method.map(|method| ("IP_AUTODETECTION_METHOD", method));
        let env: Vec<_> = [("CALICO_IPV4POOL_VXLAN", "CrossSubnet")].into_iter().chain(method).collect();
        self.calico_with(&env);
    }

    /// Calico, as its manifest installs it, with this in its environment.
    pub(super) fn calico_with(&mut self, env: &[(&str, &str)]) {
        self.calico_kinds();
        self.put(calico_node(env));
        self.pass(30);
    }

    fn calico_kinds(&mut self) {
        for (plural, kind) in [("ippools", "IPPool"), ("ipamblocks", "IPAMBlock")] {
            self.put(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": format!("{plural}.crd.projectcalico.org")},
                "spec": {"group": "crd.projectcalico.org", "scope": "Cluster",
                    "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind, "listKind": format!("{kind}List")},
                    "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
                        {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}));
        }
    }

    /// Canal, as its manifest installs it: flannel and Calico in one pod on every node.
    pub(super) fn canal(&mut self) {
        self.calico_kinds();
        self.put(json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "canal-config", "namespace": "kube-system"},
            "data": {"veth_mtu": "0", "net-conf.json": r#"{"Network": "10.42.0.0/16", "Backend": {"Type": "vxlan"}}"#,
                "cni_network_config": r#"{"name": "k8s-pod-network", "cniVersion": "0.3.1", "plugins": [
                    {"type": "calico", "mtu": __CNI_MTU__, "ipam": {"type": "host-local", "subnet": "usePodCidr"}},
                    {"type": "portmap", "snat": true, "capabilities": {"portMappings": true}}]}"#}}));
        let mut object = daemonset("kube-system", "canal", "calico-node", "canal");
        let from = |key: &str| json!({"configMapKeyRef": {"name": "canal-config", "key": key}});
        let pod = &mut object["spec"]["template"]["spec"];
        pod["initContainers"] = json!([{"name": "install-cni", "image": "example.org/cni:v3.31.0", "env": [
            {"name": "CNI_CONF_NAME", "value": "10-canal.conflist"},
            {"name": "CNI_NETWORK_CONFIG", "valueFrom": from("cni_network_config")},
            {"name": "CNI_MTU", "valueFrom": from("veth_mtu")}]}]);
        pod["containers"][0]["env"] =
            json!([{"name": "CALICO_NETWORKING_BACKEND", "value": "none"}, {"name": "IP", "value": ""}]);
        let flannel = json!({"name": "kube-flannel", "image": "example.org/flannel:v0.28.4"});
        pod["containers"].as_array_mut().unwrap().push(flannel);
        self.put(object);
        self.pass(40);
    }

    /// What Calico takes for a node's own address.
    pub(super) fn own(&self, node: &str) -> String {
        let node = self.0.get("nodes", "", node).unwrap();
        node.annotation("projectcalico.org/IPv4Address").unwrap_or_default().to_owned()
    }

    pub(super) fn uninstall_cilium(&mut self) {
        self.delete("daemonsets.apps", "kube-system", "cilium");
        self.delete("deployments.apps", "kube-system", "cilium-operator");
        self.delete("configmaps", "kube-system", "cilium-config");
        self.pass(60);
    }

    /// What the label of a node has its agent do.
    pub(super) fn node_config(&mut self) {
        self.put(json!({"apiVersion": "cilium.io/v2", "kind": "CiliumNodeConfig",
            "metadata": {"namespace": "kube-system", "name": "cilium-default"},
            "spec": {"nodeSelector": {"matchLabels": {"io.cilium.migration/cilium-default": "true"}},
                "defaults": {"write-cni-conf-when-ready": "/host/etc/cni/net.d/05-cilium.conflist",
                    "custom-cni-conf": "false", "cni-chaining-mode": "none", "cni-exclusive": "true"}}}));
    }

    pub(super) fn take_over(&mut self, node: &str) {
        self.set("nodes", "", node, |node| node.set_label("io.cilium.migration/cilium-default", "true"));
        self.restart("kube-system", "cilium", node);
    }

    /// Deletes the pod of a DaemonSet on a node, so that there is another.
    pub(super) fn restart(&mut self, namespace: &str, app: &str, node: &str) {
        let own = |pod: &&std::sync::Arc<Object>| pod.namespace() == namespace && pod.label("app") == Some(app);
        let name = self.0.on_node(node).find(own).unwrap().name().to_owned();
        self.delete("pods", namespace, &name);
        self.pass(40);
    }

    /// A pod on a node that serves port 80.
    pub(super) fn pod(&mut self, name: &str, node: &str) -> Option<Ipv4Addr> {
        self.put(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", "labels": {"app": name, "all": "yes"}},
            "spec": {"nodeName": node, "terminationGracePeriodSeconds": 1, "tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "web", "image": "nginx:1", "ports": [{"containerPort": 80}]}]}}));
        self.pass(15);
        self.address(name)
    }

    pub(super) fn address(&self, name: &str) -> Option<Ipv4Addr> {
        self.0.get("pods", "default", name)?["status"]["podIP"].as_str()?.parse().ok()
    }

    /// What was told of a pod, the last first.
    pub(super) fn told(&self, pod: &str) -> Vec<String> {
        let own = |event: &&std::sync::Arc<Object>| event["involvedObject"]["name"] == pod;
        let mut all: Vec<_> = self.0.list("events", "").filter(own).cloned().collect();
        all.sort_by_key(|event| std::cmp::Reverse(event.revision()));
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        all.iter().map(|event| format!("{}: {}", word(&event["reason"]), word(&event["message"]))).collect()
    }

    fn space(&self, from: &str) -> SpaceId {
        match self.0.get("pods", "default", from) {
            Some(pod) => crate::cni::law::space_of(&self.0, pod).unwrap(),
            None => self.0.network().find(from, "").unwrap(),
        }
    }

    /// What a pod or a machine hears when it asks port 80 of an address.
    pub(super) fn asks(&mut self, from: &str, to: Ipv4Addr, port: u16) -> Answer {
        let space = self.space(from);
        self.pass(61);
        let now = self.0.now().0 / 1000;
        self.0.network_mut().probe(&Probe::port(space, to, Transport::Tcp, port), now)
    }

    pub(super) fn reaches(&mut self, from: &str, to: Ipv4Addr) -> bool {
        self.asks(from, to, 80).outcome == crate::net::Outcome::Reached
    }

    /// Runs a command on a machine and gives what it printed.
    pub(super) fn on(&mut self, machine: &str, line: &str) -> String {
        self.0.on_host(machine, |host| host.run(line).unwrap_or_else(|said| said)).unwrap()
    }

    pub(super) fn conf(&self, machine: &str) -> Vec<String> {
        self.0.machine(machine).unwrap().names_in("/etc/cni/net.d")
    }

    /// The agent's own words on a node.
    pub(super) fn cilium_dbg(&mut self, node: &str, words: &[&str]) -> String {
        crate::cni::of_agent(&mut self.0, node, "cilium-dbg", words).unwrap().0
    }

    /// How many pairs do not reach each other. The API's own service is no matter of theirs: most of them have no proxy.
    pub(super) fn lost(&self) -> usize {
        let all = Connectivity::of(&self.0);
        assert!(!all.is_empty());
        all.noes().filter(|(_, to, _)| !to.starts_with("service default/kubernetes")).count()
    }

    /// That everybody reaches everybody.
    pub(super) fn whole(&self) {
        assert_eq!(self.lost(), 0, "{}", Connectivity::of(&self.0).text());
    }

    pub(super) fn boot(&mut self, machine: &str) {
        self.0.on_machine(machine, Machine::reboot);
        self.pass(90);
    }
}

fn daemonset(namespace: &str, name: &str, container: &str, app: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": {"app": app}}, "updateStrategy": {"type": "RollingUpdate"}, "template": {
            "metadata": {"labels": {"app": app, "k8s-app": app}},
            "spec": {"hostNetwork": true, "tolerations": [{"operator": "Exists"}], "terminationGracePeriodSeconds": 1,
                "containers": [{"name": container, "image": format!("example.org/{container}:v1.18.4")}]}}}})
}

pub(super) fn calico_node(more: &[(&str, &str)]) -> Value {
    let mut object = daemonset("kube-system", "calico-node", "calico-node", "calico");
    let env = [("CALICO_IPV4POOL_CIDR", "10.42.0.0/16"), ("IP", "autodetect")].iter().chain(more);
    let env: Vec<Value> = env.map(|(name, value)| json!({"name": name, "value": value})).collect();
    object["spec"]["template"]["spec"]["containers"][0]["env"] = env.into();
    object
}
