//! The word `armed` through the real program: confirmed, killed at every record, fired meanwhile, undone.

use std::fs;

use super::ground::Ground;
use super::sshd::{Wire, until};

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
    ground.sshd.on_machine("cat /var/lib/runbook/armed/*/note /var/lib/runbook/armed/*/verdict 2>/dev/null; :")
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
    let Some(mut ground) = ground("\"10m\"") else { return };
    let mut points = 0;
    for record in 1.. {
        fs::write(ground.dir().join("conf/a"), "old\n").unwrap();
        ground.place = crate::place::Place::new();
        ground.write_site("site.toml", "m0");
        ground.says(&RUNBOOK.replace("WITHIN", "\"10m\""));
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
    until("the machine to put back", || states(&ground).contains("ended"));
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
    until("the machine to put back", || states(&ground).contains("ended") && text(&ground) == "old\n");
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
