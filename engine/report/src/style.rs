//! How things look: colours by meaning, icons with a text fallback, words for durations and times.
//!
//! Promises: nothing is said by colour alone; without colour and without Unicode the text reads the same.
//! Must never read the environment by itself: it is asked for through [`Style::detect`].

use std::borrow::Cow;

/// The zone in which people read times; `TimeZone::system()` is their own.
pub use jiff::tz::TimeZone;
use runbook_model::Millis;

use crate::text::fit;

/// What a piece of text means; the style decides what that looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// It went well.
    Good,
    /// It went wrong.
    Bad,
    /// Somebody should look.
    Warn,
    /// It goes on now.
    Live,
    /// It is there, and matters less.
    Dim,
    /// It matters more.
    Strong,
    /// It can be typed.
    Typed,
}

/// A small picture before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Failed, and tried again.
    Again,
    /// Left out.
    Skipped,
    /// Stopped where it was.
    Stopped,
    /// Nobody knows whether it ended.
    Doubt,
    /// A person is asked.
    Ask,
    /// A warning.
    Warn,
    /// The runbook says something.
    Say,
    /// Decided by evidence or by a person.
    Ruled,
    /// It goes on now.
    Running,
    /// It waits.
    Waiting,
    /// Its effects are gone.
    Undone,
    /// Not begun.
    Pending,
}

/// How text is drawn.
#[derive(Clone, Debug)]
pub struct Style {
    /// Whether colours are used.
    pub color: bool,
    /// Whether the terminal shows more than ASCII.
    pub unicode: bool,
    /// The zone in which people read times.
    pub zone: TimeZone,
}

impl Style {
    /// No colour, Unicode, times in UTC.
    pub fn plain() -> Self {
        Self { color: false, unicode: true, zone: TimeZone::UTC }
    }

    /// No colour and nothing but ASCII of our own.
    pub fn ascii() -> Self {
        Self { unicode: false, ..Self::plain() }
    }

    /// What fits an output: `is_tty` says whether it is a terminal, `env` reads one variable.
    ///
    /// `NO_COLOR` turns colours off, `CLICOLOR_FORCE` on; `TERM=dumb` turns off both colours and Unicode.
    pub fn detect(is_tty: bool, zone: TimeZone, env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let forced = set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let color = set("NO_COLOR").is_none() && !dumb && (is_tty || forced);
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let narrow = locale.is_some_and(|name| {
            let name = name.to_ascii_lowercase();
            !name.contains("utf-8") && !name.contains("utf8")
        });
        let console = set("TERM").is_some_and(|term| term == "linux");
        Self { color, unicode: !dumb && !narrow && !console, zone }
    }

    /// `text` painted by its meaning.
    pub fn paint(&self, paint: Paint, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let look = paint.look();
        format!("{look}{text}{look:#}")
    }

    /// The icon, painted.
    pub fn icon(&self, icon: Icon) -> String {
        let (paint, picture) = self.picture(icon);
        self.paint(paint, picture)
    }

    /// The icon and how it is to be painted.
    pub fn picture(&self, icon: Icon) -> (Paint, &'static str) {
        let (picture, letter, paint) = icon.looks();
        (paint, self.pick(picture, letter))
    }

    /// `text` cropped to `columns`.
    pub fn fit<'t>(&self, text: &'t str, columns: usize) -> Cow<'t, str> {
        match fit(text, columns) {
            Cow::Owned(cropped) if !self.unicode => Cow::Owned(cropped.replace('…', "~")),
            fitting => fitting,
        }
    }

    /// `unicode` or its fallback `ascii`.
    pub fn pick<'t>(&self, unicode: &'t str, ascii: &'t str) -> &'t str {
        if self.unicode { unicode } else { ascii }
    }

    /// The time of day, with the date where `now` is on another day: `14:03:20`, `2026-01-02 14:03`.
    pub fn clock(&self, at: Millis, now: Millis) -> String {
        let (Some(then), Some(today)) = (self.zoned(at), self.zoned(now)) else { return format!("{at} ms") };
        let near = then.date() == today.date();
        then.strftime(if near { "%H:%M:%S" } else { "%Y-%m-%d %H:%M" }).to_string()
    }

    /// Date and time, `2026-01-02 14:03:20`.
    pub fn date(&self, at: Millis) -> String {
        self.zoned(at).map_or_else(|| format!("{at} ms"), |then| then.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }

    fn zoned(&self, at: Millis) -> Option<jiff::Zoned> {
        jiff::Timestamp::from_millisecond(at).ok().map(|stamp| stamp.to_zoned(self.zone.clone()))
    }
}

impl Paint {
    fn look(self) -> anstyle::Style {
        use anstyle::AnsiColor::{Cyan, Green, Red, Yellow};
        let plain = anstyle::Style::new();
        match self {
            Self::Good => plain.fg_color(Some(Green.into())),
            Self::Bad => plain.fg_color(Some(Red.into())).bold(),
            Self::Warn => plain.fg_color(Some(Yellow.into())),
            Self::Live => plain.fg_color(Some(Cyan.into())),
            Self::Dim => plain.dimmed(),
            Self::Strong => plain.bold(),
            Self::Typed => plain.fg_color(Some(Cyan.into())),
        }
    }
}

impl Icon {
    fn looks(self) -> (&'static str, &'static str, Paint) {
        match self {
            Self::Done => ("✓", "+", Paint::Good),
            Self::Failed => ("✗", "x", Paint::Bad),
            Self::Again => ("↻", "~", Paint::Warn),
            Self::Skipped => ("-", "-", Paint::Dim),
            Self::Stopped => ("■", "#", Paint::Warn),
            Self::Doubt => ("?", "?", Paint::Warn),
            Self::Ask => ("?", "?", Paint::Live),
            Self::Warn => ("!", "!", Paint::Warn),
            Self::Say => ("›", ">", Paint::Dim),
            Self::Ruled => ("=", "=", Paint::Live),
            Self::Running => ("▶", "*", Paint::Live),
            Self::Waiting => ("…", ".", Paint::Live),
            Self::Undone => ("↩", "<", Paint::Good),
            Self::Pending => ("·", ".", Paint::Dim),
        }
    }
}

/// A duration in words: `0.3s`, `41s`, `2m 05s`, `1h 02m`, `3d 04h`.
pub fn duration(millis: Millis) -> String {
    let millis = millis.max(0);
    let seconds = millis / 1000;
    match seconds {
        0 => format!("0.{}s", millis / 100),
        1..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// The time between two moments, never negative and never out of range.
pub fn between(begun: Millis, ended: Millis) -> Millis {
    ended.saturating_sub(begun).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(is_tty: bool, env: &[(&str, &str)]) -> (bool, bool) {
        let style = Style::detect(is_tty, TimeZone::UTC, |name| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        });
        (style.color, style.unicode)
    }

    #[test]
    fn durations_read_as_a_person_would_say_them() {
        let said = [0, 320, 1000, 41_900, 125_000, 3_725_000, 273_600_000, -5].map(duration);
        assert_eq!(said, ["0.0s", "0.3s", "1s", "41s", "2m 05s", "1h 02m", "3d 04h", "0.0s"]);
    }

    #[test]
    fn the_environment_decides_over_colour_and_icons() {
        assert_eq!(detect(true, &[]), (true, true));
        assert_eq!(detect(false, &[]), (false, true));
        assert_eq!(detect(true, &[("NO_COLOR", "1")]), (false, true));
        assert_eq!(detect(true, &[("NO_COLOR", "")]), (true, true));
        assert_eq!(detect(false, &[("CLICOLOR_FORCE", "1")]), (true, true));
        assert_eq!(detect(true, &[("TERM", "dumb")]), (false, false));
        assert_eq!(detect(true, &[("LANG", "C")]), (true, false));
        assert_eq!(detect(true, &[("LC_ALL", "C.UTF-8"), ("LANG", "C")]), (true, true));
    }

    #[test]
    fn a_time_of_another_day_carries_its_date() {
        let style = Style::plain();
        assert_eq!(style.clock(50_600_000, 50_700_000), "14:03:20");
        assert_eq!(style.clock(50_600_000, 150_700_000), "1970-01-01 14:03");
        assert_eq!(style.clock(i64::MAX, 0), "9223372036854775807 ms");
    }
}
