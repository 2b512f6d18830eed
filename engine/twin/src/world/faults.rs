//! What goes wrong with the API on purpose: plain values in the world, looked at by the door at every request.

use super::{Moment, World};
use std::sync::Arc;

/// A fault: at which requests, what, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which requests it meets.
    pub when: When,
    /// What happens to them.
    pub what: What,
    /// How many of them pass before it begins.
    pub skip: u32,
    /// How many it meets then; all when none.
    pub times: Option<u32>,
}

impl Fault {
    /// A fault that meets one request, the next.
    #[must_use]
    pub fn once(when: When, what: What) -> Self {
        Self { when, what, skip: 0, times: Some(1) }
    }
}

/// Which requests a fault meets: those of which everything holds that is said here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The method: `POST`.
    pub method: Option<String>,
    /// The path without parameters; with a star at its end what begins so.
    pub path: Option<String>,
    /// The verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: Option<String>,
    /// The kind: `pods`, `deployments.apps`.
    pub kind: Option<String>,
    /// The subresource: `eviction`; empty for the object itself.
    pub sub: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The user.
    pub user: Option<String>,
}

/// A request, as far as faults look at it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Met<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) verb: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) sub: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) user: &'a str,
}

impl When {
    fn holds(&self, met: &Met<'_>) -> bool {
        let path = self.path.as_ref().is_none_or(|path| match path.strip_suffix('*') {
            Some(start) => met.path.starts_with(start),
            None => met.path == path,
        });
        let pairs = [
            (&self.method, met.method),
            (&self.verb, met.verb),
            (&self.kind, met.kind),
            (&self.sub, met.sub),
            (&self.namespace, met.namespace),
            (&self.name, met.name),
            (&self.user, met.user),
        ];
        path && pairs.iter().all(|(wanted, is)| wanted.as_deref().is_none_or(|wanted| wanted == *is))
    }
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is refused and has no effect: 429, 500, 503, 504 and the like.
    Refuse {
        /// The HTTP status.
        code: u16,
        /// What is said; the server's usual words when none.
        message: Option<String>,
        /// After how many seconds the client may ask again.
        retry_after: Option<u32>,
    },
    /// It is never answered; with its effect, or without.
    Hang {
        /// Whether it takes effect.
        done: bool,
    },
    /// The connection breaks: before the effect, or after it, so that only the reply is lost.
    Cut {
        /// Whether it takes effect.
        done: bool,
    },
    /// It is done twice, as by somebody in between who tried again, and the second answer is given.
    Twice,
    /// A watch ends after so many events.
    EndWatch {
        /// How many events are told first.
        events: u32,
        /// Whether the connection breaks in the middle, rather than ending well.
        torn: bool,
    },
    /// The server has forgotten the version the client goes on from: 410.
    Forget,
}

/// The faults of a world.
#[derive(Clone, Default)]
pub(super) struct Faults {
    planted: Arc<Vec<(Fault, u32)>>,
    away: Option<Moment>,
}

impl World {
    /// Plants a fault. Faults are asked in the order they were planted; the first that meets a request counts.
    pub fn plant(&mut self, fault: Fault) {
        Arc::make_mut(&mut self.faults.planted).push((fault, 0));
    }

    /// Takes all faults away.
    pub fn heal(&mut self) {
        self.faults = Faults::default();
        self.stir();
    }

    /// The faults that are planted, with how many requests each has seen.
    pub fn faults(&self) -> impl Iterator<Item = (&Fault, u32)> {
        self.faults.planted.iter().map(|(fault, seen)| (fault, *seen))
    }

    /// Lets nobody reach the API until a moment.
    pub fn take_api_away(&mut self, until: Moment) {
        self.faults.away = Some(until);
        self.stir();
    }

    /// Until when nobody reaches the API; none when it is there.
    #[must_use]
    pub fn api_away(&self) -> Option<Moment> {
        self.faults.away.filter(|until| *until > self.now)
    }

    /// What happens to a request on purpose; it is counted.
    pub(crate) fn meet(&mut self, met: &Met<'_>) -> Option<What> {
        if !self.faults.planted.iter().any(|(fault, _)| fault.when.holds(met)) {
            return None;
        }
        for (fault, seen) in Arc::make_mut(&mut self.faults.planted) {
            if !fault.when.holds(met) {
                continue;
            }
            *seen = seen.saturating_add(1);
            let begun = *seen > fault.skip;
            let over = fault.times.is_some_and(|times| *seen > fault.skip.saturating_add(times));
            if begun && !over {
                return Some(fault.what.clone());
            }
        }
        None
    }
}
