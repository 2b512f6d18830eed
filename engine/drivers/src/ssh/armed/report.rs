//! How what is armed stands, as the machine tells it; pure.

use runbook_model::Value;

/// What waits on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A timer of systemd: a reboot does not end it.
    Timer,
    /// A shell: a reboot ends it, and then nothing is put back.
    Shell,
}

/// How what is armed stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is armed.
    Nothing,
    /// It waits.
    Armed {
        /// What waits.
        guard: Guard,
        /// For how many seconds; below 0 it is about to fire.
        left: i64,
        /// How many files it would put back.
        files: i64,
    },
    /// It was armed or had begun to fire, and nothing is there any more that would put the files back.
    Unguarded {
        /// Why not.
        why: String,
        /// Whether it had begun: some files may be as before and some not.
        begun: bool,
    },
    /// It was confirmed: nothing will be put back.
    Confirmed {
        /// When, in seconds since 1970 by the machine's clock.
        at: i64,
    },
    /// It puts the files back.
    Firing {
        /// Since when, in seconds since 1970 by the machine's clock.
        at: i64,
    },
    /// It has put the files back, and left this.
    Fired(Note),
}

/// What a machine that fired leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// When it began, in seconds since 1970 by the machine's clock.
    pub at: i64,
    /// When it was done.
    pub ended: i64,
    /// What it put back; files that were as before are not among them.
    pub restored: Vec<String>,
    /// What it removed.
    pub removed: Vec<String>,
    /// The units it restarted.
    pub restarted: Vec<String>,
    /// What it could not do, with why.
    pub trouble: Vec<String>,
}

impl State {
    /// As a run keeps it: `#{state: "fired", …}`.
    pub fn to_value(&self) -> Value {
        let text = |text: &str| Value::from(text);
        match self {
            Self::Nothing => Value::from([("state", text("nothing"))]),
            Self::Armed { guard, left, files } => Value::from([
                ("state", text("armed")),
                ("guard", text(if *guard == Guard::Timer { "timer" } else { "shell" })),
                ("left", Value::Int(*left)),
                ("files", Value::Int(*files)),
            ]),
            Self::Unguarded { why, begun } => {
                Value::from([("state", text("unguarded")), ("why", text(why)), ("begun", Value::Bool(*begun))])
            }
            Self::Confirmed { at } => Value::from([("state", text("confirmed")), ("at", Value::Int(*at))]),
            Self::Firing { at } => Value::from([("state", text("firing")), ("at", Value::Int(*at))]),
            Self::Fired(note) => {
                let list =
                    |items: &[String]| Value::List(items.iter().map(|item| Value::from(item.as_str())).collect());
                Value::from([
                    ("state", text("fired")),
                    ("at", Value::Int(note.at)),
                    ("ended", Value::Int(note.ended)),
                    ("restored", list(&note.restored)),
                    ("removed", list(&note.removed)),
                    ("restarted", list(&note.restarted)),
                    ("trouble", list(&note.trouble)),
                ])
            }
        }
    }
}

/// Reads what a look prints; `None` where it is not that.
pub(super) fn read(text: &str) -> Option<State> {
    let (line, note) = text.split_once('\n')?;
    let fields: Vec<&str> = line.splitn(6, '|').collect();
    let [word, kind, left, files, when, why] = fields[..] else { return None };
    let at = || when.trim().parse().ok();
    Some(match word {
        "nothing" => State::Nothing,
        "armed" => State::Armed {
            guard: if kind == "systemd" { Guard::Timer } else { Guard::Shell },
            left: left.parse().ok()?,
            files: files.parse().ok()?,
        },
        "unguarded" => State::Unguarded { why: why.to_owned(), begun: !when.is_empty() },
        "confirmed" => State::Confirmed { at: at()? },
        "firing" => State::Firing { at: at()? },
        "fired" => State::Fired(read_note(note)),
        _ => return None,
    })
}

/// A line that is no line of ours belongs to what the one before it said.
fn read_note(text: &str) -> Note {
    let mut note = Note::default();
    for line in text.lines() {
        match line.split_once('|') {
            Some(("fired", at)) => note.at = at.parse().unwrap_or_default(),
            Some(("ended", at)) => note.ended = at.parse().unwrap_or_default(),
            Some(("restored", path)) => note.restored.push(path.to_owned()),
            Some(("removed", path)) => note.removed.push(path.to_owned()),
            Some(("restarted", unit)) => note.restarted.push(unit.to_owned()),
            Some(("trouble", what)) => note.trouble.push(what.to_owned()),
            _ => {
                if let Some(last) = note.trouble.last_mut() {
                    last.push('\n');
                    last.push_str(line);
                }
            }
        }
    }
    note
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_read_and_what_is_none_is_not_taken_for_one() {
        assert_eq!(read("nothing|||||\n"), Some(State::Nothing));
        let armed = State::Armed { guard: Guard::Timer, left: -3, files: 2 };
        assert_eq!(read("armed|systemd|-3|2||\n"), Some(armed));
        let lost = State::Unguarded { why: "it | is gone".into(), begun: true };
        assert_eq!(read("unguarded|shell|5|2|1700|it | is gone\n"), Some(lost));
        assert_eq!(read("confirmed|shell|5|2|1700|\n"), Some(State::Confirmed { at: 1700 }));
        assert_eq!(read("firing|shell|5|2|1700|\n"), Some(State::Firing { at: 1700 }));
        for text in ["", "armed|x|y|2||\n", "confirmed|shell|1|1||\n", "odd|||||\n", "nothing|||||"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_note_says_what_was_done_and_what_could_not_be() {
        let text =
            "fired|shell|0|1|7|\nfired|7\nrestored|/etc/a|b\nremoved|/etc/c\ntrouble|k3s: failed\nmore\nended|9\n";
        let Some(State::Fired(note)) = read(text) else { panic!("not fired") };
        assert_eq!((note.at, note.ended), (7, 9));
        assert_eq!((note.restored, note.removed), (vec!["/etc/a|b".to_owned()], vec!["/etc/c".to_owned()]));
        assert_eq!(note.trouble, ["k3s: failed\nmore"]);
    }
}
