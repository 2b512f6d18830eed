//! Services of a machine, by its systemd.
//!
//! Promises: the state from before comes with the answer, so that it can be gone back to. A machine without systemd is
//! refused before anything is done.

use std::time::Duration;

use runbook_model::{Failure, Value, code};

use super::quote::quoted;
use super::remote::Question;
use super::{Answer, Error, Remote};

/// What can be done to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Starts it.
    Start,
    /// Stops it.
    Stop,
    /// Stops and starts it.
    Restart,
    /// Has it read its configuration again.
    Reload,
    /// Starts it with the machine.
    Enable,
    /// No longer starts it with the machine.
    Disable,
    /// Makes it impossible to start.
    Mask,
    /// Makes it possible to start again.
    Unmask,
}

impl Action {
    /// All of them, in the order of their words.
    pub const ALL: [Self; 8] =
        [Self::Disable, Self::Enable, Self::Mask, Self::Reload, Self::Restart, Self::Start, Self::Stop, Self::Unmask];

    /// The word `systemctl` knows it by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Reload => "reload",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Mask => "mask",
            Self::Unmask => "unmask",
        }
    }
}

/// How a unit stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// `loaded`, `not-found`, `masked` and so on.
    pub load: String,
    /// `active`, `inactive`, `failed`, `activating` and so on.
    pub active: String,
    /// `running`, `dead`, `exited` and so on.
    pub sub: String,
    /// `enabled`, `disabled`, `static`, `masked` and so on; empty where there is no file.
    pub enabled: String,
    /// The process of its service, 0 where there is none; another one after every start.
    pub pid: i64,
}

impl Unit {
    /// As a run keeps it.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("load", Value::from(self.load.as_str())),
            ("active", Value::from(self.active.as_str())),
            ("sub", Value::from(self.sub.as_str())),
            ("enabled", Value::from(self.enabled.as_str())),
            ("pid", Value::Int(self.pid)),
        ])
    }

    /// Reads what `systemctl show` prints.
    fn read(text: &str) -> Self {
        let mut unit = Self::default();
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            match key {
                "LoadState" => unit.load = value.to_owned(),
                "ActiveState" => unit.active = value.to_owned(),
                "SubState" => unit.sub = value.to_owned(),
                "UnitFileState" => unit.enabled = value.to_owned(),
                "MainPID" => unit.pid = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        unit
    }
}

/// A service before and after something was done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serviced {
    /// How it stood.
    pub before: Unit,
    /// How it stands.
    pub after: Unit,
}

/// What every script about services begins with.
const BEGIN: &str = "LC_ALL=C; export LC_ALL\n\
    if [ ! -d /run/systemd/system ]; then\n\
    if command -v rc-service >/dev/null; then echo 'the machine has OpenRC, not systemd' >&2; exit 91; fi\n\
    echo 'the machine has no systemd' >&2; exit 91; fi\n\
    state() { systemctl show -p LoadState -p ActiveState -p SubState -p UnitFileState -p MainPID -- \"$1\"; }\n";
/// What stands between the two states of an answer.
const BETWEEN: &str = "--";

impl Remote {
    /// How the unit `unit` stands.
    pub async fn unit(&self, unit: &str) -> Result<Unit, Failure> {
        check_unit(unit)?;
        let script = format!("{BEGIN}state {}", quoted(unit));
        let answer = self.question(Question::reads(&script, "while a service was looked at")).await?;
        if answer.status != 0 {
            return Err(self.refused_unit(unit, "looked at", &answer));
        }
        Ok(Unit::read(&answer.text()))
    }

    /// Does `action` to the unit `unit`, which may take as long as `limit`.
    ///
    /// Failures: `ssh.service` with the states from before and after in its data, and the last words of the unit.
    pub async fn service(&self, unit: &str, action: Action, limit: Duration) -> Result<Serviced, Failure> {
        check_unit(unit)?;
        let script = format!(
            "{BEGIN}u={}\nwas=$(state \"$u\") || exit 1\necho \"$was\"; echo {BETWEEN}\n\
             case $was in *LoadState=not-found*) echo 'there is no such unit' >&2; exit 92;; esac\n\
             systemctl --no-ask-password -q {} -- \"$u\" || {{ state \"$u\"\n\
             command -v journalctl >/dev/null && journalctl -q -u \"$u\" -n 5 --no-pager -o cat >&2; exit 1; }}\n\
             state \"$u\"",
            quoted(unit),
            action.word()
        );
        let question = Question { limit, ..Question::changes(&script, "while a service was changed") };
        let answer = self.question(question).await?;
        let text = answer.text();
        let (before, after) = text.split_once(&format!("\n{BETWEEN}\n")).unwrap_or((&text, ""));
        let (before, after) = (Unit::read(before), Unit::read(after));
        if answer.status == 0 {
            return Ok(Serviced { before, after });
        }
        let mut failure = self.refused_unit(unit, past(action), &answer);
        failure.data = Some(Value::from([("before", before.to_value()), ("after", after.to_value())]));
        Err(failure)
    }

    fn refused_unit(&self, unit: &str, done: &str, answer: &Answer) -> Failure {
        let name = &self.machine().name;
        let mut failure = Failure::new(code::SSH_SERVICE, format!("`{unit}` on `{name}` cannot be {done}"));
        for line in answer.complaint().lines().filter(|line| !line.trim().is_empty()) {
            failure = failure.because(line.trim());
        }
        match answer.status {
            91 => failure.hint("use `ssh::run` with the machine's own way to do it"),
            92 => failure.hint("check the name of the unit, and whether what brings it is installed"),
            _ => failure.retryable().hint(format!("look at `systemctl status {unit}` there")),
        }
    }
}

fn past(action: Action) -> &'static str {
    match action {
        Action::Start => "started",
        Action::Stop => "stopped",
        Action::Restart => "restarted",
        Action::Reload => "reloaded",
        Action::Enable => "enabled",
        Action::Disable => "disabled",
        Action::Mask => "masked",
        Action::Unmask => "unmasked",
    }
}

fn check_unit(unit: &str) -> Result<(), Error> {
    let plain = unit.chars().all(|c| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c));
    if plain && !unit.is_empty() && !unit.starts_with('-') && unit.len() < 256 {
        return Ok(());
    }
    Err(Error::Word { what: "a unit", text: unit.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_unit_is_read_whatever_else_is_said() {
        let text =
            "MainPID=42\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nNew=1\nx\n";
        let unit = Unit::read(text);
        assert_eq!((unit.load.as_str(), unit.active.as_str(), unit.sub.as_str()), ("loaded", "active", "running"));
        assert_eq!((unit.enabled.as_str(), unit.pid), ("enabled", 42));
    }

    #[test]
    fn what_cannot_be_a_unit_is_refused() {
        for unit in ["", "-H", "a b", "$(id)", "k3s*"] {
            assert!(check_unit(unit).is_err(), "{unit:?}");
        }
        for unit in ["kubelet", "k3s-agent.service", "getty@tty1.service", r"dev-disk-by\x2did.device"] {
            assert!(check_unit(unit).is_ok(), "{unit:?}");
        }
    }
}
