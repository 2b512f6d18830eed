//! A packet goes through the chains of one hook: tables in their order, both backends.

use super::rule::{Chain, ConnMark, Rule, Table, Tables, Target};
use super::{Hook, Places, Verdict, fit, nat, track};
use crate::net::network::{Network, SpaceId};
use crate::net::walk::packet::{Packet, Tracked, Trouble};
use std::sync::Arc;

/// The stations of a hook: a table, or what connection tracking does between tables.
fn stations(hook: Hook) -> &'static [&'static str] {
    match hook {
        Hook::Prerouting => &["raw", "+track", "mangle", "nat"],
        Hook::Input => &["mangle", "filter", "security", "nat", "+confirm"],
        Hook::Forward => &["mangle", "filter", "security"],
        Hook::Output => &["raw", "+track", "mangle", "nat", "filter", "security"],
        Hook::Postrouting => &["mangle", "nat", "+confirm"],
    }
}

/// Sends a packet through one hook.
pub(crate) fn pass(
    net: &mut Network,
    id: SpaceId,
    hook: Hook,
    packet: &mut Packet,
    places: Places,
    now: i64,
) -> Verdict {
    let space = net.space(id);
    if space.flows.is_empty() && space.nft.tables.is_empty() && space.legacy.tables.is_empty() {
        return Verdict::Accept;
    }
    let (legacy, nft) = (space.legacy.clone(), space.nft.clone());
    let tracks = legacy.tracks || nft.tracks;
    for station in stations(hook) {
        match *station {
            "+track" | "+confirm" if !tracks => {}
            "+track" => track::track(net, id, packet, now),
            "+confirm" => track::confirm(net, id, packet),
            "nat" => {
                if let Some(number) = nat::to_ask(net, id, hook, packet) {
                    let mut decided = None;
                    for (backend, tables) in ordered("nat", &legacy, &nft) {
                        let mut run = Run { net, id, hook, places, table: "nat", backend, found: None };
                        match run.table(tables, packet) {
                            Verdict::Accept => {}
                            other => return other,
                        }
                        decided = decided.or(run.found);
                    }
                    nat::decide(net, id, hook, number, decided.as_ref(), places);
                }
                nat::rewrite(net, id, hook, packet);
            }
            table => {
                for (backend, tables) in ordered(table, &legacy, &nft) {
                    let mut run = Run { net, id, hook, places, table, backend, found: None };
                    match run.table(tables, packet) {
                        Verdict::Accept => {}
                        other => return other,
                    }
                }
            }
        }
    }
    Verdict::Accept
}

/// Of two tables of the same name the younger is asked first.
fn ordered<'a>(table: &str, legacy: &'a Arc<Tables>, nft: &'a Arc<Tables>) -> [(&'static str, &'a Arc<Tables>); 2] {
    let at = |tables: &Tables| tables.tables.get(table).map_or(0, |table| table.at);
    if at(legacy) > at(nft) { [("legacy", legacy), ("nft", nft)] } else { [("nft", nft), ("legacy", legacy)] }
}

struct Run<'a> {
    net: &'a mut Network,
    id: SpaceId,
    hook: Hook,
    places: Places,
    table: &'static str,
    backend: &'static str,
    /// The rewriting that a rule of the nat table asked for.
    found: Option<Target>,
}

/// How a chain ended.
enum End {
    Fell,
    Returned,
    Final(Verdict),
}

impl Run<'_> {
    fn table(&mut self, tables: &Arc<Tables>, packet: &mut Packet) -> Verdict {
        let Some(table) = tables.tables.get(self.table) else { return Verdict::Accept };
        let name = self.hook.chain();
        let Some(chain) = table.chain(name) else { return Verdict::Accept };
        match self.chain(table, chain, packet, 0) {
            End::Final(verdict) => verdict,
            End::Fell | End::Returned if chain.accepts == Some(false) => {
                Verdict::Drop(format!("the policy of {} in the table {} ({}) is DROP", name, self.table, self.backend))
            }
            End::Fell | End::Returned => Verdict::Accept,
        }
    }

    fn chain(&mut self, table: &Table, chain: &Chain, packet: &mut Packet, depth: u8) -> End {
        let name = chain.name.as_str();
        if depth > 60 {
            return End::Final(Verdict::Drop(format!("the chain {name} leads back to itself")));
        }
        for rule in &chain.rules {
            if !fit::fits(self.net, self.id, &rule.matches, packet, self.places) {
                continue;
            }
            match &rule.target {
                Target::None | Target::Other(_) => {}
                Target::Accept => return End::Final(Verdict::Accept),
                Target::Return => return End::Returned,
                Target::Drop => return End::Final(Verdict::Drop(self.said(name, rule))),
                Target::Reject(with) => return End::Final(Verdict::Reject(trouble(with), self.said(name, rule))),
                Target::Jump(to) => {
                    let Some(to) = table.chain(to) else { continue };
                    if let End::Final(verdict) = self.chain(table, to, packet, depth + 1) {
                        return End::Final(verdict);
                    }
                }
                Target::Goto(to) => {
                    let Some(to) = table.chain(to) else { return End::Fell };
                    return self.chain(table, to, packet, depth + 1);
                }
                Target::Mark(mark, mask) => packet.mark = (packet.mark & !mask) ^ mark,
                Target::ConnMark(what) => self.connection_mark(*what, packet),
                Target::Ttl(how, number) => {
                    packet.ttl = match *how {
                        "inc" => packet.ttl.saturating_add(*number),
                        "dec" => packet.ttl.saturating_sub(*number),
                        _ => *number,
                    }
                }
                Target::Away(true, _) => return End::Final(Verdict::Accept),
                Target::Away(false, _) => {
                    let said = format!("{}: no program takes it", self.said(name, rule));
                    return End::Final(Verdict::Drop(said));
                }
                Target::Notrack(_) => packet.tracked = Tracked::Untracked,
                Target::Masquerade(..)
                | Target::Snat(..)
                | Target::Dnat(..)
                | Target::Redirect(..)
                | Target::Netmap(_) => {
                    self.found = Some(rule.target.clone());
                    return End::Final(Verdict::Accept);
                }
            }
        }
        End::Fell
    }

    fn said(&self, chain: &str, rule: &Rule) -> String {
        format!("{} ({}): `-A {chain}{rule}`", self.table, self.backend)
    }

    fn connection_mark(&mut self, what: ConnMark, packet: &mut Packet) {
        let Tracked::Flow { id: number, .. } = packet.tracked else { return };
        let Some(flow) = self.net.taught(self.id).flows.iter_mut().find(|flow| flow.id == number) else { return };
        match what {
            ConnMark::Set(mark, mask) => flow.mark = (flow.mark & !mask) ^ mark,
            ConnMark::Save(nf, ct) => flow.mark = (flow.mark & !ct) ^ (packet.mark & nf),
            ConnMark::Restore(nf, ct) => packet.mark = (packet.mark & !nf) ^ (flow.mark & ct),
        }
    }
}

fn trouble(with: &str) -> Option<Trouble> {
    Some(match with {
        "tcp-reset" => return None,
        "icmp-net-unreachable" => Trouble::Net,
        "icmp-host-unreachable" => Trouble::Host,
        "icmp-proto-unreachable" => Trouble::Protocol,
        "icmp-net-prohibited" => Trouble::NetProhibited,
        "icmp-host-prohibited" => Trouble::HostProhibited,
        "icmp-admin-prohibited" => Trouble::Prohibited,
        _ => Trouble::Port,
    })
}
