//! The same on machines with systemd, real interfaces and a real boot: those of the lab (`tests/lab`).
//!
//! `RUNBOOK_LAB` is the ssh configuration that `tests/lab/lab up` names. These tests change and boot the machine `n3`.

use std::path::PathBuf;
use std::time::Duration;

use runbook_drivers::ssh::armed::{Guard, Plan, State};
use runbook_drivers::ssh::run::{Command, Program};
use runbook_drivers::ssh::{Machine, Machines, Remote, Settings};
use runbook_model::Value;

use super::block_on;
use super::sshd::say;

const PATIENCE: Duration = Duration::from_secs(180);

fn machine() -> Option<Remote> {
    let Some(config) = std::env::var_os("RUNBOOK_LAB").map(PathBuf::from) else {
        say("NOT RUN: `RUNBOOK_LAB` names no lab, and without it there is no machine with systemd");
        return None;
    };
    let machine = Machine { config: Some(config), ..Machine::new("n3") };
    Some(Machines::new(Settings::default()).machine(&machine))
}

async fn run(remote: &Remote, text: &str) -> String {
    let token = format!("lab-{}", std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos());
    let command = Command::new(Program::Shell(text.to_owned()));
    remote.start_or_attach(&token, &command, PATIENCE, |_, _| {}).await.unwrap().stdout
}

async fn until_fired(remote: &Remote, token: &str) -> runbook_drivers::ssh::armed::Note {
    for _ in 0..240 {
        if let Ok(State::Fired(note)) = remote.look_armed(token).await {
            return note;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("it did not fire: {:?}", remote.look_armed(token).await)
}

/// All of it in one test: there is one machine, and it boots.
#[test]
fn a_machine_with_systemd_tells_its_facts_and_keeps_its_word_over_a_reboot() {
    let Some(n3) = machine() else { return };
    block_on(async {
        let facts = n3.facts().await.unwrap();
        let has = |key: &str| facts.get(key).unwrap_or_else(|| panic!("no `{key}`"));
        assert_eq!(has("units").get("kubelet").unwrap().get("active"), Some(&Value::from("active")));
        assert!(has("iptables").to_string().contains(r#""owner":"kube""#), "{}", has("iptables"));
        assert!(has("routes").to_string().contains("/24"), "{}", has("routes"));
        assert!(has("cni").get("files").is_some() && has("containerd").to_string().contains("conf_dir"));
        say(&format!("facts of n3: {} bytes", facts.to_string().len()));

        let plan = Plan {
            files: vec!["/etc/runbook-lab/**".into()],
            units: vec!["systemd-logind*".into(), "cron-or-ssh-none*".into()],
            within: Duration::from_secs(3),
        };
        let prepare = "mkdir -p /etc/runbook-lab; rm -f /etc/runbook-lab/*; echo old >/etc/runbook-lab/a; \
                       rm -rf /var/lib/runbook/armed/fires /var/lib/runbook/armed/stays /var/lib/runbook/armed/late";
        run(&n3, prepare).await;
        fires(&n3, &plan).await;
        stays(&n3, &plan).await;
        fires_late(&n3, &plan).await;
        let left = run(&n3, "ls /etc/systemd/system | grep runbook-armed || echo none").await;
        assert_eq!(left, "none\n");
        n3.forget_armed(&["fires".into(), "stays".into(), "late".into()]).await.unwrap();
    });
}

async fn fires(n3: &Remote, plan: &Plan) {
    let before = n3.unit("systemd-logind").await.unwrap();
    let State::Armed { guard: Guard::Timer, files: 1, .. } = n3.arm("fires", plan).await.unwrap() else {
        panic!("not armed: {:?}", n3.look_armed("fires").await)
    };
    run(n3, "echo new >/etc/runbook-lab/a; echo x >/etc/runbook-lab/b").await;
    let note = until_fired(n3, "fires").await;
    assert_eq!((note.restored, note.removed), (vec!["/etc/runbook-lab/a".into()], vec!["/etc/runbook-lab/b".into()]));
    assert_eq!((note.restarted, note.trouble), (vec!["systemd-logind.service".into()], Vec::<String>::new()));
    let after = n3.unit("systemd-logind").await.unwrap();
    assert!(after.active == "active" && after.pid != before.pid, "{before:?} {after:?}");
}

async fn stays(n3: &Remote, plan: &Plan) {
    n3.arm("stays", &Plan { within: Duration::from_secs(600), ..plan.clone() }).await.unwrap();
    run(n3, "echo new >/etc/runbook-lab/a").await;
    n3.confirm("stays").await.unwrap();
    assert!(matches!(n3.fire("stays", PATIENCE).await.unwrap(), State::Confirmed { .. }));
    assert_eq!(run(n3, "cat /etc/runbook-lab/a; echo old >/etc/runbook-lab/a").await, "new\n");
}

/// Its deadline passes while it is down.
async fn fires_late(n3: &Remote, plan: &Plan) {
    let before = n3.boot_id().await.unwrap();
    n3.arm("late", &Plan { within: Duration::from_secs(4), ..plan.clone() }).await.unwrap();
    // The timer cannot fire before the boot: it is stopped as the machine goes down.
    let script = "echo new >/etc/runbook-lab/a; sync; systemctl stop runbook-armed-late.timer";
    n3.ask(script, true, PATIENCE).await.unwrap();
    n3.reboot(&before, PATIENCE).await.unwrap();
    let note = until_fired(n3, "late").await;
    say(&format!("late: armed for 4 s, fired at {} by the machine's clock, after its boot", note.at));
    assert_eq!(run(n3, "cat /etc/runbook-lab/a").await, "old\n");
}
