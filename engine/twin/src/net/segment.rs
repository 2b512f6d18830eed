//! Who listens on a segment: its cards by the addresses they take frames for.
//!
//! Found out when it is first asked for, and kept until something other than a packet changes the network.

use super::link::{Kind, Link, Mac};
use super::network::{Network, SpaceId};
use super::prefix::Prefix;
use super::space::Space;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

type Card = (SpaceId, u32);

/// The cards of one segment in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    cards: Vec<Card>,
    /// Which of them have each address.
    by_mac: BTreeMap<Mac, Vec<usize>>,
    /// Which of them take what is for others too: ports of bridges and those that listen to all.
    curious: Vec<usize>,
    /// Which of them must hear each question, whoever it is about.
    alert: Vec<usize>,
    /// Which of them may say that an address is here.
    by_own: BTreeMap<Prefix, Vec<usize>>,
    /// The lengths of these prefixes.
    lengths: BTreeSet<u8>,
}

/// The length of a question who has an address.
const QUESTION: u32 = 28;

impl Segment {
    pub(super) fn of<'a>(cards: impl Iterator<Item = (SpaceId, &'a Space, &'a Link)>) -> Segment {
        let mut segment = Segment::default();
        for (place, (id, space, link)) in cards.enumerate() {
            segment.cards.push((id, link.index));
            let has_a_say = link.master.is_some() || !link.programs.is_empty() || link.mtu < QUESTION;
            if has_a_say || space.sysctls.may_proxy() || !space.proxies.is_empty() {
                segment.alert.push(place);
            } else {
                for own in space.says_are_here() {
                    segment.by_own.entry(own.network()).or_default().push(place);
                    segment.lengths.insert(own.len);
                }
            }
            if link.master.is_some() || link.promisc {
                segment.curious.push(place);
            } else {
                segment.by_mac.entry(link.mac).or_default().push(place);
            }
        }
        segment
    }

    /// The cards that may take a frame for this address; where it is a question for an address, only those that may have
    /// an answer to it, or do something else with it.
    fn takers(&self, to: Mac, question: Option<Ipv4Addr>) -> Vec<Card> {
        if let Some(target) = question.filter(|_| to.is_group()) {
            let prefixes = self.lengths.iter().map(|len| Prefix::new(target, *len).network());
            let own = prefixes.filter_map(|prefix| self.by_own.get(&prefix)).flatten();
            let places: BTreeSet<usize> = own.chain(&self.alert).copied().collect();
            return places.into_iter().map(|place| self.cards[place]).collect();
        }
        if to.is_group() {
            return self.cards.clone();
        }
        let own = self.by_mac.get(&to).into_iter().flatten();
        let places: BTreeSet<usize> = own.chain(&self.curious).copied().collect();
        places.into_iter().map(|place| self.cards[place]).collect()
    }
}

impl Network {
    /// The cards on a segment that may take a frame for this address: their namespaces and links. Of those that hear a
    /// question for an address only those to whom it may matter.
    pub(crate) fn takers(
        &self,
        segment: &str,
        to: Mac,
        question: Option<Ipv4Addr>,
    ) -> impl Iterator<Item = (SpaceId, &Link)> {
        let cards = self.segments().get(segment).map(|segment| segment.takers(to, question)).unwrap_or_default();
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
        let takers = |network: &Network, to| network.takers("lan", to, None).map(|(id, _)| id).collect::<Vec<_>>();
        let before = mac(&network);
        assert_eq!(takers(&network, before), [host]);
        let words = "ip link set eth0 address 02:00:00:00:00:09".split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(run(&mut network, "two", "", &words, "", 0).code, 0);
        assert_eq!((takers(&network, before), takers(&network, mac(&network))), (Vec::new(), vec![host]));
        assert_eq!(takers(&network, Mac::BROADCAST).len(), 2);
    }

    #[test]
    fn a_question_is_heard_by_those_who_may_answer_it() {
        let mut network = Network::new();
        for (machine, address) in [("one", "10.0.0.1/24"), ("two", "10.0.0.2/24"), ("three", "10.0.0.3/24")] {
            network.card(machine, "eth0", "lan", "virtio_net");
            let words = format!("ip address add {address} dev eth0");
            let words = words.split(' ').map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(run(&mut network, machine, "", &words, "", 0).code, 0);
        }
        let heard = |network: &Network, last: u8| {
            let question = Some(Ipv4Addr::new(10, 0, 0, last));
            let takers = network.takers("lan", Mac::BROADCAST, question);
            takers.map(|(id, _)| network.place(id)).collect::<Vec<_>>()
        };
        assert_eq!((heard(&network, 2), heard(&network, 9)), (vec!["two".to_owned()], Vec::new()));
        let words = "sysctl -w net.ipv4.conf.all.proxy_arp=1".split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(run(&mut network, "three", "", &words, "", 0).code, 0);
        assert_eq!(heard(&network, 9), ["three"], "who may answer for others hears all questions");
    }
}
