//! Short commands over shells that stay.

use std::time::Duration;

use runbook_drivers::ssh::{Answer, Remote};
use runbook_model::{Failure, code};

use super::sshd::{Sshd, Wire, until, written};
use super::{block_on, users};

async fn ask(remote: &Remote, script: &str) -> Result<Answer, Failure> {
    remote.ask(script, true, Duration::from_secs(20)).await
}

#[test]
fn a_command_gives_its_status_and_what_it_printed_on_each_channel() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        let answer = ask(&root, "echo out; echo err >&2; exit 3").await.unwrap();
        assert_eq!((answer.status, &answer.stdout[..], &answer.stderr[..]), (3, &b"out\n"[..], &b"err\n"[..]));
        let answer = ask(&root, "printf 'a\\000\\377b'; cat; cd /; X=1").await.unwrap();
        assert_eq!((answer.status, &answer.stdout[..]), (0, &b"a\0\xffb"[..]));
        assert_eq!(ask(&root, "echo \"$X\"; pwd").await.unwrap().text().lines().next(), Some(""));
        let text = "é'\"\\ $x `id`\n".repeat(20_000);
        let answer = ask(&root, &format!("cat <<'END'\n{text}END\n")).await.unwrap();
        assert_eq!(answer.text(), text);
        let answer = ask(&root, "if").await.unwrap();
        assert!(answer.status != 0 && !answer.stderr.is_empty());
        assert_eq!(ask(&root, "echo still here").await.unwrap().text(), "still here\n");
    });
}

#[test]
fn a_warm_command_takes_the_shell_that_is_there() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        let first = ask(&root, "echo $PPID $$").await.unwrap();
        for _ in 0..5 {
            assert_eq!(ask(&root, "echo $PPID $$").await.unwrap(), first);
        }
        // One that waits for the other: they cannot come after each other.
        let place = tempfile::tempdir().unwrap();
        let pipe = place.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        let (waits, writes) =
            (format!("read x <{0}; echo $$", pipe.display()), format!("echo >{0}; echo $$", pipe.display()));
        let (one, other) = tokio::join!(ask(&root, &waits), ask(&root, &writes));
        assert_ne!(one.unwrap(), other.unwrap());
    });
}

#[test]
fn every_kind_of_user_and_shell_is_understood() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let all = [("root", "0"), ("plain", "6001"), ("admin", "0"), ("loud", "6003"), ("busy", "0")];
    for (user, id) in all.into_iter().filter(|(user, _)| users::may_log_in(user)) {
        block_on(async {
            let remote = sshd.machines().machine(&sshd.machine(0, user));
            let answer = ask(&remote, "id -u; echo done >&2").await.unwrap();
            assert_eq!((answer.text().trim(), answer.complaint().as_str()), (id, "done"), "{user}");
        });
    }
}

#[test]
fn more_at_once_than_the_machine_has_sessions_for_wait_for_their_turn() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        let asks: Vec<_> = (0..40)
            .map(|number| {
                let root = root.clone();
                tokio::spawn(async move { ask(&root, &format!("sleep 0.05; echo {number}")).await })
            })
            .collect();
        for (number, ask) in asks.into_iter().enumerate() {
            assert_eq!(ask.await.unwrap().unwrap().text(), format!("{number}\n"));
        }
    });
}

#[test]
fn a_connection_that_is_lost_in_the_middle_leaves_it_open_whether_something_was_done() {
    let Some(mut sshd) = Sshd::start(Wire::Loopback) else { return };
    let mark = sshd.folder().join("begun");
    let script = format!("echo x > {}; sleep 1000", mark.display());
    let failure = block_on(async {
        let root = sshd.root();
        let waits = tokio::spawn(async move { ask(&root, &script).await });
        tokio::task::block_in_place(|| {
            until("the command", || written(&mark));
            sshd.stop_server(true);
        });
        waits.await.unwrap().unwrap_err()
    });
    assert_eq!((failure.code.as_str(), failure.may_have_acted, failure.retryable), (code::SSH_LOST, true, true));
    assert_eq!(failure.what, "machine `m0` was lost while a command ran");
}

#[test]
fn a_connection_that_was_lost_before_a_command_is_made_again_for_it() {
    let Some(mut sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        ask(&root, "true").await.unwrap();
        tokio::task::block_in_place(|| {
            sshd.stop_server(true);
            until("the end of the connection", || sshd.masters().is_empty());
            sshd.start_server();
        });
        assert_eq!(ask(&root, "echo again").await.unwrap().text(), "again\n");
    });
}

#[test]
fn a_command_that_takes_too_long_is_ended_on_the_machine() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        let failure = root.ask("sleep 4711", true, Duration::from_millis(300)).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_TIMEOUT, true));
        tokio::task::block_in_place(|| {
            until("the end of the command", || sshd.on_machine("pgrep -f 'sleep 471[1]' || echo none") == "none\n");
        });
        assert_eq!(ask(&root, "echo next").await.unwrap().text(), "next\n");
    });
}
