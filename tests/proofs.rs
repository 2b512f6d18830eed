//! Proofs: a sound runbook is proved at every point, and each mistake that people make is found by the proof of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proofs").join(name)
}

/// One that ships with the product.
fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks").join(name)
}

/// What `runbook prove` finds, and its exit code.
fn prove(file: &Path, more: &[&str]) -> (Value, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
    command.args(["prove", "--output", "json"]).arg(file).args(more).env_remove("RUNBOOK_STATE");
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let proof = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("`prove` said no proof:\n{text}\n{}", String::from_utf8_lossy(&output.stderr)));
    (proof, output.status.code().unwrap())
}

/// All that is wrong, as `KIND: LINE`.
fn wrong(proof: &Value) -> Vec<String> {
    let of = |case: &Value| -> Vec<String> {
        let lines = case["wrong"].as_array().unwrap().iter();
        lines.map(|line| format!("{}: {}", case["kind"].as_str().unwrap(), line.as_str().unwrap())).collect()
    };
    let whole = proof["wrong"].as_array().unwrap().iter().map(|line| format!("rehearsal: {}", line.as_str().unwrap()));
    whole.chain(proof["cases"].as_array().unwrap().iter().flat_map(of)).collect()
}

#[track_caller]
fn finds(name: &str, what: &str) {
    let (proof, code) = prove(&file(name), &[]);
    let wrong = wrong(&proof);
    assert!(wrong.iter().any(|line| line.contains(what)), "{name}: `{what}` was not found: {wrong:#?}");
    assert_eq!((code, &proof["holds"]), (1, &Value::Bool(false)), "{name}");
}

/// The proof, which must find nothing wrong.
#[track_caller]
fn proved(file: &Path, more: &[&str]) -> Value {
    let (proof, code) = prove(file, more);
    assert_eq!((wrong(&proof), code), (Vec::new(), 0));
    proof
}

#[test]
fn a_sound_runbook_is_proved_at_every_point() {
    let proof = proved(&file("sound.rhai"), &[]);
    let kinds = |kind: &str| proof["cases"].as_array().unwrap().iter().filter(|case| case["kind"] == kind).count();
    assert!(kinds("crash") >= 15, "{proof}");
    assert!(kinds("fail") >= 5, "{proof}");
    assert_eq!(kinds("gate"), 1);
}

#[test]
fn draining_a_node_is_proved() {
    proved(&shipped("drain-node.rhai"), &[]);
}

#[test]
fn a_command_of_which_nobody_can_tell_whether_it_ran_is_found() {
    finds("unprobed.rhai", "crash: taken up again, it is in doubt, and a person has to decide");
}

#[test]
fn an_undo_that_forgets_a_label_is_found() {
    finds(
        "forgetful-undo.rhai",
        "fail: nodes n2: `metadata.labels[example.com/why]` should be `nothing` and is `work`",
    );
}

#[test]
fn a_step_that_depends_on_an_unrecorded_read_is_found() {
    finds(
        "unrecorded-read.rhai",
        "crash: nodes n3: `metadata.labels[example.com/closed]` should be `yes` and is `nothing`",
    );
}

#[test]
fn pods_that_are_taken_away_against_their_budget_are_found() {
    finds("past-budgets.rhai", "rehearsal: the disruption budget `shop/web` wants 2 ready, and there were ");
}

#[test]
fn a_wait_without_an_end_is_found() {
    finds("endless.rhai", "fail: with that failing, it does not come to an end");
}

#[test]
fn a_gate_that_a_late_resume_walks_through_is_found() {
    finds("walked-through.rhai", "gate: after the gate had expired, it went on without anybody's yes");
}

#[test]
fn the_smallest_case_is_told_with_the_command_that_repeats_it() {
    let (proof, _) = prove(&file("unprobed.rhai"), &[]);
    let first = proof["cases"].as_array().unwrap().iter().find(|case| case["wrong"][0].is_string()).unwrap();
    let again = first["again"].as_str().unwrap();
    assert!(again.starts_with("runbook prove ") && again.contains(" --crash "), "{again}");
    let (alone, code) = prove(&file("unprobed.rhai"), &["--crash", &first["number"].to_string()]);
    assert_eq!((alone["cases"].as_array().unwrap().len(), code), (1, 1));
    assert_eq!(alone["cases"][0]["wrong"][0], first["wrong"][0]);
}

/// Proves with four trials at a time; all that is wrong, and the exit code.
fn proved_at_once(file: &Path, to: &Path) -> (Vec<String>, i32) {
    let to = format!("to={}", to.display());
    let (proof, code) = prove(file, &["--crash", "all", "--fail", "all", "--jobs", "4", "--set", &to]);
    (wrong(&proof), code)
}

#[test]
fn trials_each_have_the_files_of_the_run_as_they_were() {
    proved(&file("keeps-files.rhai"), &["--crash", "all", "--fail", "all", "--jobs", "4"]);
}

#[test]
fn trials_that_write_the_same_files_of_this_machine_do_not_meet() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("node.txt");
    std::fs::write(&kept, "of somebody else").unwrap();
    assert_eq!(proved_at_once(&file("keeps-files.rhai"), folder.path()), (Vec::new(), 0));
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "of somebody else");
}

#[test]
fn trials_begin_anew_where_commands_of_this_machine_ran() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(proved_at_once(&file("runs-commands.rhai"), folder.path()), (Vec::new(), 0));
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "something is left");
}

#[test]
fn archiving_a_folder_is_proved() {
    let folder = tempfile::tempdir().unwrap();
    let archive = shipped("archive.rhai");
    assert_eq!(proved_at_once(&archive, folder.path()), (Vec::new(), 0));
}

#[test]
fn a_file_that_an_undo_leaves_is_found() {
    finds("leaves-a-file.rhai", "on this machine is left");
}

#[test]
fn a_run_is_taken_up_while_the_only_api_server_is_away() {
    proved(&file("server-away.rhai"), &["--scene", "k3s", "--crash", "all", "--fail", "all"]);
}

#[test]
fn what_no_undo_can_bring_back_is_gone_on_with() {
    let file = shipped("rollback-to-flannel.rhai");
    // Both tunnels want one port, so Cilium is removed first: the removal fails in its middle.
    let proof = proved(&file, &["--scene", "photon-cilium", "--fail", "12"]);
    let what = proof["cases"][0]["what"].as_str().unwrap();
    assert!(what.starts_with("DELETE ") && what.ends_with("and the run is taken up"), "{proof}");
}

#[test]
fn a_move_of_k3s_that_is_undone_leaves_none_of_the_new_network_on_its_machines() {
    let file = shipped("flannel-to-cilium.rhai");
    // Cilium is on every machine by then, and no node has been handed over to it.
    let proof = proved(&file, &["--scene", "k3s", "--fail", "18"]);
    assert!(proof["cases"][0]["what"].as_str().unwrap().ends_with("and what was done is undone"), "{proof}");
}
