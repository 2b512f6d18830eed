//! A cluster that falls ill: faults are planted in it, symptoms looked for, remedies tried.

use runbook_twin::connectivity::Connectivity;
use runbook_twin::faults::Planted;
use runbook_twin::json::Value;
use runbook_twin::scene;
use runbook_twin::world::{Deletion, Key, Moment, Object, World};

const LIMIT: usize = usize::MAX;

/// How a symptom shows.
#[derive(Debug)]
pub(crate) enum See {
    /// In a log of a container of that name.
    Log(&'static str, &'static str),
    /// In an event.
    Event(&'static str),
    /// In what a command prints on a machine.
    Says(&'static str, &'static str, &'static str),
    /// In an object: kind, namespace, name, a place in it, what is there.
    Object(&'static str, &'static str, &'static str, &'static str, &'static str),
    /// More pairs do not reach each other than before.
    Lost,
    /// Containers of that name are not ready.
    Unready(&'static str),
}

impl See {
    /// Whether it goes when the cause goes: what was written stays written.
    pub(crate) fn is_lasting(&self) -> bool {
        !matches!(self, See::Log(..) | See::Event(_))
    }
}

/// What is done about it.
#[derive(Debug)]
pub(crate) enum Heal {
    /// A command on a machine.
    Run(&'static str, &'static str),
    /// An option of Cilium, with a restart of its agents.
    Option(&'static str, &'static str),
    /// All pods of that label are deleted.
    Restart(&'static str, &'static str),
    /// An object is deleted: kind, namespace, name.
    Delete(&'static str, &'static str, &'static str),
    /// An object is changed.
    Set(&'static str, &'static str, &'static str, &'static str, &'static str),
    /// A field of an object is taken away.
    Unset(&'static str, &'static str, &'static str, &'static str),
    /// The machine boots.
    Boot(&'static str),
}

/// A cluster.
pub(crate) struct Ill(World);

impl Ill {
    pub(crate) fn new(name: &str) -> Ill {
        let world = scene::read(scene::text(name).unwrap(), Moment::seconds(1_790_000_000)).unwrap().world;
        let mut ill = Ill(world);
        ill.pass(600);
        ill
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        let until = self.0.now().plus_seconds(seconds);
        self.0.live(until, LIMIT);
    }

    pub(crate) fn plant(&mut self, typed: &str) {
        let fault = Planted::typed(typed).unwrap();
        fault.plant(&mut self.0).unwrap_or_else(|why| panic!("{typed}: {why}"));
        self.pass(fault.ripens());
    }

    /// How many pairs do not reach each other.
    pub(crate) fn lost(&self) -> usize {
        Connectivity::of(&self.0).noes().count()
    }

    pub(crate) fn noes(&self) -> String {
        let all = Connectivity::of(&self.0);
        all.noes().take(5).map(|(from, to, cell)| format!("{from} -> {to}: {:?}\n", cell.why)).collect()
    }

    fn run(&mut self, machine: &str, script: &str) -> String {
        let session = self.0.on_machine(machine, |m| m.open_session("root", Some(script), &[])).unwrap().unwrap();
        let mut out = Vec::new();
        for _ in 0..100_000 {
            self.0.settle(LIMIT);
            let heard = self.0.look_at_machine(machine, |m| m.hear(session)).unwrap();
            out.extend(heard.out);
            out.extend(heard.err);
            if heard.ended.is_some() {
                break;
            }
            let Some(next) = self.0.next_jump_while(true) else { panic!("`{script}` waits for ever") };
            self.0.advance(next);
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    fn logs(&self, container: &str) -> String {
        let mut text = String::new();
        for (key, _) in self.0.entries("pods", "") {
            for previous in [true, false] {
                let (lines, _) = self.0.log(&key, container, previous, 0);
                lines.iter().for_each(|line| text.push_str(&format!("{}\n", line.text)));
            }
        }
        text
    }

    fn at(&self, kind: &str, namespace: &str, name: &str, place: &str) -> String {
        let Some(object) = self.0.get(kind, namespace, name) else { return "gone".to_owned() };
        let found = object.plain().pointer(place).unwrap_or(&Value::Null).clone();
        found.as_str().map_or_else(|| found.to_string(), str::to_owned)
    }

    pub(crate) fn sees(&mut self, see: &See, healthy: usize) -> bool {
        match see {
            See::Log(container, text) => self.logs(container).contains(text),
            See::Event(text) => {
                self.0.list("events", "").any(|event| event["message"].as_str().unwrap_or_default().contains(text))
            }
            See::Says(machine, line, text) => self.run(machine, line).contains(text),
            See::Object(kind, namespace, name, place, text) => self.at(kind, namespace, name, place).contains(text),
            See::Lost => self.lost() > healthy,
            See::Unready(container) => self.not_ready(container).next().is_some(),
        }
    }

    fn not_ready(&self, container: &str) -> impl Iterator<Item = String> {
        let of = |pod: &Object| {
            let all = pod["status"]["containerStatuses"].as_array().cloned().unwrap_or_default();
            all.iter().any(|it| it["name"] == container && it["ready"] != true)
        };
        let found: Vec<String> =
            self.0.list("pods", "").filter(|pod| of(pod)).map(|pod| pod.name().to_owned()).collect();
        found.into_iter()
    }

    /// The pods that are not ready.
    pub(crate) fn unready(&self) -> String {
        let bad = |pod: &Object| pod.condition("Ready") != Some("True") && pod["status"]["phase"] != "Succeeded";
        let names: Vec<&str> = self.0.list("pods", "").filter(|pod| bad(pod)).map(|pod| pod.name()).collect();
        names.join(" ")
    }

    pub(crate) fn told(&self) -> String {
        let mut text = format!("not ready: {}\n", self.unready());
        let mut events: Vec<_> = self.0.list("events", "").collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.revision()));
        for event in events.iter().take(10) {
            text.push_str(&format!("{} {}\n", event["involvedObject"]["name"], event["message"]));
        }
        let log = self.logs("cilium-agent");
        text.push_str(&log.lines().rev().take(10).collect::<Vec<_>>().join("\n"));
        text
    }

    pub(crate) fn heal(&mut self, heal: &Heal) {
        match heal {
            Heal::Run(machine, line) => drop(self.run(machine, line)),
            Heal::Option(key, value) => self.plant(&format!("cilium-option key={key} value={value}")),
            Heal::Restart(label, value) => {
                let own = |pod: &Object| pod.label(label) == Some(value);
                let keys: Vec<Key> =
                    self.0.entries("pods", "").filter(|(_, pod)| own(pod)).map(|(key, _)| key).collect();
                for key in keys {
                    drop(self.0.delete(&key, &Deletion::default()));
                }
                self.pass(60);
            }
            Heal::Delete(kind, namespace, name) => {
                self.0.delete(&Key::new(*kind, namespace, name), &Deletion::default()).unwrap();
                self.pass(5);
            }
            Heal::Set(kind, namespace, name, place, value) => {
                let value = runbook_twin::json::from_str(value).unwrap_or_else(|_| Value::from(*value));
                self.change(kind, namespace, name, |object| {
                    let (over, last) = place.rsplit_once('/').unwrap();
                    let over = object.pointer_mut(over).unwrap();
                    over[last.replace("~1", "/").as_str()] = value;
                });
            }
            Heal::Unset(kind, namespace, name, place) => self.change(kind, namespace, name, |object| {
                let (over, last) = place.rsplit_once('/').unwrap();
                if let Some(map) = object.pointer_mut(over).and_then(Value::as_object_mut) {
                    map.remove(last.replace("~1", "/").as_str());
                }
            }),
            Heal::Boot(machine) => {
                self.0.on_machine(machine, |it| it.reboot());
                self.pass(120);
            }
        }
    }

    fn change(&mut self, kind: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) {
        let key = Key::new(kind, namespace, name);
        self.0
            .change(&key, |object| {
                let mut plain = object.plain().clone();
                change(&mut plain);
                for field in ["metadata", "spec", "data", "status", "images"] {
                    if !plain[field].is_null() {
                        object[field] = plain[field].clone();
                    }
                }
            })
            .unwrap();
        self.pass(60);
    }
}
