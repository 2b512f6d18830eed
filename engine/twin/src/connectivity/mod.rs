//! Who reaches whom in a world, and the reason for every "no".
//!
//! A pure function of the world: it sends modelled packets through a copy of the network, so that what they teach it (flows,
//! neighbours) is forgotten again. Pods of a machine that nothing tells apart are asked for by one of them.

mod ends;
mod show;

pub use ends::{End, Sort};

use crate::net::{Network, Outcome, Probe, SpaceId};
use crate::world::World;
use ends::{Ends, Targets};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// The answer for one pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Whether it was reached.
    pub reached: bool,
    /// The source address that the other end saw.
    pub seen: Option<Ipv4Addr>,
    /// For a "no": where it was said, and what.
    pub why: Option<(String, String)>,
}

/// Who reaches whom.
#[derive(Clone, Debug, Default)]
pub struct Connectivity {
    /// Who asks.
    pub from: Vec<End>,
    /// Whom they ask for.
    pub to: Vec<End>,
    cells: BTreeMap<(String, String), Kept>,
    network: Network,
}

#[derive(Clone, Debug)]
struct Kept {
    cell: Arc<Cell>,
    /// The namespaces that had a part in it.
    through: Arc<BTreeSet<SpaceId>>,
}

impl Connectivity {
    /// Asks for all pairs of a world.
    #[must_use]
    pub fn of(world: &World) -> Connectivity {
        Connectivity::default().renewed(world)
    }

    /// The same for a world that has gone on: what nothing has touched is not asked for again.
    #[must_use]
    pub fn renewed(&self, world: &World) -> Connectivity {
        let network = world.network().clone();
        let Ends { from, to } = ends::of(world);
        // A card or an address that comes or goes may answer for anybody.
        let changed = if network.same_segments(&self.network) { network.changed_since(&self.network) } else { None };
        let mut scratch = network.clone();
        let mut cells = BTreeMap::new();
        let now = world.now().0 / 1000;
        for one in &from {
            for other in &to {
                if one.id == other.id {
                    continue;
                }
                let pair = (one.id.clone(), other.id.clone());
                let had = self
                    .cells
                    .get(&pair)
                    .filter(|kept| changed.as_ref().is_some_and(|changed| kept.through.is_disjoint(changed)));
                let kept = match had {
                    Some(kept) if self.same(one, other) => kept.clone(),
                    _ => ask(&mut scratch, one, other, now),
                };
                cells.insert(pair, kept);
            }
        }
        Connectivity { from, to, cells, network }
    }

    fn same(&self, one: &End, other: &End) -> bool {
        let had =
            |list: &[End], end: &End| list.binary_search_by(|it| it.id.cmp(&end.id)).is_ok_and(|at| list[at] == *end);
        had(&self.from, one) && had(&self.to, other)
    }

    /// The answer for a pair, by the names of its ends.
    #[must_use]
    pub fn cell(&self, from: &str, to: &str) -> Option<&Cell> {
        self.cells.get(&(from.to_owned(), to.to_owned())).map(|kept| &*kept.cell)
    }

    /// Every "no", with the pair.
    pub fn noes(&self) -> impl Iterator<Item = (&str, &str, &Cell)> {
        let all = self.cells.iter().filter(|(_, kept)| !kept.cell.reached);
        all.map(|((from, to), kept)| (from.as_str(), to.as_str(), &*kept.cell))
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is nobody to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

fn ask(scratch: &mut Network, from: &End, to: &End, now: i64) -> Kept {
    let mut through = BTreeSet::from([from.space]);
    let mut cell =
        Cell { reached: false, seen: None, why: Some((from.id.clone(), "there is nothing to ask for".to_owned())) };
    for target in Targets::of(to) {
        let probe = match target.1 {
            None => Probe::ping(from.space, target.0),
            Some((transport, port)) => Probe::port(from.space, target.0, transport, port),
        };
        let (answer, visited) = scratch.probe_and_tell(&probe, now);
        through.extend(visited);
        // Whoever refuses a connection is there.
        let reached = answer.outcome == Outcome::Reached;
        let why = (!reached).then(|| {
            answer.why.map_or_else(|| (from.id.clone(), "nothing came back".to_owned()), |why| (why.place, why.said))
        });
        cell = Cell { reached, seen: answer.seen, why };
        if !reached {
            break;
        }
    }
    Kept { cell: Arc::new(cell), through: Arc::new(through) }
}
