//! What an answer of the network rests on, so that it is asked for again only when that may have become another.

use super::changes::Changes;
use super::network::SpaceId;
use super::walk::Told;
use std::net::Ipv4Addr;

/// What the answers to one or more questions rest on.
#[derive(Clone, Debug)]
pub(crate) struct Rests {
    /// The namespaces that had a part in them, sorted, each with the addresses that were asked for or seen there.
    through: Vec<(SpaceId, Ipv4Addr)>,
    /// The ports that packets were for when chains judged them.
    ports: Vec<u16>,
    /// From when on the same question might be answered otherwise, though nothing that it rests on is another.
    fades: i64,
}

impl Rests {
    /// Of whoever asks, until he has been answered.
    pub(crate) fn on(asker: SpaceId) -> Rests {
        Rests { through: vec![(asker, Ipv4Addr::UNSPECIFIED)], ports: Vec::new(), fades: i64::MAX }
    }

    /// With one more answer.
    pub(crate) fn and(mut self, told: Told) -> Rests {
        self.through.extend(told.visited);
        self.through.sort_unstable();
        self.through.dedup();
        self.ports.extend(told.ports);
        self.fades = self.fades.min(told.fades);
        self
    }

    /// The same, where luck has a part in the answer: it fades at once.
    pub(crate) fn by_luck(self) -> Rests {
        Rests { fades: i64::MIN, ..self }
    }

    /// The namespaces that had a part, each once.
    pub(crate) fn spaces(&self) -> impl Iterator<Item = SpaceId> {
        self.through.chunk_by(|one, next| one.0 == next.0).map(|at| at[0].0)
    }

    /// Whether the answer may be another after these changes: a "yes", or a "no" that something may have helped.
    pub(crate) fn may_differ(&self, reached: bool, changes: &Changes, now: i64) -> bool {
        self.through
            .chunk_by(|one, next| one.0 == next.0)
            .any(|at| changes.touch(at, &self.ports) || !reached && changes.may_help(at[0].0, self.fades < now))
    }
}
