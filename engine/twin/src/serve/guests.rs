//! Guests: clients from outside who live in the time of the twin and say what they wait for.
//!
//! Promises: while guests are expected, time jumps only where one of them waits, never past a moment that one of them
//! waits for, and to the moment at which something is late only where nothing else is going on. A guest that was told of
//! a moment it waited for has been heard before time goes on.
//! It reads no clock: how long it has been quiet is told.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::world::Moment;

/// How long what is on its way from a guest, or to it, is waited for before time jumps.
const BREATH: Duration = Duration::from_millis(2);
/// How long it has been quiet when something that a guest waits for is late.
const PATIENCE: Duration = Duration::from_millis(300);
/// How soon one looks again where a guest has still to be heard.
const SOON: Duration = Duration::from_millis(1);

/// Who lives here from outside.
#[derive(Debug, Default)]
pub(super) struct Guests {
    here: Mutex<BTreeMap<u64, Guest>>,
}

#[derive(Debug)]
struct Guest {
    to: UnboundedSender<Moment>,
    awaits: Awaits,
    told: Moment,
}

/// What a guest waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Awaits {
    /// When a rest of it is over.
    pub(super) rest: Option<Moment>,
    /// When something is late for it.
    pub(super) limit: Option<Moment>,
    /// Whether it waits for what happens here.
    pub(super) world: bool,
    /// Whether it waits for a process that lives in real time.
    pub(super) process: bool,
}

/// Where time may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// To this moment.
    Jump(Moment),
    /// Nowhere before so much real time has passed, or something happened.
    Wait(Duration),
}

impl Awaits {
    /// Reads what a guest says: `REST LIMIT WORLD PROCESS`.
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let mut moment = || match words.next()? {
            "-" => Some(None),
            micros => micros.parse().ok().map(|micros| Some(Moment(micros))),
        };
        let (rest, limit) = (moment()?, moment()?);
        let mut some = || words.next()?.parse::<u64>().ok().map(|count| count > 0);
        let (world, process) = (some()?, some()?);
        words.next().is_none().then_some(Self { rest, limit, world, process })
    }
}

impl Guest {
    /// Whether it was told of a moment it waited for, and has not been heard since.
    fn is_roused(&self) -> bool {
        self.awaits.rest.into_iter().chain(self.awaits.limit).any(|moment| moment <= self.told)
    }
}

impl Guests {
    fn here(&self) -> MutexGuard<'_, BTreeMap<u64, Guest>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody comes; moments are told to it from now on.
    pub(super) fn come(&self, to: UnboundedSender<Moment>, now: Moment) -> u64 {
        let mut here = self.here();
        let number = here.last_key_value().map_or(1, |(last, _)| last + 1);
        // Who is gone already is taken out by whoever reads from it.
        let _ = to.send(now);
        here.insert(number, Guest { to, awaits: Awaits::default(), told: now });
        number
    }

    /// Somebody is gone.
    pub(super) fn go(&self, number: u64) {
        self.here().remove(&number);
    }

    /// Somebody says what it waits for.
    pub(super) fn hear(&self, number: u64, awaits: Awaits) {
        if let Some(guest) = self.here().get_mut(&number) {
            guest.awaits = awaits;
        }
    }

    /// Says what time it is.
    pub(super) fn tell(&self, now: Moment) {
        for guest in self.here().values_mut() {
            guest.told = now;
            let _ = guest.to.send(now);
        }
    }

    /// Where time may go: `due` is when anything happens here next, `jump` when something does for which one would jump;
    /// `waited` whether a machine knows somebody who waits for it.
    pub(super) fn leave(&self, due: Option<Moment>, jump: Option<Moment>, waited: bool, quiet: Duration) -> Leave {
        const LONG: Duration = Duration::from_secs(3600);
        let here = self.here();
        if here.values().any(Guest::is_roused) {
            return Leave::Wait(SOON);
        }
        if !waited && !here.values().any(|guest| guest.awaits.world || guest.awaits.process) {
            return Leave::Wait(LONG);
        }
        if quiet < BREATH {
            return Leave::Wait(BREATH - quiet);
        }
        let first = |of: fn(&Awaits) -> Option<Moment>| here.values().filter_map(|guest| of(&guest.awaits)).min();
        // On the way to the end of a rest all happens that falls due, for so much time really passes.
        let rest = first(|awaits| awaits.rest).map(|rest| due.map_or(rest, |due| due.min(rest)));
        let next = rest.into_iter().chain(jump).min();
        let limit = first(|awaits| awaits.limit);
        match (next, limit) {
            (Some(next), limit) if limit.is_none_or(|limit| next <= limit) => Leave::Jump(next),
            (_, Some(_)) if here.values().any(|guest| guest.awaits.process) => Leave::Wait(PATIENCE),
            (_, Some(limit)) if quiet >= PATIENCE => Leave::Jump(limit),
            (_, Some(_)) => Leave::Wait(PATIENCE - quiet),
            (_, None) => Leave::Wait(LONG),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_secs(1);

    fn guest(guests: &Guests, line: &str) -> u64 {
        let (to, _) = tokio::sync::mpsc::unbounded_channel();
        let number = guests.come(to, Moment(0));
        guests.hear(number, Awaits::read(line).unwrap());
        number
    }

    #[test]
    fn time_stands_still_while_nobody_waits() {
        let guests = Guests::default();
        assert!(matches!(guests.leave(Some(Moment(5)), Some(Moment(5)), false, QUIET), Leave::Wait(_)));
        guest(&guests, "- 90 0 0");
        assert!(matches!(guests.leave(Some(Moment(5)), Some(Moment(5)), false, QUIET), Leave::Wait(_)));
    }

    #[test]
    fn a_rest_passes_with_all_that_falls_due_in_it() {
        let guests = Guests::default();
        let number = guest(&guests, "60 - 1 0");
        assert_eq!(guests.leave(Some(Moment(10)), None, false, QUIET), Leave::Jump(Moment(10)));
        assert_eq!(guests.leave(Some(Moment(70)), Some(Moment(70)), false, QUIET), Leave::Jump(Moment(60)));
        guests.tell(Moment(60));
        assert_eq!(
            guests.leave(Some(Moment(70)), Some(Moment(70)), false, QUIET),
            Leave::Wait(SOON),
            "it has still to be heard"
        );
        guests.hear(number, Awaits::read("- - 1 0").unwrap());
        assert_eq!(guests.leave(Some(Moment(70)), Some(Moment(70)), false, QUIET), Leave::Jump(Moment(70)));
    }

    #[test]
    fn nothing_is_late_before_all_is_quiet_and_never_while_a_process_is_waited_for() {
        let guests = Guests::default();
        guest(&guests, "- 60 1 0");
        assert_eq!(guests.leave(Some(Moment(50)), Some(Moment(50)), false, BREATH), Leave::Jump(Moment(50)));
        assert!(matches!(guests.leave(Some(Moment(90)), Some(Moment(90)), false, BREATH), Leave::Wait(_)));
        assert_eq!(guests.leave(Some(Moment(90)), Some(Moment(90)), false, QUIET), Leave::Jump(Moment(60)));
        guest(&guests, "- - 0 1");
        assert!(matches!(guests.leave(Some(Moment(90)), None, false, QUIET), Leave::Wait(_)));
    }

    #[test]
    fn what_is_no_word_of_a_guest_is_not_taken_for_one() {
        for line in ["", "1", "a - 0 0", "- - 0", "- - 0 0 0", "- - -1 0", "99999999999999999999 - 0 0"] {
            assert_eq!(Awaits::read(line), None, "{line}");
        }
        let all = Awaits { rest: Some(Moment(5)), limit: None, world: true, process: false };
        assert_eq!(Awaits::read("5 - 2 0\n"), Some(all));
    }
}
