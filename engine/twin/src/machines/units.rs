//! The units of a machine's systemd and what they say: plain data, with times for what takes time.
//!
//! A service stands for a daemon: it has a process while it is active. What it does is for the laws to say.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Machine;
use super::process::{End, Pid};
use super::signal;

/// All units, by their whole name.
#[derive(Clone, Debug, Default)]
pub struct Units {
    /// Name and unit.
    pub all: BTreeMap<String, Unit>,
}

/// One unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// What `systemctl status` says behind its name.
    pub description: String,
    /// `enabled`, `disabled`, `static`, `masked`; empty for one without a file.
    pub enabled: String,
    /// What it is again when it is unmasked, while it is masked.
    pub unmasked: String,
    /// `active`, `inactive`, `failed`, `activating`, `deactivating`.
    pub active: String,
    /// `running`, `dead`, `exited`, `failed` and so on.
    pub sub: String,
    /// What it runs.
    pub command: Vec<String>,
    /// Its process.
    pub pid: Pid,
    /// How long it takes to start.
    pub takes: Duration,
    /// When it will be active.
    pub until: Option<Duration>,
    /// When it came to its state.
    pub since: Duration,
    /// Whether it ends by itself and counts as active then.
    pub oneshot: bool,
    /// Why its next start fails.
    pub broken: Option<String>,
    /// How many times it was restarted.
    pub restarts: u32,
    /// How it ended last: `success`, `exit-code`, `signal`.
    pub result: String,
    /// Units that are started before it, and without which it does not start.
    pub requires: Vec<String>,
    /// The file it was read from, where it does more than stand for a daemon: its command is really run.
    pub file: Option<String>,
    /// How long after its start a timer starts its service.
    pub fires: Option<Duration>,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Duration,
    /// The boot it was said in.
    pub boot: String,
    /// The unit that said it; empty for the kernel.
    pub unit: String,
    /// The program's name.
    pub name: String,
    /// Its process.
    pub pid: Pid,
    /// What was said.
    pub text: String,
    /// 0 is an emergency, 3 an error, 6 usual, 7 for debugging.
    pub priority: u8,
}

impl Unit {
    /// A service that is not running.
    pub fn service(description: &str, command: &[&str], enabled: bool) -> Self {
        Self {
            description: description.to_owned(),
            enabled: if enabled { "enabled" } else { "disabled" }.to_owned(),
            active: "inactive".into(),
            sub: "dead".into(),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            result: "success".into(),
            ..Self::default()
        }
    }
}

impl Units {
    /// What every machine has.
    pub fn usual() -> Self {
        let mut all = BTreeMap::new();
        let mut add = |name: &str, description: &str, command: &[&str]| {
            all.insert(name.to_owned(), Unit::service(description, command, true));
        };
        add("cron.service", "Regular background program processing daemon", &["/usr/sbin/cron", "-f"]);
        add("ssh.service", "OpenBSD Secure Shell server", &["/usr/sbin/sshd", "-D"]);
        add("systemd-journald.service", "Journal Service", &["/usr/lib/systemd/systemd-journald"]);
        add("systemd-networkd.service", "Network Configuration", &["/usr/lib/systemd/systemd-networkd"]);
        add("systemd-timesyncd.service", "Network Time Synchronization", &["/usr/lib/systemd/systemd-timesyncd"]);
        add(
            "systemd-udevd.service",
            "Rule-based Manager for Device Events and Files",
            &["/usr/lib/systemd/systemd-udevd"],
        );
        Self { all }
    }
}

/// The whole name of a unit: one without an ending is a service.
pub fn whole_name(name: &str) -> String {
    let endings =
        [".service", ".timer", ".socket", ".target", ".mount", ".path", ".slice", ".scope", ".device", ".swap"];
    if endings.iter().any(|ending| name.ends_with(ending)) { name.to_owned() } else { format!("{name}.service") }
}

impl Machine {
    /// Changes a unit; says whether there is one.
    pub fn change_unit(&mut self, name: &str, change: impl FnOnce(&mut Unit)) -> bool {
        match Arc::make_mut(&mut self.units).all.get_mut(name) {
            Some(unit) => {
                change(unit);
                true
            }
            None => false,
        }
    }

    /// Adds a unit, with a file that says so.
    pub fn add_unit(&mut self, name: &str, unit: Unit) {
        let text = format!(
            "[Unit]\nDescription={}\n\n[Service]\nExecStart={}\n\n[Install]\nWantedBy=multi-user.target\n",
            unit.description,
            unit.command.join(" ")
        );
        self.write(&format!("/etc/systemd/system/{name}"), text.as_bytes());
        Arc::make_mut(&mut self.units).all.insert(name.to_owned(), unit);
    }

    /// Says something in the name of a unit.
    pub fn say(&mut self, unit: &str, text: &str, priority: u8) {
        let pid = self.units.all.get(unit).map_or(1, |unit| unit.pid);
        let name = self.procs.get(&pid).map_or_else(|| "systemd".to_owned(), |process| process.name.clone());
        let line = Line {
            at: self.now,
            boot: self.boot_id.clone(),
            unit: unit.to_owned(),
            name,
            pid,
            text: text.to_owned(),
            priority,
        };
        let journal = Arc::make_mut(&mut self.journal);
        journal.push(line);
        // A journal has an end too.
        if journal.len() > 50_000 {
            journal.drain(..10_000);
        }
    }

    /// Starts what a boot starts.
    pub(crate) fn start_units(&mut self) {
        let names: Vec<String> = self.units.all.keys().cloned().collect();
        for name in &names {
            self.change_unit(name, |unit| {
                (unit.active, unit.sub) = ("inactive".into(), "dead".into());
                (unit.pid, unit.until, unit.restarts) = (0, None, 0);
            });
        }
        for name in names {
            if self.units.all.get(&name).is_some_and(|unit| unit.enabled == "enabled") {
                self.start_unit(&name);
            }
        }
    }

    /// Begins to start a unit, with those it requires. It is active once its time is over.
    pub fn start_unit(&mut self, name: &str) {
        let Some(unit) = self.units.all.get(name).cloned() else { return };
        if unit.active == "active" || unit.active == "activating" {
            return;
        }
        for other in &unit.requires {
            self.start_unit(other);
        }
        let now = self.now;
        self.say_of(name, &format!("Starting {name} - {}...", unit.description));
        self.change_unit(name, |unit| {
            (unit.active, unit.sub) = ("activating".into(), "start".into());
            (unit.until, unit.since) = (Some(now + unit.takes), now);
        });
        if unit.takes.is_zero() {
            self.finish_start(name);
        }
    }

    fn finish_start(&mut self, name: &str) {
        let Some(unit) = self.units.all.get(name).cloned() else { return };
        let now = self.now;
        if let Some(fires) = unit.fires {
            if unit.active == "active" {
                self.change_unit(name, |unit| (unit.until, unit.sub) = (None, "elapsed".into()));
                self.start_unit(&name.replace(".timer", ".service"));
            } else {
                self.change_unit(name, |unit| {
                    (unit.active, unit.sub) = ("active".into(), "waiting".into());
                    (unit.until, unit.since) = (Some(now + fires), now);
                });
            }
            return;
        }
        if unit.file.is_some() && unit.broken.is_none() && name.ends_with(".service") {
            self.run_unit(name, &unit);
            return;
        }
        if let Some(why) = &unit.broken {
            self.say(name, why, 3);
            self.say_of(name, &format!("{name}: Main process exited, code=exited, status=1/FAILURE"));
            self.say_of(name, &format!("{name}: Failed with result 'exit-code'."));
            self.say_of(name, &format!("Failed to start {name} - {}.", unit.description));
            self.change_unit(name, |unit| {
                (unit.active, unit.sub, unit.result) = ("failed".into(), "failed".into(), "exit-code".into());
                (unit.until, unit.since, unit.pid) = (None, now, 0);
            });
            return;
        }
        let mut pid = 0;
        if !unit.oneshot && name.ends_with(".service") {
            let words: Vec<&str> = unit.command.iter().map(String::as_str).collect();
            let short = words.first().map_or("daemon", |path| path.rsplit('/').next().unwrap_or(path)).to_owned();
            pid = self.daemon(&short, &words, &format!("/system.slice/{name}"));
            if let Some(process) = self.proc_mut(pid) {
                process.unit = Some(name.to_owned());
            }
        }
        self.change_unit(name, |unit| {
            unit.active = "active".into();
            unit.sub = if unit.oneshot {
                "exited"
            } else if name.ends_with(".timer") {
                "waiting"
            } else {
                "running"
            }
            .into();
            (unit.until, unit.since, unit.pid, unit.result) = (None, now, pid, "success".into());
        });
        self.say_of(name, &format!("Started {name} - {}.", unit.description));
        if name == "systemd-networkd.service" {
            self.set_up_cards();
        }
    }

    /// Runs the command of a unit.
    fn run_unit(&mut self, name: &str, unit: &Unit) {
        let now = self.now;
        match self.spawn(&unit.command, &format!("/system.slice/{name}"), Some(name)) {
            Ok(pid) => {
                self.change_unit(name, |unit| {
                    let state = if unit.oneshot { ("activating", "start") } else { ("active", "running") };
                    (unit.active, unit.sub) = (state.0.into(), state.1.into());
                    (unit.until, unit.since, unit.pid) = (None, now, pid);
                });
                self.say_of(name, &format!("Started {name} - {}.", unit.description));
            }
            Err(error) => {
                let program = unit.command.first().cloned().unwrap_or_default();
                self.say_of(name, &format!("{name}: Failed at step EXEC spawning {program}: {error}"));
                self.say_of(name, &format!("{name}: Failed with result 'exit-code'."));
                self.change_unit(name, |unit| {
                    (unit.active, unit.sub, unit.result) = ("failed".into(), "failed".into(), "exit-code".into());
                    (unit.until, unit.since, unit.pid) = (None, now, 0);
                });
            }
        }
    }

    /// What systemd itself says of a unit.
    fn say_of(&mut self, unit: &str, text: &str) {
        let line = Line {
            at: self.now,
            boot: self.boot_id.clone(),
            unit: unit.to_owned(),
            name: "systemd".into(),
            pid: 1,
            text: text.to_owned(),
            priority: 6,
        };
        Arc::make_mut(&mut self.journal).push(line);
    }

    /// Stops a unit, with all of its processes.
    pub fn stop_unit(&mut self, name: &str) {
        let Some(unit) = self.units.all.get(name).cloned() else { return };
        if unit.active == "inactive" || unit.active == "failed" {
            return;
        }
        self.say_of(name, &format!("Stopping {name} - {}...", unit.description));
        let now = self.now;
        self.change_unit(name, |unit| {
            (unit.active, unit.sub, unit.result) = ("inactive".into(), "dead".into(), "success".into());
            (unit.until, unit.since, unit.pid) = (None, now, 0);
        });
        let group = format!("/system.slice/{name}");
        // Whoever stops the unit he runs in does not end himself in the middle of it.
        let asks = self.running;
        let ends = |p: &&super::process::Process| p.cgroup == group && Some(p.pid) != asks;
        let pids: Vec<Pid> = self.procs.values().filter(ends).map(|p| p.pid).collect();
        for pid in pids {
            self.signal(pid, signal::KILL);
        }
        self.say_of(name, &format!("Stopped {name} - {}.", unit.description));
    }

    /// A process that belonged to a unit has ended by itself.
    pub(crate) fn unit_process_ended(&mut self, pid: Pid, end: End) {
        let Some(name) = self.procs.get(&pid).and_then(|process| process.unit.clone()) else { return };
        if self.units.all.get(&name).is_none_or(|unit| unit.pid != pid || pid == 0) {
            return;
        }
        let now = self.now;
        let good = end == End::Code(0) || end == End::Signal(signal::TERM);
        self.change_unit(&name, |unit| {
            unit.pid = 0;
            unit.since = now;
            unit.result = if good {
                "success"
            } else if matches!(end, End::Code(_)) {
                "exit-code"
            } else {
                "signal"
            }
            .into();
            let state = if good { ("inactive", "dead") } else { ("failed", "failed") };
            (unit.active, unit.sub) = (state.0.into(), state.1.into());
        });
        if !good {
            let text = match end {
                End::Code(code) => format!("{name}: Main process exited, code=exited, status={code}/FAILURE"),
                End::Signal(number) => {
                    format!(
                        "{name}: Main process exited, code=killed, status={number}/{}",
                        signal::name(number).unwrap_or("?")
                    )
                }
            };
            self.say_of(&name, &text);
        }
        // Daemons that a machine starts by itself come back by themselves.
        if !good && self.units.all.get(&name).is_some_and(|unit| unit.enabled == "enabled") {
            self.change_unit(&name, |unit| {
                unit.restarts += 1;
                (unit.active, unit.sub) = ("activating".into(), "auto-restart".into());
                unit.until = Some(now + Duration::from_secs(5));
            });
        }
    }

    pub(crate) fn units_due(&self) -> Option<Duration> {
        self.units.all.values().filter_map(|unit| unit.until).min().filter(|_| self.is_up())
    }

    pub(crate) fn units_happen(&mut self) {
        let now = self.now;
        let due: Vec<String> = self
            .units
            .all
            .iter()
            .filter(|(_, unit)| unit.until.is_some_and(|until| until <= now))
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            self.finish_start(&name);
        }
    }
}
