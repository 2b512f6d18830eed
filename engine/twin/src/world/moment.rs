//! A moment of the world's time, and how the API writes it.

use jiff::Timestamp;
use std::time::Duration;

/// Microseconds since 1970, in the world's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// The moment a whole number of seconds after 1970.
    #[must_use]
    pub fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// The first moment that is not before a span since 1970.
    #[must_use]
    pub fn not_before(span: Duration) -> Self {
        Self(i64::try_from(span.as_nanos().div_ceil(1000)).unwrap_or(i64::MAX))
    }

    /// The span since 1970.
    #[must_use]
    pub fn since_1970(self) -> Duration {
        Duration::from_micros(u64::try_from(self.0).unwrap_or(0))
    }

    /// As most fields of the API say it: to the second.
    #[must_use]
    pub fn text(self) -> String {
        let (year, month, day, second) = self.civil();
        let mut text = String::with_capacity(20);
        for (number, digits, end) in [
            (year, 4, '-'),
            (month, 2, '-'),
            (day, 2, 'T'),
            (second / 3600, 2, ':'),
            (second / 60 % 60, 2, ':'),
            (second % 60, 2, 'Z'),
        ] {
            push(&mut text, number, digits);
            text.push(end);
        }
        text
    }

    /// As leases and events of the newer kind say it: to the microsecond.
    #[must_use]
    pub fn micro(self) -> String {
        let mut text = self.text();
        text.pop();
        text.push('.');
        push(&mut text, self.0.rem_euclid(1_000_000), 6);
        text.push('Z');
        text
    }

    /// As a header that names a year from now says it.
    #[must_use]
    pub(crate) fn http(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (year, month, day, second) = self.civil();
        let of = |names: &[&'static str], at: i64| usize::try_from(at).ok().and_then(|at| names.get(at)).copied();
        let weekday = of(&DAYS, self.0.div_euclid(86_400_000_000).rem_euclid(7)).unwrap_or_default();
        let month = of(&MONTHS, month - 1).unwrap_or_default();
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} UTC")
    }

    /// Year, month, day, and the second of the day.
    fn civil(self) -> (i64, i64, i64, i64) {
        let seconds = self.0.div_euclid(1_000_000);
        // Years are counted from March on, so that the odd day is the last one; 146097 days are 400 years.
        let days = seconds.div_euclid(86_400) + 719_468;
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march + 2) / 5 + 1;
        let month = if march < 10 { march + 3 } else { march - 9 };
        let year = year + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
        (year, month, day, seconds.rem_euclid(86_400))
    }

    /// Reads what [`Moment::text`] or [`Moment::micro`] wrote, and any other RFC 3339 time.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|timestamp| Self(timestamp.as_microsecond()))
    }

    /// This moment and some seconds.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// This moment and a span.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Whole seconds from an earlier moment to this one.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1_000_000
    }
}

/// Writes the last so many digits of a number: times are written too often for the slower way.
fn push(text: &mut String, number: i64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = u8::try_from(number / 10_i64.pow(place) % 10).unwrap_or(0);
        text.push(char::from(b'0' + digit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_the_calendar_has_it() {
        for (text, micro) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999999Z"),
            ("2000-02-29T12:34:56Z", "2000-02-29T12:34:56.789000Z"),
            ("2100-02-28T23:59:59Z", "2100-02-28T23:59:59.000001Z"),
            ("2026-11-21T14:00:00Z", "2026-11-21T14:00:00.500000Z"),
        ] {
            let moment = Moment::read(micro).unwrap();
            assert_eq!((moment.text().as_str(), moment.micro().as_str()), (text, micro));
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_read_back() {
        for day in 0..146_097 {
            let moment = Moment::seconds(day * 86_400);
            assert_eq!(Moment::read(&moment.text()), Some(moment));
        }
    }
}
