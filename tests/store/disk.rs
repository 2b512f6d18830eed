//! Places that cannot be written, and disks without room.

use std::fs;
use std::process::Command;

use super::killed;
use crate::place::{Ended, Place};

/// Runs a shell script that may mount what it likes without anybody else seeing it; none where that is not allowed
/// here. `$RUNBOOK` is the program.
fn with_own_mounts(place: &Place, script: &str) -> Option<Ended> {
    let mut command = Command::new("unshare");
    let who: &[&str] = if rustix::process::getuid().is_root() { &["-m"] } else { &["-rm"] };
    command.args(who).args(["sh", "-c", &format!("mount -t tmpfs none /mnt || exit 99\n{script}")]);
    command.env("RUNBOOK", env!("CARGO_BIN_EXE_runbook")).env("NO_COLOR", "1");
    command.current_dir(place.path(""));
    let ended = command.output().is_ok().then(|| place.ended(&mut command));
    let ended = ended.filter(|ended| ended.code != Some(99) && !ended.err.contains("unshare failed"));
    if ended.is_none() {
        crate::sweeps::tell("skipped: this machine lets nobody mount a small disk");
    }
    ended
}

#[test]
fn a_full_disk_is_told_and_the_run_goes_on_once_there_is_room() {
    let place = Place::saying(
        r#"
        let text = "";
        for n in 0..1000 { text += "0123456789"; }
        for n in 0..64 { step("fill", #{ key: n }, || `${n} ${text}`); }
        "all"
        "#,
    );
    let script = r#"
        mount -o remount,size=400k /mnt
        runbook() { "$RUNBOOK" --state /mnt/state --output lines "$@"; }
        runbook run main.rhai; echo "first $?"
        runbook export last > before.jsonl; echo "export $?"
        runbook run main.rhai --resume; echo "still full $?"
        mount -o remount,size=64m /mnt
        runbook run main.rhai --resume; echo "second $?"
        runbook export last > after.jsonl
    "#;
    let Some(ended) = with_own_mounts(&place, script) else { return };
    let ended = ended.says("store.full").says("first 1").says("export 0").says("still full 1").says("second 0");
    let (before, after) =
        ["before.jsonl", "after.jsonl"].map(|file| fs::read_to_string(place.path(file)).unwrap()).into();
    assert!(after.starts_with(&before), "{ended:?}");
    assert!(before.lines().count() > 10 && before.lines().count() < 100, "{}", before.lines().count());
    assert_eq!(after.matches("step_settled").count(), 64);
}

#[test]
fn a_store_that_cannot_be_written_is_told_before_anything_is_done() {
    let place = killed();
    let script = r#"
        cp -r state /mnt/state && mount -o remount,ro /mnt
        runbook() { "$RUNBOOK" --state /mnt/state --output lines "$@"; }
        runbook run main.rhai; echo "run $?"
        runbook run main.rhai --resume; echo "resume $?"
        "$RUNBOOK" --state /mnt/new run main.rhai; echo "new $?"
    "#;
    let before = place.effects();
    let Some(ended) = with_own_mounts(&place, script) else { return };
    ended.says("run 2").says("resume 2").says("new 2").says("store.trouble").says("--state");
    assert_eq!(place.effects(), before);
}

#[test]
fn a_state_directory_that_is_a_file_or_cannot_be_made_is_told() {
    let place = Place::saying("step(\"one\", || 1)\n");
    fs::write(place.state(), "a file").unwrap();
    place.run(&[]).exits(2).says("store.trouble").says("state").says("--state DIR");
    let at_home = |home: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
        command.current_dir(place.path("")).args(["run", "main.rhai"]);
        for name in ["HOME", "XDG_STATE_HOME", "RUNBOOK_STATE"] {
            command.env_remove(name);
        }
        command.envs(home.map(|home| ("HOME", home)));
        place.ended(&mut command)
    };
    at_home(Some("/proc/nobody")).exits(2).says("store.trouble").says("/proc/nobody").says("--state");
    at_home(None).exits(2).says("store.trouble").says("HOME").says("--state");
}
