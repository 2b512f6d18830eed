//! What is inside of containers: each a small machine of its own, made when somebody first looks into it.
//!
//! Promises: a container that is started again begins with nothing; what the programs in it do takes the world's time.

use super::commands::Command;
use super::{Again, Key, Moment, Object, World};
use crate::json::Value;
use crate::machines::{Bare, Machine};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often a machine is let run before others are: a program that never waits must not keep the world.
const RUNS: usize = 50;

/// The insides, by pod and container.
#[derive(Clone, Default)]
pub(super) struct Insides {
    all: Arc<BTreeMap<(Key, Arc<str>), Inside>>,
    /// When the commands of pods that come to an end go on.
    ends: BTreeMap<Key, Moment>,
}

#[derive(Clone)]
struct Inside {
    /// The id of the container's life.
    life: String,
    machine: Machine,
    /// The file whose lines are the container's, and how much of it has been told.
    log: String,
    told: usize,
    /// What the container itself runs.
    command: Option<Command>,
}

/// A text with the names of a container in it.
pub(super) fn named(text: &str, pod: &Key, container: &str) -> String {
    text.replace("{pod}", pod.name()).replace("{container}", container)
}

impl World {
    /// Starts a command in a container; gives the number of its session. None when the container does not run, or
    /// nothing of that name is in it.
    /// A shell that somebody types to says when it waits.
    pub(crate) fn enter(&mut self, pod: &Key, container: &str, command: &[String], typed: bool) -> Option<u64> {
        let env = self.furnish(pod, container)?;
        let machine = self.inside(pod, container)?;
        if !has(machine, command.first()?) {
            return None;
        }
        let quoted: Vec<String> = command.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
        let command = format!("cd /; exec {}", quoted.join(" "));
        let opened = if typed {
            machine.open_terminal("root", Some(&command), &env)
        } else {
            machine.open_session("root", Some(&command), &env)
        };
        opened.ok()
    }

    /// The machine that is inside of a container, where somebody has looked into it.
    pub(crate) fn inside(&mut self, pod: &Key, container: &str) -> Option<&mut Machine> {
        let insides = Arc::make_mut(&mut self.insides.all);
        insides.get_mut(&(pod.clone(), container.into())).map(|inside| &mut inside.machine)
    }

    /// What a container itself runs, where it does.
    pub(super) fn command_inside(&self, pod: &Key, container: &str) -> Option<&Command> {
        self.insides.all.get(&(pod.clone(), container.into()))?.command.as_ref()
    }

    /// Where that is kept.
    pub(super) fn command_place(&mut self, pod: &Key, container: &str) -> Option<&mut Option<Command>> {
        let insides = Arc::make_mut(&mut self.insides.all);
        insides.get_mut(&(pod.clone(), container.into())).map(|inside| &mut inside.command)
    }

    /// The life of the container that is inside; none where nobody has looked into it.
    pub(crate) fn life_inside(&self, pod: &Key, container: &str) -> Option<String> {
        self.insides.all.get(&(pod.clone(), container.into())).map(|inside| inside.life.clone())
    }

    /// Makes the machine where there is none of this life yet; gives what commands find in their environment.
    fn furnish(&mut self, pod: &Key, container: &str) -> Option<Vec<(String, String)>> {
        let object = self.at(pod)?.clone();
        let of = |list: &'static str, place: &'static str| {
            object[place][list].as_array().into_iter().flatten().find(|one| one["name"] == container)
        };
        let status = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
            .iter()
            .find_map(|list| of(list, "status").filter(|status| status["state"]["running"].is_object()))?;
        let life = status["containerID"].as_str().unwrap_or_default();
        let spec = ["containers", "initContainers", "ephemeralContainers"].iter().find_map(|list| of(list, "spec"))?;
        let image = self.image(spec["image"].as_str().unwrap_or_default()).clone();
        if image["shell"] == false {
            return None;
        }
        let key = (pod.clone(), Arc::from(container));
        if self.insides.all.get(&key).is_none_or(|inside| inside.life != life) {
            let now = Duration::from_micros(u64::try_from(self.now.0).unwrap_or(0));
            // A container sees for how long its machine is up.
            let host = object["spec"]["nodeName"].as_str().and_then(|node| self.machine(node));
            let booted = host.map_or(now, |machine| machine.booted);
            let bare = Bare { booted, seed: self.chance.number(), ..Bare::new(pod.name()) };
            let mut machine = bare.container();
            machine.place = self.pod_space(pod);
            if let Some(text) = self.resolv_conf(&object) {
                machine.write("/etc/resolv.conf", text.as_bytes());
            }
            crate::cni::furnish(&mut machine, container, spec["image"].as_str().unwrap_or_default());
            let log = image["log"].as_str().unwrap_or_default().to_owned();
            let inside = Inside { life: life.to_owned(), machine, log, told: 0, command: None };
            Arc::make_mut(&mut self.insides.all).insert(key, inside);
        }
        let api = self.get("services", "default", "kubernetes").and_then(|own| own["spec"]["clusterIP"].as_str());
        Some(environment(&object, container, (spec, &image), api.unwrap_or("10.43.0.1")))
    }

    /// Whom a pod asks for names, as its kubelet writes it down.
    fn resolv_conf(&self, pod: &Object) -> Option<String> {
        let policy = pod["spec"]["dnsPolicy"].as_str().unwrap_or("ClusterFirst");
        let of_cluster =
            policy == "ClusterFirstWithHostNet" || policy == "ClusterFirst" && pod["spec"]["hostNetwork"] != true;
        if !of_cluster {
            let node = self.machine(pod["spec"]["nodeName"].as_str()?)?;
            return Some(node.text("/etc/resolv.conf"));
        }
        let server = self.get("services", "kube-system", "kube-dns")?["spec"]["clusterIP"].as_str()?.to_owned();
        let space = pod.namespace();
        Some(format!(
            "search {space}.svc.cluster.local svc.cluster.local cluster.local\nnameserver {server}\noptions ndots:5\n"
        ))
    }

    /// Lets what is inside a pod's containers go on until now; says when it goes on by itself.
    pub(crate) fn live_inside(&mut self, pod: &Key) -> Again {
        let now = Duration::from_micros(u64::try_from(self.now.0).unwrap_or(0));
        let (mut lines, mut next, mut heard, mut waited) = (Vec::new(), None::<Duration>, false, false);
        let mut left = None::<Duration>;
        let mut over = false;
        let of_pod = self.insides.all.range((pod.clone(), Arc::from(""))..).take_while(|((of, _), _)| of == pod);
        let keys: Vec<(Key, Arc<str>)> = of_pod.map(|(key, _)| key.clone()).collect();
        for key in keys {
            let Some(mut inside) = Arc::make_mut(&mut self.insides.all).remove(&key) else { continue };
            let container = key.1.clone();
            let (runs, machine) = self.lend(inside.machine, |machine| {
                let mut ran = machine.run(now);
                for _ in 1..RUNS {
                    if !ran.busy {
                        break;
                    }
                    ran = machine.run(now);
                }
                ran
            });
            inside.machine = machine;
            next = [next, runs.next.map(|at| if runs.busy { now } else { at })].into_iter().flatten().min();
            left = left.into_iter().chain(runs.background).min();
            waited |= runs.waited || runs.busy;
            heard |= inside.machine.has_sessions();
            if !inside.log.is_empty() {
                let text = inside.machine.text(&inside.log);
                if let Some(new) = text.get(inside.told..).and_then(|new| new.rfind('\n').map(|end| &new[..=end])) {
                    inside.told += new.len();
                    lines.push((container.clone(), new.to_owned()));
                }
            }
            if let Some(command) = &mut inside.command {
                let had_ended = command.has_ended();
                lines.push((container, command.hear(&mut inside.machine, self.now)));
                over |= command.has_ended() && !had_ended;
            }
            Arc::make_mut(&mut self.insides.all).insert(key, inside);
        }
        for (container, text) in lines {
            self.write_log(pod, &container, &text);
        }
        if over {
            let now = self.now;
            self.call_again("kubelet", pod, Again::At(now));
        }
        let at = Moment::not_before;
        let stays = self
            .at(pod)
            .is_none_or(|pod| pod["spec"]["restartPolicy"].as_str().is_none_or(|policy| policy == "Always"));
        match left.filter(|_| !stays) {
            Some(left) => self.insides.ends.insert(pod.clone(), at(left)),
            None => self.insides.ends.remove(pod),
        };
        match next {
            None => Again::Never,
            // What nobody listens to may take its time: the clock does not jump for it.
            Some(next) if heard && waited => Again::At(at(next)),
            Some(next) => Again::Idle(at(next)),
        }
    }

    /// When the command of a pod that comes to an end goes on: who waits for that may have it at once.
    #[must_use]
    pub fn next_end(&self) -> Option<Moment> {
        self.insides.ends.values().min().copied()
    }

    /// Forgets what was inside a pod that is gone.
    pub(super) fn forget_insides(&mut self, pod: &Key) {
        self.insides.ends.remove(pod);
        if self.insides.all.range((pod.clone(), Arc::from(""))..).next().is_some_and(|((of, _), _)| of == pod) {
            Arc::make_mut(&mut self.insides.all).retain(|(of, _), _| of != pod);
        }
    }
}

fn environment(pod: &Object, container: &str, (spec, image): (&Value, &Value), api: &str) -> Vec<(String, String)> {
    let key = Key::new("pods", pod.namespace(), pod.name());
    let text = |value: &Value| named(value.as_str().unwrap_or_default(), &key, container);
    let mut env = vec![
        ("HOSTNAME".to_owned(), pod.name().to_owned()),
        ("KUBERNETES_SERVICE_HOST".to_owned(), api.to_owned()),
        ("KUBERNETES_SERVICE_PORT".to_owned(), "443".to_owned()),
    ];
    for (name, value) in image["env"].as_object().into_iter().flatten() {
        env.push((name.to_string(), text(value)));
    }
    for one in spec["env"].as_array().into_iter().flatten() {
        let Some(name) = one["name"].as_str() else { continue };
        let field = one["valueFrom"]["fieldRef"]["fieldPath"].as_str().map(|path| path.split('.'));
        let of_field = field.and_then(|mut path| {
            let first = pod.get(path.next()?)?;
            path.try_fold(first, |at, step| at.get(step))?.as_str()
        });
        if let Some(value) = one["value"].as_str().or(of_field) {
            env.push((name.to_owned(), value.to_owned()));
        }
    }
    env
}

/// Whether there is a program of this name.
pub(super) fn has(machine: &Machine, name: &str) -> bool {
    if name.contains('/') {
        return machine.read(name).is_some();
    }
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"]
        .iter()
        .any(|folder| machine.read(&format!("{folder}/{name}")).is_some())
}
