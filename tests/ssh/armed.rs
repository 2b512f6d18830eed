//! Machines that take changes back by themselves: armed, confirmed, fired, and the word that does it.

use std::fs;
use std::time::Duration;

use runbook_drivers::ssh::armed::{Arm, State};
use runbook_model::code;

use super::block_on;
use super::ground::Ground;
use super::sshd::{Sshd, Wire, until};

fn files(sshd: &Sshd) -> std::path::PathBuf {
    let files = sshd.folder().join("conf");
    fs::create_dir_all(files.join("deep")).unwrap();
    fs::write(files.join("a b"), "old\n").unwrap();
    fs::write(files.join("deep/c"), "deep\n").unwrap();
    std::os::unix::fs::symlink("a b", files.join("link")).unwrap();
    files
}

fn arm(sshd: &Sshd, seconds: u64) -> Arm {
    let files = vec![format!("{}/conf/**", sshd.folder().display())];
    Arm { files, units: vec!["k3s*".into()], within: Duration::from_secs(seconds) }
}

/// Changes one, removes one, replaces a link, adds one.
fn change(files: &std::path::Path) {
    fs::write(files.join("a b"), "new\n").unwrap();
    fs::remove_file(files.join("deep/c")).unwrap();
    fs::remove_file(files.join("link")).unwrap();
    fs::write(files.join("link"), "no link\n").unwrap();
    fs::write(files.join("deep/added"), "x\n").unwrap();
}

fn is_as_before(files: &std::path::Path) -> bool {
    fs::read_to_string(files.join("a b")).is_ok_and(|text| text == "old\n")
        && fs::read_to_string(files.join("deep/c")).is_ok_and(|text| text == "deep\n")
        && fs::read_link(files.join("link")).is_ok_and(|to| to.as_os_str() == "a b")
        && !files.join("deep/added").exists()
}

#[test]
fn a_machine_that_is_not_confirmed_in_time_puts_back_what_it_kept_and_says_so() {
    for user in ["root", "busy"] {
        let Some(sshd) = Sshd::start(Wire::Cable) else { return };
        let files = files(&sshd);
        block_on(async {
            let remote = sshd.machines().machine(&sshd.machine(0, user));
            assert_eq!(remote.armed("t").await.unwrap(), State::Never);
            let state = remote.arm("t", &arm(&sshd, 2)).await.unwrap();
            assert!(matches!(state, State::Armed { left } if left <= Duration::from_secs(2)), "{state:?}");
            assert!(matches!(remote.arm("t", &arm(&sshd, 2)).await.unwrap(), State::Armed { .. }));
            change(&files);
            // Nobody can be reached meanwhile.
            sshd.cut();
        });
        until("the machine to put back", || is_as_before(&files));
        sshd.mend();
        block_on(async {
            let remote = sshd.machines().machine(&sshd.machine(0, user));
            until("the end", || sshd.on_machine("ls /var/lib/runbook/armed/t").contains("whole"));
            let State::Fired(note) = remote.armed("t").await.unwrap() else { panic!("it has not fired") };
            assert!(note.whole && note.failed.is_empty(), "{note:?}");
            assert_eq!((note.restored.len(), note.removed.len()), (3, 1), "{note:?}");
            let failure = remote.confirm("t", Duration::from_secs(5)).await.unwrap_err();
            assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_ARMED, false));
            assert_eq!(failure.causes, ["`m0` has put back 4 files and restarted 0 units"]);
            remote.forget_armed(&["t".to_owned()]).await.unwrap();
            assert_eq!(remote.armed("t").await.unwrap(), State::Never);
        });
    }
}

#[test]
fn a_machine_that_is_confirmed_keeps_the_new() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let files = files(&sshd);
    block_on(async {
        let root = sshd.root();
        root.arm("t", &arm(&sshd, 2)).await.unwrap();
        change(&files);
        root.confirm("t", Duration::from_secs(5)).await.unwrap();
        root.confirm("t", Duration::from_secs(5)).await.unwrap();
        assert_eq!(root.fire("t").await.unwrap(), State::Confirmed);
        assert_eq!(root.armed("t").await.unwrap(), State::Confirmed);
    });
    until("the watcher to be gone", || !sshd.on_machine("ps ax").contains("./watch"));
    assert_eq!(fs::read_to_string(files.join("a b")).unwrap(), "new\n");
    let kept = sshd.on_machine("ls /var/lib/runbook/armed/t");
    assert!(!kept.contains("saved"), "what was kept is gone: {kept}");
}

#[test]
fn a_machine_without_systemd_that_was_booted_says_that_nothing_waits_and_can_be_told_to_put_back() {
    let Some(mut sshd) = Sshd::start(Wire::Loopback) else { return };
    let files = files(&sshd);
    block_on(async { sshd.root().arm("t", &arm(&sshd, 60)).await.unwrap() });
    change(&files);
    sshd.power_off();
    sshd.new_boot_id();
    sshd.power_on();
    block_on(async {
        let root = sshd.root();
        assert_eq!(root.armed("t").await.unwrap(), State::Unwatched);
        assert!(matches!(root.fire("t").await.unwrap(), State::Fired(_)));
        assert!(is_as_before(&files));
    });
}

#[test]
fn what_cannot_be_armed_is_refused_before_anything_is_sent() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let root = sshd.root();
        let refused = async |arm: Arm| root.arm("t", &arm).await.unwrap_err().code;
        assert_eq!(refused(Arm { files: vec!["/**".into()], ..arm(&sshd, 5) }).await, code::VALUE_BAD);
        assert_eq!(refused(Arm { units: vec!["$(id)".into()], ..arm(&sshd, 5) }).await, code::VALUE_BAD);
        assert_eq!(refused(arm(&sshd, 0)).await, code::VALUE_BAD);
        assert_eq!(root.armed("t").await.unwrap(), State::Never);
    });
}

/// A body of one step, in which the run can be held.
const RUNBOOK: &str = r#"
let kept = armed("m0", #{ files: ["DIR/conf/**"], within: WITHIN }, || {
    step("switch", || { ssh::write("m0", "DIR/conf/a", "new\n"); });
    step("hold", || ssh::run("m0", "while [ -e DIR/hold ]; do sleep 0.05; done"));
    check("it is new", || ssh::read("m0", "DIR/conf/a") == "new\n");
    7
});
say(`kept ${kept}`);
"#;

fn ground(within: &str) -> Option<Ground> {
    let ground = Ground::new(Wire::Loopback, &RUNBOOK.replace("WITHIN", within))?;
    fs::create_dir(ground.dir().join("conf")).unwrap();
    fs::write(ground.dir().join("conf/a"), "old\n").unwrap();
    Some(ground)
}

fn text(ground: &Ground) -> String {
    fs::read_to_string(ground.dir().join("conf/a")).unwrap()
}

fn states(ground: &Ground) -> String {
    ground.sshd.on_machine("cat /var/lib/runbook/armed/*/decision 2>/dev/null; :")
}

#[test]
fn a_body_that_is_done_is_confirmed_and_an_undo_takes_it_back() {
    let Some(ground) = ground("\"2m\"") else { return };
    ground.run(&[]).exits(0).says("kept 7");
    assert_eq!(text(&ground), "new\n");
    assert_eq!(ground.sshd.on_machine("ls /var/lib/runbook/armed | wc -l").trim(), "0", "no notes are left");
    ground.undo().exits(0);
    assert_eq!(text(&ground), "old\n");
}

#[test]
fn a_run_that_is_killed_after_any_record_of_an_armed_body_goes_on_while_the_machine_waits() {
    let mut points = 0;
    for record in 1.. {
        let Some(ground) = ground("\"10m\"") else { return };
        if ground.run(&["--die-after", &record.to_string()]).code == Some(0) {
            break;
        }
        let resumed = ground.resume();
        if resumed.code != Some(0) {
            resumed.exits(2).says("is done");
        } else {
            assert_eq!(states(&ground), "", "nothing is left, killed after record {record}");
        }
        assert_eq!(text(&ground), "new\n", "killed after record {record}");
        points += 1;
    }
    assert!(points > 12, "only {points} points were tried");
}

#[test]
fn a_machine_that_has_fired_meanwhile_is_told_of_and_the_body_is_run_again_only_from_its_beginning() {
    let Some(ground) = ground("\"2s\"") else { return };
    let hold = ground.dir().join("hold");
    fs::write(&hold, "").unwrap();
    let engine = ground.begin(&[]);
    until("the change", || text(&ground) == "new\n");
    ground.kill(engine);
    until("the machine to put back", || states(&ground) == "fired\n");
    fs::remove_file(&hold).unwrap();
    let told = ground.resume().exits(1).says("ssh.armed").says("`m0` was not confirmed in time");
    told.says("has put back 1 file").says("--redo 'armed[m0]'");
    assert_eq!(text(&ground), "old\n");
    ground.says(&RUNBOOK.replace("WITHIN", "\"2m\""));
    ground.place.resume(&["--redo", "armed[m0]"]).exits(0).says("kept 7");
    assert_eq!(text(&ground), "new\n");
}

#[test]
fn a_body_that_takes_too_long_fails_with_what_the_machine_noted() {
    let Some(ground) = ground("\"1s\"") else { return };
    fs::write(ground.dir().join("hold"), "").unwrap();
    let engine = ground.begin(&[]);
    until("the machine to put back", || states(&ground) == "fired\n" && text(&ground) == "old\n");
    // What the check looks at is the file, and the file is the old one again.
    fs::write(ground.dir().join("conf/a"), "new\n").unwrap();
    fs::remove_file(ground.dir().join("hold")).unwrap();
    let output = engine.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("ssh.armed") && said.contains("was not confirmed in time"), "{said}");
}

#[test]
fn an_undo_of_a_run_that_failed_in_the_body_has_the_machine_put_back_at_once() {
    let Some(ground) = ground("\"10m\"") else { return };
    ground.says(
        "armed(\"m0\", #{ files: [\"DIR/conf/**\"], within: \"10m\" }, || {\n\
         step(\"switch\", || ssh::run(\"m0\", \"echo new > DIR/conf/a; echo x > DIR/conf/b\"));\n\
         check(\"it works\", || false);\n});",
    );
    ground.run(&[]).exits(3).says("`m0` puts back what it kept unless");
    assert_eq!(text(&ground), "new\n");
    ground.undo().exits(0);
    assert_eq!(text(&ground), "old\n");
    assert!(!ground.dir().join("conf/b").exists());
}
