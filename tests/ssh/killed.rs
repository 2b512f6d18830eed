//! Engines that are killed: what they had begun goes on, and nothing of theirs stays here.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use runbook_drivers::ssh::run::{Command, Finished, Look, Program};
use runbook_drivers::ssh::{Machine, Machines, Settings};

use super::block_on;
use super::sshd::{Sshd, Wire, until, written};

/// Tells this same test that it is the engine: the folder of the server and the address of the machine.
const ENGINE: &str = "RUNBOOK_TEST_SSH_ENGINE";
const NAME: &str = "an_engine_that_is_killed_leaves_its_command_running_and_no_connection";

fn command(folder: &str) -> Command {
    let text = format!(
        "echo x >>{folder}/count; i=0; while [ $i -lt 60 ]; do echo line $i; i=$((i + 1)); sleep 0.05; done; exit 7"
    );
    Command { ok: vec![7], ..Command::new(Program::Shell(text)) }
}

/// What the engine does until it is killed.
fn be_the_engine(told: &str) {
    let (folder, address) = told.split_once('|').unwrap();
    let second = Duration::from_secs(1);
    let at = std::path::Path::new(folder);
    let settings = Settings { idle: second, alive: second, folder: Some(at.join("c")), ..Settings::default() };
    let machine = Machine { config: Some(at.join("ssh_config")), ..Machine::new(address) };
    block_on(async {
        let remote = Machines::new(settings).machine(&machine);
        let done = remote.start_or_attach("t", &command(folder), 60 * second, |_, _| {}).await;
        panic!("it was not killed: {done:?}");
    });
}

#[test]
fn an_engine_that_is_killed_leaves_its_command_running_and_no_connection() {
    if let Ok(told) = std::env::var(ENGINE) {
        return be_the_engine(&told);
    }
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let folder = sshd.folder().display().to_string();
    let name = std::thread::current().name().map_or_else(|| NAME.to_owned(), str::to_owned);
    let mut engine = Process::new(std::env::current_exe().unwrap())
        .args([&name, "--exact", "--nocapture"])
        .env(ENGINE, format!("{folder}|{}", sshd.address(0)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the command", || written(&sshd.folder().join("count")));
    engine.kill().unwrap();
    assert_eq!(engine.wait().unwrap().signal(), Some(9));
    // Nobody tells the connection to go: it sees by itself that nobody needs it.
    until("the end of its connection", || sshd.masters().is_empty());
    block_on(async {
        let root = sshd.root();
        assert!(matches!(root.look("t").await.unwrap(), Look::Running | Look::Done(_)));
        let done = root.start_or_attach("t", &command(&folder), Duration::from_secs(60), |_, _| {}).await.unwrap();
        let stdout = (0..60).map(|line| format!("line {line}\n")).collect();
        assert_eq!(done, Finished { status: 7, stdout, stderr: String::new(), cut: false });
    });
    assert_eq!(std::fs::read_to_string(sshd.folder().join("count")).unwrap(), "x\n");
}
