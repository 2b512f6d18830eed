//! Schedules as cron writes them: minute, hour, day, month, day of the week; in UTC.

use crate::world::Moment;
use jiff::{Timestamp, ToSpan, civil::DateTime, tz::TimeZone};
use std::collections::BTreeSet;

/// A schedule: the numbers each part allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    minutes: BTreeSet<i8>,
    hours: BTreeSet<i8>,
    days: BTreeSet<i8>,
    months: BTreeSet<i8>,
    weekdays: BTreeSet<i8>,
    /// Whether the day and the day of the week are both restricted: then either will do.
    either: bool,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Schedule {
    /// Reads a schedule; none when it cannot be read.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        // A time zone in front belongs to the field `timeZone`; here all is UTC.
        let text = if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") { text.split_once(' ')?.1 } else { text };
        let text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts.as_slice() else { return None };
        let mut weekdays = part(weekday, 0, 7, &DAYS, 0)?;
        if weekdays.remove(&7) {
            weekdays.insert(0);
        }
        let open = |part: &str| part.starts_with('*') || part.starts_with('?');
        Some(Self {
            minutes: part(minute, 0, 59, &[], 0)?,
            hours: part(hour, 0, 23, &[], 0)?,
            days: part(day, 1, 31, &[], 0)?,
            months: part(month, 1, 12, &MONTHS, 1)?,
            weekdays,
            either: !open(day) && !open(weekday),
        })
    }

    fn takes_day(&self, at: DateTime) -> bool {
        let day = self.days.contains(&at.day());
        let weekday = self.weekdays.contains(&at.weekday().to_sunday_zero_offset());
        self.months.contains(&at.month()) && if self.either { day || weekday } else { day && weekday }
    }

    /// The first moment of the schedule after this one, within five years.
    pub(super) fn after(&self, moment: Moment) -> Option<Moment> {
        let mut at = civil(moment.0 - moment.0.rem_euclid(60_000_000))?.checked_add(1.minute()).ok()?;
        for _ in 0..5 * 366 + 60 * 25 {
            if !self.takes_day(at) {
                at = at.date().checked_add(1.day()).ok()?.at(0, 0, 0, 0);
            } else if !self.hours.contains(&at.hour()) {
                at = at.date().at(at.hour(), 0, 0, 0).checked_add(1.hour()).ok()?;
            } else if !self.minutes.contains(&at.minute()) {
                at = at.checked_add(1.minute()).ok()?;
            } else {
                let zoned = at.to_zoned(TimeZone::UTC).ok()?;
                return Some(Moment(zoned.timestamp().as_microsecond()));
            }
        }
        None
    }

    /// The last moment of the schedule after `from`, up to `to`.
    pub(super) fn last(&self, from: Moment, to: Moment) -> Option<Moment> {
        let mut last = None;
        let mut at = self.after(from)?;
        // After a long pause only the last of many missed moments matters.
        for _ in 0..10_000 {
            if at > to {
                break;
            }
            last = Some(at);
            at = self.after(at)?;
        }
        last
    }
}

fn civil(micros: i64) -> Option<DateTime> {
    Some(Timestamp::from_microsecond(micros).ok()?.to_zoned(TimeZone::UTC).datetime())
}

/// One part: lists of numbers, ranges and steps.
fn part(text: &str, least: i8, most: i8, names: &[&str], base: i8) -> Option<BTreeSet<i8>> {
    let number = |text: &str| -> Option<i8> {
        let named = names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let number = match named {
            Some(place) => i8::try_from(place).ok()? + base,
            None => text.parse().ok()?,
        };
        (least..=most).contains(&number).then_some(number)
    };
    let mut all = BTreeSet::new();
    for piece in text.split(',') {
        let (range, step) = piece.split_once('/').map_or((piece, None), |(range, step)| (range, Some(step)));
        let (from, to) = match (range, range.split_once('-')) {
            ("*" | "?", _) => (least, most),
            (_, Some((from, to))) => (number(from)?, number(to)?),
            (one, None) => (number(one)?, if step.is_some() { most } else { number(one)? }),
        };
        let step: usize = match step {
            Some(text) => text.parse().ok().filter(|step| *step > 0)?,
            None => 1,
        };
        all.extend((from..=to).step_by(step));
    }
    (!all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, from: &str) -> String {
        let schedule = Schedule::read(schedule).unwrap();
        schedule.after(Moment::read(from).unwrap()).unwrap().text()
    }

    #[test]
    fn the_next_moment_is_found() {
        assert_eq!(next("* * * * *", "2026-11-21T11:23:56Z"), "2026-11-21T11:24:00Z");
        assert_eq!(next("*/15 3 * * *", "2026-11-21T03:45:00Z"), "2026-11-22T03:00:00Z");
        assert_eq!(next("0 0 29 feb *", "2026-11-21T00:00:00Z"), "2028-02-29T00:00:00Z");
        assert_eq!(next("30 4 1,15 * 5", "2026-11-21T00:00:00Z"), "2026-11-27T04:30:00Z");
        assert_eq!(next("@hourly", "2026-12-31T23:59:59Z"), "2027-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_schedule_is_none() {
        for text in ["", "* * * *", "61 * * * *", "* * * * mun", "*/0 * * * *", "5-1 * * * *"] {
            assert_eq!(Schedule::read(text), None, "{text}");
        }
    }
}
