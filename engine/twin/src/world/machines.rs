//! The machines of a world. A machine is a value of its own; while it runs it is lent the rest of the world, so that its
//! commands reach the network, the other machines and the objects.
//!
//! Promises: a copy of a world copies no machine before it is changed; a machine that panics leaves the world whole.

use super::{Key, World};
use crate::machines::{Machine, Ran};
use crate::net::Network;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Moment;

/// The kind under which the laws know of machines; no door shows it.
pub(crate) const KIND: &str = "machines.twin";

/// The machines by name, and what is known of their waiting.
#[derive(Clone, Default)]
pub(super) struct Machines {
    all: Arc<BTreeMap<String, Arc<Machine>>>,
    /// Those on which somebody from outside waits for a moment.
    waited: BTreeSet<String>,
    /// When the next thing happens that somebody left in the background of a machine.
    background: BTreeMap<String, Moment>,
    /// Counts up whenever a machine may have changed.
    stirs: u64,
    /// The machines of the control plane; where there are none it is always there.
    servers: Arc<Vec<String>>,
}

/// A machine that runs, with the world inside it; both are put back when this ends, however it ends.
struct Lent<'a> {
    world: &'a mut World,
    machine: Arc<Machine>,
    /// Whether it is one of the world's own, to be put back.
    own: bool,
}

impl<'a> Lent<'a> {
    fn new(world: &'a mut World, name: &str) -> Option<Self> {
        let mut machine = Arc::make_mut(&mut world.machines.all).remove(name)?;
        let stand_in = World::new(0, world.now);
        Arc::make_mut(&mut machine).world = Outside(Some(Box::new(std::mem::replace(world, stand_in))));
        Some(Self { world, machine, own: true })
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let machine = Arc::make_mut(&mut self.machine);
        if let Some(world) = machine.world.0.take() {
            *self.world = *world;
        }
        if !self.own {
            return;
        }
        let (name, machine) = (machine.name.clone(), self.machine.clone());
        Arc::make_mut(&mut self.world.machines.all).insert(name, machine);
    }
}

/// The world a machine is in, while it runs; a copy of a machine has none.
#[derive(Default)]
pub struct Outside(pub(crate) Option<Box<World>>);

impl Clone for Outside {
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(if self.0.is_some() { "the world" } else { "nothing" })
    }
}

impl World {
    /// Puts a machine into the world; one of the same name is replaced. The world's time is never before the machine's.
    pub fn add_machine(&mut self, machine: Machine) {
        self.advance(Moment::not_before(machine.now));
        let name = machine.name.clone();
        Arc::make_mut(&mut self.machines.all).insert(name.clone(), Arc::new(machine));
        self.on_machine(&name, Machine::plug_in);
    }

    /// A machine as it is now.
    #[must_use]
    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machines.all.get(name).map(|machine| &**machine)
    }

    /// All machines, in the order of their names.
    pub fn machines(&self) -> impl Iterator<Item = &Machine> {
        self.machines.all.values().map(|machine| &**machine)
    }

    /// Lends the world to a machine that is none of its own, while it does something: the inside of a container.
    pub(super) fn lend<T>(&mut self, machine: Machine, act: impl FnOnce(&mut Machine) -> T) -> (T, Machine) {
        let stand_in = World::new(0, self.now);
        let mut lent = Lent { world: self, machine: Arc::new(machine), own: false };
        let world = Box::new(std::mem::replace(lent.world, stand_in));
        let machine = Arc::make_mut(&mut lent.machine);
        machine.world = Outside(Some(world));
        let did = act(machine);
        let after = machine.clone();
        (did, after)
    }

    /// Does something to a machine at this moment and lets it go on.
    pub fn on_machine<T>(&mut self, name: &str, act: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        let now = self.now.since_1970();
        let mut lent = Lent::new(self, name)?;
        let machine = Arc::make_mut(&mut lent.machine);
        machine.run(now);
        let did = act(machine);
        machine.run(now);
        drop(lent);
        self.stirred(name);
        Some(did)
    }

    /// Looks at a machine, or takes something from it that nobody on it waits for.
    pub fn look_at_machine<T>(&mut self, name: &str, look: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        let machine = Arc::make_mut(&mut self.machines.all).get_mut(name)?;
        Some(look(Arc::make_mut(machine)))
    }

    /// Lets a machine live up to this moment.
    pub(crate) fn run_machine(&mut self, name: &str) -> Option<Ran> {
        let now = self.now.since_1970();
        let mut lent = Lent::new(self, name)?;
        let before = lent.machine.now;
        let ran = Arc::make_mut(&mut lent.machine).run(now);
        drop(lent);
        if ran.went || before > now {
            self.machines.stirs += 1;
        }
        if ran.waited || self.is_wanted(name) {
            self.machines.waited.insert(name.to_owned());
        } else {
            self.machines.waited.remove(name);
        }
        match ran.background {
            Some(at) => self.machines.background.insert(name.to_owned(), Moment::not_before(at)),
            None => self.machines.background.remove(name),
        };
        Some(ran)
    }

    /// Gives a machine and the network to whoever acts on both at once.
    pub(crate) fn on_host<T>(&mut self, name: &str, act: impl FnOnce(&mut crate::cni::Host<'_>) -> T) -> Option<T> {
        let now = self.now.0 / 1000;
        let machine = Arc::make_mut(Arc::make_mut(&mut self.machines.all).get_mut(name)?);
        let did = act(&mut crate::cni::Host { net: &mut self.network, machine, now });
        self.stirred(name);
        Some(did)
    }

    pub(super) fn stirred(&mut self, name: &str) {
        self.machines.stirs += 1;
        self.wake("machine", Key::new(KIND, "", name));
    }

    /// Loses all connections from outside, as when those who held them are gone.
    pub fn lose_connections(&mut self) {
        let names: Vec<String> = self.machines().map(|machine| machine.name.clone()).collect();
        for name in names {
            self.on_machine(&name, Machine::lose_connections);
        }
    }

    /// Makes a machine one of the control plane: while none of them works, nobody answers and nothing is decided.
    pub fn serve_from(&mut self, name: &str) {
        Arc::make_mut(&mut self.machines.servers).push(name.to_owned());
    }

    /// Whether a machine is one of the control plane.
    pub(crate) fn serves_from(&self, name: &str) -> bool {
        self.machines.servers.iter().any(|server| server == name)
    }

    /// Whether the control plane works.
    #[must_use]
    pub fn is_served(&self) -> bool {
        let servers = &self.machines.servers;
        servers.is_empty() || servers.iter().any(|name| self.machine(name).is_some_and(Machine::has_plane))
    }

    /// The namespace of the network a pod is in: its machine, and the name there; empty where it shares the machine's.
    #[must_use]
    pub fn pod_space(&self, pod: &Key) -> Option<(String, String)> {
        let object = self.at(pod)?;
        let machine = object["spec"]["nodeName"].as_str()?.to_owned();
        let own = object["spec"]["hostNetwork"] != true;
        Some((machine, if own { format!("cni-{}", object.uid()) } else { String::new() }))
    }

    /// Whether somebody outside waits for a moment on a machine.
    pub(crate) fn is_waited(&self) -> bool {
        !self.machines.waited.is_empty()
    }

    /// Counts up whenever a machine may have changed.
    pub(crate) fn stirs(&self) -> u64 {
        self.machines.stirs
    }

    /// Says that something went on which is no change of an object.
    pub(super) fn stir(&mut self) {
        self.machines.stirs += 1;
    }

    /// The network of all machines.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The network of all machines, to be changed or asked.
    pub fn network_mut(&mut self) -> &mut Network {
        self.machines.stirs += 1;
        &mut self.network
    }

    /// The moment the clock may jump to. Why not always the next one: see [`crate::clock`].
    #[must_use]
    pub fn next_jump_while(&self, somebody_waits: bool) -> Option<Moment> {
        let next = self.next_jump()?;
        let free = somebody_waits || self.is_waited();
        let barred = self.machines.background.values().any(|at| *at <= next);
        (free || !barred).then_some(next)
    }
}
