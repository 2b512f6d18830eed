//! The machine itself: its services, its kernel, its reboot.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use runbook_drivers::ssh::service::Action;
use runbook_model::code;

use super::sshd::{Sshd, Wire, until, written};
use super::{block_on, users};

#[test]
fn a_machine_without_systemd_says_so_before_anything_is_done() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    block_on(async {
        let failure = sshd.root().service("kubelet", Action::Restart, Duration::from_secs(20)).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_SERVICE, false));
        assert_eq!(failure.what, "`kubelet` on `m0` cannot be restarted");
        assert_eq!(failure.causes, ["the machine has no systemd"]);
        assert_eq!(sshd.root().unit("$(id)").await.unwrap_err().code, code::VALUE_BAD);
    });
}

#[test]
fn settings_of_the_kernel_are_read_and_set_with_what_they_were() {
    let Some(sshd) = Sshd::start(Wire::Cable) else { return };
    block_on(async {
        for user in users::here(["root", "busy"]) {
            let root = sshd.machines().machine(&sshd.machine(0, user));
            let names = ["net.ipv4.ip_forward", "net.ipv4.ip_local_port_range", "net.no.such"];
            let before = root.sysctls(&names).await.unwrap();
            assert_eq!(before.len(), 2, "{before:?}");
            let was = root.set_sysctl("net.ipv4.ip_forward", "1").await.unwrap();
            assert_eq!(Some(&was), before.get("net.ipv4.ip_forward"));
            assert_eq!(root.sysctls(&names[..1]).await.unwrap()["net.ipv4.ip_forward"], "1");
            assert_eq!(root.set_sysctl("net.ipv4.ip_forward", &was).await.unwrap(), "1");
            assert_eq!(root.set_sysctl("net.no.such", "1").await.unwrap_err().code, code::SSH_MISSING);
            assert_eq!(root.set_sysctl("net.ipv4.ip_forward", "x").await.unwrap_err().code, code::SSH_FILE);
        }
    });
}

/// Makes the machine's `reboot` one that only notes the order, and gives where.
fn note_orders(sshd: &Sshd) -> std::path::PathBuf {
    let (reboot, ordered) = (sshd.folder().join("own/reboot"), sshd.folder().join("ordered"));
    fs::write(&reboot, format!("#!/bin/sh\necho x >>{}\n", ordered.display())).unwrap();
    fs::set_permissions(&reboot, fs::Permissions::from_mode(0o755)).unwrap();
    ordered
}

#[test]
fn a_machine_has_booted_when_it_shows_another_boot_id_and_not_before() {
    let Some(mut sshd) = Sshd::start(Wire::Loopback) else { return };
    let ordered = note_orders(&sshd);
    block_on(async {
        let root = sshd.machines().machine(&sshd.machine(0, "root"));
        let before = root.boot_id().await.unwrap();
        let (same, was) = (root.clone(), before.clone());
        let boots = tokio::spawn(async move { same.reboot(&was, Duration::from_secs(60)).await });
        tokio::task::block_in_place(|| {
            until("the order", || written(&ordered));
            assert!(!boots.is_finished());
            // Its server goes away and comes back in the same boot: that is no reboot.
            sshd.stop_server(true);
            sshd.start_server();
            assert!(!boots.is_finished());
            sshd.power_off();
            sshd.new_boot_id();
            sshd.power_on();
        });
        let done = boots.await.unwrap().unwrap();
        assert_eq!(done.before, before);
        assert_eq!(root.boot_id().await.unwrap(), done.after);
        // Asked again, as by a resume, it is not booted twice.
        assert_eq!(root.reboot(&before, Duration::from_secs(60)).await.unwrap(), done);
    });
    assert_eq!(fs::read_to_string(ordered).unwrap(), "x\n");
}

#[test]
fn a_machine_that_does_not_go_down_is_not_taken_for_booted() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    note_orders(&sshd);
    block_on(async {
        let root = sshd.machines().machine(&sshd.machine(0, "root"));
        let before = root.boot_id().await.unwrap();
        let failure = root.reboot(&before, Duration::from_millis(2500)).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_REBOOT, true));
        assert_eq!(failure.causes, ["it still shows the boot id from before"]);
    });
}
