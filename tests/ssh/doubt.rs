//! Each word that changes something on a machine, cut off before, during and after its effect, and with its reply lost.
//!
//! There is no systemd in the room of these machines: what stands for `systemctl` here keeps the states of a unit in
//! files, and has a process for it. The real one is met in the lab.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use super::ground::Ground;
use super::sshd::{Sshd, Wire, until, written};
use crate::place::Ended;

/// A step of one call, which the third record notes.
const NOTED: &str = "3";

/// The runs whose one call is `call`, held in `tool` of the machine: what `when` says is done, then the run is resumed.
fn cut(ground: &Ground, call: &str, tool: &str, when: &str) -> Ended {
    ground.says(&format!("step(\"change\", #{{ retry: 2, backoff: \"100ms\" }}, || {call});"));
    if when == "before" {
        ground.run(&["--die-after", NOTED]).exits(1).says("run.died");
        return ground.resume();
    }
    ground.hold(tool, if when == "during" { "before" } else { "after" });
    let engine = ground.begin(&[]);
    ground.held();
    match when {
        "during" => {
            ground.kill(engine);
            ground.end_held();
            ground.resume()
        }
        "after" => {
            ground.kill(engine);
            ground.let_go();
            ground.resume()
        }
        _ => {
            ground.cut_sessions();
            ground.let_go();
            ended(engine)
        }
    }
}

/// How a program in the background ended, and what it said.
fn ended(child: Child) -> Ended {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

const WHEN: [&str; 4] = ["before", "during", "after", "lost"];

/// What the looks at a probed word say in each case, as the page of the book has it.
fn verdicts(word: &str) -> [&'static str; 4] {
    crate::doubt::PROBED.iter().find(|row| row.word == word).unwrap().verdicts
}

fn ground() -> Option<Ground> {
    Ground::new(Wire::Loopback, "")
}

fn at(ground: &Ground, name: &str) -> std::path::PathBuf {
    ground.dir().join(name)
}

#[test]
fn a_file_is_written_wherever_it_is_cut() {
    for when in WHEN {
        let Some(ground) = ground() else { return };
        fs::write(at(&ground, "a"), "old\n").unwrap();
        cut(&ground, r#"ssh::write("m0", "DIR/a", "new\n")"#, "mv", when).exits(0);
        assert_eq!(fs::read_to_string(at(&ground, "a")).unwrap(), "new\n", "{when}");
        ground.undo().exits(0);
        assert_eq!(fs::read_to_string(at(&ground, "a")).unwrap(), "old\n", "{when}");
        assert_eq!(fs::read_dir(ground.dir()).unwrap().count(), 1, "{when}: something was left beside it");
    }
}

#[test]
fn a_file_is_uploaded_wherever_it_is_cut() {
    for when in WHEN {
        let Some(ground) = ground() else { return };
        fs::write(ground.place.path("a"), "new\n").unwrap();
        let call = format!(r#"ssh::upload("m0", "{}", "DIR/a")"#, ground.place.path("a").display());
        cut(&ground, &call, "mv", when).exits(0);
        assert_eq!(fs::read_to_string(at(&ground, "a")).unwrap(), "new\n", "{when}");
        ground.undo().exits(0);
        assert!(!at(&ground, "a").exists(), "{when}");
    }
}

#[test]
fn a_file_is_removed_and_a_folder_made_wherever_it_is_cut() {
    for when in WHEN {
        let Some(ground) = ground() else { return };
        fs::write(at(&ground, "a"), "old\n").unwrap();
        cut(&ground, r#"ssh::remove("m0", "DIR/a")"#, "rm", when).exits(0);
        assert!(!at(&ground, "a").exists(), "{when}");
        ground.undo().exits(0);
        assert_eq!(fs::read_to_string(at(&ground, "a")).unwrap(), "old\n", "{when}");
        let _ = fs::remove_file(ground.sshd.folder().join("hold.held"));
        cut(&ground, r#"ssh::mkdir("m0", "DIR/new/er")"#, "mkdir", when).exits(0);
        assert!(at(&ground, "new/er").is_dir(), "{when}");
        ground.undo().exits(0);
        assert!(!at(&ground, "new/er").exists(), "{when}");
    }
}

#[test]
fn a_file_is_moved_once_wherever_it_is_cut() {
    for (when, verdict) in WHEN.iter().zip(verdicts("ssh::move")) {
        let Some(ground) = ground() else { return };
        fs::write(at(&ground, "a"), "x\n").unwrap();
        let ended = cut(&ground, r#"ssh::move("m0", "DIR/a", "DIR/b")"#, "mv", when).exits(0);
        if *when != "lost" {
            ended.says(verdict);
        }
        assert!(!at(&ground, "a").exists() && at(&ground, "b").exists(), "{when}");
        ground.undo().exits(0);
        assert!(at(&ground, "a").exists() && !at(&ground, "b").exists(), "{when}");
    }
}

#[test]
fn a_setting_of_the_kernel_is_set_wherever_it_is_cut() {
    let Some(ground) = Ground::new(Wire::Cable, "") else { return };
    let setting = || ground.sshd.on_machine("cat /proc/sys/net/ipv4/ip_forward").trim().to_owned();
    ground.sshd.on_machine("echo 0 >/proc/sys/net/ipv4/ip_forward");
    for when in ["before", "during", "lost"] {
        let _ = fs::remove_file(ground.sshd.folder().join("hold.held"));
        cut(&ground, r#"ssh::set_sysctl("m0", "net.ipv4.ip_forward", 1)"#, "tr", when).exits(0);
        assert_eq!(setting(), "1", "{when}");
        ground.undo().exits(0);
        assert_eq!(setting(), "0", "{when}");
    }
}

/// Stands where `systemctl` stands: a unit is a process, and its state is in files.
const SYSTEMCTL: &str = r#"#!/bin/sh
cd FOLDER/units || exit 1
for word in "$@"; do unit=$word; done
case "$*" in
show*) pid=0; [ -e "$unit.pid" ] && read -r pid <"$unit.pid"
    active=inactive; [ "$pid" != 0 ] && active=active
    echo "LoadState=loaded"; echo "ActiveState=$active"; echo "SubState=x"
    echo "UnitFileState=$(cat "$unit.enabled" 2>/dev/null || echo disabled)"; echo "MainPID=$pid" ;;
*" restart "* | *" start "*) n=$(cat count 2>/dev/null || echo 100); n=$((n + 1)); echo $n >count; echo $n >"$unit.pid" ;;
*" stop "*) rm -f "$unit.pid" ;;
*" enable "*) echo enabled >"$unit.enabled" ;;
*" disable "*) rm -f "$unit.enabled" ;;
esac
"#;

fn with_units() -> Option<Ground> {
    let ground = ground()?;
    let folder = ground.sshd.folder().display().to_string();
    fs::create_dir(ground.sshd.folder().join("units")).unwrap();
    fs::write(ground.sshd.folder().join("units/web.pid"), "7\n").unwrap();
    let program = ground.sshd.folder().join("systemctl");
    fs::write(&program, SYSTEMCTL.replace("FOLDER", &folder)).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(&program, ground.sshd.folder().join("own/systemctl")).unwrap();
    ground.sshd.on_machine("mkdir -p /run/systemd/system");
    Some(ground)
}

fn pid(ground: &Ground) -> String {
    fs::read_to_string(ground.sshd.folder().join("units/web.pid")).unwrap_or_default().trim().to_owned()
}

#[test]
fn a_service_is_restarted_once_wherever_it_is_cut() {
    for (when, verdict) in WHEN.iter().zip(verdicts("ssh::service restart")) {
        let Some(ground) = with_units() else { return };
        let ended = cut(&ground, r#"ssh::service("m0", "web", "restart")"#, "systemctl restart", when).exits(0);
        if *when != "lost" {
            ended.says(verdict);
        }
        assert_eq!(pid(&ground), "101", "{when}");
        ground.undo().exits(0);
        assert_eq!(pid(&ground), "101", "an undo of a restart has nothing to put back");
    }
}

#[test]
fn a_service_is_stopped_wherever_it_is_cut_and_an_undo_starts_it() {
    for when in WHEN {
        let Some(ground) = with_units() else { return };
        cut(&ground, r#"ssh::service("m0", "web", "stop")"#, "systemctl stop", when).exits(0);
        assert_eq!(pid(&ground), "", "{when}");
        ground.undo().exits(0);
        assert_eq!(pid(&ground), "101", "{when}");
    }
}

/// A command that counts itself and waits until it is let go.
const HELD: &str = r#"ssh::run("m0", "echo x >> DIR/count; echo begun; while [ -e DIR/hold ]; do sleep 0.05; done; echo ended", OPTIONS)"#;

fn held(options: &str) -> Option<(Ground, String)> {
    let ground = ground()?;
    fs::write(at(&ground, "hold"), "").unwrap();
    let call = format!("let done = step(\"run\", || {});\nsay(done.stdout);", HELD.replace("OPTIONS", options));
    ground.says(&call);
    Some((ground, call))
}

fn count(ground: &Ground) -> usize {
    fs::read_to_string(at(ground, "count")).unwrap_or_default().lines().count()
}

/// Waits until the machine has noted the end of the command.
fn until_noted(ground: &Ground) {
    until("the end of the command", || {
        !ground.sshd.on_machine("ls /var/lib/runbook/run/*/exit 2>/dev/null; :").is_empty()
    });
}

#[test]
fn a_command_runs_once_wherever_it_is_cut() {
    let verdicts = verdicts("ssh::run");
    // Before it goes out.
    let Some((ground, _)) = held("#{}") else { return };
    fs::remove_file(at(&ground, "hold")).unwrap();
    ground.run(&["--die-after", NOTED]).exits(1).says("run.died");
    assert_eq!(count(&ground), 0);
    ground.resume().exits(0).says(verdicts[0]).says("has never begun it").says("› begun\n  ended");
    assert_eq!(count(&ground), 1);
    // While it runs: it goes on, and the resume hears it out.
    let Some((ground, _)) = held("#{}") else { return };
    let engine = ground.begin(&[]);
    until("the command", || count(&ground) == 1);
    ground.kill(engine);
    let mut resume = ground.place.program(&["run", "main.rhai", "--resume"]);
    let said = ground.place.path("said");
    let resumed = resume.stderr(fs::File::create(&said).unwrap()).stdout(Stdio::null()).spawn().unwrap();
    until("the look", || fs::read_to_string(&said).unwrap().contains("it still runs on `m0`"));
    assert!(fs::read_to_string(&said).unwrap().contains(verdicts[1]));
    fs::remove_file(at(&ground, "hold")).unwrap();
    ended(resumed).exits(0);
    assert_eq!(count(&ground), 1);
    // After it has ended, unheard.
    let Some((ground, _)) = held("#{}") else { return };
    let engine = ground.begin(&[]);
    until("the command", || count(&ground) == 1);
    ground.kill(engine);
    fs::remove_file(at(&ground, "hold")).unwrap();
    until_noted(&ground);
    ground.resume().exits(0).says(verdicts[2]).says("it ended with status 0").says("› begun\n  ended");
    assert_eq!(count(&ground), 1);
}

#[test]
fn a_command_whose_connection_is_lost_is_heard_to_its_end() {
    let Some((ground, _)) = held("#{}") else { return };
    let engine = ground.begin(&[]);
    until("the command", || count(&ground) == 1);
    ground.cut_sessions();
    fs::remove_file(at(&ground, "hold")).unwrap();
    ended(engine).exits(0);
    assert_eq!(count(&ground), 1);
}

#[test]
fn a_command_of_a_machine_that_is_not_found_again_is_in_doubt_until_it_is() {
    let Some((mut ground, _)) = held("#{ patience: \"1s\" }") else { return };
    let engine = ground.begin(&[]);
    until("the command", || count(&ground) == 1);
    ground.sshd.stop_server(true);
    ended(engine).exits(5);
    fs::remove_file(at(&ground, "hold")).unwrap();
    ground.sshd.start_server();
    ground.resume().exits(0).says("done");
    assert_eq!(count(&ground), 1);
}

#[test]
fn a_command_that_a_reboot_cut_off_is_for_a_person_to_decide() {
    let Some((mut ground, _)) = held("#{}") else { return };
    let engine = ground.begin(&[]);
    until("the command", || count(&ground) == 1);
    ground.kill(engine);
    ground.sshd.power_off();
    ground.sshd.new_boot_id();
    ground.sshd.power_on();
    ground.resume().exits(5).says("it was cut off on `m0`: the machine was booted since");
    assert_eq!(count(&ground), 1);
    fs::remove_file(at(&ground, "hold")).unwrap();
    ground.place.call(&["settle", "last", "run", "--redo"]).exits(0);
    ground.resume().exits(0);
    assert_eq!(count(&ground), 2, "a person said so");
}

/// Makes the machine's `reboot` one that only notes the order, and gives where.
fn note_orders(sshd: &Sshd) -> std::path::PathBuf {
    let (reboot, ordered) = (sshd.folder().join("own/reboot"), sshd.folder().join("ordered"));
    fs::write(&reboot, format!("#!/bin/sh\necho x >>{}\n", ordered.display())).unwrap();
    fs::set_permissions(&reboot, fs::Permissions::from_mode(0o755)).unwrap();
    ordered
}

fn boot(ground: &mut Ground) {
    ground.sshd.power_off();
    ground.sshd.new_boot_id();
    ground.sshd.power_on();
}

#[test]
fn a_machine_is_booted_once_wherever_it_is_cut() {
    for (when, verdict) in WHEN.iter().zip(verdicts("ssh::reboot")) {
        let Some(mut ground) = ground() else { return };
        let ordered = note_orders(&ground.sshd);
        ground.says("let boots = step(\"boot\", || ssh::reboot(\"m0\"));\nif boots.before == boots.after { throw \"the same\"; }");
        let resume = |ground: &Ground| {
            let mut resume = ground.place.program(&["run", "main.rhai", "--resume"]);
            resume.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
        };
        let end = match *when {
            "before" => {
                ground.run(&["--die-after", NOTED]).exits(1).says("run.died");
                let resumed = resume(&ground);
                until("the order", || written(&ordered));
                boot(&mut ground);
                ended(resumed)
            }
            "during" => {
                let engine = ground.begin(&[]);
                until("the order", || written(&ordered));
                ground.kill(engine);
                ground.sshd.power_off();
                let resumed = resume(&ground);
                ground.sshd.new_boot_id();
                ground.sshd.power_on();
                ended(resumed)
            }
            "after" => {
                let engine = ground.begin(&[]);
                until("the order", || written(&ordered));
                ground.kill(engine);
                boot(&mut ground);
                ground.resume()
            }
            _ => {
                let engine = ground.begin(&[]);
                until("the order", || written(&ordered));
                boot(&mut ground);
                ended(engine)
            }
        };
        let end = end.exits(0);
        if *when != "lost" {
            end.says(verdict);
        }
        assert_eq!(fs::read_to_string(&ordered).unwrap(), "x\n", "{when}");
    }
}
