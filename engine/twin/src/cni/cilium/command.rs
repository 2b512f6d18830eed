//! `cilium-dbg`, as it runs in the agent's container.

use super::super::host::Host;
use super::agent::{Agent, Peer};
use super::health;
use super::lists::{self, Known};
use super::maps;
use super::status;

/// What a command wrote, and its exit code.
pub(crate) type Said = (String, String, i32);

/// Runs `cilium-dbg` with these words; `None` for what the twin does not know.
pub(crate) fn run(
    host: &mut Host<'_>,
    words: &[&str],
    (peers, known): (&[Peer], &Known),
    version: &str,
) -> Option<Said> {
    let fine = |text: String| Some((text, String::new(), 0));
    match words {
        ["status", rest @ ..] => {
            let Some(status) = status::look(host, peers, version) else {
                let said = "Error: Cannot get daemon status: Get \"http://localhost/v1/healthz\": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory\n";
                return Some((String::new(), said.to_owned(), 1));
            };
            if rest.contains(&"--brief") {
                return fine(status.brief());
            }
            if rest.join(" ").contains("json") {
                return fine(format!("{}\n", status.json()));
            }
            let more = if rest.contains(&"--verbose") { status.verbose(host) } else { String::new() };
            fine(status.text() + &more)
        }
        ["health", "status", ..] => Some(health::status(host, peers)),
        ["version", ..] => fine(format!("Client: {version}\nDaemon: {version}\n")),
        ["endpoint", "list", ..] => fine(lists::endpoints(host, known)?),
        ["node", "list", ..] => fine(lists::nodes(host, known)),
        ["service", "list", ..] => fine(lists::services(host)?),
        ["map", "list", ..] => fine(lists::maps(host, known)?),
        ["bpf", "ipcache", "list", ..] => fine(lists::addresses(host, known)?),
        ["bpf", "endpoint", "list", ..] => fine(lists::bpf_endpoints(host, known)?),
        // The command is gone since 1.18: then it is told what there is, and that is a success.
        ["bpf", "tunnel", "list", ..] if is_old(version) => fine(lists::addresses(host, known)?),
        ["bpf", "tunnel", ..] | ["bpf"] => fine(OF_BPF.to_owned()),
        ["ip", "list", ..] => fine(String::new()),
        ["post-uninstall-cleanup", rest @ ..] => Some(clean_up(host, rest.contains(&"--all-state"))),
        _ => None,
    }
}

/// Whether a version still has the map of tunnels.
fn is_old(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) < (1, 18)
}

/// What `cilium-dbg bpf` says to words it does not know.
const OF_BPF: &str = "Direct access to local BPF maps

Usage:
  cilium-dbg bpf [command]

Available Commands:
  auth        Manage authenticated connections between identities
  bandwidth   BPF datapath bandwidth settings
  config      Manage runtime config
  ct          Connection tracking tables
  egress      Manage the egress routing rules
  endpoint    Local endpoint map
  frag        Manage the IPv4 datagram fragments
  fs          BPF filesystem mount
  ipcache     Manage the IPCache mappings for IP/CIDR <-> Identity
  ipmasq      ip-masq-agent CIDRs
  lb          Load-balancing configuration
  metrics     BPF datapath traffic metrics
  multicast   Manage multicast BPF programs
  nat         NAT mapping tables
  nodeid      Manage the node IDs
  policy      Manage policy related BPF maps
  recorder    PCAP recorder
  sha         Manage compiled BPF template objects
  socknat     Socket NAT operations
  srv6        Manage the SRv6 routing rules
  vtep        Manage the VTEP mappings for IP/CIDR <-> VTEP MAC/IP

Flags:
  -h, --help   help for bpf

Global Flags:
      --config string        Config file (default is $HOME/.cilium.yaml)
  -D, --debug                Enable debug messages
  -H, --host string          URI to server-side API
      --log-driver strings   Logging endpoints to use (example: syslog)
      --log-opt map          Log driver options (example: format=json)

Use \"cilium-dbg bpf [command] --help\" for more information about a command.
";

/// Takes away what Cilium has left: its programs, its links, its maps, its files. Not its chains.
fn clean_up(host: &mut Host<'_>, _all: bool) -> Said {
    if Agent::of(host).is_some() {
        let said = "Agent should not be running when cleaning up\nFound pidfile \"/var/run/cilium/cilium.pid\"\n";
        return (String::new(), said.to_owned(), 1);
    }
    let space = host.space();
    let links: Vec<String> = host.net.space(space).links.values().map(|link| link.name.clone()).collect();
    for name in &links {
        if let Some(link) = host.net.space_mut(space).links.values_mut().find(|link| link.name == *name) {
            link.programs.retain(|(_, program)| !program.name().starts_with("cil_"));
        }
    }
    let own = |name: &&String| name.starts_with("cilium_") || name.starts_with("lxc");
    let gone: Vec<String> = links.iter().filter(own).map(|name| format!("ip link del {name}")).collect();
    host.try_all("", &gone);
    let bpf = std::sync::Arc::make_mut(&mut host.machine.bpf);
    bpf.programs.retain(|program| !program.name.starts_with("cil_"));
    let kept: Vec<u32> = bpf.programs.iter().map(|program| program.id).collect();
    bpf.links.retain(|link| kept.contains(&link.program));
    for folder in ["/var/run/cilium", "/sys/fs/bpf/cilium", "/var/lib/cilium"] {
        host.machine.take_away(folder);
    }
    let folder = "/etc/cni/net.d";
    for name in host.machine.names_in(folder) {
        if name.contains("cilium.conf") {
            host.machine.take_away(&format!("{folder}/{name}"));
        } else if let Some(back) = name.strip_suffix(".cilium_bak") {
            host.machine.put_elsewhere(&format!("{folder}/{name}"), &format!("{folder}/{back}"));
        }
    }
    maps::forget(host);
    (String::new(), String::new(), 0)
}
