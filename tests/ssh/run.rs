//! Commands that run once, whatever happens.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use runbook_drivers::ssh::Remote;
use runbook_drivers::ssh::run::{Command, Evidence, Finished, Look, Program};
use runbook_model::{Failure, Value, code};

use super::sshd::{Sshd, Wire, until, written};
use super::{block_on, users};

const PATIENCE: Duration = Duration::from_secs(60);

fn shell(text: &str) -> Command {
    Command::new(Program::Shell(text.to_owned()))
}

async fn run(remote: &Remote, token: &str, command: &Command) -> Result<Finished, Failure> {
    remote.start_or_attach(token, command, PATIENCE, |_, _| {}).await
}

/// A command that counts its executions and then goes on for a while, ending with 7.
fn counted(sshd: &Sshd, lines: u32) -> (Command, PathBuf) {
    let count = sshd.folder().join("count");
    let text = format!(
        "echo x >> {}; i=0; while [ $i -lt {lines} ]; do echo line $i; echo err $i >&2; i=$((i + 1)); sleep 0.05; done; exit 7",
        count.display()
    );
    (Command { ok: vec![7], ..shell(&text) }, count)
}

fn whole(lines: u32) -> Finished {
    let text = |word: &str| (0..lines).map(|line| format!("{word} {line}\n")).collect();
    Finished { status: 7, stdout: text("line"), stderr: text("err"), cut: false }
}

#[test]
fn a_command_gives_its_status_and_its_output_on_every_kind_of_machine() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    for user in users::here(["root", "plain", "admin", "loud", "busy"]) {
        block_on(async {
            let remote = sshd.machines().machine(&sshd.machine(0, user));
            let mut command = shell("echo \"$GREETING\"; pwd; cat; echo err >&2; printf '\\377'; exit 3");
            command.env = vec![("GREETING".into(), "it's me".into())];
            command.cwd = Some("/usr".into());
            command.stdin = Some(b"a\nb\\'%s\n".to_vec());
            command.ok = vec![3];
            let done = run(&remote, &format!("t.{user}"), &command).await.unwrap();
            assert_eq!((done.status, done.stdout.as_str()), (3, "it's me\n/usr\na\nb\\'%s\n\u{fffd}"), "{user}");
            assert_eq!((done.stderr.as_str(), done.cut), ("err\n", false), "{user}");
            let words =
                Command::new(Program::Words(["printf", "%s|", "$HOME", "a b", "`id`;"].map(str::to_owned).to_vec()));
            assert_eq!(run(&remote, &format!("w.{user}"), &words).await.unwrap().stdout, "$HOME|a b|`id`;|");
        });
    }
}

#[test]
fn a_command_runs_as_the_user_it_names() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let machines = sshd.machines();
        let command = Command { user: Some("plain".into()), ..shell("id -un; cat") };
        let command = Command { stdin: Some(b"in\n".to_vec()), ..command };
        let root = machines.machine(&sshd.machine(0, "root"));
        assert_eq!(run(&root, "as", &command).await.unwrap().stdout, "plain\nin\n");
        let plain = machines.machine(&sshd.machine(0, "loud"));
        let failure = run(&plain, "as", &command).await.unwrap_err();
        assert_eq!(failure.causes, ["only root can run as another user"]);
        assert!(!failure.may_have_acted);
    });
}

#[test]
fn an_exit_with_an_error_carries_what_the_command_said() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        let failure = run(&root, "a", &shell("echo half; echo 'no such pool' >&2; exit 3")).await.unwrap_err();
        assert_eq!(failure.code, code::SSH_EXIT);
        assert_eq!(failure.causes, ["no such pool"]);
        assert!(failure.retryable && !failure.may_have_acted);
        assert_eq!(failure.data.unwrap().get("stdout"), Some(&Value::from("half\n")));
        let failure = run(&root, "b", &shell("no-such-program")).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.retryable), (code::SSH_EXIT, false));
        let failure = run(&root, "c", &shell("kill -9 $$")).await.unwrap_err();
        assert!(failure.may_have_acted && failure.what.contains("signal 9"), "{failure}");
    });
}

#[test]
fn a_second_start_of_a_token_is_the_first_one() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (command, count) = counted(&sshd, 3);
    block_on(async {
        let root = sshd.root();
        assert_eq!(root.look("t").await.unwrap(), Look::Never);
        for _ in 0..3 {
            assert_eq!(run(&root, "t", &command).await.unwrap(), whole(3));
        }
        assert_eq!(root.look("t").await.unwrap(), Look::Done(whole(3)));
        root.forget(&["t".into()]).await.unwrap();
        assert_eq!(root.look("t").await.unwrap(), Look::Never);
    });
    assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n");
}

#[test]
fn engines_that_race_for_a_token_run_it_once_and_all_hear_it() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (command, count) = counted(&sshd, 5);
    block_on(async {
        let runs: Vec<_> = (0..6)
            .map(|_| {
                let (root, command) = (sshd.root(), command.clone());
                tokio::spawn(async move {
                    root.connect().await.unwrap();
                    run(&root, "race", &command).await
                })
            })
            .collect();
        for run in runs {
            assert_eq!(run.await.unwrap().unwrap(), whole(5));
        }
    });
    assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n");
}

#[test]
fn lines_are_heard_while_the_command_runs() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let go = sshd.folder().join("go");
    let heard = RefCell::new(Vec::new());
    let text = format!("echo ready; until [ -e {} ]; do sleep 0.05; done; echo went", go.display());
    block_on(async {
        let root = sshd.root();
        let command = shell(&text);
        let done = root.start_or_attach("t", &command, PATIENCE, |line, error| {
            heard.borrow_mut().push((line.to_owned(), error));
            std::fs::write(&go, "").unwrap();
        });
        assert_eq!(done.await.unwrap().stdout, "ready\nwent\n");
    });
    assert_eq!(heard.into_inner(), [("ready".to_owned(), false), ("went".to_owned(), false)]);
}

/// Runs a counted command, does `harm` once it has begun, and expects its one whole end.
fn survives(wire: Wire, harm: impl FnOnce(&mut Sshd)) {
    let Some(mut sshd) = Sshd::start(wire) else { return };
    let (command, count) = counted(&sshd, 40);
    block_on(async {
        let root = sshd.root();
        let runs = tokio::spawn(async move { run(&root, "t", &command).await });
        tokio::task::block_in_place(|| {
            until("the command", || written(&count));
            harm(&mut sshd);
        });
        assert_eq!(runs.await.unwrap().unwrap(), whole(40));
    });
    assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n");
}

#[test]
fn a_command_outlives_its_connection() {
    survives(Wire::Loopback, |sshd| {
        for master in sshd.masters() {
            std::process::Command::new("kill").args(["-9", &master.to_string()]).status().unwrap();
        }
    });
}

#[test]
fn a_command_outlives_the_server_it_came_over() {
    survives(Wire::Loopback, |sshd| {
        sshd.stop_server(true);
        sshd.start_server();
    });
}

#[test]
fn a_command_outlives_a_cable_that_is_cut() {
    survives(Wire::Cable, |sshd| {
        sshd.cut();
        until("the end of the connection", || sshd.masters().is_empty());
        sshd.mend();
    });
}

#[test]
fn a_slow_cable_costs_time_and_nothing_else() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let slow = sshd.slow(Duration::from_millis(60));
    let (command, count) = counted(&sshd, 20);
    block_on(async {
        let remote = sshd.machines().machine(&slow);
        assert_eq!(run(&remote, "t", &command).await.unwrap(), whole(20));
    });
    assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n");
}

#[test]
fn a_run_that_was_dropped_is_taken_up_again_where_it_was_heard() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (command, count) = counted(&sshd, 40);
    block_on(async {
        let root = sshd.root();
        let (first, again) = (root.clone(), command.clone());
        let runs = tokio::spawn(async move { run(&first, "t", &again).await });
        tokio::task::block_in_place(|| until("the command", || written(&count)));
        runs.abort();
        assert!(matches!(root.look("t").await.unwrap(), Look::Running));
        let done = root.attach("t", &command, [14, 6], PATIENCE, |_, _| {}).await.unwrap();
        assert_eq!(done.stdout, whole(40).stdout[14..]);
        assert_eq!(done.stderr, whole(40).stderr[6..]);
    });
    assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n");
}

#[test]
fn a_machine_that_went_down_in_the_middle_says_that_the_command_was_cut_off() {
    let Some(mut sshd) = Sshd::start(Wire::Loopback) else { return };
    let command = shell("echo begun; sleep 1000");
    block_on(async {
        let root = sshd.root();
        let (same, again) = (root.clone(), command.clone());
        let runs = tokio::spawn(async move { run(&same, "t", &again).await });
        let out = sshd.folder().join("lib/runbook/run/t/out");
        tokio::task::block_in_place(|| {
            until("the command", || std::fs::read_to_string(&out).is_ok_and(|text| text == "begun\n"));
            sshd.power_off();
            sshd.new_boot_id();
            sshd.power_on();
        });
        let failure = runs.await.unwrap().unwrap_err();
        assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_CUT_OFF, true));
        assert!(failure.causes[0].starts_with("the machine was booted since"), "{:?}", failure.causes);
        let Look::CutOff { evidence: Evidence::Booted { .. }, left } = root.look("t").await.unwrap() else {
            panic!("not cut off")
        };
        assert_eq!(left.stdout, "begun\n");
        assert_eq!(run(&root, "t", &command).await.unwrap_err().code, code::SSH_CUT_OFF);
    });
}

#[test]
fn a_command_killed_with_all_that_watched_over_it_is_cut_off_and_one_that_only_lost_its_watcher_runs() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        let same = root.clone();
        let runs = tokio::spawn(async move { run(&same, "t", &shell("echo begun; sleep 1000")).await });
        let group = sshd.folder().join("lib/runbook/run/t/group");
        let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        // Before it has begun, it ends with its watcher.
        tokio::task::block_in_place(|| until("the command", || read(&group.with_file_name("out")) == "begun\n"));
        let watcher = read(&group.with_file_name("go"));
        sshd.on_machine(&format!("kill -9 {}", watcher.split(' ').next().unwrap()));
        assert_eq!(root.look("t").await.unwrap(), Look::Running);
        sshd.on_machine(&format!("kill -9 {}", read(&group).trim()));
        let failure = runs.await.unwrap().unwrap_err();
        assert_eq!(failure.code, code::SSH_CUT_OFF);
        assert!(matches!(root.look("t").await.unwrap(), Look::CutOff { evidence: Evidence::Gone { .. }, .. }));
    });
}

#[test]
fn a_command_that_takes_too_long_is_ended_by_the_machine_with_all_it_started() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    for user in users::here(["root", "busy"]) {
        block_on(async {
            let remote = sshd.machines().machine(&sshd.machine(0, user));
            let command = Command { timeout: Some(Duration::from_secs(1)), ..shell("sleep 4712 & sleep 4712") };
            let failure = run(&remote, user, &command).await.unwrap_err();
            assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_TIMEOUT, true));
            assert_eq!(failure.what, "`sleep 4712 & sleep 4712` took longer than 1s on `m0` and was ended");
        });
        until("the end of the command", || sshd.on_machine("pgrep -f 'sleep 471[2]' || echo none") == "none\n");
    }
}

#[test]
fn a_command_can_be_ended_and_its_end_is_its_own() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        root.end("never", "TERM").await.unwrap();
        let same = root.clone();
        let command = shell("trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.05; done");
        let runs = tokio::spawn(async move { run(&same, "t", &command).await });
        let out = sshd.folder().join("lib/runbook/run/t/out");
        tokio::task::block_in_place(|| until("the command", || std::fs::read(&out).is_ok_and(|out| out == b"up\n")));
        root.end("t", "TERM").await.unwrap();
        let failure = runs.await.unwrap().unwrap_err();
        assert_eq!(failure.data.unwrap().get("status"), Some(&Value::Int(9)));
        root.end("t", "KILL").await.unwrap();
    });
}

#[test]
fn output_beyond_what_is_kept_does_not_fill_the_disk_and_is_said_to_be_cut() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        let command = shell("head -c 40000000 /dev/zero; sleep 1; echo end >&2");
        let done = run(&root, "t", &command).await.unwrap();
        assert_eq!((done.status, done.stdout.len(), done.cut), (0, runbook_drivers::ssh::run::OUTPUT_BYTES_MAX, true));
        assert_eq!(done.stderr, "end\n");
        let kept = sshd.folder().join("lib/runbook/run/t/out").metadata().unwrap().len();
        assert_eq!(kept, done.stdout.len() as u64);
    });
}

#[test]
fn something_left_in_the_background_does_not_hold_the_run() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let done = run(&sshd.root(), "t", &shell("sleep 4713 & echo last words")).await.unwrap();
        assert_eq!(done.stdout, "last words\n");
    });
    assert!(sshd.on_machine("pgrep -f 'sleep 471[3]'").ends_with('\n'));
}

#[test]
fn what_a_command_is_stands_in_no_list_of_processes() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let mut command = shell("tr '\\0' ' ' </proc/$PPID/cmdline; cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
        command.env = vec![("PASSWORD".into(), "hunter2".into())];
        let done = run(&sshd.root(), "t", &command).await.unwrap();
        assert!(!done.stdout.contains("hunter2") && done.stdout.contains("sh"));
    });
}
