//! What a machine says of what was armed on it; pure.

use std::time::Duration;

use runbook_model::{Failure, Millis, Value, code};

/// How what was armed stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was never armed.
    Never,
    /// It waits.
    Armed {
        /// For how long yet.
        left: Duration,
    },
    /// It was armed, and what waited was ended by a reboot: nothing is put back by itself any more.
    Unwatched,
    /// It was confirmed.
    Confirmed,
    /// It has fired.
    Fired(Note),
}

/// What a machine noted when it fired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// When, by its own clock.
    pub at: Millis,
    /// The files it put back.
    pub restored: Vec<String>,
    /// The files that had come since and that it removed.
    pub removed: Vec<String>,
    /// The units it restarted.
    pub restarted: Vec<String>,
    /// The files and units with which that did not succeed.
    pub failed: Vec<String>,
    /// Whether it came to its end.
    pub whole: bool,
}

impl State {
    /// Reads a report; `None` where it is not one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let words: Vec<&str> = lines.next()?.split(' ').collect();
        Some(match words[..] {
            ["never"] => Self::Never,
            ["unwatched"] => Self::Unwatched,
            ["confirmed"] => Self::Confirmed,
            ["armed", left] => Self::Armed { left: Duration::from_secs(left.parse().ok()?) },
            ["fired", at, end] => {
                let seconds: i64 = at.parse().ok()?;
                let mut note = Note { at: seconds.saturating_mul(1000), whole: end == "whole", ..Note::default() };
                for (what, name) in lines.filter_map(|line| line.split_once(' ')) {
                    let list = match what {
                        "restored" => &mut note.restored,
                        "removed" => &mut note.removed,
                        "restarted" => &mut note.restarted,
                        "failed" => &mut note.failed,
                        _ => continue,
                    };
                    list.push(name.to_owned());
                }
                Self::Fired(note)
            }
            _ => return None,
        })
    }

    /// In one line for people.
    pub fn brief(&self, machine: &str) -> String {
        match self {
            Self::Never => format!("nothing is armed on `{machine}` under this name"),
            Self::Armed { left } => format!("`{machine}` is armed, and waits {}s more", left.as_secs()),
            Self::Unwatched => format!("`{machine}` was booted since it was armed, and puts nothing back by itself"),
            Self::Confirmed => format!("`{machine}` was confirmed"),
            Self::Fired(note) => {
                let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
                let back = count(note.restored.len() + note.removed.len(), "file");
                let end = if note.whole { "" } else { ", and has not come to the end of it" };
                let units = count(note.restarted.len(), "unit");
                format!("`{machine}` has put back {back} and restarted {units}{end}")
            }
        }
    }

    /// The failure of something that cannot be confirmed any more.
    pub fn failure(&self, machine: &str) -> Failure {
        let failure = match self {
            Self::Fired(note) => {
                let mut failure = Failure::new(code::SSH_ARMED, format!("`{machine}` was not confirmed in time"))
                    .because(self.brief(machine));
                for failed in &note.failed {
                    failure = failure.because(format!("`{failed}` could not be put back"));
                }
                failure
            }
            Self::Never | Self::Armed { .. } | Self::Unwatched | Self::Confirmed => {
                Failure::new(code::SSH_ARMED, self.brief(machine))
            }
        };
        Failure { data: Some(self.to_value()), ..failure }
    }

    /// As a run keeps it.
    pub fn to_value(&self) -> Value {
        let list = |list: &[String]| Value::List(list.iter().map(|one| Value::from(one.as_str())).collect());
        match self {
            Self::Never => Value::from([("state", Value::from("never"))]),
            Self::Armed { left } => {
                let left = Value::Int(i64::try_from(left.as_secs()).unwrap_or(i64::MAX));
                Value::from([("state", Value::from("armed")), ("left", left)])
            }
            Self::Unwatched => Value::from([("state", Value::from("unwatched"))]),
            Self::Confirmed => Value::from([("state", Value::from("confirmed"))]),
            Self::Fired(note) => Value::from([
                ("state", Value::from("fired")),
                ("at", Value::Int(note.at)),
                ("restored", list(&note.restored)),
                ("removed", list(&note.removed)),
                ("restarted", list(&note.restarted)),
                ("failed", list(&note.failed)),
                ("whole", Value::Bool(note.whole)),
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_its_word_and_what_was_noted() {
        assert_eq!(State::read("never\n"), Some(State::Never));
        assert_eq!(State::read("armed 30\n"), Some(State::Armed { left: Duration::from_secs(30) }));
        let text = "fired 5 whole\nrestored /etc/a b\nremoved /etc/c\nrestarted web.service\nfailed x\nodd\n";
        let Some(State::Fired(note)) = State::read(text) else { panic!("it fired") };
        assert_eq!((note.at, note.whole, note.restored), (5000, true, vec!["/etc/a b".to_owned()]));
        assert_eq!((note.removed.len(), note.restarted.len(), note.failed.len()), (1, 1, 1));
        for odd in ["", "armed", "armed x", "fired", "done 0"] {
            assert_eq!(State::read(odd), None, "{odd:?}");
        }
    }
}
