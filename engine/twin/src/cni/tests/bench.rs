//! Machines on one segment, with agents told what a cluster would tell them.

use crate::cni::cilium::{self, Options};
use crate::cni::flannel::{self, Facts};
use crate::cni::{Host, Pod};
use crate::machines::{Bare, Machine};
use crate::net::{Answer, Listener, Network, Prefix, Probe, SpaceId, Transport};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Machines `n1`, `n2`, … with 10.99.0.11, .12, …
pub(super) struct Bench {
    pub(super) net: Network,
    pub(super) machines: BTreeMap<String, Machine>,
    pub(super) now: i64,
}

pub(super) const FLANNEL: &str = r#"{"name": "cbr0", "cniVersion": "0.3.1", "plugins": [
    {"type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}},
    {"type": "portmap", "capabilities": {"portMappings": true}}]}"#;

pub(super) fn address(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 99, 0, 10 + number)
}

impl Bench {
    pub(super) fn new(count: u8) -> Bench {
        let mut bench = Bench { net: Network::new(), machines: BTreeMap::new(), now: 1_000_000 };
        for number in 1..=count {
            let name = format!("n{number}");
            let mut machine = Bare::new(&name).machine();
            crate::cni::usual_plugins(&mut machine);
            bench.machines.insert(name.clone(), machine);
            bench.plug(number);
        }
        bench
    }

    /// Joins the network as after a boot.
    pub(super) fn plug(&mut self, number: u8) {
        let name = format!("n{number}");
        self.net.unplug(&name);
        self.net.card(&name, "eth0", "lan", "virtio_net");
        self.on(&name, |host| {
            host.run(&format!("ip addr add {}/24 brd + dev eth0", address(number))).unwrap();
            host.run("sysctl -w net.ipv4.ip_forward=1").unwrap();
        });
    }

    pub(super) fn on<T>(&mut self, name: &str, act: impl FnOnce(&mut Host<'_>) -> T) -> T {
        let machine = self.machines.get_mut(name).unwrap();
        act(&mut Host { net: &mut self.net, machine, now: self.now })
    }

    fn facts(number: u8) -> Facts {
        Facts {
            network: Prefix::read("10.244.0.0/16").unwrap(),
            subnet: Prefix::read(&format!("10.244.{}.0/24", number - 1)).unwrap(),
            public: address(number),
            backend: "vxlan".to_owned(),
            vni: 1,
            port: 8472,
        }
    }

    /// Flannel on every machine.
    pub(super) fn flannel(&mut self) {
        let count = u8::try_from(self.machines.len()).unwrap();
        let mut peers = Vec::new();
        for number in 1..=count {
            let facts = Bench::facts(number);
            let mac = self.on(&format!("n{number}"), |host| {
                flannel::write_conf(host, FLANNEL);
                flannel::start(host, &facts).unwrap().unwrap()
            });
            peers.push(flannel::Peer { subnet: facts.subnet, public: facts.public, mac });
        }
        for number in 1..=count {
            let facts = Bench::facts(number);
            let others: Vec<_> = peers.iter().filter(|peer| peer.public != facts.public).cloned().collect();
            self.on(&format!("n{number}"), |host| flannel::sync(host, &facts, &others));
        }
    }

    /// Cilium on every machine with these options; its ranges are 10.245.N.0/24 unless another start is said.
    pub(super) fn cilium(&mut self, options: &[(&str, &str)], pool: &str) {
        for number in 1..=u8::try_from(self.machines.len()).unwrap() {
            self.agent(number, options, pool);
        }
        self.meet(pool);
    }

    /// The agent of one machine starts.
    pub(super) fn agent(&mut self, number: u8, options: &[(&str, &str)], pool: &str) {
        let options = Options(options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        let range = Prefix::read(&format!("{pool}.{}.0/24", number - 1)).unwrap();
        self.on(&format!("n{number}"), |host| {
            cilium::install_plugins(host);
            cilium::start(host, &options, address(number), &[range]).unwrap();
        });
    }

    /// All agents learn of each other.
    pub(super) fn meet(&mut self, pool: &str) {
        let count = u8::try_from(self.machines.len()).unwrap();
        for number in 1..=count {
            let others: Vec<cilium::Peer> = (1..=count)
                .filter(|other| *other != number)
                .map(|other| cilium::Peer {
                    name: format!("n{other}"),
                    node: address(other),
                    ranges: vec![Prefix::read(&format!("{pool}.{}.0/24", other - 1)).unwrap()],
                    health: None,
                })
                .collect();
            self.on(&format!("n{number}"), |host| cilium::sync(host, &others));
        }
    }

    pub(super) fn pod(name: &str) -> Pod {
        let sandbox = format!("{:0<64}", name.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
        Pod { namespace: "default".to_owned(), name: name.to_owned(), uid: name.to_owned(), sandbox }
    }

    /// A pod is born on a machine; it serves port 80.
    pub(super) fn born(&mut self, machine: &str, name: &str) -> Ipv4Addr {
        let pod = Bench::pod(name);
        let address = self.on(machine, |host| crate::cni::add(host, &pod)).unwrap();
        let space = self.space(machine, name);
        let listener =
            Listener { transport: Transport::Tcp, addr: Ipv4Addr::UNSPECIFIED, port: 80, owner: name.to_owned() };
        assert!(self.net.listen(space, listener));
        address
    }

    pub(super) fn space(&self, machine: &str, pod: &str) -> SpaceId {
        let netns = if pod.is_empty() { String::new() } else { Bench::pod(pod).netns() };
        self.net.find(machine, &netns).unwrap()
    }

    /// Whether a pod (or, with an empty name, a machine) reaches an address by ping and by its port 80.
    pub(super) fn asks(&mut self, machine: &str, pod: &str, to: Ipv4Addr) -> Answer {
        let space = self.space(machine, pod);
        self.now += 60_000;
        let now = self.now;
        let ping = self.net.probe(&Probe::ping(space, to), now);
        if ping.outcome != crate::net::Outcome::Reached {
            return ping;
        }
        self.net.probe(&Probe::port(space, to, Transport::Tcp, 80), now)
    }

    pub(super) fn reaches(&mut self, machine: &str, pod: &str, to: Ipv4Addr) -> bool {
        self.asks(machine, pod, to).outcome == crate::net::Outcome::Reached
    }
}
