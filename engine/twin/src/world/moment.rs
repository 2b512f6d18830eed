//! A moment of the world's time, and how the API writes it.

use jiff::{Timestamp, tz::TimeZone};
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
        self.format("%Y-%m-%dT%H:%M:%SZ")
    }

    /// As leases and events of the newer kind say it: to the microsecond.
    #[must_use]
    pub fn micro(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S.%6fZ")
    }

    fn format(self, pattern: &str) -> String {
        let timestamp = Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        timestamp.to_zoned(TimeZone::UTC).strftime(pattern).to_string()
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
