//! One container's next step: pull, start, run, end, start again.

use super::behaviour::{self, Behaviour};
use super::images;
use super::run::{Cell, Is, Sort, name};
use crate::json::{Value, json};
use crate::laws::kit::events::{Told, tell};
use crate::world::{Again, Key, Moment, Object, World};

/// A container with all that its next step depends on.
pub(super) struct Container<'a> {
    pub(super) pod: &'a Object,
    pub(super) node: &'a str,
    pub(super) spec: &'a Value,
    pub(super) sort: Sort,
    pub(super) behaviour: Behaviour,
}

const SECOND: i64 = 1_000_000;

impl<'a> Container<'a> {
    pub(super) fn new(world: &World, pod: &'a Object, node: &'a str, spec: &'a Value, sort: Sort) -> Self {
        Self { pod, node, spec, sort, behaviour: behaviour::of(world, pod, spec, sort == Sort::Init) }
    }

    fn key(&self) -> Key {
        Key::new("pods", self.pod.namespace(), self.pod.name())
    }

    fn image(&self) -> &str {
        self.spec["image"].as_str().unwrap_or_default()
    }

    /// Tells something about the container.
    pub(super) fn tell(&self, world: &mut World, warning: bool, reason: &str, message: &str) {
        let list = if self.sort == Sort::Main { "containers" } else { "initContainers" };
        let field = format!("spec.{list}{{{}}}", name(self.spec));
        let told = Told { by: "kubelet", host: self.node, field: &field, reason, warning };
        tell(world, self.pod, told, message);
    }

    fn restarts(&self, code: i64) -> bool {
        match (self.sort, self.pod["spec"]["restartPolicy"].as_str().unwrap_or("Always")) {
            (Sort::Beside, _) => true,
            (Sort::Init, "Never") => false,
            (Sort::Init, _) => code != 0,
            (Sort::Main, "Always") => true,
            (Sort::Main, policy) => policy == "OnFailure" && code != 0,
        }
    }

    /// Moves the container on as far as the time allows; says when it moves next.
    pub(super) fn advance(&self, world: &mut World, cell: &mut Cell) -> Option<Moment> {
        // A container may pass through several states at one moment, but not through all of them for ever.
        for _ in 0..8 {
            let now = world.now().0;
            match cell.is.clone() {
                Is::New => self.look(world, cell),
                Is::Pulling { from, until } if until <= now => self.pulled(world, cell, until - from),
                Is::NotPulled { until, why } if until <= now => {
                    let pause = pause(cell.pauses);
                    cell.pauses += 1;
                    self.tell(world, false, "BackOff", &format!("Back-off pulling image \"{}\"", self.image()));
                    self.tell(world, true, "Failed", "Error: ImagePullBackOff");
                    cell.is = Is::PullingBackOff { until: now + pause * SECOND, why };
                }
                Is::PullingBackOff { until, .. } if until <= now => self.pull(world, cell),
                Is::Runs { since } if self.behaviour.runs => {
                    let (code, at) = world.command_end(&self.key(), name(self.spec), &cell.id)?;
                    cell.is = Is::Ended { at: at.0.max(since), since, code };
                }
                Is::Runs { since } => match self.behaviour.exits {
                    Some((code, after)) if since + after * SECOND <= now => {
                        cell.is = Is::Ended { at: since + after * SECOND, since, code };
                    }
                    Some((_, after)) => return Some(Moment(since + after * SECOND)),
                    None => return None,
                },
                Is::Ended { at, since, code } => {
                    if !self.restarts(code) {
                        return None;
                    }
                    self.again(world, cell, at, since, code);
                }
                Is::BackOff { until, .. } if until <= now => {
                    cell.restarts += 1;
                    cell.is = Is::New;
                }
                Is::Pulling { until, .. }
                | Is::NotPulled { until, .. }
                | Is::PullingBackOff { until, .. }
                | Is::BackOff { until, .. } => return Some(Moment(until)),
                Is::NeverPulled => return None,
            }
        }
        Some(world.now().plus_seconds(1))
    }

    /// Whether the image is there; if not, whether it may be pulled.
    fn look(&self, world: &mut World, cell: &mut Cell) {
        let has = images::has(world, self.node, self.image());
        let policy = self.spec["imagePullPolicy"].as_str().unwrap_or("IfNotPresent");
        match (policy, has) {
            ("Never", false) => {
                let message = format!("Container image \"{}\" is not present with pull policy of Never", self.image());
                self.tell(world, true, "ErrImageNeverPull", &message);
                self.tell(world, true, "Failed", "Error: ErrImageNeverPull");
                cell.is = Is::NeverPulled;
            }
            ("Always", true) | (_, false) => self.pull(world, cell),
            _ => {
                let message = format!("Container image \"{}\" already present on machine", self.image());
                self.tell(world, false, "Pulled", &message);
                self.start(world, cell);
            }
        }
    }

    fn pull(&self, world: &mut World, cell: &mut Cell) {
        self.tell(world, false, "Pulling", &format!("Pulling image \"{}\"", self.image()));
        let seconds = if images::has(world, self.node, self.image()) { 0 } else { self.behaviour.pull };
        let from = world.now().0;
        cell.is = Is::Pulling { from, until: from + seconds * SECOND };
    }

    fn pulled(&self, world: &mut World, cell: &mut Cell, took: i64) {
        if let Some(why) = &self.behaviour.missing {
            self.tell(world, true, "Failed", &format!("Failed to pull image \"{}\": {why}", self.image()));
            self.tell(world, true, "Failed", "Error: ErrImagePull");
            let until = world.now().0 + 12 * SECOND;
            cell.is = Is::NotPulled { until, why: why.clone() };
            return;
        }
        let took = span(took);
        let message = format!(
            "Successfully pulled image \"{}\" in {took} ({took} including waiting). Image size: {} bytes.",
            self.image(),
            self.behaviour.size
        );
        images::add(world, self.node, self.image(), self.behaviour.size);
        self.tell(world, false, "Pulled", &message);
        self.start(world, cell);
    }

    fn start(&self, world: &mut World, cell: &mut Cell) {
        let id: String = (0..4).map(|_| format!("{:016x}", world.chance().number())).collect();
        cell.id = format!("containerd://{id}");
        self.tell(world, false, "Created", &format!("Created container: {}", name(self.spec)));
        self.tell(world, false, "Started", &format!("Started container {}", name(self.spec)));
        (cell.is, cell.by_hand) = (Is::Runs { since: world.now().0 }, false);
        world.begin_log(&self.key(), name(self.spec), self.image());
        if self.behaviour.runs {
            let now = world.now();
            world.call_again("container", &self.key(), Again::At(now));
        }
    }

    /// A container that ended is started again: the first time at once, then after longer and longer pauses.
    fn again(&self, world: &mut World, cell: &mut Cell, at: i64, since: i64, code: i64) {
        let of = if cell.by_hand { ended } else { ended_itself };
        cell.last = Some(of(&cell.id, at, since, code));
        if at - since >= 600 * SECOND {
            cell.pauses = 0;
        }
        if cell.restarts == 0 || cell.pauses == 0 {
            cell.pauses = 1;
            cell.restarts += 1;
            cell.is = Is::New;
            return;
        }
        let seconds = pause(cell.pauses - 1);
        cell.pauses += 1;
        let (pod, what) = (self.pod, name(self.spec));
        let message = format!(
            "Back-off restarting failed container {what} in pod {}_{}({})",
            pod.name(),
            pod.namespace(),
            pod.uid()
        );
        self.tell(world, true, "BackOff", &message);
        cell.is = Is::BackOff { until: at + seconds * SECOND, seconds };
    }

    /// When a container that runs since then counts as started and as ready; none when never.
    pub(super) fn ready_at(&self, since: i64) -> (Option<i64>, Option<i64>) {
        let probed = |field: &str, from: i64| {
            let probe = &self.spec[field];
            if !probe.is_object() {
                return from;
            }
            let number = |name: &str, or: i64| probe[name].as_i64().unwrap_or(or);
            let first = since + number("initialDelaySeconds", 0) * SECOND;
            let period = number("periodSeconds", 10).max(1) * SECOND;
            // A probe comes at the first beat at or after the moment from which it would succeed.
            let beats = ((from - first).max(0) + period - 1) / period;
            first + beats * period + (number("successThreshold", 1) - 1) * period
        };
        let able = since + self.behaviour.ready_after * SECOND;
        if !self.behaviour.ready {
            let started = if self.spec["startupProbe"].is_object() { None } else { Some(since) };
            return (started, None);
        }
        let started = if self.spec["startupProbe"].is_object() { probed("startupProbe", able) } else { since };
        let ready = if self.spec["readinessProbe"].is_object() {
            probed("readinessProbe", able.max(started))
        } else {
            able.max(started)
        };
        (Some(started), Some(ready))
    }
}

/// The pause before the next try: 10 s, doubled each time, 5 min at most.
fn pause(power: u32) -> i64 {
    (10_i64 << power.min(5)).min(300)
}

/// A time span the way Go writes it.
fn span(micros: i64) -> String {
    if micros >= SECOND && micros % SECOND == 0 {
        format!("{}s", micros / SECOND)
    } else {
        format!("{}ms", micros / 1000)
    }
}

/// How one ended by itself: one that is killed then has asked for more memory than it may have.
pub(super) fn ended_itself(id: &str, at: i64, since: i64, code: i64) -> Value {
    let mut told = ended(id, at, since, code);
    if code == 137 {
        told["reason"] = "OOMKilled".into();
    }
    told
}

/// What is said of a container that ended with its machine.
pub(super) const LOST: i64 = 255;

/// How a container ended, as the API says it.
pub(super) fn ended(id: &str, at: i64, since: i64, code: i64) -> Value {
    let reason = match code {
        0 => "Completed",
        // It ended with its machine: nobody knows how.
        LOST => "Unknown",
        _ => "Error",
    };
    json!({
        "exitCode": code, "reason": reason, "startedAt": Moment(since).text(), "finishedAt": Moment(at).text(),
        "containerID": id,
    })
}
