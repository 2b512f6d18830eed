//! The world: the objects of a cluster, its machines and their network, what happened, and the work still to do.
//!
//! It is a value: a copy costs one pointer per kind, and the same seed and the same calls give the same world.
//! Must never do I/O or read a clock; the time is an argument of [`World::advance`].

mod amount;
mod chance;
mod commands;
mod delete;
mod faults;
mod field;
mod finish;
mod history;
mod images;
mod indexes;
mod insides;
mod key;
mod logs;
mod machines;
mod moment;
mod object;
mod operator;
mod read;
mod refusal;
mod rest;
mod rules;
mod selector;
mod servers;
mod settle;
mod table;
mod unknown;
mod waste;
mod work;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use amount::{Load, thousandths};
pub use chance::Chance;
pub(crate) use commands::command_of;
pub use delete::{Deleted, Deletion, Propagation};
use faults::Faults;
pub(crate) use faults::Met;
pub use faults::{Fault, What, When};
pub use history::{Change, History};
pub use key::{Key, Kind};
pub use logs::Line;
pub(crate) use machines::KIND as MACHINES;
pub use machines::Outside;
pub use moment::Moment;
pub use object::{Object, Owner};
pub(crate) use object::{list, map, record, strings};
pub use operator::OPERATOR;
pub use refusal::{Ask, Cause, Refusal};
pub use selector::Selector;
pub(crate) use selector::{Must, Requirement};
pub use settle::Settled;
pub use unknown::Unknown;
pub(crate) use waste::Waste;
pub use work::Again;
pub use write::Part;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::net::Network;
use crate::shapes::Shapes;
use indexes::Indexes;
use insides::Insides;
use logs::Logs;
use machines::Machines;
use operator::Ways;
use table::Table;
use work::Work;

/// A whole cluster as a value: its objects, its machines, their network.
#[derive(Clone)]
pub struct World {
    tables: BTreeMap<Kind, Arc<Table>>,
    faults: Faults,
    history: History,
    indexes: Indexes,
    insides: Insides,
    logs: Logs,
    work: Work,
    revision: u64,
    now: Moment,
    chance: Chance,
    secret: u64,
    shapes: Shapes,
    rest: rest::Rest,
    machines: Machines,
    network: Network,
    ways: Ways,
    unknown: Arc<Vec<Unknown>>,
    waste: Waste,
}

/// The range of pod addresses of the node of this number, from 0 on: of 10.42.0.0/16 while that lasts, then from
/// 10.44.0.0 on, for 10.43.0.0/16 is the services'.
pub(crate) fn pod_range(number: usize) -> String {
    let second = if number < 256 { 42 } else { 43 + number / 256 };
    format!("10.{second}.{}.0/24", number % 256)
}

impl World {
    /// An empty world at the given moment.
    #[must_use]
    pub fn new(seed: u64, now: Moment) -> Self {
        Self {
            tables: BTreeMap::new(),
            faults: Faults::default(),
            history: History::default(),
            indexes: Indexes::default(),
            insides: Insides::default(),
            logs: Logs::default(),
            work: Work::default(),
            revision: 1,
            now,
            chance: Chance::new(seed),
            secret: Chance::new(seed ^ 0x005e_c2e7).number(),
            shapes: Shapes::new(),
            rest: rest::Rest::default(),
            machines: Machines::default(),
            network: Network::new(),
            ways: Ways::default(),
            unknown: Arc::default(),
            waste: Waste::default(),
        }
    }

    /// The world's time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The number of the last change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What happened lately, for watches and for lists of the past.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The kinds there are, those of definitions included.
    #[must_use]
    pub fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// What the world signs its tokens with.
    pub(crate) fn secret(&self) -> u64 {
        self.secret
    }

    /// The world's luck: every random choice comes from here.
    pub fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }
}
