//! Who reaches whom in a world, and the reason for every "no".
//!
//! A pure function of the world: it sends modelled packets through a copy of the network, so that what they teach it (flows,
//! neighbours) is forgotten again. Pods of a machine that nothing tells apart are asked for by one of them.

mod ends;
mod show;
#[cfg(test)]
mod tests;

pub use ends::{End, Sort};

use crate::net::{Changes, Network, Outcome, Probe, Rests, SpaceId};
use crate::world::World;
use ends::{Ends, Known, Targets};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// So many questions are worth being asked by two at a time.
const MANY: usize = 64;

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
    /// The place in the rows of each that is asked for: it stays the same while others come and go.
    places: Vec<usize>,
    /// For each who asks, the answers.
    rows: Vec<Arc<Row>>,
    network: Network,
    known: Arc<Known>,
}

/// What one end was answered.
#[derive(Clone, Debug, Default)]
struct Row {
    /// None for itself, and where nobody is asked for.
    kept: Vec<Option<Arc<Kept>>>,
    /// The answers that each namespace had a part in.
    through: Arc<BTreeMap<SpaceId, Arc<BTreeSet<usize>>>>,
}

#[derive(Debug)]
struct Kept {
    cell: Cell,
    rests: Rests,
}

impl Kept {
    /// The namespaces that had a part in it, each once.
    fn spaces(kept: Option<&Kept>) -> Vec<SpaceId> {
        kept.into_iter().flat_map(|kept| kept.rests.spaces()).collect()
    }
}

impl Row {
    fn put(&mut self, place: usize, kept: Option<Arc<Kept>>) {
        if self.kept.len() <= place {
            self.kept.resize(place + 1, None);
        }
        let had = std::mem::replace(&mut self.kept[place], kept);
        let (was, is) = (Kept::spaces(had.as_deref()), Kept::spaces(self.kept[place].as_deref()));
        if was == is {
            return;
        }
        let (was, is): (BTreeSet<SpaceId>, BTreeSet<SpaceId>) = (was.into_iter().collect(), is.into_iter().collect());
        let through = Arc::make_mut(&mut self.through);
        for space in was.difference(&is) {
            if let Some(places) = through.get_mut(space) {
                Arc::make_mut(places).remove(&place);
            }
        }
        for space in is.difference(&was) {
            Arc::make_mut(through.entry(*space).or_default()).insert(place);
        }
    }

    fn at(&self, place: usize) -> Option<&Kept> {
        self.kept.get(place)?.as_deref()
    }

    /// The answers that the changes may matter to.
    fn touched(&self, changes: &Changes, now: i64) -> BTreeSet<usize> {
        let all = if changes.may_touch_others() { self.kept.len() } else { 0 };
        let near = changes.spaces().filter(|_| all == 0).filter_map(|space| self.through.get(&space));
        let touched =
            |place: &usize| self.at(*place).is_some_and(|kept| kept.rests.may_differ(kept.cell.reached, changes, now));
        near.flat_map(|places| places.iter().copied()).chain(0..all).filter(touched).collect()
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
        let (places, fresh, gone) = self.placed(&to);
        let now = world.now().0 / 1000;
        let known_row = |one: &End| self.rows.get(place(&self.from, one)?);
        let plan: Vec<Plan<'_>> = from
            .iter()
            .map(|one| {
                let had = changes.as_ref().and_then(|changes| {
                    let row = known_row(one)?;
                    Some((row, row.touched(changes, now)))
                });
                Plan { one, had }
            })
            .collect();
        // A question is none of the connections that are there: it has a port of its own.
        let asker = Asker { still: network.without_connections(), now, to: &to, places: &places, fresh, gone };
        let rows = asker.rows(&plan);
        Connectivity { from, to, places, rows, network, known: Arc::new(known) }
    }

    /// The places of those that are asked for, which of these are new, and which have become free.
    fn placed(&self, to: &[End]) -> (Vec<usize>, BTreeSet<usize>, BTreeSet<usize>) {
        let had: Vec<Option<usize>> = to.iter().map(|end| self.places.get(place(&self.to, end)?).copied()).collect();
        let used: BTreeSet<usize> = had.iter().flatten().copied().collect();
        let gone: BTreeSet<usize> = self.places.iter().filter(|place| !used.contains(place)).copied().collect();
        let mut free = (0..).filter(|place| !used.contains(place));
        let mut fresh = BTreeSet::new();
        let mut taken = |had: Option<usize>| {
            had.unwrap_or_else(|| {
                let place = free.next().unwrap_or_default();
                fresh.insert(place);
                place
            })
        };
        let places = had.into_iter().map(&mut taken).collect();
        (places, fresh, gone)
    }

    /// The answer for a pair, by the names of its ends.
    #[must_use]
    pub fn cell(&self, from: &str, to: &str) -> Option<&Cell> {
        let find = |list: &[End], id: &str| list.binary_search_by(|end| end.id.as_str().cmp(id)).ok();
        let kept = self.rows.get(find(&self.from, from)?)?.at(*self.places.get(find(&self.to, to)?)?);
        kept.map(|kept| &kept.cell)
    }

    /// Every pair with its answer, by the names of the ends.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str, &Cell)> {
        self.from.iter().zip(&self.rows).flat_map(|(from, row)| {
            let cells = self.to.iter().zip(&self.places);
            cells.filter_map(|(to, place)| Some((from.id.as_str(), to.id.as_str(), &row.at(*place)?.cell)))
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

/// One who asks, the answers there are, and which of them may not hold any more.
struct Plan<'a> {
    one: &'a End,
    had: Option<(&'a Arc<Row>, BTreeSet<usize>)>,
}

/// All that the questions of one round have in common.
struct Asker<'a> {
    still: Network,
    now: i64,
    to: &'a [End],
    places: &'a [usize],
    fresh: BTreeSet<usize>,
    gone: BTreeSet<usize>,
}

impl Asker<'_> {
    /// The rows of all who ask. Many questions are asked by two at a time, each in a network of its own: always by two,
    /// for what one has learned on its way must not hang on the machine.
    fn rows(&self, plan: &[Plan<'_>]) -> Vec<Arc<Row>> {
        let counts: Vec<usize> = plan.iter().map(|plan| self.count(plan)).collect();
        let all: usize = counts.iter().sum();
        let some = |plan: &[Plan<'_>]| {
            let mut scratch = self.still.clone();
            plan.iter().map(|plan| self.row(plan, &mut scratch)).collect::<Vec<_>>()
        };
        if all < MANY {
            return some(plan);
        }
        let mut sum = 0;
        let half = counts.iter().take_while(|count| {
            sum += **count;
            sum <= all / 2
        });
        let (first, second) = plan.split_at(half.count());
        std::thread::scope(|scope| {
            let other = scope.spawn(|| some(second));
            let mut rows = some(first);
            rows.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            rows
        })
    }

    /// How much is to be asked.
    fn count(&self, plan: &Plan<'_>) -> usize {
        plan.had.as_ref().map_or(self.to.len(), |(_, touched)| touched.len() + self.fresh.len())
    }

    fn row(&self, plan: &Plan<'_>, scratch: &mut Network) -> Arc<Row> {
        let (mut row, asked) = match &plan.had {
            Some((row, touched)) if touched.is_empty() && self.fresh.is_empty() && self.gone.is_empty() => {
                return Arc::clone(row);
            }
            Some((row, touched)) => (Row::clone(row), Some(touched)),
            None => (Row::default(), None),
        };
        self.gone.iter().for_each(|place| row.put(*place, None));
        let again = |place: &usize| asked.is_none_or(|it| it.contains(place) || self.fresh.contains(place));
        for (other, place) in self.to.iter().zip(self.places).filter(|(_, place)| again(place)) {
            let asks = plan.one.id != other.id;
            let kept = asks.then(|| Arc::new(ask(&self.still, scratch, plan.one, other, self.now)));
            row.put(*place, kept);
        }
        Arc::new(row)
    }
}

/// Where an end is in a list, if it is there and the same.
fn place(list: &[End], end: &End) -> Option<usize> {
    let same = |at: &usize| list[*at].is_asked_as(end);
    list.binary_search_by(|it| it.id.cmp(&end.id)).ok().filter(same)
}

/// Asks for one pair. Who is where may be learned for the pairs to come; connections and what depends on luck may not.
fn ask(still: &Network, scratch: &mut Network, from: &End, to: &End, now: i64) -> Kept {
    let mut rests = Rests::on(from.space);
    if matches!(to.sort, Sort::Service | Sort::Dns) {
        // Which of those behind a service is asked is luck.
        rests = rests.by_luck();
    }
    let mut cell =
        Cell { reached: false, seen: None, why: Some((from.id.clone(), "there is nothing to ask for".to_owned())) };
    for target in Targets::of(to) {
        let probe = match target.1 {
            None => Probe::ping(from.space, target.0),
            Some((transport, port)) => Probe::port(from.space, target.0, transport, port),
        };
        let mut told = scratch.probe_and_tell(&probe, now);
        scratch.forget_connections(still, told.visited.iter().map(|(space, _)| *space).chain([from.space]));
        // Whoever refuses a connection is there.
        let reached = told.answer.outcome == Outcome::Reached;
        let why = (!reached).then(|| {
            told.answer
                .why
                .take()
                .map_or_else(|| (from.id.clone(), "nothing came back".to_owned()), |why| (why.place, why.said))
        });
        cell = Cell { reached, seen: told.answer.seen, why };
        rests = rests.and(told);
        if !reached {
            break;
        }
    }
    Kept { cell, rests }
}
