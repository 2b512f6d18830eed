//! The ssh driver, unchanged, against machines of the twin.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use runbook_drivers::ssh::armed::{Plan, State};
use runbook_drivers::ssh::files::Attributes;
use runbook_drivers::ssh::run::{Command, Look, Program};
use runbook_drivers::ssh::service::Action;
use runbook_drivers::ssh::{Machine, Machines, Remote, Settings};
use runbook_twin::clock::{Clock, Speed};
use runbook_twin::machines::power::Fault;
use runbook_twin::scene;
use runbook_twin::serve::{Running, Start, start};
use runbook_twin::world::World;

const PATIENCE: Duration = Duration::from_secs(60);

/// Twin machines behind their door, with a driver for them.
struct Twin {
    running: Running,
    folder: tempfile::TempDir,
}

impl Twin {
    fn new() -> Self {
        Self::of(scene::machines(7, Clock::today(), &["n1", "n2"]))
    }

    fn of(mut world: World) -> Self {
        let folder = tempfile::Builder::new().prefix("rbtwin").tempdir_in("/tmp").unwrap();
        world.on_machine("n1", |machine| machine.boot_time = Some(Duration::from_secs(30)));
        let begin = Start { world, speed: Speed::Jumping, folder: folder.path().to_owned(), port: 0 };
        // It has a runtime of its own.
        let running = std::thread::spawn(|| start(begin)).join().unwrap().unwrap();
        Self { running, folder }
    }

    fn remote(&self, name: &str, user: &str) -> Remote {
        let settings = Settings {
            connect: Duration::from_secs(10),
            folder: Some(self.folder.path().join("c")),
            ..Settings::default()
        };
        let machine = Machine {
            name: name.to_owned(),
            address: name.to_owned(),
            user: Some(user.to_owned()),
            sudo: user != "root",
            config: Some(self.running.ssh_config.clone()),
            ..Machine::default()
        };
        Machines::new(settings).machine(&machine)
    }
}

fn here() -> bool {
    Path::new("/usr/bin/ssh").exists()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

fn shell(text: &str) -> Command {
    Command::new(Program::Shell(text.to_owned()))
}

#[test]
fn a_command_runs_once_and_gives_what_it_printed() {
    if !here() {
        return;
    }
    block_on(async {
        let twin = Twin::new();
        for user in ["root", "ops"] {
            let remote = twin.remote("n1", user);
            let mut command = shell("echo \"$GREETING\"; pwd; cat; echo err >&2; printf '\\377'; exit 3");
            command.env = vec![("GREETING".into(), "it's me".into())];
            command.cwd = Some("/usr".into());
            command.stdin = Some(b"a\nb\\'%s\n".to_vec());
            command.ok = vec![3];
            let done = remote.start_or_attach(&format!("t.{user}"), &command, PATIENCE, |_, _| {}).await.unwrap();
            assert_eq!((done.status, done.stdout.as_str()), (3, "it's me\n/usr\na\nb\\'%s\n\u{fffd}"), "{user}");
            assert_eq!(done.stderr, "err\n", "{user}");
        }
        let remote = twin.remote("n1", "root");
        let command =
            shell("echo x >>/root/count; i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i + 1)); sleep 0.05; done");
        let done = remote.start_or_attach("once", &command, PATIENCE, |_, _| {}).await.unwrap();
        assert_eq!(done.stdout.lines().count(), 30);
        remote.start_or_attach("once", &command, PATIENCE, |_, _| {}).await.unwrap();
        assert_eq!(remote.read("/root/count").await.unwrap(), "x\n");
        assert!(matches!(remote.look("once").await.unwrap(), Look::Done(_)));
        remote.forget(&["once".to_owned()]).await.unwrap();
        assert!(matches!(remote.look("once").await.unwrap(), Look::Never));
        assert_eq!(twin.running.world().machine("n1").unwrap().unknown.as_slice(), []);
    });
}

#[test]
fn a_command_survives_the_loss_of_its_connection_and_a_boot_cuts_it_off() {
    if !here() {
        return;
    }
    block_on(async {
        let twin = Twin::new();
        let remote = twin.remote("n1", "root");
        twin.running.on_machine("n1", |machine| {
            machine.plant(Fault::Cut { words: "sleep 7".into(), after: Duration::from_secs(1) });
        });
        let done = remote.start_or_attach("cut", &shell("echo a; sleep 7; echo b"), PATIENCE, |_, _| {}).await.unwrap();
        assert_eq!((done.status, done.stdout.as_str()), (0, "a\nb\n"));
        let before = remote.boot_id().await.unwrap();
        let rebooted = remote.reboot(&before, PATIENCE).await.unwrap();
        assert_eq!(rebooted.before, before);
        assert_ne!(rebooted.after, before);
    });
}

#[test]
fn files_are_written_read_listed_and_taken_away() {
    if !here() {
        return;
    }
    block_on(async {
        let twin = Twin::new();
        for user in ["root", "ops"] {
            let remote = twin.remote("n2", user);
            let attributes = Attributes { mode: Some(0o640), owner: Some("ops:adm".into()) };
            let path = format!("/etc/{user}.conf");
            assert!(remote.write(&path, b"one\n\xff", &attributes).await.unwrap().changed);
            assert!(!remote.write(&path, b"one\n\xff", &Attributes::default()).await.unwrap().changed);
            let stat = remote.stat(&path, true).await.unwrap();
            assert_eq!((stat.mode, stat.owner.as_str(), stat.group.as_str(), stat.size), (0o640, "ops", "adm", 5));
            assert_eq!(remote.read_bytes(&path).await.unwrap(), b"one\n\xff");
            let listed = remote.list("/etc", true).await.unwrap();
            assert!(listed.iter().any(|entry| format!("/etc/{}", entry.name) == path));
            let large = vec![7; 300_000];
            remote.write("/srv/large", &large, &Attributes::default()).await.unwrap();
            assert_eq!(remote.read_bytes("/srv/large").await.unwrap(), large);
            remote.remove(&path).await.unwrap();
            assert!(!remote.exists(&path).await.unwrap());
        }
    });
}

#[test]
fn services_settings_and_facts_are_those_of_the_machine() {
    if !here() {
        return;
    }
    block_on(async {
        let twin = Twin::new();
        let remote = twin.remote("n1", "ops");
        let done = remote.service("cron", Action::Restart, PATIENCE).await.unwrap();
        assert_eq!((done.after.active.as_str(), done.after.enabled.as_str()), ("active", "enabled"));
        assert_ne!(done.before.pid, done.after.pid);
        assert!(remote.service("nosuch", Action::Start, PATIENCE).await.is_err());
        assert_eq!(remote.set_sysctl("net.ipv4.ip_forward", "1").await.unwrap(), "0");
        assert_eq!(remote.sysctls(&["net.ipv4.ip_forward"]).await.unwrap()["net.ipv4.ip_forward"], "1");
        let facts = remote.facts().await.unwrap();
        let text = format!("{facts:?}");
        assert!(text.contains("6.12.48+deb13-amd64") && text.contains("trixie"), "{text}");
    });
}

#[test]
fn an_armed_machine_takes_back_by_itself_what_nobody_confirmed() {
    if !here() {
        return;
    }
    block_on(async {
        let twin = Twin::new();
        let remote = twin.remote("n1", "root");
        remote.mkdir("/etc/conf.d", None).await.unwrap();
        remote.write("/etc/conf.d/a", b"before\n", &Attributes::default()).await.unwrap();
        let plan = Plan {
            files: vec!["/etc/conf.d/*".into()],
            units: vec!["cron.service".into()],
            within: Duration::from_secs(600),
        };
        remote.arm("armed", &plan).await.unwrap();
        // Nobody waits yet, so the ten minutes are not over; a command that takes longer is waited for.
        remote.write("/etc/conf.d/b", b"new\n", &Attributes::default()).await.unwrap();
        remote.start_or_attach("wait", &shell("sleep 700"), PATIENCE, |_, _| {}).await.unwrap();
        let state = remote.look_armed("armed").await.unwrap();
        assert!(matches!(state, State::Fired(_)), "{state:?}");
        assert_eq!(remote.read("/etc/conf.d/a").await.unwrap(), "before\n");
    });
}

#[test]
fn who_cuts_himself_off_gets_his_machine_back() {
    if !here() {
        return;
    }
    block_on(async {
        let twin = Twin::of(scene::read(scene::text("three").unwrap(), Clock::today()).unwrap().world);
        let remote = twin.remote("n2", "root");
        remote.write("/etc/sysctl.d/90-mine.conf", b"old\n", &Attributes::default()).await.unwrap();
        let plan = Plan {
            files: vec!["/etc/sysctl.d/**".into()],
            units: vec!["systemd-networkd".into()],
            within: Duration::from_secs(180),
        };
        remote.arm("cut", &plan).await.unwrap();
        let cuts = shell("echo new >/etc/sysctl.d/90-mine.conf; ip link set eth0 down; sleep 600");
        let lost = remote.start_or_attach("cuts", &cuts, Duration::from_secs(3), |_, _| {}).await;
        assert!(
            lost.is_err()
                || !twin.running.world().machine("n2").unwrap().text("/etc/sysctl.d/90-mine.conf").contains("new")
        );
        let mut state = None;
        for _ in 0..60 {
            state = remote.look_armed("cut").await.ok();
            if matches!(state, Some(State::Fired(_))) {
                break;
            }
        }
        assert!(matches!(state, Some(State::Fired(_))), "{state:?}");
        assert_eq!(remote.read("/etc/sysctl.d/90-mine.conf").await.unwrap(), "old\n");
    });
}

#[test]
fn somebody_who_types_sees_a_prompt_what_they_type_and_what_comes_of_it() {
    if !here() {
        return;
    }
    block_on(async {
        let twin = Twin::new();
        let ssh = |words: &[&str]| {
            let mut ssh = tokio::process::Command::new("ssh");
            ssh.arg("-F").arg(&twin.running.ssh_config).args(words).stdin(std::process::Stdio::piped());
            ssh.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).kill_on_drop(true);
            ssh.spawn().unwrap()
        };
        let mut typing = ssh(&["-tt", "n1"]);
        let (mut keys, mut screen) = (typing.stdin.take().unwrap(), typing.stdout.take().unwrap());
        let mut text = String::new();
        for (until, line) in
            [("~# ", "cd /etc; ecko\x7f\x7fho $(test -t 0 && tty)\r"), ("/etc# ", "cat\r"), ("cat\r\n", "\x03exit 3\r")]
        {
            while !text.contains(until) {
                let mut some = [0; 512];
                let read = screen.read(&mut some).await.unwrap();
                assert_ne!(read, 0, "{text:?}");
                text.push_str(&String::from_utf8_lossy(&some[..read]));
            }
            keys.write_all(line.as_bytes()).await.unwrap();
        }
        screen.read_to_string(&mut text).await.unwrap();
        let seen = typing.wait_with_output().await.unwrap();
        assert_eq!(seen.status.code(), Some(3), "{text}");
        assert!(text.contains("root@n1:~# ") && text.contains("/dev/pts/0\r\nroot@n1:/etc# "), "{text:?}");
        assert!(text.contains("ecko\x08 \x08\x08 \x08ho"), "{text:?}");
        drop(keys);
        let seen = ssh(&["-T", "n1", "tty"]).wait_with_output().await.unwrap();
        assert_eq!((seen.status.code(), seen.stdout.as_slice()), (Some(1), b"not a tty\n".as_slice()));
    });
}
