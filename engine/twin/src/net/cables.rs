//! Cables to other namespaces that have come or gone: nothing but packets to and from whoever is at their other end goes
//! through them.

use super::apart::About;
use super::link::{Kind, Link};
use super::network::Network;
use super::space::Space;
use std::collections::BTreeSet;

/// The cables that only one of two states of a namespace has.
#[derive(Debug, Default)]
pub(super) struct Cables<'a> {
    places: BTreeSet<u32>,
    names: BTreeSet<&'a str>,
    /// Those at their other ends.
    pub(super) ways: Vec<About>,
}

impl<'a> Cables<'a> {
    /// None where another sort of link has come or gone, or one that has addresses itself.
    pub(super) fn apart(one: (&Network, &'a Space), other: (&Network, &'a Space)) -> Option<Cables<'a>> {
        let mut cables = Cables::default();
        for ((net, here), (_, there)) in [(one, other), (other, one)] {
            for link in here.links.values().filter(|link| !there.links.contains_key(&link.index)) {
                cables.add(net, link)?;
            }
        }
        Some(cables)
    }

    fn add(&mut self, net: &Network, link: &'a Link) -> Option<()> {
        let Kind::Veth { space, .. } = link.kind else { return None };
        if let Some(far) = net.space_at(space) {
            // A machine, or one that answers for others, may lead anywhere.
            if far.name.is_empty() || far.sysctls.may_proxy() || !far.proxies.is_empty() {
                return None;
            }
            self.ways.extend(far.answers_for().into_iter().map(About::from));
        }
        if !link.addresses.is_empty() {
            return None;
        }
        self.places.insert(link.index);
        self.names.insert(&link.name);
        Some(())
    }

    /// Whether one of them has that number.
    pub(super) fn has(&self, index: u32) -> bool {
        self.places.contains(&index)
    }

    /// Whether one of them has that name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}
