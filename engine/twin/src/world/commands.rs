//! What somebody at a prompt has a container run, as `kubectl run` and `kubectl create job` make it: it runs for real, and
//! its end is the end of the container. Of other containers the twin knows what their images do, and runs nothing.

use super::{Again, Key, Moment, Object, World};
use crate::json::Value;
use crate::machines::signal::INT;
use crate::machines::{Bare, Machine};
use std::sync::OnceLock;

/// The command of a container, under way in a session of the machine inside.
#[derive(Clone, Debug)]
pub(super) struct Command {
    session: u64,
    said: Vec<u8>,
    /// How much of that is in the container's log.
    logged: usize,
    ended: Option<(i64, Moment)>,
}

impl Command {
    /// Takes what it has said from its machine; gives new lines for the log.
    pub(super) fn hear(&mut self, machine: &mut Machine, now: Moment) -> String {
        if self.ended.is_none() {
            let heard = machine.hear(self.session);
            self.said.extend(heard.out);
            self.said.extend(heard.err);
            self.ended = heard.ended.map(|end| (i64::from(end.status()), now));
        }
        let new = &self.said[self.logged..];
        let end =
            if self.ended.is_some() { Some(new.len()) } else { new.iter().rposition(|b| *b == b'\n').map(|at| at + 1) };
        let lines = String::from_utf8_lossy(&new[..end.unwrap_or(0)]).into_owned();
        self.logged += end.unwrap_or(0);
        lines
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }
}

/// Images that hold a shell and its small programs, and nothing that would do more; without a command they begin a shell.
const PLAIN: [&str; 5] = ["busybox", "alpine", "bash", "debian", "ubuntu"];

/// What a container runs for real: a command somebody gave a pod that nobody keeps, or a job of a plain image.
pub(crate) fn command_of(pod: &Object, container: &Value) -> Option<Vec<String>> {
    let image = container["image"].as_str().unwrap_or_default();
    let plain = PLAIN.contains(&base(image));
    let ours = pod.controller().is_none_or(|owner| owner.kind() == "Job" && plain && !brings_files(pod));
    if !ours || pod.annotation("plane.test/result").is_some() {
        return None;
    }
    let list =
        |name: &str| container[name].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let mut words: Vec<String> = list("command").chain(list("args")).collect();
    if base(image) == "curl" && !words.first().is_some_and(|word| known(word)) {
        words.insert(0, "curl".to_owned());
    }
    match words.first_mut() {
        None if plain || container["stdin"] == true => words.push("sh".to_owned()),
        // What is there of a shell goes by one name.
        Some(first) if first.ends_with("/bash") || first == "bash" || first == "zsh" => "sh".clone_into(first),
        _ => {}
    }
    words.first().is_some_and(|word| known(word)).then_some(words)
}

/// The name of an image without where it comes from and without its version.
fn base(image: &str) -> &str {
    let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
    name.split([':', '@']).next().unwrap_or(name)
}

/// Whether a pod finds files that the twin does not put into its containers.
fn brings_files(pod: &Object) -> bool {
    let token = |volume: &Value| volume["name"].as_str().is_some_and(|name| name.starts_with("kube-api-access-"));
    pod["spec"]["volumes"].as_array().into_iter().flatten().any(|volume| !token(volume))
}

/// Whether containers have a program of this name.
fn known(word: &str) -> bool {
    static BARE: OnceLock<Machine> = OnceLock::new();
    super::insides::has(BARE.get_or_init(|| Bare::new("container").container()), word)
}

fn container<'a>(pod: &'a Object, name: &str) -> Option<&'a Value> {
    pod["spec"]["containers"].as_array()?.iter().find(|one| one["name"] == name)
}

impl World {
    /// Begins the commands of a pod that nobody has to feed.
    pub(crate) fn begin_commands(&mut self, pod: &Key) {
        let Some(object) = self.at(pod) else { return };
        let all = object["spec"]["containers"].as_array().into_iter().flatten();
        let ours = all.filter(|one| one["stdin"] != true && command_of(object, one).is_some());
        let names: Vec<String> = ours.filter_map(|one| one["name"].as_str()).map(str::to_owned).collect();
        for name in names {
            self.begin_command(pod, &name);
        }
    }

    /// Begins the command of a container, where it is to run one and does not yet; says whether it has one.
    pub(crate) fn begin_command(&mut self, pod: &Key, name: &str) -> bool {
        let Some(object) = self.at(pod) else { return false };
        let Some(words) = container(object, name).and_then(|one| command_of(object, one)) else { return false };
        let statuses = object["status"]["containerStatuses"].as_array();
        let life = statuses.and_then(|all| {
            let running = all.iter().find(|one| one["name"] == name)?;
            running["state"]["running"].is_object().then(|| running["containerID"].as_str()).flatten()
        });
        let Some(life) = life.map(str::to_owned) else { return self.command_inside(pod, name).is_some() };
        if self.life_inside(pod, name).is_some_and(|known| known == life) && self.command_inside(pod, name).is_some() {
            return true;
        }
        let given = |what: &str| container(object, name).is_some_and(|one| one[what] == true);
        let (typed, fed) = (given("tty"), given("stdin"));
        let Some(session) = self.enter(pod, name, &words, typed) else { return false };
        if let Some(machine) = self.inside(pod, name).filter(|_| !fed) {
            machine.keep_to_itself(session);
        }
        let Some(command) = self.command_place(pod, name) else { return false };
        *command = Some(Command { session, said: Vec::new(), logged: 0, ended: None });
        let now = self.now;
        self.call_again("container", pod, Again::At(now));
        true
    }

    /// Feeds the command of a container.
    pub(crate) fn feed_command(&mut self, pod: &Key, name: &str, bytes: &[u8], ends: bool) {
        let Some(session) = self.command_inside(pod, name).map(|command| command.session) else { return };
        let Some(machine) = self.inside(pod, name) else { return };
        machine.feed(session, bytes);
        if ends {
            machine.end_input(session);
        }
    }

    /// Interrupts the command of a container.
    pub(crate) fn break_command(&mut self, pod: &Key, name: &str) {
        let Some(session) = self.command_inside(pod, name).map(|command| command.session) else { return };
        if let Some(machine) = self.inside(pod, name) {
            machine.signal_session(session, INT);
        }
    }

    /// What the command of a container has said from a place on, and whether it has ended.
    pub(crate) fn command_said(&self, pod: &Key, name: &str, from: usize) -> Option<(Vec<u8>, bool)> {
        let command = self.command_inside(pod, name)?;
        Some((command.said.get(from..).unwrap_or_default().to_vec(), command.has_ended()))
    }

    /// How and when the command of a container ended, in this life of it.
    pub(crate) fn command_end(&self, pod: &Key, name: &str, life: &str) -> Option<(i64, Moment)> {
        self.life_inside(pod, name).filter(|known| known == life)?;
        self.command_inside(pod, name)?.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;
    use crate::scene;

    /// A pod as `kubectl run` makes it, some seconds later.
    fn run(container: &Value, policy: &str) -> (World, Key) {
        let mut world = scene::read(scene::text("three").unwrap(), Moment::seconds(1_790_000_000)).unwrap().world;
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "debug", "namespace": "default"},
            "spec": {"restartPolicy": policy, "containers": [container]}});
        world.create("pods", Object::new(pod)).unwrap();
        pass(&mut world);
        (world, Key::new("pods", "default", "debug"))
    }

    fn pass(world: &mut World) {
        let until = world.now().plus_seconds(60);
        world.live(until, 1_000_000);
    }

    #[test]
    fn a_shell_at_a_prompt_says_when_it_waits_and_the_pod_ends_as_it_does() {
        let container = json!({"name": "debug", "image": "busybox", "stdin": true, "tty": true, "args": ["sh"]});
        let (mut world, pod) = run(&container, "Never");
        assert_eq!(world.at(&pod).unwrap()["status"]["phase"], "Running", "nobody has fed it yet");
        assert!(world.begin_command(&pod, "debug"));
        world.feed_command(&pod, "debug", b"if )\necho it goes on\n", false);
        pass(&mut world);
        let (said, over) = world.command_said(&pod, "debug", 0).unwrap();
        let said = String::from_utf8(said).unwrap();
        assert!(
            said.contains("Syntax error") && said.contains("it goes on\n") && said.ends_with("# ") && !over,
            "{said}"
        );
        world.feed_command(&pod, "debug", b"exit 3\n", false);
        world.live_inside(&pod);
        pass(&mut world);
        let ended = world.at(&pod).unwrap();
        assert_eq!(ended["status"]["phase"], "Failed");
        assert_eq!(ended["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"], 3);
    }

    #[test]
    fn what_comes_to_an_end_runs_unfed_and_its_words_are_the_log() {
        let (world, pod) = run(&json!({"name": "debug", "image": "busybox", "args": ["echo", "done"]}), "Never");
        assert_eq!(world.at(&pod).unwrap()["status"]["phase"], "Succeeded");
        let (lines, _) = world.log(&pod, "debug", false, 0);
        assert_eq!(lines.iter().map(|line| &*line.text).collect::<Vec<_>>(), ["done"]);
    }

    #[test]
    fn a_command_that_sleeps_is_waited_for_by_whoever_wants_its_end_and_by_nobody_else() {
        let (world, pod) = run(&json!({"name": "debug", "image": "busybox", "command": ["sleep", "3600"]}), "Never");
        assert_eq!(world.at(&pod).unwrap()["status"]["phase"], "Running");
        let end = world.next_end().expect("the end of its sleep");
        assert!(world.next_jump().is_none_or(|jump| jump < end), "no clock may jump to it by itself");
        let mut world = world;
        world.live(end.plus_seconds(5), 1_000_000);
        assert_eq!(world.at(&pod).unwrap()["status"]["phase"], "Succeeded");
        assert_eq!(world.next_end(), None);
    }

    #[test]
    fn what_ends_and_should_stay_is_started_again_and_again() {
        let (world, pod) = run(&json!({"name": "debug", "image": "busybox:1.36"}), "Always");
        let status = &world.at(&pod).unwrap()["status"]["containerStatuses"][0];
        assert_eq!(status["state"]["waiting"]["reason"], "CrashLoopBackOff", "a shell without input ends");
        assert!(status["restartCount"].as_i64() > Some(1), "{status:?}");
    }

    #[test]
    fn a_job_of_a_plain_image_ends_as_its_command_does() {
        let mut world = scene::read(scene::text("three").unwrap(), Moment::seconds(1_790_000_000)).unwrap().world;
        let container = json!({"name": "a", "image": "busybox", "command": ["sh", "-c", "echo no; exit 3"]});
        let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "default"},
            "spec": {"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}});
        world.create("jobs.batch", Object::new(job)).unwrap();
        pass(&mut world);
        let job = world.get("jobs.batch", "default", "j").unwrap();
        assert_eq!((&job["status"]["failed"], &job["status"]["succeeded"]), (&1.into(), &Value::Null), "{job:?}");
    }

    #[test]
    fn what_the_twin_has_no_program_for_is_not_run() {
        let (mut world, pod) = run(&json!({"name": "debug", "image": "shop:1", "command": ["/srv/shop"]}), "Never");
        assert!(!world.begin_command(&pod, "debug"));
        assert_eq!(world.at(&pod).unwrap()["status"]["phase"], "Running");
    }
}
