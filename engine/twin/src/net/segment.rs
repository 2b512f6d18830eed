//! Who listens on a segment: its cards by the addresses they take frames for.
//!
//! Found out when it is first asked for, and kept until something other than a packet changes the network.

use super::link::{Kind, Link, Mac};
use super::network::{Network, SpaceId};
use std::collections::{BTreeMap, BTreeSet};

type Card = (SpaceId, u32);

/// The cards of one segment in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    cards: Vec<Card>,
    /// Which of them have each address.
    by_mac: BTreeMap<Mac, Vec<usize>>,
    /// Which of them take what is for others too: ports of bridges and those that listen to all.
    curious: Vec<usize>,
}

impl Segment {
    pub(super) fn of<'a>(cards: impl Iterator<Item = (SpaceId, &'a Link)>) -> Segment {
        let mut segment = Segment::default();
        for (place, (id, link)) in cards.enumerate() {
            segment.cards.push((id, link.index));
            if link.master.is_some() || link.promisc {
                segment.curious.push(place);
            } else {
                segment.by_mac.entry(link.mac).or_default().push(place);
            }
        }
        segment
    }

    /// The cards that may take a frame for this address.
    fn takers(&self, to: Mac) -> Vec<Card> {
        if to.is_group() {
            return self.cards.clone();
        }
        let own = self.by_mac.get(&to).into_iter().flatten();
        let places: BTreeSet<usize> = own.chain(&self.curious).copied().collect();
        places.into_iter().map(|place| self.cards[place]).collect()
    }
}

impl Network {
    /// The cards on a segment that may take a frame for this address: their namespaces and links.
    pub(crate) fn takers(&self, segment: &str, to: Mac) -> impl Iterator<Item = (SpaceId, &Link)> {
        let cards = self.segments().get(segment).map(|segment| segment.takers(to)).unwrap_or_default();
        cards.into_iter().filter_map(|(id, index)| {
            let link = self.space_at(id)?.links.get(&index)?;
            matches!(link.kind, Kind::Physical { .. }).then_some((id, link))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::run;

    #[test]
    fn a_card_that_gets_another_address_takes_frames_for_that_one_alone() {
        let mut network = Network::new();
        for machine in ["one", "two"] {
            network.card(machine, "eth0", "lan", "virtio_net");
        }
        let host = network.find("two", "").unwrap();
        let mac = |network: &Network| network.space(host).named("eth0").unwrap().mac;
        let takers = |network: &Network, to| network.takers("lan", to).map(|(id, _)| id).collect::<Vec<_>>();
        let before = mac(&network);
        assert_eq!(takers(&network, before), [host]);
        let words = "ip link set eth0 address 02:00:00:00:00:09".split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(run(&mut network, "two", "", &words, "", 0).code, 0);
        assert_eq!((takers(&network, before), takers(&network, mac(&network))), (Vec::new(), vec![host]));
        assert_eq!(takers(&network, Mac::BROADCAST).len(), 2);
    }
}
