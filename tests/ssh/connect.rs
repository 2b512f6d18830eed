//! Connections: who is let in, who is trusted, and what is left behind.

use std::fs;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use runbook_drivers::ssh::{Machine, Settings};
use runbook_model::{Failure, code};

use super::block_on;
use super::sshd::{Sshd, Wire, until};

fn refused(sshd: &Sshd, machine: &Machine) -> Failure {
    block_on(async { sshd.machines().machine(machine).connect().await.unwrap_err() })
}

#[test]
fn a_machine_that_is_not_there_did_nothing_and_may_be_tried_again() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let machine = Machine { port: Some(1), ..sshd.machine(0, "root") };
    let failure = refused(&sshd, &machine);
    assert_eq!(failure.code, code::SSH_UNREACHABLE);
    assert_eq!(failure.what, "machine `m0` cannot be reached");
    assert_eq!(failure.causes, [format!("connect to host {} port 1: Connection refused", sshd.address(0))]);
    assert!(failure.retryable && !failure.may_have_acted);
}

#[test]
fn a_machine_that_says_nothing_is_given_up_in_time() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    // It takes the connection and then says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let machine = Machine { port: Some(silent.local_addr().unwrap().port()), ..sshd.machine(0, "root") };
    let machine = Machine { address: "127.0.0.1".into(), ..machine };
    let settings = Settings { connect: Duration::from_millis(1200), ..sshd.settings() };
    let failure = block_on(async {
        runbook_drivers::ssh::Machines::new(settings).machine(&machine).connect().await.unwrap_err()
    });
    assert_eq!(failure.code, code::SSH_UNREACHABLE);
    assert!(sshd.masters().is_empty());
}

#[test]
fn a_key_the_machine_does_not_know_is_refused() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    sshd.write_client_config("other_key", "known_hosts");
    let failure = refused(&sshd, &sshd.machine(0, "root"));
    assert_eq!(failure.code, code::SSH_AUTH);
    assert!(failure.causes[0].contains("Permission denied (publickey)"), "{:?}", failure.causes);
    assert!(!failure.retryable && !failure.may_have_acted);
}

#[test]
fn a_host_key_that_nobody_vouches_for_is_refused_with_the_file_to_put_it_in() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    sshd.write_client_config("user_key", "nobody_known");
    let failure = refused(&sshd, &sshd.machine(0, "root"));
    assert_eq!(failure.code, code::SSH_HOST_KEY);
    assert_eq!(failure.what, "machine `m0` shows a host key that is not known");
    let file = sshd.folder().join("nobody_known").display().to_string();
    assert!(failure.hints[0].contains(&file), "{:?}", failure.hints);
    assert!(!sshd.folder().join("nobody_known").exists(), "nothing is trusted on the way");
}

#[test]
fn a_host_key_that_changed_is_refused_with_the_line_that_says_otherwise() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let other = fs::read_to_string(sshd.folder().join("other_key.pub")).unwrap();
    let known = format!("# known\n[{}]:{} {other}", sshd.address(0), sshd.port());
    fs::write(sshd.folder().join("known_hosts"), known).unwrap();
    let failure = refused(&sshd, &sshd.machine(0, "root"));
    assert_eq!(failure.code, code::SSH_HOST_KEY);
    assert_eq!(failure.what, "machine `m0` shows another host key than before");
    let place = format!("line 2 of `{}`", sshd.folder().join("known_hosts").display());
    assert!(failure.hints[0].contains(&place), "{:?}", failure.hints);
}

#[test]
fn a_configuration_with_a_mistake_is_ours_to_mend() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    fs::write(sshd.folder().join("ssh_config"), "HostKies yes\n").unwrap();
    let failure = refused(&sshd, &sshd.machine(0, "root"));
    assert_eq!(failure.code, code::SSH_CLIENT);
}

#[test]
fn an_account_without_a_shell_and_a_user_without_sudo_are_said_so() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let failure = refused(&sshd, &sshd.machine(0, "shut"));
    assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_REFUSED, false));
    assert!(failure.causes[0].contains("not available"), "{:?}", failure.causes);
    let machine = Machine { sudo: true, ..sshd.machine(0, "plain") };
    let failure = refused(&sshd, &machine);
    assert_eq!(failure.code, code::SSH_SUDO);
    assert!(failure.causes[0].contains("sudo"), "{:?}", failure.causes);
}

#[test]
fn many_who_ask_at_once_share_one_connection_which_goes_with_the_last_of_them() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let machines = sshd.machines();
        let asks: Vec<_> = (0..20)
            .map(|_| {
                let remote = machines.machine(&sshd.machine(0, "root"));
                tokio::spawn(async move { remote.ask("echo hello", false, Duration::from_secs(20)).await })
            })
            .collect();
        for ask in asks {
            assert_eq!(ask.await.unwrap().unwrap().text(), "hello\n");
        }
        assert_eq!(sshd.masters().len(), 1);
    });
    until("the end of the connection", || sshd.masters().is_empty());
}

#[test]
fn more_machines_than_may_connect_at_once_are_all_reached() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let machines = sshd.machines();
        let connects: Vec<_> = (0..12)
            .map(|number| {
                let remote = machines.machine(&sshd.machine(number, "root"));
                tokio::spawn(async move { remote.connect().await })
            })
            .collect();
        for connect in connects {
            connect.await.unwrap().unwrap();
        }
        assert_eq!(sshd.masters().len(), 12);
    });
    until("the end of the connections", || sshd.masters().is_empty());
}

#[test]
fn what_a_killed_process_left_of_connections_is_ended_by_the_next_one() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    // What a killed process leaves: a folder whose lock is free, and in it a master that would stay for an hour.
    let room = sshd.folder().join("c/sdead/m1");
    fs::create_dir_all(&room).unwrap();
    std::process::Command::new("chmod").arg("700").arg(sshd.folder().join("c")).status().unwrap();
    fs::write(sshd.folder().join("c/sdead/lock"), "").unwrap();
    let status = std::process::Command::new("ssh")
        .arg("-F")
        .arg(sshd.folder().join("ssh_config"))
        .arg("-S")
        .arg(room.join("master"))
        .args(["-M", "-f", "-N", "-o", "ControlPersist=3600", &sshd.address(0)])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success() && UnixStream::connect(room.join("master")).is_ok());
    assert_eq!(sshd.masters().len(), 1);
    sshd.machines().reap().unwrap();
    until("the end of the master", || sshd.masters().is_empty());
    assert!(!sshd.folder().join("c/sdead").exists());
}
