//! `cilium-dbg`, as it runs in the agent's container.

use super::super::host::Host;
use super::agent::{Agent, Peer};
use super::health;
use super::maps;
use super::status;

/// What a command wrote, and its exit code.
pub(crate) type Said = (String, String, i32);

/// Runs `cilium-dbg` with these words; `None` for what the twin does not know.
pub(crate) fn run(host: &mut Host<'_>, words: &[&str], peers: &[Peer], version: &str) -> Option<Said> {
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
        ["endpoint", "list", ..] => {
            let mut text =
                "ENDPOINT   POLICY (ingress)   POLICY (egress)   IDENTITY   IPv4            STATUS\n".to_owned();
            for (number, (address, endpoint)) in maps::of(host)?.endpoints.iter().enumerate() {
                let word = |gate: bool| if gate { "Enabled" } else { "Disabled" };
                let (ingress, egress) = (word(endpoint.ingress.is_some()), word(endpoint.egress.is_some()));
                let address = address.to_string();
                text.push_str(&format!(
                    "{:<11}{ingress:<19}{egress:<18}{:<11}{address:<16}ready\n",
                    number + 1,
                    1000 + number
                ));
            }
            fine(text)
        }
        ["bpf", "tunnel", "list", ..] | ["bpf", "ipcache", "list", ..] => {
            let mut text = "IP PREFIX/ADDRESS   IDENTITY\n".to_owned();
            for (range, home) in &maps::of(host)?.elsewhere {
                let range = range.to_string();
                text.push_str(&format!("{range:<20}identity=2 encryptkey=0 tunnelendpoint={home} flags=<none>\n"));
            }
            fine(text)
        }
        ["service", "list", ..] => {
            let mut text = "ID   Frontend               Service Type   Backend\n".to_owned();
            for (number, ((addr, port, kind), backends)) in maps::of(host)?.services.iter().enumerate() {
                let front =
                    format!("{addr}:{port}/{}", if *kind == crate::net::Transport::Tcp { "TCP" } else { "UDP" });
                let all: Vec<String> = backends
                    .iter()
                    .enumerate()
                    .map(|(place, (addr, port))| format!("{} => {addr}:{port} (active)", place + 1))
                    .collect();
                text.push_str(&format!(
                    "{:<5}{front:<23}{:<15}{}\n",
                    number + 1,
                    "ClusterIP",
                    all.join("\n                                           ")
                ));
            }
            fine(text)
        }
        ["ip", "list", ..] => fine(String::new()),
        ["post-uninstall-cleanup", rest @ ..] => Some(clean_up(host, rest.contains(&"--all-state"))),
        _ => None,
    }
}

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
