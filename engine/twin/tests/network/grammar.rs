//! States made up from a seed: a frame of two machines, then commands and probes drawn from a grammar.

use crate::script::{Script, line_into};

/// A source of numbers: the same seed, the same numbers.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = usize::try_from(self.0 >> 33).unwrap_or(0);
        high % limit.max(1)
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const LINKS: [&str; 9] = ["eth0", "br1", "v1", "v2", "w1", "w2", "vx1", "vx2", "lo"];
const SPACES: [&str; 2] = ["p1", "p2"];
const PLACES: [&str; 6] = ["a", "a", "b", "b", "a/p1", "b/p1"];
const ADDRESSES: [&str; 12] = [
    "10.9.0.1",
    "10.9.0.2",
    "10.1.0.1",
    "10.1.0.2",
    "10.1.0.5",
    "10.2.0.1",
    "10.2.0.5",
    "10.9.0.7",
    "10.3.0.1",
    "10.1.1.1",
    "10.77.0.1",
    "10.96.0.1",
];
const NETS: [&str; 10] = [
    "10.1.0.0/24",
    "10.2.0.0/24",
    "10.1.0.0/16",
    "10.0.0.0/8",
    "default",
    "10.3.0.0/24",
    "10.96.0.0/16",
    "10.2.0.5/32",
    "10.1.0.5",
    "10.77.0.0/16",
];

/// The state of a seed.
pub(crate) fn state(seed: u64) -> Script {
    let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995);
    for _ in 0..4 {
        draw.below(2);
    }
    let kind = draw.below(4);
    let mut lines = frame(kind);
    let count = 8 + draw.below(14);
    for _ in 0..count {
        lines.push(if draw.below(3) == 0 { probe(&mut draw, kind) } else { command(&mut draw, kind) });
    }
    for place in ["a", "b"] {
        for look in [
            "ip route",
            "ip route show table local",
            "ip -4 -br addr",
            "ip rule",
            "iptables-save",
            "iptables-legacy-save",
        ] {
            lines.push(format!("{place}: {look}"));
        }
    }
    let mut script = Script { machines: vec!["a".to_owned(), "b".to_owned()], lines: Vec::new() };
    for (number, line) in lines.iter().enumerate() {
        let read = line_into(&mut script, number + 1, line);
        assert!(read.is_some(), "the grammar makes lines that can be read: {line}");
    }
    script
}

/// What a state begins with: addresses; pods behind a bridge; and between the machines nothing, routes, or a tunnel.
fn frame(kind: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (own, other, m, o) in [("a", "b", 1, 2), ("b", "a", 2, 1)] {
        lines.push(format!("{own}: ip addr add 10.9.0.{m}/24 dev eth0"));
        lines.push(format!("serve {own} tcp 22"));
        if kind == 0 {
            continue;
        }
        for line in [
            format!("{own}: sysctl -w net.ipv4.ip_forward=1"),
            format!("{own}: ip link add br1 type bridge"),
            format!("{own}: ip addr add 10.{m}.0.1/24 dev br1"),
            format!("{own}: ip link set br1 up"),
            format!("{own}: ip netns add p1"),
            format!("{own}: ip link add v1 type veth peer name eth0 netns p1"),
            format!("{own}: ip link set v1 master br1 up"),
            format!("{own}/p1: ip link set lo up"),
            format!("{own}/p1: ip addr add 10.{m}.0.5/24 dev eth0"),
            format!("{own}/p1: ip link set eth0 up"),
            format!("{own}/p1: ip route add default via 10.{m}.0.1"),
            format!("serve {own}/p1 tcp 80"),
        ] {
            lines.push(line);
        }
        if kind == 2 {
            lines.push(format!("{own}: ip route add 10.{o}.0.0/24 via 10.9.0.{o}"));
        }
        if kind == 3 {
            let mac = |n: i32| format!("02:00:00:00:00:0{n}");
            lines.push(format!(
                "{own}: ip link add vx1 address {} type vxlan id 1 dstport 8472 nolearning local 10.9.0.{m} dev eth0",
                mac(m)
            ));
            lines.push(format!("{own}: ip addr add 10.{m}.0.0/32 dev vx1"));
            lines.push(format!("{own}: ip link set vx1 up"));
            lines.push(format!("{own}: ip route add 10.{o}.0.0/24 via 10.{o}.0.0 dev vx1 onlink"));
            lines.push(format!("{own}: ip neigh add 10.{o}.0.0 lladdr {} dev vx1 nud permanent", mac(o)));
            lines.push(format!("{own}: bridge fdb add {} dev vx1 dst 10.9.0.{o} self permanent", mac(o)));
        }
        let _peer = other;
    }
    lines
}

/// A place that is there in a frame of that kind.
fn place(draw: &mut Draw, kind: usize) -> &'static str {
    PLACES[draw.below(if kind == 0 { 4 } else { 6 })]
}

fn probe(draw: &mut Draw, kind: usize) -> String {
    let from = place(draw, kind);
    let to = draw.of(&[
        "10.9.0.1",
        "10.9.0.2",
        "10.1.0.5",
        "10.2.0.5",
        "10.1.0.1",
        "10.2.0.1",
        "10.96.0.1",
        "10.77.0.1",
        "10.9.0.7",
    ]);
    match draw.below(6) {
        0 => format!("probe {from} tcp {to} 80"),
        1 => format!("probe {from} tcp {to} 22"),
        2 => format!("probe {from} ping {to} size {} whole", draw.of(&["1372", "1422", "1472", "1300"])),
        _ => format!("probe {from} ping {to}"),
    }
}

fn command(draw: &mut Draw, kind: usize) -> String {
    let place = place(draw, kind);
    let text = match draw.below(20) {
        0..=3 => link(draw),
        4..=6 => address(draw),
        7..=10 => route(draw),
        11 => rule(draw),
        12 => format!(
            "ip neigh {} {} lladdr 02:00:00:00:00:0{} dev {} nud permanent",
            draw.of(&["add", "replace"]),
            draw.of(&ADDRESSES),
            draw.below(4),
            draw.of(&["eth0", "br1", "vx1"])
        ),
        13 | 14 => setting(draw),
        15..=18 => filter(draw),
        _ => set(draw),
    };
    // Namespaces are made and ended by machines, not inside one another.
    let machine = place.split('/').next().unwrap_or(place);
    let place = if text.contains("netns") { machine } else { place };
    format!("{place}: {text}")
}

fn link(draw: &mut Draw) -> String {
    let name = draw.of(&LINKS);
    match draw.below(13) {
        0 => {
            format!("ip link add {} type veth peer name {}", draw.of(&["v2", "w1", "v1"]), draw.of(&["w2", "w1", "v3"]))
        }
        1 => "ip link add br1 type bridge".to_owned(),
        2 => format!(
            "ip link add {} type vxlan id {} dstport {} dev eth0",
            draw.of(&["vx1", "vx2"]),
            1 + draw.below(2),
            draw.of(&["8472", "4789"])
        ),
        3 => format!(
            "ip link add {} type vxlan external dstport {}",
            draw.of(&["vx1", "vx2"]),
            draw.of(&["8472", "4789"])
        ),
        4 => format!("ip link set {name} down"),
        5..=7 => format!("ip link set {name} up"),
        8 => format!("ip link set {name} mtu {}", draw.of(&["1400", "1450", "1500", "9000", "60"])),
        9 => format!("ip link set {name} master br1"),
        10 => format!("ip link set {name} nomaster"),
        11 => format!("ip link del {}", draw.of(&LINKS[1..])),
        _ => match draw.below(3) {
            0 => format!("ip netns add {}", draw.of(&SPACES)),
            _ => format!("ip link set {} netns {}", draw.of(&["v2", "w1", "w2", "br1", "lo"]), draw.of(&SPACES)),
        },
    }
}

fn address(draw: &mut Draw) -> String {
    let (addr, len, name) =
        (draw.of(&ADDRESSES), draw.of(&["24", "24", "32", "16", "8"]), draw.of(&["eth0", "br1", "v1", "vx1", "lo"]));
    match draw.below(6) {
        0 => format!("ip addr del {addr}/{len} dev {name}"),
        1 => format!("ip addr flush dev {name}"),
        2 => format!("ip addr replace {addr}/{len} dev {name}"),
        _ => format!("ip addr add {addr}/{len} dev {name}"),
    }
}

fn route(draw: &mut Draw) -> String {
    let verb = draw.of(&["add", "add", "add", "replace", "append", "del", "change"]);
    let net = draw.of(&NETS);
    let table = draw.of(&["", "", "", " table 100", " metric 50"]);
    match draw.below(7) {
        0 => format!("ip route {verb} {} {net}{table}", draw.of(&["blackhole", "unreachable", "prohibit", "throw"])),
        1 => format!("ip route {verb} {net} dev {}{table}", draw.of(&LINKS)),
        2 => format!(
            "ip route {verb} {net} via {} dev {} onlink{table}",
            draw.of(&ADDRESSES),
            draw.of(&["eth0", "br1", "vx1"])
        ),
        3 => format!("ip route {verb} {net} via {} src {}{table}", draw.of(&ADDRESSES), draw.of(&ADDRESSES)),
        4 => format!("ip route del {net}"),
        _ => format!("ip route {verb} {net} via {}{table}", draw.of(&ADDRESSES)),
    }
}

fn rule(draw: &mut Draw) -> String {
    let verb = draw.of(&["add", "add", "del"]);
    match draw.below(4) {
        0 => format!("ip rule {verb} from {} lookup 100 pref 1000", draw.of(&["10.1.0.0/24", "10.9.0.1", "10.2.0.5"])),
        1 => format!("ip rule {verb} to {} lookup 100 pref 1001", draw.of(&["10.1.0.0/24", "10.9.0.2", "10.2.0.5"])),
        2 => format!("ip rule {verb} fwmark 0x10 lookup 100 pref 1002"),
        _ => format!("ip rule {verb} iif {} lookup 100 pref 1003", draw.of(&["br1", "eth0"])),
    }
}

fn setting(draw: &mut Draw) -> String {
    let link = draw.of(&["all", "default", "eth0", "br1", "v1"]);
    match draw.below(5) {
        0 => format!("sysctl -w net.ipv4.ip_forward={}", draw.below(2)),
        1 => format!("sysctl -w net.ipv4.conf.{link}.rp_filter={}", draw.below(3)),
        2 => format!("sysctl -w net.ipv4.conf.{link}.proxy_arp=1"),
        3 => format!("sysctl -w net.ipv4.conf.{link}.forwarding={}", draw.below(2)),
        _ => format!("sysctl -w net.bridge.bridge-nf-call-iptables={}", draw.below(2)),
    }
}

fn filter(draw: &mut Draw) -> String {
    let tool = draw.of(&["iptables", "iptables", "iptables-legacy"]);
    let ends = [
        "-s 10.1.0.0/24",
        "-d 10.2.0.5",
        "-s 10.2.0.0/16",
        "! -s 10.1.0.0/24",
        "-i br1",
        "-o eth0",
        "-p tcp --dport 80",
        "-p icmp",
        "-m mark --mark 0x10/0x10",
    ];
    let fit = draw.of(&ends);
    match draw.below(11) {
        0 => format!("{tool} -P {} {}", draw.of(&["FORWARD", "INPUT"]), draw.of(&["DROP", "ACCEPT"])),
        1 => format!("{tool} -A FORWARD {fit} -j {}", draw.of(&["ACCEPT", "DROP", "REJECT"])),
        2 => format!(
            "{tool} -I INPUT {} -j {}",
            draw.of(&["-p tcp --dport 22", "-p icmp", "-s 10.1.0.0/24"]),
            draw.of(&["ACCEPT", "DROP", "REJECT"])
        ),
        3 => format!(
            "{tool} -A OUTPUT {} -j {}",
            draw.of(&["-p tcp --dport 80", "-d 10.2.0.5", "-p icmp"]),
            draw.of(&["DROP", "REJECT", "ACCEPT"])
        ),
        4 | 5 => format!(
            "{tool} -t nat -A POSTROUTING {} -j MASQUERADE",
            draw.of(&["-s 10.1.0.0/24", "-s 10.2.0.0/24", "-o eth0", "-s 10.1.0.0/16 ! -d 10.1.0.0/16"])
        ),
        6 => format!(
            "{tool} -t nat -A PREROUTING -d 10.96.0.1 -p tcp --dport 80 -j DNAT --to-destination {}:80",
            draw.of(&["10.1.0.5", "10.2.0.5"])
        ),
        7 => format!(
            "{tool} -t nat -A OUTPUT -d 10.96.0.1 -p tcp --dport 80 -j DNAT --to-destination {}:80",
            draw.of(&["10.1.0.5", "10.2.0.5"])
        ),
        8 => format!(
            "{tool} -t mangle -A PREROUTING {} -j MARK --set-mark 0x10",
            draw.of(&["-i br1", "-s 10.1.0.0/24", "-i eth0"])
        ),
        9 => format!(
            "{tool} -A FORWARD -m conntrack --ctstate {} -j {}",
            draw.of(&["RELATED,ESTABLISHED", "NEW", "INVALID"]),
            draw.of(&["ACCEPT", "DROP"])
        ),
        _ => format!(
            "{tool} {}",
            draw.of(&[
                "-F",
                "-t nat -F",
                "-N X",
                "-X X",
                "-A FORWARD -j X",
                "-D FORWARD -j X",
                "-A X -s 10.1.0.0/24 -j DROP",
                "-S"
            ])
        ),
    }
}

fn set(draw: &mut Draw) -> String {
    match draw.below(5) {
        0 => "ipset create s hash:net".to_owned(),
        1 => format!("ipset add s {}", draw.of(&["10.1.0.0/24", "10.2.0.5"])),
        2 => format!("ipset del s {}", draw.of(&["10.1.0.0/24", "10.2.0.5"])),
        3 => "ipset destroy s".to_owned(),
        _ => format!("iptables -A FORWARD -m set --match-set s {} -j DROP", draw.of(&["src", "dst"])),
    }
}
