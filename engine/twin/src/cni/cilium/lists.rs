//! What `cilium-dbg` lists: endpoints, nodes, services, and the maps that programs read.

use super::super::host::Host;
use super::maps;
use crate::net::{Prefix, Transport};
use std::net::Ipv4Addr;

/// What an agent knows by the API.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Its endpoints, by their numbers.
    pub(crate) endpoints: Vec<Shown>,
    /// Who is behind which addresses: the identity, and the machine a tunnel leads to.
    pub(crate) addresses: Vec<(Prefix, u32, Option<Ipv4Addr>)>,
    /// The machines: name, address, range of pods.
    pub(crate) nodes: Vec<(String, String, String)>,
}

/// An endpoint as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) number: u32,
    pub(crate) identity: u32,
    pub(crate) labels: Vec<String>,
    pub(crate) address: Option<Ipv4Addr>,
    /// Whether it is the machine itself.
    pub(crate) host: bool,
}

/// Columns as wide as what is in them; `closed` where the last one is filled up as well.
fn table(rows: &[Vec<String>], closed: bool) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|place| {
            rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.chars().count()).max().unwrap_or(0) + 3
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        for (place, cell) in row.iter().enumerate() {
            let width = if place + 1 == columns && !closed { 0 } else { widths[place] };
            text.push_str(&format!("{cell:<width$}"));
        }
        text.push('\n');
    }
    text
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// `endpoint list`.
pub(super) fn endpoints(host: &Host<'_>, known: &Known) -> Option<String> {
    let judged = &maps::of(host)?.endpoints;
    let mut rows = vec![
        row([
            "ENDPOINT",
            "POLICY (ingress)",
            "POLICY (egress)",
            "IDENTITY",
            "LABELS (source:key[=value])",
            "IPv6",
            "IPv4",
            "STATUS",
        ]),
        row(["", "ENFORCEMENT", "ENFORCEMENT", "", "", "", "", ""]),
    ];
    for one in known.endpoints.iter().filter(|it| it.address.is_none_or(|address| judged.contains_key(&address))) {
        let gates = one.address.and_then(|address| judged.get(&address));
        let word = |kept: Option<bool>| if kept == Some(true) { "Enabled" } else { "Disabled" };
        let ingress = word(gates.map(|it| it.ingress.is_some()));
        let egress = word(gates.map(|it| it.egress.is_some()));
        let address = one.address.map(|it| it.to_string()).unwrap_or_default();
        let mut labels = one.labels.iter().map(String::as_str);
        let first = labels.next().unwrap_or_default();
        let (number, identity) = (one.number.to_string(), one.identity.to_string());
        rows.push(row([&number, ingress, egress, &identity, first, "", &address, "ready"]));
        rows.extend(labels.map(|label| row(["", "", "", "", label, "", "", ""])));
    }
    Some(table(&rows, true))
}

/// `node list`.
pub(super) fn nodes(host: &Host<'_>, known: &Known) -> String {
    let mut rows = vec![row(["Name", "IPv4 Address", "Endpoint CIDR", "IPv6 Address", "Endpoint CIDR", "Source"])];
    for (name, address, range) in &known.nodes {
        let source = if name == host.name() { "local" } else { "custom-resource" };
        rows.push(row([name, address, range, "", "", source]));
    }
    table(&rows, false)
}

fn kind(transport: Transport) -> &'static str {
    if transport == Transport::Tcp { "TCP" } else { "UDP" }
}

/// `service list`.
pub(super) fn services(host: &Host<'_>) -> Option<String> {
    let mut rows = vec![row(["ID", "Frontend", "Service Type", "Backend"])];
    for (number, ((addr, port, transport), backends)) in maps::of(host)?.services.iter().enumerate() {
        let (kind, number) = (kind(*transport), (number + 1).to_string());
        let front = format!("{addr}:{port}/{kind}");
        let mut behind =
            (1..).zip(backends).map(|(place, (addr, port))| format!("{place} => {addr}:{port}/{kind} (active)"));
        rows.push(row([&number, &front, "ClusterIP", &behind.next().unwrap_or_default()]));
        rows.extend(behind.map(|one| row(["", "", "", &one])));
    }
    Some(table(&rows, true))
}

/// `bpf ipcache list`. What leads through a tunnel is what the programs read; who is who is told by the API.
pub(super) fn addresses(host: &Host<'_>, known: &Known) -> Option<String> {
    let elsewhere = &maps::of(host)?.elsewhere;
    let mut rows = vec![row(["IP PREFIX/ADDRESS", "IDENTITY"])];
    // Every address of the machine is the machine.
    let here = host.net.space(host.space()).links.values().filter(|link| link.name != "lo");
    let here = here.flat_map(|link| &link.addresses).map(|it| Prefix::new(it.local.addr, 32));
    let new = |range: &Prefix| !known.addresses.iter().any(|(there, ..)| there == range);
    let own = known.addresses.iter().copied().chain(here.filter(new).map(|range| (range, 1, None)));
    for (range, identity, home) in own.chain(elsewhere.iter().map(|(range, home)| (*range, 2, Some(*home)))) {
        let (home, flags) = home.map_or((Ipv4Addr::UNSPECIFIED, "<none>"), |home| (home, "hastunnel"));
        let range = if range.len == 32 { format!("{}/32", range.addr) } else { range.to_string() };
        rows.push(row([&range, &format!("identity={identity} encryptkey=0 tunnelendpoint={home} flags={flags}")]));
    }
    Some(table(&rows, true))
}

/// `bpf endpoint list`.
pub(super) fn bpf_endpoints(host: &Host<'_>, known: &Known) -> Option<String> {
    let of_pods = &maps::of(host)?.endpoints;
    let space = host.net.space(host.space());
    let mut rows = vec![row(["IP ADDRESS", "LOCAL ENDPOINT INFO"])];
    for link in space.links.values().filter(|link| link.name != "lo") {
        rows.extend(link.addresses.iter().map(|it| row([&format!("{}:0", it.local.addr), "(localhost)"])));
    }
    for (address, endpoint) in of_pods {
        let Some(link) = space.named(&endpoint.link) else { continue };
        let shown = known.endpoints.iter().find(|it| it.address == Some(*address));
        let (number, identity) = shown.map_or((super::pins::number(*address), 0), |it| (it.number, it.identity));
        let (inside, outside) = (endpoint.mac.to_string().to_uppercase(), link.mac.to_string().to_uppercase());
        let told = format!(
            "id={number:<5} sec_id={identity:<5} flags=0x0000 ifindex={:<3} mac={inside} nodemac={outside} parent_ifindex=0",
            link.index
        );
        rows.push(row([&format!("{address}:0"), &told]));
    }
    Some(table(&rows, true))
}

/// `map list`.
pub(super) fn maps(host: &Host<'_>, known: &Known) -> Option<String> {
    let all = maps::of(host)?;
    let backends: usize = all.services.values().map(Vec::len).sum();
    let addresses = known.addresses.len() + all.elsewhere.len();
    let space = host.net.space(host.space());
    let local: usize = space.links.values().map(|link| link.addresses.len()).sum();
    let mut rows = vec![row(["Name", "Num entries", "Num errors", "Cache enabled"])];
    let mut add = |name: &str, count: usize, cache: bool| {
        rows.push(row([&format!("cilium_{name}"), &count.to_string(), "0", if cache { "true" } else { "false" }]));
    };
    add("lb4_services_v2", all.services.len() + backends, true);
    add("lb4_backends_v3", backends, true);
    add("lb4_reverse_nat", all.services.len(), true);
    add("ipcache_v2", addresses, true);
    add("lxc", all.endpoints.len() + local, true);
    for name in ["lb_affinity_match", "ratelimit", "lb4_reverse_sk", "lb4_maglev", "ratelimit_metrics", "lb4_affinity"]
    {
        add(name, 0, true);
    }
    add("runtime_config", 256, true);
    for one in &known.endpoints {
        add(&format!("policy_v2_{:05}", one.number), if one.host { 2 } else { 3 }, true);
    }
    for name in ["node_map_v2", "policystats", "skip_lb4", "auth_map", "metrics", "l2_responder_v4"] {
        add(name, 0, false);
    }
    Some(table(&rows, false))
}
