//! Who reaches whom in a world, and the reason for every "no".
//!
//! A pure function of the world: it sends modelled packets through a copy of the network, so that what they teach it (flows,
//! neighbours) is forgotten again. Pods of a machine that nothing tells apart are asked for by one of them.

mod ends;
mod show;

pub use ends::{End, Sort};

use crate::net::{Changes, Network, Outcome, Probe, SpaceId};
use crate::world::World;
use ends::{Ends, Known, Targets};
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
    /// For each who asks, the answers in the order of those asked for.
    rows: Vec<Arc<Row>>,
    network: Network,
    known: Arc<Known>,
}

/// What one end was answered.
#[derive(Debug, Default)]
struct Row {
    /// None for itself.
    kept: Vec<Option<Kept>>,
    /// The answers that each namespace had a part in.
    through: BTreeMap<SpaceId, Vec<usize>>,
}

#[derive(Clone, Debug)]
struct Kept {
    cell: Arc<Cell>,
    /// The namespaces that had a part in it, each with the addresses its routes may have been asked for.
    through: Arc<[(SpaceId, Ipv4Addr)]>,
}

impl Row {
    fn of(kept: Vec<Option<Kept>>) -> Arc<Row> {
        let mut through: BTreeMap<SpaceId, Vec<usize>> = BTreeMap::new();
        for (place, kept) in kept.iter().enumerate() {
            for (space, _) in kept.iter().flat_map(|kept| kept.through.iter()) {
                let places = through.entry(*space).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        Arc::new(Row { kept, through })
    }

    /// The answers that the changes may matter to.
    fn touched(&self, changes: &Changes) -> BTreeSet<usize> {
        let places = changes.spaces().filter_map(|space| self.through.get(&space)).flatten().copied();
        let touched = |place: &usize| {
            let kept = self.kept.get(*place).and_then(Option::as_ref);
            kept.is_some_and(|kept| kept.through.iter().any(|passed| changes.touch(*passed)))
        };
        places.filter(touched).collect()
    }
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
        let (Ends { from, to }, known) = ends::of(world, &self.known);
        let changes = network.changes_since(&self.network);
        let places: Vec<Option<usize>> = to.iter().map(|end| place(&self.to, end)).collect();
        let same = self.to.len() == to.len() && places.iter().enumerate().all(|(at, place)| *place == Some(at));
        let (mut scratch, now) = (network.clone(), world.now().0 / 1000);
        let mut rows = Vec::with_capacity(from.len());
        for one in &from {
            let had = changes.as_ref().and_then(|changes| {
                let row = self.rows.get(place(&self.from, one)?)?;
                Some((row, row.touched(changes)))
            });
            if let Some((row, touched)) = &had
                && same
                && touched.is_empty()
            {
                rows.push(Arc::clone(row));
                continue;
            }
            let kept = |at: usize| {
                let (row, touched) = had.as_ref()?;
                let place = places[at].filter(|place| !touched.contains(place))?;
                row.kept[place].clone()
            };
            let row = to.iter().enumerate().map(|(at, other)| {
                (one.id != other.id).then(|| kept(at).unwrap_or_else(|| ask(&mut scratch, one, other, now)))
            });
            rows.push(Row::of(row.collect()));
        }
        Connectivity { from, to, rows, network, known: Arc::new(known) }
    }

    /// The answer for a pair, by the names of its ends.
    #[must_use]
    pub fn cell(&self, from: &str, to: &str) -> Option<&Cell> {
        let find = |list: &[End], id: &str| list.binary_search_by(|end| end.id.as_str().cmp(id)).ok();
        let kept = self.rows.get(find(&self.from, from)?)?.kept.get(find(&self.to, to)?)?.as_ref();
        kept.map(|kept| &*kept.cell)
    }

    /// Every pair with its answer, by the names of the ends.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str, &Cell)> {
        self.from.iter().zip(&self.rows).flat_map(|(from, row)| {
            let cells = self.to.iter().zip(&row.kept);
            cells.filter_map(|(to, kept)| Some((from.id.as_str(), to.id.as_str(), &*kept.as_ref()?.cell)))
        })
    }

    /// Every "no", with the pair.
    pub fn noes(&self) -> impl Iterator<Item = (&str, &str, &Cell)> {
        self.pairs().filter(|(_, _, cell)| !cell.reached)
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.iter().map(|row| row.kept.iter().flatten().count()).sum()
    }

    /// Whether there is nobody to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where an end is in a list, if it is there and the same.
fn place(list: &[End], end: &End) -> Option<usize> {
    let same = |at: &usize| list[*at].is_asked_as(end);
    list.binary_search_by(|it| it.id.cmp(&end.id)).ok().filter(same)
}

fn ask(scratch: &mut Network, from: &End, to: &End, now: i64) -> Kept {
    let mut through = BTreeSet::from([(from.space, Ipv4Addr::UNSPECIFIED)]);
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
    Kept { cell: Arc::new(cell), through: through.into_iter().collect() }
}
