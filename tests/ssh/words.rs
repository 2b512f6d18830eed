//! The words of machines in a runbook, through the real program: killed at every record, undone, refused.

use std::fs;

use super::ground::Ground;
use super::sshd::Wire;

/// Does all kinds of things to a machine, within one folder.
const RUNBOOK: &str = r#"
let m = machine("m0");
check("it is a Linux", || ssh::query(m, "uname").stdout.trim() == "Linux");
step("make room", || ssh::mkdir(m, "DIR/new", #{ mode: "0700" }));
let made = step("write", || ssh::write(m, "DIR/new/a", "one\n", #{ mode: "0600" }));
step("overwrite", || ssh::write(m, "DIR/old", "new\n"));
step("move", || ssh::move(m, "DIR/new/a", "DIR/new/b"));
let count = step("count", || ssh::run(m, "echo x >> DIR/count; wc -l < DIR/count", #{ env: #{ A: "1" } }).stdout.trim());
step("prepare", || file::write("big", "0123456789"));
step("send", || ssh::upload(m, "big", "DIR/new/big"));
step("fetch", || ssh::download(m, "DIR/old", "old"));
step("remove", || ssh::remove(m, "DIR/gone"));
check("all is there", || ssh::list(m, "DIR/new").map(|entry| entry.name) == ["b", "big"]
    && ssh::read(m, "DIR/old") == "new\n" && !ssh::exists(m, "DIR/gone") && ssh::stat(m, "DIR/new").mode == "0700");
#{ made: made.size, count: count }
"#;

/// What stands in the folder of the machine.
fn seen(ground: &Ground) -> String {
    ground.sshd.on_machine(&format!(
        "cd {} && find . -type f -exec md5sum {{}} + | sort; find . | sort",
        ground.dir().display()
    ))
}

fn furnish(ground: &Ground) {
    let _ = fs::remove_dir_all(ground.dir());
    fs::create_dir(ground.dir()).unwrap();
    fs::write(ground.dir().join("old"), "old\n").unwrap();
    fs::write(ground.dir().join("gone"), "here\n").unwrap();
}

#[test]
fn a_run_that_is_killed_after_any_record_ends_as_one_that_is_not() {
    let Some(mut ground) = Ground::new(Wire::Loopback, RUNBOOK) else { return };
    furnish(&ground);
    let nothing = seen(&ground);
    ground.run(&[]).exits(0);
    let end = seen(&ground);
    assert!(end.contains("./new/b"), "{end}");
    let tokens = || ground.sshd.on_machine("ls /var/lib/runbook/run | wc -l").trim().to_owned();
    assert_eq!(tokens(), "0", "a run that is over leaves no notes on its machines");
    ground.undo().exits(0).says("ssh::run m0 echo x");
    fs::remove_file(ground.dir().join("count")).unwrap();
    assert_eq!(seen(&ground), nothing);
    let mut points = 0;
    for record in 1.. {
        furnish(&ground);
        ground.place = crate::place::Place::new();
        ground.write_site("site.toml", "m0");
        ground.says(RUNBOOK);
        if ground.run(&["--die-after", &record.to_string()]).code == Some(0) {
            break;
        }
        let resumed = ground.resume();
        if resumed.code != Some(0) {
            resumed.exits(2).says("is done");
        }
        assert_eq!(seen(&ground), end, "killed after record {record}");
        assert_eq!(fs::read_to_string(ground.dir().join("count")).unwrap(), "x\n", "killed after record {record}");
        ground.undo().exits(0);
        fs::remove_file(ground.dir().join("count")).unwrap();
        assert_eq!(seen(&ground), nothing, "undone, killed after record {record}");
        points += 1;
    }
    assert!(points > 30, "only {points} points were tried");
}

#[test]
fn a_program_that_has_ended_leaves_no_connection() {
    let Some(ground) = Ground::new(Wire::Loopback, "") else { return };
    ground.says("for name in [\"m0\", \"admin\", \"plain\"] { ssh::query(name, \"id\"); }");
    ground.run(&[]).exits(0);
    let config = ground.sshd.folder().join("ssh_config").display().to_string();
    let masters = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let words = processes.map(|process| fs::read(process.path().join("cmdline")).unwrap_or_default());
        words.filter(|words| words.starts_with(b"ssh") && String::from_utf8_lossy(words).contains(&config)).count()
    };
    // They were told to go, and do so at once; left alone they would stay for half a minute.
    for _ in 0..300 {
        if masters() == 0 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{} connections were left", masters());
}
