//! What is where in a network: the cards on each segment, and the tunnels by the namespaces of their sockets.

use super::link::{Kind, Link, Mac};
use super::network::{Network, SpaceId};
use super::prefix::Prefix;
use super::segment::Segment;
use super::space::Space;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};

impl Network {
    /// Notes where a card is.
    pub(crate) fn note_card(&mut self, segment: &str, space: SpaceId, index: u32) {
        self.forget_places();
        let cards = Arc::make_mut(&mut self.cards).entry(segment.to_owned()).or_default();
        if !cards.contains(&(space, index)) {
            cards.push((space, index));
        }
    }

    /// The cards on a segment: their namespaces and numbers.
    pub(crate) fn cards_on(&self, segment: &str) -> impl Iterator<Item = (SpaceId, &Link)> {
        let all = self.cards.get(segment).into_iter().flatten();
        all.filter_map(move |(id, index)| {
            let link = self.space_at(*id)?.links.get(index)?;
            matches!(link.kind, Kind::Physical { .. }).then_some((*id, link))
        })
    }

    /// Links may have come, gone or changed.
    pub(super) fn forget_places(&mut self) {
        self.segments = OnceLock::new();
        self.tunnels = OnceLock::new();
    }

    /// Who listens on the segments.
    pub(super) fn segments(&self) -> &BTreeMap<String, Segment> {
        self.segments.get_or_init(|| {
            let seen = |(id, link)| (id, self.space(id), link);
            let each = self.cards.keys().map(|name| (name.clone(), Segment::of(self.cards_on(name).map(seen))));
            Arc::new(each.collect())
        })
    }

    /// The tunnels whose sockets are in a namespace, wherever they themselves are.
    pub(super) fn tunnels_of(&self, home: SpaceId) -> impl DoubleEndedIterator<Item = (SpaceId, &Link)> {
        let all = self.tunnels.get_or_init(|| {
            let mut all: BTreeMap<SpaceId, Vec<(SpaceId, u32)>> = BTreeMap::new();
            for (id, space) in self.all() {
                for link in space.links.values() {
                    link.vxlan().into_iter().for_each(|it| all.entry(it.home).or_default().push((id, link.index)));
                }
            }
            Arc::new(all)
        });
        let own = all.get(&home).into_iter().flatten();
        own.filter_map(|(id, index)| Some((*id, self.space(*id).links.get(index)?)))
    }

    /// The addresses that are answered for otherwise than before on any segment; none where that cannot be told.
    pub(super) fn answers_apart(&self, before: &Network) -> Option<Vec<Prefix>> {
        let told = |net: &Network| -> BTreeMap<(SpaceId, u32), (Mac, bool, bool, Vec<Ipv4Addr>)> {
            let all = net.cards.keys().flat_map(|segment| net.cards_on(segment));
            let card = |(id, link): (SpaceId, &Link)| {
                let takes_all = link.master.is_some() || link.promisc;
                let addresses = link.addresses.iter().map(|it| it.local.addr).collect();
                ((id, link.index), (link.mac, link.up, takes_all, addresses))
            };
            all.map(card).collect()
        };
        let (here, there) = (told(self), told(before));
        let cards: BTreeSet<&(SpaceId, u32)> = here.keys().chain(there.keys()).collect();
        let apart: Vec<_> = cards.into_iter().filter(|card| here.get(card) != there.get(card)).collect();
        // A card that takes what is for others may have taken anything.
        if apart.iter().any(|card| [here.get(card), there.get(card)].into_iter().flatten().any(|it| it.2)) {
            return None;
        }
        let (mut looked, mut answers) = (BTreeSet::new(), Vec::new());
        for (id, _) in self.cards.values().chain(before.cards.values()).flatten().filter(|it| looked.insert(it.0)) {
            let moved = apart.iter().any(|card| card.0 == *id);
            answers.extend(apart_of(self.space_at(*id), before.space_at(*id), moved)?);
        }
        Some(answers)
    }
}

/// What a machine answers for otherwise than before: for all of it where a card has come, gone or changed.
fn apart_of(one: Option<&Arc<Space>>, other: Option<&Arc<Space>>, moved: bool) -> Option<Vec<Prefix>> {
    let (Some(one), Some(other), false) = (one, other, moved) else {
        let both = [one, other].into_iter().flatten();
        let for_others = |space: &Arc<Space>| space.sysctls.may_proxy() || !space.proxies.is_empty();
        let any = both.clone().any(for_others);
        return (!any).then(|| both.flat_map(|space| space.answers_for()).collect());
    };
    if Arc::ptr_eq(one, other) {
        return Some(Vec::new());
    }
    if (one.sysctls.may_proxy(), &one.proxies) != (other.sysctls.may_proxy(), &other.proxies) {
        return None;
    }
    let (is, was) = (one.answers_for(), other.answers_for());
    let (gone, come) = (was.iter().filter(|it| !is.contains(it)), is.iter().filter(|it| !was.contains(it)));
    Some(gone.chain(come).copied().collect())
}
